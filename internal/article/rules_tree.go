package article

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/internal/kernel/id"
)

// CategoryPatch is a new category, or a change of one; what is nil stays. A text without a name is taken away.
type CategoryPatch struct {
	Parent *id.Category
	Before *id.Category // a sister; empty: to the end
	Icon   *string
	Texts  map[string]CategoryText
}

// CategoryText is a category's name in one language.
type CategoryText struct {
	Name        string
	Slug        string // empty: from the name
	Description string
}

// Node is a category with its names in every language, as agents see it.
type Node struct {
	ID       id.Category
	Parent   id.Category
	Position int64
	Icon     string
	Texts    map[string]CategoryText
	Articles int // in it, of any state; not below
}

// tree is all categories of a property, each after its parent and in order.
type tree []Node

// sorted puts nodes into the order of the tree. One whose parent is gone is at the top.
func sorted(list []Node) tree {
	below := map[id.Category][]Node{}
	there := map[id.Category]bool{"": true}
	for _, n := range list {
		there[n.ID] = true
	}
	for _, n := range list {
		if !there[n.Parent] {
			n.Parent = ""
		}
		below[n.Parent] = append(below[n.Parent], n)
	}
	out := make(tree, 0, len(list))
	var add func(parent id.Category)
	add = func(parent id.Category) {
		slices.SortFunc(below[parent], func(a, b Node) int { return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID)) })
		for _, n := range below[parent] {
			out = append(out, n)
			add(n.ID)
		}
	}
	add("")
	return out
}

func (t tree) find(c id.Category) (Node, bool) {
	for _, n := range t {
		if n.ID == c {
			return n, true
		}
	}
	return Node{}, false
}

// depth is how many categories a chain from the top down to c has; 0 for the top itself.
func (t tree) depth(c id.Category) int {
	n := 0
	for c != "" && n <= len(t) {
		node, ok := t.find(c)
		if !ok {
			return n
		}
		c = node.Parent
		n++
	}
	return n
}

// height is how many levels the category and what is below it take.
func (t tree) height(c id.Category) int {
	most := 0
	for _, n := range t {
		if n.Parent == c {
			most = max(most, t.height(n.ID))
		}
	}
	return most + 1
}

// within reports whether c is top or somewhere below it.
func (t tree) within(c, top id.Category) bool {
	for range len(t) + 1 {
		if c == top {
			return true
		}
		n, ok := t.find(c)
		if !ok || n.Parent == "" {
			return false
		}
		c = n.Parent
	}
	return false
}

// sisters are the categories with one parent, in order, without one.
func (t tree) sisters(parent, without id.Category) []id.Category {
	var list []id.Category
	for _, n := range t {
		if n.Parent == parent && n.ID != without {
			list = append(list, n.ID)
		}
	}
	return list
}

// place is the order of the sisters with c before another, or at the end.
func (t tree) place(c, parent, before id.Category) ([]id.Category, error) {
	if parent != "" {
		if _, ok := t.find(parent); !ok || t.within(parent, c) {
			return nil, ErrParent
		}
	}
	height := 1
	if _, ok := t.find(c); ok {
		height = t.height(c)
	}
	if t.depth(parent)+height > MaxDepth {
		return nil, ErrParent
	}
	list := t.sisters(parent, c)
	if before == "" {
		return append(list, c), nil
	}
	at := slices.Index(list, before)
	if at < 0 {
		return nil, ErrPlace
	}
	return slices.Insert(list, at, c), nil
}

// normal checks a name in one language; name "" takes it away.
func (t CategoryText) normal(language string) (CategoryText, error) {
	field := "texts." + language + "."
	var ok bool
	if t.Name, ok = line(t.Name, MaxNameRunes); !ok {
		return t, ErrName.At(field + "name")
	}
	if t.Description, ok = line(t.Description, MaxDescriptionRunes); !ok {
		return t, ErrDescription.At(field + "description")
	}
	if t.Slug = strings.TrimSpace(t.Slug); t.Slug != "" && !validSlug(t.Slug) {
		return t, ErrSlug.At(field + "slug")
	}
	return t, nil
}

// normalIcon takes one emoji or a short word.
func normalIcon(s string) (string, error) {
	s, ok := line(s, 24)
	if !ok || len(s) > 64 || strings.ContainsAny(s, "<>&\"'") || utf8.RuneCountInString(s) > 24 {
		return "", ErrIcon
	}
	return s, nil
}

// shown is a node as readers see it in a language: with its name there, or in the site's own, or in any.
func (n Node) shown(language, usual string) Category {
	c := Category{ID: n.ID, Parent: n.Parent, Icon: n.Icon, Language: language}
	text, ok := n.Texts[language]
	if !ok {
		c.Language = usual
		text, ok = n.Texts[usual]
	}
	for _, l := range Languages {
		if ok {
			break
		}
		c.Language = l
		text, ok = n.Texts[l]
	}
	c.Name, c.Slug, c.Description = text.Name, text.Slug, text.Description
	return c
}

// shelf is the categories of a site in one language with the numbers of public articles, as readers see them.
type shelf struct {
	flat []Category // each after its parent; Articles has what is in it and below
	own  map[id.Category]int
	all  int64 // public articles in the language, also those in no category
}

// newShelf counts what is below.
func newShelf(t tree, language, usual string, counts map[id.Category]int) *shelf {
	s := &shelf{flat: make([]Category, len(t)), own: counts}
	at := map[id.Category]int{}
	for i, n := range t {
		s.flat[i] = n.shown(language, usual)
		s.flat[i].Articles = counts[n.ID]
		at[n.ID] = i
	}
	for _, c := range slices.Backward(s.flat) { // children come after their parents
		if parent, ok := at[c.Parent]; ok && c.Parent != "" {
			s.flat[parent].Articles += c.Articles
		}
	}
	for _, n := range counts {
		s.all += int64(n)
	}
	return s
}

// below is the tree of what has articles, from a parent down.
func (s *shelf) below(parent id.Category) []Category {
	list := []Category{}
	for _, c := range s.flat {
		if c.Parent == parent && c.Articles > 0 {
			c.Children = s.below(c.ID)
			list = append(list, c)
		}
	}
	return list
}

func (s *shelf) find(c id.Category) (Category, bool) {
	for _, have := range s.flat {
		if have.ID == c {
			return have, true
		}
	}
	return Category{}, false
}

func (s *shelf) bySlug(slug string) (Category, bool) {
	for _, have := range s.flat {
		if have.Slug == slug && slug != "" {
			return have, true
		}
	}
	return Category{}, false
}

// path is the way from the top down to a category, with it.
func (s *shelf) path(c id.Category) []Crumb {
	var list []Crumb
	for range MaxDepth {
		have, ok := s.find(c)
		if !ok {
			break
		}
		list = append(list, Crumb{Name: have.Name, Slug: have.Slug})
		c = have.Parent
	}
	slices.Reverse(list)
	return list
}

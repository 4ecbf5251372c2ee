package article

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// File is one text of an article as a Markdown file of a folder: front matter in YAML, then the text.
type File struct {
	Title       string
	Slug        string // empty: from the file's name
	Category    string // slugs from the top with slashes between; empty: the folder that the file is in
	Description string
	Language    string // empty: as the file's name says
	State       State
	Audience    Audience
	Position    int64    // within its category, from 1; 0: as it is, and of a new one the last
	Related     []string // slugs of articles of the folder, as in their files in the help centre's own language
	Markdown    string
}

// CategoryFile is _category.md: what the folder that it is in is called in one language.
type CategoryFile struct {
	Name        string
	Slug        string // empty: the folder's name
	Description string
	Language    string // empty: as the file's name says
	Icon        string
	Position    int64 // among its sisters, from 1; 0: as it is, and of a new one the last
}

// FileError says what is wrong with a file, and where.
type FileError struct {
	File    string
	Line    int // 0: the whole file
	Message string
}

// Error implements error.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

const (
	fence              = "---"
	maxFrontMatter     = 16 << 10
	maxPosition        = 1 << 53
	bytesOfAFileAtMost = MaxMarkdownBytes + maxFrontMatter
)

// ParseFile reads a file. name is for its errors, which are of type [*FileError]. A file without front matter is a text
// whose title is its first heading.
func ParseFile(name string, text []byte) (File, error) {
	f := File{State: Published, Audience: Public}
	p, body, err := readFront(name, text)
	if err != nil {
		return File{}, err
	}
	err = p.fields(map[string]func(*yaml.Node) error{
		"title":       p.line(&f.Title, MaxTitleRunes),
		"slug":        p.slug(&f.Slug),
		"category":    p.path(&f.Category),
		"description": p.line(&f.Description, MaxDescriptionRunes),
		"language":    p.choice(&f.Language, Languages),
		"state":       p.choice((*string)(&f.State), []string{string(Draft), string(Published), string(Archived)}),
		"audience":    p.choice((*string)(&f.Audience), []string{string(Public), string(Agents)}),
		"position":    p.number(&f.Position),
		"related":     p.list(&f.Related),
	})
	if err != nil {
		return File{}, err
	}
	if f.Markdown = body; !p.there {
		f.Title, f.Markdown = titleFromText(body)
	}
	if f.Title == "" {
		return File{}, p.fault(0, "it has no title: give one in its front matter")
	}
	if utf8.RuneCountInString(f.Title) > MaxTitleRunes {
		return File{}, p.fault(0, fmt.Sprintf("title: at most %d characters", MaxTitleRunes))
	}
	if len(f.Markdown) > MaxMarkdownBytes {
		return File{}, p.fault(0, fmt.Sprintf("an article has at most %d kB of text", MaxMarkdownBytes>>10))
	}
	return f, nil
}

// ParseCategoryFile reads a _category.md; what stands below its front matter is not used.
func ParseCategoryFile(name string, text []byte) (CategoryFile, error) {
	c := CategoryFile{}
	p, _, err := readFront(name, text)
	if err != nil {
		return CategoryFile{}, err
	}
	err = p.fields(map[string]func(*yaml.Node) error{
		"name":        p.line(&c.Name, MaxNameRunes),
		"slug":        p.slug(&c.Slug),
		"description": p.line(&c.Description, MaxDescriptionRunes),
		"language":    p.choice(&c.Language, Languages),
		"icon":        p.icon(&c.Icon),
		"position":    p.number(&c.Position),
	})
	if err == nil && c.Name == "" {
		err = p.fault(0, "it has no name: give one in its front matter")
	}
	return c, err
}

// titleFromText takes the first line, if it is a heading, as the title.
func titleFromText(body string) (title, rest string) {
	first, rest, _ := strings.Cut(body, "\n")
	if heading, ok := strings.CutPrefix(first, "# "); ok {
		source := []byte(clean(strings.TrimSpace(heading)))
		return strings.TrimSpace(inlineText(parseMarkdown(source), source)), strings.Trim(rest, "\n")
	}
	return "", body
}

// Print is the file that [ParseFile] reads as f.
func (f File) Print() []byte {
	p := printer{}
	p.add("title", f.Title)
	p.add("slug", f.Slug)
	p.add("category", f.Category)
	p.add("description", f.Description)
	p.add("language", f.Language)
	p.add("state", string(f.State))
	p.add("audience", string(f.Audience))
	p.addNumber("position", f.Position)
	if len(f.Related) > 0 {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, slug := range f.Related {
			list.Content = append(list.Content, yamlText(slug))
		}
		p.fields = append(p.fields, yamlText("related"), list)
	}
	return p.print(f.Markdown)
}

// Print is the file that [ParseCategoryFile] reads as c.
func (c CategoryFile) Print() []byte {
	p := printer{}
	p.add("name", c.Name)
	p.add("slug", c.Slug)
	p.add("description", c.Description)
	p.add("language", c.Language)
	p.add("icon", c.Icon)
	p.addNumber("position", c.Position)
	return p.print("")
}

// printer collects the fields of a front matter.
type printer struct{ fields []*yaml.Node }

func yamlText(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		n.Style = yaml.DoubleQuotedStyle // writes it as an escape
	}
	return n
}

func (p *printer) add(key, value string) {
	if value != "" {
		p.fields = append(p.fields, yamlText(key), yamlText(value))
	}
}

func (p *printer) addNumber(key string, value int64) {
	if value > 0 {
		p.fields = append(p.fields, yamlText(key), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(value, 10)})
	}
}

func (p *printer) print(body string) []byte {
	front, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: p.fields})
	if err != nil {
		panic(fmt.Sprintf("scalars are always YAML: %v", err))
	}
	out := append([]byte(fence+"\n"), front...)
	out = append(out, fence+"\n"...)
	if body != "" {
		out = append(out, "\n"+body+"\n"...)
	}
	return out
}

// front is a front matter that is being read.
type front struct {
	file  string
	there bool
	node  *yaml.Node // a mapping, or nil
}

func (p *front) fault(line int, message string) error {
	return &FileError{File: p.file, Line: line, Message: message}
}

// at is the fault of a node. Its line is one more in the file: the fence is the first.
func (p *front) at(n *yaml.Node, message string) error { return p.fault(n.Line+1, message) }

var yamlLine = regexp.MustCompile(`line ([0-9]+): `)

// readFront takes a file apart.
func readFront(name string, text []byte) (*front, string, error) {
	p := &front{file: name}
	if len(text) > bytesOfAFileAtMost {
		return nil, "", p.fault(0, fmt.Sprintf("it is larger than %d kB", bytesOfAFileAtMost>>10))
	}
	if !utf8.Valid(text) {
		return nil, "", p.fault(1+strings.Count(string(text[:firstInvalid(text)]), "\n"), "it is not in UTF-8")
	}
	source := clean(strings.TrimPrefix(string(text), "\uFEFF"))
	matter, body, ok := cutFront(source)
	if !ok {
		if strings.HasPrefix(source, fence+"\n") {
			return nil, "", p.fault(1, "its front matter does not end: there is no second line of ---")
		}
		return p, strings.Trim(source, "\n"), nil
	}
	p.there = true
	if len(matter) > maxFrontMatter {
		return nil, "", p.fault(1, fmt.Sprintf("its front matter is larger than %d kB", maxFrontMatter>>10))
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(matter), &doc); err != nil {
		line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			n, _ := strconv.Atoi(m[1]) // the expression lets digits through alone; too many of them are line 0
			line, message = n+1, strings.Replace(message, m[0], "", 1)
		}
		return nil, "", p.fault(line, message)
	}
	if len(doc.Content) == 1 {
		p.node = doc.Content[0]
		if p.node.Kind != yaml.MappingNode {
			return nil, "", p.at(p.node, "front matter is lines of name: value")
		}
	}
	return p, strings.Trim(body, "\n"), nil
}

// cutFront cuts between the two fences.
func cutFront(source string) (matter, body string, ok bool) {
	rest, ok := strings.CutPrefix(source, fence+"\n")
	if !ok {
		return "", "", false
	}
	if body, ok := strings.CutPrefix(rest, fence+"\n"); ok {
		return "", body, true
	}
	if rest == fence {
		return "", "", true
	}
	matter, body, ok = strings.Cut(rest, "\n"+fence+"\n")
	if !ok {
		matter, ok = strings.CutSuffix(rest, "\n"+fence)
	}
	return matter + "\n", body, ok
}

func firstInvalid(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(text)
}

// fields gives each field to its reader. Unknown ones are mistakes, and so are those given twice.
func (p *front) fields(readers map[string]func(*yaml.Node) error) error {
	if p.node == nil {
		return nil
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		key, value := p.node.Content[i], p.node.Content[i+1]
		read, ok := readers[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			return p.at(key, fmt.Sprintf("there is no field %q", short(key.Value)))
		case seen[key.Value]:
			return p.at(key, key.Value+": it is given twice")
		case value.Kind == yaml.AliasNode || value.Anchor != "":
			return p.at(value, key.Value+": no anchors and references, please")
		}
		seen[key.Value] = true
		if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
			continue
		}
		if err := read(value); err != nil {
			return p.at(value, key.Value+": "+err.Error())
		}
	}
	return nil
}

// short is a piece of what somebody wrote, for an error.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

var (
	errNotText = errors.New("write it in one line")
	errNotSlug = fmt.Errorf("an address is 1 to %d small letters, digits and hyphens", MaxSlugRunes)
)

// scalar is a text in one line.
func scalar(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!binary" || strings.ContainsFunc(n.Value, isBreak) {
		return "", errNotText
	}
	return strings.TrimSpace(n.Value), nil
}

// isBreak reports whether a letter breaks a line, or is none at all.
func isBreak(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

func (*front) line(to *string, runes int) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := scalar(n)
		if err == nil && utf8.RuneCountInString(s) > runes {
			err = fmt.Errorf("at most %d characters", runes)
		}
		*to = s
		return err
	}
}

func (*front) slug(to *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := scalar(n)
		if err == nil && !validSlug(s) {
			err = errNotSlug
		}
		*to = s
		return err
	}
}

func (*front) icon(to *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := scalar(n)
		if err == nil {
			if s, err = normalIcon(s); err != nil {
				err = errors.New("an icon is one emoji or a short word")
			}
		}
		*to = s
		return err
	}
}

func (*front) path(to *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := scalar(n)
		s = strings.Trim(s, "/")
		parts := strings.Split(s, "/")
		if err == nil && len(parts) > MaxDepth {
			err = fmt.Errorf("categories are at most %d deep", MaxDepth)
		}
		if err == nil && slices.ContainsFunc(parts, func(s string) bool { return !validSlug(s) }) {
			err = errNotSlug
		}
		*to = s
		return err
	}
}

func (*front) choice(to *string, of []string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := scalar(n)
		if err == nil && !slices.Contains(of, s) {
			err = fmt.Errorf("choose one of %s", strings.Join(of, ", "))
		}
		*to = s
		return err
	}
}

func (*front) number(to *int64) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := scalar(n)
		if err != nil {
			return err
		}
		*to, err = strconv.ParseInt(s, 10, 64)
		if err != nil || *to < 1 || *to > maxPosition {
			return fmt.Errorf("write a number from 1 to %d", maxPosition)
		}
		return nil
	}
}

func (*front) list(to *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode || len(n.Content) > MaxRelated {
			return fmt.Errorf("write a list of at most %d addresses of articles: [one, two]", MaxRelated)
		}
		for _, item := range n.Content {
			s, err := scalar(item)
			if err == nil && (item.Anchor != "" || !validSlug(s)) {
				err = errNotSlug
			}
			if err != nil {
				return err
			}
			*to = append(*to, s)
		}
		return nil
	}
}

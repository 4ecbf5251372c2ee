package article

import (
	"path"
	"strings"

	"parley/internal/kernel/id"
)

// layout says where everything of a help centre lies in a folder: what [readFolder] puts together again.
type layout struct {
	usual      string
	categories map[id.Category]string // paths; "" is the folder itself
	texts      map[textKey]string     // paths of files
	addresses  map[string]string      // article:SLUG and article:LANGUAGE/SLUG → file
	slugs      map[id.Article]string  // to name an article by: in the usual language, else in its first
	images     map[id.Image]string    // paths of files
}

type textKey struct {
	article  id.Article
	language string
}

func layOut(e Exported) *layout {
	l := &layout{
		usual: e.Site.Language, categories: map[id.Category]string{"": ""}, texts: map[textKey]string{},
		addresses: map[string]string{}, slugs: map[id.Article]string{}, images: map[id.Image]string{},
	}
	taken := map[string]bool{"": true, imageFolder: true} // the pictures have that folder
	for _, n := range e.Categories {                      // each after its parent
		l.categories[n.ID] = free(taken, path.Join(l.categories[n.Parent], n.shown(l.usual, l.usual).Slug))
	}
	for _, a := range e.Articles {
		l.place(a, taken)
	}
	return l
}

// free is a path that nothing has yet.
func free(taken map[string]bool, want string) string {
	at := want
	for n := 2; taken[at]; n++ {
		at = path.Join(path.Dir(want), numbered(path.Base(want), n))
	}
	taken[at] = true
	return at
}

// place gives the texts of an article neighbouring files: install.md in the usual language, install.ar.md beside it.
func (l *layout) place(a Article, taken map[string]bool) {
	if len(a.Texts) == 0 {
		return
	}
	first := a.Texts[0]
	for _, t := range a.Texts {
		if t.Language == l.usual {
			first = t
		}
	}
	l.slugs[a.ID] = first.Slug
	base := free(taken, path.Join(l.categories[a.Category], first.Slug))
	for _, t := range a.Texts {
		name := base + markdownEnd
		if t.Language != l.usual {
			name = base + "." + t.Language + markdownEnd
		}
		l.texts[textKey{a.ID, t.Language}] = name
		l.addresses[articleAddress(t.Language, t.Slug, l.usual)] = name
	}
}

// image notes where a picture lies.
func (l *layout) image(m Image) string {
	end := ".jpg"
	if m.Type == "image/png" {
		end = ".png"
	}
	name := imageFolder + "/" + string(m.ID) + end
	l.images[m.ID] = name
	return name
}

// categoryFiles are the files of a category, by path.
func (l *layout) categoryFiles(n Node) map[string]CategoryFile {
	files := map[string]CategoryFile{}
	for language, text := range n.Texts {
		name := path.Join(l.categories[n.ID], categoryFile)
		c := CategoryFile{Name: text.Name, Slug: text.Slug, Description: text.Description, Language: language}
		if language == l.usual || len(n.Texts) == 1 {
			c.Icon, c.Position = n.Icon, n.Position
		}
		if language != l.usual {
			name += "." + language
		}
		files[name+markdownEnd] = c
	}
	return files
}

// file is a text as a file.
func (l *layout) file(a Article, t Text) (name string, f File) {
	name = l.texts[textKey{a.ID, t.Language}]
	f = File{
		Title: t.Title, Slug: t.Slug, Description: t.Description, Language: t.Language, State: t.State, Audience: a.Audience,
		Position: a.Position,
	}
	for _, r := range a.Related {
		if slug := l.slugs[r]; slug != "" {
			f.Related = append(f.Related, slug)
		}
	}
	f.Markdown = rewrite(strings.Trim(t.Markdown, "\n"), func(to target) (string, bool) {
		if file, ok := l.addresses[to.address]; ok {
			return relative(name, file), true
		}
		m := imageForm.FindStringSubmatch(to.address)
		if m == nil || l.images[id.Image(m[1])] == "" {
			return "", false
		}
		_, size, sized := strings.Cut(to.address, "#")
		address := relative(name, l.images[id.Image(m[1])])
		if sized {
			address += "#" + size
		}
		return address, true
	})
	return name, f
}

package article

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"parley/internal/kernel/id"
)

const (
	categoryFile     = "_category"
	markdownEnd      = ".md"
	imageFolder      = "images"
	maxFilesInFolder = 50_000
)

// folderText is a text that lies in a folder.
type folderText struct {
	path string // within the folder
	key  string // … without language and ending: the texts of one article have the same
	line int    // where the Markdown begins in the file
	File
}

// folder is what a folder of Markdown files says, checked.
type folder struct {
	categories map[string]map[string]CategoryFile // by path, then by language
	names      map[string]string                  // of folders as they are called, by path
	texts      []folderText                       // those of one article are neighbours, the one in the site's own language first
	images     []string                           // paths that texts name
	byPath     map[string]*folderText
	byAddress  map[[2]string]*folderText // by language and slug
}

// pictures are the endings of files that can be images.
var pictures = []string{".png", ".jpg", ".jpeg", ".gif", ".webp"}

// readFolder reads and checks all of a folder before anything of it is stored. Its error joins a [*FileError] for everything
// that is wrong.
func readFolder(root fs.FS, site SiteSettings) (*folder, error) {
	f := &folder{categories: map[string]map[string]CategoryFile{}, names: map[string]string{}, byPath: map[string]*folderText{}}
	var faults []error
	files := 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir // of version control
		case !d.Type().IsRegular() || path.Ext(name) != markdownEnd:
			return nil
		}
		if files++; files > maxFilesInFolder {
			return fmt.Errorf("there are more than %d files", maxFilesInFolder)
		}
		text, err := readSome(root, name, bytesOfAFileAtMost+1)
		if err != nil {
			return err
		}
		if err := f.add(name, text, site); err != nil {
			faults = append(faults, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	faults = append(faults, f.arrange(root, site.Language)...)
	slices.SortStableFunc(faults, compareFaults)
	return f, errors.Join(faults...)
}

func compareFaults(a, b error) int {
	x, okX := errors.AsType[*FileError](a)
	y, okY := errors.AsType[*FileError](b)
	if !okX || !okY {
		return 0
	}
	return cmp.Or(strings.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
}

// readSome reads a file, at most n bytes of it.
func readSome(root fs.FS, name string, n int64) (b []byte, err error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return readAtMost(file, n)
}

// add takes a file in.
func (f *folder) add(name string, text []byte, site SiteSettings) error {
	base := strings.TrimSuffix(path.Base(name), markdownEnd)
	language := site.Language
	if stem, end, ok := cutLast(base, "."); ok && slices.Contains(Languages, end) {
		base, language = stem, end
	}
	if base == categoryFile {
		return f.addCategory(name, language, text, site)
	}
	t, err := ParseFile(name, text)
	if err != nil {
		return err
	}
	if t.Language, err = languageOf(name, t.Language, language, site); err != nil {
		return err
	}
	if t.Slug == "" {
		t.Slug = slugOf(base)
	}
	if t.Slug == "" {
		return &FileError{File: name, Message: "its name has no letter for an address: give a slug"}
	}
	if t.Category == "" {
		t.Category = categoryOf(path.Dir(name))
		f.name(path.Dir(name))
	}
	f.texts = append(f.texts, folderText{path: name, key: path.Join(path.Dir(name), base), line: bodyLine(text, t.Markdown), File: t})
	return nil
}

func (f *folder) addCategory(name, language string, text []byte, site SiteSettings) error {
	c, err := ParseCategoryFile(name, text)
	if err != nil {
		return err
	}
	at := categoryOf(path.Dir(name))
	if at == "" {
		return &FileError{File: name, Message: "the folder itself is the help centre, not a category of it"}
	}
	if c.Language, err = languageOf(name, c.Language, language, site); err != nil {
		return err
	}
	f.need(at)
	if _, twice := f.categories[at][c.Language]; twice {
		return &FileError{File: name, Message: "there is another file of this category in this language"}
	}
	f.categories[at][c.Language] = c
	f.name(path.Dir(name))
	return nil
}

// name keeps what the folders down to one are called, for categories without a file.
func (f *folder) name(dir string) {
	for ; dir != "."; dir = path.Dir(dir) {
		f.names[categoryOf(dir)] = path.Base(dir)
	}
}

// languageOf settles the language of a file: what it says must be what its name says, and one of the help centre's.
func languageOf(name, said, named string, site SiteSettings) (string, error) {
	language := cmp.Or(said, named)
	if said != "" && said != named && named != site.Language {
		return "", &FileError{File: name, Message: fmt.Sprintf("its name says %s and its front matter %s", named, said)}
	}
	if !site.Has(language) {
		return "", &FileError{File: name, Message: fmt.Sprintf("%s is not one of the help centre's languages (%s): add it in the dashboard, Help centre › Settings", language, strings.Join(site.Languages, ", "))}
	}
	return language, nil
}

// categoryOf is the path of a category: the folders' names as addresses.
func categoryOf(dir string) string {
	if dir == "." {
		return ""
	}
	parts := strings.Split(dir, "/")
	for i, p := range parts {
		parts[i] = cmp.Or(slugOf(p), "category")
	}
	return strings.Join(parts, "/")
}

// bodyLine is the line of a file that its Markdown, which is the end of it, begins in.
func bodyLine(file []byte, markdown string) int {
	source := strings.TrimRight(clean(string(file)), "\n")
	return 1 + strings.Count(strings.TrimSuffix(source, markdown), "\n")
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// arrange puts the texts of an article together, and checks what they say about one another.
func (f *folder) arrange(root fs.FS, usual string) (faults []error) {
	slices.SortStableFunc(f.texts, func(a, b folderText) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(rankOf(a.Language, usual), rankOf(b.Language, usual)))
	})
	f.byAddress = make(map[[2]string]*folderText, len(f.texts))
	for i := range f.texts {
		t := &f.texts[i]
		f.byPath[t.path] = t
		f.need(t.Category)
		address := [2]string{t.Language, t.Slug}
		if other := f.byAddress[address]; other != nil {
			faults = append(faults, &FileError{File: t.path, Message: fmt.Sprintf("slug: %s has the address %s already", other.path, t.Slug)})
		}
		f.byAddress[address] = t
		if i > 0 && f.texts[i-1].key == t.key {
			faults = append(faults, f.follow(&f.texts[i-1], t)...)
		}
	}
	for i := range f.texts {
		faults = append(faults, f.check(root, &f.texts[i], usual)...)
	}
	slices.Sort(f.images)
	f.images = slices.Compact(f.images)
	return faults
}

// rankOf puts the site's own language first, the others in the usual order.
func rankOf(language, usual string) int {
	if language == usual {
		return -1
	}
	return slices.Index(Languages, language)
}

// follow gives a translation what belongs to the article. Where it says other than the text before it, one of them is wrong.
func (f *folder) follow(first, t *folderText) (faults []error) {
	if t.Language == first.Language {
		faults = append(faults, &FileError{File: t.path, Message: fmt.Sprintf("it is the same article in the same language as %s", first.path)})
	}
	if t.Audience != first.Audience {
		faults = append(faults, &FileError{File: t.path, Message: fmt.Sprintf("audience: %s says %s", first.path, first.Audience)})
	}
	t.Position, t.Category = first.Position, first.Category
	if len(t.Related) == 0 {
		t.Related = first.Related
	}
	return faults
}

// need makes the categories down to one, also those without a file.
func (f *folder) need(category string) {
	for at := category; at != "" && at != "."; at = path.Dir(at) {
		if f.categories[at] == nil {
			f.categories[at] = map[string]CategoryFile{}
		}
	}
}

// related is the article of an address in the help centre's own language, or in that of the text that names it.
func (f *folder) related(slug, language, usual string) *folderText {
	return cmp.Or(f.byAddress[[2]string{usual, slug}], f.byAddress[[2]string{language, slug}])
}

// check looks at what a text leads to: files that are not there, and articles that are not.
func (f *folder) check(root fs.FS, t *folderText, usual string) (faults []error) {
	for _, slug := range t.Related {
		if f.related(slug, t.Language, usual) == nil {
			faults = append(faults, &FileError{File: t.path, Message: fmt.Sprintf("related: there is no article %q in the folder", slug)})
		}
	}
	for _, to := range targetsOf(t.Markdown) {
		name, ok := localPath(t.path, to.address)
		if !ok || f.byPath[name] != nil {
			continue
		}
		line := t.line + strings.Count(t.Markdown[:to.from], "\n")
		if !slices.Contains(pictures, strings.ToLower(path.Ext(name))) || !fs.ValidPath(name) {
			faults = append(faults, &FileError{File: t.path, Line: line, Message: fmt.Sprintf("%s is no file of the folder", short(to.address))})
			continue
		}
		if info, err := fs.Stat(root, name); err != nil || !info.Mode().IsRegular() {
			faults = append(faults, &FileError{File: t.path, Line: line, Message: fmt.Sprintf("there is no image %s", short(name))})
			continue
		}
		f.images = append(f.images, name)
	}
	return faults
}

// markdownOf is a text with the addresses that are stored: of images by id, of articles by slug.
func (f *folder) markdownOf(t folderText, usual string, images map[string]Image) string {
	return rewrite(t.Markdown, func(to target) (string, bool) {
		name, ok := localPath(t.path, to.address)
		if !ok {
			return "", false
		}
		if other := f.byPath[name]; other != nil {
			return articleAddress(other.Language, other.Slug, usual), true
		}
		if m, ok := images[name]; ok {
			_, size, _ := strings.Cut(to.address, "#")
			return imageAddressOf(m, size, isExportName(name, m.ID)), true
		}
		return "", false
	})
}

func articleAddress(language, slug, usual string) string {
	if language == usual {
		return "article:" + slug
	}
	return "article:" + language + "/" + slug
}

var imageSize = regexp.MustCompile(`^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$`)

// imageAddressOf has the size, so that a page does not jump while the image loads. A file that was exported says itself
// whether the text had it: exporting and importing changes nothing.
func imageAddressOf(m Image, size string, exported bool) string {
	if !imageSize.MatchString(size) {
		if exported {
			return "image:" + string(m.ID)
		}
		size = fmt.Sprintf("%dx%d", m.Width, m.Height)
	}
	return "image:" + string(m.ID) + "#" + size
}

// isExportName reports whether a file is called as the export calls this image.
func isExportName(name string, i id.Image) bool {
	stem, _, _ := cutLast(path.Base(name), ".")
	return stem == string(i)
}

// category is one of the folder, ready to be stored but for its parent.
func (f *folder) category(at, usual string) IncomingCategory {
	c := IncomingCategory{Texts: map[string]CategoryText{}}
	slug := path.Base(at)
	for language, file := range f.categories[at] {
		c.Icon = cmp.Or(c.Icon, file.Icon)
		c.Position = max(c.Position, file.Position)
		c.Texts[language] = CategoryText{Name: file.Name, Slug: file.Slug, Description: file.Description}
	}
	own, ok := c.Texts[usual]
	if !ok {
		own.Name = cutRunes(cmp.Or(f.names[at], slug), MaxNameRunes)
	}
	own.Slug = cmp.Or(own.Slug, slug)
	c.Texts[usual] = own
	return c
}

// order lists the categories, each after the one that it is in.
func (f *folder) order() []string {
	list := make([]string, 0, len(f.categories))
	for at := range f.categories {
		list = append(list, at)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
	})
	return list
}

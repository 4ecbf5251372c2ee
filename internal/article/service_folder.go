package article

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
)

// importBatch is how many texts one transaction stores.
const importBatch = 100

// FolderReport says what an import did with each file.
type FolderReport struct {
	Categories []Done
	Texts      []Done
	Images     int
}

// Done is what became of one file, or of a folder without one.
type Done struct {
	Path    string
	Outcome Outcome
}

// Count is how many of a list came out so.
func Count(list []Done, o Outcome) (n int) {
	for _, d := range list {
		if d.Outcome == o {
			n++
		}
	}
	return n
}

// ImportFolder brings a folder of Markdown files into the property's help centre: folders are categories, name.ar.md is
// name.md in Arabic, images lie anywhere in the folder. Everything is checked before anything is stored; the error then
// joins a [*FileError] for each fault. Importing the same again changes nothing.
func (s *Service) ImportFolder(ctx context.Context, who actor.Agent, root fs.FS) (r FolderReport, err error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return r, err
	}
	f, err := readFolder(root, site.SiteSettings)
	if err != nil {
		return r, err
	}
	i := &importing{Service: s, who: who, site: site, folder: f}
	if err := i.run(ctx, root, &r); err != nil {
		return r, fmt.Errorf("import a folder into property %s: %w", who.Property, err)
	}
	return r, nil
}

// importing is one import on its way.
type importing struct {
	*Service
	who        actor.Agent
	site       Site
	folder     *folder
	images     map[string]Image // by path; without their bytes
	categories map[string]id.Category
	articles   map[string]id.Article // by key
	stored     map[[2]string]string  // what there is already: Markdown by language and slug
	related    map[id.Article][]id.Article
}

func (i *importing) run(ctx context.Context, root fs.FS, r *FolderReport) error {
	if err := i.storeImages(ctx, root); err != nil {
		return err
	}
	r.Images = len(i.images)
	if err := i.storeCategories(ctx, r); err != nil {
		return err
	}
	if err := i.readStored(ctx); err != nil {
		return err
	}
	i.articles = map[string]id.Article{}
	var first, rest []folderText
	for n, t := range i.folder.texts {
		if n == 0 || i.folder.texts[n-1].key != t.key {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	for _, list := range [][]folderText{first, rest} { // translations belong to an article that is there
		for batch := range slices.Chunk(list, importBatch) {
			if err := i.storeTexts(ctx, batch, r); err != nil {
				return err
			}
		}
	}
	return i.relate(ctx, first)
}

func (i *importing) storeImages(ctx context.Context, root fs.FS) error {
	i.images = make(map[string]Image, len(i.folder.images))
	for _, name := range i.folder.images {
		file, err := readSome(root, name, MaxImageBytes+1)
		if err != nil {
			return err
		}
		m, err := i.storeImage(ctx, name, file)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		m.Bytes = nil
		i.images[name] = m
	}
	return nil
}

// storeImage finds out whether the file was exported from here; then the image is here.
func (i *importing) storeImage(ctx context.Context, name string, file []byte) (Image, error) {
	stem, _, _ := cutLast(path.Base(name), ".")
	if known := id.Image(stem); id.Valid(known) {
		if m, err := i.Image(ctx, i.who.Property, known); err == nil && bytes.Equal(m.Bytes, file) {
			return m, nil
		}
	}
	return i.AddImage(ctx, i.who, file)
}

func (i *importing) storeCategories(ctx context.Context, r *FolderReport) error {
	i.categories = map[string]id.Category{"": ""}
	for _, at := range i.folder.order() {
		outcome, err := i.storeCategory(ctx, at)
		if err != nil {
			return err
		}
		r.Categories = append(r.Categories, Done{at, outcome})
	}
	if Count(r.Categories, Made) == 0 {
		return nil
	}
	for _, at := range i.folder.order() { // making one has numbered its sisters anew
		if _, err := i.storeCategory(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

func (i *importing) storeCategory(ctx context.Context, at string) (Outcome, error) {
	c := i.folder.category(at, i.site.Language)
	c.Parent = i.categories[strings.TrimPrefix(path.Dir(at), ".")]
	category, outcome, err := i.ImportCategory(ctx, i.who, c)
	if err != nil {
		return "", fmt.Errorf("%s: %w", at, err)
	}
	i.categories[at] = category
	return outcome, nil
}

// readStored keeps what is there, also because editors may have stored it in another form than a file has: with empty lines
// at the end, say.
func (i *importing) readStored(ctx context.Context) error {
	all, err := i.Export(ctx, i.who.Property)
	if err != nil {
		return err
	}
	i.stored, i.related = map[[2]string]string{}, map[id.Article][]id.Article{}
	for _, a := range all.Articles {
		i.related[a.ID] = a.Related
		for _, t := range a.Texts {
			i.stored[[2]string{t.Language, t.Slug}] = t.Markdown
		}
	}
	return nil
}

func (i *importing) storeTexts(ctx context.Context, batch []folderText, r *FolderReport) error {
	list := make([]Incoming, len(batch))
	for n, t := range batch {
		list[n] = Incoming{
			Article: i.articles[t.key], Language: t.Language, Slug: t.Slug, Title: t.Title, Description: t.Description,
			Markdown: i.folder.markdownOf(t, i.site.Language, i.images), State: t.State, Audience: t.Audience,
			Category: i.categories[t.Category], Position: t.Position,
		}
		if there := i.stored[[2]string{t.Language, t.Slug}]; strings.Trim(clean(there), "\n") == list[n].Markdown {
			list[n].Markdown = there
		}
	}
	done, err := i.Import(ctx, i.who, list)
	if err != nil {
		return fmt.Errorf("%s and the %d after it: %w", batch[0].path, len(batch)-1, err)
	}
	for n, t := range batch {
		i.articles[t.key] = done[n].Article
		r.Texts = append(r.Texts, Done{t.path, done[n].Outcome})
	}
	return nil
}

func (i *importing) relate(ctx context.Context, list []folderText) error {
	for _, t := range list {
		related := make([]id.Article, 0, len(t.Related))
		for _, slug := range t.Related {
			if other := i.folder.related(slug, t.Language, i.site.Language); other.key != t.key {
				related = append(related, i.articles[other.key])
			}
		}
		if len(related) == 0 || slices.Equal(related, i.related[i.articles[t.key]]) {
			continue // a file that says nothing takes nothing away
		}
		if err := i.SetRelated(ctx, i.who, i.articles[t.key], related); err != nil {
			return fmt.Errorf("%s: related: %w", t.path, err)
		}
	}
	return nil
}

// ExportFolder writes the property's help centre as [Service.ImportFolder] reads it, each file by one call of write, and
// answers how many there were.
func (s *Service) ExportFolder(ctx context.Context, p id.Property, write func(name string, file []byte) error) (files int, err error) {
	all, err := s.Export(ctx, p)
	if err != nil {
		return 0, err
	}
	put := func(name string, file []byte) error {
		files++
		return write(name, file)
	}
	l := layOut(all)
	for _, i := range imagesIn(all) {
		m, err := s.Image(ctx, p, i)
		if err != nil {
			continue // a text names what is not there; it goes on doing so
		}
		if err := put(l.image(m), m.Bytes); err != nil {
			return files, err
		}
	}
	for _, n := range all.Categories {
		of := l.categoryFiles(n)
		for _, name := range slices.Sorted(maps.Keys(of)) {
			if err := put(name, of[name].Print()); err != nil {
				return files, err
			}
		}
	}
	for _, a := range all.Articles {
		for _, t := range a.Texts {
			name, f := l.file(a, t)
			if err := put(name, f.Print()); err != nil {
				return files, err
			}
		}
	}
	return files, nil
}

// imagesIn are the images that texts name, each once.
func imagesIn(all Exported) []id.Image {
	seen := map[id.Image]bool{}
	for _, a := range all.Articles {
		for _, t := range a.Texts {
			for _, to := range targetsOf(t.Markdown) {
				if i, _, _, ok := imageAddress(to.address); ok {
					seen[i] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// readAtMost refuses nothing: whoever asked for n+1 bytes knows that n were too few.
func readAtMost(r io.Reader, n int64) ([]byte, error) { return io.ReadAll(io.LimitReader(r, n)) }

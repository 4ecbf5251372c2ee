package article_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"parley/internal/article"
	"parley/internal/kernel/actor"
	"parley/internal/property"
	"parley/internal/testkit"
)

// shelves opens the articles of a property with two languages.
func shelves(t *testing.T, e *testkit.Env) (*article.Service, actor.Agent) {
	t.Helper()
	who := e.Agent(t, e.Property(t), actor.Owner, "Ann")
	s := article.New(article.Options{
		DB: e.DB, Now: e.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Properties: property.New(property.Options{DB: e.DB, Now: e.Clock.Now}),
	})
	site, err := s.SiteOf(t.Context(), who.Property)
	if err != nil {
		t.Fatal(err)
	}
	english, both := "en", []string{"en", "ar"}
	if _, err := s.ChangeSite(t.Context(), who, site.Version, article.SitePatch{Language: &english, Languages: &both}); err != nil {
		t.Fatal(err)
	}
	return s, who
}

func dot(t *testing.T, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 8, 6))
	m.Set(0, 0, c)
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sample(t *testing.T) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range map[string]string{
		"welcome.md":              "# Welcome\n\nBegin with [the bowl](Bowls/large%20bowl.md).\n",
		"Bowls/_category.md":      "---\nname: Bowls\nslug: bowls\nicon: 🥣\nposition: 20\n---\n",
		"Cups/_category.md":       "---\nname: Cups\nposition: 10\n---\n",
		"Bowls/_category.ar.md":   "---\nname: أوعية\n---\n",
		"Bowls/large bowl.md":     "---\ntitle: The large bowl\nslug: large-bowl\ndescription: How large it is.\nrelated: [welcome, plates]\n---\n\n![The bowl](../images/bowl.png)\n\nAlso `![not](this.png)`.\n",
		"Bowls/large bowl.ar.md":  "---\ntitle: الوعاء الكبير\nslug: الوعاء-الكبير\n---\n\nأهلًا [و](../welcome.md)، [هنا](large%20bowl.ar.md).\n",
		"Bowls/Deep ones/soup.md": "---\ntitle: Soup\nstate: draft\naudience: agents\n---\n\nFor the team.\n",
		"plates.md":               "---\ntitle: Plates\nstate: archived\ncategory: bowls/flat\nposition: 7\n---\n\nGone.\n",
		".git/notes.md":           "not an article",
		"notes.txt":               "not one either",
	} {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	folder["images/bowl.png"] = &fstest.MapFile{Data: dot(t, color.White)}
	folder["images/unused.png"] = &fstest.MapFile{Data: []byte("nobody asks")}
	return folder
}

func outcomes(list []article.Done) map[string]article.Outcome {
	m := map[string]article.Outcome{}
	for _, d := range list {
		m[d.Path] = d.Outcome
	}
	return m
}

func TestAFolderBecomesAHelpCentre(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who := shelves(t, e)
		r, err := s.ImportFolder(t.Context(), who, sample(t))
		if err != nil {
			t.Fatal(err)
		}
		if article.Count(r.Texts, article.Made) != 5 || article.Count(r.Categories, article.Made) != 4 || r.Images != 1 {
			t.Errorf("%+v", r)
		}
		all, err := s.Export(t.Context(), who.Property)
		if err != nil {
			t.Fatal(err)
		}
		bySlug := map[string]article.Article{}
		for _, a := range all.Articles {
			bySlug[a.Texts[0].Slug] = a
		}
		names := map[string]string{}
		if all.Categories[0].Texts["en"].Name != "Cups" {
			t.Errorf("the first category is %+v", all.Categories[0])
		}
		for _, n := range all.Categories {
			names[string(n.ID)] = n.Texts["en"].Name + n.Icon + n.Texts["ar"].Name
		}
		bowl, soup, plates, welcome := bySlug["large-bowl"], bySlug["soup"], bySlug["plates"], bySlug["welcome"]
		if got := names[string(bowl.Category)]; got != "Bowls🥣أوعية" {
			t.Errorf("the bowl is in %q", got)
		}
		if got := names[string(soup.Category)]; got != "Deep ones" {
			t.Errorf("the soup is in %q", got)
		}
		if got := names[string(plates.Category)]; got != "flat" || plates.Position != 7 {
			t.Errorf("the plates are in %q at %d", got, plates.Position)
		}
		if welcome.Category != "" || welcome.Texts[0].Title != "Welcome" || welcome.Texts[0].State != article.Published {
			t.Errorf("welcome is %+v", welcome)
		}
		if soup.Audience != article.Agents || soup.Texts[0].State != article.Draft || plates.Texts[0].State != article.Archived {
			t.Errorf("soup %+v, plates %+v", soup, plates)
		}
		if want := []string{string(welcome.ID), string(plates.ID)}; len(bowl.Related) != 2 || string(bowl.Related[0]) != want[0] || string(bowl.Related[1]) != want[1] {
			t.Errorf("related %v, want %v", bowl.Related, want)
		}
		if len(bowl.Texts) != 2 {
			t.Fatalf("the bowl has %d texts", len(bowl.Texts))
		}
		image := article.ImageID(who.Property, dot(t, color.White))
		for language, want := range map[string]string{
			"en": "![The bowl](image:" + string(image) + "#8x6)\n\nAlso `![not](this.png)`.",
			"ar": "أهلًا [و](article:welcome)، [هنا](article:ar/الوعاء-الكبير).",
		} {
			for _, text := range bowl.Texts {
				if text.Language == language && text.Markdown != want {
					t.Errorf("%s: %q, want %q", language, text.Markdown, want)
				}
			}
		}
		if got := welcome.Texts[0].Markdown; got != "Begin with [the bowl](article:large-bowl)." {
			t.Errorf("welcome says %q", got)
		}
	})
}

func TestImportingAgainChangesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who := shelves(t, e)
		folder := sample(t)
		if _, err := s.ImportFolder(t.Context(), who, folder); err != nil {
			t.Fatal(err)
		}
		news := len(e.Events())
		again, err := s.ImportFolder(t.Context(), who, folder)
		if err != nil || article.Count(again.Texts, article.Same) != 5 || article.Count(again.Categories, article.Same) != 4 {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		if len(e.Events()) != news {
			t.Errorf("the same again was news: %v", e.Events()[news:])
		}

		folder["welcome.md"] = &fstest.MapFile{Data: []byte("# Welcome\n\nIt is ![other](images/other.png)")}
		folder["images/other.png"] = &fstest.MapFile{Data: dot(t, color.Black)}
		delete(folder, "plates.md")
		folder["Bowls/large bowl.md"] = &fstest.MapFile{Data: []byte("---\ntitle: The large bowl\nslug: large-bowl\ndescription: How large it is.\nrelated: [welcome]\n---\n\n![The bowl](../images/bowl.png)\n\nAlso `![not](this.png)`.\n")}
		third, err := s.ImportFolder(t.Context(), who, folder)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]article.Outcome{
			"welcome.md": article.Updated, "Bowls/large bowl.md": article.Same, "Bowls/large bowl.ar.md": article.Same, "Bowls/Deep ones/soup.md": article.Same,
		}
		if diff := cmp.Diff(want, outcomes(third.Texts)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		all, err := s.Export(t.Context(), who.Property)
		if err != nil || len(all.Articles) != 4 {
			t.Errorf("%d articles, %v: what is not in the folder stays", len(all.Articles), err)
		}
	})
}

// exported is a help centre as a folder.
func exported(t *testing.T, s *article.Service, who actor.Agent) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	n, err := s.ExportFolder(t.Context(), who.Property, func(name string, file []byte) error {
		if folder[name] != nil {
			t.Errorf("%s is written twice", name)
		}
		folder[name] = &fstest.MapFile{Data: bytes.Clone(file)}
		return nil
	})
	if err != nil || n != len(folder) {
		t.Fatalf("%d files, %v", n, err)
	}
	return folder
}

func TestWhatIsExportedComesBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who := shelves(t, e)
		if _, err := s.ImportFolder(t.Context(), who, sample(t)); err != nil {
			t.Fatal(err)
		}
		// What an editor has stored in another form than a file would have it.
		if _, err := s.Make(t.Context(), who, article.NewArticle{
			Title: "By hand", Markdown: "\n![x](image:" + string(article.ImageID(who.Property, dot(t, color.White))) + ")\n\n\n",
		}); err != nil {
			t.Fatal(err)
		}
		first := exported(t, s, who)
		for _, name := range []string{
			"welcome.md", "bowls/_category.md", "bowls/_category.ar.md", "bowls/large-bowl.md", "bowls/large-bowl.ar.md", "bowls/deep-ones/soup.md",
			"bowls/flat/plates.md", "by-hand.md",
		} {
			if first[name] == nil {
				t.Errorf("there is no %s", name)
			}
		}
		if got := string(first["welcome.md"].Data); !strings.Contains(got, "Begin with [the bowl](bowls/large-bowl.md).") {
			t.Errorf("welcome.md: %s", got)
		}
		same, err := s.ImportFolder(t.Context(), who, first)
		if err != nil || article.Count(same.Texts, article.Same) != len(same.Texts) || article.Count(same.Categories, article.Same) != len(same.Categories) {
			t.Errorf("into the same help centre: %+v, %v", same, err)
		}

		other, her := shelves(t, e)
		made, err := other.ImportFolder(t.Context(), her, first)
		if err != nil || article.Count(made.Texts, article.Made) != 6 {
			t.Fatalf("into another help centre: %+v, %v", made, err)
		}
		second := exported(t, other, her)
		for name, file := range first {
			if strings.HasPrefix(name, "images/") || strings.Contains(string(file.Data), "images/") {
				continue // pictures have ids of their own there
			}
			if second[name] == nil {
				t.Errorf("there is no %s in the second", name)
				continue
			}
			if diff := cmp.Diff(string(file.Data), string(second[name].Data)); diff != "" {
				t.Errorf("%s (-first +second):\n%s", name, diff)
			}
		}
		if len(first) != len(second) {
			t.Errorf("%d files, then %d", len(first), len(second))
		}
	})
}

func TestAFolderWithFaultsChangesNothing(t *testing.T) {
	e := testkit.SQLite(t)
	s, who := shelves(t, e)
	folder := sample(t)
	for name, text := range map[string]string{
		"a/one.md":       "---\ntitle: One\nstate: live\n---\n",
		"a/two.md":       "---\ntitle: Two\n---\n\nx\n\nSee [there](three.md) and ![x](../../etc/passwd.png).\n\n![y](y.png)\n",
		"a/four.de.md":   "---\ntitle: Vier\n---\n",
		"a/five.ar.md":   "---\ntitle: Five\nlanguage: en\n---\n",
		"a/six.md":       "---\ntitle: Six\nslug: welcome\n---\n",
		"a/seven.md":     "---\ntitle: Seven\nrelated: [nobody]\n---\n",
		"a/eight.md":     "---\ntitle: Eight\naudience: agents\n---\n",
		"a/eight.ar.md":  "---\ntitle: ثمانية\n---\n",
		"_category.md":   "---\nname: Top\n---\n",
		"a/_category.md": "no front matter",
	} {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err := s.ImportFolder(t.Context(), who, folder)
	if err == nil {
		t.Fatal("it was imported")
	}
	want := []string{
		"_category.md: the folder itself is the help centre, not a category of it",
		"a/_category.md: it has no name: give one in its front matter",
		"a/eight.ar.md: audience: a/eight.md says agents",
		"a/five.ar.md: its name says ar and its front matter en",
		"a/four.de.md: de is not one of the help centre's languages (en, ar): add it in the dashboard, Help centre › Settings",
		"a/one.md:3: state: choose one of draft, published, archived",
		`a/seven.md: related: there is no article "nobody" in the folder`,
		"a/six.md: slug: ", // one of the two, by their order
		"a/two.md:7: three.md is no file of the folder",
		"a/two.md:7: ../../etc/passwd.png is no file of the folder",
		"a/two.md:9: there is no image a/y.png",
	}
	got := strings.Split(err.Error(), "\n")
	for _, line := range want {
		if !strings.Contains(err.Error(), line) && !strings.HasPrefix(line, "a/six.md") {
			t.Errorf("no %q in\n%s", line, err)
		}
	}
	if len(got) != len(want) || !strings.Contains(err.Error(), "slug: ") {
		t.Errorf("%d faults, want %d:\n%s", len(got), len(want), err)
	}
	if f, ok := errors.AsType[*article.FileError](err); !ok || f.File != "_category.md" {
		t.Errorf("the first fault is %+v", f)
	}
	all, err := s.Export(t.Context(), who.Property)
	if err != nil || len(all.Articles) != 0 || len(all.Categories) != 0 {
		t.Errorf("%+v, %v: something was stored", all, err)
	}
}

func TestAPictureThatIsNoneStopsAnImport(t *testing.T) {
	e := testkit.SQLite(t)
	s, who := shelves(t, e)
	folder := sample(t)
	folder["images/bowl.png"] = &fstest.MapFile{Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}
	_, err := s.ImportFolder(t.Context(), who, folder)
	if !errors.Is(err, article.ErrImage) || !strings.Contains(err.Error(), "images/bowl.png") {
		t.Errorf("%v", err)
	}
	all, err := s.Export(t.Context(), who.Property)
	if err != nil || len(all.Articles) != 0 {
		t.Errorf("%d articles, %v", len(all.Articles), err)
	}
}

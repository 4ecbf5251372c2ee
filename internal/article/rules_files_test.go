package article

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseFile(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want File
	}{
		"everything": {
			"---\ntitle: \"A: b\"\nslug: a-b\ncategory: /first/second/\ndescription: What it is.\nlanguage: ar\nstate: draft\naudience: agents\nposition: 3\nrelated: [c, d-e]\n---\n\nText\n",
			File{Title: "A: b", Slug: "a-b", Category: "first/second", Description: "What it is.", Language: "ar", State: Draft, Audience: Agents, Position: 3, Related: []string{"c", "d-e"}, Markdown: "Text"},
		},
		"a title alone":   {"---\ntitle: A\n---\n", File{Title: "A", State: Published, Audience: Public}},
		"no end of line":  {"---\ntitle: A\n---", File{Title: "A", State: Published, Audience: Public}},
		"a number":        {"---\ntitle: 404\n---\nx", File{Title: "404", State: Published, Audience: Public, Markdown: "x"}},
		"yes":             {"---\ntitle: yes\n---\nx", File{Title: "yes", State: Published, Audience: Public, Markdown: "x"}},
		"nothing said":    {"---\ntitle: A\nslug:\nstate: ~\n---\nx", File{Title: "A", State: Published, Audience: Public, Markdown: "x"}},
		"no front matter": {"# The *title* &amp; more\n\nText\n", File{Title: "The title & more", State: Published, Audience: Public, Markdown: "Text"}},
		"Windows":         {"\uFEFF---\r\ntitle: A\r\n---\r\n\r\nx\r\ny\r\n", File{Title: "A", State: Published, Audience: Public, Markdown: "x\ny"}},
		"a rule in it":    {"---\ntitle: A\n---\nx\n\n---\n\ny\n", File{Title: "A", State: Published, Audience: Public, Markdown: "x\n\n---\n\ny"}},
		"code first":      {"---\ntitle: A\n---\n\n    code\n", File{Title: "A", State: Published, Audience: Public, Markdown: "    code"}},
		"a list of lines": {"---\ntitle: A\nrelated:\n  - b\n  - c\n---\n", File{Title: "A", State: Published, Audience: Public, Related: []string{"b", "c"}}},
	} {
		got, err := ParseFile("x.md", []byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseFileNamesTheLine(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"no title":            {"text", "x.md: it has no title"},
		"empty":               {"", "x.md: it has no title"},
		"no title in it":      {"---\nslug: a\n---\ntext", "x.md: it has no title"},
		"no end":              {"---\ntitle: A\n\ntext\n", "x.md:1: its front matter does not end"},
		"unknown":             {"---\ntitle: A\nwriter: B\n---\n", `x.md:3: there is no field "writer"`},
		"unknown and long":    {"---\n" + strings.Repeat("a", 200) + ": B\n---\n", `x.md:2: there is no field "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"`},
		"twice":               {"---\ntitle: A\nslug: a\nslug: b\n---\n", "x.md:4: "},
		"not YAML":            {"---\ntitle: A\nslug: \"a\n---\n", "x.md:"},
		"tabs":                {"---\ntitle: A\n\tslug: a\n---\n", "x.md:"},
		"a list":              {"---\n- a\n---\n", "x.md:2: front matter is lines of name: value"},
		"a word":              {"---\ntitle\n---\n", "x.md:2: front matter is lines of name: value"},
		"two lines":           {"---\ntitle: |\n  A\n  B\n---\n", "x.md:2: title: write it in one line"},
		"a map":               {"---\ntitle:\n  a: b\n---\n", "x.md:3: title: write it in one line"},
		"too long":            {"---\ntitle: " + strings.Repeat("a", 201) + "\n---\n", "x.md:2: title: at most 200 characters"},
		"description":         {"---\ntitle: A\ndescription: " + strings.Repeat("a", 301) + "\n---\n", "x.md:3: description: at most 300 characters"},
		"slug":                {"---\ntitle: A\nslug: A b\n---\n", "x.md:3: slug: an address is"},
		"slug is a path":      {"---\ntitle: A\nslug: ../b\n---\n", "x.md:3: slug: an address is"},
		"category":            {"---\ntitle: A\ncategory: ../../etc\n---\n", "x.md:3: category: an address is"},
		"deep":                {"---\ntitle: A\ncategory: a/b/c/d/e/f\n---\n", "x.md:3: category: categories are at most 5 deep"},
		"state":               {"---\ntitle: A\nstate: live\n---\n", "x.md:3: state: choose one of draft, published, archived"},
		"audience":            {"---\ntitle: A\naudience: all\n---\n", "x.md:3: audience: choose one of public, agents"},
		"language":            {"---\ntitle: A\nlanguage: xx\n---\n", "x.md:3: language: choose one of en, "},
		"position":            {"---\ntitle: A\nposition: first\n---\n", "x.md:3: position: write a number"},
		"position below":      {"---\ntitle: A\nposition: -1\n---\n", "x.md:3: position: write a number"},
		"position above":      {"---\ntitle: A\nposition: 99999999999999999999\n---\n", "x.md:3: position: write a number"},
		"related":             {"---\ntitle: A\nrelated: b\n---\n", "x.md:3: related: write a list"},
		"related, many":       {"---\ntitle: A\nrelated: [" + strings.Repeat("b,", 11) + "]\n---\n", "x.md:3: related: write a list"},
		"related, odd":        {"---\ntitle: A\nrelated: [b, 'c d']\n---\n", "x.md:3: related: an address is"},
		"anchors":             {"---\ntitle: &a A\ndescription: *a\n---\n", "x.md:2: title: no anchors"},
		"an alias of much":    {"---\nx: &a [&b [&c [c,c,c],c,c],b,b]\ntitle: *a\n---\n", "x.md:2: there is no field"},
		"binary":              {"---\ntitle: !!binary aGVsbG8=\n---\n", "x.md:2: title: write it in one line"},
		"a control sign":      {"---\ntitle: \"a\\u0007b\"\n---\n", "x.md:2: title: write it in one line"},
		"not UTF-8":           {"---\ntitle: A\n---\n\nab\xff", "x.md:5: it is not in UTF-8"},
		"a huge front":        {"---\ntitle: A\n# " + strings.Repeat("a", maxFrontMatter) + "\n---\n", "x.md:1: its front matter is larger than 16 kB"},
		"a huge text":         {"---\ntitle: A\n---\n" + strings.Repeat("a", MaxMarkdownBytes+1), "x.md: an article has at most 256 kB"},
		"a huge file":         {strings.Repeat("a", bytesOfAFileAtMost+1), "x.md: it is larger than"},
		"a heading, too long": {"# " + strings.Repeat("a", 201), "x.md: title: at most 200 characters"},
	} {
		_, err := ParseFile("x.md", []byte(tt.in))
		if f, ok := errors.AsType[*FileError](err); !ok || f.File != "x.md" || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestParseCategoryFile(t *testing.T) {
	got, err := ParseCategoryFile("a/_category.md", []byte("---\nname: First steps\nslug: first\ndescription: All of them\nlanguage: en\nicon: 🌱\nposition: 2\n---\n"))
	want := CategoryFile{Name: "First steps", Slug: "first", Description: "All of them", Language: "en", Icon: "🌱", Position: 2}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for in, want := range map[string]string{
		"---\nslug: a\n---\n":            "a/_category.md: it has no name",
		"":                               "a/_category.md: it has no name",
		"---\nname: A\nicon: <b>\n---\n": "a/_category.md:3: icon: an icon is one emoji or a short word",
		"---\nname: A\ntitle: B\n---\n":  `a/_category.md:3: there is no field "title"`,
		"---\nname: " + strings.Repeat("a", 101) + "\n---\n": "a/_category.md:2: name: at most 100 characters",
	} {
		if _, err := ParseCategoryFile("a/_category.md", []byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

// lineOf draws a text of one line, of any script and with what YAML finds special.
func lineOf(t *rapid.T, name string, least, most int) string {
	signs := rapid.OneOf(
		rapid.Rune(), rapid.RuneFrom([]rune(`:#-?!&*|>'"%@,[]{}~\ .0123456789=<`)), rapid.RuneFrom([]rune("yesnoulltrfaNY")), rapid.RuneFrom([]rune("سعر价格ü🌱")),
	)
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Map(func(r rune) rune {
			if isBreak(r) || r == '\uFFFE' || r == '\uFFFF' || r == '\uFEFF' || unicode.Is(unicode.Cs, r) {
				return -1
			}
			return r
		}, string(rapid.SliceOfN(signs, least, most).Draw(t, "signs")))
		return strings.TrimSpace(s)
	}).Filter(func(s string) bool { return len(s) >= least }).Draw(t, name)
}

func slugOfAny(t *rapid.T, name string) string {
	return rapid.StringMatching(`[a-z0-9ا-ي]{1,12}(-[a-z0-9]{1,8}){0,3}`).Draw(t, name)
}

func TestFilesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := File{
			Title: lineOf(t, "title", 1, 60), Description: lineOf(t, "description", 0, 80),
			State:    rapid.SampledFrom([]State{Draft, Published, Archived}).Draw(t, "state"),
			Audience: rapid.SampledFrom([]Audience{Public, Agents}).Draw(t, "audience"),
			Language: rapid.SampledFrom(append([]string{""}, Languages...)).Draw(t, "language"),
			Position: rapid.Int64Range(0, 1<<53).Draw(t, "position"),
			Markdown: strings.Trim(clean(rapid.OneOf(rapid.String(), rapid.StringMatching("(---|#|- |`{3}|\n| |[a-z]){0,40}")).Draw(t, "markdown")), "\n"),
		}
		if rapid.Bool().Draw(t, "slug?") {
			f.Slug = slugOfAny(t, "slug")
		}
		if rapid.Bool().Draw(t, "category?") {
			f.Category = slugOfAny(t, "top") + "/" + slugOfAny(t, "below")
		}
		if n := rapid.IntRange(0, MaxRelated).Draw(t, "related"); n > 0 {
			for range n {
				f.Related = append(f.Related, slugOfAny(t, "one"))
			}
		}
		printed := f.Print()
		got, err := ParseFile("x.md", printed)
		if err != nil {
			t.Fatalf("%v in\n%s", err, printed)
		}
		if diff := cmp.Diff(f, got); diff != "" {
			t.Fatalf("(-want +got):\n%s\nin\n%s", diff, printed)
		}
	})
}

func TestCategoryFilesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := CategoryFile{
			Name: lineOf(t, "name", 1, 40), Description: lineOf(t, "description", 0, 80), Icon: rapid.SampledFrom([]string{"", "🌱", "book"}).Draw(t, "icon"),
			Language: rapid.SampledFrom(append([]string{""}, Languages...)).Draw(t, "language"), Position: rapid.Int64Range(0, 100).Draw(t, "position"),
		}
		got, err := ParseCategoryFile("_category.md", c.Print())
		if err != nil || got != c {
			t.Fatalf("%+v, %v, want %+v in\n%s", got, err, c, c.Print())
		}
	})
}

// FuzzParseFile: whatever a file holds, it is read or refused with its name; what was read comes back.
func FuzzParseFile(f *testing.F) {
	f.Add([]byte("---\ntitle: A\nrelated: [b]\nposition: 3\n---\n\n# x\n"))
	f.Add([]byte("---\ntitle: &a [*a]\n---\n"))
	f.Add([]byte("---\n? a\n: b\n---\n"))
	f.Add([]byte("# A\n\nb"))
	f.Add([]byte("---\n---\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := ParseFile("x.md", in)
		if err != nil {
			if e, ok := errors.AsType[*FileError](err); !ok || e.File != "x.md" || e.Line < 0 || e.Line > 2+strings.Count(string(in), "\n")+strings.Count(string(in), "\r") {
				t.Fatalf("%v of %q", err, in)
			}
			return
		}
		again, err := ParseFile("x.md", got.Print())
		if err != nil || !cmp.Equal(got, again) {
			t.Fatalf("%v\n%s\nin %s", err, cmp.Diff(got, again), got.Print())
		}
		if _, err := ParseCategoryFile("x.md", in); err != nil {
			if _, ok := errors.AsType[*FileError](err); !ok {
				t.Fatal(err)
			}
		}
	})
}

func TestAddressesInATextAreFound(t *testing.T) {
	for in, want := range map[string][]string{
		"[a](b.md) ![c](<d e.png>) [f]( g.md \"h\")":       {"b.md", "d e.png", "g.md"},
		"![a](b(1).png) [c](d%20e.md#f)":                   {"b(1).png", "d%20e.md#f"},
		"[a]: b.md\n\n  [c]: <d e.md>\n\n[a] and [c]":      {"b.md", "d e.md"},
		"`[a](b.md)` [c](d.md)\n\n```\n![e](f.png)\n```\n": {"d.md"},
		"    [a](b.md)\n\n[![c](d.png)](e.md)":             {"d.png", "e.md"},
		"a](b.md) and (c.md)":                              {"b.md"}, // no link, and no harm
		"| a |\n| - |\n| ![b](c.png) |":                    {"c.png"},
		"":                                                 nil,
	} {
		var got []string
		for _, to := range targetsOf(in) {
			got = append(got, to.address)
			if in[to.from:to.to] != to.address {
				t.Errorf("%q: %+v", in, to)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestRelativeAddresses(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"a.md", "b.md", "b.md"},
		{"a/b.md", "a/c.md", "c.md"},
		{"a/b.md", "images/c.png", "../images/c.png"},
		{"a/b/c.md", "a/d.md", "../d.md"},
		{"a/b/c.md", "a/d/e f.md", "../d/e%20f.md"},
		{"a.md", "b/c.md", "b/c.md"},
		{"أ/ب.md", "أ/ج.md", "%D8%AC.md"},
	} {
		if got := relative(tt.from, tt.to); got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.from, tt.to, got, tt.want)
		}
		if back, ok := localPath(tt.from, relative(tt.from, tt.to)); !ok || back != tt.to {
			t.Errorf("from %s to %s: leads to %s", tt.from, tt.to, back)
		}
	}
	for _, address := range []string{"https://a.example/b.md", "mailto:a@b", "image:x", "article:x", "#a", "/a.md", "//a.example/b.md"} {
		if path, ok := localPath("a/b.md", address); ok {
			t.Errorf("%s is taken for the file %s", address, path)
		}
	}
}

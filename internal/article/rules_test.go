package article

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/testkit"
)

func TestStates(t *testing.T) {
	now := testkit.Start
	text := func(s State, published int64) Text {
		x := Text{State: s, Slug: "a", Markdown: "Words", Revision: 3, PublishedRevision: published}
		if published > 0 {
			x.PublicSlug, x.firstPublishedAt, x.PublishedAt = "a", now.Add(-time.Hour), now.Add(-time.Hour)
		}
		return x
	}
	for name, tt := range map[string]struct {
		in     Text
		to     State
		err    error
		public bool
		ahead  bool
	}{
		"a draft is published":        {text(Draft, 0), Published, nil, true, false},
		"changes are published":       {text(Published, 2), Published, nil, true, false},
		"a published is taken back":   {text(Published, 2), Draft, nil, false, false},
		"a published is archived":     {text(Published, 3), Archived, nil, false, false},
		"an archived is published":    {text(Archived, 0), Published, nil, true, false},
		"an archived is a draft":      {text(Archived, 0), Draft, nil, false, false},
		"a draft is archived":         {text(Draft, 0), Archived, nil, false, false},
		"nothing to publish":          {Text{State: Draft, Markdown: " \n"}, Published, ErrEmpty, false, false},
		"a state that there is not":   {text(Draft, 0), "secret", ErrState, false, false},
		"nothing is archived for all": {Text{State: Draft}, Archived, nil, false, false},
	} {
		got, err := tt.in.move(tt.to, now)
		if !errors.Is(err, tt.err) || err != nil {
			if tt.err == nil || !errors.Is(err, tt.err) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if got.State != tt.to || (got.PublicSlug != "") != tt.public || got.Ahead() != tt.ahead {
			t.Errorf("%s: %+v", name, got)
		}
		if tt.to == Published && !tt.in.firstPublishedAt.IsZero() && !got.firstPublishedAt.Equal(tt.in.firstPublishedAt) {
			t.Errorf("%s: the first time is now", name)
		}
	}
}

func TestWhatBecomesAVersion(t *testing.T) {
	now := testkit.Start
	for name, tt := range map[string]struct {
		in   Text
		by   id.Agent
		want bool
	}{
		"one's own a moment ago":   {Text{SavedBy: "ann", Revision: 2, versionAt: now.Add(-time.Minute)}, "ann", false},
		"one's own of a while ago": {Text{SavedBy: "ann", Revision: 2, versionAt: now.Add(-versionEvery)}, "ann", true},
		"a colleague's":            {Text{SavedBy: "ann", Revision: 2, versionAt: now}, "bob", true},
		"it is one":                {Text{SavedBy: "ann", Revision: 2, versionRevision: 2}, "bob", false},
	} {
		if got := tt.in.becomesVersion(tt.by, now); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSavesAreChecked(t *testing.T) {
	for name, tt := range map[string]struct {
		in    Save
		want  error
		field string
	}{
		"fine":                 {Save{Title: " Title ", Slug: "a-b", Markdown: "x\r\ny"}, nil, ""},
		"no title":             {Save{Title: " "}, ErrTitle, "title"},
		"long title":           {Save{Title: strings.Repeat("é", 201)}, ErrTitle, "title"},
		"two lines":            {Save{Title: "a\nb"}, ErrTitle, "title"},
		"not text":             {Save{Title: "a\xff"}, ErrTitle, "title"},
		"long description":     {Save{Title: "a", Description: strings.Repeat("é", 301)}, ErrDescription, "description"},
		"an address of others": {Save{Title: "a", Slug: "../b"}, ErrSlug, "slug"},
		"long":                 {Save{Title: "a", Markdown: strings.Repeat("x", MaxMarkdownBytes+1)}, ErrMarkdown, "markdown"},
		"NUL":                  {Save{Title: "a", Markdown: "a\x00b"}, ErrMarkdown, "markdown"},
	} {
		got, err := tt.in.normal()
		if !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if e := errs.Find(err); e != nil && e.Field != tt.field {
			t.Errorf("%s names %q", name, e.Field)
		}
		if err == nil && (got.Title != "Title" || got.Markdown != "x\ny") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestVotesAreCheckedAndCounted(t *testing.T) {
	for name, tt := range map[string]struct {
		in   Vote
		want error
	}{
		"fine":       {Vote{Voter: "abc-1_Z"}, nil},
		"nobody":     {Vote{}, ErrVoter},
		"long":       {Vote{Voter: strings.Repeat("a", 65)}, ErrVoter},
		"odd":        {Vote{Voter: "a b"}, ErrVoter},
		"much":       {Vote{Voter: "a", Missing: strings.Repeat("é", 1001)}, ErrMissing},
		"NUL":        {Vote{Voter: "a", Missing: "a\x00"}, ErrMissing},
		"yes, but …": {Vote{Voter: "a", Helpful: true, Missing: "x"}, nil},
	} {
		got, err := tt.in.normal()
		if (err != nil) != (tt.want != nil) || !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if got.Helpful && got.Missing != "" {
			t.Errorf("%s: %q is missing", name, got.Missing)
		}
	}
	yes, no := true, false
	for name, tt := range map[string]struct {
		was  *bool
		now  bool
		want Tally
	}{
		"first yes": {nil, true, Tally{6, 3}}, "first no": {nil, false, Tally{5, 4}}, "yes again": {&yes, true, Tally{5, 3}},
		"no after yes": {&yes, false, Tally{4, 4}}, "yes after no": {&no, true, Tally{6, 2}}, "no again": {&no, false, Tally{5, 3}},
	} {
		if got := (Tally{5, 3}).between(tt.was, tt.now); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestSettingsOfASiteAreChecked(t *testing.T) {
	good := newSite("p", "Kiln & Clay", "auto")
	str := func(s string) *string { return &s }
	langs := func(l ...string) *[]string { return &l }
	links := func(l ...Link) *[]Link { return &l }
	who := Publishing("everybody")
	logo := id.Image("x")
	for name, tt := range map[string]struct {
		in    SitePatch
		field string
	}{
		"nothing": {SitePatch{}, ""}, "a slug": {SitePatch{Slug: str("help-2")}, ""}, "a domain": {SitePatch{Domain: str("HTTPS://Help.Bücher.example/")}, ""},
		"languages": {SitePatch{Languages: langs("ar", "en", "ar")}, ""}, "a link": {SitePatch{Links: links(Link{"Shop", "https://shop.example/?a=b"}, Link{"Mail", "mailto:a@x.example"})}, ""},
		"no title": {SitePatch{Title: str("")}, "title"}, "a foreign slug": {SitePatch{Slug: str("متجر")}, "slug"}, "our files": {SitePatch{Slug: str("assets")}, "slug"},
		"a path": {SitePatch{Domain: str("help.example.com/x")}, "domain"}, "an address": {SitePatch{Domain: str("192.0.2.1")}, "domain"},
		"one word": {SitePatch{Domain: str("localhost")}, "domain"}, "ourselves": {SitePatch{Domain: str("chat.example:443")}, "domain"},
		"no image": {SitePatch{Logo: &logo}, "logo"}, "a script": {SitePatch{Links: links(Link{"x", "javascript:alert(1)"})}, "links[0].url"},
		"a name in a link": {SitePatch{Links: links(Link{"x", "https://a:b@x.example"})}, "links[0].url"}, "no label": {SitePatch{Links: links(Link{" ", "https://x.example"})}, "links[0].label"},
		"nine links": {SitePatch{Links: links(make([]Link, 9)...)}, "links"}, "Klingon": {SitePatch{Languages: langs("tlh")}, "languages"},
		"Klingon first": {SitePatch{Language: str("tlh")}, "language"}, "who": {SitePatch{Publishing: &who}, "publishing"},
	} {
		got, err := good.patched(tt.in, "chat.example")
		if e := errs.Find(err); (e == nil) != (tt.field == "") || (e != nil && e.Field != tt.field) {
			t.Errorf("%s: %v, want field %q", name, err, tt.field)
		}
		if err == nil && got.Version != good.Version+1 {
			t.Errorf("%s: version %d", name, got.Version)
		}
	}
	got, _ := good.patched(SitePatch{Domain: str("HTTPS://Help.Bücher.example/"), Languages: langs("ar", "en", "ar")}, "")
	if got.Domain != "help.xn--bcher-kva.example" || !slices.Equal(got.Languages, []string{"en", "ar"}) {
		t.Errorf("%+v", got)
	}
}

func TestTree(t *testing.T) {
	n := func(c, parent id.Category, position int64) Node {
		return Node{ID: c, Parent: parent, Position: position}
	}
	all := sorted([]Node{n("b", "", 2), n("a1", "a", 1), n("a", "", 1), n("a2", "a", 2), n("a21", "a2", 1), n("lost", "gone", 3)})
	ids := func(list []Node) (out []id.Category) {
		for _, n := range list {
			out = append(out, n.ID)
		}
		return out
	}
	if got := ids(all); !slices.Equal(got, []id.Category{"a", "a1", "a2", "a21", "b", "lost"}) {
		t.Fatalf("order %v", got)
	}
	for name, tt := range map[string]struct {
		c, parent, before id.Category
		want              []id.Category
		err               error
	}{
		"to the end":           {"a", "", "", []id.Category{"b", "lost", "a"}, nil},
		"before":               {"b", "", "a", []id.Category{"b", "a", "lost"}, nil},
		"into another":         {"b", "a", "a2", []id.Category{"a1", "b", "a2"}, nil},
		"new":                  {"new", "a21", "", []id.Category{"new"}, nil},
		"into itself":          {"a", "a", "", nil, ErrParent},
		"below itself":         {"a", "a21", "", nil, ErrParent},
		"into nothing":         {"a", "gone", "", nil, ErrParent},
		"before no sister":     {"b", "", "a1", nil, ErrPlace},
		"before itself, alone": {"a", "", "a", nil, ErrPlace},
	} {
		got, err := all.place(tt.c, tt.parent, tt.before)
		if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, err, tt.want, tt.err)
		}
	}
	deep := sorted([]Node{n("1", "", 1), n("2", "1", 1), n("3", "2", 1), n("4", "3", 1), n("x", "", 2), n("y", "x", 1)})
	if _, err := deep.place("x", "4", ""); !errors.Is(err, ErrParent) {
		t.Errorf("six levels: %v", err)
	}
	if _, err := deep.place("y", "4", ""); err != nil {
		t.Errorf("five levels: %v", err)
	}
	if got := sorted([]Node{n("p", "q", 1), n("q", "p", 1)}); len(got) != 0 && len(got) != 2 {
		t.Errorf("a ring: %v", got)
	}
}

func TestShelf(t *testing.T) {
	name := func(lang, name, slug string) map[string]CategoryText {
		return map[string]CategoryText{lang: {Name: name, Slug: slug}}
	}
	all := sorted([]Node{
		{ID: "a", Position: 1, Texts: name("en", "Pay", "pay")},
		{ID: "b", Parent: "a", Position: 1, Texts: name("ar", "بطاقة", "بطاقه")},
		{ID: "c", Position: 2, Texts: name("en", "Empty", "empty")},
	})
	s := newShelf(all, "ar", "en", map[id.Category]int{"b": 2, "": 1})
	if s.all != 3 {
		t.Errorf("%d articles", s.all)
	}
	top := s.below("")
	if len(top) != 1 || top[0].Name != "Pay" || top[0].Language != "en" || top[0].Articles != 2 || len(top[0].Children) != 1 || top[0].Children[0].Language != "ar" {
		t.Errorf("%+v", top)
	}
	if p := s.path("b"); len(p) != 2 || p[0].Slug != "pay" || p[1].Slug != "بطاقه" {
		t.Errorf("path %v", p)
	}
	if p := s.path(""); len(p) != 0 {
		t.Errorf("path of none: %v", p)
	}
	if _, ok := s.bySlug(""); ok {
		t.Error("found without an address")
	}
}

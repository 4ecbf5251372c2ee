package article

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/testkit"
)

// crew knows agents by the name that tests gave them.
type crew map[id.Agent]string

func (c crew) Person(_ context.Context, a id.Agent) (wire.Person, error) {
	return wire.Person{ID: a, Name: c[a]}, nil
}

// house is a property with its help centre, an owner and an agent, and a neighbour.
type house struct {
	*Service
	e         *testkit.Env
	t         *testing.T
	p         id.Property
	boss, ann actor.Agent
	eve       actor.Agent // owner of another property
}

func open(t *testing.T, e *testkit.Env) *house {
	t.Helper()
	h := &house{e: e, t: t, p: e.Property(t)}
	h.boss, h.ann = e.Agent(t, h.p, actor.Owner, "Boss"), e.Agent(t, h.p, actor.AgentRole, "Ann")
	h.eve = e.Agent(t, e.Property(t), actor.Owner, "Eve")
	h.Service = h.node()
	return h
}

// node is another node of the same installation.
func (h *house) node() *Service {
	return New(Options{
		DB: h.e.DB, Now: h.e.Clock.Now, Properties: property.New(property.Options{DB: h.e.DB, Now: h.e.Clock.Now}),
		People: crew{h.boss.ID: "Boss", h.ann.ID: "Ann"}, BaseURL: "https://chat.example",
	})
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) { fn(t, open(t, e)) })
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) site() Site {
	h.t.Helper()
	site, err := h.SiteOf(h.t.Context(), h.p)
	h.must(err)
	return site
}

func (h *house) speak(languages ...string) {
	h.t.Helper()
	_, err := h.ChangeSite(h.t.Context(), h.boss, h.site().Version, SitePatch{Languages: &languages})
	h.must(err)
}

func (h *house) category(parent id.Category, name string) id.Category {
	h.t.Helper()
	n, err := h.MakeCategory(h.t.Context(), h.ann, CategoryPatch{Parent: &parent, Texts: map[string]CategoryText{"en": {Name: name}}})
	h.must(err)
	return n.ID
}

// written makes a published article.
func (h *house) written(c id.Category, title, markdown string) Article {
	h.t.Helper()
	a, err := h.Make(h.t.Context(), h.ann, NewArticle{Title: title, Category: c, Markdown: markdown})
	h.must(err)
	h.publish(a.ID, "en", 1)
	return a
}

func (h *house) publish(a id.Article, language string, revision int64) {
	h.t.Helper()
	_, _, err := h.SetState(h.t.Context(), h.ann, a, language, Published, revision)
	h.must(err)
}

func (h *house) found(q string, o SearchOptions) (titles []string, corrected string) {
	h.t.Helper()
	f, err := h.Search(h.t.Context(), h.site(), "en", q, o)
	h.must(err)
	for _, hit := range f.Hits {
		titles = append(titles, hit.Title)
	}
	return titles, f.Corrected
}

func TestASiteIsMadeOnFirstAskAndKeepsItsOldAddresses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		site := h.site()
		if site.Slug != "shop" || site.Title != "Shop" || site.Language != "en" || site.Version != 1 || !site.Contact {
			t.Fatalf("%+v", site)
		}
		other, err := h.SiteOf(t.Context(), h.eve.Property)
		if err != nil || other.Slug != "shop-2" {
			t.Errorf("a neighbour of the same name: %+v, %v", other, err)
		}
		if _, err := h.SiteOf(t.Context(), id.New[id.Property]()); !errors.Is(err, property.ErrNotFound) {
			t.Errorf("no property: %v", err)
		}
		slug, taken, domain := "kiln", "shop-2", "Help.Shop.example"
		if _, err := h.ChangeSite(t.Context(), h.boss, 1, SitePatch{Slug: &taken}); !errors.Is(err, ErrSiteSlugTaken) {
			t.Errorf("a neighbour's address: %v", err)
		}
		next, err := h.ChangeSite(t.Context(), h.boss, 1, SitePatch{Slug: &slug, Domain: &domain})
		if err != nil || next.Domain != "help.shop.example" || next.Version != 2 {
			t.Fatalf("%+v, %v", next, err)
		}
		if _, err := h.ChangeSite(t.Context(), h.boss, 1, SitePatch{Slug: &slug}); !errors.Is(err, ErrSiteChanged) {
			t.Errorf("a stale change: %v", err)
		}
		if _, err := h.ChangeSite(t.Context(), h.eve, 1, SitePatch{Domain: &domain}); !errors.Is(err, ErrSiteTaken) {
			t.Errorf("a neighbour's domain: %v", err)
		}
		moved, ok := errors.AsType[*Moved](second(h.SiteBySlug(t.Context(), "shop")))
		if !ok || moved.Slug != "kiln" {
			t.Errorf("the old address: %+v", moved)
		}
		if got, err := h.SiteBySlug(t.Context(), "kiln"); err != nil || got.Property != h.p {
			t.Errorf("%+v, %v", got, err)
		}
		for _, unknown := range []string{"", "nobody", "../x", "ASSETS"} {
			if _, err := h.SiteBySlug(t.Context(), unknown); !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v", unknown, err)
			}
		}
		for host, want := range map[string]bool{"help.shop.example": true, "HELP.shop.example.:8443": true, "shop.example": false, "": false, "[::1]:80": false, "x\x00": false} {
			if got, err := h.SiteByDomain(t.Context(), host); (err == nil) != want || (want && got.Property != h.p) {
				t.Errorf("%q: %+v, %v", host, got.Property, err)
			}
		}
		if u := h.URL(next, "ar", "كيف"); u != "https://help.shop.example/ar/a/%D9%83%D9%8A%D9%81" {
			t.Error(u)
		}
		if u := h.URL(other, "en", "a"); u != "https://chat.example/help/shop-2/a/a" {
			t.Error(u)
		}
		back := "shop"
		if _, err := h.ChangeSite(t.Context(), h.boss, 2, SitePatch{Slug: &back}); err != nil { // one's own old one
			t.Error(err)
		}
		if _, err := h.ChangeSite(t.Context(), h.eve, 1, SitePatch{Slug: &slug}); err != nil { // what a neighbour has no more
			t.Error(err)
		}
		if got, err := h.SiteBySlug(t.Context(), "kiln"); err != nil || got.Property != h.eve.Property {
			t.Errorf("%+v, %v", got, err)
		}
		logged, _, err := (&audit.Service{DB: h.e.DB}).List(t.Context(), h.boss, audit.Filter{Actions: []audit.Action{audit.HelpChanged}}, page.Cursor{}, 0)
		if err != nil || len(logged) != 2 || !strings.Contains(logged[1].Detail, `"slug":{"was":"shop","now":"kiln"}`) {
			t.Errorf("audit %+v, %v", logged, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestADraftIsSeenByNobodyUntilItIsPublished(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		pay := h.category("", "Pay & ship")
		a, err := h.Make(t.Context(), h.ann, NewArticle{Title: "How do I pay?", Category: pay, Markdown: "By **card**."})
		h.must(err)
		site := h.site()
		unseen := func(when string) {
			t.Helper()
			if _, err := h.Page(t.Context(), site, "en", "how-do-i-pay"); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s there is a page: %v", when, err)
			}
			if _, err := h.PageOf(t.Context(), site, "en", a.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s there is a page by id: %v", when, err)
			}
			if got, _ := h.found("card", SearchOptions{Agents: true}); len(got) != 0 {
				t.Errorf("%s it is found: %v", when, got)
			}
			if tree, err := h.Categories(t.Context(), site, "en"); len(tree) != 0 || err != nil {
				t.Errorf("%s its category is seen: %v, %v", when, tree, err)
			}
			if _, err := h.CategoryPage(t.Context(), site, "en", "pay-ship"); !errors.Is(err, ErrNoCategory) {
				t.Errorf("%s its category has a page: %v", when, err)
			}
			if all, err := h.All(t.Context(), site); len(all) != 0 || err != nil {
				t.Errorf("%s it is in the sitemap: %v, %v", when, all, err)
			}
			if _, err := h.Card(t.Context(), h.p, a.ID, "en", true); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s it is a card: %v", when, err)
			}
			if n := testkit.Get[int64](t, h.e, `SELECT COUNT(*) FROM article_words`); n != 0 {
				t.Errorf("%s the search knows %d words", when, n)
			}
		}
		unseen("before")
		if _, _, err := h.SetState(t.Context(), h.ann, a.ID, "en", Published, 7); !errors.Is(err, ErrChanged) {
			t.Errorf("another revision: %v", err)
		}
		h.publish(a.ID, "en", 1)
		p, err := h.Page(t.Context(), site, "en", "how-do-i-pay")
		if err != nil || p.Title != "How do I pay?" || !strings.Contains(p.HTML, "<strong>card</strong>") || p.Author.Name != "Ann" || len(p.Path) != 1 || p.Path[0].Slug != "pay-ship" {
			t.Fatalf("%+v, %v", p, err)
		}
		_, _, err = h.Save(t.Context(), h.ann, a.ID, "en", Save{Revision: 1, Title: "How to pay", Slug: "how-to-pay", Markdown: "By cash."})
		h.must(err)
		if p, err := h.Page(t.Context(), site, "en", "how-do-i-pay"); err != nil || p.Title != "How do I pay?" {
			t.Errorf("what is written shows before it is published: %+v, %v", p, err)
		}
		h.publish(a.ID, "en", 2)
		moved, _ := errors.AsType[*Moved](second(h.Page(t.Context(), site, "en", "how-do-i-pay")))
		if moved == nil || moved.Slug != "how-to-pay" {
			t.Errorf("the old address: %+v", moved)
		}
		if got, _ := h.found("card", SearchOptions{}); len(got) != 0 {
			t.Errorf("an old word finds %v", got)
		}
		_, text, err := h.SetState(t.Context(), h.ann, a.ID, "en", Draft, 2)
		if err != nil || text.State != Draft {
			t.Errorf("taken back: %+v, %v", text, err)
		}
		unseen("after")
		if changes := testkit.Published(t, h.e, Changed); len(changes) != 5 || !changes[1].Pages || changes[2].Pages || changes[4].State != Draft {
			t.Errorf("told %+v", changes)
		}
	})
}

func TestPublishingCanBeForManagers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		only := ManagersPublish
		_, err := h.ChangeSite(t.Context(), h.boss, h.site().Version, SitePatch{Publishing: &only})
		h.must(err)
		a, err := h.Make(t.Context(), h.ann, NewArticle{Title: "A", Markdown: "x"})
		h.must(err)
		if _, _, err := h.SetState(t.Context(), h.ann, a.ID, "en", Published, 1); !errors.Is(err, ErrPublishing) {
			t.Errorf("an agent: %v", err)
		}
		if _, _, err := h.SetState(t.Context(), h.boss, a.ID, "en", Published, 1); err != nil {
			t.Errorf("the owner: %v", err)
		}
		if _, _, err := h.Save(t.Context(), h.ann, a.ID, "en", Save{Revision: 1, Title: "A", Markdown: "y"}); err != nil {
			t.Errorf("an agent writes: %v", err)
		}
	})
}

func TestTwoEditorsLoseNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, err := h.Make(t.Context(), h.ann, NewArticle{Title: "A", Markdown: "one"})
		h.must(err)
		save := func(who actor.Agent, revision int64, markdown string) error {
			return third(h.Save(t.Context(), who, a.ID, "en", Save{Revision: revision, Title: "A", Markdown: markdown}))
		}
		h.must(save(h.ann, 1, "two"))
		if err := save(h.boss, 1, "mine"); !errors.Is(err, ErrChanged) {
			t.Fatalf("a stale save: %v", err)
		}
		if _, err := h.Keep(t.Context(), h.boss, a.ID, "en", Save{Title: "A", Markdown: "mine"}); err != nil {
			t.Fatal(err)
		}
		h.must(save(h.boss, 2, "three"))
		h.must(save(h.boss, 3, "three")) // nothing is different
		h.must(save(h.boss, 3, "four"))
		h.e.Clock.Advance(versionEvery)
		h.must(save(h.boss, 4, "five"))
		type row struct {
			n        int64
			reason   Reason
			by       id.Agent
			markdown string
		}
		var got []row
		list, more, err := h.Versions(t.Context(), h.ann, a.ID, "en", 0, 0)
		h.must(err)
		for _, v := range list {
			v, err := h.Version(t.Context(), h.ann, a.ID, "en", v.Number)
			h.must(err)
			got = append(got, row{v.Number, v.Reason, v.Agent, v.Markdown})
		}
		want := []row{{3, Saved, h.boss.ID, "four"}, {2, Saved, h.ann.ID, "two"}, {1, Kept, h.boss.ID, "mine"}}
		if more || !slices.Equal(got, want) {
			t.Errorf("versions %+v, want %+v", got, want)
		}
		_, text, err := h.Restore(t.Context(), h.ann, a.ID, "en", 1, 5)
		if err != nil || text.Markdown != "mine" || text.Revision != 6 {
			t.Fatalf("restored %+v, %v", text, err)
		}
		if _, _, err := h.Restore(t.Context(), h.ann, a.ID, "en", 1, 5); !errors.Is(err, ErrChanged) {
			t.Errorf("restored over a newer one: %v", err)
		}
		if _, _, err := h.Restore(t.Context(), h.ann, a.ID, "en", 99, 6); !errors.Is(err, ErrNoVersion) {
			t.Errorf("no version: %v", err)
		}
		list, _, err = h.Versions(t.Context(), h.ann, a.ID, "en", 0, 2)
		h.must(err)
		if len(list) != 2 || list[0].Reason != Restored || list[1].Reason != Saved || list[1].Agent != h.boss.ID {
			t.Errorf("after restoring %+v", list)
		}
		if list, _, _ = h.Versions(t.Context(), h.ann, a.ID, "en", list[1].Number, 0); len(list) != 3 {
			t.Errorf("the next page %+v", list)
		}
	})
}

func third[A, B any](_ A, _ B, err error) error { return err }

func TestLanguagesStandSideBySide(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.written("", "Pay", "By card.")
		ar := Save{Title: "الدفع", Markdown: "بالبطاقة"}
		if err := third(h.Save(t.Context(), h.ann, a.ID, "ar", ar)); !errors.Is(err, ErrLanguage) {
			t.Fatalf("a language that the site has not: %v", err)
		}
		h.speak("en", "ar")
		_, text, err := h.Save(t.Context(), h.ann, a.ID, "ar", ar)
		if err != nil || text.Revision != 1 || text.Slug != "الدفع" || text.State != Draft {
			t.Fatalf("%+v, %v", text, err)
		}
		if err := third(h.Save(t.Context(), h.ann, a.ID, "ar", ar)); !errors.Is(err, ErrTextThere) {
			t.Errorf("begun twice: %v", err)
		}
		h.publish(a.ID, "ar", 1)
		p, err := h.Page(t.Context(), h.site(), "ar", "الدفع")
		if err != nil || len(p.Translations) != 1 || p.Translations[0] != (Translation{"en", "pay"}) {
			t.Errorf("%+v, %v", p, err)
		}
		b := h.written("", "Ship", "By boat.")
		if p, err := h.PageOf(t.Context(), h.site(), "ar", b.ID); err != nil || p.Language != "en" {
			t.Errorf("not written in it: %+v, %v", p.Entry, err)
		}
		c, err := h.Card(t.Context(), h.p, a.ID, "ar", false)
		if err != nil || c.Title != "الدفع" || c.Language != "ar" || !strings.HasPrefix(c.URL, "https://chat.example/help/shop/ar/a/%D8") {
			t.Errorf("card %+v, %v", c, err)
		}
		whole, err := h.Get(t.Context(), h.p, a.ID)
		if err != nil || len(whole.Texts) != 2 || whole.Texts[0].Language != "en" || whole.Texts[1].PublicSlug != "الدفع" || whole.Texts[1].Markdown != "بالبطاقة" {
			t.Errorf("%+v, %v", whole, err)
		}
		h.speak("en")
		if _, err := h.Page(t.Context(), h.site(), "ar", "الدفع"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a language that was taken off: %v", err)
		}
		if p, _ := h.Page(t.Context(), h.site(), "en", "pay"); len(p.Translations) != 0 {
			t.Errorf("leads to %+v", p.Translations)
		}
	})
}

func TestAddressesAreUniqueAndKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b := h.written("", "Pay", "x"), h.written("", "Pay", "y")
		whole, err := h.Get(t.Context(), h.p, b.ID)
		if err != nil || whole.Texts[0].Slug != "pay-2" {
			t.Fatalf("%+v, %v", whole.Texts, err)
		}
		if err := third(h.Save(t.Context(), h.ann, b.ID, "en", Save{Revision: 1, Title: "Pay", Slug: "pay", Markdown: "y"})); !errors.Is(err, ErrSlugTaken) {
			t.Errorf("another's: %v", err)
		}
		h.must(third(h.Save(t.Context(), h.ann, a.ID, "en", Save{Revision: 1, Title: "Pay", Slug: "paying", Markdown: "x"})))
		if err := third(h.Save(t.Context(), h.ann, b.ID, "en", Save{Revision: 1, Title: "Pay", Slug: "pay", Markdown: "y"})); !errors.Is(err, ErrSlugTaken) {
			t.Errorf("one that readers still have: %v", err)
		}
		h.publish(a.ID, "en", 2)
		h.must(third(h.Save(t.Context(), h.ann, b.ID, "en", Save{Revision: 1, Title: "Pay", Slug: "pay", Markdown: "y"}))) // nobody has it any more
		h.publish(b.ID, "en", 2)
		if p, err := h.Page(t.Context(), h.site(), "en", "pay"); err != nil || p.Article != b.ID {
			t.Errorf("%+v, %v", p.Entry, err)
		}
		moved, _ := errors.AsType[*Moved](second(h.Page(t.Context(), h.site(), "en", "pay-2")))
		if moved == nil || moved.Slug != "pay" {
			t.Errorf("%+v", moved)
		}
		c := h.category("", "Money")
		h.written(c, "In it", "z")
		_, err = h.ChangeCategory(t.Context(), h.ann, c, CategoryPatch{Texts: map[string]CategoryText{"en": {Name: "Cash", Slug: "cash"}}})
		h.must(err)
		if moved, _ := errors.AsType[*Moved](second(h.CategoryPage(t.Context(), h.site(), "en", "money"))); moved == nil || moved.Slug != "cash" {
			t.Errorf("a category: %+v", moved)
		}
		draft, err := h.Make(t.Context(), h.ann, NewArticle{Title: "Draft", Markdown: "x"})
		h.must(err)
		h.must(third(h.Save(t.Context(), h.ann, draft.ID, "en", Save{Revision: 1, Title: "Draft", Slug: "other", Markdown: "x"})))
		if n := testkit.Get[int64](t, h.e, `SELECT COUNT(*) FROM help_slugs WHERE slug = 'draft'`); n != 0 {
			t.Error("an address that nobody has ever seen is kept")
		}
	})
}

func TestOrderPathAndNeighbours(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		top := h.category("", "Top")
		low := h.category(top, "Low")
		var all []Article
		for i := range 4 {
			all = append(all, h.written(low, fmt.Sprintf("Article %d", i), "x"))
		}
		titles := func() (list []string) {
			p, err := h.CategoryPage(t.Context(), h.site(), "en", "low")
			h.must(err)
			for _, e := range p.Entries {
				list = append(list, strings.TrimPrefix(e.Title, "Article "))
			}
			if len(p.Path) != 1 || p.Path[0].Name != "Top" || p.Articles != 4 {
				t.Errorf("%+v", p.Category)
			}
			return list
		}
		for range 40 { // more often than there is room between two neighbours
			_, err := h.Change(t.Context(), h.ann, all[3].ID, Patch{Before: &all[1].ID})
			h.must(err)
			_, err = h.Change(t.Context(), h.ann, all[2].ID, Patch{Before: &all[1].ID})
			h.must(err)
		}
		if got := titles(); !slices.Equal(got, []string{"0", "3", "2", "1"}) {
			t.Errorf("order %v", got)
		}
		p, err := h.Page(t.Context(), h.site(), "en", "article-3")
		if err != nil || p.Previous.Title != "Article 0" || p.Next.Title != "Article 2" || len(p.Path) != 2 {
			t.Errorf("%+v, %v", p, err)
		}
		end, none := id.Article(""), id.Category("")
		_, err = h.Change(t.Context(), h.ann, all[0].ID, Patch{Before: &end})
		h.must(err)
		if got := titles(); !slices.Equal(got, []string{"3", "2", "1", "0"}) {
			t.Errorf("order %v", got)
		}
		if _, err := h.Change(t.Context(), h.ann, all[0].ID, Patch{Category: &top, Before: &all[1].ID}); !errors.Is(err, ErrPlace) {
			t.Errorf("before what is elsewhere: %v", err)
		}
		gone := id.New[id.Category]()
		if _, err := h.Change(t.Context(), h.ann, all[0].ID, Patch{Category: &gone}); !errors.Is(err, ErrNoCategory) {
			t.Errorf("into nothing: %v", err)
		}
		related := []id.Article{all[2].ID, all[1].ID}
		_, err = h.Change(t.Context(), h.ann, all[0].ID, Patch{Category: &none, Related: &related})
		h.must(err)
		p, err = h.Page(t.Context(), h.site(), "en", "article-0")
		if err != nil || p.Previous != nil || p.Next != nil || len(p.Path) != 0 || len(p.Related) != 2 || p.Related[0].Title != "Article 2" {
			t.Errorf("%+v, %v", p, err)
		}
		for _, bad := range [][]id.Article{{all[0].ID}, {id.New[id.Article]()}, {"x"}} {
			if err := h.SetRelated(t.Context(), h.ann, all[0].ID, bad); !errors.Is(err, ErrRelated) {
				t.Errorf("related %v: %v", bad, err)
			}
		}
		if err := h.DeleteCategory(t.Context(), h.boss, top); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("with one in it: %v", err)
		}
		if err := h.DeleteCategory(t.Context(), h.boss, low); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("with articles in it: %v", err)
		}
		tree, err := h.Categories(t.Context(), h.site(), "en")
		if err != nil || len(tree) != 1 || tree[0].Articles != 3 || len(tree[0].Children) != 1 {
			t.Errorf("%+v, %v", tree, err)
		}
	})
}

func TestSearchFinds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.speak("en", "ar", "ja")
		h.written("", "Reset your password", "Open *Settings* and choose a new one.")
		h.written("", "Pay by card", "We take every card. The Café takes cash.")
		h.written("", "Delivery", "A forgotten password is sent by the postman. You pay nothing.")
		secret, err := h.Make(t.Context(), h.ann, NewArticle{Title: "Refund codes", Audience: Agents, Markdown: "The password of the till is swordfish."})
		h.must(err)
		h.publish(secret.ID, "en", 1)
		for _, tt := range []struct {
			q, corrected string
			agents       bool
			want         []string
		}{
			{"password", "", false, []string{"Reset your password", "Delivery"}},
			{"PASSW", "", false, []string{"Reset your password", "Delivery"}},
			{"passwrod", "password", false, []string{"Reset your password", "Delivery"}},
			{"cafe", "", false, []string{"Pay by card"}},
			{"how do I pay with a card", "", false, []string{"Pay by card", "Delivery"}},
			{"swordfish", "", false, nil},
			{"sworfish", "", false, nil},
			{"refund", "", false, nil},
			{"swordfish", "", true, []string{"Refund codes"}},
			{"sworfish", "swordfish", true, []string{"Refund codes"}},
			{"password", "", true, []string{"Reset your password", "Refund codes", "Delivery"}},
			{`" OR 1=1 --`, "", false, nil},
			{"zzzzzz", "", false, nil},
			{"'; DROP TABLE articles; --", "", false, nil},
			{"a* (b) NEAR c:d & | ! <->", "", false, nil},
		} {
			got, corrected := h.found(tt.q, SearchOptions{Agents: tt.agents})
			slices.Sort(got[min(1, len(got)):]) // the best is the first; the others are not what this is about
			slices.Sort(tt.want[min(1, len(tt.want)):])
			if strings.ContainsAny(tt.q, `"';*`) {
				continue // it answers, that is enough
			}
			if !slices.Equal(got, tt.want) || corrected != tt.corrected {
				t.Errorf("%q (agents: %v): %q, corrected %q; want %q, %q", tt.q, tt.agents, got, corrected, tt.want, tt.corrected)
			}
		}
		f, err := h.Search(t.Context(), h.site(), "en", "passw", SearchOptions{Limit: 1})
		if err != nil || len(f.Hits) != 1 || partsText(f.Hits[0].Parts) != "Reset your [password]" {
			t.Errorf("%+v, %v", f, err)
		}
		for lang, tt := range map[string][3]string{"ar": {"إعادة كلمة المرور", "اعاده كلمه", "كلمة"}, "ja": {"返金の方法", "返金", "方法"}} {
			a, err := h.Make(t.Context(), h.ann, NewArticle{Language: lang, Title: tt[0], Markdown: "x"})
			h.must(err)
			h.publish(a.ID, lang, 1)
			for _, q := range tt[1:] {
				if f, err := h.Search(t.Context(), h.site(), lang, q, SearchOptions{}); err != nil || len(f.Hits) != 1 {
					t.Errorf("%s %q: %+v, %v", lang, q, f, err)
				}
			}
		}
		if got, _ := h.found("", SearchOptions{}); len(got) != 3 {
			t.Errorf("without words: %v", got)
		}
		if f, err := h.Search(t.Context(), must(h.SiteOf(t.Context(), h.eve.Property)), "en", "password", SearchOptions{Agents: true}); err != nil || len(f.Hits) != 0 {
			t.Errorf("a neighbour finds %+v, %v", f, err)
		}
		// What was for agents becomes public, and the other way round.
		audience := Public
		_, err = h.Change(t.Context(), h.ann, secret.ID, Patch{Audience: &audience})
		h.must(err)
		if got, corrected := h.found("sworfish", SearchOptions{}); len(got) != 1 || corrected != "swordfish" {
			t.Errorf("public now: %v, %q", got, corrected)
		}
		h.must(h.Delete(t.Context(), h.boss, secret.ID))
		if got, _ := h.found("swordfish", SearchOptions{Agents: true}); len(got) != 0 {
			t.Errorf("deleted: %v", got)
		}
		if n := testkit.Get[int64](t, h.e, `SELECT COUNT(*) FROM article_words WHERE word = 'swordfish'`); n != 0 {
			t.Errorf("a word that is gone is known %d times", n)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWhatIsForAgentsIsForAgents(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.category("", "Inside")
		a, err := h.Make(t.Context(), h.ann, NewArticle{Title: "Secret", Category: c, Audience: Agents, Markdown: "x"})
		h.must(err)
		h.publish(a.ID, "en", 1)
		site := h.site()
		if _, err := h.Page(t.Context(), site, "en", "secret"); !errors.Is(err, ErrNotFound) {
			t.Errorf("a page: %v", err)
		}
		if _, err := h.CategoryPage(t.Context(), site, "en", "inside"); !errors.Is(err, ErrNoCategory) {
			t.Errorf("its category: %v", err)
		}
		if list, _ := h.Recent(t.Context(), site, "en", 9); len(list) != 0 {
			t.Errorf("in the feed: %v", list)
		}
		h.Viewed(h.p, a.ID)
		h.must(h.Flush(t.Context()))
		if list, _ := h.Popular(t.Context(), site, "en", 9); len(list) != 0 {
			t.Errorf("most read: %v", list)
		}
		if _, err := h.Vote(t.Context(), site, Vote{Article: a.ID, Language: "en", Voter: "v", Helpful: true}); !errors.Is(err, ErrNotFound) {
			t.Errorf("a vote: %v", err)
		}
		if _, err := h.Card(t.Context(), h.p, a.ID, "en", false); !errors.Is(err, ErrNotFound) {
			t.Errorf("a card for readers: %v", err)
		}
		if card, err := h.Card(t.Context(), h.p, a.ID, "en", true); err != nil || card.URL != "" || card.Title != "Secret" {
			t.Errorf("a card for agents: %+v, %v", card, err)
		}
	})
}

func TestVotes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.written("", "Pay", "x")
		site := h.site()
		vote := func(voter string, helpful bool, missing string) Tally {
			t.Helper()
			tally, err := h.Vote(t.Context(), site, Vote{Article: a.ID, Language: "en", Voter: voter, Helpful: helpful, Missing: missing})
			h.must(err)
			return tally
		}
		vote("one", true, "")
		if got := vote("two", false, ""); got != (Tally{1, 1}) {
			t.Errorf("%+v", got)
		}
		if got := vote("two", false, "Prices"); got != (Tally{1, 1}) {
			t.Errorf("the same again, with words: %+v", got)
		}
		vote("two", false, "")
		h.e.Clock.Advance(time.Second)
		if got := vote("one", false, "Cash"); got != (Tally{0, 2}) {
			t.Errorf("changed: %+v", got)
		}
		items, next, err := h.Missing(t.Context(), h.ann, "", page.Cursor{}, 1)
		if err != nil || len(items) != 1 || items[0].Text != "Cash" || items[0].Title != "Pay" || next.Zero() {
			t.Fatalf("%+v, %v, %v", items, next, err)
		}
		if items, next, err = h.Missing(t.Context(), h.ann, a.ID, next, 1); err != nil || len(items) != 1 || items[0].Text != "Prices" || !next.Zero() {
			t.Errorf("%+v, %v, %v", items, next, err)
		}
		if items, _, _ = h.Missing(t.Context(), h.eve, "", page.Cursor{}, 0); len(items) != 0 {
			t.Errorf("a neighbour reads %v", items)
		}
		if got := vote("two", true, "x"); got != (Tally{1, 1}) {
			t.Errorf("%+v", got)
		}
		if v, ok, err := h.VoteOf(t.Context(), site, a.ID, "two"); !ok || !v.Helpful || v.Missing != "" || err != nil {
			t.Errorf("%+v, %v, %v", v, ok, err)
		}
		if _, ok, err := h.VoteOf(t.Context(), site, a.ID, "three"); ok || err != nil {
			t.Errorf("three: %v, %v", ok, err)
		}
		p, err := h.Page(t.Context(), site, "en", "pay")
		if err != nil || p.Yes != 1 || p.No != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		for range votesAtOnce {
			_, err = h.Vote(t.Context(), site, Vote{Article: a.ID, Language: "en", Voter: "one", Address: "203.0.113.7"})
			h.must(err)
		}
		_, err = h.Vote(t.Context(), site, Vote{Article: a.ID, Language: "en", Voter: "four", Address: "203.0.113.7"})
		if e := errs.Find(err); !errors.Is(err, ErrTooMany) || e.RetryAfter <= 0 {
			t.Errorf("a flood: %v", err)
		}
		vote("four", true, "") // from elsewhere
		must(0, h.e.DB.Write(t.Context(), func(tx *db.Tx) error {
			list, err := h.ExportVotes(t.Context(), tx, h.p, "one")
			if err != nil || len(list) != 1 || list[0].Helpful || list[0].Missing != "Cash" || list[0].Title != "Pay" {
				t.Errorf("export %+v, %v", list, err)
			}
			n, err := h.EraseVotes(t.Context(), tx, h.p, "one")
			if n != 1 {
				t.Errorf("%d erased", n)
			}
			return err
		}))
		if p, _ := h.Page(t.Context(), site, "en", "pay"); p.Yes != 2 || p.No != 0 {
			t.Errorf("after erasing %d, %d", p.Yes, p.No)
		}
	})
}

func TestCountsAndTheReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a, b := h.written("", "Pay", "x"), h.written("", "Ship", "y")
		site := h.site()
		v := h.e.Visitor(t, h.p)
		day := func() {
			h.must(h.Flush(t.Context()))
			h.e.Clock.Advance(24 * time.Hour)
		}
		for range 3 {
			h.Viewed(h.p, a.ID)
		}
		h.Viewed(h.p, id.New[id.Article]()) // somebody deletes it meanwhile
		_, err := h.Search(t.Context(), site, "en", "Pay", SearchOptions{Count: true})
		h.must(err)
		day()
		h.Viewed(h.p, b.ID)
		for _, q := range []string{"Warranty?", "warranty", "warranty "} {
			_, err := h.Search(t.Context(), site, "en", q, SearchOptions{Count: true})
			h.must(err)
		}
		_, err = h.Search(t.Context(), site, "en", "war", SearchOptions{}) // typing
		h.must(err)
		_, err = h.Vote(t.Context(), site, Vote{Article: b.ID, Language: "en", Voter: "v", Helpful: true})
		h.must(err)
		session, chat := id.New[id.Session](), id.New[id.Chat]()
		h.e.Exec(t, `INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, active_at, timeout_at, started_at)
			VALUES ($1, $2, $3, 'active', $4, 1, 'waiting', 1, 1, 1)`, session, h.p, v.ID, chat)
		h.e.Exec(t, `INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at) VALUES ($1, $2, $3, $4, 1, 'waiting', 1, 1)`,
			chat, h.p, session, v.ID)
		for _, from := range []id.Article{b.ID, b.ID, id.New[id.Article]()} {
			h.must(h.e.DB.Write(t.Context(), func(tx *db.Tx) error { return h.ChatStarted(t.Context(), tx, h.p, chat, from) }))
		}
		h.must(h.Flush(t.Context()))
		r, err := h.Report(t.Context(), h.ann, 1)
		h.must(err)
		if want := (Counts{Views: 1, Yes: 1, Chats: 1, Searches: 3, Nothing: 3}); r.Total != want || r.Before != (Counts{Views: 3, Searches: 1}) {
			t.Errorf("%+v before %+v; want %+v", r.Total, r.Before, want)
		}
		if len(r.Nothing) != 1 || r.Nothing[0].Words != "warranty" || r.Nothing[0].Searches != 3 {
			t.Errorf("in vain: %+v", r.Nothing)
		}
		r, err = h.Report(t.Context(), h.ann, 30)
		h.must(err)
		if len(r.Days) != 30 || r.Days[28].Counts.Views != 3 || r.Total.Views != 4 || len(r.Articles) != 2 || r.Articles[0].Title != "Pay" || r.Articles[1].Chats != 1 {
			t.Errorf("%+v", r)
		}
		for _, bad := range []int{-1, 367} {
			if _, err := h.Report(t.Context(), h.ann, bad); !errors.Is(err, ErrDays) {
				t.Errorf("%d days: %v", bad, err)
			}
		}
		if r, err := h.Report(t.Context(), h.eve, 0); err != nil || r.Total != (Counts{}) {
			t.Errorf("a neighbour: %+v, %v", r.Total, err)
		}
		h.e.Clock.Advance(keepFor)
		if list, err := h.Popular(t.Context(), site, "en", 1); err != nil || len(list) != 1 || list[0].Article != a.ID || list[0].Views != 3 {
			t.Errorf("%+v, %v", list, err)
		}
		h.e.Clock.Advance(60 * 24 * time.Hour)
		for range 2 { // of late
			h.Viewed(h.p, b.ID)
		}
		h.must(h.Flush(t.Context()))
		if list, err := h.Popular(t.Context(), site, "en", 2); err != nil || len(list) != 2 || list[0].Article != b.ID {
			t.Errorf("%+v, %v", list, err)
		}
		h.e.Clock.Advance((keepSearches + 1) * 24 * time.Hour)
		h.Viewed(h.p, b.ID)
		h.must(h.Flush(t.Context()))
		if n := testkit.Get[int64](t, h.e, `SELECT COUNT(*) FROM help_searches`); n != 0 {
			t.Errorf("%d old searches are kept", n)
		}
	})
}

func TestTheList(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.speak("en", "ar")
		c := h.category("", "C")
		for i, title := range []string{"beta", "Älpha", "gamma", "Alpha 2"} {
			h.e.Clock.Advance(time.Second)
			a, err := h.Make(t.Context(), h.ann, NewArticle{Title: title, Markdown: "x", Category: []id.Category{c, ""}[i%2]})
			h.must(err)
			if i == 0 {
				h.publish(a.ID, "en", 1)
				h.must(third(h.Save(t.Context(), h.ann, a.ID, "ar", Save{Title: "بيتا", Markdown: "x"})))
			}
			h.e.Exec(t, `UPDATE articles SET views = $1, yes_count = $1, no_count = 1 WHERE id = $2`, i, a.ID)
		}
		for name, tt := range map[string]struct {
			f    Filter
			want string
		}{
			"newest":     {Filter{}, "Alpha 2 gamma Älpha beta"},
			"oldest":     {Filter{Sort: "-updated_at"}, "beta Älpha gamma Alpha 2"},
			"by title":   {Filter{Sort: ByTitle}, "Älpha Alpha 2 beta gamma"},
			"by views":   {Filter{Sort: ByViews}, "Alpha 2 gamma Älpha beta"},
			"by helpful": {Filter{Sort: "-helpful"}, "beta Älpha gamma Alpha 2"},
			"published":  {Filter{State: Published}, "beta"},
			"drafts":     {Filter{State: Draft, Sort: ByTitle}, "Älpha Alpha 2 gamma"},
			"category":   {Filter{Category: c, Sort: ByPosition}, "beta gamma"},
			"in none":    {Filter{Category: NoCategory}, "Alpha 2 Älpha"},
			"words":      {Filter{Text: "ALPHA"}, "Alpha 2 Älpha"},
			"wild":       {Filter{Text: "%_"}, "Alpha 2 gamma Älpha beta"},
			"Arabic":     {Filter{Language: "ar"}, "بيتا"},
			"agents":     {Filter{Audience: Agents}, ""},
			"author":     {Filter{Author: h.boss.ID}, ""},
		} {
			var got []string
			for from, more := (page.Cursor{}), true; more; {
				items, next, err := h.List(t.Context(), h.ann, tt.f, from, 1)
				h.must(err)
				for _, r := range items {
					got = append(got, r.Text.Title)
					if r.Text.Title == "beta" && (len(r.Languages) != 2 || r.Languages[0].Language != "en" || r.Languages[1].State != Draft) {
						t.Errorf("languages %+v", r.Languages)
					}
				}
				from, more = next, !next.Zero()
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("%s: %q, want %q", name, s, tt.want)
			}
		}
		if items, _, err := h.List(t.Context(), h.eve, Filter{}, page.Cursor{}, 0); err != nil || len(items) != 0 {
			t.Errorf("a neighbour: %+v, %v", items, err)
		}
		if _, _, err := h.List(t.Context(), h.ann, Filter{Sort: "id"}, page.Cursor{}, 0); !errors.Is(err, ErrSort) {
			t.Errorf("%v", err)
		}
	})
}

func TestANeighbourReachesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.category("", "C")
		a := h.written(c, "Pay", "x")
		must(h.SiteOf(t.Context(), h.eve.Property))
		ctx := t.Context()
		for name, err := range map[string]error{
			"get":      second(h.Get(ctx, h.eve.Property, a.ID)),
			"change":   second(h.Change(ctx, h.eve, a.ID, Patch{})),
			"delete":   h.Delete(ctx, h.eve, a.ID),
			"save":     third(h.Save(ctx, h.eve, a.ID, "en", Save{Revision: 1, Title: "x"})),
			"state":    third(h.SetState(ctx, h.eve, a.ID, "en", Draft, 1)),
			"versions": third(h.Versions(ctx, h.eve, a.ID, "en", 0, 0)),
			"version":  second(h.Version(ctx, h.eve, a.ID, "en", 1)),
			"keep":     second(h.Keep(ctx, h.eve, a.ID, "en", Save{Title: "x"})),
			"restore":  third(h.Restore(ctx, h.eve, a.ID, "en", 1, 1)),
			"preview":  second(h.Preview(ctx, h.eve, a.ID, "en", Save{})),
			"category": second(h.ChangeCategory(ctx, h.eve, c, CategoryPatch{})),
			"empty":    h.DeleteCategory(ctx, h.eve, c),
			"card":     second(h.Card(ctx, h.eve.Property, a.ID, "en", true)),
			"page":     second(h.PageOf(ctx, must(h.SiteOf(ctx, h.eve.Property)), "en", a.ID)),
			"vote":     second(h.Vote(ctx, must(h.SiteOf(ctx, h.eve.Property)), Vote{Article: a.ID, Language: "en", Voter: "v"})),
			"into":     second(h.Make(ctx, h.eve, NewArticle{Title: "x", Category: c})),
		} {
			if errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestImportAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.speak("en", "ar")
		bring := func() []Outcome {
			t.Helper()
			var out []Outcome
			c, outcome, err := h.ImportCategory(t.Context(), h.boss, IncomingCategory{Icon: "💳", Position: 3, Texts: map[string]CategoryText{"en": {Name: "Pay"}, "ar": {Name: "الدفع"}}})
			h.must(err)
			out = append(out, outcome)
			done, err := h.Import(t.Context(), h.boss, []Incoming{
				{Language: "en", Title: "By card", Markdown: "Every *card*.", State: Published, Category: c, Position: 2, PublishedAt: testkit.Start.Add(-time.Hour).UnixMilli()},
				{Language: "en", Title: "By cash", Markdown: "Coins.", State: Draft, Audience: Agents, Category: c, Position: 1},
			})
			h.must(err)
			more, err := h.Import(t.Context(), h.boss, []Incoming{
				{Article: done[0].Article, Language: "ar", Title: "بالبطاقة", Markdown: "كل بطاقة", State: Published, Category: c, Position: 2},
			})
			h.must(err)
			for _, d := range append(done, more...) {
				out = append(out, d.Outcome)
			}
			return out
		}
		if got := bring(); !slices.Equal(got, []Outcome{Made, Made, Made, Made}) {
			t.Fatalf("first %v", got)
		}
		h.e.Clock.Advance(time.Minute)
		h.e.Forget()
		if got := bring(); !slices.Equal(got, []Outcome{Same, Same, Same, Same}) {
			t.Errorf("again %v", got)
		}
		if told := testkit.Published(t, h.e, Changed); len(told) != 0 {
			t.Errorf("again told %+v", told)
		}
		all, err := h.Export(t.Context(), h.p)
		h.must(err)
		if len(all.Categories) != 1 || all.Categories[0].Texts["ar"].Slug != "الدفع" || len(all.Articles) != 2 || all.Articles[0].Texts[0].Title != "By cash" ||
			len(all.Articles[1].Texts) != 2 || all.Articles[1].Texts[1].Markdown != "كل بطاقة" {
			t.Errorf("%+v", all)
		}
		p, err := h.Page(t.Context(), h.site(), "en", "by-card")
		if err != nil || !p.PublishedAt.Equal(testkit.Start.Add(-time.Hour)) {
			t.Errorf("%+v, %v", p.Entry, err)
		}
		done, err := h.Import(t.Context(), h.boss, []Incoming{{Language: "en", Slug: "by-card", Title: "By any card", Markdown: "x", State: Published, Category: all.Categories[0].ID}})
		if err != nil || done[0].Outcome != Updated || done[0].Article != all.Articles[1].ID {
			t.Errorf("%+v, %v", done, err)
		}
		if got, _ := h.found("any", SearchOptions{}); len(got) != 1 {
			t.Errorf("found %v", got)
		}
		_, err = h.Import(t.Context(), h.boss, []Incoming{{Language: "en", Title: "Fine", Markdown: "x"}, {Language: "tlh", Title: "x", Markdown: "x"}})
		if !errors.Is(err, ErrLanguage) {
			t.Errorf("%v", err)
		}
		if n := testkit.Get[int64](t, h.e, `SELECT COUNT(*) FROM article_texts WHERE title = 'Fine'`); n != 0 {
			t.Error("half of an import was stored")
		}
	})
}

func TestAnotherNodeSeesWhatWasChangedAfterTheNews(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.category("", "C")
		h.written(c, "Pay", "x")
		there := h.node()
		site := must(there.SiteOf(t.Context(), h.p))
		if tree := must(there.Categories(t.Context(), site, "en")); len(tree) != 1 || tree[0].Articles != 1 {
			t.Fatalf("%+v", tree)
		}
		h.written(c, "Ship", "y")
		title := "Help"
		_, err := h.ChangeSite(t.Context(), h.boss, h.site().Version, SitePatch{Title: &title})
		h.must(err)
		h.e.Clock.Advance(keepFor) // or the news: see Subscribe
		if tree := must(there.Categories(t.Context(), must(there.SiteOf(t.Context(), h.p)), "en")); tree[0].Articles != 2 {
			t.Errorf("%+v", tree)
		}
		if got := must(there.SiteOf(t.Context(), h.p)); got.Title != "Help" {
			t.Errorf("%+v", got)
		}
	})
}

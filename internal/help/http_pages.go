package help

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/internal/article"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/property"
	"parley/internal/visit"
)

const (
	popularHome = 8
	popularElse = 4
	quickHits   = 6
	facesShown  = 3
)

// house is what a page needs to know of its property.
type house struct {
	settings property.Settings
	reader   reader
	banned   bool
}

// house finds out for whom a page is. Where nobody can say whether the reader is banned, they are offered nothing to write with.
func (q *reading) house() (h house, err error) {
	if h.settings, err = q.o.Properties.Settings(q.r.Context(), q.site.Property); err != nil {
		return h, err
	}
	h.reader = q.who()
	banned, err := q.banned(q.r.Context(), h.reader)
	h.banned = banned || err != nil
	return h, nil
}

// frame is what every page has. rest is the page's address behind the language.
func (q *reading) frame(h house, title, rest string) (*frame, error) {
	f := q.newFrame(q.site, q.language, q.base, h.settings)
	f.Title, f.Canonical, f.Indexed = title, q.absolute(q.site, q.language, rest), true
	f.Widget = q.site.Contact && !h.banned
	f.Search, f.SearchHint = true, f.Say("search.any")
	style, err := q.styles.Get(q.r.Context(), strings.TrimPrefix(h.settings.Colour, "#"))
	f.Style, f.Script = style.path(), q.script.path()
	if len(q.site.Languages) > 1 {
		for _, l := range q.site.Languages {
			f.Languages = append(f.Languages, tongue{l, languageNames[l], q.base + home(q.site.SiteSettings, l)})
		}
	}
	return f, err
}

// newFrame is a frame without anything that depends on the request.
func (s *Service) newFrame(site article.Site, language, base string, settings property.Settings) *frame {
	f := &frame{
		words: wordsFor(language), Site: site, Language: language, base: base, Brand: settings.Brand, Year: s.o.Now().Year(),
		Unnamed: site.Title == settings.Name,
	}
	f.Paper.Light, f.Paper.Dark = s.palette.in("--sheet", false), s.palette.in("--sheet", true)
	if site.Logo != "" {
		f.Logo = base + "/images/" + string(site.Logo)
		f.LogoURL = s.absolute(site, site.Language, "images/"+string(site.Logo))
	}
	return f
}

// alternates names the page in the site's other languages, and lets the reader change to them there. rest makes the address behind the language.
func (q *reading) alternates(f *frame, others []article.Translation, rest func(slug string) string) {
	if len(others) == 0 {
		return
	}
	all := append([]article.Translation{{Language: q.language, Slug: q.slug}}, others...)
	for _, t := range all {
		url := q.absolute(q.site, t.Language, rest(t.Slug))
		f.Alternates = append(f.Alternates, alternate{t.Language, url})
		if t.Language == q.site.Language {
			f.Alternates = append(f.Alternates, alternate{"x-default", url})
		}
		for i := range f.Languages {
			if f.Languages[i].Language == t.Language {
				f.Languages[i].URL = q.base + home(q.site.SiteSettings, t.Language) + rest(t.Slug)
			}
		}
	}
}

// everywhere is the site's languages but the page's, for what is there in all of them.
func (q *reading) everywhere() (others []article.Translation) {
	for _, l := range q.site.Languages {
		if l != q.language {
			others = append(others, article.Translation{Language: l})
		}
	}
	return others
}

func (q *reading) home() error {
	h, err := q.house()
	if err != nil {
		return err
	}
	f, err := q.frame(h, q.site.Title, "")
	if err != nil {
		return err
	}
	f.Desk, f.Search, f.Description = true, false, f.Say("home.about", "site", q.site.Title)
	q.alternates(f, q.everywhere(), func(string) string { return "" })
	f.Data = f.siteData(q.absolute(q.site, q.language, "search"))
	p := homePage{frame: f}
	tree, err := q.o.Articles.Categories(q.r.Context(), q.site, q.language)
	if err != nil {
		return err
	}
	n := 0
	for _, c := range tree {
		p.Cards = append(p.Cards, f.cardOf(c))
		n += c.Articles
	}
	if n > 0 {
		f.SearchHint = f.Say("search.hint", "n", n)
	}
	if p.Popular, err = q.popular(f, popularHome); err != nil {
		return err
	}
	p.Empty = len(p.Cards) == 0 && len(p.Popular) == 0
	if p.Contact, err = q.contact(f, h, ""); err != nil {
		return err
	}
	return q.show("home", p, http.StatusOK, h)
}

func (q *reading) popular(f *frame, n int) ([]link, error) {
	list, err := q.o.Articles.Popular(q.r.Context(), q.site, q.language, n)
	return f.linksOf(list), err
}

// contact is the way to a person, for whoever may take it. article is the slug of the article that one comes from.
func (q *reading) contact(f *frame, h house, article string) (*contact, error) {
	if !q.site.Contact || h.banned {
		return nil, nil //nolint:nilnil // the page shows nothing then
	}
	t, err := q.o.Team.Team(q.r.Context(), q.site.Property)
	if err != nil {
		return nil, err
	}
	c := &contact{Talk: true, Line: "contact." + string(t.Status)}
	if h.settings.OfflineForm {
		c.Form = f.Path("message")
		if article != "" {
			c.Form += "?article=" + article
		}
	} else if t.Status == wire.Offline {
		c.Line = "contact.offline.chat"
	}
	for _, person := range t.Agents[:min(len(t.Agents), facesShown)] {
		if h.settings.Faces {
			c.Faces = append(c.Faces, faceOf(person))
		}
	}
	return c, nil
}

func (q *reading) category() error {
	h, err := q.house()
	if err != nil {
		return err
	}
	after := id.Article(q.r.URL.Query().Get("after"))
	if after != "" && !id.Valid(after) {
		after = ""
	}
	c, err := q.o.Articles.CategoryAfter(q.r.Context(), q.site, q.language, q.slug, after)
	if err != nil {
		return err
	}
	f, err := q.frame(h, c.Name, "c/"+c.Slug)
	if err != nil {
		return err
	}
	f.Description, f.Indexed = c.Description, after == ""
	q.alternates(f, c.Translations, func(slug string) string { return "c/" + slug })
	p := categoryPage{frame: f, Crumbs: f.crumbsOf(c.Path), Lead: c.Description, Entries: f.linksOf(c.Entries)}
	f.Data = graph(q.trailOf(c.Path, link{Name: c.Name, URL: f.Canonical}))
	for _, child := range c.Children {
		p.Cards = append(p.Cards, f.cardOf(child))
	}
	if c.Next != "" {
		p.More = f.Path("c/"+c.Slug) + "?after=" + string(c.Next)
	}
	return q.show("category", p, http.StatusOK, h)
}

// trailOf is the path to a page for machines: from the home page, with addresses in full.
func (q *reading) trailOf(path []article.Crumb, last link) thing {
	steps := []link{{Name: q.site.Title, URL: q.absolute(q.site, q.language, "")}}
	for _, c := range path {
		steps = append(steps, link{Name: c.Name, URL: q.absolute(q.site, q.language, "c/"+c.Slug)})
	}
	return trail(append(steps, last))
}

func (q *reading) article() error {
	h, err := q.house()
	if err != nil {
		return err
	}
	a, err := q.o.Articles.Page(q.r.Context(), q.site, q.language, q.slug)
	if err != nil {
		return err
	}
	f, err := q.frame(h, a.Title, "a/"+a.Slug)
	if err != nil {
		return err
	}
	q.alternates(f, a.Translations, func(slug string) string { return "a/" + slug })
	p := q.fill(f, a, h.settings)
	f.Data = f.articleData(a, p.author, q.trailOf(a.Path, link{Name: a.Title, URL: f.Canonical}))
	mine, _, err := q.mine(q.r.Context(), q.site, a.Article, h.reader)
	if err != nil {
		return err
	}
	p.Vote = f.voteOf(a.Slug, article.Tally{Yes: a.Yes, No: a.No}, mine, q.site.Contact)
	if h.banned {
		p.Vote = &vote{Tally: p.Vote.Tally}
	}
	if p.Contact, err = q.contact(f, h, a.Slug); err != nil {
		return err
	}
	q.count(a.Article)
	return q.show("article", p, http.StatusOK, h)
}

// fill puts an article on its page; what depends on the reader is not on it yet.
func (s *Service) fill(f *frame, a article.Page, settings property.Settings) articlePage {
	p := articlePage{
		frame: f, Crumbs: f.crumbsOf(a.Path), Contents: contentsOf(a.Contents), Related: f.linksOf(a.Related),
		HTML: template.HTML(article.Resolve(a.HTML, f.base)), //nolint:gosec // made by article.Render, which lets nothing through
	}
	f.Article, f.Description = a.Article, describe(a)
	f.Published, f.Modified = a.PublishedAt.Format(time.RFC3339), a.UpdatedAt.Format(time.RFC3339)
	if settings.Faces && a.Author.Name != "" {
		who := faceOf(a.Author)
		p.Author, p.author = &who, firstName(a.Author.Name)
	}
	p.ByLine = f.byLineOf(p.author, a.UpdatedAt)
	for to, e := range map[**link]*article.Entry{&p.Previous: a.Previous, &p.Next: a.Next} {
		if e != nil {
			l := f.linkOf(*e)
			*to = &l
		}
	}
	return p
}

// count counts that an article was read: by people, who have it before them.
func (q *reading) count(a id.Article) {
	h := q.r.Header
	ahead := strings.Contains(h.Get("Sec-Purpose")+h.Get("Purpose")+h.Get("X-Moz"), "prefetch")
	if q.r.Method == http.MethodGet && !ahead && !visit.Crawler(q.r.UserAgent()) {
		q.o.Articles.Viewed(q.site.Property, a)
	}
}

// Preview is the whole page of a text as readers would have it now, also of one that is not published. It counts nothing, and offers nothing
// to press; the dashboard shows it in a frame of its own.
func (s *Service) Preview(ctx context.Context, site article.Site, language string, a article.Page) (string, error) {
	settings, err := s.o.Properties.Settings(ctx, site.Property)
	if err != nil {
		return "", err
	}
	f := s.newFrame(site, language, "/help/"+site.Slug, settings)
	f.Title, f.Search, f.SearchHint = a.Title, true, f.Say("search.any")
	style, err := s.styles.Get(ctx, strings.TrimPrefix(settings.Colour, "#"))
	if err != nil {
		return "", err
	}
	f.Style = style.path()
	p := s.fill(f, a, settings)
	p.Vote = &vote{Tally: f.tallyOf(article.Tally{Yes: a.Yes, No: a.No})}
	var b bytes.Buffer
	if err := views["article"].ExecuteTemplate(&b, "layout", p); err != nil {
		return "", fmt.Errorf("preview article %s: %w", a.Article, err)
	}
	return b.String(), nil
}

func (q *reading) search() error {
	const most = 200 // letters; longer is no question
	words := strings.Join(strings.Fields(q.r.URL.Query().Get("q")), " ")
	if r := []rune(words); len(r) > most {
		words = string(r[:most])
	}
	part := q.r.URL.Query().Get("part") != ""
	h, err := q.house()
	if err != nil {
		return err
	}
	f, err := q.frame(h, wordsFor(q.language).Say("search.title"), "search")
	if err != nil {
		return err
	}
	f.Indexed, f.Search, f.Query, f.SearchHint = false, false, words, f.Say("search.any")
	p := searchPage{frame: f, Shown: words}
	if words != "" {
		asked, limit := true, 0
		if part { // they type, and are shown what there is meanwhile; our script says when they have stopped
			asked, limit = q.r.URL.Query().Get("asked") != "", quickHits
		}
		found, err := q.Service.search(q.r.Context(), q.site, h.reader, wish{q.language, words, asked && !h.banned, limit})
		if err != nil {
			return err
		}
		p.found(found)
	}
	if part {
		return q.fragment("search", "quick", p)
	}
	if len(p.Hits) == 0 {
		if p.Popular, err = q.popular(f, popularElse); err != nil {
			return err
		}
	}
	if p.Contact, err = q.contact(f, h, ""); err != nil {
		return err
	}
	return q.show("search", p, http.StatusOK, h)
}

// found puts what was found on the page.
func (p *searchPage) found(found article.Found) {
	p.Count = len(found.Hits)
	if found.Corrected != "" {
		p.Corrected = found.Corrected
	}
	for _, x := range found.Hits {
		title := x.Parts
		if len(title) == 0 {
			title = []article.Part{{Text: x.Title}}
		}
		p.Hits = append(p.Hits, hit{Title: title, Snippet: x.Snippet, URL: p.Path("a/" + x.Slug), Where: where(x.Path)})
	}
}

// note is a page that only says something.
func (q *reading) note(status int, title string, fill func(p *notePage, h house)) error {
	h, err := q.house()
	if err != nil {
		return err
	}
	f, err := q.frame(h, title, "")
	if err != nil {
		return err
	}
	f.Indexed = false
	p := notePage{frame: f, Acts: []link{{Name: f.Say("message.back"), URL: f.Path("")}}}
	fill(&p, h)
	return q.show("note", p, status, h)
}

// fail answers an error with a page that says what is the matter, in the site's words and colours as far as they can be had.
func (q *reading) fail(err error) {
	if moved, ok := errors.AsType[*article.Moved](err); ok {
		names := map[kind]string{kindCategory: "c/", kindArticle: "a/", kindVote: "a/"}
		q.moveTo(home(q.site.SiteSettings, q.language) + names[q.kind] + moved.Slug)
		return
	}
	if q.kind == kindImage || q.kind == kindFeed || q.kind == kindSitemap || q.kind == kindRobots {
		q.failPlain(q.w, q.r, err)
		return
	}
	w := wordsFor(q.language)
	problem := q.o.Explain(q.r.Context(), err)
	title, notes, ask := w.Say("failed.title"), []string{w.Say("failed.hint"), w.Say("failed.id", "id", problem.RequestID)}, false
	switch errs.KindOf(err) { //nolint:exhaustive // the others are our own failures
	case errs.NotFound:
		title, notes, ask = w.Say("none.title"), []string{w.Say("none.hint")}, true
	case errs.TooMany:
		title, notes = w.Say("wait.title"), []string{w.Say("wait.hint")}
		q.w.Header().Set("Retry-After", strconv.FormatInt(max(1, (problem.RetryAfterMS+999)/1000), 10))
	case errs.Forbidden, errs.Invalid, errs.TooLarge:
		title, notes = w.Say("refused.title"), []string{q.refusal(w, err)}
	case errs.Unavailable:
		notes = notes[:1]
	}
	if refusedBanned(err) && q.kind == kindMessage {
		title = w.Say("message.closed")
	}
	if problem.Status == http.StatusMethodNotAllowed {
		q.w.Header().Set("Allow", "GET, HEAD")
	}
	shown := q.note(problem.Status, title, func(p *notePage, _ house) {
		p.Notes, p.Ask, p.Search = notes, ask, !ask
		if ask {
			p.Popular, _ = q.popular(p.frame, popularElse) // a page that is not there has none, where nothing can be read
		}
		if q.kind == kindVote {
			p.Acts = append([]link{{Name: p.Say("message.back.article"), URL: p.Path("a/" + q.slug)}}, p.Acts...)
		}
	})
	if shown != nil {
		q.failPlain(q.w, q.r, err)
	}
}

// refusal says why something is not possible.
func (q *reading) refusal(w words, err error) string {
	switch e := errs.Find(err); {
	case refusedBanned(err) && q.kind == kindMessage:
		return w.Say("message.closed.hint")
	case refusedBanned(err):
		return w.Say("vote.banned")
	case errors.Is(err, ErrCrawler):
		return w.Say("vote.crawler")
	case errors.Is(err, article.ErrMissing):
		return w.Say("vote.long")
	case e != nil && e.Code == "request.cross_origin":
		return w.Say("foreign.hint")
	}
	return w.Say("failed.hint")
}

// failPlain answers an error where there is no page to say it on.
func (s *Service) failPlain(w http.ResponseWriter, r *http.Request, err error) {
	secure(w, r)
	p := s.o.Explain(r.Context(), err)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	w.Header().Del("Content-Encoding")
	if p.RetryAfterMS > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt((p.RetryAfterMS+999)/1000, 10))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write([]byte(p.Detail + "\n")) // the client went away
}

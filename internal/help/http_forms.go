package help

import (
	"errors"
	"net/http"
	"strings"

	"parley/internal/article"
	"parley/internal/ban"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
	"parley/internal/ticket"
	"parley/internal/visitor"
)

// maxForm is far above the longest form: 5,000 letters, each of which may be twelve bytes in an address.
const maxForm = 128 << 10

// fields reads the form that was sent.
func (q *reading) fields() error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxForm)
	err := q.r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return web.ErrTooLarge
	}
	if err != nil {
		return web.ErrInvalid
	}
	return nil
}

// vote takes an answer to whether an article was helpful. A form goes on to the article; the script gets the part of it that is new.
func (q *reading) vote() error {
	if err := q.fields(); err != nil {
		return err
	}
	said := q.r.PostForm.Get("helpful")
	if said != "yes" && said != "no" {
		return web.ErrInvalid.At("helpful")
	}
	ctx := q.r.Context()
	a, err := q.o.Articles.Page(ctx, q.site, q.language, q.slug)
	if err != nil {
		return err
	}
	r := q.who()
	paper := ballotPaper{article: a.Article, language: q.language, helpful: said == "yes"}
	if !paper.helpful {
		paper.missing = strings.TrimSpace(strings.ReplaceAll(q.r.PostForm.Get("missing"), "\r\n", "\n"))
	}
	tally, fresh, err := q.Service.vote(ctx, q.site, r, paper)
	if err != nil {
		return err
	}
	if fresh != "" {
		q.keepBallot(fresh)
		r.ballot = fresh
	}
	if q.r.PostForm.Get("part") == "" {
		q.see("a/" + a.Slug + "#vote")
		return nil
	}
	mine, _, err := q.mine(ctx, q.site, a.Article, r)
	if err != nil {
		return err
	}
	f := &frame{words: wordsFor(q.language), Site: q.site, Language: q.language, base: q.base}
	return q.fragment("article", "vote", articlePage{frame: f, Vote: f.voteOf(a.Slug, tally, mine, q.site.Contact)})
}

// form shows the form that becomes a ticket, or that it was sent.
func (q *reading) form() error {
	h, err := q.mayWrite()
	if err != nil {
		return err
	}
	from := q.r.URL.Query().Get("article")
	if q.r.URL.Query().Has("sent") {
		return q.sent(from)
	}
	m := messageForm{ID: newBallot(), Article: from}
	if h.reader.visitor == "" {
		m.Key = q.o.Tokens.Make(id.New[id.Visitor](), q.site.Property, q.o.Now())
	}
	return q.showForm(h, m, http.StatusOK)
}

// mayWrite answers an error where nobody may leave a message, or not this reader.
func (q *reading) mayWrite() (house, error) {
	h, err := q.house()
	switch {
	case err != nil:
		return h, err
	case !q.site.Contact || !h.settings.OfflineForm:
		return h, ErrNoForm
	case h.banned:
		return h, ban.ErrBanned
	}
	return h, nil
}

func (q *reading) sent(from string) error {
	w := wordsFor(q.language)
	return q.note(http.StatusOK, w.Say("message.sent"), func(p *notePage, _ house) {
		p.Notes, p.private = []string{w.Say("message.sent.hint")}, true
		if a, ok := q.from(from); ok {
			p.Acts = append([]link{{Name: w.Say("message.back.article"), URL: p.Path("a/" + a.Slug)}}, p.Acts...)
		}
	})
}

// from is the article that a message is about, by the slug in the link.
func (q *reading) from(slug string) (article.Page, bool) {
	if slug == "" || len(slug) > 4*article.MaxSlugRunes {
		return article.Page{}, false
	}
	a, err := q.o.Articles.Page(q.r.Context(), q.site, q.language, slug)
	return a, err == nil // without it the message is as good
}

func (q *reading) showForm(h house, m messageForm, status int) error {
	f, err := q.frame(h, wordsFor(q.language).Say("message.title"), "message")
	if err != nil {
		return err
	}
	if a, ok := q.from(m.Article); ok {
		m.About, f.Article = a.Title, a.Article
	} else {
		m.Article = ""
	}
	f.Indexed, f.private = false, true
	return q.show("message", messagePage{frame: f, Form: m}, status, h)
}

// letter takes the form. The key in it makes the sender one visitor, however often they press; a form without a good one is shown again.
func (q *reading) letter() error {
	h, err := q.mayWrite()
	if err != nil {
		return err
	}
	if err := q.fields(); err != nil {
		return err
	}
	field := func(name string) string { return strings.ReplaceAll(q.r.PostForm.Get(name), "\r\n", "\n") }
	m := messageForm{ID: field("id"), Key: field("key"), Article: field("article"), Name: field("name"), Email: field("email"), Text: field("text")}
	who, fresh := h.reader, ""
	if t, ok := q.o.Tokens.Check(m.Key, q.site.Property, q.o.Now()); who.visitor == "" && ok {
		who.visitor, fresh = t.Visitor, m.Key
	}
	if who.visitor == "" || !validBallot(m.ID) {
		return q.again(h, m, wordsFor(q.language).Say("message.stale"))
	}
	l := letter{facts: q.facts(), form: wire.VisitorTicket{T: "ticket", ID: m.ID, Name: m.Name, Email: strings.TrimSpace(m.Email), Text: m.Text}}
	if a, ok := q.from(m.Article); ok {
		l.form.Article, l.form.Language = a.Article, a.Language
		l.facts.Page = wire.Page{URL: q.absolute(q.site, q.language, "a/"+a.Slug), Title: a.Title}
	}
	err = q.leave(q.r.Context(), q.site, who, l)
	switch {
	case errors.Is(err, visitor.ErrForgotten): // the cookie is of somebody whom the team has erased: they are somebody new
		return q.again(h, m, wordsFor(q.language).Say("message.stale"))
	case wrong(err):
		return q.wrong(h, m, err)
	case err != nil:
		return err
	}
	if fresh != "" {
		q.keepVisitor(fresh)
	}
	to := "message?sent=1"
	if a, ok := q.from(m.Article); ok {
		to += "&article=" + a.Slug
	}
	q.see(to)
	return nil
}

// again shows the form with a new key and the words that were in it.
func (q *reading) again(h house, m messageForm, problem string) error {
	m.ID, m.Problem = newBallot(), problem
	m.Key = q.o.Tokens.Make(id.New[id.Visitor](), q.site.Property, q.o.Now())
	h.reader.visitor = ""
	q.dropVisitor()
	return q.showForm(h, m, http.StatusUnprocessableEntity)
}

// dropVisitor takes a token away that nobody is known by any more.
func (q *reading) dropVisitor() {
	name := visitorCookie(q.site.Property)
	if _, err := q.r.Cookie(name); err == nil {
		http.SetCookie(q.w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: web.Secure(q.r.Context()), SameSite: http.SameSiteLaxMode}) //nolint:gosec // taken away
	}
}

// wrong reports whether an error is about what was written in the form.
func wrong(err error) bool {
	return errors.Is(err, ticket.ErrName) || errors.Is(err, ticket.ErrEmail) || errors.Is(err, ticket.ErrText) || errors.Is(err, ticket.ErrTooMany)
}

func (q *reading) wrong(h house, m messageForm, err error) error {
	w, e := wordsFor(q.language), errs.Find(err)
	status := http.StatusUnprocessableEntity
	if m.Problem = w.Say("message.errors"); e.Field == "" {
		m.Problem, status = w.Say(e.Code), http.StatusTooManyRequests
	} else {
		m.Errors = map[string]string{e.Field: w.Say(e.Code)}
	}
	return q.showForm(h, m, status)
}

// facts are what the request tells of its sender, as a hello tells it.
func (q *reading) facts() visitor.Facts {
	agent, address := q.r.UserAgent(), web.Address(q.r.Context())
	browser, system := visitor.Browser(agent)
	where := q.o.Places.Find(address)
	language, _, _ := strings.Cut(q.r.Header.Get("Accept-Language"), ",")
	language, _, _ = strings.Cut(language, ";")
	f := visitor.Facts{
		Page:    wire.Page{URL: q.absolute(q.site, q.language, "message"), Title: q.site.Title},
		Browser: browser, System: system, Device: visitor.Device(agent), Language: strings.TrimSpace(language), Address: address,
		Country: where.Country, City: where.City,
	}
	return f
}

package help

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"parley/internal/article"
	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/memo"
	"parley/internal/kernel/wire"
	"parley/internal/platform/geo"
	"parley/internal/platform/web"
	"parley/internal/property"
	"parley/internal/ticket"
	"parley/internal/visit"
	"parley/internal/visitor"
	front "parley/web"
)

// The refusals of public pages.
var (
	ErrCrawler = errs.New(errs.Forbidden, "help.crawler", "Only people can say whether an article was helpful.")
	ErrNoForm  = errs.New(errs.NotFound, "help.no_form", "There is no form here.")
)

// team answers who is here to write to; the agent feature does, from memory.
type team interface {
	Team(ctx context.Context, p id.Property) (wire.Team, error)
}

// bans decides who may write; the ban feature answers from memory.
type bans interface {
	Check(ctx context.Context, p id.Property, who ban.Who) (ban.Verdict, error)
	ByEmail(p id.Property) bool
}

// tickets takes the forms that readers leave.
type tickets interface {
	Leave(ctx context.Context, who actor.Visitor, facts visitor.Facts, form wire.VisitorTicket) (wire.Ack, error)
}

// places finds out where an address is.
type places interface {
	Find(address string) geo.Place
}

// Options makes a Service. All fields are required but Exempt.
type Options struct {
	Articles   *article.Service
	Properties *property.Service
	Team       team
	Bans       bans
	Visitors   *visitor.Service
	Tickets    tickets
	Tokens     visitor.Tokens
	Places     places
	Now        clock.Clock
	Log        *slog.Logger
	BaseURL    string                    // the address that people type
	Exempt     func(address string) bool // networks without limits; nil: none
	// Explain translates an error, and logs what nobody expected.
	Explain func(ctx context.Context, err error) *web.Problem
}

// Service is the public side of the help centre.
type Service struct {
	o        Options
	palette  palette
	css      string
	styles   *memo.Cache[string, file] // by the owner's colour
	script   file
	maps     *memo.Cache[mapKey, []address]
	searches *web.Limiter // by network
	forms    *web.Limiter // by network
}

const (
	keepStyles = 200 // colours at a time: each is as large as the stylesheet
	keepMaps   = 20  // sitemaps at a time: each has up to a hundred thousand addresses
	mapsFor    = time.Minute

	// A person who types asks five times a second, for a moment; a household or an office has several. It is enough to find
	// anything by hand, and little for a program.
	searchRate, searchBurst = 5, 60
	// A form is a ticket; the ticket feature limits those of one visitor, but without a token everybody is a new one.
	formRate, formBurst = 1.0 / 300, 12
)

// New makes a service with an empty memory.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = clock.System // only its routes are asked
	}
	s := &Service{
		o: o, palette: readPalette(front.Tokens()), css: mustRead("assets/help.css"),
		searches: web.NewLimiter(searchRate, searchBurst, o.Now), forms: web.NewLimiter(formRate, formBurst, o.Now),
	}
	s.styles = memo.New(o.Now, 24*time.Hour, keepStyles, s.makeStyle)
	s.maps = memo.New(o.Now, mapsFor, keepMaps, s.listAddresses)
	s.script = script()
	return s
}

// script is the pages' script, compressed once for a process: tests make many services.
var script = sync.OnceValue(func() file {
	js := []byte(shortScript(mustRead("assets/help.js")))
	return newFile("help-"+fingerprint(js)+".js", "text/javascript; charset=utf-8", js)
})

// makeStyle makes the stylesheet for a colour, six hexadecimal digits.
func (s *Service) makeStyle(_ context.Context, colour string) (file, error) {
	p := s.palette
	if "#"+colour != property.DefaultColour {
		p = p.with(property.Colours("#" + colour))
	}
	css := []byte(stylesheet(p, s.css))
	return newFile("help-"+colour+"-"+fingerprint(css)+".css", "text/css; charset=utf-8", css), nil
}

// mapKey is a site in one of its states: a change of its settings is another one.
type mapKey struct {
	property id.Property
	version  int64
}

func (s *Service) listAddresses(ctx context.Context, key mapKey) ([]address, error) {
	site, err := s.o.Articles.SiteOf(ctx, key.property)
	if err != nil {
		return nil, err
	}
	all, err := s.o.Articles.All(ctx, site)
	if err != nil {
		return nil, fmt.Errorf("list articles of property %s: %w", key.property, err)
	}
	return addresses(site, all, func(language, slug string) string { return s.o.Articles.URL(site, language, slug) }), nil
}

// absolute is the address in full of something in a language.
func (s *Service) absolute(site article.Site, language, rest string) string {
	return strings.TrimSuffix(s.o.Articles.URL(site, language, ""), "/") + "/" + rest
}

// reader is who reads, as far as they can be told from others.
type reader struct {
	property id.Property
	visitor  id.Visitor // by the widget's token; empty: none
	ballot   string     // by the cookie of an earlier vote; empty: none
	agent    string     // the User-Agent
}

// voters are the names under which the reader may have voted, the one for a new vote first.
func (r reader) voters() (names []string) {
	if r.visitor != "" {
		names = append(names, string(r.visitor))
	}
	if r.ballot != "" {
		names = append(names, voterOf(r.property, r.ballot))
	}
	return names
}

// banned asks whether the reader may write to the team. Reading is everybody's.
func (s *Service) banned(ctx context.Context, r reader) (bool, error) {
	who := ban.Who{Visitor: r.visitor, Addresses: ban.Addresses(web.Address(ctx))}
	verdict, err := s.o.Bans.Check(ctx, r.property, who)
	if err != nil || verdict.Banned || r.visitor == "" || !s.o.Bans.ByEmail(r.property) {
		return verdict.Banned, err
	}
	v, err := s.o.Visitors.Get(ctx, r.property, r.visitor)
	switch {
	case errors.Is(err, visitor.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	who.Email = v.Facts.Email
	verdict, err = s.o.Bans.Check(ctx, r.property, who)
	return verdict.Banned, err
}

// mine is the reader's vote, and the name under which it is or would be; nil: none yet.
func (s *Service) mine(ctx context.Context, site article.Site, a id.Article, r reader) (v *article.Vote, voter string, err error) {
	names := r.voters()
	for _, name := range names {
		vote, ok, err := s.o.Articles.VoteOf(ctx, site, a, name)
		if err != nil {
			return nil, "", err
		}
		if ok {
			return &vote, name, nil
		}
	}
	if len(names) > 0 {
		voter = names[0]
	}
	return nil, voter, nil
}

// ballotPaper is what a reader says.
type ballotPaper struct {
	article  id.Article
	language string
	helpful  bool
	missing  string
}

// vote takes what a reader says, if they are somebody who may: one answer a reader, the last one holds. fresh is the ballot that
// they have to keep, where nobody knew them before.
func (s *Service) vote(ctx context.Context, site article.Site, r reader, b ballotPaper) (tally article.Tally, fresh string, err error) {
	if visit.Crawler(r.agent) {
		return tally, "", ErrCrawler
	}
	switch banned, err := s.banned(ctx, r); {
	case err != nil:
		return tally, "", err
	case banned:
		return tally, "", ban.ErrBanned
	}
	_, voter, err := s.mine(ctx, site, b.article, r)
	if err != nil {
		return tally, "", err
	}
	if voter == "" {
		fresh = newBallot()
		voter = voterOf(site.Property, fresh)
	}
	tally, err = s.o.Articles.Vote(ctx, site, article.Vote{
		Article: b.article, Language: b.language, Voter: voter, Helpful: b.helpful, Missing: b.missing, Address: web.Address(ctx),
	})
	if err != nil {
		return tally, "", fmt.Errorf("vote on article %s: %w", b.article, err)
	}
	return tally, fresh, nil
}

// wish is what a reader looks for.
type wish struct {
	language, words string
	asked           bool // they have stopped typing, or want the page: it is a search that editors see
	limit           int  // 0: as many as a page has
}

// search finds articles for a reader. What crawlers look for is counted by nobody.
func (s *Service) search(ctx context.Context, site article.Site, r reader, w wish) (article.Found, error) {
	if err := s.allow(ctx, s.searches); err != nil {
		return article.Found{}, err
	}
	return s.o.Articles.Search(ctx, site, w.language, w.words, article.SearchOptions{Limit: w.limit, Count: w.asked && !visit.Crawler(r.agent)})
}

// allow applies a limit to the network that asks.
func (s *Service) allow(ctx context.Context, l *web.Limiter) error {
	address := web.Address(ctx)
	if s.o.Exempt != nil && s.o.Exempt(address) {
		return nil
	}
	if ok, wait := l.Allow(web.Network(address)); !ok {
		return web.ErrTooMany.In(wait)
	}
	return nil
}

// letter is the form that a reader leaves.
type letter struct {
	form  wire.VisitorTicket
	facts visitor.Facts
}

// leave makes a ticket of a form. Who is banned is refused; so is who has left too many.
func (s *Service) leave(ctx context.Context, site article.Site, r reader, l letter) error {
	switch banned, err := s.banned(ctx, r); {
	case err != nil:
		return err
	case banned, visit.Crawler(r.agent):
		return ban.ErrBanned
	}
	if err := s.allow(ctx, s.forms); err != nil {
		return ticket.ErrTooMany
	}
	_, err := s.o.Tickets.Leave(ctx, actor.Visitor{ID: r.visitor, Property: site.Property, Address: web.Address(ctx)}, l.facts, l.form)
	return err
}

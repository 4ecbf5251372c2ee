package article

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/memo"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
	"parley/internal/property"
)

const (
	// keepFor bounds how long a node believes its memory when the news of a change was lost unnoticed.
	keepFor = time.Minute
	// keepMany is how many sites a node has in memory: some kB each.
	keepMany = 10_000
	// keepVocabularies are at most so many lists of a site's words: some MB each where there are 10,000 articles. A list that is somewhat
	// old mends words a little worse, that is all.
	keepVocabularies, keepWordsFor = 64, 10 * time.Minute
	// keepImages are at most so many pictures of at most some hundred kB: a page asks for several at once.
	keepImages = 64
	// A household or an office has several readers; more than this is a script.
	votesAtOnce, votesASecond = 30, 0.1
)

// people knows agents' names; the agent feature answers, from memory.
type people interface {
	Person(ctx context.Context, a id.Agent) (wire.Person, error)
}

// Previewer makes a whole page of a text that may not be published; the help feature answers. Set [Service.Pages] before requests come.
type Previewer interface {
	Preview(ctx context.Context, site Site, language string, p Page) (html string, err error)
}

// Options makes a Service.
type Options struct {
	DB         *db.DB
	Now        clock.Clock
	Log        *slog.Logger
	Properties *property.Service
	People     people
	BaseURL    string                    // of this server, for the addresses of pages
	Exempt     func(address string) bool // whom no limit stops; nil: nobody
}

// Service is the only way to the help centre's content: HTTP, pages, chats and tests all call it.
type Service struct {
	o     Options
	own   string // the host of this server, which can be no site's
	Pages Previewer

	sites   *memo.Cache[id.Property, Site]
	slugs   *memo.Cache[string, id.Property] // of every slug that a site has or had
	domains *memo.Cache[struct{}, map[string]id.Property]
	shelves *memo.Cache[inLanguage, *shelf]
	popular *memo.Cache[inLanguage, []Entry]
	words   *memo.Cache[inLanguage, vocabulary]
	images  *memo.Cache[imageKey, Image]

	shrinks chan struct{}
	votes   *web.Limiter
	counter counter
}

type inLanguage struct {
	property id.Property
	language string
}

type imageKey struct {
	property id.Property
	image    id.Image
}

// New makes a service with an empty memory.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = clock.System
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, shrinks: make(chan struct{}, 1), votes: web.NewLimiter(votesASecond, votesAtOnce, o.Now), counter: newCounter()}
	if u, err := url.Parse(o.BaseURL); err == nil {
		s.own = strings.ToLower(u.Hostname())
	}
	s.sites = memo.New(o.Now, keepFor, keepMany, s.loadSite)
	s.slugs = memo.New(o.Now, keepFor, keepMany, s.loadSlug)
	s.domains = memo.New(o.Now, keepFor, 1, s.loadDomains)
	s.shelves = memo.New(o.Now, keepFor, keepMany, s.loadShelf)
	s.popular = memo.New(o.Now, keepFor, keepMany, s.loadPopular)
	s.words = memo.New(o.Now, keepWordsFor, keepVocabularies, s.loadWords)
	s.images = memo.New(o.Now, time.Hour, keepImages, s.loadImage) // an image never changes
	return s
}

// Subscribe keeps the memory true while this node and others change things. Call it before the bus starts.
func (s *Service) Subscribe(b *bus.Bus) {
	bus.On(b, SiteChanged, func(_ id.Property, c SiteChange) { s.forgetSite(c.Property) })
	bus.On(b, Changed, func(p id.Property, c Change) {
		if c.Pages {
			s.forgetPages(p)
		}
	})
	b.OnGap(func() {
		s.sites.Clear()
		s.slugs.Clear()
		s.domains.Clear()
		s.shelves.Clear()
		s.popular.Clear()
		s.words.Clear()
	})
}

// forgetSite is also called by who changes something, so that they read it back before the news has gone round.
func (s *Service) forgetSite(p id.Property) {
	s.sites.Forget(p)
	s.slugs.ForgetIf(func(_ string, of id.Property) bool { return of == p })
	s.domains.Clear()
	s.forgetPages(p)
}

func (s *Service) forgetPages(p id.Property) {
	s.shelves.ForgetIf(func(k inLanguage, _ *shelf) bool { return k.property == p })
	s.popular.ForgetIf(func(k inLanguage, _ []Entry) bool { return k.property == p })
	s.words.ForgetIf(func(k inLanguage, _ vocabulary) bool { return k.property == p })
}

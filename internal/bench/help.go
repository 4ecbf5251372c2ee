package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/id"
)

// HelpCmd is `parley bench help`.
type HelpCmd struct {
	Target   `embed:""`
	Articles int `help:"How many articles the help centre has; those that are missing are made and published." default:"10000" env:"-"`
	Readers  int `help:"How many readers ask at a time." default:"4" env:"-"`
	Writers  int `help:"How many articles are made at a time." default:"16" env:"-"`
}

// HelpResult is what `bench help --json` prints. Every part takes the duration, and asks one thing after another.
type HelpResult struct {
	Articles       int               `json:"articles"`
	Made           int               `json:"made"`
	MadePerSecond  float64           `json:"made_per_second"`
	Readers        int               `json:"readers"`
	Page           Millis            `json:"page_ms"` // an article's page, all of them in turn
	PageBytes      int64             `json:"page_bytes"`
	PagesPerSecond float64           `json:"pages_per_second"`
	PageCPU        float64           `json:"cpu_us_per_page"` // of the server, with --pid
	Again          Millis            `json:"again_ms"`        // the same, with what the browser has already: 304
	Home           Millis            `json:"home_ms"`
	Category       Millis            `json:"category_ms"`
	Search         Millis            `json:"search_ms"` // as the panel asks, while somebody types; all kinds together
	SearchBy       map[string]Millis `json:"search_by_ms"`
	PerSecond      float64           `json:"searches_per_second"`
	SearchCPU      float64           `json:"cpu_us_per_search"`
	SearchPage     Millis            `json:"search_page_ms"` // the page of results
	Unfound        int64             `json:"unfound"`        // searches for words that articles have, without a result
	RSS            int64             `json:"rss_bytes"`
	RSSBefore      int64             `json:"rss_before_bytes"`
}

// Run measures and prints. It fails when a search for words that are there found nothing.
func (c *HelpCmd) Run(ctx context.Context) error {
	r, err := c.measure(ctx)
	if err != nil {
		return err
	}
	err = c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%d articles, %d made now (%.0f a second), %d readers at a time\n", r.Articles, r.Made, r.MadePerSecond, r.Readers)
		_, _ = fmt.Fprintf(w, "page               %s (%.0f a second, %d bytes, %.0f µs of processor)\n", r.Page, r.PagesPerSecond, r.PageBytes, r.PageCPU)
		_, _ = fmt.Fprintf(w, "page, again        %s\nhome               %s\ncategory           %s\n", r.Again, r.Home, r.Category)
		_, _ = fmt.Fprintf(w, "search             %s (%.0f a second, %.0f µs of processor)\n", r.Search, r.PerSecond, r.SearchCPU)
		for _, kind := range searchKinds {
			_, _ = fmt.Fprintf(w, "  %-16s %s\n", kind, r.SearchBy[kind])
		}
		_, _ = fmt.Fprintf(w, "page of results    %s\nserver memory %.1f MB, before %.1f MB\n", r.SearchPage, float64(r.RSS)/1e6, float64(r.RSSBefore)/1e6)
	})
	if err == nil && r.Unfound > 0 {
		err = fmt.Errorf("%d searches for words that articles have found nothing", r.Unfound)
	}
	return err
}

// library is the help centre that is measured.
type library struct {
	*HelpCmd
	owner      *api
	reader     *http.Client
	base       string // of its pages
	language   string
	categories []helpCategory
	words      *vocabulary
	mu         sync.Mutex
	articles   []helpArticle
}

type helpCategory struct {
	id   id.Category
	slug string
}

type helpArticle struct {
	slug, title string
}

func (c *HelpCmd) measure(ctx context.Context) (HelpResult, error) {
	r := HelpResult{Articles: c.Articles, Readers: c.Readers, SearchBy: map[string]Millis{}}
	l := &library{HelpCmd: c, owner: newAPI(c.URL), words: newVocabulary()}
	l.owner.client.Transport = pooled(c.Writers)
	l.reader = &http.Client{Transport: pooled(c.Readers), Timeout: answerWait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if err := l.owner.login(ctx, c.Email, c.Password); err != nil {
		return r, fmt.Errorf("log in: %w", err)
	}
	if err := l.open(ctx); err != nil {
		return r, err
	}
	if c.PID > 0 {
		r.RSSBefore, _ = rss(c.PID) // a process that is gone shows in what follows
	}
	began := time.Now()
	made, err := l.fill(ctx)
	if err != nil {
		return r, fmt.Errorf("make articles: %w", err)
	}
	if r.Made = made; made > 0 {
		r.MadePerSecond = float64(made) / time.Since(began).Seconds()
	}
	if err := l.read(ctx, &r); err != nil {
		return r, err
	}
	if err := l.search(ctx, &r); err != nil {
		return r, err
	}
	if c.PID > 0 {
		r.RSS, err = rss(c.PID)
	}
	return r, err
}

// pooled keeps as many connections open as are used at a time: setting them up is not what is measured.
func pooled(n int) *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n}
}

func (c *HelpCmd) path() string { return "/properties/" + string(c.Property) + "/help" }

// read measures pages.
func (l *library) read(ctx context.Context, r *HelpResult) error {
	var bytes atomic.Int64
	tags := sync.Map{}
	article := func(n int) string { return l.base + "/a/" + url.PathEscape(l.articles[n*7919%len(l.articles)].slug) }
	cpuBefore, began := l.cpu(), time.Now()
	page, err := l.ask(ctx, func(n int) error {
		size, tag, err := l.get(ctx, article(n), "", http.StatusOK)
		bytes.Add(size)
		tags.Store(n*7919%len(l.articles), tag)
		return err
	})
	if err != nil {
		return fmt.Errorf("read pages: %w", err)
	}
	count := page.count()
	r.Page, r.PageBytes = page.millis(), bytes.Load()/max(count, 1)
	r.PagesPerSecond = float64(count) / time.Since(began).Seconds()
	r.PageCPU = perPiece(l.cpu()-cpuBefore, count)
	for _, part := range []struct {
		to  *Millis
		get func(n int) error
	}{
		{&r.Again, func(n int) error {
			tag, ok := tags.Load(n * 7919 % len(l.articles))
			if !ok {
				n = 0
				tag, _ = tags.Load(0)
			}
			known, _ := tag.(string)
			_, _, err := l.get(ctx, article(n), known, http.StatusNotModified)
			return err
		}},
		{&r.Home, func(int) error {
			_, _, err := l.get(ctx, l.base+"/", "", http.StatusOK)
			return err
		}},
		{&r.Category, func(n int) error {
			filled := min(len(l.categories), len(l.articles)) // an empty one has no page
			_, _, err := l.get(ctx, l.base+"/c/"+url.PathEscape(l.categories[n%filled].slug), "", http.StatusOK)
			return err
		}},
	} {
		s, err := l.ask(ctx, part.get)
		if err != nil {
			return fmt.Errorf("read pages: %w", err)
		}
		*part.to = s.millis()
	}
	return nil
}

func (l *library) cpu() time.Duration {
	if l.PID == 0 {
		return 0
	}
	t, _ := cpu(l.PID) // 0 shows in the result
	return t
}

func perPiece(t time.Duration, n int64) float64 {
	return float64(t.Microseconds()) / float64(max(n, 1))
}

// ask calls one for the duration, by all readers at a time, each after its last answer, and times every call. n counts up.
func (l *library) ask(ctx context.Context, one func(n int) error) (*samples, error) {
	var s samples
	var next atomic.Int64
	var mu sync.Mutex
	var failed error
	end := time.Now().Add(l.Duration)
	var wg sync.WaitGroup
	for range max(l.Readers, 1) {
		wg.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				n := int(next.Add(1) - 1)
				began := time.Now()
				if err := one(n); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					return
				}
				s.add(time.Since(began))
			}
		})
	}
	wg.Wait()
	return &s, errors.Join(failed, ctx.Err())
}

// get reads all of a page, compressed as browsers ask for it, and answers how large it was and its tag.
func (l *library) get(ctx context.Context, address, tag string, want int) (size int64, newTag string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	res, err := l.reader.Do(req)
	if err != nil {
		return 0, "", err
	}
	size, err = io.Copy(io.Discard, res.Body)
	err = errors.Join(err, res.Body.Close())
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("GET %s: %d, want %d", address, res.StatusCode, want)
	}
	return size, res.Header.Get("Etag"), err
}

// rng makes the same numbers for the same thing in every run.
func rng(n int, of uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(n), of)) //nolint:gosec // repeatable, and no secret
}

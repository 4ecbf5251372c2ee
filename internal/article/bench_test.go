package article

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/testkit"
)

// library fills a help centre with articles of some hundred words each, which are as often there as words are in a language.
func library(b *testing.B, h *house, articles int) (words []string) {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2)) // the same articles each time
	syllables := strings.Fields("pa re ti con der mu lo ve sha gin tor bel qua fi nus ox")
	seen := map[string]bool{}
	for len(words) < 20_000 {
		w := ""
		for range 2 + random.IntN(4) {
			w += syllables[random.IntN(len(syllables))]
		}
		if !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	zipf := rand.NewZipf(random, 1.1, 8, uint64(len(words)-1))
	say := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = words[zipf.Uint64()]
		}
		return strings.Join(list, " ")
	}
	var shelves []id.Category
	for i := range 40 {
		n, err := h.MakeCategory(b.Context(), h.boss, CategoryPatch{Texts: map[string]CategoryText{"en": {Name: fmt.Sprintf("Category %d", i)}}})
		if err != nil {
			b.Fatal(err)
		}
		shelves = append(shelves, n.ID)
	}
	for done := 0; done < articles; done += 200 {
		list := make([]Incoming, 200)
		for i := range list {
			list[i] = Incoming{
				Language: "en", Slug: fmt.Sprintf("article-%d", done+i), Title: say(5), Description: say(12), State: Published, Category: shelves[random.IntN(len(shelves))],
				Markdown: say(120) + "\n\n## " + say(3) + "\n\n" + say(200) + "\n\n## " + say(3) + "\n\n" + say(150),
			}
		}
		if _, err := h.Import(b.Context(), h.boss, list); err != nil {
			b.Fatal(err)
		}
	}
	return words
}

// busy is what the processor has spent on this process.
func busy(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTenThousandArticles tells the slowest of each hundred, which is what the budget is about: go test -run='^$' -bench=TenThousand ./internal/article
func BenchmarkTenThousandArticles(b *testing.B) {
	for name, env := range map[string]func(testing.TB) *testkit.Env{"postgres": testkit.Postgres, "sqlite": testkit.SQLite} {
		b.Run(name, func(b *testing.B) {
			e := env(b)
			h := &house{e: e, p: e.Property(b)}
			h.boss = e.Agent(b, h.p, actor.Owner, "Boss")
			h.Service = h.node()
			began := time.Now() //nolint:forbidigo // a benchmark
			words := library(b, h, 10_000)
			b.Logf("imported in %s", time.Since(began).Round(time.Second))
			site, err := h.SiteOf(b.Context(), h.p)
			if err != nil {
				b.Fatal(err)
			}
			random := rand.New(rand.NewPCG(3, 4)) // the same questions each time
			zipf := rand.NewZipf(random, 1.1, 8, uint64(len(words)-1))
			word := func() string { return words[zipf.Uint64()] }
			mistyped := func() string { w := []byte(word()); w[len(w)/2] = 'z'; return string(w) }
			for what, ask := range map[string]func() error{
				"page": func() error {
					return second(h.Page(b.Context(), site, "en", fmt.Sprintf("article-%d", random.IntN(10_000))))
				},
				"category": func() error {
					return second(h.CategoryPage(b.Context(), site, "en", fmt.Sprintf("category-%d", random.IntN(40))))
				},
				"word":   func() error { return second(h.Search(b.Context(), site, "en", word()+" ", SearchOptions{})) },
				"typing": func() error { return second(h.Search(b.Context(), site, "en", word()+" "+word()[:3], SearchOptions{})) },
				"phrase": func() error {
					return second(h.Search(b.Context(), site, "en", word()+" "+word()+" "+word(), SearchOptions{}))
				},
				"mistyped": func() error { return second(h.Search(b.Context(), site, "en", mistyped()+" "+word(), SearchOptions{})) },
				"question": func() error {
					return second(h.Search(b.Context(), site, "en", strings.Join([]string{word(), word(), word(), word(), word(), mistyped(), word()}, " "), SearchOptions{}))
				},
			} {
				b.Run(what, func(b *testing.B) {
					var took []time.Duration
					before := busy(b)
					for b.Loop() {
						at := time.Now() //nolint:forbidigo // a benchmark
						if err := ask(); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(at))
					}
					b.ReportMetric(float64((busy(b)-before).Microseconds())/1000/float64(len(took)), "cpu-ms") // ours; on PostgreSQL without its own
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				})
			}
		})
	}
}

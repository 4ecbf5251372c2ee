package article

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	enough    = 3  // hits that have all the words: then those that have some of them are noise
	oftenOf   = 10 // a word in more than one of so many pages says little …
	seldom    = 20 // … if it is in more than these
	mostMends = 3  // words of one search
)

// Search finds articles: titles first, the last word may be the beginning of one, mistyped words are replaced. Without words it is the
// most read.
func (s *Service) Search(ctx context.Context, site Site, lang, q string, o SearchOptions) (Found, error) {
	if !site.Has(lang) {
		lang = site.Language
	}
	if o.Limit <= 0 {
		o.Limit = usualHits
	}
	o.Limit = min(o.Limit, maxHits)
	a := ask(q)
	if len(a.words) == 0 {
		return s.mostRead(ctx, site, lang, q, o)
	}
	have, err := s.shelf(ctx, site, lang)
	if err != nil {
		return Found{}, err
	}
	found, err := s.search(ctx, inLanguage{site.Property, lang}, a, have.all, o)
	if err != nil {
		return Found{}, fmt.Errorf("search property %s: %w", site.Property, err)
	}
	for i := range found.Hits {
		found.Hits[i].Path = have.path(found.Hits[i].Category)
	}
	if o.Count {
		s.counter.search(site.Property, lang, dayOf(s.o.Now()), a.phrase(), len(found.Hits) > 0)
	}
	return found, nil
}

func (s *Service) mostRead(ctx context.Context, site Site, lang, q string, o SearchOptions) (Found, error) {
	if strings.TrimSpace(q) != "" {
		return Found{Hits: []Hit{}}, nil // nothing but signs
	}
	list, err := s.Popular(ctx, site, lang, o.Limit)
	if err != nil {
		return Found{}, err
	}
	have, err := s.shelf(ctx, site, lang)
	if err != nil {
		return Found{}, err
	}
	found := Found{Hits: make([]Hit, len(list))}
	for i, e := range list {
		found.Hits[i] = Hit{Entry: e, Audience: Public, Parts: []Part{{Text: e.Title}}, Snippet: []Part{}, Path: have.path(e.Category)}
		if e.Description != "" {
			found.Hits[i].Snippet = []Part{{Text: e.Description}}
		}
	}
	return found, nil
}

// search mends words that nobody wrote, finds, ranks and cuts.
func (s *Service) search(ctx context.Context, in inLanguage, a asked, all int64, o SearchOptions) (found Found, err error) {
	words, err := s.words.Get(ctx, in)
	if err != nil {
		return Found{}, err
	}
	asked, worth, corrected := mend(words, a, o.Agents)
	asked, worth = rarest(asked, worth)
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		if err := byIndex(ctx, tx); err != nil {
			return err
		}
		list, err := gather(ctx, tx, in, asked, telling(asked, worth, all), o.Agents)
		if err != nil {
			return err
		}
		rank(asked, list, worth, all)
		list = list[:min(len(list), o.Limit)]
		texts, err := plainOf(ctx, tx, in.property, list)
		if err != nil {
			return err
		}
		found = Found{Hits: make([]Hit, len(list)), Corrected: corrected}
		if len(list) == 0 {
			found.Corrected = ""
		}
		for i, c := range list {
			found.Hits[i] = Hit{Entry: c.entry, Audience: c.audience, Parts: mark(c.entry.Title, asked), Snippet: snippet(texts[c.n], asked)}
		}
		return nil
	})
	return found, err
}

func (s *Service) loadWords(ctx context.Context, k inLanguage) (v vocabulary, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		v, err = readWords(ctx, tx, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the words of property %s: %w", k.property, err)
	}
	return v, nil
}

// mend replaces words that no article has by the nearest that one has. worth is in how many pages each word is.
func mend(v vocabulary, a asked, agents bool) (b asked, worth []int64, corrected string) {
	b = asked{words: slices.Clone(a.words), prefix: a.prefix}
	worth = make([]int64, len(a.words))
	mended := 0
	for i, w := range a.words {
		if worth[i] = v.has(w, a.starts(i)).seen(agents); worth[i] > 0 || mended == mostMends {
			continue
		}
		meant := v.nearest(w, a.starts(i), agents)
		if meant == "" {
			continue
		}
		mended++
		if a.starts(i) {
			b.prefix = false
		}
		b.words[i] = meant
		worth[i] = v.has(meant, false).seen(agents)
	}
	if mended > 0 {
		corrected = b.phrase()
	}
	return b, worth, corrected
}

// rarest keeps the words of a long question that say most.
func rarest(a asked, worth []int64) (asked, []int64) {
	if len(a.words) <= maxQueryWords {
		return a, worth
	}
	order := make([]int, len(a.words))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(worth[x], worth[y]) })
	keep := order[:maxQueryWords]
	slices.Sort(keep)
	b := asked{prefix: a.prefix && slices.Contains(keep, len(a.words)-1)}
	kept := make([]int64, 0, len(keep))
	for _, i := range keep {
		b.words, kept = append(b.words, a.words[i]), append(kept, worth[i])
	}
	return b, kept
}

// gather finds candidates: first those with all the words in the title, then anywhere; where there are few, those with some of the words
// that say something.
func gather(ctx context.Context, tx *db.Tx, in inLanguage, a, some asked, agents bool) (list []candidate, err error) {
	seen := map[int64]bool{}
	add := func(a asked, title, any bool) error {
		if len(list) >= mostCandidate || len(a.words) == 0 {
			return nil
		}
		more, err := candidates(ctx, tx, in.property, match(tx.Dialect(), in, a, title, any), agents)
		for _, c := range more {
			if !seen[c.n] && len(list) < mostCandidate {
				seen[c.n] = true
				list = append(list, c)
			}
		}
		return err
	}
	if err := add(a, true, false); err != nil || len(list) >= maxHits { // a title that answers is before any text
		return list, err
	}
	if err := add(a, false, false); err != nil || len(list) >= enough || len(a.words) == 1 {
		return list, err
	}
	if err := add(some, true, true); err != nil {
		return nil, err
	}
	return list, add(some, false, true)
}

// telling are the words that are not in every tenth page, or the rarest if all are. Those that no page has find nothing, and a letter
// alone says nothing.
func telling(a asked, worth []int64, all int64) asked {
	some := asked{}
	rare, least := -1, int64(0)
	for i, w := range a.words {
		if worth[i] == 0 {
			continue
		}
		if rare < 0 || worth[i] < least {
			rare, least = i, worth[i]
		}
		if worth[i] <= max(all/oftenOf, seldom) && (len(w) > 1 || len(a.words) == 1) {
			some.words = append(some.words, w)
			some.prefix = some.prefix || a.starts(i)
		}
	}
	if len(some.words) == 0 && rare >= 0 {
		return asked{words: []string{a.words[rare]}, prefix: a.starts(rare)}
	}
	return some
}

// Viewed counts that an article was read. Whether by a crawler is the caller's to ask.
func (s *Service) Viewed(p id.Property, a id.Article) { s.counter.view(p, a, dayOf(s.o.Now())) }

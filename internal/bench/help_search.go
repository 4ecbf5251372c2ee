package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// What readers search for.
const (
	oneWord     = "one word"
	someWords   = "some words"
	beginning   = "as you type"
	mistyped    = "mistyped"
	nothingLike = "nothing like it"
)

var searchKinds = []string{oneWord, someWords, beginning, mistyped, nothingLike}

// search measures finding: of every kind as many.
func (l *library) search(ctx context.Context, r *HelpResult) error {
	by := make([]samples, len(searchKinds))
	var unfound atomic.Int64
	cpuBefore, began := l.cpu(), time.Now()
	all, err := l.ask(ctx, func(n int) error {
		kind := n % len(searchKinds)
		q := l.query(searchKinds[kind], n)
		asked := time.Now()
		found, err := l.find(ctx, q)
		by[kind].add(time.Since(asked))
		if found == 0 && (kind == 0 || kind == 1 || kind == 2) {
			unfound.Add(1)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	r.Search, r.Unfound = all.millis(), unfound.Load()
	r.PerSecond = float64(all.count()) / time.Since(began).Seconds()
	r.SearchCPU = perPiece(l.cpu()-cpuBefore, all.count())
	for i, kind := range searchKinds {
		r.SearchBy[kind] = by[i].millis()
	}
	pages, err := l.ask(ctx, func(n int) error {
		_, _, err := l.get(ctx, l.base+"/search?q="+url.QueryEscape(l.query(someWords, n)), "", http.StatusOK)
		return err
	})
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	r.SearchPage = pages.millis()
	return nil
}

// query is the n-th search of a kind, in words of some article.
func (l *library) query(kind string, n int) string {
	r := rng(n, 7)
	words := strings.Fields(l.articles[r.IntN(len(l.articles))].title)
	words = words[:len(words)-1] // without its number
	word := words[r.IntN(len(words))]
	switch kind {
	case someWords:
		return strings.Join(words[:min(3, len(words))], " ")
	case beginning:
		return strings.Join(append(words[:1:1], word[:min(3, len(word))]), " ")
	case mistyped:
		at := 1 + r.IntN(len(word)-2)
		return word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:]
	case nothingLike:
		return fmt.Sprintf("qx%dzq wv%dk", n, n)
	default:
		return word
	}
}

func (l *library) find(ctx context.Context, q string) (found int, err error) {
	address := l.URL + "/api/v1/visitor/help/search?property=" + string(l.Property) + "&q=" + url.QueryEscape(q)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	res, err := l.reader.Do(req)
	if err != nil {
		return 0, err
	}
	raw, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("search for %q: %d %s", q, res.StatusCode, raw)
	}
	var out struct {
		Items []json.RawMessage `json:"items"`
	}
	err = json.Unmarshal(raw, &out)
	return len(out.Items), err
}

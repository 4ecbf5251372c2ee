package article

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxQueryRunes = 200
	maxQueryWords = 10 // of a long question the rarest say what it is about
	maxHits       = 50
	usualHits     = 20
	mostCandidate = 100
	snippetRunes  = 180
)

// asked is a search as it is looked for.
type asked struct {
	words  []string // folded, each once
	prefix bool     // the last one may be the beginning of one
}

// ask reads what somebody typed.
func ask(q string) asked {
	q = cutRunes(strings.ToValidUTF8(q, " "), maxQueryRunes)
	list := split(q)
	a := asked{}
	for _, w := range list {
		if !slices.Contains(a.words, w.folded) {
			a.words = append(a.words, w.folded)
		}
	}
	if len(list) > 0 {
		last := list[len(list)-1]
		// With a space behind it a word is whole; a single letter begins half of all words.
		a.prefix = last.end == len(q) && last.folded == a.words[len(a.words)-1] &&
			(utf8.RuneCountInString(last.folded) > 1 || strings.ContainsFunc(last.folded, denseRune))
	}
	return a
}

// phrase is the search as it is counted: what is the same for us is one.
func (a asked) phrase() string { return strings.Join(a.words, " ") }

// starts reports whether the word at i may be the beginning of one.
func (a asked) starts(i int) bool { return a.prefix && i == len(a.words)-1 }

// candidate is a page that the database has found, before it is ranked.
type candidate struct {
	n        int64
	entry    Entry
	audience Audience
	terms    string
	score    float64
}

// rank sorts candidates, the best first: how much the words say (BM25) in title and text, and how much of the question the title answers.
// uses has for each word in how many of all pages it is.
func rank(a asked, list []candidate, uses []int64, all int64) {
	worth := make([]float64, len(a.words))
	whole := 0.0
	for i, n := range uses {
		worth[i] = math.Log(1 + (float64(max(all, n))-float64(n)+0.5)/(float64(n)+0.5))
		whole += worth[i]
	}
	for i := range list {
		list[i].score = weigh(a, list[i], worth, whole)
	}
	slices.SortStableFunc(list, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.n, y.n))
	})
}

const (
	usualWords = 300 // of a page: one that is longer has a word by chance
	inTitle    = 4.0
	beginning  = 0.6 // of the worth of a whole word
)

func weigh(a asked, c candidate, worth []float64, whole float64) float64 {
	titled := split(c.entry.Title)
	long := 0.4 + 0.6*float64(length(c.terms))/usualWords
	score, answered := 0.0, 0.0
	for i, w := range a.words {
		n, exact := countIn(c.terms, w, a.starts(i))
		if n == 0 {
			continue
		}
		part := worth[i]
		if !exact {
			part *= beginning
		}
		score += part * float64(n) * 2.2 / (float64(n) + 1.2*long)
		if t := bestInTitle(titled, w, a.starts(i)); t > 0 {
			score += inTitle * t * worth[i]
			answered += t * worth[i]
		}
	}
	if whole > 0 {
		score *= 1 + answered/whole/float64(1+len(titled))*float64(len(a.words)) // a title that says nothing else is the best
	}
	return score
}

func bestInTitle(title []word, w string, prefix bool) float64 {
	best := 0.0
	for _, t := range title {
		switch {
		case t.folded == w:
			return 1
		case prefix && strings.HasPrefix(t.folded, w):
			best = beginning
		}
	}
	return best
}

// mark cuts a text into parts of which those that were searched for are marked.
func mark(text string, a asked) []Part {
	parts := []Part{}
	done := 0
	for _, w := range split(text) {
		if !a.has(w.folded) || w.end <= done {
			continue
		}
		start := max(w.start, done) // two neighbours of a dense script overlap
		if start > done {
			parts = append(parts, Part{Text: text[done:start]})
		}
		if n := len(parts); n > 0 && parts[n-1].Mark {
			parts[n-1].Text += text[start:w.end]
		} else {
			parts = append(parts, Part{Text: text[start:w.end], Mark: true})
		}
		done = w.end
	}
	if done < len(text) {
		parts = append(parts, Part{Text: text[done:]})
	}
	return parts
}

func (a asked) has(folded string) bool { return a.which(folded) >= 0 }

// which is the place of the word that was asked for, or -1.
func (a asked) which(folded string) int {
	for i, w := range a.words {
		if folded == w || (a.starts(i) && strings.HasPrefix(folded, w)) {
			return i
		}
	}
	return -1
}

// snippet is the part of a text that has most of the words, on one line, with them marked.
func snippet(plain string, a asked) []Part {
	from, to := window(plain, a)
	text := strings.Join(strings.Fields(plain[from:to]), " ")
	parts := mark(text, a)
	if from > 0 {
		parts = append([]Part{{Text: "… "}}, parts...)
	}
	if to < len(plain) && strings.TrimSpace(plain[to:]) != "" {
		parts = append(parts, Part{Text: " …"})
	}
	return parts
}

// window finds the bytes to show, which begin and end with a word: the first place that has most of what was asked for. It reads no
// further than to one that has all.
func window(plain string, a asked) (from, to int) {
	type found struct{ at, i int }
	var list []word
	var near []found // those that fit into one piece with the last
	best, bestAt := 0, 0
	splitUntil(plain, func(w word) bool {
		list = append(list, w)
		i := a.which(w.folded)
		if i < 0 {
			return true
		}
		near = append(near, found{len(list) - 1, i})
		for len(near) > 1 && w.end-list[near[0].at].start > snippetRunes {
			near = near[1:]
		}
		seen := uint64(0)
		for _, h := range near {
			seen |= 1 << (h.i % 64)
		}
		if n := bits.OnesCount64(seen); n > best {
			best, bestAt = n, near[0].at
		}
		return best < len(a.words)
	})
	if best > 0 {
		first := max(0, bestAt-6)
		from = sentence(plain, list[first].start, list[bestAt].start)
	}
	to = len(plain)
	if rest := cutRunes(plain[from:], snippetRunes); len(rest) < len(plain)-from {
		to = from + len(rest)
		if space := strings.LastIndexFunc(rest, unicode.IsSpace); space > len(rest)/2 {
			to = from + space
		}
	}
	return from, to
}

// sentence moves a beginning to the first sentence or line that starts between it and the hit.
func sentence(plain string, from, hit int) int {
	piece := plain[from:hit]
	at := max(strings.LastIndex(piece, "\n"), strings.LastIndex(piece, ". ")+1)
	if at <= 0 {
		return from
	}
	for at < len(piece) && (piece[at] == ' ' || piece[at] == '\n') {
		at++
	}
	return from + at
}

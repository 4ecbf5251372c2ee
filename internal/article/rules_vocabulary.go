package article

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostSlips is how many letters of a word are forgiven; of a short one it is one.
const mostSlips = 2

// known is a word of a site and in how many pages it is.
type known struct {
	word    string
	uses    uses
	runes   int
	letters uint64 // which it has: a bit for each, where two may share one
}

func newKnown(word string, u uses) known {
	return known{word, u, utf8.RuneCountInString(word), letters(word)}
}

func letters(word string) (set uint64) {
	for _, r := range word {
		set |= 1 << (r & 63)
	}
	return set
}

// vocabulary is the words of what a site has published in one language, in order. Some 100,000 words are some MB, and to look at each of
// them takes less than a millisecond: a table of runs of letters would have to be written with every article.
type vocabulary []known

// has is in how many pages a word is, or, of a beginning, words that begin so, a page counted for each of them.
func (v vocabulary) has(word string, begun bool) (u uses) {
	from, found := v.find(word)
	if !begun {
		if found {
			return v[from].uses
		}
		return uses{}
	}
	for _, k := range v[from:] {
		if !strings.HasPrefix(k.word, word) {
			break
		}
		u.public += k.uses.public
		u.hidden += k.uses.hidden
	}
	return u
}

func (v vocabulary) find(word string) (int, bool) {
	return slices.BinarySearchFunc(v, word, func(k known, w string) int { return strings.Compare(k.word, w) })
}

// nearest is the word that is meant by a mistyped one, or begun by one; empty: none is near enough. agents: also of words that only their
// articles have.
func (v vocabulary) nearest(mistyped string, begun, agents bool) string {
	most := mostSlips
	runes, set := []rune(mistyped), letters(mistyped)
	switch n := len(runes); {
	case n < 3:
		return ""
	case n <= 5:
		most = 1
	}
	best, bestUses, bestAt := "", int64(0), most+1
	for i := range v {
		k := &v[i]
		// A slip takes away one letter of a word at most, and brings one.
		if k.runes < len(runes)-most || bits.OnesCount64(set&^k.letters) > most {
			continue
		}
		if !begun && (k.runes > len(runes)+most || bits.OnesCount64(k.letters&^set) > most) {
			continue
		}
		seen := k.uses.seen(agents)
		if seen <= 0 {
			continue
		}
		whole := []rune(k.word)
		d := distance(runes, whole, most)
		if begun && d > most && len(whole) > len(runes) {
			d = distance(runes, whole[:len(runes)], most)
		}
		if d < bestAt || (d == bestAt && d <= most && cmp.Or(cmp.Compare(seen, bestUses), cmp.Compare(best, k.word)) > 0) {
			best, bestUses, bestAt = k.word, seen, d
		}
	}
	return best
}

// distance is how many letters have to be changed, added, left out or swapped with their neighbour to make b of a; more than most is most+1.
func distance(a, b []rune, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most+1)
}

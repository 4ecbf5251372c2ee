package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// vocabulary is a language of our own: few words are in every second sentence and most are rare, as in any language, so
// that a search for one has as much to look through as in real articles.
type vocabulary struct {
	words []string
	upTo  []float64 // the share of all words that are said up to each
}

const vocabularySize = 8000

func newVocabulary() *vocabulary {
	v := &vocabulary{words: make([]string, 0, vocabularySize), upTo: make([]float64, vocabularySize)}
	begin := []string{"b", "br", "c", "ch", "d", "f", "fl", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "w"}
	middle := []string{"a", "e", "i", "o", "u", "ai", "ea", "ou"}
	end := []string{"", "", "l", "m", "n", "r", "s", "t", "nd", "st"}
	seen := map[string]bool{}
	r := rng(0, 1)
	for len(v.words) < vocabularySize {
		var b strings.Builder
		for range 2 + r.IntN(2) {
			b.WriteString(begin[r.IntN(len(begin))] + middle[r.IntN(len(middle))] + end[r.IntN(len(end))])
		}
		if w := b.String(); !seen[w] && len(w) >= 4 {
			seen[w] = true
			v.words = append(v.words, w)
		}
	}
	sum := 0.0
	for i := range v.upTo { // Zipf's law
		sum += 1 / math.Pow(float64(i+10), 1.05)
		v.upTo[i] = sum
	}
	return v
}

func (v *vocabulary) word(r *rand.Rand) string {
	at := r.Float64() * v.upTo[len(v.upTo)-1]
	low, high := 0, len(v.upTo)-1
	for low < high {
		if mid := (low + high) / 2; v.upTo[mid] < at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return v.words[low]
}

func (v *vocabulary) sentence(r *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = v.word(r)
	}
	return strings.ToUpper(words[0][:1]) + words[0][1:] + strings.TrimSuffix(" "+strings.Join(words[1:], " "), " ") + "."
}

// article is the n-th: some 2 to 4 kB of Markdown of every kind. Its title ends in its number, so that it has an address of
// its own that the next run knows.
func (v *vocabulary) article(n int) (title, markdown string) {
	r := rng(n, 2)
	title = fmt.Sprintf("%s %d", strings.TrimSuffix(v.sentence(r, 3+r.IntN(2)), "."), n)
	var b strings.Builder
	paragraph := func() {
		for range 2 + r.IntN(4) {
			b.WriteString(v.sentence(r, 8+r.IntN(10)) + " ")
		}
		b.WriteString("\n\n")
	}
	paragraph()
	for range 2 + r.IntN(3) {
		fmt.Fprintf(&b, "## %s\n\n", v.sentence(r, 3))
		paragraph()
		switch r.IntN(4) {
		case 0:
			for range 3 {
				fmt.Fprintf(&b, "- %s **%s**\n", v.sentence(r, 6), v.word(r))
			}
		case 1:
			fmt.Fprintf(&b, "> [!NOTE]\n> %s\n", v.sentence(r, 10))
		case 2:
			fmt.Fprintf(&b, "| %s | %s |\n| --- | --- |\n| `%s` | %s |\n", v.word(r), v.word(r), v.word(r), v.sentence(r, 4))
		default:
			fmt.Fprintf(&b, "```\n%s %s\n```\n", v.word(r), v.word(r))
		}
		b.WriteString("\n")
		paragraph()
	}
	return title, b.String()
}

// slugInTitle is the address that the server makes of such a title; false for an article that is not of a bench.
func slugInTitle(title string) (string, bool) {
	words := strings.Fields(strings.ToLower(title))
	if len(words) < 2 || strings.Trim(words[len(words)-1], "0123456789") != "" {
		return "", false
	}
	return strings.Join(words, "-"), true
}

package article

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWordRunes bounds a word of the index: what is longer is no word of a language.
const maxWordRunes = 40

// word is a word of a text, folded, and where it stands there.
type word struct {
	folded     string
	start, end int // bytes
}

// fold makes words alike that readers take for the same: lower case, no accents, one form for the letters of Arabic that are
// written in several ways.
func fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) || r == 'ـ' || unicode.Is(unicode.Cf, r) { // the tatweel only makes a word longer
			continue
		}
		r = unicode.ToLower(r)
		if to, ok := alike[r]; ok {
			b.WriteString(to)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()) // Korean syllables were taken apart
}

// alike has the letters that have no accent to take off.
var alike = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ſ': "s",
	'ة': "ه", 'ى': "ي", 'ٱ': "ا", 'ک': "ك", 'ی': "ي",
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// split finds the words of a text. Chinese and Japanese have no spaces: there every two neighbours are a word.
func split(text string) (list []word) {
	splitUntil(text, func(w word) bool {
		list = append(list, w)
		return true
	})
	return list
}

// splitUntil tells the words of a text one by one, until it is told that they are enough.
func splitUntil(text string, more func(word) bool) {
	start, dense := -1, false
	end := func(at int) bool {
		if start < 0 {
			return true
		}
		begun := start
		start = -1
		return tellWords(text, begun, at, dense, more)
	}
	for i, r := range text {
		inside, tight := wordRune(r), denseRune(r)
		if !inside && start >= 0 && !dense && apostrophe(r) && followedByLetter(text[i+utf8.RuneLen(r):]) {
			continue
		}
		if (!inside || tight != dense) && !end(i) {
			return
		}
		if inside && start < 0 {
			start, dense = i, tight
		}
	}
	end(len(text))
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func denseRune(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' }

func followedByLetter(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsLetter(r)
}

// tellWords tells the one word between start and end, or each two neighbours where writing is dense.
func tellWords(text string, start, end int, dense bool, more func(word) bool) bool {
	if !dense {
		folded := text[start:end]
		if strings.ContainsFunc(folded, apostrophe) {
			folded = strings.NewReplacer("'", "", "’", "").Replace(folded)
		}
		folded = cutRunes(fold(folded), maxWordRunes)
		if folded == "" || strings.ContainsFunc(folded, func(r rune) bool { return !wordRune(r) }) {
			return true
		}
		return more(word{folded, start, end})
	}
	previous := start
	for i, r := range text[start:end] {
		if next := start + i; next > previous {
			if !more(word{fold(text[previous : next+utf8.RuneLen(r)]), previous, next + utf8.RuneLen(r)}) {
				return false
			}
			previous = next
		}
	}
	if _, size := utf8.DecodeRuneInString(text[start:]); start+size == end { // one alone
		return more(word{fold(text[start:end]), start, end})
	}
	return true
}

func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// indexed is a page as the search knows it.
type indexed struct {
	title []string // its different words
	body  []string // … of title, description and text
	terms string
}

// index finds the words of a page.
func index(title, description, plain string) indexed {
	counts := map[string]int{}
	total := 0
	for _, text := range []string{title, description, plain} {
		for _, w := range split(text) {
			counts[w.folded]++
			total++
		}
	}
	in := map[string]bool{}
	for _, w := range split(title) {
		in[w.folded] = true
	}
	x := indexed{title: slices.Sorted(maps.Keys(in)), body: slices.Sorted(maps.Keys(counts))}
	x.terms = packTerms(x.body, counts, total)
	return x
}

// packTerms writes a page's words with their counts for [weigh]: "312 card:5 pay:2 ".
func packTerms(words []string, counts map[string]int, total int) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(total))
	b.WriteByte(' ')
	for _, w := range words {
		b.WriteString(w)
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(counts[w]))
		b.WriteByte(' ')
	}
	return b.String()
}

// countIn is how often a word, or any word that begins so, stands in packed terms. exact: the word itself is there.
func countIn(terms, w string, prefix bool) (n int, exact bool) {
	rest := terms
	for {
		at := strings.Index(rest, " "+w)
		if at < 0 {
			return n, exact
		}
		rest = rest[at+1+len(w):]
		colon := strings.IndexByte(rest, ':')
		if colon < 0 {
			return n, exact
		}
		if colon > 0 && !prefix {
			continue
		}
		end := strings.IndexByte(rest[colon:], ' ')
		count, _ := strconv.Atoi(rest[colon+1 : colon+max(end, 1)]) // we wrote it
		n += count
		exact = exact || colon == 0
		if !prefix {
			return n, exact
		}
	}
}

// length is how many words packed terms are of.
func length(terms string) int {
	n, _ := strconv.Atoi(terms[:max(0, strings.IndexByte(terms, ' '))]) // we wrote it
	return n
}

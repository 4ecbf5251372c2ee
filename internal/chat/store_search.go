package chat

import (
	"strings"
	"unicode"

	"parley/internal/platform/db"
)

// matching is the condition that message m holds the words of parameter n. Every word must be there; the last one may be
// the beginning of one. Only what people said is searched, not events.
func matching(d db.Dialect, n string) string {
	if d == db.Postgres {
		return matchingPostgres(n)
	}
	return matchingSQLite(n)
}

// searchQuery is the parameter for matching; empty when there is nothing to look for.
func searchQuery(d db.Dialect, q string) string {
	words := searchWords(q)
	if len(words) == 0 {
		return ""
	}
	if d == db.Postgres {
		return searchPostgres(words)
	}
	return searchSQLite(words)
}

// maxWords bounds the work that one search can ask for.
const maxWords = 16

// searchWords splits at white space. What has no letter and no digit is not in the index of either database.
func searchWords(q string) (words []string) {
	q = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(q, " "))
	for w := range strings.FieldsSeq(q) {
		if strings.IndexFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0 && len(words) < maxWords {
			words = append(words, cut(w, 100))
		}
	}
	return words
}

// snippet is the part of a text around the first of the words.
func snippet(text, q string) string {
	const before, length = 40, 160
	lower := strings.ToLower(text)
	at := -1
	for _, w := range searchWords(q) {
		if i := strings.Index(lower, strings.ToLower(w)); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	runes := []rune(text)
	start := 0
	if at > 0 && len(lower) == len(text) {
		start = max(0, len([]rune(text[:at]))-before)
	}
	end := min(len(runes), start+length)
	out := strings.Join(strings.Fields(string(runes[start:end])), " ")
	if start > 0 {
		out = "…" + out
	}
	if end < len(runes) {
		out += "…"
	}
	return out
}

package chat

import "strings"

// matchingPostgres is the expression of the index messages_search, to the letter.
func matchingPostgres(n string) string {
	return `to_tsvector('simple', m.text) @@ to_tsquery('simple', ` + n + `) AND m.kind IN ('text', 'whisper')`
}

// searchPostgres quotes every word, in which to_tsquery knows no operators; it splits what is inside as it splits a text.
func searchPostgres(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `'` + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(w) + `'`
	}
	return strings.Join(quoted, " & ") + ":*"
}

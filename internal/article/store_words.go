package article

import (
	"context"
	"maps"
	"slices"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// words collects in how many pages more, or fewer, each word is, so that many pages cost one write.
type words struct{ byLanguage map[string]map[string]*uses }

// uses is in how many public pages a word is, and in how many for agents only.
type uses struct{ public, hidden int64 }

// seen is in how many pages a reader, or an agent, finds it.
func (u uses) seen(agents bool) int64 {
	if agents {
		return u.public + u.hidden
	}
	return u.public
}

func newWords() *words { return &words{byLanguage: map[string]map[string]*uses{}} }

// clear begins anew: a transaction may run twice.
func (w *words) clear() { clear(w.byLanguage) }

func (w *words) add(language string, audience Audience, list []string) {
	w.count(language, audience, list, 1)
}

func (w *words) remove(language string, audience Audience, list []string) {
	w.count(language, audience, list, -1)
}

func (w *words) count(language string, audience Audience, list []string, n int64) {
	of := w.byLanguage[language]
	if of == nil {
		of = map[string]*uses{}
		w.byLanguage[language] = of
	}
	for _, word := range list {
		u := of[word]
		if u == nil {
			u = &uses{}
			of[word] = u
		}
		if audience == Public {
			u.public += n
		} else {
			u.hidden += n
		}
	}
}

// wordsOf are the words of packed terms.
func wordsOf(terms string) []string {
	fields := strings.Fields(terms)
	list := make([]string, 0, len(fields))
	for _, f := range fields {
		if w, _, ok := strings.Cut(f, ":"); ok {
			list = append(list, w)
		}
	}
	return list
}

// wordsAtOnce are written by one statement.
const wordsAtOnce = 200

// write brings the site's words up to date. The site's row is locked, so the order is nobody else's.
func (w *words) write(ctx context.Context, tx *db.Tx, p id.Property) error {
	for _, language := range slices.Sorted(maps.Keys(w.byLanguage)) {
		of := w.byLanguage[language]
		var list []string
		for word, u := range of {
			if *u != (uses{}) {
				list = append(list, word)
			}
		}
		slices.Sort(list)
		for some := range slices.Chunk(list, wordsAtOnce) {
			if err := writeWords(ctx, tx, p, language, some, of); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeWords(ctx context.Context, tx *db.Tx, p id.Property, language string, list []string, of map[string]*uses) error {
	args := make([]any, 0, 5*len(list))
	fewer := false
	for _, word := range list {
		u := of[word]
		fewer = fewer || u.public < 0 || u.hidden < 0
		args = append(args, p, language, word, u.public, u.hidden)
	}
	_, err := tx.Exec(ctx, `INSERT INTO article_words (property_id, language, word, uses, hidden) VALUES `+values(len(list), 5)+`
		ON CONFLICT (property_id, language, word) DO UPDATE SET uses = article_words.uses + excluded.uses, hidden = article_words.hidden + excluded.hidden`, args...)
	if err != nil || !fewer {
		return err
	}
	marks, args := in([]any{p, language}, list)
	_, err = tx.Exec(ctx, `DELETE FROM article_words WHERE property_id = $1 AND language = $2 AND word IN (`+marks+`) AND uses <= 0 AND hidden <= 0`, args...)
	return err
}

// readWords reads all words of a site in one language.
func readWords(ctx context.Context, tx *db.Tx, at inLanguage) (vocabulary, error) {
	rows, err := tx.Query(ctx, `SELECT word, uses, hidden FROM article_words WHERE property_id = $1 AND language = $2 ORDER BY word`, at.property, at.language)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list vocabulary
	for rows.Next() {
		var word string
		var u uses
		if err := rows.Scan(&word, &u.public, &u.hidden); err != nil {
			return nil, err
		}
		list = append(list, newKnown(word, u))
	}
	return list, rows.Err()
}

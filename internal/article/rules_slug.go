package article

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// slugOf makes an address of a title. Letters of other scripts stay: browsers show them, and readers recognise them.
func slugOf(title string) string {
	var b strings.Builder
	for i, w := range split(title) {
		if i > 0 && b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(w.folded)
	}
	if strings.ContainsFunc(title, denseRune) { // split gives every two neighbours of these
		b.Reset()
		for _, part := range strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteString(part)
		}
	}
	return strings.Trim(cutRunes(b.String(), MaxSlugRunes), "-")
}

// validSlug: letters that have no case or are small, digits, and hyphens between them.
func validSlug(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > MaxSlugRunes || !utf8.ValidString(s) || strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (!unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) || unicode.IsUpper(r))
	})
}

// triesNumbered is how many things of one name have their number in their address; those after them have something of their id.
const triesNumbered = 9

// try is the n-th try for a slug that is taken: title, title-2, title-3 … target is the id of the thing itself.
func try(slug string, n int, target string) string {
	if n <= triesNumbered {
		return numbered(slug, n)
	}
	return ended(slug, "-"+target[max(0, len(target)-6-n+triesNumbered):])
}

// numbered is title, title-2, title-3 …
func numbered(slug string, n int) string {
	if n < 2 {
		return slug
	}
	return ended(slug, "-"+strconv.Itoa(n))
}

func ended(slug, end string) string {
	return strings.TrimRight(cutRunes(slug, MaxSlugRunes-len(end)), "-") + end
}

// siteSlugOf makes an address of a property's name; it is the first part of a path beside our own files.
func siteSlugOf(name string) string {
	slug := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		return -1
	}, slugOf(name))
	if slug = strings.Trim(slug, "-"); !validSiteSlug(slug) {
		return "help"
	}
	return slug
}

// validSiteSlug takes plain letters alone, and not the name of our files' folder.
func validSiteSlug(s string) bool { return validSlug(s) && ascii(s) && s != "assets" }

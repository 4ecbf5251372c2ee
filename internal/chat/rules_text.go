package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/wire"
)

// The refusals of what people write.
var (
	ErrEmpty    = errs.New(errs.Invalid, "message.empty", "Write something first.").At("text")
	ErrTooLong  = errs.New(errs.Invalid, "message.too_long", "A message can have at most 5000 characters.").At("text")
	ErrText     = errs.New(errs.Invalid, "message.text", "This text is not valid UTF-8.").At("text")
	ErrClientID = errs.New(errs.Invalid, "message.id", "The id must have 1 to 64 letters, digits, - or _.").At("id")
	ErrIDUsed   = errs.New(errs.Conflict, "message.id_used", "This id was used for another message.").At("id")
	ErrRating   = errs.New(errs.Invalid, "rating.value", "A rating is 1 (good) or -1 (not good).").At("rating")
	ErrComment  = errs.New(errs.Invalid, "rating.comment", "A comment can have at most 1000 characters.").At("comment")
)

// cleanText keeps a message exactly as it was written, but for control characters other than line break and tab: they
// have no meaning in a message, and one of them (NUL) cannot be stored. They are taken out, not refused: who pastes them
// does not see them.
func cleanText(s string) (string, error) {
	s, err := clean(s)
	switch {
	case err != nil:
		return "", err
	case utf8.RuneCountInString(s) > wire.MaxTextRunes:
		return "", ErrTooLong
	case blank(s):
		return "", ErrEmpty
	}
	return s, nil
}

func clean(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrText
	}
	if strings.IndexFunc(s, unwanted) < 0 {
		return s, nil
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unwanted(r) {
			return -1
		}
		return r
	}, s), nil
}

func unwanted(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// blank reports whether nothing would be seen: space, and the joiners and marks that only shape what is around them.
func blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) }) < 0
}

func checkClientID(s string) error {
	if s == "" || len(s) > wire.MaxIDBytes {
		return ErrClientID
	}
	for _, r := range []byte(s) {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return ErrClientID
		}
	}
	return nil
}

func (in Rating) check() (Rating, error) {
	var err error
	if in.Comment, err = clean(strings.TrimSpace(in.Comment)); err != nil {
		return in, ErrText.At("comment")
	}
	switch {
	case in.Rating != 1 && in.Rating != -1:
		return in, ErrRating
	case utf8.RuneCountInString(in.Comment) > wire.MaxCommentRunes:
		return in, ErrComment
	}
	return in, checkClientID(in.ClientID)
}

// cut is the beginning of a text, for lists.
func cut(s string, runes int) string {
	if len(s) <= runes {
		return s
	}
	for i := range s {
		if runes == 0 {
			return s[:i]
		}
		runes--
	}
	return s
}

package agent

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley/internal/kernel/wire"
)

// Limits of a password, in characters.
const (
	MinPasswordRunes = 10
	MaxPasswordRunes = 200
)

//go:embed common_passwords.txt
var commonText string

// common holds passwords of 10 and more characters that guessers try first, in lower case.
var common = strings.Fields(commonText)

// NormalEmail checks an email address and puts it into the one form that is stored and compared.
func NormalEmail(s string) (string, error) {
	s = strings.ToLower(norm.NFC.String(strings.TrimSpace(s)))
	local, domain, _ := strings.Cut(s, "@")
	if len(s) > wire.MaxEmailBytes || !utf8.ValidString(s) || len(local) > 64 || !mailLocal(local) || !mailDomain(domain) {
		return "", ErrEmail
	}
	return s, nil
}

// mailLocal takes what mail servers take without quotes.
func mailLocal(s string) bool {
	if s == "" || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
	})
}

func mailDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 && s != "localhost" {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.ContainsFunc(l, func(r rune) bool {
				return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
			}) {
			return false
		}
	}
	return true
}

// NormalName checks a person's name: 1 to 100 characters on one line.
func NormalName(s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	if s == "" || utf8.RuneCountInString(s) > wire.MaxNameRunes || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", ErrName
	}
	return s, nil
}

// checkPassword refuses what is too short, too long, the email address, or tried first by everybody who guesses.
func checkPassword(password, email string) error {
	if n := utf8.RuneCountInString(password); n < MinPasswordRunes || n > MaxPasswordRunes || !utf8.ValidString(password) {
		return ErrPassword
	}
	low := strings.ToLower(password)
	if low == email || slices.Contains(common, low) || monotonous(low) {
		return ErrCommon
	}
	return nil
}

// monotonous is fewer than four different characters, or one run up or down the keys: aaaaaaaaaa, 0123456789.
func monotonous(s string) bool {
	runes := []rune(s)
	kinds, up, down := map[rune]bool{}, true, true
	for i, r := range runes {
		kinds[r] = true
		if i > 0 {
			up = up && r == runes[i-1]+1
			down = down && r == runes[i-1]-1
		}
	}
	return len(kinds) < 4 || up || down
}

// spelled makes one password of all the ways to type it: keyboards differ in how they compose letters.
func spelled(password string) string { return norm.NFC.String(password) }

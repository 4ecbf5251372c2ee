package agent

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

const (
	freeTries  = 10 // somebody who tries all their passwords is not made to wait
	firstWait  = 2 * time.Second
	longWait   = 15 * time.Minute // 100 guesses a day against an account at most, and its owner is never out for longer
	forgetAway = 24 * time.Hour   // failures this old do not count any more
)

// waitAfter says how much longer an account has to wait after failures of which the last was at last: nothing for the
// first ten, then 2 s, 4 s, 8 s … to 15 minutes.
func waitAfter(failures int64, last, now time.Time) time.Duration {
	if failures < freeTries || now.Sub(last) >= forgetAway {
		return 0
	}
	wait := longWait
	if n := failures - freeTries; n < 9 { // 2 s << 9 is above the longest
		wait = min(longWait, firstWait<<n)
	}
	return max(0, last.Add(wait).Sub(now))
}

// newToken makes a secret of 32 random bytes. Only its hash is stored: who reads the database cannot log in with it.
func newToken() (token, hash string) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	return token, hashOf(token)
}

// tokenHash is the hash of a well-formed token; others need not be looked up.
func tokenHash(token string) (string, bool) {
	if len(token) != 43 {
		return "", false
	}
	if _, err := base64.RawURLEncoding.DecodeString(token); err != nil {
		return "", false
	}
	return hashOf(token), true
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// browserName names a browser for the list of logins: "Firefox on Linux". Order matters: everybody claims to be Safari.
func browserName(userAgent string) string {
	name := firstIn(userAgent, [][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"Go-http-client", "A program"},
	}, "Unknown browser")
	system := firstIn(userAgent, [][2]string{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
	}, "")
	if system == "" {
		return name
	}
	return name + " on " + system
}

func firstIn(s string, marks [][2]string, otherwise string) string {
	for _, m := range marks {
		if strings.Contains(s, m[0]) {
			return m[1]
		}
	}
	return otherwise
}

package help

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"parley/internal/kernel/id"
)

// newBallot is a random name for a browser that has voted.
func newBallot() string { return rand.Text() }

// validBallot tells a ballot from what else may come in a cookie.
func validBallot(s string) bool {
	return len(s) == len(rand.Text()) && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// voterOf is the name under which a ballot's votes are kept in a property: not the cookie itself, and another one in every
// property, so that nobody who sees votes can vote for somebody, or follow them from one help centre to the next.
func voterOf(p id.Property, ballot string) string {
	sum := sha256.Sum256([]byte(string(p) + "/" + ballot))
	return "b-" + base64.RawURLEncoding.EncodeToString(sum[:18])
}

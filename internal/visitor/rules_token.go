package visitor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"

	"parley/internal/kernel/id"
)

const (
	tokenLife  = 180 * 24 * time.Hour
	tokenFresh = 30 * 24 * time.Hour // older ones are renewed by welcome, so a regular never loses the conversation
	tokenSkew  = time.Hour           // a token from the future: another node's clock, but not more than that
	tokenBytes = 16 + 16 + 8
	keyBytes   = 32
)

// Token is what a good token says.
type Token struct {
	Visitor  id.Visitor
	IssuedAt time.Time
}

// Stale reports whether the token should be renewed.
func (t Token) Stale(now time.Time) bool { return now.Sub(t.IssuedAt) > tokenFresh }

// Tokens makes and checks visitors' tokens with the installation's key.
type Tokens struct{ key []byte }

// NewTokens takes the key that every node of the installation has.
func NewTokens(key []byte) Tokens { return Tokens{key: key} }

// Make signs a token for a visitor of a property.
func (k Tokens) Make(v id.Visitor, p id.Property, now time.Time) string {
	var body [tokenBytes]byte
	visitor, property := uuid.MustParse(string(v)), uuid.MustParse(string(p))
	copy(body[:16], visitor[:])
	copy(body[16:32], property[:])
	binary.BigEndian.PutUint64(body[32:], uint64(now.Unix())) //nolint:gosec // no clock here is before 1970
	enc := base64.RawURLEncoding
	return enc.EncodeToString(body[:]) + "." + enc.EncodeToString(k.sign(body[:]))
}

// Check reads a token. One that is damaged, expired, another property's or another installation's is not ok:
// its bearer is a new visitor, never an error page.
func (k Tokens) Check(token string, p id.Property, now time.Time) (Token, bool) {
	left, right, ok := strings.Cut(token, ".")
	enc := base64.RawURLEncoding.Strict()
	if !ok || len(left) != enc.EncodedLen(tokenBytes) || len(right) != enc.EncodedLen(sha256.Size) {
		return Token{}, false
	}
	body, err := enc.DecodeString(left)
	if err != nil {
		return Token{}, false
	}
	mac, err := enc.DecodeString(right)
	if err != nil || !hmac.Equal(mac, k.sign(body)) {
		return Token{}, false
	}
	if id.Property(uuid.UUID(body[16:32]).String()) != p {
		return Token{}, false
	}
	issued := time.Unix(int64(binary.BigEndian.Uint64(body[32:])), 0).UTC() //nolint:gosec // signed by us
	if age := now.Sub(issued); age > tokenLife || age < -tokenSkew {
		return Token{}, false
	}
	return Token{Visitor: id.Visitor(uuid.UUID(body[:16]).String()), IssuedAt: issued}, true
}

func (k Tokens) sign(body []byte) []byte {
	h := hmac.New(sha256.New, k.key)
	h.Write(body)
	return h.Sum(nil)
}

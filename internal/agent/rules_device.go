package agent

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

const (
	deviceFor     = 180 * 24 * time.Hour // after an account was last used in the browser
	deviceMost    = 5                    // accounts that a browser is known to
	deviceName    = 16                   // random bytes
	deviceMAC     = 16                   // bytes of HMAC-SHA256: nobody guesses even those
	deviceKeySize = 32
)

// A device is a browser in which somebody has logged in. Its cookie is a random name and, for each of the accounts that it
// is known to, when that was and a signature: "name.mark.mark…". It says nothing about who they are, and grants nothing but
// a count of wrong passwords of its own, so that a stranger who guesses does not make the owner wait.

// deviceKey signs the marks of devices; it is the installation's.
type deviceKey []byte

// deviceIn is the name of the device that a cookie is of, if it is known to the account.
func (k deviceKey) deviceIn(cookie, email string, now time.Time) (name string, ok bool) {
	name, marks, ok := parseDevice(cookie)
	if !ok || len(k) == 0 {
		return "", false
	}
	return name, slices.ContainsFunc(marks, func(mark string) bool { return k.good(name, mark, email, now) })
}

// mark is the cookie once the account has been used on its device, and of a new device where the cookie is none.
func (k deviceKey) mark(cookie, email string, now time.Time) string {
	enc := base64.RawURLEncoding
	name, marks, ok := parseDevice(cookie)
	if !ok {
		var raw [deviceName]byte
		_, _ = rand.Read(raw[:]) // never fails
		name, marks = enc.EncodeToString(raw[:]), nil
	}
	marks = slices.DeleteFunc(marks, func(mark string) bool { return k.good(name, mark, email, now) })
	at := binary.BigEndian.AppendUint64(nil, uint64(now.Unix())) //nolint:gosec // no clock here is before 1970
	marks = append(marks, enc.EncodeToString(append(at, k.sign(name, email, at)...)))
	marks = marks[max(0, len(marks)-deviceMost):]
	return name + "." + strings.Join(marks, ".")
}

func (k deviceKey) good(name, mark, email string, now time.Time) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(mark)
	if err != nil || len(raw) != 8+deviceMAC || !hmac.Equal(raw[8:], k.sign(name, email, raw[:8])) {
		return false
	}
	since := now.Sub(time.Unix(int64(binary.BigEndian.Uint64(raw)), 0)) //nolint:gosec // signed by us
	return since < deviceFor
}

func (k deviceKey) sign(name, email string, at []byte) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("device\n" + name + "\n" + email + "\n"))
	h.Write(at)
	return h.Sum(nil)[:deviceMAC]
}

// parseDevice takes a cookie apart; ok is false for what we cannot have made.
func parseDevice(cookie string) (name string, marks []string, ok bool) {
	parts := strings.Split(cookie, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	if err != nil || len(raw) != deviceName || len(parts) < 2 || len(parts) > 1+deviceMost {
		return "", nil, false
	}
	return parts[0], parts[1:], true
}

// guesser is whose wrong passwords are counted together: everybody who tries an account from anywhere, or one device that
// it has been used on, or one login of it.
type guesser struct {
	tries string // where the tries are counted
	place string // which place's log-ins are limited: a device does not share its network's limit
}

func stranger(email, network string) guesser { return guesser{tries: hashOf(email), place: network} }

// ofAccount is a guesser whom the account knows; its tries are forgotten with the account's.
func ofAccount(email, name string) guesser {
	return guesser{tries: hashOf(email) + ":" + hashOf(name)[:32], place: "known:" + hashOf(name)}
}

package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPasswordsAreHashedAsOWASPSays(t *testing.T) {
	h := newHasher(hashParams)
	hash, err := h.hash(t.Context(), "gräßlich lang")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%s, %v", hash, err)
	}
	for password, want := range map[string]bool{"gräßlich lang": true, "gra\u0308ßlich lang": true, "graßlich lang": false, "": false} {
		if ok, err := h.matches(t.Context(), password, hash); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := h.matches(t.Context(), "", ""); ok || err != nil {
		t.Errorf("nobody's: %v, %v", ok, err)
	}
}

func TestOnlySomeHashesAtOnce(t *testing.T) {
	h := newHasher(hashParams)
	for range hashesAtOnce {
		done, err := h.slot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.slot(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up: %v", err)
	}
	h.waiting.Store(hashesWait)
	if _, err := h.slot(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("a full queue: %v", err)
	}
}

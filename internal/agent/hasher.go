package agent

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
)

// OWASP's second choice for argon2id: 19 MiB and two rounds, some 20 ms, so that a small server bears a busy morning.
var hashParams = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	hashesAtOnce = 2  // 38 MiB at most
	hashesWait   = 50 // a second of work; who comes later is told so
)

// hasher makes and checks password hashes, a few at a time.
type hasher struct {
	params  argon2id.Params
	nobody  string // the hash of no password: an unknown account takes as long as a known one
	slots   chan struct{}
	waiting atomic.Int32
}

func newHasher(p argon2id.Params) *hasher {
	// Salt and key of nobody are zeros: only the parameters matter, they make the work.
	nobody := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism,
		strings.Repeat("A", 22), strings.Repeat("A", 43))
	return &hasher{params: p, nobody: nobody, slots: make(chan struct{}, hashesAtOnce)}
}

func (h *hasher) slot(ctx context.Context) (func(), error) {
	if h.waiting.Add(1) > hashesWait {
		h.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash makes the hash of a new password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.slot(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	hash, err := argon2id.CreateHash(spelled(password), &h.params)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// matches compares; an empty hash (nobody's) takes the same time and never matches.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	done, err := h.slot(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	known := hash != ""
	if !known {
		hash = h.nobody
	}
	same, err := argon2id.ComparePasswordAndHash(spelled(password), hash)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return same && known, nil
}

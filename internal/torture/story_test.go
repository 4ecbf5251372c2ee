package torture

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// maxFaults end a run: what follows the first few is mostly their consequence.
const maxFaults = 5

// story is everything that happened, in the order in which the test saw it, and what went wrong in it.
type story struct {
	t     testing.TB
	seed  uint64
	began time.Time

	mu      sync.Mutex
	entries []entry
	faults  []string
	broken  chan struct{} // closed when there were too many faults
}

type entry struct {
	at      time.Duration
	who     string // empty: the chaos
	session id.Session
	what    string
}

func newStory(t testing.TB, seed uint64) *story {
	return &story{t: t, seed: seed, began: time.Now(), broken: make(chan struct{})}
}

func (s *story) tell(who string, session id.Session, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = append(s.entries, entry{time.Since(s.began), who, session, fmt.Sprintf(format, args...)})
}

// fault notes a broken promise together with what happened before it: in the session, to who was there, and of the chaos.
func (s *story) fault(who string, session id.Session, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) >= maxFaults {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %s: %s\nsession %s, its last events:\n", s.seed, who, fmt.Sprintf(format, args...), session)
	var lines []string
	for _, e := range s.entries {
		if e.who == "" || session != "" && e.session == session || session == "" && e.who == who {
			lines = append(lines, fmt.Sprintf("  %9.3f s  %-12s %s", e.at.Seconds(), e.who, e.what))
		}
	}
	b.WriteString(strings.Join(lines[max(0, len(lines)-60):], "\n"))
	s.faults = append(s.faults, b.String())
	if len(s.faults) == maxFaults {
		close(s.broken)
	}
}

// disasters is what happened to the nodes, and when.
func (s *story) disasters() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, e := range s.entries {
		if e.who == "" {
			fmt.Fprintf(&b, "\n  %9.3f s  %s", e.at.Seconds(), e.what)
		}
	}
	return b.String()
}

// report fails the test with what went wrong.
func (s *story) report() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		s.t.Errorf("%s", f)
	}
	if len(s.faults) > 0 {
		s.t.Logf("again: PARLEY_TORTURE_SEED=%d go test ./internal/torture (the choices are the same; what the scheduler makes of them is not)", s.seed)
	}
}

// words are what somebody said, and what became of the promise that goes with it.
type words struct {
	key     string
	who     string // name
	author  string // id
	n       int    // the sender's count: their order
	text    string
	whisper bool
	putOff  bool // refused for a while at least once
	ack     *wire.Ack
	refused string // for good: the code
}

// ledger is what everybody said and was promised.
type ledger struct {
	mu    sync.Mutex
	words map[string]*words
	ends  map[id.Session]bool // asked for by the visitor; true: promised
}

func newLedger() *ledger { return &ledger{words: map[string]*words{}, ends: map[id.Session]bool{}} }

func (l *ledger) say(w *words) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words[w.key] = w
}

// acked notes a promise. The first answer holds for ever: another one is a fault.
func (l *ledger) acked(s *story, a wire.Ack) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.words[a.ID]
	switch {
	case w == nil:
	case w.refused != "":
		s.fault(w.who, a.Session, "%q was refused with %s, and acknowledged later: %+v", w.text, w.refused, a)
	case a.Session == "" || a.Seq == 0 || a.At == 0:
		s.fault(w.who, a.Session, "%q has an acknowledgement without a place: %+v", w.text, a)
	case w.ack == nil:
		w.ack = &a
	case *w.ack != a:
		s.fault(w.who, a.Session, "%q was answered with %+v, and the second time with %+v", w.text, *w.ack, a)
	}
}

func (l *ledger) refusedFor(s *story, key, code string, session id.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.words[key]
	if w == nil {
		return
	}
	if w.ack != nil {
		s.fault(w.who, session, "%q was acknowledged with %+v, and refused later with %s", w.text, *w.ack, code)
		return
	}
	w.refused = code
}

func (l *ledger) putOff(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.words[key]; w != nil {
		w.putOff = true
	}
}

func (l *ledger) text(key string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, ok := l.words[key]
	if !ok {
		return "", false
	}
	return w.text, true
}

func (l *ledger) end(session id.Session, promised bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends[session] = l.ends[session] || promised
}

// all is what was said, and which sessions were ended; for when everybody is quiet.
func (l *ledger) all() (map[string]*words, map[id.Session]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.words, l.ends
}

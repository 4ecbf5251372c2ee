package torture

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// person is a visitor's browser or an agent's: windows, and one outbox that all of them share and that outlives them.
type person struct {
	*world
	name    string
	rng     *rand.Rand // what this person does; under mu
	abreast int        // commands under way at once
	part    part

	mu      sync.Mutex
	box     []*item
	said    int
	windows []*window
	speaker *window // which sends what is in the box
}

// part is what visitors and agents do differently. All of it is called under the person's lock.
type part interface {
	road() (path, query string, header func(base string) http.Header)
	hello(w *window, t string) any
	take(w *window, t string, raw []byte)
	answered(it *item, ack wire.Ack)
	refused(it *item, e wire.Error)
	ask(w *window, s id.Session, th *thread) any // for the first hole
}

// item is a command in the outbox, until it is answered.
type item struct {
	key    string
	frame  any
	alone  bool // not beside others: an end
	twice  bool // also over another window
	until  time.Time
	sentOn map[*window]sending
}

type sending struct {
	turn int
	at   time.Time
}

// window is a tab, or a dashboard: it keeps a line open to one node or another.
type window struct {
	*person
	n          int
	fallback   bool
	turnedAway atomic.Bool // the last connection was closed because hello could not be answered just now

	rng  *rand.Rand // which node, how long until the next try; used by run alone
	anew chan struct{}

	line    line
	turn    int
	live    bool
	threads map[id.Session]*thread
	newest  id.Session // visitors: the one shown
	rows    map[id.Chat]wire.Row
}

// thread is what a window has of a session, by place.
type thread struct {
	got   map[int64]seen
	holed time.Time // there is a hole since
	asked time.Time
	chat  id.Chat // agents: a chat to ask for it with
}

// seen is a message as a window has it.
type seen struct {
	ID     string
	Kind   wire.Kind
	From   wire.From
	Author id.Agent
	Text   string
	By     wire.EndedBy
}

func (th *thread) last() (whole, highest int64) {
	for th.got[whole+1] != (seen{}) {
		whole++
	}
	for seq := range th.got {
		highest = max(highest, seq)
	}
	return whole, highest
}

func (th *thread) lowest() int64 {
	lowest := int64(1) << 62
	for seq := range th.got {
		lowest = min(lowest, seq)
	}
	return lowest
}

func newPerson(w *world, name string, stream uint64, p part) *person {
	return &person{world: w, name: name, rng: rand.New(rand.NewPCG(w.seed, stream)), abreast: 1, part: p}
}

func (p *person) open(fallback bool) *window {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &window{
		person: p, n: len(p.windows) + 1, fallback: fallback, rng: rand.New(rand.NewPCG(p.rng.Uint64(), 3)), anew: make(chan struct{}, 1),
		threads: map[id.Session]*thread{}, rows: map[id.Chat]wire.Row{},
	}
	p.windows = append(p.windows, w)
	return w
}

// run keeps the window connected until ctx ends.
func (w *window) run(ctx context.Context) {
	for ctx.Err() == nil {
		if closed := w.connect(ctx); closed != nil {
			w.stay(ctx, closed)
		}
		w.hangUp()
		pause(ctx, between(w.rng, 5*time.Millisecond, 80*time.Millisecond))
	}
}

// connect opens a line to a node that the dice name.
func (w *window) connect(ctx context.Context) (closed chan struct{}) {
	base, posts := w.nodes[w.rng.IntN(len(w.nodes))].front.url(), w.nodes[w.rng.IntN(len(w.nodes))].front.url()
	closed = make(chan struct{})
	var once sync.Once
	w.mu.Lock()
	w.turn++
	turn := w.turn
	path, query, header := w.part.road()
	c := call{
		socket: base + path + "/socket" + query, stream: base + path + "/stream" + query, frames: posts + path + "/frames" + query,
		header: header(base), hello: encode(w.part.hello(w, "hello")),
		attach: func() []byte { w.mu.Lock(); defer w.mu.Unlock(); return encode(w.part.hello(w, "attach")) },
	}
	if w.fallback {
		c.header.Del("Origin") // the same header goes to two nodes
	}
	w.mu.Unlock()
	in := inbox{
		opened: func(l line) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.line = l
		},
		frame: func(raw []byte) { w.hear(turn, raw) },
		closed: func(code int) {
			once.Do(func() { close(closed) })
			w.turnedAway.Store(code == wire.CloseTryLater)
			if code == wire.CloseLoggedOut || code == wire.CloseNotAllowed || code == wire.CloseBadFrame || code == wire.CloseWrongClient {
				w.story.fault(w.name, "", "window %d was shown out with code %d", w.n, code)
			}
		},
	}
	dial := dialSocket
	if w.fallback {
		dial = dialStream
	}
	err := dial(c, in)
	if r, ok := errors.AsType[*refused](err); ok && r.status < 500 && ctx.Err() == nil {
		w.story.fault(w.name, "", "window %d was refused with status %d", w.n, r.status)
	}
	if err != nil {
		return nil
	}
	return closed
}

// stay keeps the client's clocks until the line is closed, by the other side or because it is time for a new page.
func (w *window) stay(ctx context.Context, closed chan struct{}) {
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-closed:
			return
		case <-w.anew:
			return
		case now := <-tick.C:
			if w.late(now, began) {
				return
			}
		}
	}
}

// late does what is due, and says whether the server has been silent for too long.
func (w *window) late(now, began time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.live {
		return now.Sub(began) > answerWait
	}
	for _, it := range w.box {
		if s, ok := it.sentOn[w]; ok && s.turn == w.turn && now.Sub(s.at) > answerWait {
			return true
		}
	}
	w.pump()
	for s, th := range w.threads {
		whole, highest := th.last()
		switch {
		case whole == highest:
			th.holed = time.Time{}
		case th.holed.IsZero():
			th.holed = now
		case now.Sub(th.holed) > 150*time.Millisecond && now.Sub(th.asked) > 500*time.Millisecond:
			th.asked = now
			if q := w.part.ask(w, s, th); q != nil {
				w.line.send(encode(q))
			}
		}
	}
	return false
}

func (w *window) hangUp() {
	w.mu.Lock()
	l := w.line
	w.line, w.live = nil, false
	w.turn++
	if w.speaker == w {
		w.speaker = nil
		for _, other := range w.windows {
			if other.live {
				w.speaker = other
				other.pump()
				break
			}
		}
	}
	w.mu.Unlock()
	if l != nil {
		l.cut()
	}
}

// hear takes a frame, unless it comes late from an earlier line.
func (w *window) hear(turn int, raw []byte) {
	var b wire.Base
	if err := json.Unmarshal(raw, &b); err != nil {
		w.story.fault(w.name, "", "window %d got what is no frame: %q", w.n, raw)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if turn != w.turn {
		return
	}
	switch b.T {
	case "ack":
		w.acked(decode[wire.Ack](raw))
	case "error":
		w.denied(decode[wire.Error](raw))
	case "resync":
		w.line.send(encode(w.part.hello(w, "hello")))
	case "welcome":
		w.live = true
		w.part.take(w, b.T, raw)
		w.pump()
	default:
		w.part.take(w, b.T, raw)
	}
}

func (w *window) acked(a wire.Ack) {
	w.ledger.acked(w.story, a)
	w.story.tell(w.name, a.Session, "window %d: ack of %s: seq %d vseq %d", w.n, w.short(a.ID), a.Seq, a.VSeq)
	if it := w.find(a.ID); it != nil {
		w.settle(it)
		w.part.answered(it, a)
	}
	w.pump()
}

func (w *window) denied(e wire.Error) {
	it := w.find(e.ID)
	if it == nil {
		return
	}
	w.story.tell(w.name, "", "window %d: %s of %s, again in %d ms", w.n, e.Code, w.short(e.ID), e.RetryAfterMS)
	if e.RetryAfterMS > 0 {
		w.ledger.putOff(e.ID)
		it.until = time.Now().Add(time.Duration(e.RetryAfterMS) * time.Millisecond)
		delete(it.sentOn, w)
		return
	}
	if e.Code == "internal" {
		w.story.fault(w.name, "", "%s was answered with internal: %+v", w.short(e.ID), e)
	}
	w.settle(it)
	w.part.refused(it, e)
	w.pump()
}

// short names a command in the story.
func (p *person) short(key string) string {
	if text, ok := p.ledger.text(key); ok {
		return text[:min(len(text), 30)]
	}
	return key
}

func (p *person) find(key string) *item {
	for _, it := range p.box {
		if it.key == key {
			return it
		}
	}
	return nil
}

func (p *person) settle(it *item) {
	p.box = slices.DeleteFunc(p.box, func(other *item) bool { return other == it })
}

// add puts a command into the outbox.
func (p *person) add(it *item) {
	it.sentOn = map[*window]sending{}
	p.box = append(p.box, it)
	if p.speaker != nil {
		p.speaker.pump()
	}
}

// pump sends what may go: in order, and on no line a command without those before it. The window that speaks sends all;
// another one only up to the last command that is to go twice.
func (w *window) pump() {
	if !w.live {
		return
	}
	if w.speaker == nil {
		w.speaker = w
	}
	now := time.Now()
	upTo := -1
	for i, it := range w.box {
		if i >= w.abreast || now.Before(it.until) || it.alone && i > 0 {
			break
		}
		if w.speaker == w || it.twice {
			upTo = i
		}
		if it.alone {
			break
		}
	}
	for _, it := range w.box[:upTo+1] {
		if s, ok := it.sentOn[w]; ok && s.turn == w.turn {
			continue
		}
		it.sentOn[w] = sending{w.turn, now}
		raw := encode(it.frame)
		w.line.send(raw)
		if it.twice {
			w.line.send(raw)
		}
	}
	if w.speaker == w && upTo >= 0 && w.box[upTo].twice {
		for _, other := range w.windows {
			if other != w {
				other.pump()
			}
		}
	}
}

// put keeps a message. Two different ones in one place are a fault.
func (w *window) put(s id.Session, seq int64, m seen) *thread {
	th := w.threads[s]
	if th == nil {
		th = &thread{got: map[int64]seen{}}
		w.threads[s] = th
	}
	if was, ok := th.got[seq]; ok && was != m {
		w.story.fault(w.name, s, "window %d has two messages with seq %d: %+v and %+v", w.n, seq, was, m)
	}
	th.got[seq] = m
	return th
}

// reconnect is a new page in the same window.
func (w *window) reconnect() {
	select {
	case w.anew <- struct{}{}:
	default:
	}
}

func encode(frame any) []byte {
	raw, err := json.Marshal(frame)
	if err != nil {
		panic(err) // our own types always encode
	}
	return raw
}

// decode reads what the server's own types wrote.
func decode[F any](raw []byte) F {
	var f F
	if err := json.Unmarshal(raw, &f); err != nil {
		panic(string(raw) + ": " + err.Error())
	}
	return f
}

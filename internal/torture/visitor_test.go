package torture

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// visitor is somebody's browser with the widget in several tabs, which share the token and the outbox.
type visitor struct {
	*person
	token   string
	id      id.Visitor
	session id.Session // of the last acknowledgement or of the tabs' welcomes; empty when it has ended
	known   chan struct{}
	silent  atomic.Bool // is in no session, as far as they know
	opener  id.Opener   // of an agent who spoke first; empty: nothing waits for an answer
}

func newVisitor(w *world, n int) *visitor {
	v := &visitor{known: make(chan struct{})}
	v.person = newPerson(w, fmt.Sprintf("visitor %d", n), uint64(100+n), v)
	return v
}

func (*visitor) origin() string { return "https://shop.example" }

func (v *visitor) road() (path, query string, header func(string) http.Header) {
	return "/api/v1/visitor", "?property=" + string(v.property), func(string) http.Header {
		return http.Header{"Origin": {v.origin()}, "User-Agent": {browser}}
	}
}

func (v *visitor) hello(w *window, t string) any {
	h := wire.VisitorHello{
		T: t, V: wire.Version, Property: v.property, Token: v.token, Session: w.newest, Language: "en", TimeZone: "Europe/Prague", Open: true,
		Page: wire.Page{URL: fmt.Sprintf("https://shop.example/%d", w.turn), Title: "Shop"},
	}
	if th := w.threads[w.newest]; th != nil {
		h.Last, _ = th.last()
	}
	return h
}

// take is the widget's picture of the world.
func (v *visitor) take(w *window, t string, raw []byte) {
	switch t {
	case "welcome":
		v.welcome(w, decode[wire.Welcome](raw))
	case "opener":
		v.hear(w, decode[wire.OpenerFrame](raw).Opener)
	case "session":
		v.enter(w, decode[wire.VisitorSessionFrame](raw).Session)
	case "message":
		f := decode[wire.VisitorMessageFrame](raw)
		w.newest = max(w.newest, f.Session)
		v.see(w, f.Session, f.M)
	case "history":
		f := decode[wire.VisitorHistoryFrame](raw)
		for _, m := range f.Messages {
			v.see(w, f.Session, m)
		}
	}
}

func (v *visitor) welcome(w *window, f wire.Welcome) {
	if f.Token != "" {
		v.token = f.Token
	}
	if v.id == "" {
		v.id = f.Visitor
		close(v.known)
	}
	if v.id != f.Visitor {
		v.story.fault(v.name, "", "window %d was taken for another visitor: %s, not %s", w.n, f.Visitor, v.id)
	}
	v.hear(w, f.Opener)
	if f.Session == nil {
		return
	}
	v.enter(w, *f.Session)
	for _, m := range f.Messages {
		v.see(w, f.Session.ID, m)
	}
}

func (v *visitor) enter(w *window, s wire.VisitorSession) {
	w.newest = max(w.newest, s.ID) // ids sort by the time they were made
	if !s.Active && v.session == s.ID {
		v.session = ""
	}
	if !s.Active && s.EndedBy != wire.EndedByVisitor {
		v.story.fault(v.name, s.ID, "the session was ended by %q", s.EndedBy)
	}
	m := s.Marks
	if m.VisitorGot > s.Last || m.TeamGot > s.Last || m.VisitorRead > m.VisitorGot || m.TeamRead > m.TeamGot {
		v.story.fault(v.name, s.ID, "marks beyond what was said, or read beyond got: %+v of %d", m, s.Last)
	}
}

func (v *visitor) see(w *window, s id.Session, m wire.VisitorMessage) {
	switch m.Kind { //nolint:exhaustive // all others are private
	case wire.Text, wire.Joined, wire.Left, wire.Ended:
	default:
		v.story.fault(v.name, s, "a visitor saw what is private: %+v", m)
	}
	if text, ok := v.ledger.text(m.ID); ok && text != m.Text {
		v.story.fault(v.name, s, "words were changed: %q to %q", text, m.Text)
	}
	got := seen{ID: m.ID, Kind: m.Kind, From: m.From, Text: m.Text, By: m.By}
	if m.Author != nil {
		got.Author = m.Author.ID
	}
	w.put(s, m.Seq, got)
}

// answered stands for the message itself, which does not come back to the line that sent it.
func (v *visitor) answered(it *item, a wire.Ack) {
	if it.alone { // an end
		v.ledger.end(a.Session, true)
		if v.session == a.Session {
			v.session = ""
		}
		return
	}
	v.session = a.Session
	text, _ := v.ledger.text(a.ID)
	for _, w := range v.windows {
		if s, ok := it.sentOn[w]; ok && s.turn == w.turn {
			w.newest = max(w.newest, a.Session)
			w.put(a.Session, a.Seq, seen{ID: a.ID, Kind: wire.Text, From: wire.FromVisitor, Text: text})
		}
	}
}

func (v *visitor) refused(it *item, e wire.Error) {
	v.story.fault(v.name, v.session, "the visitor's %T was refused with %s", it.frame, e.Code)
}

func (v *visitor) ask(_ *window, s id.Session, th *thread) any {
	whole, _ := th.last()
	if whole == 0 {
		return wire.VisitorHistory{T: "history", ID: id.New[string](), Session: s, Before: th.lowest()}
	}
	return wire.VisitorHistory{T: "history", ID: id.New[string](), Session: s, After: whole}
}

// live does what visitors do until ctx ends.
func (v *visitor) live(ctx context.Context) {
	for ctx.Err() == nil {
		v.mu.Lock()
		v.act()
		wait := between(v.rng, 5*time.Millisecond, v.pace)
		v.mu.Unlock()
		pause(ctx, wait)
	}
}

func (v *visitor) act() {
	w := v.windows[v.rng.IntN(len(v.windows))]
	switch x := v.rng.IntN(100); {
	case x < 70:
		if v.speaks() {
			v.say()
		}
	case x < 78:
		w.tell(wire.VisitorTyping{T: "typing", Text: "I was wondering", On: true})
	case x < 88:
		if th := w.threads[w.newest]; th != nil {
			whole, _ := th.last()
			w.tell(wire.VisitorMark{T: "mark", Session: w.newest, Got: whole, Read: max(0, whole-v.rng.Int64N(3))})
		}
	case x < 90:
		w.tell(wire.VisitorPage{T: "page", Page: wire.Page{URL: "https://shop.example/mugs", Title: "Mugs"}})
	case x < 91:
		v.dismiss(w)
	case x < 95:
		w.reconnect()
	default:
		v.end()
	}
}

// speaks leaves who is in no session mostly without a word, so that they may be spoken to.
func (v *visitor) speaks() bool {
	v.silent.Store(v.session == "" && len(v.box) == 0)
	return !v.silent.Load() || v.rng.IntN(5) == 0
}

func (v *visitor) say() {
	if len(v.box) >= 5 { // nobody types on and on into a line that is dead
		return
	}
	v.said++
	key := id.New[string]()
	text := fmt.Sprintf("%s says %d%s", v.name, v.said, strings.Repeat(" مرحبا, 🙂!", v.rng.IntN(12)))
	v.ledger.say(&words{key: key, who: v.name, author: string(v.id), n: v.said, text: text})
	v.story.tell(v.name, v.session, "says %d", v.said)
	v.add(&item{key: key, frame: wire.VisitorSend{T: "send", ID: key, Text: text}, twice: v.rng.IntN(5) == 0})
}

// end ends the session when nothing is on its way: what is said after it begins another.
func (v *visitor) end() {
	if v.session == "" || len(v.box) > 0 {
		return
	}
	key := id.New[string]()
	v.ledger.end(v.session, false)
	v.story.tell(v.name, v.session, "ends the session")
	v.add(&item{key: key, frame: wire.VisitorEnd{T: "end", ID: key, Session: v.session}, alone: true, twice: v.rng.IntN(3) == 0})
}

// tell sends what nobody answers, if there is a line.
func (w *window) tell(frame any) {
	if w.live {
		w.line.send(encode(frame))
	}
}

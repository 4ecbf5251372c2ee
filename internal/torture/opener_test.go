package torture

import (
	"fmt"
	"net/http"
	"sync"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// openers is what agents said first to visitors, by its text, which is unlike any other.
type openers struct {
	mu  sync.Mutex
	all map[string]*opening
}

// opening is one agent's first words, and what became of the promise that goes with them. A refusal promises nothing: an earlier
// try may still be under way.
type opening struct {
	key, who string
	author   id.Agent
	visitor  id.Visitor
	text     string
	ack      *wire.Ack
	chats    int // that began with it
}

func (o *openers) say(one *opening) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[string]*opening{}
	}
	o.all[one.text] = one
}

// acked notes a promise; the first answer holds for ever.
func (o *openers) acked(s *story, f wire.AgentStart, ack wire.Ack) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch one := o.all[f.Text]; {
	case ack.At == 0:
		s.fault(one.who, "", "%q has an acknowledgement without a time: %+v", f.Text, ack)
	case one.ack == nil:
		one.ack = &ack
	case *one.ack != ack:
		s.fault(one.who, "", "%q was answered with %+v, and the second time with %+v", f.Text, *one.ack, ack)
	}
}

// open speaks first to somebody who seems to be silent, or to anybody; whether or not they are there.
func (a *agent) open() {
	v := a.visitors[a.rng.IntN(len(a.visitors))]
	for _, other := range a.visitors {
		if other.silent.Load() && a.rng.IntN(3) > 0 {
			v = other
		}
	}
	select {
	case <-v.known:
	default:
		return
	}
	a.said++
	key := id.New[string]()
	f := wire.AgentStart{T: "start", ID: key, Visitor: v.id, Text: fmt.Sprintf("%s opens %d", a.name, a.said)}
	a.openers.say(&opening{key: key, who: a.name, author: a.id, visitor: v.id, text: f.Text})
	a.story.tell(a.name, "", "speaks first to %s: %d", v.name, a.said)
	a.add(&item{key: key, frame: f})
}

// hear notes what was said first to the visitor; now and then a tab tells what became of it.
func (v *visitor) hear(w *window, o *wire.Opener) {
	if v.opener = ""; o == nil {
		return
	}
	v.opener = o.ID
	if v.rng.IntN(3) == 0 {
		w.tell(wire.VisitorOpener{T: "opener", ID: o.ID, State: wire.OpenerSeen})
	}
}

// dismiss waves away what was said first, or says so once more.
func (v *visitor) dismiss(w *window) {
	if v.opener != "" {
		w.tell(wire.VisitorOpener{T: "opener", ID: v.opener, State: wire.OpenerDismissed})
	}
}

// checkOpening looks at words that nobody said in a session: they must be what it began with.
func (w *world) checkOpening(one *session, m wire.AgentMessage) bool {
	w.openers.mu.Lock()
	defer w.openers.mu.Unlock()
	o := w.openers.all[m.Text]
	if o == nil {
		return false
	}
	o.chats++
	if m.Seq != 1 || m.VSeq != 1 || m.From != wire.FromAgent || m.Author == nil || m.Author.ID != o.author || one.visitor != o.visitor || o.chats > 1 {
		w.story.fault(o.who, one.id, "said first as %+v, stored as %+v", *o, m)
	}
	return true
}

// checkOpeners holds what became of all openers against what was promised: each is there once, none waits beside a session, and
// those that were answered began one.
func (w *world) checkOpeners(s *stored) (answered int) {
	states := map[string]string{}
	for _, v := range w.visitors {
		var held struct {
			Openers []struct {
				Text    string     `json:"text"`
				State   string     `json:"state"`
				Session id.Session `json:"session"`
			} `json:"openers"`
		}
		w.call(w.agents[0].cookie, http.MethodGet, fmt.Sprintf("/properties/%s/visitors/%s/export", w.property, v.id), nil, &held)
		waiting := 0
		for _, o := range held.Openers {
			if _, twice := states[o.Text]; twice {
				w.story.fault(v.name, "", "stored twice: %q", o.Text)
			}
			states[o.Text] = o.State
			if o.State == "sent" || o.State == "seen" {
				waiting++
			}
			if one := s.sessions[o.Session]; (o.State == "answered") != (one != nil && one.messages[0].Text == o.Text) {
				w.story.fault(v.name, o.Session, "the opener is %+v, and its session does not say so", o)
			}
		}
		all := s.ofVisitor(v.id)
		if goesOn := len(all) > 0 && !all[len(all)-1].ended(); waiting > 1 || goesOn && waiting > 0 {
			w.story.fault(v.name, "", "%d openers wait, in a session: %t", waiting, goesOn)
		}
	}
	for text, o := range w.openers.all {
		state, ok := states[text]
		if o.ack != nil && !ok {
			w.story.fault(o.who, "", "acknowledged and not stored: %q", text)
		}
		if (state == "answered") != (o.chats == 1) {
			w.story.fault(o.who, "", "%q is %q and began %d sessions", text, state, o.chats)
		}
		answered += o.chats
	}
	return answered
}

package torture

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// agent is somebody of the team, with a dashboard in one or two windows.
type agent struct {
	*person
	id     id.Agent
	cookie string // of the login: it must outlive everything
}

func newAgent(w *world, n int, who id.Agent, cookie string) *agent {
	a := &agent{id: who, cookie: cookie}
	a.person = newPerson(w, fmt.Sprintf("agent %d", n), uint64(200+n), a)
	return a
}

func (a *agent) road() (path, query string, header func(string) http.Header) {
	return "/api/v1/agent", "", func(base string) http.Header {
		return http.Header{"Origin": {base}, "User-Agent": {browser}, "Cookie": {a.cookie}}
	}
}

func (a *agent) hello(_ *window, t string) any {
	return wire.AgentHello{T: t, V: wire.Version, Property: a.property}
}

// take is the dashboard's picture of the world.
func (a *agent) take(w *window, t string, raw []byte) {
	switch t {
	case "welcome":
		f := decode[wire.AgentWelcome](raw)
		clear(w.rows) // the list as it is now
		for _, r := range f.Chats {
			a.row(w, r)
			if th := w.threads[r.Session]; th != nil { // what was said meanwhile is not in the welcome
				whole, _ := th.last()
				w.watch(r.ID, whole)
			}
		}
	case "chat":
		a.row(w, decode[wire.ChatFrame](raw).Chat)
	case "rows":
		for _, u := range decode[wire.RowsFrame](raw).Rows {
			if r, ok := w.rows[u.ID]; ok && u.Version > r.Version && u.Last.Seq >= r.Last.Seq {
				r.Last, r.VisitorCount, r.UnansweredSince = u.Last, u.VisitorCount, u.UnansweredSince
				w.rows[u.ID] = r
			}
		}
	case "message":
		f := decode[wire.AgentMessageFrame](raw)
		a.see(w, f.Session, f.M)
	case "messages":
		f := decode[wire.AgentMessagesFrame](raw)
		for _, m := range f.Messages {
			a.see(w, f.Session, m)
		}
	}
}

// row keeps the newer truth, and reads a chat that the agent is in, as a dashboard does.
func (a *agent) row(w *window, r wire.Row) {
	if known, ok := w.rows[r.ID]; ok && known.Version > r.Version {
		return
	}
	if known := w.rows[r.ID]; known.Last.Seq > r.Last.Seq { // words have overtaken the change before them
		r.Last, r.VisitorCount, r.UnansweredSince = known.Last, known.VisitorCount, known.UnansweredSince
	}
	w.rows[r.ID] = r
	if isIn(r, a.id) && w.threads[r.Session] == nil {
		w.threads[r.Session] = &thread{got: map[int64]seen{}}
		w.watch(r.ID, 0)
	}
}

func isIn(r wire.Row, a id.Agent) bool {
	return slices.ContainsFunc(r.Members, func(m wire.ChatMember) bool { return m.ID == a && m.State == wire.MemberJoined })
}

func (w *window) watch(chat id.Chat, after int64) {
	w.tell(wire.AgentWatch{T: "watch", ID: id.New[string](), Chat: chat, After: after})
}

func (a *agent) see(w *window, s id.Session, m wire.AgentMessage) {
	if text, ok := a.ledger.text(m.ID); ok && text != m.Text {
		a.story.fault(a.name, s, "words were changed: %q to %q", text, m.Text)
	}
	w.put(s, m.Seq, ofAgents(m)).chat = m.Chat
}

// ofAgents is a message as agents see it.
func ofAgents(m wire.AgentMessage) seen {
	got := seen{ID: m.ID, Kind: m.Kind, From: m.From, Text: m.Text, By: m.By}
	if m.Author != nil {
		got.Author = m.Author.ID
	}
	return got
}

// ofVisitor is the same message as its visitor sees it.
func ofVisitor(m wire.AgentMessage) seen {
	got := ofAgents(m)
	if m.From == wire.FromVisitor {
		got.Author = ""
	}
	return got
}

func (a *agent) answered(it *item, ack wire.Ack) {
	if f, is := it.frame.(wire.AgentStart); is {
		a.openers.acked(a.story, f, ack)
	}
	said, ok := it.frame.(wire.AgentSend)
	if c, is := it.frame.(wire.AgentChatCommand); is && c.T == "end" {
		a.story.fault(a.name, ack.Session, "an agent ended a session: %+v", ack)
	}
	if !ok {
		return
	}
	kind := wire.Text
	if said.Whisper {
		kind = wire.Whisper
	}
	for _, w := range a.windows {
		if s, ok := it.sentOn[w]; ok && s.turn == w.turn {
			w.put(ack.Session, ack.Seq, seen{ID: ack.ID, Kind: kind, From: wire.FromAgent, Author: a.id, Text: said.Text}).chat = ack.Chat
		}
	}
}

func (a *agent) refused(it *item, e wire.Error) {
	a.ledger.refusedFor(a.story, it.key, e.Code, "")
	switch e.Code {
	case "chat.only_visitor_ends":
		if c, ok := it.frame.(wire.AgentChatCommand); ok && c.T == "end" {
			return
		}
	case "chat.ended", "chat.superseded", "chat.closed": // the list was old
		return
	case "chat.session_active", "visitor.gone": // writes already, or has no line just now
		if _, ok := it.frame.(wire.AgentStart); ok {
			return
		}
	}
	a.story.fault(a.name, "", "%+v was refused with %s", it.frame, e.Code)
}

func (a *agent) ask(_ *window, _ id.Session, th *thread) any {
	if th.chat == "" {
		return nil
	}
	whole, _ := th.last()
	if whole == 0 {
		return wire.AgentHistory{T: "history", ID: id.New[string](), Chat: th.chat, Before: th.lowest()}
	}
	return wire.AgentWatch{T: "watch", ID: id.New[string](), Chat: th.chat, After: whole}
}

func (a *agent) live(ctx context.Context) {
	for ctx.Err() == nil {
		a.mu.Lock()
		a.act()
		wait := between(a.rng, 5*time.Millisecond, a.pace)
		a.mu.Unlock()
		pause(ctx, wait)
	}
}

func (a *agent) act() {
	w := a.windows[a.rng.IntN(len(a.windows))]
	if len(a.box) < 5 && a.rng.IntN(8) == 0 {
		a.open()
		return
	}
	chat, ok := a.pick(w)
	if !ok || len(a.box) >= 5 {
		return
	}
	switch x := a.rng.IntN(100); {
	case x < 48:
		a.say(chat, false)
	case x < 60:
		a.say(chat, true)
	case x < 68:
		a.command("join", chat)
	case x < 72:
		a.command("leave", chat)
	case x < 80:
		a.command("close", chat)
	case x < 83:
		a.command("end", chat)
	case x < 86:
		key := id.New[string]()
		other := a.agents[a.rng.IntN(len(a.agents))]
		if other != a {
			a.add(&item{key: key, frame: wire.AgentInvite{T: "invite", ID: key, Chat: chat.ID, Agent: other.id}})
		}
	case x < 90:
		w.watch(chat.ID, 0)
	case x < 94:
		w.tell(wire.AgentTyping{T: "typing", Chat: chat.ID, On: true})
	case x < 98:
		if th := w.threads[chat.Session]; th != nil {
			whole, _ := th.last() // of agents' places: may be more than the visitor has, and is then passed over
			w.tell(wire.AgentMark{T: "mark", Chat: chat.ID, Got: whole, Read: whole, Count: chat.VisitorCount})
		}
	default:
		w.reconnect()
	}
}

// pick is one of the chats in the list, often one that waits, sometimes one that is over.
func (a *agent) pick(w *window) (wire.Row, bool) {
	rows := slices.SortedFunc(maps.Values(w.rows), func(x, y wire.Row) int {
		if x.ID < y.ID {
			return 1
		}
		return -1
	})
	rows = rows[:min(len(rows), 8)]
	if len(rows) == 0 {
		return wire.Row{}, false
	}
	return rows[a.rng.IntN(len(rows))], true
}

func (a *agent) say(chat wire.Row, whisper bool) {
	a.said++
	key := id.New[string]()
	text := fmt.Sprintf("%s says %d", a.name, a.said)
	if whisper {
		text = fmt.Sprintf("%s whispers %d", a.name, a.said)
	}
	a.ledger.say(&words{key: key, who: a.name, author: string(a.id), n: a.said, text: text, whisper: whisper})
	a.story.tell(a.name, chat.Session, "says %d in chat %d (whisper: %t)", a.said, chat.Number, whisper)
	a.add(&item{key: key, frame: wire.AgentSend{T: "send", ID: key, Chat: chat.ID, Text: text, Whisper: whisper}, twice: a.rng.IntN(5) == 0})
}

func (a *agent) command(t string, chat wire.Row) {
	key := id.New[string]()
	a.story.tell(a.name, chat.Session, "%s chat %d", t, chat.Number)
	a.add(&item{key: key, frame: wire.AgentChatCommand{T: t, ID: key, Chat: chat.ID}, twice: a.rng.IntN(5) == 0})
}

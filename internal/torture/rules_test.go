package torture

import (
	"cmp"
	"slices"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// check holds what is stored against what was promised and against the rules of a chat's life.
func (w *world) check(s *stored) {
	said, ends := w.ledger.all()
	found := map[string]id.Session{}
	for _, one := range s.sessions {
		for _, m := range one.messages {
			w.checkWords(one, m, said, found)
		}
		w.checkLife(one, ends)
		w.checkRows(one)
	}
	for _, said := range said {
		where, ok := found[said.key]
		switch {
		case said.ack != nil && !ok:
			w.story.fault(said.who, said.ack.Session, "acknowledged and not stored: %q, %+v", said.text, *said.ack)
		case said.refused != "" && ok:
			w.story.fault(said.who, where, "refused with %s and stored: %q", said.refused, said.text)
		case said.ack == nil && said.refused == "":
			w.story.fault(said.who, where, "never answered: %q", said.text)
		}
	}
	for sid, promised := range ends {
		if one := s.sessions[sid]; promised && (one == nil || !one.ended()) {
			w.story.fault("", sid, "its end was acknowledged, and it is not ended")
		}
	}
	w.checkOrder(s, said)
}

func (s *session) ended() bool {
	return slices.ContainsFunc(s.messages, func(m wire.AgentMessage) bool { return m.Kind == wire.Ended })
}

// checkWords finds whose words these are, and whether they are as and where they were promised.
func (w *world) checkWords(one *session, m wire.AgentMessage, said map[string]*words, found map[string]id.Session) {
	if m.Kind != wire.Text && m.Kind != wire.Whisper {
		return
	}
	it := said[m.ID]
	if it == nil && w.checkOpening(one, m) {
		return
	}
	if it == nil {
		w.story.fault("", one.id, "nobody said this: %+v", m)
		return
	}
	if where, twice := found[m.ID]; twice {
		w.story.fault(it.who, one.id, "stored twice, also in session %s: %q", where, it.text)
	}
	found[m.ID] = one.id
	author := string(one.visitor)
	if m.Author != nil {
		author = string(m.Author.ID)
	}
	if it.text != m.Text || it.author != author || it.whisper != (m.Kind == wire.Whisper) {
		w.story.fault(it.who, one.id, "said %+v, stored %+v", *it, m)
	}
	if it.ack == nil {
		return
	}
	seq, vseq := it.ack.Seq, it.ack.VSeq
	if m.From == wire.FromVisitor {
		seq, vseq = m.Seq, it.ack.Seq
	}
	if it.ack.Session != one.id || seq != m.Seq || vseq != m.VSeq || it.ack.At != m.At || m.From == wire.FromAgent && it.ack.Chat != m.Chat {
		w.story.fault(it.who, one.id, "promised %+v, stored %+v", *it.ack, m)
	}
}

func private(k wire.Kind) bool {
	return !slices.Contains([]wire.Kind{wire.Text, wire.Joined, wire.Left, wire.Ended}, k)
}

// checkLife walks through a session and keeps the rules beside it.
func (w *world) checkLife(one *session, ends map[id.Session]bool) {
	var vseq, number int64
	var chat id.Chat
	closed, ended := true, false
	in := map[id.Agent]bool{}
	for i, m := range one.messages {
		fault := func(what string) { w.story.fault("", one.id, "%s: %+v", what, m) }
		if m.Seq != int64(i+1) {
			fault("seq has a hole")
		}
		if m.VSeq > 0 {
			if vseq++; m.VSeq != vseq {
				fault("vseq has a hole")
			}
		}
		if private(m.Kind) != (m.VSeq == 0) {
			fault("what is private must not have a place among what the visitor sees, and all else must")
		}
		if ended && m.Kind != wire.Rated {
			fault("after the end")
		}
		opens := i == 0 && m.From == wire.FromAgent // an agent spoke first, and this is a session because the visitor answered
		if (m.From == wire.FromVisitor || opens) && closed {
			number++
			if chat == m.Chat || int64(len(one.chats)) < number || one.chats[number-1].ID != m.Chat {
				fault("words after a close do not begin the next chat")
			}
			chat, closed = m.Chat, false
			clear(in)
		}
		if m.Chat != chat {
			fault("in another chat than the newest")
		}
		switch m.Kind { //nolint:exhaustive // the others change nothing here
		case wire.Joined:
			closed = false
			in[m.Author.ID] = true
		case wire.Left:
			if !in[m.Author.ID] {
				fault("left without having joined")
			}
			in[m.Author.ID] = false
		case wire.Closed, wire.Missed:
			closed = true
			if m.Author != nil {
				in[m.Author.ID] = false
			}
		case wire.Text:
			if m.From == wire.FromAgent && !in[m.Author.ID] && !opens {
				fault("an agent says something without being in the chat")
			}
		case wire.Ended:
			ended = true
			if _, asked := ends[one.id]; !asked || m.By != wire.EndedByVisitor {
				fault("ended, but not by its visitor")
			}
		}
	}
	if number != int64(len(one.chats)) {
		w.story.fault("", one.id, "%d chats by its messages, %d stored", number, len(one.chats))
	}
}

// checkRows compares what the chats' rows say with the messages.
func (w *world) checkRows(one *session) {
	var count, last int64
	for _, m := range one.messages {
		if m.From == wire.FromVisitor {
			count++
		}
		last = m.Seq
	}
	for i, r := range one.chats {
		if r.Number != int64(i+1) || r.Visitor.ID != one.visitor {
			w.story.fault("", one.id, "chat %d: %+v", i+1, r)
		}
		if i < len(one.chats)-1 && r.State != wire.ChatClosed && r.State != wire.ChatMissed {
			w.story.fault("", one.id, "chat %d is %s, and there is a newer one", r.Number, r.State)
		}
	}
	newest := one.chats[len(one.chats)-1]
	open := newest.State == wire.Waiting || newest.State == wire.Served
	if newest.VisitorCount != count || newest.Last.Seq != last || one.ended() && open {
		w.story.fault("", one.id, "%d visitor messages, seq %d, ended: %t; its row says %+v", count, last, one.ended(), newest)
	}
	joined := slices.ContainsFunc(newest.Members, func(m wire.ChatMember) bool { return m.State == wire.MemberJoined })
	if open && joined != (newest.State == wire.Served) {
		w.story.fault("", one.id, "%s with members %+v", newest.State, newest.Members)
	}
}

// checkOrder compares the order in which each person spoke with the order in which it is stored. Who sends several
// abreast knows that one of them may be put off while the next is taken (docs/protocol.md): those are passed over.
func (w *world) checkOrder(s *stored, said map[string]*words) {
	all := make([]*session, 0, len(s.sessions))
	for _, one := range s.sessions {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *session) int { return cmp.Or(cmp.Compare(a.started, b.started), cmp.Compare(a.id, b.id)) })
	abreast := map[string]bool{}
	for _, p := range w.people() {
		abreast[p.name] = p.abreast > 1
	}
	last := map[string]int{} // by who, and for agents the session too: they speak in several at once
	ended := map[id.Visitor]id.Session{}
	for _, one := range all {
		if before, ok := ended[one.visitor]; ok && !s.sessions[before].ended() {
			w.story.fault("", one.id, "the session before, %s, has not ended", before)
		}
		ended[one.visitor] = one.id
		for _, m := range one.messages {
			it := said[m.ID]
			if it == nil || it.putOff && abreast[it.who] {
				continue
			}
			key := it.who
			if m.From == wire.FromAgent {
				key += string(one.id)
			}
			if it.n < last[key] {
				w.story.fault(it.who, one.id, "said as number %d and stored after number %d: %q", it.n, last[key], it.text)
			}
			last[key] = it.n
		}
	}
}

func (w *world) people() []*person {
	var all []*person
	for _, v := range w.visitors {
		all = append(all, v.person)
	}
	for _, a := range w.agents {
		all = append(all, a.person)
	}
	return all
}

package torture

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// stored is everything there is, read as an agent reads it.
type stored struct {
	chats    map[id.Chat]wire.Row
	sessions map[id.Session]*session
}

type session struct {
	id       id.Session
	visitor  id.Visitor
	started  int64
	chats    []wire.Row // by number
	messages []wire.AgentMessage
}

func (w *world) read() *stored {
	w.t.Helper()
	s := &stored{chats: map[id.Chat]wire.Row{}, sessions: map[id.Session]*session{}}
	cookie := w.agents[0].cookie
	for next := ""; ; {
		var page struct {
			Items []struct {
				Row wire.Row `json:"row"`
			} `json:"items"`
			Next string `json:"next"`
		}
		w.call(cookie, http.MethodGet, "/properties/"+string(w.property)+"/history?limit=100&cursor="+url.QueryEscape(next), nil, &page)
		for _, item := range page.Items {
			r := item.Row
			s.chats[r.ID] = r
			if s.sessions[r.Session] == nil {
				s.sessions[r.Session] = &session{id: r.Session, visitor: r.Visitor.ID}
			}
			s.sessions[r.Session].chats = append(s.sessions[r.Session].chats, r)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	for _, one := range s.sessions {
		slices.SortFunc(one.chats, func(a, b wire.Row) int { return cmp.Compare(a.Number, b.Number) })
		one.started = one.chats[0].StartedAt
		one.messages = w.thread(cookie, one.chats[len(one.chats)-1].ID)
	}
	return s
}

func (w *world) thread(cookie string, chat id.Chat) []wire.AgentMessage {
	var all []wire.AgentMessage
	for last := int64(0); ; {
		var page struct {
			Items []wire.AgentMessage `json:"items"`
			More  bool                `json:"more"`
		}
		path := fmt.Sprintf("/properties/%s/chats/%s/messages?limit=100", w.property, chat)
		if last > 0 {
			path += fmt.Sprintf("&after=%d", last)
		} else {
			path += "&before=101" // the first hundred: without a bound it would be the newest
		}
		w.call(cookie, http.MethodGet, path, nil, &page)
		all = append(all, page.Items...)
		if len(page.Items) == 0 || last > 0 && !page.More {
			return all
		}
		last = page.Items[len(page.Items)-1].Seq
	}
}

// ofVisitor are the visitor's sessions, in the order in which they were.
func (s *stored) ofVisitor(v id.Visitor) []*session {
	var all []*session
	for _, one := range s.sessions {
		if one.visitor == v {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b *session) int {
		return cmp.Or(cmp.Compare(a.started, b.started), cmp.Compare(a.id, b.id))
	})
	return all
}

// count is how many messages there are.
func (s *stored) count() (n int) {
	for _, one := range s.sessions {
		n += len(one.messages)
	}
	return n
}

// public are the messages that the visitor sees, by the visitor's places.
func (s *session) public() map[int64]seen {
	all := map[int64]seen{}
	for _, m := range s.messages {
		if m.VSeq > 0 {
			all[m.VSeq] = ofVisitor(m)
		}
	}
	return all
}

// full are all messages, by the agents' places.
func (s *session) full() map[int64]seen {
	all := map[int64]seen{}
	for _, m := range s.messages {
		all[m.Seq] = ofAgents(m)
	}
	return all
}

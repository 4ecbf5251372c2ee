package torture

import (
	"fmt"
	"maps"
	"net/http"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// differences are what the windows have otherwise than it is stored. While news is on its way there are some.
func (w *world) differences(s *stored) (list []difference) {
	for _, v := range w.visitors {
		list = append(list, v.differences(s)...)
	}
	for _, a := range w.agents {
		list = append(list, a.differences(s)...)
	}
	return list
}

type difference struct {
	who     string
	session id.Session
	what    string
}

func (v *visitor) differences(s *stored) (list []difference) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.box) > 0 {
		list = append(list, difference{v.name, v.session, fmt.Sprintf("%d commands are without an answer", len(v.box))})
	}
	all := s.ofVisitor(v.id)
	if len(all) == 0 {
		return list
	}
	newest := all[len(all)-1]
	for _, w := range v.windows {
		if w.newest != newest.id {
			list = append(list, difference{v.name, newest.id, fmt.Sprintf("window %d shows session %q", w.n, w.newest)})
			continue
		}
		var got map[int64]seen
		if th := w.threads[newest.id]; th != nil {
			got = th.got
		}
		if want := newest.public(); !maps.Equal(got, want) {
			list = append(list, difference{v.name, newest.id, fmt.Sprintf("window %d: %s", w.n, unlike(got, want))})
		}
	}
	return list
}

func (a *agent) differences(s *stored) (list []difference) {
	var mine struct {
		Items []wire.Row `json:"items"`
	}
	a.call(a.cookie, http.MethodGet, "/properties/"+string(a.property)+"/chats", nil, &mine)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.box) > 0 {
		list = append(list, difference{a.name, "", fmt.Sprintf("%d commands are without an answer", len(a.box))})
	}
	for _, w := range a.windows {
		for _, r := range mine.Items {
			if what := unlikeRow(w.rows[r.ID], r); what != "" {
				list = append(list, difference{a.name, r.Session, fmt.Sprintf("window %d: chat %d: %s", w.n, r.Number, what)})
			}
			if !isIn(r, a.id) || r.State == wire.ChatEnded || s.sessions[r.Session] == nil {
				continue
			}
			var got map[int64]seen
			if th := w.threads[r.Session]; th != nil {
				got = th.got
			}
			if want := s.sessions[r.Session].full(); !maps.Equal(got, want) {
				list = append(list, difference{a.name, r.Session, fmt.Sprintf("window %d: %s", w.n, unlike(got, want))})
			}
		}
	}
	return list
}

func unlikeRow(got, want wire.Row) string {
	states := func(r wire.Row) map[id.Agent]wire.MemberState {
		all := map[id.Agent]wire.MemberState{}
		for _, m := range r.Members {
			all[m.ID] = m.State
		}
		return all
	}
	switch {
	case got.ID == "":
		return "is not in the list"
	case got.State != want.State:
		return fmt.Sprintf("is %s there, stored as %s", got.State, want.State)
	case got.Last.Seq != want.Last.Seq:
		return fmt.Sprintf("ends with seq %d there, stored with %d", got.Last.Seq, want.Last.Seq)
	case got.VisitorCount != want.VisitorCount:
		return fmt.Sprintf("has %d visitor messages there, stored are %d", got.VisitorCount, want.VisitorCount)
	case !maps.Equal(states(got), states(want)):
		return fmt.Sprintf("has members %v there, stored are %v", got.Members, want.Members)
	default:
		return ""
	}
}

func unlike(got, want map[int64]seen) string {
	for seq, m := range want {
		if g, ok := got[seq]; !ok || g != m {
			return fmt.Sprintf("has %d of %d messages; at seq %d it has %+v, stored is %+v", len(got), len(want), seq, g, m)
		}
	}
	for seq, m := range got {
		if _, ok := want[seq]; !ok {
			return fmt.Sprintf("has seq %d, which is not stored: %+v", seq, m)
		}
	}
	return "is the same"
}

// everythingSeen compares what anybody ever had on a screen, also of sessions that are long over.
func (w *world) everythingSeen(s *stored) {
	for _, v := range w.visitors {
		w.windowsSaw(v.person, s, (*session).public)
	}
	for _, a := range w.agents {
		w.windowsSaw(a.person, s, (*session).full)
	}
}

func (w *world) windowsSaw(p *person, s *stored, view func(*session) map[int64]seen) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, win := range p.windows {
		for sid, th := range win.threads {
			one := s.sessions[sid]
			if one == nil {
				if len(th.got) > 0 {
					w.story.fault(p.name, sid, "window %d saw a session that is not stored", win.n)
				}
				continue
			}
			want := view(one)
			for seq, m := range th.got {
				if want[seq] != m {
					w.story.fault(p.name, sid, "window %d saw %+v at seq %d, stored is %+v", win.n, m, seq, want[seq])
				}
			}
		}
	}
}

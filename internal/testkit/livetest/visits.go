package livetest

import (
	"encoding/json"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// ── the visitor ──

// Go opens a page without a page load.
func (v *Visitor) Go(url, title string) {
	v.t.Helper()
	v.mu.Lock()
	v.Page = wire.Page{URL: url, Title: title}
	v.mu.Unlock()
	v.Tell(wire.VisitorPage{T: "page", Page: v.Page})
}

// Load opens a page with a page load: the connection ends and another one begins.
func (v *Visitor) Load(url, title string) wire.Welcome {
	v.t.Helper()
	v.Cut()
	v.Page = wire.Page{URL: url, Title: title, Referrer: v.Page.URL}
	return v.Connect()
}

// Again says hello on the same connection, as a resync wants it.
func (v *Visitor) Again() wire.Welcome {
	v.t.Helper()
	before := v.Saw("welcome")
	v.TellRaw(v.hello("hello"))
	v.Wait("a welcome", func() bool {
		n := 0
		for _, f := range v.frames {
			if f.T == "welcome" {
				n++
			}
		}
		return n > before
	})
	var w wire.Welcome
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, f := range v.frames {
		if f.T == "welcome" {
			v.taken[i], w = true, wire.Welcome{}
			if err := json.Unmarshal(f.Raw, &w); err != nil {
				v.t.Fatal(err)
			}
		}
	}
	return w
}

// Life puts the tab aside, or uses it again.
func (v *Visitor) Life(idle bool) {
	v.t.Helper()
	v.Tell(wire.VisitorLife{T: "life", Idle: idle})
}

// ── the agent ──

// window is the list of visitors as a dashboard shows it.
type window struct {
	last   wire.VisitorsFrame
	rows   map[id.Visitor]wire.VisitRow
	frames int
}

func (w *window) take(f wire.VisitorsFrame) {
	if f.ID != w.last.ID {
		clear(w.rows)
	}
	for _, r := range f.Rows {
		w.rows[r.ID] = r
	}
	w.last = f
	w.frames++
}

// Visitors opens a window on the visitors, or moves it, and waits until all of its rows are there.
func (a *Agent) Visitors(f wire.AgentVisitors) wire.VisitorsFrame {
	a.t.Helper()
	f.T = "visitors"
	if f.ID == "" {
		f.ID = NewID()
	}
	a.mu.Lock()
	before := a.window.frames
	a.mu.Unlock()
	a.Tell(f)
	a.Wait("a window", func() bool { return a.window.frames > before && a.window.last.ID == f.ID && a.window.complete() })
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.window.last
}

func (w *window) complete() bool {
	for _, v := range w.last.Order {
		if w.rows[v].ID == "" {
			return false
		}
	}
	return true
}

// List is the rows of the window in order.
func (a *Agent) List() []wire.VisitRow {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.window.list()
}

func (w *window) list() []wire.VisitRow {
	rows := make([]wire.VisitRow, len(w.last.Order))
	for i, v := range w.last.Order {
		rows[i] = w.rows[v]
	}
	return rows
}

// AwaitVisitor waits until the window shows the visitor as match wants it.
func (a *Agent) AwaitVisitor(v id.Visitor, what string, match func(wire.VisitRow) bool) wire.VisitRow {
	a.t.Helper()
	var row wire.VisitRow
	a.AwaitWindow("with a visitor who "+what, func(_ wire.VisitorsFrame, rows []wire.VisitRow) bool {
		for _, r := range rows {
			if r.ID == v && match(r) {
				row = r
				return true
			}
		}
		return false
	})
	return row
}

// AwaitWindow waits until the window is as match wants it.
func (a *Agent) AwaitWindow(what string, match func(f wire.VisitorsFrame, rows []wire.VisitRow) bool) {
	a.t.Helper()
	a.Wait("a window "+what, func() bool { return a.window.complete() && match(a.window.last, a.window.list()) })
}

// Visit opens one visitor.
func (a *Agent) Visit(v id.Visitor) wire.VisitFrame {
	a.t.Helper()
	a.mu.Lock()
	delete(a.visits, v)
	a.mu.Unlock()
	a.Tell(wire.AgentVisit{T: "visit", ID: NewID(), Visitor: v})
	return a.AwaitVisit(v, "there is", func(wire.VisitFrame) bool { return true })
}

// AwaitVisit waits until the open visitor is as match wants it.
func (a *Agent) AwaitVisit(v id.Visitor, what string, match func(wire.VisitFrame) bool) wire.VisitFrame {
	a.t.Helper()
	var f wire.VisitFrame
	a.Wait("a visit that "+what, func() bool {
		var ok bool
		f, ok = a.visits[v]
		return ok && match(f)
	})
	return f
}

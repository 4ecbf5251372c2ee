package visit

import (
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/visitor"
)

// Facts are what a chat is told of the visitor whose connection has this visit.
func (b *Board) Facts(p id.Property, is *Visit) visitor.Facts {
	if h := b.house(p); h != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
	}
	if is == nil { // nobody has said hello
		return visitor.Facts{}
	}
	return is.facts()
}

// Find is what a node knows of a visitor who is on the site: for a row that is made for them.
func (b *Board) Find(p id.Property, v id.Visitor) (f visitor.Facts, here bool) {
	h := b.house(p)
	if h == nil {
		return f, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	is := h.visits[v]
	if is == nil {
		return f, false
	}
	return is.facts(), !is.flags.has(isLeft)
}

// Stored reports whether a row was looked for since the visit began, and whether there is one.
func (b *Board) Stored(p id.Property, v id.Visitor) (known, stored bool) {
	h := b.house(p)
	if h == nil {
		return false, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	is := h.visits[v]
	if is == nil {
		return false, false
	}
	return is.flags.has(isKnown), is.row != nil
}

// Know says what is stored of a visitor; nil: nothing is.
func (b *Board) Know(p id.Property, v id.Visitor, row *Row) {
	b.change(p, v, func(h *house, is *Visit, _ int64) { h.know(is, row) })
}

func (h *house) know(is *Visit, row *Row) {
	is.set(isKnown, true)
	if row == nil {
		if is.number == 0 && h.shows() {
			is.number = h.block.take()
		}
		return
	}
	is.number = row.Number
	s := &stored{name: row.Name, email: row.Email, sessions: row.Sessions, firstSeen: row.FirstSeen}
	if is.row != nil { // read again: this visit may have been counted meanwhile
		s.before, s.lastOne = is.row.before, is.row.lastOne
	} else {
		s.before, s.lastOne = row.Visits, row.LastVisit
		b := h.begun[is.id]
		h.begun[is.id] = begin{b.n + 1, is.since}
	}
	is.row = s
}

// Made says that a visitor has a row now, with a number: it is read soon.
func (b *Board) Made(p id.Property, v id.Visitor, number int64) {
	b.change(p, v, func(h *house, is *Visit, now int64) {
		is.number = number
		if is.row == nil {
			h.know(is, &Row{Number: number, FirstSeen: now})
		}
		h.stale[v] = true
	})
}

// Refresh says that something else is stored of a visitor now: it is read soon.
func (b *Board) Refresh(p id.Property, v id.Visitor) {
	h := b.house(p)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if is := h.visits[v]; is != nil && is.row != nil {
		h.stale[v] = true
	}
}

// Number is the one under which agents on this node see a visitor; 0: they do not.
func (b *Board) Number(p id.Property, v id.Visitor) (n int64) {
	if h := b.house(p); h != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		if i := h.find(v); i != nil {
			n = i.number
		}
	}
	return n
}

// SetOpener says what became of an agent's first words. words may be nil: they are those of before. An empty state: there are none.
func (b *Board) SetOpener(p id.Property, v id.Visitor, state wire.OpenerState, words *wire.Opener) {
	b.change(p, v, func(h *house, is *Visit, now int64) {
		is.set(isOpener, state != "")
		if state == "" {
			delete(h.openers, v)
			return
		}
		was := h.openers[v]
		if words == nil {
			words = was.words
		}
		at := now
		switch {
		case was.state == state:
			at = was.at
		case was.state == "" && state != wire.OpenerSent: // told anew after a restart: only new words are new
			at = 0
		}
		h.openers[v] = opener{state, words, at}
	})
}

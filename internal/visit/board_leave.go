package visit

import (
	"time"

	"parley/internal/kernel/id"
)

// Leave says that one of the visitor's connections has ended.
func (b *Board) Leave(p id.Property, is *Visit, wasIdle bool) {
	var gone departure
	b.changeIt(p, is, func(h *house, now int64) {
		is.count(wasIdle, -1)
		if is.tabs == 0 {
			is.leftAt = now
			gone = departure{h, is.id, now}
		}
	})
	if gone.house == nil {
		return
	}
	b.leaving.Lock()
	first := len(b.soon) == 0
	b.soon = append(b.soon, gone)
	b.leaving.Unlock()
	if first {
		b.Wake()
	}
}

// Wake makes the board look at the clock again; tests call it after they moved theirs.
func (b *Board) Wake() {
	select {
	case b.wake <- struct{}{}:
	default: // it is awake already
	}
}

// depart decides about those whose time has come, and says how long the next one has.
func (b *Board) depart() time.Duration {
	now := b.now().UnixMilli()
	first, wait := b.due(&b.soon, now, leftAfter)
	for _, d := range first {
		d.house.mu.Lock()
		is := d.house.visits[d.visitor]
		if is == nil || is.tabs > 0 || is.leftAt != d.at {
			d.house.mu.Unlock()
			continue // came back, and perhaps left again: a later entry has it
		}
		is.set(isLeft, true)
		d.house.left++
		d.house.touch(is)
		d.house.mu.Unlock()
		b.leaving.Lock()
		b.later = append(b.later, d)
		b.leaving.Unlock()
	}
	last, then := b.due(&b.later, now, goneAfter)
	for _, d := range last {
		d.house.mu.Lock()
		if is := d.house.visits[d.visitor]; is != nil && is.flags.has(isLeft) && is.leftAt == d.at {
			d.house.forget(is)
		}
		d.house.mu.Unlock()
	}
	return min(wait, then)
}

// due takes those out of a queue who have waited for long enough.
func (b *Board) due(queue *[]departure, now int64, after time.Duration) (list []departure, wait time.Duration) {
	b.leaving.Lock()
	defer b.leaving.Unlock()
	n := 0
	for n < len(*queue) && (*queue)[n].at+after.Milliseconds() <= now {
		n++
	}
	list, *queue = (*queue)[:n:n], (*queue)[n:]
	if len(*queue) == 0 {
		*queue = nil
		return list, time.Hour
	}
	return list, time.Duration((*queue)[0].at+after.Milliseconds()-now) * time.Millisecond
}

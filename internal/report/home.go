package report

import (
	"time"

	"parley/internal/chat"
)

// home puts the parts of a period together, the newest last. They are shared: nothing in them is changed.
func (p period) home(parts []counted, before chat.Figures) Home {
	h := Home{From: p.from, To: p.to, Began: parts[len(parts)-1].began}
	bins := p.bins()
	h.Bins = make([]Bin, len(bins))
	for i, at := range bins {
		h.Bins[i].At = at
	}
	waits := spread{}
	for _, c := range parts {
		for _, s := range c.chats.Slots {
			if i := binOf(bins, time.UnixMilli(s.At)); i >= 0 {
				h.Bins[i].Chats, h.Bins[i].Served, h.Bins[i].Missed = h.Bins[i].Chats+s.Chats, h.Bins[i].Served+s.Served, h.Bins[i].Missed+s.Missed
			}
		}
		for _, v := range c.hours {
			i := max(0, binOf(bins, time.Unix(v.Hour*3600, 0))) // the first hour may have begun half an hour before the period
			h.Bins[i].Visits, h.Bins[i].Pages, h.Bins[i].Most = h.Bins[i].Visits+v.Visits, h.Bins[i].Pages+v.Pages, max(h.Bins[i].Most, v.Most)
		}
		waits.add(c.chats.Waits)
		h.Ratings.Good, h.Ratings.Bad = h.Ratings.Good+c.ratings.Good, h.Ratings.Bad+c.ratings.Bad
		newer := append(append([]chat.Comment{}, c.ratings.Comments...), h.Ratings.Comments...)
		h.Ratings.Comments = newer[:min(len(newer), chat.MaxComments)]
	}
	h.compare(p, bins, before)
	h.sum()
	h.Answer, h.Answered = waits.median()
	return h
}

// compare fills in what is usual.
func (h *Home) compare(p period, bins []time.Time, before chat.Figures) {
	counts := make([]count, len(before.Slots))
	for i, s := range before.Slots {
		counts[i] = count{time.UnixMilli(s.At), s.Served + s.Missed}
	}
	h.UsualWeeks = p.weeks(h.Began)
	for i, n := range p.usually(bins, counts, h.UsualWeeks) {
		h.Bins[i].Usual = n
	}
	waits := spread{}
	waits.add(before.Waits)
	h.UsualAnswer, h.UsuallyDid = waits.median()
}

func (h *Home) sum() {
	for _, b := range h.Bins {
		h.Total.Visits += b.Visits
		h.Total.Pages += b.Pages
		h.Total.Most = max(h.Total.Most, b.Most)
		h.Total.Chats += b.Chats
		h.Total.Served += b.Served
		h.Total.Missed += b.Missed
	}
}

func (s spread) add(waits []chat.Wait) {
	for _, w := range waits {
		s[w.Seconds] += w.Chats
	}
}

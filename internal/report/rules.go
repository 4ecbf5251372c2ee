package report

import (
	"cmp"
	"math"
	"slices"
	"time"
	_ "time/tzdata" // agents name their time zone, and a server may have no list of them

	"parley/internal/kernel/errs"
)

var (
	// ErrDays says which periods there are.
	ErrDays = errs.New(errs.Invalid, "home.days", "Choose 1, 7 or 30 days.").At("days")
	// ErrTimeZone says that there is no such time zone.
	ErrTimeZone = errs.New(errs.Invalid, "home.time_zone", "Name a time zone, such as Europe/Prague.").At("time_zone")
)

// usualDays is how far back the usual is looked for: four of each weekday.
const usualDays = 28

// zone finds a time zone by its name (IANA); empty is UTC.
func zone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || loc == time.Local { // the server's own would be another one on another server
		return nil, ErrTimeZone
	}
	return loc, nil
}

// period is a number of days up to the end of today, as days are where the reader is.
type period struct {
	days  int
	usual time.Time // the beginning of what it is compared with, which ends at from
	from  time.Time
	today time.Time
	to    time.Time
}

func periodOf(now time.Time, days int, loc *time.Location) (period, error) {
	if days != 1 && days != 7 && days != 30 {
		return period{}, ErrDays
	}
	y, m, d := now.In(loc).Date()
	day := func(n int) time.Time { return midnight(y, m, d+n, loc) }
	return period{days: days, usual: day(1 - days - usualDays), from: day(1 - days), today: day(0), to: day(1)}, nil
}

// midnight is the first moment of a day. Where the clock is changed at midnight, that is not always 0:00, or is there twice.
func midnight(y int, m time.Month, d int, loc *time.Location) time.Time {
	const step = 15 * time.Minute
	day := time.Date(y, m, d, 12, 0, 0, 0, loc).Day()
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	for t.Day() != day {
		t = t.Add(step)
	}
	for t.Add(-step).Day() == day {
		t = t.Add(-step)
	}
	return t
}

// bins are the beginnings of the period's hours (one day) or days. A day on which the clock is changed has 23 or 25 hours.
func (p period) bins() (list []time.Time) {
	for t := p.from; t.Before(p.to); {
		list = append(list, t)
		if p.days == 1 {
			t = t.Add(time.Hour)
		} else {
			y, m, d := t.Date()
			t = midnight(y, m, d+1, t.Location())
		}
	}
	return list
}

// binOf is the bin that a time is in; -1: it is before them all. The end is not looked at.
func binOf(bins []time.Time, at time.Time) int {
	i, is := slices.BinarySearchFunc(bins, at, time.Time.Compare)
	if is {
		return i
	}
	return i - 1
}

// weeks is how many whole weeks before the period the property has had chats in, at most four: less is known of a young one.
func (p period) weeks(began time.Time) int {
	if began.IsZero() {
		return 0
	}
	y, m, d := began.In(p.from.Location()).Date()
	known := p.from.Sub(midnight(y, m, d, p.from.Location()))
	const changed = 2 * time.Hour // a week in which the clock is changed may be shorter
	return max(0, min(usualDays/7, int((known+changed)/(7*24*time.Hour))))
}

// count is a number of things at a time.
type count struct {
	at time.Time
	n  int64
}

// usually is what the bins usually count: the mean of the same hour (or day) of the week in so many weeks before the period.
func (p period) usually(bins []time.Time, before []count, weeks int) []float64 {
	y, m, d := p.from.Date()
	since := midnight(y, m, d-7*weeks, p.from.Location())
	var sums [7][24]int64
	for _, c := range before {
		if at := c.at.In(p.from.Location()); !at.Before(since) && at.Before(p.from) {
			sums[at.Weekday()][p.hour(at)] += c.n
		}
	}
	list := make([]float64, len(bins))
	for i, at := range bins {
		if weeks > 0 {
			list[i] = math.Round(float64(sums[at.Weekday()][p.hour(at)])/float64(weeks)*10) / 10
		}
	}
	return list
}

// hour tells bins of one day apart; days are not.
func (p period) hour(at time.Time) int {
	if p.days > 1 {
		return 0
	}
	return at.Hour()
}

// spread is how often something took so many seconds.
type spread map[int64]int64

// median is what half of them took at most; false: there is nothing.
func (s spread) median() (time.Duration, bool) {
	type one struct{ seconds, n int64 }
	var list []one
	var all int64
	for seconds, n := range s {
		list, all = append(list, one{seconds, n}), all+n
	}
	slices.SortFunc(list, func(a, b one) int { return cmp.Compare(a.seconds, b.seconds) })
	var seen int64
	for _, o := range list {
		if seen += o.n; 2*seen >= all {
			return time.Duration(o.seconds) * time.Second, true
		}
	}
	return 0, false
}

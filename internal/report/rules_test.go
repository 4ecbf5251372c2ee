package report

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(t *testing.T, zoneName, text string) time.Time {
	t.Helper()
	loc, err := zone(zoneName)
	if err != nil {
		t.Fatal(err)
	}
	v, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPeriodEndsWithTodayWhereTheReaderIs(t *testing.T) {
	const clock = "2006-01-02 15:04 -0700"
	for name, tt := range map[string]struct {
		zone, now string // now in UTC
		days      int
		usual     string
		from, to  string
		bins      int
		last      string
	}{
		"today": {"UTC", "2026-11-22 14:00", 1, "2026-10-25 00:00 +0000", "2026-11-22 00:00 +0000", "2026-11-23 00:00 +0000", 24, "2026-11-22 23:00 +0000"},
		"today has begun in Auckland": {
			"Pacific/Auckland", "2026-11-22 14:00", 1, "2026-10-26 00:00 +1300", "2026-11-23 00:00 +1300", "2026-11-24 00:00 +1300", 24, "2026-11-23 23:00 +1300",
		},
		"seven days": {"UTC", "2026-11-22 14:00", 7, "2026-10-19 00:00 +0000", "2026-11-16 00:00 +0000", "2026-11-23 00:00 +0000", 7, "2026-11-22 00:00 +0000"},
		"thirty days over the end of summer time": {
			"Europe/Prague", "2026-11-10 14:00", 30, "2026-09-14 00:00 +0200", "2026-10-12 00:00 +0200", "2026-11-11 00:00 +0100", 30, "2026-11-10 00:00 +0100",
		},
		"a day of 25 hours": {
			"Europe/Prague", "2026-10-25 14:00", 1, "2026-09-27 00:00 +0200", "2026-10-25 00:00 +0200", "2026-10-26 00:00 +0100", 25, "2026-10-25 23:00 +0100",
		},
		"a day of 23 hours": {
			"Europe/Prague", "2026-03-29 14:00", 1, "2026-03-01 00:00 +0100", "2026-03-29 00:00 +0100", "2026-03-30 00:00 +0200", 23, "2026-03-29 23:00 +0200",
		},
		"a day that begins at one o'clock": {
			"Africa/Cairo", "2026-04-24 14:00", 1, "2026-03-27 00:00 +0200", "2026-04-24 01:00 +0300", "2026-04-25 00:00 +0300", 23, "2026-04-24 23:00 +0300",
		},
		"a day on which it is midnight twice": {
			"America/Havana", "2026-11-01 14:00", 1, "2026-10-04 00:00 -0400", "2026-11-01 00:00 -0400", "2026-11-02 00:00 -0500", 25, "2026-11-01 23:00 -0500",
		},
		"half an hour beside": {
			"Asia/Kolkata", "2026-11-22 14:00", 1, "2026-10-25 00:00 +0530", "2026-11-22 00:00 +0530", "2026-11-23 00:00 +0530", 24, "2026-11-22 23:00 +0530",
		},
	} {
		t.Run(name, func(t *testing.T) {
			loc, err := zone(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			p, err := periodOf(at(t, "UTC", tt.now), tt.days, loc)
			if err != nil {
				t.Fatal(err)
			}
			bins := p.bins()
			got := []any{p.usual.Format(clock), p.from.Format(clock), p.to.Format(clock), len(bins), bins[len(bins)-1].Format(clock)}
			if diff := cmp.Diff([]any{tt.usual, tt.from, tt.to, tt.bins, tt.last}, got); diff != "" {
				t.Errorf("usual, from, to, bins, last (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPeriodsAndZonesThatThereAreNot(t *testing.T) {
	for _, days := range []int{-1, 0, 2, 31} {
		if _, err := periodOf(time.Unix(0, 0), days, time.UTC); !errors.Is(err, ErrDays) {
			t.Errorf("%d days: %v, want ErrDays", days, err)
		}
	}
	for _, name := range []string{"Local", "Europe/Nowhere", "../../etc/passwd", "+01:00"} {
		if _, err := zone(name); !errors.Is(err, ErrTimeZone) {
			t.Errorf("zone %q: %v, want ErrTimeZone", name, err)
		}
	}
}

func TestEverythingIsInTheBinThatItBeganIn(t *testing.T) {
	p, _ := periodOf(at(t, "Europe/Prague", "2026-10-25 14:00"), 1, at(t, "Europe/Prague", "2026-10-25 14:00").Location())
	bins := p.bins()
	for minutes, want := range map[int]int{-1: -1, 0: 0, 59: 0, 60: 1, 2*60 + 30: 2, 3*60 + 30: 3, 24*60 + 59: 24} {
		if got := binOf(bins, p.from.Add(time.Duration(minutes)*time.Minute)); got != want {
			t.Errorf("minute %d of the day is in bin %d, want %d", minutes, got, want)
		}
	}
	if a, b := bins[2].Hour(), bins[3].Hour(); a != 2 || b != 2 {
		t.Errorf("the hours of bins 2 and 3 are %d and %d, want 2 twice", a, b)
	}
}

func TestWhatIsUsualIsTheMeanOfTheSameTimeOfTheWeek(t *testing.T) {
	loc := at(t, "Europe/Prague", "2026-11-22 14:00").Location()
	sunday := func(weeks int, hour string) time.Time {
		d := at(t, "Europe/Prague", "2026-11-22 "+hour)
		return d.AddDate(0, 0, -7*weeks)
	}
	before := []count{
		{sunday(1, "10:15"), 3},
		{sunday(2, "10:45"), 1},
		{sunday(3, "10:00"), 2},
		{sunday(4, "10:00"), 4}, // in summer time
		{sunday(5, "10:00"), 100},
		{sunday(1, "10:00").AddDate(0, 0, 1), 100}, // a Monday
		{sunday(1, "11:00"), 1},
	}
	today, _ := periodOf(sunday(0, "14:00"), 1, loc)
	for weeks, want := range map[int][2]float64{4: {2.5, .3}, 2: {2, .5}, 1: {3, 1}, 0: {0, 0}} {
		got := today.usually(today.bins(), before, weeks)
		if got[10] != want[0] || got[11] != want[1] || got[9] != 0 {
			t.Errorf("of %d weeks: %v, %v at 10 and 11, %v at 9; want %v and none", weeks, got[10], got[11], got[9], want)
		}
	}
	week, _ := periodOf(sunday(0, "14:00"), 7, loc)
	if got := week.usually(week.bins(), before, 1); got[6] != 4 || got[0] != 0 {
		t.Errorf("seven days: %v; want 4 on Sunday and none on Monday, which is in the period itself", got)
	}
	if got := week.usually(week.bins(), before, 4); got[6] != 2.8 { // 4, 1, 2 and 4
		t.Errorf("seven days: %v on Sunday, want 2.8", got[6])
	}
}

func TestAYoungPropertyIsComparedWithTheWeeksThatItHasHad(t *testing.T) {
	p, _ := periodOf(at(t, "Europe/Prague", "2026-11-22 14:00"), 1, at(t, "Europe/Prague", "2026-11-22 14:00").Location())
	for began, want := range map[string]int{
		"2026-11-22 09:00": 0, "2026-11-16 09:00": 0, "2026-11-15 23:00": 1, "2026-11-02 00:00": 2, "2026-10-26 08:00": 3, "2026-10-25 08:00": 4, "2020-01-01 00:00": 4,
	} {
		if got := p.weeks(at(t, "Europe/Prague", began)); got != want {
			t.Errorf("first chat %s: %d weeks, want %d", began, got, want)
		}
	}
	if got := p.weeks(time.Time{}); got != 0 {
		t.Errorf("never a chat: %d weeks", got)
	}
}

func TestTheMedian(t *testing.T) {
	for name, tt := range map[string]struct {
		in   spread
		want time.Duration
		ok   bool
	}{
		"nothing":            {spread{}, 0, false},
		"one":                {spread{38: 1}, 38 * time.Second, true},
		"an even number":     {spread{10: 1, 20: 1}, 10 * time.Second, true},
		"one that is far":    {spread{10: 1, 20: 1, 3600: 1}, 20 * time.Second, true},
		"many of one length": {spread{5: 1, 9: 100, 60: 20}, 9 * time.Second, true},
	} {
		if got, ok := tt.in.median(); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, ok, tt.want, tt.ok)
		}
	}
}

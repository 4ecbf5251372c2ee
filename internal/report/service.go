// Package report puts together what the other features have counted. It has no tables.
package report

import (
	"context"
	"fmt"
	"time"

	"parley/internal/chat"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/memo"
	"parley/internal/platform/bus"
	"parley/internal/visit"
	"parley/internal/visitor"
)

const (
	// todayKept is short of the two seconds after which dashboards ask when something has happened, so that they see it; however
	// many ask, the database is asked once in that time.
	todayKept = time.Second
	pastKept  = 5 * time.Minute // days that are over change only when somebody rates late, or chats on past midnight
	maxKept   = 1000
)

// chats counts chats; the chat feature answers.
type chats interface {
	Figures(ctx context.Context, p id.Property, from, to time.Time) (chat.Figures, error)
	Ratings(ctx context.Context, p id.Property, from, to time.Time) (chat.Ratings, error)
	Began(ctx context.Context, p id.Property) (time.Time, error)
}

// visits counts visits; the visit feature answers.
type visits interface {
	Hours(ctx context.Context, p id.Property, from, to time.Time) ([]visit.Hour, error)
}

// Options is everything that a Service needs.
type Options struct {
	Now    clock.Clock
	Chats  chats
	Visits visits
}

// Service is the figures of a property.
type Service struct {
	o     Options
	today *memo.Cache[part, counted]
	past  *memo.Cache[part, counted]
	usual *memo.Cache[part, chat.Figures]
}

// part is a time of a property, from from (inclusive) to to (exclusive), unix ms.
type part struct {
	property id.Property
	from, to int64
}

// counted is everything that is counted in a part.
type counted struct {
	began   time.Time // the property's first chat
	chats   chat.Figures
	ratings chat.Ratings
	hours   []visit.Hour
}

// New makes a Service.
func New(o Options) *Service {
	s := &Service{o: o}
	s.today = memo.New(o.Now, todayKept, maxKept, s.count)
	s.past = memo.New(o.Now, pastKept, maxKept, s.count)
	s.usual = memo.New(o.Now, pastKept, maxKept, func(ctx context.Context, k part) (chat.Figures, error) {
		return s.o.Chats.Figures(ctx, k.property, time.UnixMilli(k.from), time.UnixMilli(k.to))
	})
	return s
}

// Subscribe throws away what is kept of a property when one of its visitors is erased: their words may be in it.
func (s *Service) Subscribe(b *bus.Bus) {
	bus.On(b, visitor.Erased, func(p id.Property, _ visitor.Gone) {
		of := func(k part, _ counted) bool { return k.property == p }
		s.today.ForgetIf(of)
		s.past.ForgetIf(of)
	})
	b.OnGap(func() {
		s.today.Clear()
		s.past.Clear()
	})
}

func (s *Service) count(ctx context.Context, k part) (c counted, err error) {
	from, to := time.UnixMilli(k.from), time.UnixMilli(k.to)
	if c.began, err = s.o.Chats.Began(ctx, k.property); err != nil {
		return c, err
	}
	if c.chats, err = s.o.Chats.Figures(ctx, k.property, from, to); err != nil {
		return c, err
	}
	if c.ratings, err = s.o.Chats.Ratings(ctx, k.property, from, to); err != nil {
		return c, err
	}
	c.hours, err = s.o.Visits.Hours(ctx, k.property, from, to)
	return c, err
}

// Bin is an hour or a day of the period.
type Bin struct {
	At     time.Time
	Visits int64
	Pages  int64
	Most   int64 // visitors on the site at once
	Chats  int64 // began
	Served int64
	Missed int64
	Usual  float64 // served and missed chats at this time of the week
}

// Home is what the home screen shows of a period. An hour of visits is one of UTC: where clocks are half an hour beside it, visits
// count with the hour that it begins in.
type Home struct {
	From, To    time.Time
	Began       time.Time // the property's first chat; zero: it never had one
	Bins        []Bin     // hours of one day, days of more
	Total       Bin       // without At, Usual
	UsualWeeks  int       // of how many weeks Usual is the mean; 0: there is none
	Answer      time.Duration
	Answered    bool // Answer is known: somebody was answered
	UsualAnswer time.Duration
	UsuallyDid  bool // UsualAnswer is known
	Ratings     chat.Ratings
}

// Home counts the last days, today included, as days are in that time zone.
func (s *Service) Home(ctx context.Context, who actor.Agent, days int, timeZone string) (Home, error) {
	loc, err := zone(timeZone)
	if err != nil {
		return Home{}, err
	}
	p, err := periodOf(s.o.Now(), days, loc)
	if err != nil {
		return Home{}, err
	}
	parts, usual, err := s.read(ctx, who.Property, p)
	if err != nil {
		return Home{}, fmt.Errorf("figures of property %s: %w", who.Property, err)
	}
	return p.home(parts, usual), nil
}

// read answers the parts of the period, the newest last, and what was before it.
func (s *Service) read(ctx context.Context, of id.Property, p period) (parts []counted, usual chat.Figures, err error) {
	if p.from.Before(p.today) {
		past, err := s.past.Get(ctx, part{of, p.from.UnixMilli(), p.today.UnixMilli()})
		if err != nil {
			return nil, usual, err
		}
		parts = append(parts, past)
	}
	today, err := s.today.Get(ctx, part{of, p.today.UnixMilli(), p.to.UnixMilli()})
	if err != nil {
		return nil, usual, err
	}
	usual, err = s.usual.Get(ctx, part{of, p.usual.UnixMilli(), p.from.UnixMilli()})
	return append(parts, today), usual, err
}

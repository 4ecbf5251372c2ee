package wire_test

import (
	"testing"
	"time"

	"parley/internal/kernel/wire"
)

func TestAHelloKnowsATimeZoneByNameOrByItsOffset(t *testing.T) {
	t.Parallel()
	minutes := func(n int) *int { return &n }
	for _, c := range []struct {
		hello wire.VisitorHello
		want  string
	}{
		{wire.VisitorHello{}, ""},
		{wire.VisitorHello{TimeZone: "Europe/Prague", Offset: minutes(60)}, "Europe/Prague"},
		{wire.VisitorHello{Offset: minutes(60)}, "+01:00"},
		{wire.VisitorHello{Offset: minutes(0)}, "+00:00"},
		{wire.VisitorHello{Offset: minutes(-210)}, "-03:30"},
		{wire.VisitorHello{Offset: minutes(840)}, "+14:00"},
		{wire.VisitorHello{Offset: minutes(1 << 40)}, ""},
		{wire.VisitorHello{Offset: minutes(-841)}, ""},
	} {
		got := c.hello.Zone()
		if got != c.want {
			t.Errorf("%q and %v: got %q, want %q", c.hello.TimeZone, c.hello.Offset, got, c.want)
		}
		if c.hello.TimeZone == "" && got != "" {
			if _, err := time.Parse("-07:00", got); err != nil {
				t.Error(err)
			}
		}
	}
}

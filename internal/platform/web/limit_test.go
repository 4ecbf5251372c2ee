package web

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"parley/internal/kernel/clock"
)

func TestALimiterLetsABurstThroughAndThenItsRate(t *testing.T) {
	now := clock.NewManual(time.Unix(1_700_000_000, 0))
	l := NewLimiter(2, 3, now.Now)
	for i := range 3 {
		if ok, _ := l.Allow("a"); !ok {
			t.Fatalf("call %d of the burst was refused", i+1)
		}
	}
	ok, retry := l.Allow("a")
	if ok || retry != 500*time.Millisecond {
		t.Fatalf("after the burst: %v, %v; want refused for 500ms", ok, retry)
	}
	if ok, _ := l.Allow("b"); !ok {
		t.Error("another key pays for the first one")
	}
	now.Advance(retry)
	if ok, _ := l.Allow("a"); !ok {
		t.Error("refused after the time that it named")
	}
	if ok, _ := l.Allow("a"); ok {
		t.Error("let two through for one token")
	}
	now.Advance(-time.Hour)
	if ok, _ := l.Allow("a"); ok {
		t.Error("a clock set back gave a token")
	}
}

func TestALimiterForgetsFullBucketsAndNeverGrowsBeyondItsBound(t *testing.T) {
	now := clock.NewManual(time.Unix(1_700_000_000, 0))
	l := NewLimiter(1, 5, now.Now)
	l.max = 100
	for i := range 1000 {
		l.Allow(strconv.Itoa(i))
	}
	if n := l.Len(); n > l.max+1 {
		t.Errorf("%d buckets, want at most %d", n, l.max)
	}
	now.Advance(time.Minute) // all are full again
	for range 60 {
		l.Allow("one")
	}
	if n := l.Len(); n != 1 {
		t.Errorf("%d buckets are left, want the one that is in use", n)
	}
}

func TestAStrangersFloodDoesNotEmptyTheLimitsOfOthers(t *testing.T) {
	now := clock.NewManual(time.Unix(1_700_000_000, 0))
	l := NewLimiter(0.001, 1, now.Now)
	l.Allow("guesser")
	for i := range 1000 {
		l.Allow(strconv.Itoa(i))
		if ok, _ := l.Allow("guesser"); ok {
			t.Fatalf("forgotten after %d other keys", i+1)
		}
	}
}

func TestExemptNetworksHaveNoLimits(t *testing.T) {
	l := Limits{Exempt: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::ffff:192.0.2.0/120")}}
	for address, want := range map[string]bool{"127.0.0.1": true, "192.0.2.7": true, "192.0.3.7": false, "": false, "::1": false} {
		if got := l.Exempts(address); got != want {
			t.Errorf("Exempts(%q) = %v, want %v", address, got, want)
		}
	}
}

func TestAHouseholdIsOneNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "": "", "x": "x",
	} {
		if got := Network(in); got != want {
			t.Errorf("Network(%q) = %q, want %q", in, got, want)
		}
	}
}

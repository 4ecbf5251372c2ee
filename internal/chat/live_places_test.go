package chat_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/internal/testkit/livetest"
)

func TestOneNetworkHasOnlySoManyConnectionsOpen(t *testing.T) {
	livetest.EachDB(t, livetest.Options{Limits: true, Open: 2}, func(t *testing.T, s *livetest.Server) {
		from := func(address string, road livetest.Road) *livetest.Visitor {
			v := livetest.NewVisitor(t, s.URL(), s.Property)
			v.Address, v.Road = address, road
			return v
		}
		first := from("2001:db8:1:2::1", livetest.WebSocket)
		first.Connect()
		second := from("2001:db8:1:2::2", livetest.Fallback) // the other road takes a place as well
		second.Connect()
		for _, road := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
			err := from("2001:db8:1:2:ffff::3", road).Dial()
			if got := livetest.RefusedWith(err); got != http.StatusTooManyRequests || !strings.Contains(err.Error(), "connection.too_many") {
				t.Errorf("%s: the third of a network: %v, want 429 connection.too_many", road, err)
			}
		}
		if n := s.Log.Said("--trusted-proxies"); n != 1 {
			t.Errorf("the log says %d times that the network is full, want once", n)
		}
		from("2001:db8:1:3::1", livetest.WebSocket).Connect() // a neighbour is not in the way
		second.Send("POSTs of a stream take no place of their own")
		s.Agent(livetest.Ann)

		first.Cut()
		eventually(t, "the place is free", func() bool {
			s.Clock.Advance(time.Second) // so that new connections are not refused for being too many at once
			return from("2001:db8:1:2::4", livetest.WebSocket).Dial() == nil
		})
		second.Send("unharmed")
		if got := livetest.RefusedWith(from("2001:db8:1:2::5", livetest.WebSocket).Dial()); got != http.StatusTooManyRequests {
			t.Errorf("a place that was taken again: %d, want 429", got)
		}
	})
}

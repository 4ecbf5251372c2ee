package chat_test

import (
	"net/http"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// cutOff is three nodes, a visitor on the last one and another at the same address on the second; the last node is cut
// off. It has counted a hit of the ban that is returned, which it writes down with its next reading by time.
func cutOff(t *testing.T) (s *livetest.Server, far *livetest.Node, v, heard *livetest.Visitor, earlier id.Ban) {
	t.Helper()
	s = livetest.Serve(t, testkit.Postgres(t), livetest.Options{Nodes: 3, Links: true})
	far = s.Nodes[2]
	at := func(n *livetest.Node, address string) *livetest.Visitor {
		w := livetest.NewVisitor(t, n.URL, s.Property)
		w.Address = address
		w.Connect()
		return w
	}
	v, heard = at(far, "203.0.113.9"), at(s.Nodes[1], "203.0.113.9")
	v.Send("Hello?")
	other := at(far, "198.51.100.1")
	earlier = s.Ban(livetest.Ann, map[string]any{"network": "198.51.100.1"})
	if code := other.AwaitClose(); code != wire.CloseBanned { // over the links
		t.Fatalf("closed with %d", code)
	}
	far.Cut()
	return s, far, v, heard, earlier
}

// banWhileCut makes a ban that the others hear of and the far node does not.
func banWhileCut(t *testing.T, s *livetest.Server, v, heard *livetest.Visitor) {
	t.Helper()
	s.Ban(livetest.Ann, map[string]any{"network": "203.0.113.9"})
	if code := heard.AwaitClose(); code != wire.CloseBanned {
		t.Errorf("on the second node: closed with %d", code)
	}
	if !v.Open() {
		t.Fatal("the node that is cut off heard the news")
	}
}

// Nothing but the reading by time can bring the ban here: no news comes, and no gap is noticed so soon.
func TestANodeThatIsCutOffRefusesWithinFifteenSeconds(t *testing.T) {
	s, far, v, heard, _ := cutOff(t)
	gaps := far.Cluster().Stats().Gaps
	banWhileCut(t, s, v, heard)
	s.Clock.Advance(10 * time.Second)
	if code := v.AwaitClose(); code != wire.CloseBanned {
		t.Errorf("closed with %d", code)
	}
	if code := v.Knock(); code != wire.CloseBanned {
		t.Errorf("came back: %d", code)
	}
	if far.Cluster().Stats().Gaps != gaps {
		t.Error("a gap was noticed: this test does not show that the reading by time works")
	}
}

// The clock stands still after the ban, so nothing but the gap that the node notices when it is back can bring it.
func TestANodeThatWasCutOffForAMinuteRefusesFromTheMomentItIsBack(t *testing.T) {
	s, far, v, heard, earlier := cutOff(t)
	s.Clock.Advance(time.Minute)
	eventually(t, "the reading by time is over", func() bool { return hitsOf(s, earlier) > 0 })
	banWhileCut(t, s, v, heard)
	far.Restore()
	if code := v.AwaitClose(); code != wire.CloseBanned {
		t.Errorf("closed with %d", code)
	}
	if code := v.Knock(); code != wire.CloseBanned {
		t.Errorf("came back: %d", code)
	}
}

func hitsOf(s *livetest.Server, ban id.Ban) (hits int64) {
	var got struct {
		Hits int64 `json:"hits"`
	}
	s.Call(livetest.Ann, http.MethodGet, s.Path("/bans/"+string(ban)), nil, &got)
	return got.Hits
}

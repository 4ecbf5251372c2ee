package chat_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

const (
	// flood is how many messages of 20 kB go to somebody who does not read: more than the kernel and the queue hold.
	flood = 350
	// prompt is what everybody else's news may take meanwhile: the bar is 10 ms, on a machine that does nothing else.
	prompt = 3 * time.Second
)

// stuck is a browser that stops reading after its first frame: a laptop that was shut, a line that is full.
type stuck struct {
	gws.BuiltinEventHandler
	first  chan struct{}
	once   sync.Once
	goOn   chan struct{} // closed: it reads again
	closed chan struct{}
}

func (s *stuck) OnMessage(_ *gws.Conn, m *gws.Message) {
	_ = m.Close()
	s.once.Do(func() { close(s.first) })
	<-s.goOn
}

func (s *stuck) OnClose(*gws.Conn, error) { close(s.closed) }

// getStuck connects, sends the frames, and reads no further than the welcome.
func getStuck(t *testing.T, url string, header http.Header, frames ...any) *stuck {
	t.Helper()
	s := &stuck{first: make(chan struct{}), goOn: make(chan struct{}), closed: make(chan struct{})}
	small := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	conn, _, err := gws.NewClient(s, &gws.ClientOption{
		Addr: strings.Replace(url, "http", "ws", 1), RequestHeader: header, NewDialer: func() (gws.Dialer, error) { return &small, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	go conn.ReadLoop()
	for _, f := range frames {
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.WriteMessage(gws.OpcodeText, raw); err != nil {
			t.Fatal(err)
		}
	}
	s.await(t, s.first, "the first frame")
	t.Cleanup(func() { _ = conn.NetConn().Close() })
	return s
}

func (s *stuck) await(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatalf("%s did not come", what)
	}
}

// wasClosed reads on, and finds the end of the connection.
func (s *stuck) wasClosed(t *testing.T) {
	t.Helper()
	close(s.goOn)
	s.await(t, s.closed, "the end of a connection that was not read")
}

func long(n int) string { return strconv.Itoa(n) + strings.Repeat("🥾", 4900) }

func TestASlowAgentHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := livetest.Serve(t, testkit.SQLite(t), livetest.Options{})
	v, ann, row := talk(s)
	ben := s.Agent(livetest.Ben)
	ben.Watch(row.ID, 0)
	ben.Visitors(wire.AgentVisitors{Size: 50})
	header := http.Header{"Origin": {s.URL()}, "Cookie": {ann.Cookie.Name + "=" + ann.Cookie.Value}}
	slow := getStuck(t, s.URL()+"/api/v1/agent/socket", header,
		wire.AgentHello{T: "hello", V: wire.Version, Property: s.Property},
		wire.AgentVisitors{T: "visitors", ID: "w", Size: 50},
		wire.AgentWatch{T: "watch", ID: "x", Chat: row.ID},
	)
	words := []string{"Hello?", "Hello!"}
	for n := range flood {
		words = append(words, long(n))
		began := clock.System()
		v.Send(long(n))
		ben.Wait("the message", func() bool {
			return slices.ContainsFunc(ben.Messages(row.Session), func(m wire.AgentMessage) bool { return m.Text == words[n+2] })
		})
		if took := time.Since(began); took > prompt {
			t.Fatalf("message %d took %s while somebody else did not read", n, took)
		}
		if n%100 == 50 {
			title := "Page " + strconv.Itoa(n)
			began = clock.System()
			v.Go("https://shop.example/"+strconv.Itoa(n), title)
			ben.AwaitVisitor(v.ID, "went on", func(r wire.VisitRow) bool { return r.Page.Title == title })
			if took := time.Since(began); took > prompt+time.Second { // windows have a second
				t.Fatalf("page %d was shown after %s", n, took)
			}
		}
	}
	slow.wasClosed(t)

	again := s.Agent(livetest.Ann)
	f := again.Watch(row.ID, 0)
	for f.More {
		key := livetest.NewID()
		f = livetest.As[wire.AgentMessagesFrame](t, again.Ask(key, wire.AgentHistory{T: "history", ID: key, Chat: row.ID, Before: f.Messages[0].Seq}))
	}
	again.Sees(row.Session, words...)
}

func TestASlowVisitorHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := livetest.Serve(t, testkit.SQLite(t), livetest.Options{})
	v, ann, row := talk(s)
	other := s.Visitor()
	other.Send("And me?")
	second := waiting(ann, other)
	ann.Do("join", second.ID)
	v.Cut()
	header := http.Header{"Origin": {v.Origin}, "User-Agent": {livetest.Browser}}
	slow := getStuck(t, s.URL()+"/api/v1/visitor/socket?property="+string(s.Property), header,
		wire.VisitorHello{T: "hello", V: wire.Version, Property: s.Property, Token: v.Token, Page: v.Page, Open: true},
	)
	answers := []string{"And me?"}
	for n := range flood {
		ann.Say(row.ID, long(n))
		if n%10 > 0 {
			continue
		}
		began := clock.System()
		answers = append(answers, "number "+strconv.Itoa(n))
		ann.Say(second.ID, answers[len(answers)-1])
		other.Sees(answers...)
		if took := time.Since(began); took > prompt {
			t.Fatalf("answer %d took %s while somebody else did not read", n, took)
		}
	}
	slow.wasClosed(t)
	if w := v.Connect(); w.Session == nil || w.Session.Last != flood+3 || !w.More || len(w.Messages) != wire.MaxMissed {
		t.Errorf("back again: %+v with %d messages", w.Session, len(w.Messages))
	}
}

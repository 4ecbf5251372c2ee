package bus_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus"
	"parley/internal/platform/bus/bustest"
)

const secret = "a secret of the tests"

func TestAlone(t *testing.T) {
	t.Parallel()
	bustest.Run(t, bustest.Setup{Alone: true, Open: func(t testing.TB, _ int) []bustest.Node {
		return []bustest.Node{open(t, bus.Options{}, nil)}
	}})
}

func TestCluster(t *testing.T) {
	t.Parallel()
	bustest.Run(t, bustest.Setup{Open: func(t testing.TB, n int) []bustest.Node {
		nodes := []bustest.Node{open(t, bus.Options{Listen: "127.0.0.1:0", Secret: secret}, nil)}
		for len(nodes) < n {
			link := bustest.NewProxy(t, nodes[0].Address())
			nodes = append(nodes, open(t, bus.Options{Listen: "127.0.0.1:0", Peers: []string{link.Address()}, Secret: secret}, link))
		}
		return nodes
	}})
}

func TestOutsideNATS(t *testing.T) {
	t.Parallel()
	bustest.Run(t, bustest.Setup{Open: func(t testing.TB, n int) []bustest.Node {
		address := outsideNATS(t)
		var nodes []bustest.Node
		for len(nodes) < n {
			link := bustest.NewProxy(t, address)
			nodes = append(nodes, open(t, bus.Options{NATSURL: "nats://" + link.Address()}, link))
		}
		return nodes
	}})
}

func open(t testing.TB, o bus.Options, link *bustest.Proxy) bustest.Node {
	t.Helper()
	o.Beat, o.LostAfter, o.Queue = bustest.Beat, bustest.LostAfter, bustest.Queue
	b, err := bus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	n := bustest.Node{Bus: b, Kill: func() { bus.Kill(b) }}
	if link != nil {
		n.Cut, n.Restore = link.Cut, link.Restore
	}
	return n
}

func outsideNATS(t testing.TB) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(5 * time.Second) {
		t.Fatal("the outside NATS does not start")
	}
	t.Cleanup(s.Shutdown)
	return s.Addr().String()
}

func TestWrongSecretIsRefused(t *testing.T) {
	t.Parallel()
	log := &lines{}
	one, err := bus.Open(t.Context(), bus.Options{Listen: "127.0.0.1:0", Secret: secret, Log: slog.New(slog.NewTextHandler(log, nil)), Beat: bustest.Beat})
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	other, err := bus.Open(t.Context(), bus.Options{
		Listen: "127.0.0.1:0", Peers: []string{one.Address()}, Secret: secret + "!", Beat: bustest.Beat,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := one.Start(); err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil { // waits two seconds for an answer: time enough to be refused
		t.Fatal(err)
	}
	if len(one.Nodes()) != 0 || len(other.Nodes()) != 0 {
		t.Fatal("a node with another secret came in")
	}
	if !strings.Contains(log.String(), "TLS") {
		t.Fatalf("the log does not say why: %q", log.String())
	}
}

func TestPlainLinkIsRefused(t *testing.T) {
	t.Parallel()
	one := open(t, bus.Options{Listen: "127.0.0.1:0", Secret: secret}, nil)
	s, err := server.NewServer(&server.Options{
		ServerName: "stranger", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		Cluster: server.ClusterOpts{Name: "parley", Host: "127.0.0.1", Port: server.RANDOM_PORT, PoolSize: -1},
		Routes:  server.RoutesFromStr("nats://" + one.Address()),
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	defer s.Shutdown()
	conn, err := net.Dial("tcp", one.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "CONNECT {\"verbose\":false,\"name\":\"x\",\"cluster\":\"parley\"}\r\nPING\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(clock.System().Add(10 * time.Second))
	said, err := io.ReadAll(conn)
	if err != nil && strings.Contains(err.Error(), "timeout") || strings.Contains(string(said), "PONG") {
		t.Fatalf("a link without the certificate was not refused: %q, %v", said, err)
	}
	if s.NumRoutes() != 0 {
		t.Fatal("a server without the certificate came in")
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for name, c := range map[string]struct {
		o    bus.Options
		want string
	}{
		"no secret":        {bus.Options{Listen: ":0"}, "secret"},
		"short secret":     {bus.Options{Listen: ":0", Secret: "short"}, "secret"},
		"peers alone":      {bus.Options{Peers: []string{"a:1"}, Secret: secret}, "listen"},
		"both ways":        {bus.Options{Listen: ":0", Secret: secret, NATSURL: "nats://x"}, "not both"},
		"no port":          {bus.Options{Listen: "somewhere", Secret: secret}, "listen address"},
		"bad peer":         {bus.Options{Listen: "127.0.0.1:0", Peers: []string{"a"}, Secret: secret}, "peer address"},
		"port in use":      {bus.Options{Listen: busy.Addr().String(), Secret: secret}, "in use"},
		"nobody there":     {bus.Options{NATSURL: "nats://user:hush@127.0.0.1:1"}, "cannot be reached"},
		"nobody there URL": {bus.Options{NATSURL: "nats://user:hush@127.0.0.1:1"}, "user:xxxxx@"},
	} {
		if b, err := bus.Open(ctx, c.o); err == nil {
			b.Close()
			t.Errorf("%s: opened", name)
		} else if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q in it", name, err, c.want)
		}
	}
}

// lines is a log that a test reads.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var pinged = event.New[int64]("bustest.pinged")

const property = id.Property("0190a000-0000-7000-8000-000000000001")

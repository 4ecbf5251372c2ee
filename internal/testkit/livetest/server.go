package livetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/internal/app"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus/bustest"
	"parley/internal/platform/web"
	"parley/internal/testkit"
)

// Options of a Server; the zero value is one node without limits.
type Options struct {
	Nodes  int  // more than one needs PostgreSQL
	Alone  bool // of a further node: it is on no bus, so no news of the others reaches it
	Links  bool // of several nodes: the last one can be cut off from the others, by Node.Cut
	Open   int  // visitors' connections that one address may have open, with Limits; 0: no limit
	Limits bool // rate limits hold for the test's clients too; the clock stands still, so what is used up stays used up
}

// Server is a whole installation in this process: its nodes on real ports, a property with three agents, another
// property with its own, and a clock that stands still until the test moves it.
type Server struct {
	Clock    *clock.Manual
	Nodes    []*Node
	Property id.Property
	Other    id.Property // a stranger's
	Log      *Log

	t       testing.TB
	cookies map[string]*http.Cookie
	agents  map[string]actor.Agent
}

// Node is one process of the installation.
type Node struct {
	*app.App
	URL string

	links  []*bustest.Proxy // by which it reached the nodes before it
	server *httptest.Server
	stop   context.CancelFunc
	ended  chan struct{}
}

// Names of the agents that a Server begins with. Eve belongs to the other property only.
const (
	Ann = "Ann" // owner
	Ben = "Ben"
	Cid = "Cid"
	Eve = "Eve"
)

// EachDB runs fn with a one-node Server on SQLite, and on PostgreSQL where there is one.
func EachDB(t *testing.T, o Options, fn func(t *testing.T, s *Server)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) { fn(t, Serve(t, e, o)) })
}

// Cluster runs fn with a Server of three nodes on PostgreSQL.
func Cluster(t *testing.T, fn func(t *testing.T, s *Server)) {
	t.Helper()
	fn(t, Serve(t, testkit.Postgres(t), Options{Nodes: 3}))
}

// Serve makes a Server of a fresh database.
func Serve(t testing.TB, e *testkit.Env, o Options) *Server {
	t.Helper()
	s := &Server{Clock: e.Clock, Log: &Log{}, t: t, cookies: map[string]*http.Cookie{}, agents: map[string]actor.Agent{}}
	s.Property, s.Other = e.Property(t), e.Property(t)
	for name, role := range map[string]actor.Role{Ann: actor.Owner, Ben: actor.AgentRole, Cid: actor.AgentRole} {
		s.hire(e, s.Property, role, name)
	}
	s.hire(e, s.Other, actor.Owner, Eve)
	if err := e.DB.Close(); err != nil { // a SQLite file has one process
		t.Fatal(err)
	}
	for range max(1, o.Nodes) {
		s.Start(e.URL, o)
	}
	return s
}

// hire stores an agent and a login; hashing a password would only take time.
func (s *Server) hire(e *testkit.Env, p id.Property, role actor.Role, name string) {
	a := e.Login(s.t, e.Agent(s.t, p, role, name))
	token := fmt.Sprintf("%-43s", name)
	token = strings.ReplaceAll(token, " ", "A")
	sum := sha256.Sum256([]byte(token))
	e.Exec(s.t, `UPDATE logins SET token_hash = $1 WHERE id = $2`, hex.EncodeToString(sum[:]), a.Login)
	s.agents[name], s.cookies[name] = a, &http.Cookie{Name: web.Cookie, Value: token} //nolint:gosec // sent, not set
}

// Start adds a node.
func (s *Server) Start(database string, o Options) *Node {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a local port
	if err != nil {
		s.t.Fatal(err)
	}
	n := &Node{URL: "http://" + l.Addr().String(), ended: make(chan struct{})}
	cfg := app.Config{Now: s.Clock.Now, Log: slog.New(s.Log)}
	cfg.Database, cfg.Data, cfg.BaseURL, cfg.ShutdownTimeout = database, s.t.TempDir(), n.URL, 5*time.Second
	if !o.Limits {
		cfg.RateLimitExempt = app.Networks{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	}
	cfg.MaxConnections = o.Open
	cfg.TrustedProxies = app.Networks{netip.MustParsePrefix("127.0.0.0/8")} // visitors come from where Visitor.Address says
	if o.Nodes > 1 {
		cfg.ClusterListen, cfg.ClusterSecret = "127.0.0.1:0", "the secret of a test"
		for _, other := range s.Nodes {
			cfg.ClusterPeers = append(cfg.ClusterPeers, n.reach(s.t, other, o))
		}
	}
	if o.Links {
		// Nodes tell each other where the others are, as they see it: at the proxies' address. Nobody listens there, so
		// the proxies stay the only ways.
		cfg.ClusterListen = "127.0.0.2:0"
	}
	if n.App, err = app.New(s.t.Context(), cfg); err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background()) // ends with Stop, in the clean-up at the latest
	n.stop = stop
	n.server = &httptest.Server{Listener: l, Config: &http.Server{Handler: n.Handler(), ReadHeaderTimeout: time.Minute}}
	n.server.Start()
	go func() {
		defer close(n.ended)
		if err := n.Run(ctx); err != nil {
			s.t.Errorf("node ended: %v", err)
		}
	}()
	s.Nodes = append(s.Nodes, n)
	s.t.Cleanup(func() { s.Stop(n) })
	if !o.Alone {
		s.joined(len(s.Nodes) - 1)
	}
	return n
}

// reach is where the node finds another one.
func (n *Node) reach(t testing.TB, other *Node, o Options) string {
	if !o.Links {
		return other.Cluster().Address()
	}
	link := bustest.NewProxy(t, other.Cluster().Address())
	n.links = append(n.links, link)
	return link.Address()
}

// Cut takes the node's links to all nodes that were there before it. Its own listener is reached by nobody then.
func (n *Node) Cut() {
	for _, l := range n.links {
		l.Cut()
	}
}

// Restore lets the node find the others again.
func (n *Node) Restore() {
	for _, l := range n.links {
		l.Restore()
	}
}

// joined waits until every node knows n others.
func (s *Server) joined(n int) {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		ready := true
		for _, node := range s.Nodes {
			ready = ready && node.Cluster().Ready() && len(node.Cluster().Nodes()) >= n
		}
		if ready {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			s.t.Fatalf("the nodes did not find each other")
		}
	}
}

// Stop ends a node as SIGTERM does.
func (s *Server) Stop(n *Node) {
	n.stop()
	<-n.ended
	n.server.CloseClientConnections()
	n.server.Close()
	if err := n.Close(); err != nil {
		s.t.Errorf("close a node: %v", err)
	}
}

// URL is the first node's.
func (s *Server) URL() string { return s.Nodes[0].URL }

// Who is one of the agents that the Server began with.
func (s *Server) Who(name string) actor.Agent { return s.agents[name] }

// Visitor is a new browser, connected to the first node.
func (s *Server) Visitor() *Visitor {
	s.t.Helper()
	v := NewVisitor(s.t, s.URL(), s.Property)
	v.Connect()
	return v
}

// Agent is a dashboard of one of the agents, connected to the first node.
func (s *Server) Agent(name string) *Agent {
	s.t.Helper()
	a := s.Dashboard(name)
	a.Connect()
	return a
}

// Dashboard is Agent before it connects.
func (s *Server) Dashboard(name string) *Agent {
	s.t.Helper()
	a := NewAgent(s.t, s.URL(), s.agents[name].Property, s.cookies[name])
	a.name = name
	return a
}

// Ban makes a ban as an agent; fields are those of POST …/bans but for the reason.
func (s *Server) Ban(name string, fields map[string]any) id.Ban {
	s.t.Helper()
	body := map[string]any{"reason": "spam", "ends_at": 0}
	maps.Copy(body, fields)
	var made struct {
		ID   id.Ban `json:"id"`
		Code string `json:"code"`
	}
	if status := s.Call(name, http.MethodPost, s.Path("/bans"), body, &made); status != http.StatusCreated {
		s.t.Fatalf("ban %v: %d %s", fields, status, made.Code)
	}
	return made.ID
}

// Lift takes a ban back, as the property's owner.
func (s *Server) Lift(ban id.Ban) {
	s.t.Helper()
	if status := s.Call(Ann, http.MethodDelete, s.Path("/bans/"+string(ban)), nil, nil); status >= http.StatusMultipleChoices {
		s.t.Fatalf("lift: %d", status)
	}
}

// Path is a path of the API in the Server's property.
func (s *Server) Path(of string) string { return "/api/v1/properties/" + string(s.Property) + of }

// Call makes an HTTP call as an agent and reads the answer into out, if that is not nil. It returns the status.
func (s *Server) Call(name, method, path string, in, out any) int {
	s.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL()+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(s.cookies[name])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if out != nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, out); err != nil {
			s.t.Fatalf("%s %s: %v\n%s", method, path, err, raw)
		}
	}
	return res.StatusCode
}

// Change patches the settings of the Server's property, as its owner.
func (s *Server) Change(settings map[string]any) {
	s.t.Helper()
	path := "/api/v1/properties/" + string(s.Property)
	var is struct {
		Version int64 `json:"version"`
	}
	if status := s.Call(Ann, http.MethodGet, path, nil, &is); status != http.StatusOK {
		s.t.Fatalf("read the settings: %d", status)
	}
	if status := s.Call(Ann, http.MethodPatch, path, map[string]any{"settings": settings, "version": is.Version}, nil); status != http.StatusOK {
		s.t.Fatalf("change the settings: %d", status)
	}
}

package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/bus/bustest"
	"parley/internal/platform/web"
)

// world is an installation, the people in front of it, and what they were promised.
type world struct {
	t       testing.TB
	seed    uint64
	pace    time.Duration // the longest that people think
	story   *story
	ledger  *ledger
	openers openers

	data     string
	database string // empty: SQLite in data
	nodes    []*place
	links    []*bustest.Proxy // between the nodes
	cutOff   func()           // ends all connections to the database; nil: there are none

	property id.Property
	visitors []*visitor
	agents   []*agent
}

// place is a node with the proxy through which everybody comes to it.
type place struct {
	*node
	front *proxy
}

// newWorld makes an installation with an owner and starts its nodes.
func newWorld(t testing.TB, seed uint64, database string, nodes int) *world {
	t.Helper()
	return newWorldIn(t, t.TempDir(), seed, database, nodes)
}

func newWorldIn(t testing.TB, data string, seed uint64, database string, nodes int) *world {
	t.Helper()
	w := &world{t: t, seed: seed, pace: 60 * time.Millisecond, story: newStory(t, seed), ledger: newLedger(), data: data, database: database}
	args := append([]string{"admin", "create-owner", "--email", "owner@shop.example", "--name", "Agent 1", "--property", "Shop", "--password", password}, w.storage(0)...)
	if out, err := parley(args...).CombinedOutput(); err != nil {
		t.Fatalf("create-owner: %v, %s", err, out)
	}
	w.build(nodes)
	for _, n := range w.nodes {
		n.start()
	}
	return w
}

const password = "speckled-mug-0419"

func (w *world) storage(node int) []string {
	args := []string{"--data", fmt.Sprintf("%s/%d", w.data, node)}
	if w.database != "" {
		args = append(args, "--database", w.database)
	}
	return args
}

// build makes the nodes; each reaches its neighbour through a link that can be cut.
func (w *world) build(nodes int) {
	cluster := make([]string, nodes)
	for i := range cluster {
		cluster[i] = freeAddress(w.t)
		w.links = append(w.links, bustest.NewProxy(w.t, cluster[i]))
	}
	for i := range nodes {
		args := w.storage(i)
		if nodes > 1 {
			args = append(args, "--cluster-listen", cluster[i], "--cluster-secret", "the secret of a test")
			for j := range nodes {
				if j != i {
					args = append(args, "--cluster-peers", w.links[j].Address())
				}
			}
		}
		n := newNode(w.t, fmt.Sprintf("node %d", i+1), args...)
		w.nodes = append(w.nodes, &place{n, newProxy(w.t, n.listen, w.seed+uint64(i))})
	}
}

// hire logs the owner in and invites the rest of the team.
func (w *world) hire(team int) {
	w.t.Helper()
	var me struct {
		ID         id.Agent `json:"id"`
		Properties []struct {
			ID id.Property `json:"id"`
		} `json:"properties"`
	}
	cookie := w.call("", http.MethodPost, "/login", map[string]string{"email": "owner@shop.example", "password": password}, &me)
	w.property = me.Properties[0].ID
	w.agents = append(w.agents, newAgent(w, 1, me.ID, cookie))
	for n := 2; n <= team; n++ {
		var invite struct {
			Link string `json:"link"`
		}
		w.call(cookie, http.MethodPost, "/properties/"+string(w.property)+"/invites",
			map[string]string{"email": fmt.Sprintf("agent%d@shop.example", n), "role": "agent"}, &invite)
		token := invite.Link[strings.LastIndexByte(invite.Link, '/')+1:]
		theirs := w.call("", http.MethodPost, "/invites/"+token+"/accept", map[string]string{"name": fmt.Sprintf("Agent %d", n), "password": password}, &me)
		w.agents = append(w.agents, newAgent(w, n, me.ID, theirs))
	}
}

// call asks the first node's HTTP API, past the proxy, and must succeed; it returns the login cookie, if one was set.
func (w *world) call(cookie, method, path string, in, out any) string {
	w.t.Helper()
	status, raw, set := w.ask(cookie, method, path, in)
	for began := time.Now(); status == http.StatusServiceUnavailable && time.Since(began) < patience; { // an outage that is just over
		pause(context.Background(), 100*time.Millisecond)
		status, raw, set = w.ask(cookie, method, path, in)
	}
	if status >= 300 {
		w.t.Fatalf("%s %s: %d %s\n%s", method, path, status, raw, w.nodes[0].last(20))
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			w.t.Fatalf("%s %s: %v\n%s", method, path, err, raw)
		}
	}
	return set
}

// ask is call that may fail.
func (w *world) ask(cookie, method, path string, in any) (status int, raw []byte, set string) {
	w.t.Helper()
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var body io.Reader = http.NoBody
	if in != nil {
		body = bytes.NewReader(encode(in))
	}
	base := "http://" + w.nodes[0].listen
	req, err := http.NewRequestWithContext(limit, method, base+"/api/v1"+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", base)
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v\n%s", method, path, err, w.nodes[0].last(20))
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if raw, err = io.ReadAll(res.Body); err != nil {
		w.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.Name == web.Cookie {
			set = c.Name + "=" + c.Value
		}
	}
	return res.StatusCode, raw, set
}

// crowd puts people in front of the nodes: some with one window, some on the fallback's road, some who send abreast.
func (w *world) crowd(ctx context.Context, visitors int, windows *sync.WaitGroup) {
	w.t.Helper()
	start := func(p *person, fallback bool) { run := p.open(fallback); windows.Go(func() { run.run(ctx) }) }
	for n := 1; n <= visitors; n++ {
		v := newVisitor(w, n)
		w.visitors = append(w.visitors, v)
		if n%3 == 0 {
			v.abreast = 3
		}
		start(v.person, n%3 == 1)
	}
	for i, a := range w.agents {
		if i == 1 {
			a.abreast = 3
		}
		start(a.person, i == 2)
		if i == 0 {
			start(a.person, false)
		}
	}
	for n, v := range w.visitors {
		select {
		case <-v.known: // tabs share the token that the first one got
		case <-time.After(patience):
			w.t.Fatalf("%s never got a welcome\n%s", v.name, w.nodes[0].last(20))
		}
		for tab := range n % 3 {
			start(v.person, tab == 1 && n%2 == 0)
		}
	}
}

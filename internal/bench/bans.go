package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// BansCmd is `parley bench bans`.
type BansCmd struct {
	Target `embed:""`
	From   string   `help:"An address of this machine, other than the one that agents come from: visitors connect from it." default:"127.0.0.2" env:"-"`
	URLs   []string `name:"urls" help:"Several nodes of the installation: visitors connect to them in turn, and the ban is made at --url." env:"-"`

	turn int // whose turn it is among the nodes: groups of one go round, too

	// Decide measures one decision among so many bans, in nanoseconds. The server's own code does: bench is only a client.
	Decide func(bans int) float64 `kong:"-"`
}

// BansResult is what `bench bans --json` prints.
type BansResult struct {
	ClickToGone Millis             `json:"click_to_gone_ms"` // from the call to each covered visitor's close, over all groups
	Covered     map[string]Millis  `json:"covered_ms"`       // … by how many visitors the ban covers
	Back        Millis             `json:"lift_to_welcome_ms"`
	DecisionNS  map[string]float64 `json:"decision_ns"` // one decision, by how many bans there are
	Nodes       int                `json:"nodes"`
	PerNode     []Millis           `json:"nodes_ms,omitempty"` // click to gone by the node that visitors were connected to, as in --urls
}

// nodes are the addresses that visitors connect to.
func (c *BansCmd) nodes() []string {
	if len(c.URLs) == 0 {
		return []string{c.URL}
	}
	return c.URLs
}

// Run measures and prints.
func (c *BansCmd) Run(ctx context.Context) error {
	r, err := c.measure(ctx)
	if err != nil {
		return err
	}
	return c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "click to gone      %s (%d nodes)\n", r.ClickToGone, r.Nodes)
		for i, m := range r.PerNode {
			_, _ = fmt.Fprintf(w, "  from %s  %s\n", c.URLs[i], m)
		}
		for _, n := range c.sizes() {
			_, _ = fmt.Fprintf(w, "  %4d covered     %s\n", n, r.Covered[strconv.Itoa(n)])
		}
		_, _ = fmt.Fprintf(w, "lift to welcome    %s\n", r.Back)
		for _, n := range decisions {
			_, _ = fmt.Fprintf(w, "decision, %7d bans  %.0f ns\n", n, r.DecisionNS[strconv.Itoa(n)])
		}
	})
}

var decisions = []int{0, 1000, 1_000_000}

// sizes are how many visitors are covered: one, and up to all of them.
func (c *BansCmd) sizes() []int {
	var sizes []int
	for n := 1; n < c.Visitors; n *= 10 {
		sizes = append(sizes, n)
	}
	return append(sizes, max(c.Visitors, 1))
}

func (c *BansCmd) measure(ctx context.Context) (BansResult, error) {
	r := BansResult{Covered: map[string]Millis{}, DecisionNS: map[string]float64{}, Nodes: len(c.nodes())}
	owner := newAPI(c.URL)
	if err := owner.login(ctx, c.Email, c.Password); err != nil {
		return r, fmt.Errorf("log in: %w", err)
	}
	crowd := c.gather(ctx, c.Crowd) // agents' own address: nobody of them is covered
	defer crowd.leave()
	var all, back samples
	byNode := make([]samples, len(c.nodes()))
	sizes := c.sizes()
	for _, n := range sizes {
		var gone samples
		end := time.Now().Add(c.Duration / time.Duration(len(sizes)))
		for first := true; first || time.Now().Before(end); first = false {
			if err := c.round(ctx, owner, n, &gone, &back, byNode); err != nil {
				return r, fmt.Errorf("ban %d visitors: %w", n, err)
			}
		}
		r.Covered[strconv.Itoa(n)] = gone.millis()
		for _, d := range gone.all {
			all.add(d)
		}
	}
	r.ClickToGone, r.Back = all.millis(), back.millis()
	for i := range byNode {
		if len(c.URLs) > 0 {
			r.PerNode = append(r.PerNode, byNode[i].millis())
		}
	}
	for _, n := range decisions {
		if c.Decide != nil {
			r.DecisionNS[strconv.Itoa(n)] = c.Decide(n)
		}
	}
	return r, nil
}

// round connects n visitors, one of them in a chat, bans them with one entry, waits until each is gone, and lifts it.
func (c *BansCmd) round(ctx context.Context, owner *api, n int, gone, back *samples, byNode []samples) error {
	group, err := c.group(ctx, n)
	defer group.leave()
	if err != nil {
		return err
	}
	talks := group.visitors[0]
	if _, err := talks.say(ctx, "Hello?"); err != nil {
		return err
	}
	body := map[string]any{"reason": "bench", "ends_at": 0, "visitor": talks.welcome.Visitor}
	if n > 1 {
		delete(body, "visitor")
		body["network"] = c.From
	}
	var ban struct {
		ID id.Ban `json:"id"`
	}
	path := "/properties/" + string(c.Property) + "/bans"
	began := time.Now()
	if err := owner.call(ctx, http.MethodPost, path, body, &ban); err != nil {
		return err
	}
	for _, v := range group.visitors {
		if err := v.awaitBan(ctx); err != nil {
			return err
		}
		gone.add(v.ended.Sub(began))
		byNode[v.node].add(v.ended.Sub(began))
	}
	began = time.Now()
	if err := owner.call(ctx, http.MethodDelete, path+"/"+string(ban.ID), nil, nil); err != nil {
		return err
	}
	for _, node := range c.nodes() {
		again, err := c.letIn(ctx, node)
		if err != nil {
			return fmt.Errorf("after lifting: %w", err)
		}
		back.add(time.Since(began))
		again.close()
	}
	return nil
}

// letIn knocks until the node has heard that the ban was lifted.
func (c *BansCmd) letIn(ctx context.Context, node string) (*visitor, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	for {
		v, err := c.from(ctx, node)
		if err == nil || ctx.Err() != nil || !forBan(err) {
			return v, err
		}
	}
}

// forBan reports whether the server ended a connection because of a ban.
func forBan(err error) bool {
	var end *gws.CloseError
	return errors.As(err, &end) && end.Code == wire.CloseBanned
}

func (c *BansCmd) group(ctx context.Context, n int) (*crowd, error) {
	g := &crowd{}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	next := make(chan int, n)
	for i := range n {
		next <- c.turn + i
	}
	c.turn += n
	close(next)
	for range min(n, 32) {
		wg.Go(func() {
			for i := range next {
				nodes := c.nodes()
				v, err := c.from(ctx, nodes[i%len(nodes)])
				mu.Lock()
				if err != nil {
					failed = errors.Join(failed, err)
				} else {
					v.node = i % len(nodes)
					g.visitors = append(g.visitors, v)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return g, failed
}

// from connects a visitor to a node, from the address that is banned.
func (c *BansCmd) from(ctx context.Context, node string) (*visitor, error) {
	t := c.Target
	t.URL = node
	t.dialer = func() (gws.Dialer, error) {
		return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(c.From)}, Timeout: answerWait}, nil
	}
	return t.connectVisitor(ctx, nil)
}

// awaitBan waits until the server has closed the socket, and says whether it was for a ban.
func (s *socket) awaitBan(ctx context.Context) error {
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	select {
	case <-s.closed:
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("not gone within %s", answerWait)
	}
	if !forBan(s.why) {
		return fmt.Errorf("closed otherwise: %w", s.why)
	}
	return nil
}

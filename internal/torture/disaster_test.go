package torture

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

// disaster is one bad thing that happens to a node and is over when it returns.
type disaster struct {
	name  string
	needs func(*world) bool
	do    func(ctx context.Context, w *world, n *place, rng *rand.Rand)
}

var disasters = []disaster{
	{"SIGKILL", nil, func(ctx context.Context, w *world, n *place, rng *rand.Rand) {
		n.kill()
		pause(ctx, between(rng, 0, 300*time.Millisecond))
		w.back(n)
	}},
	{"SIGKILL, and again while it starts", nil, func(ctx context.Context, w *world, n *place, rng *rand.Rand) {
		n.kill()
		begun := make(chan struct{})
		go func() { defer close(begun); _ = n.run() }() // it is killed: it need not succeed
		pause(ctx, between(rng, 20*time.Millisecond, 300*time.Millisecond))
		n.kill()
		<-begun
		n.kill() // where the first came before the process
		w.back(n)
	}},
	{"SIGSTOP and SIGCONT", nil, func(ctx context.Context, _ *world, n *place, rng *rand.Rand) {
		n.signal(syscall.SIGSTOP)
		pause(ctx, between(rng, 200*time.Millisecond, 1200*time.Millisecond))
		n.signal(syscall.SIGCONT)
	}},
	{"SIGTERM and a new start", nil, func(_ context.Context, w *world, n *place, _ *rand.Rand) {
		n.stop()
		w.back(n)
	}},
	{"every connection cut", nil, func(_ context.Context, _ *world, n *place, _ *rand.Rand) { n.front.cut() }},
	{"the link between the nodes cut", several, func(ctx context.Context, w *world, _ *place, rng *rand.Rand) {
		for _, l := range w.links {
			l.Cut()
		}
		pause(ctx, between(rng, 200*time.Millisecond, 1500*time.Millisecond))
		for _, l := range w.links {
			l.Restore()
		}
	}},
	{"one node killed while the other is stopped", several, func(ctx context.Context, w *world, n *place, rng *rand.Rand) {
		other := w.nodes[0]
		if other == n {
			other = w.nodes[1]
		}
		other.signal(syscall.SIGSTOP)
		n.kill()
		pause(ctx, between(rng, 100*time.Millisecond, 600*time.Millisecond))
		other.signal(syscall.SIGCONT)
		w.back(n)
	}},
	{"the database drops every connection", func(w *world) bool { return w.cutOff != nil }, func(_ context.Context, w *world, _ *place, _ *rand.Rand) {
		w.cutOff()
	}},
}

func several(w *world) bool { return len(w.nodes) > 1 }

// back starts a node that has ended.
func (w *world) back(n *place) {
	if err := n.run(); err != nil {
		w.story.fault("", "", "%s does not start again: %v\n%s", n.name, err, n.last(20))
	}
}

// rage lets n disasters happen: every kind once before one comes again, in an order that the seed gives.
func (w *world) rage(ctx context.Context, rounds int) {
	rng := rand.New(rand.NewPCG(w.seed, 7))
	var deck []disaster
	for range rounds {
		if len(deck) == 0 {
			for _, d := range disasters {
				if d.needs == nil || d.needs(w) {
					deck = append(deck, d)
				}
			}
			rng.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		}
		d := deck[0]
		deck = deck[1:]
		pause(ctx, between(rng, 200*time.Millisecond, 700*time.Millisecond))
		if ctx.Err() != nil {
			return
		}
		n := w.nodes[rng.IntN(len(w.nodes))]
		w.story.tell("", "", "%s: %s", n.name, d.name)
		d.do(ctx, w, n, rng)
		w.story.tell("", "", "%s: %s is over", n.name, d.name)
	}
}

// wild and calm switch the proxies.
func (w *world) wild(on bool) {
	for _, n := range w.nodes {
		n.front.wild.Store(on)
	}
}

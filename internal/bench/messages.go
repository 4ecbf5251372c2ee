package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// markEvery is how often a dashboard says what it has received: as the product's own does.
const markEvery = time.Second

// talk is one visitor's conversation and what its agent has seen of it.
type talk struct {
	visitor *visitor
	agent   *agent
	session id.Session
	chat    id.Chat
	acked   int // messages 1…acked were acknowledged

	mu     sync.Mutex
	seen   []uint8     // how often the agent got message n
	at     []time.Time // when it was sent
	last   int64       // highest seq the agent has
	marked time.Time
}

// Messages lets Visitors chat at once, each with one message in flight, for Duration; then it asks for everything again and compares.
func Messages(ctx context.Context, t Target) (MessagesResult, error) {
	b := &messageBench{Target: t, talks: map[id.Session]*talk{}}
	tm, err := t.assemble(ctx, t.Agents, func(i int) func(string, []byte) { return func(kind string, raw []byte) { b.news(i, kind, raw) } })
	if err != nil {
		return MessagesResult{}, err
	}
	b.team = tm
	defer tm.dismiss(context.WithoutCancel(ctx))
	crowd := t.gather(ctx, t.Crowd)
	defer crowd.leave()
	if err := b.start(ctx); err != nil {
		return MessagesResult{}, err
	}
	began := time.Now()
	before, _ := cpu(t.PID) // 0 without a process id: not measured
	b.chat(ctx, began.Add(t.Duration))
	took := time.Since(began)
	after, _ := cpu(t.PID)
	if err := b.settle(ctx); err != nil {
		return MessagesResult{}, err
	}
	r := MessagesResult{
		Sent: b.sent.Load(), Acked: b.acked.Load(), Refused: b.refused.Load(), PerSecond: float64(b.acked.Load()) / took.Seconds(),
		Visitors: t.Visitors, Agents: len(tm.agents), Crowd: len(crowd.visitors),
	}
	r.CPUPerMessage = float64((after - before).Microseconds()) / float64(max(1, r.Acked))
	if err := b.compare(ctx, &r); err != nil {
		return r, err
	}
	r.MS, r.AckMS = b.delivered.millis(), b.answered.millis()
	return r, nil
}

type messageBench struct {
	Target
	team                 *team
	sent, acked, refused atomic.Int64
	delivered, answered  samples

	mu    sync.RWMutex
	talks map[id.Session]*talk
}

// start opens every conversation and gives it to an agent.
func (b *messageBench) start(ctx context.Context) error {
	errs := make(chan error, b.Visitors)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32)
	for i := range b.Visitors {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs <- b.open(ctx, b.team.agents[i%len(b.team.agents)])
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return fmt.Errorf("open a conversation: %w", err)
		}
	}
	return nil
}

func (b *messageBench) open(ctx context.Context, a *agent) error {
	v, err := b.connectVisitor(ctx, nil)
	if err != nil {
		return err
	}
	ack, err := v.say(ctx, "hello")
	if err != nil {
		return err
	}
	chat, err := a.join(ctx, ack.Session)
	if err != nil {
		return err
	}
	tk := &talk{visitor: v, agent: a, session: ack.Session, chat: chat, seen: make([]uint8, 1), at: make([]time.Time, 1)}
	b.mu.Lock()
	b.talks[ack.Session] = tk
	b.mu.Unlock()
	return nil
}

// chat has every visitor send, wait for the acknowledgement, and send again.
func (b *messageBench) chat(ctx context.Context, end time.Time) {
	var wg sync.WaitGroup
	for _, tk := range b.talks {
		wg.Go(func() {
			for n := 1; time.Now().Before(end) && ctx.Err() == nil; n++ {
				now := time.Now()
				tk.mu.Lock()
				tk.seen, tk.at = append(tk.seen, 0), append(tk.at, now)
				tk.mu.Unlock()
				b.sent.Add(1)
				_, err := tk.visitor.say(ctx, "message number "+strconv.Itoa(n))
				if isRefusal(err) {
					b.refused.Add(1)
				}
				if err != nil {
					return
				}
				b.answered.add(time.Since(now))
				b.acked.Add(1)
				tk.acked = n
			}
		})
	}
	wg.Wait()
}

// settle waits until the agents have what was acknowledged, but not for ever: what is missing then is lost.
func (b *messageBench) settle(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 250 {
		if b.delivered.count() >= b.acked.Load() {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// news is what an agent's screen gets.
func (b *messageBench) news(_ int, kind string, raw []byte) {
	if kind != "message" {
		return
	}
	var f wire.AgentMessageFrame
	if json.Unmarshal(raw, &f) != nil {
		return
	}
	b.mu.RLock()
	tk := b.talks[f.Session]
	b.mu.RUnlock()
	if tk != nil {
		tk.arrived(f.M, &b.delivered)
	}
}

// arrived counts one message on the agent's screen, and marks it as a dashboard does.
func (tk *talk) arrived(m wire.AgentMessage, delivered *samples) {
	now := time.Now()
	tk.mu.Lock()
	defer tk.mu.Unlock()
	if n, ok := number(m); ok && n < len(tk.seen) {
		tk.seen[n]++
		if tk.seen[n] == 1 && delivered != nil {
			delivered.add(now.Sub(tk.at[n]))
		}
	}
	tk.last = max(tk.last, m.Seq)
	if m.VSeq > 0 && now.Sub(tk.marked) >= markEvery {
		tk.marked = now
		_ = tk.agent.send(wire.AgentMark{T: "mark", Chat: tk.chat, Got: m.VSeq, Read: m.VSeq})
	}
}

func number(m wire.AgentMessage) (int, bool) {
	digits, ok := strings.CutPrefix(m.Text, "message number ")
	if !ok || m.Kind != wire.Text {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0
}

// compare catches up as a client would after the rush, then reads back all that is stored and holds it against what was promised.
func (b *messageBench) compare(ctx context.Context, r *MessagesResult) error {
	for _, tk := range b.talks {
		stored := make([]uint8, tk.acked+2)
		err := tk.stored(ctx, func(m wire.AgentMessage) {
			if n, ok := number(m); ok && n < len(stored) {
				stored[n]++
			}
		})
		if err != nil {
			return err
		}
		tk.mu.Lock()
		for n := 1; n <= tk.acked; n++ {
			if tk.seen[n] > 0 {
				r.Delivered++
			}
			if stored[n] == 0 || tk.seen[n] == 0 {
				r.Lost++
			}
			if stored[n] > 1 || tk.seen[n] > 1 {
				r.Doubled++
			}
		}
		tk.mu.Unlock()
		tk.visitor.end(ctx, tk.session)
		tk.visitor.close()
	}
	return nil
}

// stored reads the whole session back, and fills what the agent's screen has not got yet.
func (tk *talk) stored(ctx context.Context, each func(wire.AgentMessage)) error {
	before := int64(1 << 53)
	for {
		key := id.New[string]()
		raw, err := tk.agent.ask(ctx, key, wire.AgentHistory{T: "history", ID: key, Chat: tk.chat, Before: before})
		if err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		var f wire.AgentMessagesFrame
		if err := json.Unmarshal(raw, &f); err != nil {
			return err
		}
		for _, m := range f.Messages {
			each(m)
		}
		if !f.More || len(f.Messages) == 0 {
			return nil
		}
		before = f.Messages[0].Seq
	}
}

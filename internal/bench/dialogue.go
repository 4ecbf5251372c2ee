package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// chatEvery is how often both sides of a chat say something.
const chatEvery = time.Second

// dialogues are visitors and agents who talk: one message each way, once in chatEvery.
type dialogues struct {
	list               []*dialogue
	toAgent, toVisitor samples

	mu      sync.Mutex
	sent    int
	waiting map[string]waiting // by who must get it, and its text
}

// waiting is a message that has not come to the other side.
type waiting struct {
	at   time.Time
	came chan struct{}
}

// dialogue is one of them.
type dialogue struct {
	visitor *visitor
	agent   *agent
	session id.Session
	chat    id.Chat
}

func newDialogues() *dialogues { return &dialogues{waiting: map[string]waiting{}} }

// start lets them begin.
func (d *dialogues) start(ctx context.Context, b *presenceBench) error {
	for i := range min(b.Chats, b.Visitors) {
		v, err := b.connectVisitor(ctx, d.atVisitor)
		if err != nil {
			return fmt.Errorf("connect somebody who chats: %w", err)
		}
		talk := &dialogue{visitor: v, agent: b.team.agents[i%len(b.team.agents)]}
		d.list = append(d.list, talk)
		ack, err := v.say(ctx, "hello")
		if err != nil {
			return fmt.Errorf("first message: %w", err)
		}
		talk.session = ack.Session
		if talk.chat, err = talk.agent.join(ctx, ack.Session); err != nil {
			return fmt.Errorf("join: %w", err)
		}
	}
	return nil
}

func (d *dialogues) end(ctx context.Context) {
	for _, t := range d.list {
		if t.session != "" {
			t.visitor.end(ctx, t.session)
		}
		t.visitor.close()
	}
}

// run lets them talk until ctx ends, and finishes what was begun.
func (d *dialogues) run(ctx context.Context) error {
	errs := make(chan error, len(d.list))
	var wg sync.WaitGroup
	for i, t := range d.list {
		wg.Go(func() { errs <- d.talk(ctx, t, chatEvery*time.Duration(i)/time.Duration(len(d.list))) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *dialogues) talk(ctx context.Context, t *dialogue, wait time.Duration) error {
	timer := time.NewTimer(wait) // not all in the same moment
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		timer.Reset(chatEvery)
		key := id.New[string]()
		if err := d.carry("agent "+key, &d.toAgent, func() error { return t.visitor.send(wire.VisitorSend{T: "send", ID: key, Text: key}) }); err != nil {
			return fmt.Errorf("visitor to agent: %w", err)
		}
		key = id.New[string]()
		if err := d.carry("visitor "+key, &d.toVisitor, func() error {
			return t.agent.send(wire.AgentSend{T: "send", ID: key, Chat: t.chat, Text: key})
		}); err != nil {
			return fmt.Errorf("agent to visitor: %w", err)
		}
	}
}

// carry sends one message and waits until the other side has it. One that does not come is counted as lost.
func (d *dialogues) carry(message string, into *samples, send func() error) error {
	w := waiting{at: time.Now(), came: make(chan struct{})}
	d.mu.Lock()
	d.waiting[message] = w
	d.sent++
	d.mu.Unlock()
	if err := send(); err != nil {
		return err
	}
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	select {
	case <-w.came:
		into.add(time.Since(w.at))
	case <-timer.C:
	}
	return nil
}

func (d *dialogues) atAgent(kind string, raw []byte)   { d.arrived("agent ", kind, raw) }
func (d *dialogues) atVisitor(kind string, raw []byte) { d.arrived("visitor ", kind, raw) }

func (d *dialogues) arrived(at, kind string, raw []byte) {
	if kind != "message" {
		return
	}
	var f struct {
		M struct {
			Text string    `json:"text"`
			Kind wire.Kind `json:"kind"`
		} `json:"m"`
	}
	if json.Unmarshal(raw, &f) != nil || f.M.Kind != wire.Text {
		return
	}
	d.mu.Lock()
	w, ok := d.waiting[at+f.M.Text]
	delete(d.waiting, at+f.M.Text)
	d.mu.Unlock()
	if ok {
		close(w.came)
	}
}

func (d *dialogues) messages() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sent
}

func (d *dialogues) lost() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

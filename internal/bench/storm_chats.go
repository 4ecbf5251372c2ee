package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// stormTalk is a visitor who goes on chatting through the storm: one message at a time, sent again under the same id until it
// is acknowledged, as the widget's outbox does.
type stormTalk struct {
	visitor *visitor
	session id.Session
	chat    id.Chat
	acked   int
	longest time.Duration
	err     error
}

// sayEvery is the pause between two messages of such a visitor.
const sayEvery = 100 * time.Millisecond

type stormTalks struct {
	*storm
	list []*stormTalk
	stop chan struct{} // no further messages
	done sync.WaitGroup
}

// assembleTalks opens the chats, and lets them go on beside whatever happens.
func (s *storm) assembleTalks(ctx context.Context, everybody *sync.WaitGroup) (*stormTalks, error) {
	tm, err := s.assemble(ctx, 1, func(int) func(string, []byte) { return func(string, []byte) {} })
	if err != nil {
		return nil, err
	}
	defer tm.dismiss(ctx)
	t := &stormTalks{storm: s, stop: make(chan struct{})}
	for range min(s.Chats, s.Visitors) {
		v, err := s.connectVisitor(ctx, nil)
		if err != nil {
			return nil, err
		}
		ack, err := v.say(ctx, "hello")
		if err != nil {
			return nil, fmt.Errorf("first message: %w", err)
		}
		talk := &stormTalk{visitor: v, session: ack.Session}
		if talk.chat, err = tm.agents[0].join(ctx, ack.Session); err != nil {
			return nil, fmt.Errorf("join: %w", err)
		}
		t.list = append(t.list, talk)
	}
	for _, talk := range t.list {
		t.done.Add(1)
		everybody.Go(func() { defer t.done.Done(); t.goOn(ctx, talk) })
	}
	return t, nil
}

// goOn sends until it is told to stop.
func (t *stormTalks) goOn(ctx context.Context, talk *stormTalk) {
	for n := 1; ; n++ {
		select {
		case <-t.stop:
			return
		default:
		}
		if talk.err = t.insist(ctx, talk, wire.VisitorSend{T: "send", ID: id.New[string](), Text: "message number " + strconv.Itoa(n)}); talk.err != nil {
			return
		}
		talk.acked = n
		if pause(ctx, sayEvery) != nil {
			return
		}
	}
}

// insist sends one message until it is acknowledged. A refusal that has no time to wait breaks the chat.
func (t *stormTalks) insist(ctx context.Context, talk *stormTalk, f wire.VisitorSend) error {
	began := time.Now()
	for {
		_, err := talk.visitor.ask(ctx, f.ID, f)
		switch {
		case err == nil:
			talk.longest = max(talk.longest, time.Since(began))
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case isRefusal(err) && retryAfter(err) == 0, time.Since(began) > t.Within:
			return err
		case isRefusal(err):
			if err := pause(ctx, retryAfter(err)); err != nil {
				return err
			}
		default:
			talk.visitor.close() // no answer: the line is dead
			if v := t.comeBack(ctx, talk.visitor, false); v != nil {
				talk.visitor = v
			}
		}
	}
}

// finish ends the chats, and compares what was acknowledged with what is stored.
func (t *stormTalks) finish(ctx context.Context, r *StormResult) error {
	close(t.stop)
	t.done.Wait()
	tm, err := t.assemble(ctx, 1, func(int) func(string, []byte) { return func(string, []byte) {} })
	if err != nil {
		return err
	}
	defer tm.dismiss(ctx)
	r.Chats = len(t.list)
	for _, one := range t.list {
		if one.err != nil {
			r.Broken++
		}
		r.Acked += one.acked
		r.LongestS = max(r.LongestS, one.longest.Seconds())
		stored := make([]int, one.acked+2)
		reader := &talk{agent: tm.agents[0], chat: one.chat}
		if err := reader.stored(ctx, func(m wire.AgentMessage) {
			if n, ok := number(m); ok && n < len(stored) {
				stored[n]++
			}
		}); err != nil {
			return err
		}
		for n := 1; n <= one.acked; n++ {
			if stored[n] == 0 {
				r.Lost++
			}
			if stored[n] > 1 {
				r.Doubled++
			}
		}
		one.visitor.end(ctx, one.session)
		one.visitor.close()
	}
	return nil
}

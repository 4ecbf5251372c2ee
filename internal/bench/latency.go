package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// Latency sends one message at a time, first from the visitor, then from the agent, and times each until the other side has it.
func Latency(ctx context.Context, t Target) (LatencyResult, error) {
	var toAgent, toVisitor samples
	atAgent, atVisitor := make(chan string, 16), make(chan string, 16)
	arrived := func(to chan string) func(string, []byte) {
		return func(kind string, raw []byte) {
			if kind != "message" {
				return
			}
			var f struct {
				M struct {
					Text string    `json:"text"`
					Kind wire.Kind `json:"kind"`
				} `json:"m"`
			}
			if json.Unmarshal(raw, &f) == nil && f.M.Kind == wire.Text {
				to <- f.M.Text
			}
		}
	}
	tm, err := t.assemble(ctx, 1, func(int) func(string, []byte) { return arrived(atAgent) })
	if err != nil {
		return LatencyResult{}, err
	}
	defer tm.dismiss(context.WithoutCancel(ctx))
	crowd := t.gather(ctx, t.Crowd)
	defer crowd.leave()
	v, err := t.connectVisitor(ctx, arrived(atVisitor))
	if err != nil {
		return LatencyResult{}, err
	}
	defer v.close()
	first, err := v.say(ctx, "hello")
	if err != nil {
		return LatencyResult{}, fmt.Errorf("first message: %w", err)
	}
	defer v.end(context.WithoutCancel(ctx), first.Session)
	me := tm.agents[0]
	chat, err := me.join(ctx, first.Session)
	if err != nil {
		return LatencyResult{}, fmt.Errorf("join: %w", err)
	}
	r := LatencyResult{Crowd: len(crowd.visitors)}
	for end := time.Now().Add(t.Duration); time.Now().Before(end); r.Count += 2 {
		text := id.New[string]()
		began := time.Now()
		if err := v.send(wire.VisitorSend{T: "send", ID: text, Text: text}); err != nil {
			return r, err
		}
		if err := wait(ctx, atAgent, text); err != nil {
			return r, fmt.Errorf("visitor to agent: %w", err)
		}
		toAgent.add(time.Since(began))

		text = id.New[string]()
		began = time.Now()
		if err := me.send(wire.AgentSend{T: "send", ID: text, Chat: chat, Text: text}); err != nil {
			return r, err
		}
		if err := wait(ctx, atVisitor, text); err != nil {
			return r, fmt.Errorf("agent to visitor: %w", err)
		}
		toVisitor.add(time.Since(began))
	}
	r.V2A, r.A2V = toAgent.millis(), toVisitor.millis()
	return r, nil
}

// wait takes arrivals until text is among them.
func wait(ctx context.Context, arrivals <-chan string, text string) error {
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	for {
		select {
		case got := <-arrivals:
			if got == text {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("not delivered within %s", answerWait)
		}
	}
}

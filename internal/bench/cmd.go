// Package bench is the load tool: real clients of the documented protocol against any running server.
// It belongs to the product, because operators size their machines with it. It imports nothing of the server but the frames.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/id"
)

// Cmd is `parley bench …` on the command line.
type Cmd struct {
	Latency  LatencyCmd  `cmd:"" help:"One message in flight: how long from sender to reader, both ways."`
	Messages MessagesCmd `cmd:"" help:"Many visitors chat at once: how many messages are stored and delivered, and is one lost or doubled."`
	Idle     IdleCmd     `cmd:"" help:"Many visitors are online and silent: what memory does each cost."`
	Presence PresenceCmd `cmd:"" help:"Many visitors who move from page to page, agents who watch them, chats among them: memory, CPU, bytes, latency."`
	Storm    StormCmd    `cmd:"" help:"The server restarts under many visitors: how long until all are back, what memory it takes, and is a chat lost."`
	Help     HelpCmd     `cmd:"" help:"A help centre of many articles: how fast are pages and searches. Takes an owner or admin."`
	Bans     BansCmd     `cmd:"" help:"From banning to the last covered visitor gone, and the time of one decision. Takes an owner or admin."`
}

// Target says which server, and as whom.
type Target struct {
	URL       string        `help:"The server." default:"http://127.0.0.1:8080" env:"-"`
	Email     string        `help:"An owner's or admin's email address." env:"-"`
	Password  string        `help:"… and password." env:"-"`
	Property  id.Property   `help:"The property to chat in." env:"-"`
	Origin    string        `help:"The Origin that visitors send: one of the property's allowed domains." env:"-"`
	Visitors  int           `help:"How many visitors." default:"200" env:"-"`
	Agents    int           `help:"How many agents answer." default:"4" env:"-"`
	Crowd     int           `help:"Further visitors who are online and silent meanwhile." default:"0" env:"-"`
	Duration  time.Duration `help:"How long to measure." default:"10s" env:"-"`
	Forwarded bool          `help:"Visitors come from all over the world: the server must believe our X-Forwarded-For (--trusted-proxies) and exempt everybody (--rate-limit-exempt)." env:"-"`
	PID       int           `name:"pid" help:"The server's process id, to read its memory (same machine)." env:"-"`
	JSON      bool          `name:"json" help:"Print one JSON object." env:"-"`

	Out    io.Writer                  `kong:"-"` // default: the standard output
	dialer func() (gws.Dialer, error) // nil: from any address of this machine
}

func (t *Target) writer() io.Writer {
	if t.Out == nil {
		return os.Stdout
	}
	return t.Out
}

// print writes the result as JSON or as the lines of a table.
func (t *Target) print(result any, table func(w io.Writer)) error {
	if t.JSON {
		return json.NewEncoder(t.writer()).Encode(result)
	}
	table(t.writer())
	return nil
}

// Millis are percentiles of durations in milliseconds.
type Millis struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func (m Millis) String() string {
	return fmt.Sprintf("p50 %.2f ms, p95 %.2f, p99 %.2f, max %.2f", m.P50, m.P95, m.P99, m.Max)
}

// LatencyResult is what `bench latency --json` prints.
type LatencyResult struct {
	V2A   Millis `json:"v2a_ms"`
	A2V   Millis `json:"a2v_ms"`
	Count int    `json:"messages"`
	Crowd int    `json:"crowd"`
}

// LatencyCmd is `parley bench latency`.
type LatencyCmd struct {
	Target `embed:""`
}

// Run measures and prints.
func (c *LatencyCmd) Run(ctx context.Context) error {
	r, err := Latency(ctx, c.Target)
	if err != nil {
		return err
	}
	return c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "visitor to agent   %s\nagent to visitor   %s\n(%d messages, %d silent visitors)\n", r.V2A, r.A2V, r.Count, r.Crowd)
	})
}

// MessagesResult is what `bench messages --json` prints.
type MessagesResult struct {
	Sent          int64   `json:"sent"`
	Acked         int64   `json:"acked"`
	Delivered     int64   `json:"delivered"`
	Lost          int64   `json:"lost"`    // acknowledged, but not there for the agent at the end
	Doubled       int64   `json:"doubled"` // there more than once
	Refused       int64   `json:"refused"` // answered with an error (limits: see --rate-limit-exempt)
	PerSecond     float64 `json:"per_second"`
	CPUPerMessage float64 `json:"cpu_us_per_message"` // of the server, with --pid
	MS            Millis  `json:"ms"`                 // from the visitor's send to the agent's screen
	AckMS         Millis  `json:"ack_ms"`
	Visitors      int     `json:"visitors"`
	Agents        int     `json:"agents"`
	Crowd         int     `json:"crowd"`
}

// MessagesCmd is `parley bench messages`.
type MessagesCmd struct {
	Target `embed:""`
}

// Run measures and prints. It fails when a message was lost or doubled.
func (c *MessagesCmd) Run(ctx context.Context) error {
	r, err := Messages(ctx, c.Target)
	if err != nil {
		return err
	}
	err = c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%.0f messages a second, delivered %s\nacknowledged %s\nsent %d, acked %d, delivered %d, refused %d, LOST %d, DOUBLED %d\n(%d visitors, %d agents, %d silent visitors)\n",
			r.PerSecond, r.MS, r.AckMS, r.Sent, r.Acked, r.Delivered, r.Refused, r.Lost, r.Doubled, r.Visitors, r.Agents, r.Crowd)
	})
	if err == nil && r.Lost+r.Doubled > 0 {
		err = fmt.Errorf("%d messages lost, %d doubled", r.Lost, r.Doubled)
	}
	return err
}

// IdleResult is what `bench idle --json` prints.
type IdleResult struct {
	Visitors      int     `json:"visitors"`
	Failed        int     `json:"failed"`
	RSS           int64   `json:"rss_bytes"`
	RSSBefore     int64   `json:"rss_before_bytes"`
	RSSPerVisitor int64   `json:"rss_per_visitor_bytes"`
	ConnectS      float64 `json:"connect_seconds"`
}

// IdleCmd is `parley bench idle`.
type IdleCmd struct {
	Target `embed:""`
}

// Run measures and prints.
func (c *IdleCmd) Run(ctx context.Context) error {
	r, err := Idle(ctx, c.Target)
	if err != nil {
		return err
	}
	return c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%d visitors online (%d failed) in %.1f s\nserver memory %.1f MB, before %.1f MB: %d bytes a visitor\n",
			r.Visitors, r.Failed, r.ConnectS, float64(r.RSS)/1e6, float64(r.RSSBefore)/1e6, r.RSSPerVisitor)
	})
}

// Package hub holds the live connections of browsers: WebSocket, and SSE with POST where a proxy breaks WebSockets.
// It carries frames, it does not read them: it knows no feature.
package hub

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"parley/internal/kernel/clock"
)

// Handler is one road's behaviour: the visitors', the agents'.
type Handler interface {
	// Open decides before the upgrade; an errs error becomes the HTTP answer. It must not keep r.
	Open(c *Conn, r *http.Request) error
	// Frame gets the frames of one connection in order, one at a time, off the read loop. data is the handler's to keep.
	Frame(ctx context.Context, c *Conn, data []byte)
	// Closed is called exactly once for every Open that returned nil, after the last Frame.
	Closed(c *Conn)
}

// Options set the limits; zero values mean the defaults of docs/adr/0001.
type Options struct {
	Node    string
	Log     *slog.Logger
	Now     clock.Clock
	Address func(*http.Request) string // the client's canonical address; default: the socket's
}

// Hub is all connections of this node.
type Hub struct{ o Options }

// New makes a hub. Nothing runs before Run.
func New(o Options) *Hub { return &Hub{o: o} }

// Run keeps the heartbeat until ctx ends.
func (h *Hub) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Drain refuses new connections and closes all with 1001, spread over the time that ctx gives.
func (h *Hub) Drain(_ context.Context) {}

// WebSocket is the road for browsers.
func (h *Hub) WebSocket(_ Handler) http.Handler { return http.NotFoundHandler() }

// Stream is the fallback's down road: POST, answered with text/event-stream.
func (h *Hub) Stream(_ Handler) http.Handler { return http.NotFoundHandler() }

// Frames is the fallback's up road.
func (h *Hub) Frames(_ Handler) http.Handler { return http.NotFoundHandler() }

// Publish sends f to every connection of the topic but the one whose id is except.
func (h *Hub) Publish(_ string, _ *Frame, _ string) {}

// Each calls fn for every connection of the topic.
func (h *Hub) Each(_ string, _ func(*Conn)) {}

// Count says how many connections a topic has.
func (h *Hub) Count(_ string) int { return 0 }

// Stats are the hub's counters.
type Stats struct{ Open int64 }

// Stats reads the counters.
func (h *Hub) Stats() Stats { return Stats{} }

// Frame is one encoded frame; it may be sent to any number of connections.
type Frame struct{ wire []byte }

// NewFrame makes a frame of JSON text. The bytes must not change afterwards.
func NewFrame(json []byte) *Frame { return &Frame{wire: json} }

// JSON encodes v as a frame. It panics if v cannot be encoded: frames are our own types.
func JSON(v any) *Frame {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return NewFrame(b)
}

// Conn is one browser's connection.
type Conn struct {
	State any // the handler's own; touch it from Open, Frame and Closed, or guard it
	id    string
}

// ID is unique in the whole installation.
func (c *Conn) ID() string { return c.id }

// Address is the client's canonical address.
func (c *Conn) Address() string { return "" }

// Origin is the Origin header of the request.
func (c *Conn) Origin() string { return "" }

// UserAgent is the User-Agent header, cut to 256 bytes.
func (c *Conn) UserAgent() string { return "" }

// Attached reports whether this is the short life of one POST of the fallback: it has no topics and Send fills the answer.
func (c *Conn) Attached() bool { return false }

// Ready says that hello was accepted. A connection that is not ready within 10 s is closed with CloseNoHello.
func (c *Conn) Ready() {}

// Send queues f; it never blocks. A connection whose queue is full is closed with CloseTooSlow.
func (c *Conn) Send(_ *Frame) {}

// Close sends what is queued, then the close code, and ends the connection. Later calls do nothing.
func (c *Conn) Close(_ int, _ string) {}

// Join puts the connection into a topic; twice is once.
func (c *Conn) Join(_ string) {}

// Leave takes it out again. Closing leaves all topics.
func (c *Conn) Leave(_ string) {}

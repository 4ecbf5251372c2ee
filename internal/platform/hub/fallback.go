package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/wire"
)

var (
	errMethod   = errs.New(errs.Invalid, "stream.method", "Use POST.")
	errBody     = errs.New(errs.Invalid, "stream.body", "The body is not what this address takes.")
	errTooLarge = errs.New(errs.TooLarge, "stream.too_large", "The body is too large.")
)

// maxPost is how many full frames a POST may weigh.
const maxPost = 4

// fallback is what a Conn has instead of a WebSocket.
type fallback struct {
	attached bool          // the short life of a POST of frames
	wake     chan struct{} // capacity 1: there is something to write
	done     chan struct{} // closed by stop
	once     sync.Once
}

func newFallback(attached bool) *fallback {
	return &fallback{attached: attached, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (f *fallback) kick() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *fallback) stop() { f.once.Do(func() { close(f.done) }) }

// closing is how the fallback tells a close code.
type closing struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

// Stream is the fallback's down road: POST with the hello frame as the body, answered with text/event-stream. The first event
// is `open` with {"stream": the connection's id}, then each frame is a message; the last may be `close` with {"code","reason"}.
func (h *Hub) Stream(handler Handler) http.Handler {
	return h.post(handler, false, int64(h.o.MaxFrameBytes), func(c *Conn, w http.ResponseWriter, r *http.Request, body []byte) {
		defer c.over()
		rc := http.NewResponseController(w)
		head := w.Header()
		head.Set("Content-Type", "text/event-stream; charset=utf-8")
		head.Set("Cache-Control", "no-store, no-transform")
		head.Set("X-Accel-Buffering", "no") // nginx would hold the events back
		if err := c.event(w, rc, "open", map[string]string{"stream": c.id}); err != nil {
			return
		}
		if len(bytes.TrimSpace(body)) > 0 {
			c.accept(body)
		}
		c.start()
		for {
			select {
			case <-c.fallback.wake:
				if !c.flushEvents(w, rc) {
					return
				}
			case <-c.fallback.done:
				return
			case <-r.Context().Done():
				return
			}
		}
	})
}

// post is what both POSTs have in common: method, origin, Open, body. then owns the Conn and ends it.
func (h *Hub) post(handler Handler, attached bool, limit int64, then func(*Conn, http.ResponseWriter, *http.Request, []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if preflight(w, r) {
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "POST, OPTIONS")
			h.refuse(w, r, errMethod, http.StatusMethodNotAllowed)
			return
		}
		c := h.newConn(handler, r)
		c.fallback = newFallback(attached)
		if err := c.open(r); err != nil {
			h.refuse(w, r, err, 0)
			return
		}
		allow(w, r)
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			c.over()
			h.refuse(w, r, bodyError(err), 0)
			return
		}
		then(c, w, r, body)
	})
}

func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	return errBody
}

// flushEvents writes what waits as one flush; false: the stream is over.
func (c *Conn) flushEvents(w io.Writer, rc *http.ResponseController) bool {
	c.mu.Lock()
	frames, end := c.out, c.end
	c.out, c.outBytes = nil, 0
	c.mu.Unlock()
	var buf bytes.Buffer
	for _, f := range frames {
		if f.op() != opText {
			buf.WriteString(": ping\n\n")
			continue
		}
		for line := range bytes.SplitSeq(f.payload(), []byte{'\n'}) {
			fmt.Fprintf(&buf, "data: %s\n", line)
		}
		buf.WriteByte('\n')
	}
	if err := c.writeEvents(w, rc, buf.Bytes()); err != nil {
		return false
	}
	c.hub.stats.framesOut.Add(int64(len(frames)))
	if end != nil {
		_ = c.event(w, rc, "close", closing{end.code, end.reason}) // the last word; it may be lost
		return false
	}
	return true
}

func (c *Conn) event(w io.Writer, rc *http.ResponseController, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.writeEvents(w, rc, fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, data))
}

func (c *Conn) writeEvents(w io.Writer, rc *http.ResponseController, data []byte) error {
	// Without deadlines (a recorder in tests) writing works as well.
	_ = rc.SetWriteDeadline(clock.System().Add(c.hub.o.WriteWait))
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := rc.Flush(); err != nil {
		return err
	}
	// No answer comes this way: a stream lives as long as the network takes what is written.
	c.seen.Store(c.hub.beat.now.Load())
	c.hub.stats.bytesOut.Add(int64(len(data)))
	return nil
}

type posted struct {
	Stream string            `json:"stream"`
	Hello  json.RawMessage   `json:"hello"`
	Frames []json.RawMessage `json:"frames"`
}

type answered struct {
	Frames []json.RawMessage `json:"frames"`
	Close  *closing          `json:"close,omitempty"`
}

// Frames is the fallback's up road: POST of {"stream","hello","frames"}, answered with {"frames"} and, where the handler closed,
// {"close":{"code","reason"}}. It works on any node: the hello says who it is, the stream's id keeps the news that these frames
// cause from coming back on the stream.
func (h *Hub) Frames(handler Handler) http.Handler {
	return h.post(handler, true, int64(maxPost*h.o.MaxFrameBytes), func(c *Conn, w http.ResponseWriter, r *http.Request, body []byte) {
		in, err := parsePost(body, h.o.MaxFrameBytes)
		if err != nil {
			c.over()
			h.refuse(w, r, err, 0)
			return
		}
		c.id = in.Stream
		out := c.handlePost(in)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(out) // the client may be gone; it sends again what was not acknowledged
	})
}

func parsePost(body []byte, maxFrame int) (posted, error) {
	var in posted
	if err := json.Unmarshal(body, &in); err != nil {
		return in, errBody
	}
	if in.Stream == "" || len(in.Stream) > wire.MaxIDBytes || len(in.Hello) == 0 || len(in.Frames) > wire.MaxBatch {
		return in, errBody
	}
	for _, f := range in.Frames {
		if len(f) > maxFrame {
			return in, errTooLarge
		}
	}
	return in, nil
}

// handlePost runs the handler on the request's goroutine and collects what it sent.
func (c *Conn) handlePost(in posted) answered {
	for _, f := range append([]json.RawMessage{in.Hello}, in.Frames...) {
		c.mu.Lock()
		over := c.end != nil
		c.mu.Unlock()
		if over {
			break
		}
		c.hub.stats.framesIn.Add(1)
		c.guard("frame", func() { c.handler.Frame(c.hub.ctx, c, f) })
	}
	c.mu.Lock()
	out := answered{Frames: make([]json.RawMessage, len(c.out))}
	for i, f := range c.out {
		out.Frames[i] = f.payload()
	}
	c.hub.stats.framesOut.Add(int64(len(c.out)))
	if c.end != nil {
		out.Close = &closing{c.end.code, c.end.reason}
	}
	c.gone, c.out = true, nil
	c.mu.Unlock()
	c.finish()
	return out
}

package bench

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/wire"
)

// answerWait is how long a client waits for an answer before it calls the server broken.
const answerWait = 30 * time.Second

// head is what every frame has: enough to route it.
type head struct {
	T  string `json:"t"`
	ID string `json:"id"`
}

// socket is one WebSocket that matches answers to commands and hands news on.
type socket struct {
	conn   *gws.Conn
	news   func(t string, raw []byte)
	closed chan struct{}
	once   sync.Once
	why    error
	ended  time.Time

	mu      sync.Mutex
	waiting map[string]chan []byte // by command id; "welcome" for hello
}

// dial opens a socket and starts reading. news gets every frame that answers no command.
func dial(ctx context.Context, t *Target, path string, header http.Header, news func(t string, raw []byte)) (*socket, error) {
	s := &socket{news: news, closed: make(chan struct{}), waiting: map[string]chan []byte{}}
	u := strings.Replace(t.URL, "http", "ws", 1) + path
	conn, _, err := gws.NewClient(s, &gws.ClientOption{ //nolint:bodyclose // the answer's body is the socket
		Addr: u, RequestHeader: header, ReadBufferSize: 1024, ReadMaxPayloadSize: 8 << 20, HandshakeTimeout: answerWait,
		TlsConfig: &tls.Config{MinVersion: tls.VersionTLS12}, NewDialer: t.dialer,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", path, err)
	}
	if ctx.Err() != nil {
		_ = conn.NetConn().Close()
		return nil, ctx.Err()
	}
	s.conn = conn
	go conn.ReadLoop()
	return s, nil
}

// ask sends a command and waits for the frame that answers it.
func (s *socket) ask(ctx context.Context, key string, frame any) ([]byte, error) {
	ch := make(chan []byte, 1)
	s.mu.Lock()
	s.waiting[key] = ch
	s.mu.Unlock()
	if err := s.send(frame); err != nil {
		return nil, err
	}
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	select {
	case raw := <-ch:
		return raw, refused(raw)
	case <-s.closed:
		return nil, fmt.Errorf("the server closed the connection: %w", s.why)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, fmt.Errorf("no answer to %s within %s", key, answerWait)
	}
}

// refused turns an error frame into a Go error.
func refused(raw []byte) error {
	var e wire.Error
	if err := json.Unmarshal(raw, &e); err == nil && e.T == "error" {
		return &refusal{frame: e}
	}
	return nil
}

// refusal is an error frame.
type refusal struct{ frame wire.Error }

func (r *refusal) Error() string { return r.frame.Code + ": " + r.frame.Message }

func isRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

// retryAfter is when a refused command may be sent again; 0: never.
func retryAfter(err error) time.Duration {
	var r *refusal
	if !errors.As(err, &r) {
		return 0
	}
	return time.Duration(r.frame.RetryAfterMS) * time.Millisecond
}

func (s *socket) send(frame any) error {
	raw, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	return s.conn.WriteMessage(gws.OpcodeText, raw)
}

// reason is why the connection ended. It waits for the end: only then is it written.
func (s *socket) reason() error {
	<-s.closed
	return s.why
}

func (s *socket) close() { _ = s.conn.WriteClose(1000, nil); _ = s.conn.NetConn().Close() }

// OnOpen implements gws.Event.
func (s *socket) OnOpen(*gws.Conn) {}

// OnClose implements gws.Event.
func (s *socket) OnClose(_ *gws.Conn, err error) {
	s.once.Do(func() { s.why, s.ended = err, time.Now(); close(s.closed) })
}

// OnPing implements gws.Event.
func (s *socket) OnPing(c *gws.Conn, payload []byte) { _ = c.WritePong(payload) }

// OnPong implements gws.Event.
func (s *socket) OnPong(*gws.Conn, []byte) {}

// OnMessage implements gws.Event.
func (s *socket) OnMessage(_ *gws.Conn, m *gws.Message) {
	raw := append([]byte(nil), m.Bytes()...)
	_ = m.Close()
	var h head
	if err := json.Unmarshal(raw, &h); err != nil {
		return
	}
	key := h.ID
	if h.T == "welcome" {
		key = "welcome"
	}
	if key != "" {
		s.mu.Lock()
		ch, ok := s.waiting[key]
		delete(s.waiting, key)
		s.mu.Unlock()
		if ok {
			ch <- raw
			return
		}
	}
	if s.news != nil {
		s.news(h.T, raw)
	}
}

func (t *Target) visitorPath() string {
	return "/api/v1/visitor/socket?property=" + url.QueryEscape(string(t.Property))
}

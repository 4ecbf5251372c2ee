package hub

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // RFC 6455 wants it; it protects nothing
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
)

// The server's end of RFC 6455 is our own: a library's blocking read loop grows the goroutine's stack to 4 kB for ever, and keeps
// a buffer. BenchmarkIdle: 7.6 kB of memory a connection with gws and the smallest buffers, 3.0 kB so, 2.0 after a collection.

var (
	errNotWebSocket = errs.New(errs.Invalid, "socket.upgrade", "This address speaks WebSocket only.")
	errHandshake    = errs.New(errs.Invalid, "socket.handshake", "This is not a WebSocket handshake that the server knows.")
)

const handshakeWait = 5 * time.Second

// WebSocket is the road for browsers.
func (h *Hub) WebSocket(handler Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !hasToken(r, "Connection", "upgrade") || !hasToken(r, "Upgrade", "websocket") {
			w.Header().Set("Upgrade", "websocket")
			h.refuse(w, r, errNotWebSocket, http.StatusUpgradeRequired)
			return
		}
		key := r.Header.Get("Sec-WebSocket-Key")
		if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 || r.Header.Get("Sec-WebSocket-Version") != "13" {
			w.Header().Set("Sec-WebSocket-Version", "13")
			h.refuse(w, r, errHandshake, http.StatusBadRequest)
			return
		}
		c := h.newConn(handler, r)
		if err := c.open(r); err != nil {
			h.refuse(w, r, err, 0)
			return
		}
		if err := c.upgrade(w, key); err != nil {
			h.o.Log.DebugContext(r.Context(), "websocket upgrade", "error", err)
			c.over()
		}
	})
}

// hasToken looks for a word in a comma-separated header.
func hasToken(r *http.Request, header, token string) bool {
	for _, line := range r.Header.Values(header) {
		for word := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(word), token) {
				return true
			}
		}
	}
	return false
}

// upgrade takes the socket over and starts reading. The request's own goroutine then ends, and with it net/http's buffers.
func (c *Conn) upgrade(w http.ResponseWriter, key string) error {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("take the socket over: %w", err)
	}
	early, err := handshake(conn, buffered.Reader, key)
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("handshake: %w", err)
	}
	c.net = conn
	c.start()
	go c.read(early)
	return nil
}

// handshake answers, and returns what the client sent without waiting for the answer.
func handshake(conn net.Conn, buffered *bufio.Reader, key string) ([]byte, error) {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // RFC 6455, 4.2.2
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
	if err := conn.SetDeadline(clock.System().Add(handshakeWait)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, answer); err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	early, err := buffered.Peek(buffered.Buffered())
	return append([]byte(nil), early...), err
}

package hub

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/wire"
)

const (
	// readBuffer holds a frame's header and a short command; the rest of a longer one is read straight to where it goes.
	readBuffer = 256
	lingerWait = 2 * time.Second
	lingerMost = 1 << 20
)

var errNotWebSocket = errs.New(errs.Invalid, "socket.upgrade", "This address speaks WebSocket only.")

// WebSocket is the road for browsers.
func (h *Hub) WebSocket(handler Handler) http.Handler {
	up := gws.NewUpgrader(events{}, &gws.ServerOption{
		ReadMaxPayloadSize: h.o.MaxFrameBytes, ReadBufferSize: readBuffer, CheckUtf8Enabled: true, ParallelGolimit: 1,
		NewSession: func() gws.SessionStorage { return nil }, // the link leads to the Conn
		Logger:     quiet{},
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Method != http.MethodGet {
			h.refuse(w, errNotWebSocket, http.StatusUpgradeRequired)
			return
		}
		c := h.newConn(handler, r)
		if err := c.open(r); err != nil {
			h.refuse(w, err, 0)
			return
		}
		if err := c.upgrade(up, w, r); err != nil {
			h.o.Log.Debug("upgrade", "error", err)
			c.over()
		}
	})
}

// upgrade takes the socket over and starts the read loop. The request's own goroutine then ends, and with it net/http's buffers.
func (c *Conn) upgrade(up *gws.Upgrader, w http.ResponseWriter, r *http.Request) error {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("take the socket over: %w", err)
	}
	c.net = conn
	if buffered.Reader.Buffered() > 0 {
		_ = conn.Close()
		return errors.New("frames before the handshake")
	}
	socket, err := up.UpgradeFromConn((*link)(c), bufio.NewReaderSize((*link)(c), readBuffer), r)
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("handshake: %w", err)
	}
	c.start()
	go c.read(socket)
	return nil
}

// read is the connection's one lasting goroutine. Its stack stays small: frames are handled elsewhere.
func (c *Conn) read(socket *gws.Conn) {
	defer c.over()
	defer func() { _ = c.net.Close() }()
	defer func() {
		// gws panics on a length with the top bit set; nothing that a client sends may end the process.
		if p := recover(); p != nil {
			c.hub.o.Log.Warn("unreadable frame", "conn", c.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	socket.ReadLoop()
}

// link is the Conn as gws sees the network: the socket, but closing it makes sure that the close frame arrives.
type link Conn

func (l *link) Read(p []byte) (int, error) {
	n, err := l.net.Read(p)
	if now := l.hub.beat.now.Load(); l.seen.Load() != now {
		l.seen.Store(now)
	}
	return n, err
}

// Write is only used by gws itself: for the handshake and close frames.
func (l *link) Write(p []byte) (int, error) {
	_ = l.net.SetWriteDeadline(clock.System().Add(lingerWait)) // an error shows in the write
	return l.net.Write(p)
}

// Close reads on for a moment before it closes: unread bytes would make the kernel reset the connection, and the client would
// lose the close code. gws calls it on the read loop, after its close frame.
func (l *link) Close() error {
	if half, ok := l.net.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = l.net.SetReadDeadline(clock.System().Add(lingerWait)) // an error shows in the read
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(l.net, lingerMost), make([]byte, 4096))
	}
	return l.net.Close()
}

func (l *link) LocalAddr() net.Addr                { return l.net.LocalAddr() }
func (l *link) RemoteAddr() net.Addr               { return l.net.RemoteAddr() }
func (l *link) SetDeadline(t time.Time) error      { return l.net.SetDeadline(t) }
func (l *link) SetReadDeadline(t time.Time) error  { return l.net.SetReadDeadline(t) }
func (l *link) SetWriteDeadline(t time.Time) error { return l.net.SetWriteDeadline(t) }

// events hears what gws reads, on the read loop.
type events struct{}

func connOf(s *gws.Conn) *Conn { return (*Conn)(s.NetConn().(*link)) }

func (events) OnOpen(*gws.Conn) {}

func (events) OnPong(*gws.Conn, []byte) {}

func (events) OnPing(s *gws.Conn, payload []byte) { connOf(s).Send(newFrame(opPong, payload)) }

func (events) OnMessage(s *gws.Conn, m *gws.Message) {
	c := connOf(s)
	if m.Opcode != gws.OpcodeText {
		_ = m.Close()
		c.Close(wire.CloseBadFrame, "text frames only")
		return
	}
	data := append(make([]byte, 0, len(m.Bytes())), m.Bytes()...)
	_ = m.Close() // gives the buffer back
	c.accept(data)
}

func (events) OnClose(s *gws.Conn, err error) {
	var byClient *gws.CloseError
	if !errors.As(err, &byClient) && strings.Contains(err.Error(), "message too large") { // gws keeps the type to itself
		connOf(s).hub.stats.tooBig.Add(1)
	}
}

// quiet: what a client does wrong is not our log's matter.
type quiet struct{}

func (quiet) Error(...any) {}

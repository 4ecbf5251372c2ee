package hub

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
)

const patience = 20 * time.Second

// echo is a handler for tests: it answers every frame with itself, and does what the frame says.
type echo struct {
	opened chan *Conn
	closed chan *Conn
	frame  func(ctx context.Context, c *Conn, data string)
	open   func(c *Conn, r *http.Request) error
}

func newEcho() *echo {
	return &echo{opened: make(chan *Conn, 1<<16), closed: make(chan *Conn, 1<<16)}
}

func (e *echo) Open(c *Conn, r *http.Request) error {
	if e.open != nil {
		if err := e.open(c, r); err != nil {
			return err
		}
	}
	e.opened <- c
	return nil
}

func (e *echo) Frame(ctx context.Context, c *Conn, data []byte) {
	if e.frame != nil {
		e.frame(ctx, c, string(data))
		return
	}
	c.Ready()
	c.Send(NewFrame(data))
}

func (e *echo) Closed(c *Conn) { e.closed <- c }

// serve gives a hub behind a real server.
func serve(t testing.TB, o Options, e *echo) (*Hub, *httptest.Server) {
	t.Helper()
	h := New(o)
	mux := http.NewServeMux()
	mux.Handle("/socket", h.WebSocket(e))
	mux.Handle("/stream", h.Stream(e))
	mux.Handle("/frames", h.Frames(e))
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		h.Drain(ctx)
		s.CloseClientConnections()
		s.Close()
	})
	return h, s
}

// client is a browser's WebSocket.
type client struct {
	t    testing.TB
	sock *gws.Conn
	got  chan string // frames; "close CODE" at the end
	gws.BuiltinEventHandler
}

func (c *client) OnMessage(_ *gws.Conn, m *gws.Message) {
	c.got <- string(m.Bytes())
	_ = m.Close()
}

func (c *client) OnPing(s *gws.Conn, p []byte) {
	c.got <- "ping"
	_ = s.WritePong(p)
}

func (c *client) OnClose(_ *gws.Conn, err error) {
	if closed, ok := errors.AsType[*gws.CloseError](err); ok {
		c.got <- fmt.Sprintf("close %d", closed.Code)
	} else {
		c.got <- "cut"
	}
}

func dial(t testing.TB, s *httptest.Server) *client {
	t.Helper()
	c := &client{t: t, got: make(chan string, 1<<16)}
	sock, _, err := gws.NewClient(c, &gws.ClientOption{Addr: "ws" + strings.TrimPrefix(s.URL, "http") + "/socket"})
	if err != nil {
		t.Fatal(err)
	}
	c.sock = sock
	go sock.ReadLoop()
	t.Cleanup(func() { _ = sock.NetConn().Close() })
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.sock.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) want(want string) {
	c.t.Helper()
	got := next(c.t, c.got)
	for got == "ping" && want != "ping" {
		got = next(c.t, c.got)
	}
	if got != want {
		c.t.Fatalf("got %.100q, want %q", got, want)
	}
}

func next[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// raw is a WebSocket that reads and writes only when the test says.
func raw(t testing.TB, s *httptest.Server) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = io.WriteString(conn, "GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	br := bufio.NewReader(conn)
	res, err := http.ReadResponse(br, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", res, err)
	}
	return conn, br
}

// masked makes a client's frame, with a mask of zeros.
func masked(op byte, length uint64, payload string) []byte {
	buf := []byte{0x80 | op}
	switch {
	case length < 126:
		buf = append(buf, 0x80|byte(length))
	case length < 1<<16:
		buf = binary.BigEndian.AppendUint16(append(buf, 0x80|126), uint16(length))
	default:
		buf = binary.BigEndian.AppendUint64(append(buf, 0x80|127), length)
	}
	return append(append(buf, 0, 0, 0, 0), payload...)
}

// closeCode reads server frames until the close frame.
func closeCode(t testing.TB, br *bufio.Reader) int {
	t.Helper()
	for {
		var head [2]byte
		if _, err := io.ReadFull(br, head[:]); err != nil {
			t.Fatalf("no close frame: %v", err)
		}
		n := int64(head[1])
		switch n {
		case 126:
			var b [2]byte
			_, _ = io.ReadFull(br, b[:])
			n = int64(binary.BigEndian.Uint16(b[:]))
		case 127:
			var b [8]byte
			_, _ = io.ReadFull(br, b[:])
			n = int64(binary.BigEndian.Uint64(b[:]))
		}
		if head[0]&0xF != opClose {
			if _, err := io.CopyN(io.Discard, br, n); err != nil {
				t.Fatalf("no close frame: %v", err)
			}
			continue
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(br, body); err != nil {
			t.Fatal(err)
		}
		return int(binary.BigEndian.Uint16(body))
	}
}

func ticks(h *Hub, n int) {
	for range n {
		h.tick()
	}
}

func TestFramesArriveInOrderBothWays(t *testing.T) {
	t.Parallel()
	_, s := serve(t, Options{}, newEcho())
	c := dial(t, s)
	const count = 2000
	go func() {
		for i := range count {
			_ = c.sock.WriteString(fmt.Sprint(i))
		}
	}()
	for i := range count {
		c.want(fmt.Sprint(i))
	}
}

func TestFramesOfEverySizeArriveWhole(t *testing.T) {
	t.Parallel()
	_, s := serve(t, Options{}, newEcho())
	c := dial(t, s)
	for _, n := range []int{1, 125, 126, 300, 65535, 65536} {
		text := strings.Repeat("x", n)
		c.send(text)
		c.want(text)
	}
}

func TestConnKnowsTheRequest(t *testing.T) {
	t.Parallel()
	e := newEcho()
	_, s := serve(t, Options{Address: func(*http.Request) string { return "203.0.113.7" }}, e)
	_, _, err := gws.NewClient(&client{got: make(chan string, 9)}, &gws.ClientOption{
		Addr:          "ws" + strings.TrimPrefix(s.URL, "http") + "/socket",
		RequestHeader: http.Header{"Origin": {"https://shop.example"}, "User-Agent": {strings.Repeat("ä", 200)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := next(t, e.opened)
	if c.Address() != "203.0.113.7" || c.Origin() != "https://shop.example" || c.UserAgent() != strings.Repeat("ä", 128) || len(c.ID()) != 22 {
		t.Fatalf("got %q %q %q %q", c.Address(), c.Origin(), c.UserAgent(), c.ID())
	}
}

func TestOpenMayRefuse(t *testing.T) {
	t.Parallel()
	e := newEcho()
	e.open = func(*Conn, *http.Request) error {
		return errs.New(errs.TooMany, "too.many", "Slow down.").In(1500 * time.Millisecond)
	}
	_, s := serve(t, Options{}, e)
	req, _ := http.NewRequest(http.MethodGet, s.URL+"/socket", nil)
	for k, v := range map[string]string{
		"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "2" || !strings.Contains(string(body), `"code":"too.many"`) ||
		!strings.Contains(string(body), `"retry_after_ms":1500`) {
		t.Fatalf("got %d %s", res.StatusCode, body)
	}
	if res, err := http.Get(s.URL + "/socket"); err != nil || res.StatusCode != http.StatusUpgradeRequired {
		t.Fatalf("a plain GET: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}
}

func TestClosedIsCalledOnceAfterTheLastFrame(t *testing.T) {
	t.Parallel()
	e := newEcho()
	block, frames := make(chan struct{}), make(chan string, 9)
	e.frame = func(_ context.Context, _ *Conn, data string) { <-block; frames <- data }
	h, s := serve(t, Options{}, e)
	c := dial(t, s)
	c.send("one")
	c.send("two")
	conn := next(t, e.opened)
	_ = c.sock.WriteClose(1000, nil)
	waitFor(t, func() bool { conn.mu.Lock(); defer conn.mu.Unlock(); return conn.gone })
	select {
	case <-e.closed:
		t.Fatal("Closed came before the frames were handled")
	default:
	}
	close(block)
	if got := next(t, frames) + next(t, frames); got != "onetwo" {
		t.Fatalf("got %q", got)
	}
	next(t, e.closed)
	if len(e.closed) != 0 {
		t.Fatal("Closed came twice")
	}
	waitOpen(t, h, 0)
}

func waitOpen(t testing.TB, h *Hub, want int64) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for h.Stats().Open != want {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d connections are open, want %d", h.Stats().Open, want)
		}
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	var clients []*client
	var conns []*Conn
	for range 3 {
		clients = append(clients, dial(t, s))
		c := next(t, e.opened)
		conns = append(conns, c)
		c.Join("all")
		c.Join("all") // twice is once
		c.Join("own " + c.ID())
	}
	if h.Count("all") != 3 || h.Count("nobody") != 0 {
		t.Fatalf("counts: %d, %d", h.Count("all"), h.Count("nobody"))
	}
	h.Publish("all", NewFrame([]byte("1")), "")
	h.Publish("all", NewFrame([]byte("2")), conns[0].ID())
	h.Publish("own "+conns[0].ID(), NewFrame([]byte("3")), "")
	h.Publish("nobody", NewFrame([]byte("4")), "")
	clients[0].want("1")
	clients[0].want("3")
	for _, c := range clients[1:] {
		c.want("1")
		c.want("2")
	}
	conns[1].Leave("all")
	conns[1].Leave("all")
	var seen []*Conn
	h.Each("all", func(c *Conn) { seen = append(seen, c); c.Leave("all") })
	if len(seen) != 2 || h.Count("all") != 0 {
		t.Fatalf("saw %d, %d left", len(seen), h.Count("all"))
	}
	_ = clients[0].sock.WriteClose(1000, nil)
	if c := next(t, e.closed); h.Count("own "+c.ID()) != 0 {
		t.Fatal("a closed connection is still in its topic")
	}
	conns[0].Join("all") // too late
	if h.Count("all") != 0 {
		t.Fatal("a closed connection joined")
	}
}

func TestSlowReaderIsClosedAndOthersAreUnharmed(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	_, br := raw(t, s) // does not read
	slow := next(t, e.opened)
	slow.Join("all")
	c := dial(t, s)
	next(t, e.opened).Join("all")
	big := NewFrame([]byte(strings.Repeat("x", 60<<10)))
	for h.Stats().TooSlow == 0 {
		h.Publish("all", big, "")
		if got := next(t, c.got); len(got) != 60<<10 {
			t.Fatalf("the quick reader got %d bytes", len(got))
		}
	}
	h.Publish("all", NewFrame([]byte("after")), "")
	c.want("after")
	if code := closeCode(t, br); code != 4008 { // it reads at last
		t.Fatalf("got %d", code)
	}
}

func TestReaderThatNeverReadsIsCut(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{WriteWait: 50 * time.Millisecond}, e)
	raw(t, s)
	slow := next(t, e.opened)
	big := NewFrame([]byte(strings.Repeat("x", 1<<20)))
	for h.Stats().TooSlow == 0 && h.Stats().Open > 0 {
		slow.Send(big)
	}
	// What the kernel took counts as written: then it is the close frame that stays without an answer.
	waitFor(t, func() bool { h.tick(); return len(e.closed) == 1 })
}

func TestOneFrameMayBeLargerThanTheQueue(t *testing.T) {
	t.Parallel()
	e := newEcho()
	_, s := serve(t, Options{}, e)
	c := dial(t, s)
	next(t, e.opened).Send(NewFrame([]byte(strings.Repeat("x", 3<<20))))
	if got := next(t, c.got); len(got) != 3<<20 {
		t.Fatalf("got %d bytes", len(got))
	}
}

func TestFloodIsHeldBackAndThenClosed(t *testing.T) {
	t.Parallel()
	e := newEcho()
	block := make(chan struct{})
	e.frame = func(context.Context, *Conn, string) { <-block }
	h, s := serve(t, Options{FloodWait: 50 * time.Millisecond}, e)
	conn, br := raw(t, s)
	_ = conn.SetWriteDeadline(clock.System().Add(patience))
	flood := masked(opText, 1, "x")
	for range 65 { // one with the handler, 64 in the inbox
		_, _ = conn.Write(flood)
	}
	next(t, e.opened)
	waitFor(t, func() bool { return h.Stats().FramesIn == 65 })
	if h.Stats().Flood != 0 {
		t.Fatal("a full inbox alone is no flood")
	}
	_, _ = conn.Write(flood)
	if code := closeCode(t, br); code != 4005 {
		t.Fatalf("got %d", code)
	}
	close(block)
}

func TestFullInboxHoldsTheReaderBack(t *testing.T) {
	t.Parallel()
	e := newEcho()
	step, done := make(chan struct{}), make(chan string, 300)
	e.frame = func(_ context.Context, _ *Conn, data string) { <-step; done <- data }
	h, s := serve(t, Options{}, e)
	c := dial(t, s)
	go func() {
		for i := range 200 {
			_ = c.sock.WriteString(fmt.Sprint(i))
		}
	}()
	waitFor(t, func() bool { return h.Stats().FramesIn == 65 })
	for i := range 200 {
		step <- struct{}{}
		if got := next(t, done); got != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", got, i)
		}
	}
	if h.Stats().Flood != 0 {
		t.Fatal("closed as a flood")
	}
}

func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("never happened")
		}
	}
}

func TestWhatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		frame []byte
		code  int
	}{
		"a frame too big":          {masked(opText, 64<<10+1, strings.Repeat("x", 64<<10+1)), 1009},
		"a binary frame":           {masked(0x2, 1, "x"), 4004},
		"text that is not UTF-8":   {masked(opText, 1, "\xff"), 1007},
		"a frame without a mask":   {[]byte{0x81, 1, 'x'}, 1002},
		"a reserved bit":           {append([]byte{0xC1}, masked(opText, 1, "x")[1:]...), 1002},
		"an unknown opcode":        {masked(0xB, 0, ""), 1002},
		"a stray continuation":     {masked(0x0, 1, "x"), 1002},
		"an impossible length":     {masked(opText, 1<<63, "x"), 1009},
		"the largest length":       {masked(opText, 1<<64-1, "x"), 1009},
		"a fragmented control one": {append([]byte{0x09}, masked(opPing, 0, "")[1:]...), 1002},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEcho()
			_, s := serve(t, Options{}, e)
			conn, br := raw(t, s)
			if _, err := conn.Write(c.frame); err != nil {
				t.Fatal(err)
			}
			if code := closeCode(t, br); code != c.code {
				t.Fatalf("got %d, want %d", code, c.code)
			}
			_ = conn.Close()
			next(t, e.closed)
		})
	}
}

func TestPingsAndSilence(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	c := dial(t, s)
	live := next(t, e.opened)
	c.send("hello")
	c.want("hello")
	for range 4 {
		was := live.seen.Load()
		ticks(h, buckets)
		c.want("ping")
		waitFor(t, func() bool { return live.seen.Load() != was }) // its pong came
	}
	_, br := raw(t, s) // answers nothing
	silent := next(t, e.opened)
	silent.Ready()
	for range 70 {
		h.tick()
		live.seen.Store(h.beat.now.Load())
	}
	waitFor(t, func() bool { ticks(h, 1); live.seen.Store(h.beat.now.Load()); return h.Stats().Silent == 1 })
	if code := closeCode(t, br); code != 1001 {
		t.Fatalf("got %d", code)
	}
	ticks(h, closingWait+1) // it does not answer the close frame either
	if got := next(t, e.closed); got != silent {
		t.Fatal("the wrong connection was closed")
	}
}

func TestPingsAreSpreadOut(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	for range 2 * buckets {
		dial(t, s).send("hello")
	}
	most := 0
	for i := range h.beat.bucket {
		h.beat.bucket[i].mu.Lock()
		most = max(most, len(h.beat.bucket[i].conns))
		h.beat.bucket[i].mu.Unlock()
	}
	if most != 2 {
		t.Fatalf("%d connections are pinged at once", most)
	}
}

func TestNoHelloIsClosed(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	late, good := dial(t, s), dial(t, s)
	good.send("hello")
	good.want("hello")
	next(t, e.opened)
	next(t, e.opened)
	ticks(h, 9)
	if h.Stats().NoHello != 0 {
		t.Fatal("too early")
	}
	ticks(h, 2)
	late.want("close 4000")
	good.send("still here")
	good.want("still here")
}

func TestPanicClosesOneConnection(t *testing.T) {
	t.Parallel()
	e := newEcho()
	e.frame = func(_ context.Context, c *Conn, data string) {
		if data == "panic" {
			panic("on purpose")
		}
		c.Send(NewFrame([]byte(data)))
	}
	h, s := serve(t, Options{}, e)
	bad, good := dial(t, s), dial(t, s)
	bad.send("panic")
	bad.want("close 1011")
	next(t, e.closed)
	good.send("fine")
	good.want("fine")
	if h.Stats().Panics != 1 {
		t.Fatalf("counted %d", h.Stats().Panics)
	}
}

func TestCloseSendsWhatWasQueued(t *testing.T) {
	t.Parallel()
	e := newEcho()
	e.frame = func(_ context.Context, c *Conn, _ string) {
		c.Send(NewFrame([]byte("last words")))
		c.Close(4001, strings.Repeat("long", 100))
		c.Close(4002, "again")
		c.Send(NewFrame([]byte("too late")))
	}
	_, s := serve(t, Options{}, e)
	c := dial(t, s)
	c.send("x")
	c.want("last words")
	c.want("close 4001")
	next(t, e.closed)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	e := newEcho()
	started, finish := make(chan struct{}), make(chan struct{})
	e.frame = func(ctx context.Context, c *Conn, _ string) {
		close(started)
		<-finish
		if ctx.Err() != nil {
			t.Error("a running frame was cancelled")
		}
	}
	h, s := serve(t, Options{}, e)
	busy := dial(t, s)
	busy.send("x")
	<-started
	var others []*client
	for range 20 {
		others = append(others, dial(t, s))
	}
	waitOpen(t, h, 21)
	done := make(chan struct{})
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		h.Drain(ctx)
		close(done)
	}()
	for _, c := range others {
		c.want("close 1001")
	}
	busy.want("close 1001")
	if _, res, err := gws.NewClient(&client{got: make(chan string, 1)}, &gws.ClientOption{Addr: "ws" + strings.TrimPrefix(s.URL, "http") + "/socket"}); err == nil || res == nil || res.StatusCode != 503 {
		t.Fatalf("a draining hub takes connections: %v, %v", res, err)
	}
	select {
	case <-done:
		t.Fatal("Drain did not wait for the running frame")
	default:
	}
	close(finish)
	next(t, done)
	if len(e.closed) != 21 {
		t.Fatalf("Closed came %d times", len(e.closed))
	}
}

func TestFramesMayComeInAnyPieces(t *testing.T) {
	t.Parallel()
	_, s := serve(t, Options{}, newEcho())
	conn, br := raw(t, s)
	mask := []byte{1, 2, 3, 4}
	var all []byte
	frame := func(first byte, text string) {
		all = append(append(all, first, 0x80|byte(len(text))), mask...)
		for i := range len(text) {
			all = append(all, text[i]^mask[i&3])
		}
	}
	frame(0x01, "a message ") // not final
	frame(0x89, "in between") // a ping
	frame(0x00, "in three ")
	frame(0x80, "parts")
	frame(0x81, strings.Repeat("y", 100))
	want := "\x8a\x0ain between\x81\x18a message in three parts\x81\x64" + strings.Repeat("y", 100)
	for _, size := range []int{1, 2, 7, 16, 17, 64, len(all)} { // 16 is what a waiting reader takes first
		for rest := all; len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := conn.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(br, got); err != nil || string(got) != want {
			t.Fatalf("in pieces of %d: got %q, %v", size, got, err)
		}
	}
}

func TestHelloMayComeWithTheHandshake(t *testing.T) {
	t.Parallel()
	_, s := serve(t, Options{}, newEcho())
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"+string(masked(opText, 5, "early")))
	br := bufio.NewReader(conn)
	if res, err := http.ReadResponse(br, nil); err != nil || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("handshake: %v, %v", res, err)
	}
	got := make([]byte, 7)
	if _, err := io.ReadFull(br, got); err != nil || string(got) != "\x81\x05early" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestTLSWorksAsWell(t *testing.T) {
	t.Parallel()
	e := newEcho()
	s := httptest.NewTLSServer(New(Options{}).WebSocket(e))
	defer s.Close()
	c := &client{t: t, got: make(chan string, 1<<16)}
	sock, _, err := gws.NewClient(c, &gws.ClientOption{
		Addr: "wss" + strings.TrimPrefix(s.URL, "https"), TlsConfig: s.Client().Transport.(*http.Transport).TLSClientConfig,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.sock = sock
	go sock.ReadLoop()
	for _, n := range []int{1, 300, 65536} {
		text := strings.Repeat("x", n)
		c.send(text)
		c.want(text)
	}
	next(t, e.opened).Close(4001, "out")
	c.want("close 4001")
	next(t, e.closed)
}

// FuzzParse: whatever comes, in whatever pieces, reading neither panics nor holds more than it may.
func FuzzParse(f *testing.F) {
	f.Add([]byte{0x81, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9}, uint8(3))
	f.Add([]byte{0x01, 0xFE, 0x01, 0x00, 3, 4, 5, 6, 7, 8, 9, 0x80, 0x80, 0, 0, 0, 0}, uint8(1))
	f.Add([]byte{0x88, 0x82, 0, 0, 0, 0, 3, 0xe8}, uint8(200))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		e := newEcho()
		near, far := net.Pipe()
		defer func() { _ = far.Close() }()
		h := New(Options{MaxFrameBytes: 64})
		c := &Conn{hub: h, handler: e, net: near}
		h.add(c)
		for rest := data; len(rest) > 0; {
			n := min(int(size)+1, len(rest))
			c.feed(rest[:n])
			if c.reading != nil && (len(c.reading.rest) > 64+14+256 || len(c.reading.parts) > 64) {
				t.Fatalf("holds %d and %d bytes", len(c.reading.rest), len(c.reading.parts))
			}
			rest = rest[n:]
		}
		c.hangUp()
		next(t, e.closed)
	})
}

// News that comes while an answer is being made follows it, in order: nobody gets news and then an answer that is older.
func TestHeldNewsComesAfterTheAnswer(t *testing.T) {
	e := newEcho()
	h, s := serve(t, Options{}, e)
	e.frame = func(_ context.Context, c *Conn, data string) {
		c.Ready()
		c.Hold()
		c.Join("news")
		h.Publish("news", NewFrame([]byte("1")), "")
		h.Publish("news", NewFrame([]byte("2")), "")
		if data == "fail" {
			c.Release(nil)
			c.Send(NewFrame([]byte("failed")))
			c.Close(1013, "later")
			return
		}
		c.Release(NewFrame([]byte("answer")))
		h.Publish("news", NewFrame([]byte("3")), "")
	}
	for say, want := range map[string][]string{"hello": {"answer", "1", "2", "3"}, "fail": {"1", "2", "failed", "close 1013"}} {
		c := dial(t, s)
		c.send(say)
		for _, w := range want {
			c.want(w)
		}
		_ = c.sock.NetConn().Close()
		<-e.closed
	}
}

func TestOnlyAnUnexpectedRefusalIsLogged(t *testing.T) {
	t.Parallel()
	left, leave := context.WithCancel(t.Context())
	leave()
	for _, c := range []struct {
		name string
		ctx  context.Context //nolint:containedctx // of the request
		err  error
		want string
	}{
		{"one with a code", t.Context(), errNotWebSocket, ""},
		{"one that nobody expected", t.Context(), errors.New("the disk burns"), "the disk burns"},
		{"a client that went away meanwhile", left, context.Canceled, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			e := newEcho()
			e.open = func(*Conn, *http.Request) error { return c.err }
			h := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			r := httptest.NewRequestWithContext(c.ctx, http.MethodGet, "/socket", nil)
			for name, value := range map[string]string{
				"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
			} {
				r.Header.Set(name, value)
			}
			h.WebSocket(e).ServeHTTP(httptest.NewRecorder(), r)
			if got := log.String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("logged %q, want %q", got, c.want)
			}
		})
	}
}

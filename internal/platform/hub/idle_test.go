package hub

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/clock"
)

// The benchmarks need their clients in another process: one process may open 20,000 files, and only the hub's memory counts.
var (
	asClient = flag.String("hub.client", "", "be the clients of a benchmark: ADDRESS,COUNT")
	idle     = flag.Int("hub.idle", 10_000, "connections of the benchmarks")
	profile  = flag.String("hub.profile", "", "write a heap profile of the idle hub to this file")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *asClient == "" {
		m.Run()
		return
	}
	address, count, _ := strings.Cut(*asClient, ",")
	n, _ := strconv.Atoi(count)
	beClients(address, n)
}

// beClients opens n connections, says hello on each, prints "ready", then prints "got" whenever each has received another frame.
func beClients(address string, n int) {
	var conns []*bufio.ReadWriter
	var wg sync.WaitGroup
	var mu sync.Mutex
	gate := make(chan struct{}, 64)
	for i := range n {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			conn, err := net.Dial("tcp", address)
			if err != nil {
				panic(err)
			}
			rw := bufio.NewReadWriter(bufio.NewReaderSize(conn, 128), bufio.NewWriterSize(conn, 0))
			_, _ = io.WriteString(conn, "GET /socket HTTP/1.1\r\nHost: chat.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
				"Origin: https://shop.example.com\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\nCache-Control: no-cache\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"+
				"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1"+strconv.Itoa(i%50)+".0.0.0 Safari/537.36\r\n"+
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			if _, err := http.ReadResponse(rw.Reader, nil); err != nil {
				panic(err)
			}
			hello := strings.Repeat("h", 400)
			_, _ = conn.Write(masked(opText, uint64(len(hello)), hello))
			skipFrame(rw.Reader)
			mu.Lock()
			conns = append(conns, rw)
			mu.Unlock()
		})
	}
	wg.Wait()
	_, _ = os.Stdout.WriteString("ready\n")
	for {
		var got sync.WaitGroup
		parts := 4
		for p := range parts {
			got.Go(func() {
				for i := p; i < len(conns); i += parts {
					skipFrame(conns[i].Reader)
				}
			})
		}
		got.Wait()
		_, _ = os.Stdout.WriteString("got\n")
	}
}

func skipFrame(r *bufio.Reader) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		runtime.Goexit()
	}
	n := int64(head[1])
	if n == 126 {
		_, _ = io.ReadFull(r, head[:])
		n = int64(head[0])<<8 | int64(head[1])
	}
	_, _ = io.CopyN(io.Discard, r, n)
}

// crowd is a hub in this process with n visitors of another one.
type crowd struct {
	hub    *Hub
	before memory
	say    *bufio.Scanner
}

// visitor joins what a visitor joins, and keeps as little as one needs.
type visitor struct{}

func (visitor) Open(c *Conn, _ *http.Request) error {
	c.State = &struct{ visitor, property, session string }{}
	return nil
}

func (visitor) Frame(_ context.Context, c *Conn, _ []byte) {
	c.Ready()
	c.Join("v:" + c.ID() + c.ID()[:14])
	c.Join("w:0190a000-0000-7000-8000-000000000001")
	c.Join("x:0190a000-0000-7000-8000-000000000001")
	c.Send(NewFrame([]byte(strings.Repeat("w", 900))))
}

func (visitor) Closed(*Conn) {}

func gather(b *testing.B, n int) *crowd {
	b.Helper()
	h := New(Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: h.WebSocket(visitor{}), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }()
	before := measure(true)
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self, fmt.Sprintf("-hub.client=%s,%d", l.Addr(), n))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = s.Close()
		waitOpen(b, h, 0)
	})
	c := &crowd{hub: h, before: before, say: bufio.NewScanner(out)}
	c.wait(b, "ready")
	return c
}

func (c *crowd) wait(b *testing.B, want string) {
	b.Helper()
	if !c.say.Scan() || c.say.Text() != want {
		b.Fatalf("the clients say %q, want %q", c.say.Text(), want)
	}
}

type memory struct{ rss, heap, stack, other float64 }

func measure(settle bool) memory {
	if settle {
		runtime.GC()
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	raw, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.ParseFloat(strings.Fields(string(raw))[1], 64)
	return memory{pages * float64(os.Getpagesize()), float64(m.HeapAlloc), float64(m.StackInuse), float64(m.OtherSys + m.GCSys + m.MSpanInuse)}
}

// BenchmarkIdle is what an idle connection costs: at once after everybody came, and settled after a collection.
func BenchmarkIdle(b *testing.B) {
	c := gather(b, *idle)
	n := float64(*idle)
	at := measure(false)
	settled := measure(true)
	for b.Loop() {
		continue // there is nothing to repeat
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((at.rss-c.before.rss)/n, "rss-at-once-B")
	b.ReportMetric((settled.rss-c.before.rss)/n, "rss-settled-B")
	b.ReportMetric((settled.heap-c.before.heap)/n, "heap-B")
	b.ReportMetric((settled.stack-c.before.stack)/n, "stack-B")
	b.ReportMetric((settled.other-c.before.other)/n, "other-B")
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		_ = pprof.WriteHeapProfile(f)
	}
	rounds := measureRounds(b, c)
	b.ReportMetric((rounds.rss-c.before.rss)/n, "rss-after-broadcast-B")
}

// measureRounds tells what stays after everybody got something.
func measureRounds(b *testing.B, c *crowd) memory {
	b.Helper()
	f := NewFrame([]byte(strings.Repeat("x", 300)))
	for range 5 {
		c.hub.Publish("w:0190a000-0000-7000-8000-000000000001", f, "")
		c.wait(b, "got")
	}
	return measure(false)
}

// BenchmarkBroadcast is one frame to everybody: queued by Publish, and received by all clients.
func BenchmarkBroadcast(b *testing.B) {
	c := gather(b, *idle)
	f := NewFrame([]byte(strings.Repeat("x", 300)))
	var queued time.Duration
	for b.Loop() {
		start := clock.System()
		c.hub.Publish("w:0190a000-0000-7000-8000-000000000001", f, "")
		queued += time.Since(start)
		c.wait(b, "got")
	}
	b.ReportMetric(float64(queued.Microseconds())/float64(b.N)/1000, "queued-ms")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "received-ms")
}

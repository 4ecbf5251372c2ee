package hub

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/errs"
)

// stream opens the down road and gives its events as they come: "event: x" and "data: y" lines without the empty ones.
func stream(t *testing.T, s *httptest.Server, body string) (*http.Response, func(want string), context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/stream", strings.NewReader(body))
	req.Header.Set("Origin", "https://shop.example")
	req.Header.Set("Content-Type", "text/plain")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines := make(chan string, 100)
	go func() {
		sc := bufio.NewScanner(res.Body)
		for sc.Scan() {
			if sc.Text() != "" {
				lines <- sc.Text()
			}
		}
		lines <- "end"
	}()
	return res, func(want string) {
		t.Helper()
		if got := next(t, lines); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}, cancel
}

func post(t *testing.T, url, body string) (*http.Response, string) {
	t.Helper()
	req, _ := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	req.Header.Set("Origin", "https://shop.example")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, strings.TrimSpace(string(text))
}

func TestStream(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	res, want, cancel := stream(t, s, `{"t":"hello"}`)
	c := next(t, e.opened)
	for k, v := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no",
		"Access-Control-Allow-Origin": "https://shop.example", "Vary": "Origin",
	} {
		if got := res.Header.Get(k); got != v {
			t.Errorf("%s: got %q, want %q", k, got, v)
		}
	}
	want("event: open")
	want(`data: {"stream":"` + c.ID() + `"}`)
	want(`data: {"t":"hello"}`)
	c.Join("all")
	h.Publish("all", NewFrame([]byte("{\n1}")), "")
	want("data: {")
	want("data: 1}")
	ticks(h, buckets)
	want(": ping")
	cancel()
	if got := next(t, e.closed); got != c {
		t.Fatal("another connection was closed")
	}
	waitOpen(t, h, 0)
}

func TestStreamTellsTheCloseCode(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	_, want, _ := stream(t, s, "")
	c := next(t, e.opened)
	want("event: open")
	want(`data: {"stream":"` + c.ID() + `"}`)
	for !c.ready.Load() && h.Stats().NoHello == 0 {
		h.beat.now.Add(1) // without the pings of a whole tick
		for _, late := range h.beat.due(&h.beat.fresh, h.beat.now.Load(), h.beat.hello) {
			late.closeFor(&h.stats.noHello, 4000, "no hello came")
		}
	}
	want("event: close")
	want(`data: {"code":4000,"reason":"no hello came"}`)
	want("end")
	next(t, e.closed)
}

func TestFramesAnswersWhatTheHandlerSent(t *testing.T) {
	t.Parallel()
	e := newEcho()
	var ids []string
	e.frame = func(_ context.Context, c *Conn, data string) {
		ids = append(ids, c.ID())
		c.Join("all")
		if strings.Contains(data, "end") {
			c.Close(4001, "out")
			return
		}
		c.Send(NewFrame([]byte(data)))
	}
	h, s := serve(t, Options{}, e)
	res, got := post(t, s.URL+"/frames", `{"stream":"S","hello":{"t":"attach"},"frames":[{"n":1},{"n":2}]}`)
	if want := `{"frames":[{"t":"attach"},{"n":1},{"n":2}]}`; got != want || res.StatusCode != 200 {
		t.Errorf("got %d %s, want %s", res.StatusCode, got, want)
	}
	if res.Header.Get("Access-Control-Allow-Origin") != "https://shop.example" || h.Count("all") != 0 || ids[0] != "S" {
		t.Errorf("origin %q, %d in the topic, id %q", res.Header.Get("Access-Control-Allow-Origin"), h.Count("all"), ids[0])
	}
	if c := next(t, e.closed); !c.Attached() {
		t.Error("not attached")
	}
	_, got = post(t, s.URL+"/frames", `{"stream":"S","hello":{"t":"attach"},"frames":[{"t":"end"},{"n":2}]}`)
	if want := `{"frames":[{"t":"attach"}],"close":{"code":4001,"reason":"out"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	next(t, e.closed)
	waitOpen(t, h, 0)
}

func TestPostsAreChecked(t *testing.T) {
	t.Parallel()
	e := newEcho()
	e.open = func(_ *Conn, r *http.Request) error {
		if r.URL.Query().Has("refuse") {
			return errs.New(errs.Forbidden, "not.allowed", "No.")
		}
		return nil
	}
	h, s := serve(t, Options{}, e)
	hello := `{"stream":"S","hello":{},"frames":[`
	for name, c := range map[string]struct {
		path, body string
		status     int
		origin     string
	}{
		"refused":         {"/frames?refuse", hello + "]}", 403, ""},
		"refused stream":  {"/stream?refuse", "", 403, ""},
		"not JSON":        {"/frames", "{", 422, "https://shop.example"},
		"no stream":       {"/frames", `{"hello":{}}`, 422, "https://shop.example"},
		"no hello":        {"/frames", `{"stream":"S"}`, 422, "https://shop.example"},
		"too many":        {"/frames", hello + strings.Repeat("1,", 64) + "1]}", 422, "https://shop.example"},
		"frame too large": {"/frames", hello + `"` + strings.Repeat("x", 64<<10) + `"]}`, 413, "https://shop.example"},
		"body too large":  {"/frames", strings.Repeat(" ", 257<<10), 413, "https://shop.example"},
		"hello too large": {"/stream", strings.Repeat(" ", 65<<10), 413, "https://shop.example"},
	} {
		res, body := post(t, s.URL+c.path, c.body)
		if res.StatusCode != c.status || res.Header.Get("Access-Control-Allow-Origin") != c.origin {
			t.Errorf("%s: got %d, origin %q: %s", name, res.StatusCode, res.Header.Get("Access-Control-Allow-Origin"), body)
		}
	}
	waitOpen(t, h, 0)
	req, _ := http.NewRequest(http.MethodOptions, s.URL+"/frames", nil)
	req.Header.Set("Origin", "https://shop.example")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "https://shop.example" || res.Header.Get("Access-Control-Allow-Methods") != "POST" {
		t.Errorf("preflight: %d %v", res.StatusCode, res.Header)
	}
	if res, err = http.Get(s.URL + "/frames"); err != nil || res.StatusCode != 405 {
		t.Errorf("GET: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}
}

func TestDrainClosesStreams(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h, s := serve(t, Options{}, e)
	_, want, _ := stream(t, s, `{"t":"hello"}`)
	c := next(t, e.opened)
	want("event: open")
	want(`data: {"stream":"` + c.ID() + `"}`)
	want(`data: {"t":"hello"}`)
	h.Drain(t.Context())
	want("event: close")
	want(`data: {"code":1001,"reason":"the server restarts"}`)
	next(t, e.closed)
}

func TestAStreamOutlivesTheServersDeadlines(t *testing.T) {
	t.Parallel()
	e := newEcho()
	h := New(Options{PingEvery: 200 * time.Millisecond})
	mux := http.NewServeMux()
	mux.Handle("/stream", h.Stream(e))
	s := httptest.NewUnstartedServer(mux)
	s.Config.ReadTimeout, s.Config.WriteTimeout = 20*time.Millisecond, 20*time.Millisecond
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	_, want, cancel := stream(t, s, `{"t":"hello"}`)
	c := next(t, e.opened)
	want("event: open")
	want(`data: {"stream":"` + c.ID() + `"}`)
	want(`data: {"t":"hello"}`)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go h.Run(ctx) //nolint:errcheck // it only ever says that it was stopped
	want(": ping")
	want(": ping") // many deadlines later
	cancel()
	next(t, e.closed)
}

package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// command runs the command line until stop is called; out grows as it prints.
type command struct {
	out, err buffer
	stop     context.CancelFunc
	ended    chan error
}

func start(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{ended: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	run, _, err := parse(args, nil, console{&c.out, &c.err})
	if err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- run(ctx) }()
	return c
}

// until waits for words in what the command printed.
func (c *command) until(t *testing.T, words string) string {
	t.Helper()
	for {
		text, more := c.out.wait()
		if strings.Contains(text, words) {
			return text
		}
		select {
		case <-more:
		case err := <-c.ended:
			t.Fatalf("ended with %v before it printed %q; it printed %q and logged %q", err, words, text, c.err.String())
		case <-t.Context().Done():
			t.Fatalf("it never printed %q", words)
		}
	}
}

// buffer is a bytes.Buffer that several goroutines may use and wait for.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.more != nil {
		close(b.more)
		b.more = nil
	}
	return b.text.Write(p)
}

func (b *buffer) wait() (string, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.more == nil {
		b.more = make(chan struct{})
	}
	return b.text.String(), b.more
}

func (b *buffer) String() string {
	text, _ := b.wait()
	return text
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestTheFirstStartPrintsALinkAndEveryStartANewOne(t *testing.T) {
	data := t.TempDir()
	links := map[string]bool{}
	for range 2 {
		c := start(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
		text := c.until(t, "/setup?token=")
		base := strings.Fields(text[strings.Index(text, "http://"):])[0]
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/api/v1/me": 401, "/api/nothing": 404} {
			if status, body := fetch(t, base+path); status != want {
				t.Errorf("%s answered %d %s, want %d", path, status, body, want)
			}
		}
		token := text[strings.Index(text, "/setup?token="):]
		token = strings.Fields(token)[0]
		links[token] = true
		if status, body := fetch(t, base+"/api/v1"+token); status != http.StatusOK {
			t.Errorf("the link is not valid: %d %s", status, body)
		}
		c.stop()
		if err := <-c.ended; err != nil {
			t.Errorf("stopping: %v", err)
		}
	}
	if len(links) != 2 {
		t.Errorf("two starts printed the links %v, want two different ones", links)
	}
}

func TestAnOwnerNeedsNoLink(t *testing.T) {
	data := t.TempDir()
	made := start(t, "admin", "create-owner", "--data", data, "--email", "ana@kiln.example", "--name", "Ana", "--property", "Kiln Street", "--password", "speckled-mug-0419")
	if err := <-made.ended; err != nil {
		t.Fatal(err)
	}
	c := start(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
	if text := c.until(t, "Parley is ready"); strings.Contains(text, "/setup") {
		t.Errorf("an installation with an owner printed %q", text)
	}
	c.stop()
	if err := <-c.ended; err != nil {
		t.Error(err)
	}
	reset := start(t, "admin", "reset-password", "--data", data, "--email", "ana@kiln.example")
	if err := <-reset.ended; err != nil || !strings.Contains(reset.out.String(), "new password") {
		t.Errorf("reset-password: %v, %q", err, reset.out.String())
	}
	if again := start(t, "migrate", "--data", data); <-again.ended != nil {
		t.Error("migrating an up-to-date database failed")
	}
}

func TestTheDemoPrintsOneLineAndLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := start(t, "demo", "--json", "--listen", "127.0.0.1:0", "--shop-listen", "127.0.0.1:0")
	var got demoReady
	if err := json.Unmarshal([]byte(c.until(t, "\n")), &got); err != nil {
		t.Fatal(err)
	}
	if got.PropertyID == "" || got.Email == "" || got.Password == "" || got.DashboardURL != got.URL+"/" {
		t.Errorf("printed %+v", got)
	}
	if status, body := fetch(t, got.PageURL); status != 200 || !strings.Contains(body, string(got.PropertyID)) || !strings.Contains(body, got.URL+"/widget.js") {
		t.Errorf("the shop answered %d without the snippet of %s", status, got.PropertyID)
	}
	if status, body := fetch(t, got.URL+"/live/"+string(got.PropertyID)); status != 200 || !strings.Contains(body, "Kiln Street") {
		t.Errorf("the live page answered %d %s", status, body)
	}
	if status, _ := fetch(t, got.URL+"/live/01a202b5-ee7c-7137-90d3-e6e9e8a0a73f"); status != 404 {
		t.Errorf("the live page of nobody's property answered %d, want 404", status)
	}
	c.stop()
	if err := <-c.ended; err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "parley-demo-*")); len(left) != 0 {
		t.Errorf("the demo left %v behind", left)
	}
}

func TestAStartThatCannotBeSaysWhy(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // a test
	file := write(t, "this is no database and never was one, however long it is")
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"port taken":      {[]string{"--listen", taken.Addr().String(), "--data", t.TempDir()}, "is in use by another program"},
		"no such address": {[]string{"--listen", "192.0.2.1:80", "--data", t.TempDir()}, "is not an address of this machine"},
		"no address":      {[]string{"--listen", "here", "--data", t.TempDir()}, "want an address like"},
		"metrics taken":   {[]string{"--listen", "127.0.0.1:0", "--metrics-listen", taken.Addr().String(), "--data", t.TempDir()}, "--metrics-listen"},
		"data is a file":  {[]string{"--listen", "127.0.0.1:0", "--data", file}, "cannot be made"},
		"not a database":  {[]string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database", file}, "database"},
		"no PostgreSQL":   {[]string{"--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database", "postgres://u:secret@127.0.0.1:1/x?connect_timeout=2"}, "database"},
	} {
		c := start(t, append([]string{"serve"}, tt.args...)...)
		err := <-c.ended
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(oneLine(err), "\n") {
			t.Errorf("%s: %v; want one line with %q", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows a password: %v", name, err)
		}
	}
}

func TestMetricsAreOnTheirOwnListener(t *testing.T) {
	a, err := New(t.Context(), Config{Storage: Storage{Data: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(a.Close(), a.Close()); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	}()
	ask := func(h http.Handler, path string) string {
		r, w := newRequest(path)
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	ask(a.Handler(), "/healthz")
	figures := ask(a.Metrics(), "/metrics")
	for _, want := range []string{`parley_http_requests_total{route="GET /healthz",status="200"} 1`, "parley_hub_connections 0", "go_goroutines"} {
		if !strings.Contains(figures, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
	if public := ask(a.Handler(), "/metrics"); strings.Contains(public, "parley_") {
		t.Error("the public listener tells metrics")
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	var out bytes.Buffer
	if code := Main([]string{"serve", "--help"}, &out, &out); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"--listen", "--data", "--cluster-secret", "$PARLEY_NATS_URL", "Default: 127.0.0.1:8080."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %q", want)
		}
	}
}

package torture

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/internal/app"
)

// asServer in the environment makes the test binary the server: it reads the command line as `parley` does.
const asServer = "TORTURE_AS_SERVER"

func TestMain(m *testing.M) {
	if _, ok := os.LookupEnv(asServer); ok {
		os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	m.Run()
}

// patience is how long the test waits for what must happen. It is reached only when a test fails.
const patience = 30 * time.Second

// node is one server process and its successors, all on one address.
type node struct {
	t      testing.TB
	name   string
	listen string
	args   []string
	log    tail

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // of cmd
}

// tail keeps a process's log.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// freeAddress is one that nobody listens on. It stays free: nobody else asks for this port by its number.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody has connected
	return l.Addr().String()
}

// parley is the command line in a process of its own. The test's settings are none of the server's: it refuses to start
// with a PARLEY_ variable that it does not know.
func parley(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PARLEY_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, asServer+"=1")
	return cmd
}

func newNode(t testing.TB, name string, args ...string) *node {
	n := &node{t: t, name: name, listen: freeAddress(t)}
	n.args = append([]string{"serve", "--listen", n.listen, "--rate-limit-exempt", "127.0.0.0/8", "--log-level", "info"}, args...)
	t.Cleanup(n.kill)
	return n
}

// start runs the server and returns when it says that it is ready.
func (n *node) start() {
	n.t.Helper()
	if err := n.run(); err != nil {
		n.t.Fatalf("%s: %v\n%s", n.name, err, n.last(40))
	}
}

func (n *node) run() error {
	cmd := parley(n.args...)
	cmd.Stderr = &n.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended, ready := make(chan struct{}), make(chan struct{})
	n.mu.Lock()
	n.cmd, n.ended = cmd, ended
	n.mu.Unlock()
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		for said := false; lines.Scan(); {
			if !said && strings.Contains(lines.Text(), "Parley is ready") {
				said = true
				close(ready)
			}
		}
		_ = cmd.Wait() // how it ended shows in its log
	}()
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-ready:
		return nil
	case <-ended:
		return fmt.Errorf("ended before it was ready: %s", cmd.ProcessState)
	case <-limit.Done():
		return fmt.Errorf("not ready after %s", patience)
	}
}

func (n *node) signal(s syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd != nil {
		_ = n.cmd.Process.Signal(s) // it may have ended
	}
}

// kill ends the process at once and waits until it is gone.
func (n *node) kill() { n.end(syscall.SIGKILL) }

// stop ends it as an operator does.
func (n *node) stop() { n.end(syscall.SIGTERM) }

func (n *node) end(s syscall.Signal) {
	n.signal(s)
	n.mu.Lock()
	ended := n.ended
	n.mu.Unlock()
	if ended == nil {
		return
	}
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-ended:
	case <-limit.Done():
		n.t.Errorf("%s does not end", n.name)
	}
}

// last is the end of the log.
func (n *node) last(lines int) string {
	all := strings.Split(strings.TrimSpace(n.log.String()), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// alarms are the lines that somebody would have to act on.
func (n *node) alarms(expected ...string) []string {
	var bad []string
lines:
	for line := range strings.SplitSeq(n.log.String(), "\n") {
		if !strings.Contains(line, "level=ERROR") && !strings.Contains(line, "DATA RACE") && !strings.Contains(line, "panic") {
			continue
		}
		for _, e := range expected {
			if strings.Contains(line, e) {
				continue lines
			}
		}
		bad = append(bad, line)
	}
	return bad
}

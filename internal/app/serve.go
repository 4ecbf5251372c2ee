package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// serveCmd is `parley serve`, and `parley` alone.
type serveCmd struct {
	Config `embed:""`
}

// Run serves until ctx ends.
func (s *serveCmd) Run(ctx context.Context, c console, log *slog.Logger) error {
	cfg := s.Config
	cfg.Log = log
	return serve(ctx, cfg, func(ctx context.Context, a *App) error { return a.greet(ctx, c.out) })
}

// serve listens, builds the node, calls ready and runs until ctx ends. A stop takes at most cfg.ShutdownTimeout.
func serve(ctx context.Context, cfg Config, ready func(context.Context, *App) error) error {
	l, err := listen(ctx, "--listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server closes it too
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://" + reachable(l.Addr())
	}
	a, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	var metrics net.Listener
	if cfg.MetricsListen != "" {
		if metrics, err = listen(ctx, "--metrics-listen", cfg.MetricsListen); err != nil {
			return errors.Join(err, a.Close())
		}
	}
	return a.serve(ctx, l, metrics, ready)
}

// serve runs everything on the given listeners and closes the node.
func (a *App) serve(ctx context.Context, l, metrics net.Listener, ready func(context.Context, *App) error) error {
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return a.Run(running) })
	group.Go(func() error { return a.serveHTTP(running, l, a.Handler()) })
	if metrics != nil {
		group.Go(func() error { return a.serveHTTP(running, metrics, a.Metrics()) })
	}
	group.Go(func() error { return ready(running, a) })

	ended := make(chan error, 1)
	go func() { ended <- errors.Join(group.Wait(), a.Close()) }()
	select {
	case err := <-ended:
		return err
	case <-running.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(a.cfg.ShutdownTimeout):
		return fmt.Errorf("the stop took longer than %s (--shutdown-timeout): not everything was closed in order", a.cfg.ShutdownTimeout)
	}
}

// Limits of one HTTP connection, so that nobody holds one for nothing. Streams set their own with every write, and the
// sockets' are the hub's.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 90 * time.Second // with the body: 5 MB over a slow line
	writeTimeout      = 3 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10 // cookies and a long referrer fit; more is an attack
)

func (a *App) serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // broken handshakes and the like
	}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.drainTime())
		defer cancel()
		err := srv.Shutdown(limit) // streams end because the hub drains at the same time
		if errors.Is(err, context.DeadlineExceeded) {
			err = srv.Close()
		}
		stopped <- err
	})
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return <-stopped
}

// drainTime is what a stop leaves to the sockets; the rest is for the database and the bus.
func (a *App) drainTime() time.Duration { return a.cfg.ShutdownTimeout * 3 / 5 }

// listen opens a port, with an error that says which setting to change.
func listen(ctx context.Context, flag, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program: stop it, or choose another address with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("not allowed to listen on %s: choose a port above 1023 with %s", address, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s is not an address of this machine: choose another with %s", address, flag)
	case err != nil:
		return nil, fmt.Errorf("%s %q: want an address like 127.0.0.1:8080: %w", flag, address, err)
	}
	return l, nil
}

// reachable turns a listener's address into one that a browser on this machine can open.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}

// greet says where Parley is to be found, and how to begin where nobody owns it yet.
func (a *App) greet(ctx context.Context, out io.Writer) error {
	link, err := a.Agents.NewSetupLink(ctx)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Parley is ready: %s\n", a.BaseURL())
	if link != "" {
		text += fmt.Sprintf("\nNobody owns this installation yet. Open this link within an hour to begin; it works once:\n\n  %s\n\n", link)
	}
	_, err = io.WriteString(out, text)
	return err
}

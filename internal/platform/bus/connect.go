package bus

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	meetEvery    = 100 * time.Millisecond
	startWait    = 5 * time.Second
	outsideWait  = 10 * time.Second // an outside NATS that starts together with this node
	outsideRetry = 500 * time.Millisecond
	never        = 24 * time.Hour // the pipe inside the process needs no pings
)

func (b *Bus) connect(ctx context.Context, o Options) error {
	if err := check(o); err != nil {
		return err
	}
	var err error
	if o.NATSURL != "" {
		b.meetWait = 500 * time.Millisecond
		b.conn, err = b.outside(ctx, o.NATSURL)
	} else {
		if len(o.Peers) > 0 {
			b.meetWait = 2 * time.Second
		}
		err = b.embed(o)
	}
	if err != nil {
		return err
	}
	b.limit = min(MaxEventBytes+1024, int(b.conn.MaxPayload()))
	return nil
}

func check(o Options) error {
	switch {
	case o.NATSURL != "" && (o.Listen != "" || len(o.Peers) > 0):
		return errors.New("bus: either an outside NATS or own nodes, not both")
	case len(o.Peers) > 0 && o.Listen == "":
		return errors.New("bus: a node with peers must listen as well, so that they reach each other")
	case o.Listen != "" && len(o.Secret) < minSecret:
		return fmt.Errorf("bus: nodes need a shared secret of at least %d characters", minSecret)
	}
	return nil
}

// embed starts the NATS server inside this process and connects to it without a socket.
func (b *Bus) embed(o Options) error {
	log := &serverLog{log: b.log, fatal: make(chan string, 1)}
	so := &server.Options{
		ServerName: b.node.String(), NoSigs: true, DontListen: true, NoSystemAccount: true,
		MaxPayload: MaxEventBytes + 4096, PingInterval: never, DisableShortFirstPing: true,
	}
	if o.Listen != "" {
		if err := clusterOptions(so, o); err != nil {
			return err
		}
	}
	s, err := server.NewServer(so)
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	s.SetLoggerV2(log, false, false, false)
	b.server = s
	go s.Start()
	if err := started(s, log); err != nil {
		s.Shutdown()
		return err
	}
	b.conn, err = nats.Connect("", b.natsOptions(nats.InProcessServer(s), nats.Token(so.Authorization), nats.PingInterval(never))...)
	if err != nil {
		s.Shutdown()
		return fmt.Errorf("bus: %w", err)
	}
	return nil
}

func clusterOptions(so *server.Options, o Options) error {
	host, port, err := splitAddress(o.Listen)
	if err != nil {
		return fmt.Errorf("bus: listen address %q: %w", o.Listen, err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	tlsConfig, err := routeTLS(o.Secret)
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	// nats-server opens its routes only after it listens for clients. Nobody may come in there: loopback, and a token that only
	// this process knows.
	so.DontListen, so.Host, so.Port, so.Authorization = false, "127.0.0.1", server.RANDOM_PORT, rand.Text()
	so.Cluster = server.ClusterOpts{
		Name: "parley", Host: host, Port: port, NoAdvertise: true,
		TLSConfig: tlsConfig, TLSTimeout: 5, AuthTimeout: 5,
		PoolSize: -1, Compression: server.CompressionOpts{Mode: server.CompressionOff},
		PingInterval: 5 * time.Second, MaxPingsOut: 2, ConnectRetries: 10,
	}
	for _, p := range o.Peers {
		if _, _, err := splitAddress(p); err != nil {
			return fmt.Errorf("bus: peer address %q: %w", p, err)
		}
		so.Routes = append(so.Routes, &url.URL{Scheme: "nats-route", Host: p})
	}
	return nil
}

func splitAddress(a string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(a)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%q is not a port", text)
	}
	return host, port, nil
}

// started waits until the server takes connections, or has said why it cannot.
func started(s *server.Server, log *serverLog) error {
	ready := make(chan bool, 1)
	go func() { ready <- s.ReadyForConnections(startWait) }()
	select {
	case reason := <-log.fatal:
		return fmt.Errorf("bus: %s", reason)
	case ok := <-ready:
		if !ok {
			return errors.New("bus: the server inside did not start in time")
		}
		return nil
	}
}

// outside connects to somebody else's NATS. It may be starting just now, so it gets some seconds.
func (b *Bus) outside(ctx context.Context, addresses string) (*nats.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, outsideWait)
	defer cancel()
	opts := b.natsOptions(nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2), nats.Timeout(3*time.Second))
	for {
		conn, err := nats.Connect(addresses, opts...)
		if err == nil {
			return conn, nil
		}
		err = fmt.Errorf("bus: NATS at %s cannot be reached: %w", redact(addresses), err)
		if errors.Is(err, nats.ErrAuthorization) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(outsideRetry):
		}
	}
}

func redact(addresses string) string {
	all := strings.Split(addresses, ",")
	for i, a := range all {
		if u, err := url.Parse(strings.TrimSpace(a)); err == nil {
			all[i] = u.Redacted()
		}
	}
	return strings.Join(all, ",")
}

func (b *Bus) natsOptions(more ...nats.Option) []nats.Option {
	return append([]nats.Option{
		nats.Name("parley " + b.node.String()), nats.MaxReconnects(-1), nats.ReconnectWait(outsideRetry),
		nats.ReconnectHandler(func(*nats.Conn) {
			b.log.Info("bus is connected again")
			b.in.put(step{gap: true})
			b.beat(kindHello)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("bus lost its connection", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.log.Error("bus", "error", err)
			b.in.put(step{gap: true})
		}),
	}, more...)
}

func (b *Bus) subscribe() error {
	sub, err := b.conn.Subscribe(b.subject, b.receive)
	if err != nil {
		return err
	}
	// receive only sorts, so this is never reached; it bounds what a stopped process may collect.
	if err := sub.SetPendingLimits(4*maxQueueEvents, 4*maxQueueBytes); err != nil {
		return err
	}
	return b.conn.FlushTimeout(startWait)
}

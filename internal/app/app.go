// Package app is the whole server: settings, building, running, stopping, files, the demo. It is the only package that
// knows everything, and it holds no rule of any feature.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"golang.org/x/sync/errgroup"

	"parley/internal/kernel/clock"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/geo"
	"parley/internal/platform/hub"
	"parley/internal/platform/web"
)

// App is one node: everything between a listener and the database.
type App struct {
	Features

	cfg     Config
	log     *slog.Logger
	now     clock.Clock
	db      *db.DB
	bus     *bus.Bus
	hub     *hub.Hub
	geo     *geo.DB
	api     *web.API
	files   *files
	metrics *metrics
	handler http.Handler
}

// New opens the database and the bus and wires the features. Nothing runs before [App.Run]; [App.Close] gives back
// what New took, also when Run was never called.
func New(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Now == nil {
		cfg.Now = clock.System
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.ShutdownTimeout <= 0 {
		cfg.ShutdownTimeout = defaultShutdown
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.BaseURL = origin(cfg.BaseURL)
	a := &App{cfg: cfg, log: cfg.Log, now: cfg.Now}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// open gets hold of everything outside the process.
func (a *App) open(ctx context.Context) (err error) {
	if a.files, err = openFiles(dist()); err != nil {
		return err
	}
	if a.geo, err = a.cfg.openGeo(); err != nil {
		return err
	}
	if a.geo.Empty() {
		a.log.WarnContext(ctx, "this binary was built without the countries of addresses: make build, or --geo-database")
	}
	a.bus, err = bus.Open(ctx, bus.Options{
		Listen: a.cfg.ClusterListen, Peers: a.cfg.ClusterPeers, Secret: a.cfg.ClusterSecret,
		NATSURL: a.cfg.NATSURL, Log: a.log,
	})
	if err != nil {
		return fmt.Errorf("join the other nodes: %w", err)
	}
	if err := a.cfg.prepareData(); err != nil {
		return err
	}
	a.db, err = db.Open(ctx, db.Options{URL: a.cfg.DatabaseURL(), Publish: a.bus.Publish, Doubt: a.bus.Doubt, Log: a.log})
	return err
}

// build wires the features, from the lowest tier up, and puts their roads together.
func (a *App) build(ctx context.Context) error {
	a.hub = hub.New(hub.Options{Node: a.bus.Node(), Log: a.log, Address: web.AddressOf})
	a.metrics = newMetrics(a)
	if err := a.wire(ctx); err != nil {
		return err
	}
	a.handler = a.api.Edge(a.metrics.measure(a.roads()))
	return nil
}

// Handler answers everything: API, sockets, widget, dashboard.
func (a *App) Handler() http.Handler { return a.handler }

// BaseURL is the address that people type.
func (a *App) BaseURL() string { return a.cfg.BaseURL }

// Run delivers news, keeps sockets alive and watches the time until ctx ends; then it tells every socket to go
// (they reconnect elsewhere) and waits for the commands that are on their way.
func (a *App) Run(ctx context.Context) error {
	if err := a.bus.Start(); err != nil {
		return fmt.Errorf("start the bus: %w", err)
	}
	work, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	group, running := errgroup.WithContext(work)
	for _, run := range a.runs() {
		group.Go(func() error {
			if err := run(running); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	select {
	case <-ctx.Done():
		a.drain(work)
	case <-running.Done(): // one of them failed
	}
	finish()
	return group.Wait()
}

func (a *App) drain(ctx context.Context) {
	a.log.InfoContext(ctx, "stopping", "connections", a.hub.Stats().Open)
	limit, cancel := context.WithTimeout(ctx, a.drainTime())
	defer cancel()
	a.hub.Drain(limit)
}

// Close leaves the bus and closes the database, after the transactions that run. Calling it again is harmless.
func (a *App) Close() error {
	if a.bus != nil {
		a.bus.Close()
	}
	if a.db != nil {
		return a.db.Close()
	}
	return nil
}

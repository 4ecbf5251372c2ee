package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"parley/internal/agent"
	"parley/internal/app/shop"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
)

// demoCmd is `parley demo`. Its database is a flag only: a PARLEY_DATABASE in the environment is somebody's real one.
type demoCmd struct {
	Network    `embed:"" group:"Network"`
	ShopListen string `default:"127.0.0.1:8081" placeholder:"ADDRESS" help:"Address of the shop that carries the widget."`
	Database   string `placeholder:"WHERE" help:"An empty PostgreSQL database to use, postgres://user:password@host/name. It is not emptied at the end."`
	JSON       bool   `name:"json" help:"Print one line of JSON when everything is ready."`
	ClockFile  string `hidden:"" placeholder:"FILE" help:"For tests: how many ms the demo's clock is ahead, read whenever it is asked."`
}

// demoReady is what `demo --json` prints.
type demoReady struct {
	URL          string      `json:"url"`
	DashboardURL string      `json:"dashboard_url"`
	PageURL      string      `json:"page_url"`
	HelpURL      string      `json:"help_url"`
	PropertyID   id.Property `json:"property_id"`
	Email        string      `json:"email"`
	Password     string      `json:"password"`
}

// Run serves the demo until ctx ends, and removes what it kept.
func (d *demoCmd) Run(ctx context.Context, c console, log *slog.Logger) (err error) {
	data, err := os.MkdirTemp("", "parley-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	l, err := listen(ctx, "--shop-listen", d.ShopListen)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server closes it too
	cfg := Config{Storage: Storage{Data: data, Database: d.Database}, Network: d.Network, Log: log}
	if d.ClockFile != "" {
		cfg.Now = ahead(d.ClockFile)
	}
	return serve(ctx, cfg, func(ctx context.Context, a *App) error { return d.open(ctx, a, l, c.out) })
}

// ahead is the system's clock, as far ahead as the file says at that moment. Without a number in it the clock is right.
func ahead(file string) clock.Clock {
	return func() time.Time {
		raw, err := os.ReadFile(file) //nolint:gosec // a test names it
		if err != nil {
			return clock.System()
		}
		ms, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
		if err != nil {
			return clock.System() // it is being written just now
		}
		return clock.System().Add(time.Duration(ms) * time.Millisecond)
	}
}

// open makes the people, says where everything is, and serves the shop.
func (d *demoCmd) open(ctx context.Context, a *App, l net.Listener, out io.Writer) error {
	ready := demoReady{
		URL: a.BaseURL(), DashboardURL: a.BaseURL() + "/", PageURL: "http://" + reachable(l.Addr()) + "/",
		Email: "ana@kilnstreet.example", Password: strings.ToLower(rand.Text()[:12]),
	}
	p, err := a.people(ctx, ready.Password)
	if err != nil {
		return err
	}
	ready.PropertyID = p
	if ready.HelpURL, err = a.helpCentre(ctx, p); err != nil {
		return err
	}
	if err := d.print(out, ready); err != nil {
		return err
	}
	return a.serveHTTP(ctx, l, shop.New(a.BaseURL(), string(p)).Handler())
}

func (d *demoCmd) print(out io.Writer, r demoReady) error {
	if d.JSON {
		return json.NewEncoder(out).Encode(r) //nolint:gosec // the password is what was asked for
	}
	_, err := fmt.Fprintf(out, `The demo is ready. Everything in it is gone when it stops.

  A visitor    %s
  An agent     %s
               %s (or ben@, mira@), password %s
  The help     %s

`, r.PageURL, r.DashboardURL, r.Email, r.Password, r.HelpURL)
	return err
}

// people makes Kiln Street and the three who answer there.
func (a *App) people(ctx context.Context, password string) (id.Property, error) {
	link, err := a.Agents.NewSetupLink(ctx)
	if err != nil {
		return "", err
	}
	if link == "" {
		return "", errors.New("--database has an owner already: the demo wants an empty one")
	}
	account := func(first, name string) agent.NewAccount {
		return agent.NewAccount{Email: strings.ToLower(first) + "@kilnstreet.example", Name: name, Password: password}
	}
	owner, p, err := a.Agents.CreateOwner(ctx, account("Ana", "Ana Ruiz"), "Kiln Street")
	if err != nil {
		return "", err
	}
	faces := map[string]id.Agent{"Ana": owner}
	for first, name := range map[string]string{"Ben": "Ben Okafor", "Mira": "Mira Lindqvist"} {
		if faces[first], err = a.Agents.CreateMember(ctx, p, account(first, name), actor.AgentRole); err != nil {
			return "", err
		}
	}
	for first, who := range faces {
		if _, err := a.Agents.SetPicture(ctx, actor.Login{Agent: who}, shop.Face(first)); err != nil {
			return "", err
		}
	}
	return p, nil
}

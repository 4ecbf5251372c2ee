package app

import (
	"context"
	"fmt"

	"parley/internal/agent"
	"parley/internal/article"
	"parley/internal/audit"
	"parley/internal/ban"
	"parley/internal/chat"
	"parley/internal/help"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus"
	"parley/internal/platform/web"
	"parley/internal/privacy"
	"parley/internal/property"
	"parley/internal/report"
	"parley/internal/ticket"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// Features are the services of this node. The command line, the demo and tests use them as the transports do.
type Features struct {
	Properties *property.Service
	Agents     *agent.Service
	Bans       *ban.Service
	Articles   *article.Service
	Help       *help.Service
	Visitors   *visitor.Service
	Visits     *visit.Service
	Chats      *chat.Service
	Tickets    *ticket.Service
	Audit      *audit.Service
	Privacy    *privacy.Service
	Reports    *report.Service
	Live       *chat.Live
}

// wire builds the features, from the lowest tier up, and subscribes them to the news in the same order: what forgets
// comes before what reads again.
func (a *App) wire(ctx context.Context) error {
	tokens, err := visitor.LoadTokens(ctx, a.db)
	if err != nil {
		return fmt.Errorf("load the key of visitors' tokens: %w", err)
	}
	keys, err := agent.LoadKeys(ctx, a.db, a.cfg.BaseURL, a.now)
	if err != nil {
		return err
	}
	limits := web.Limits{Exempt: a.cfg.RateLimitExempt}
	a.Properties = property.New(property.Options{DB: a.db, Now: a.now, BaseURL: a.cfg.BaseURL})
	a.Agents = agent.New(agent.Options{
		DB: a.db, Now: a.now, Log: a.log, BaseURL: a.cfg.BaseURL, Keys: keys, Properties: a.Properties,
		Node: a.bus.Node(), Publish: a.bus.Publish, Exempt: limits.Exempts,
	})
	a.Bans = &ban.Service{DB: a.db, Now: a.now, People: a.Agents, Geo: a.geo, Log: a.log}
	a.Articles = article.New(article.Options{
		DB: a.db, Now: a.now, Log: a.log, Properties: a.Properties, People: a.Agents, BaseURL: a.cfg.BaseURL, Exempt: limits.Exempts,
	})
	a.Visitors = &visitor.Service{DB: a.db, Now: a.now, Node: a.bus.Node()}
	a.Chats = &chat.Service{DB: a.db, Now: a.now, Settings: a.Properties, People: a.Agents, Visitors: a.Visitors, Articles: a.Articles, Log: a.log}
	a.Visits = visit.New(visit.Options{DB: a.db, Now: a.now, Log: a.log, Settings: a.Properties, Visitors: a.Visitors, Chats: a.Chats, Bus: a.bus})
	a.Visitors.Number = a.Visits.Number
	a.Tickets = &ticket.Service{DB: a.db, Now: a.now, Visitors: a.Visitors, Team: a.Agents, Bans: a.Bans, Articles: a.Articles, Exempt: limits.Exempts}
	a.Audit = &audit.Service{DB: a.db}
	a.Privacy = &privacy.Service{
		DB: a.db, Now: a.now, Log: a.log, People: a.Agents, Properties: a.Properties, Visitors: a.Visitors, Chats: a.Chats, Tickets: a.Tickets,
		Bans: a.Bans, Articles: a.Articles, Visits: a.Visits,
	}
	a.Reports = report.New(report.Options{Now: a.now, Chats: a.Chats, Visits: a.Visits})
	a.api = web.New(web.Options{
		Auth: a.Agents, Proxies: a.cfg.TrustedProxies, Origins: a.origins(), Log: a.log, Now: a.now, Version: apiVersion,
		BaseURL: a.cfg.BaseURL, Adopt: a.Agents.AdoptCookie,
	})
	a.Help = help.New(help.Options{
		Articles: a.Articles, Properties: a.Properties, Team: a.Agents, Bans: a.Bans, Visitors: a.Visitors, Tickets: a.Tickets, Tokens: tokens,
		Places: a.geo, Now: a.now, Log: a.log, BaseURL: a.cfg.BaseURL, Exempt: limits.Exempts, Explain: a.api.Explain,
	})
	a.Articles.Pages = a.Help
	a.routes(a.api) //nolint:contextcheck // requests bring their own

	a.Properties.Subscribe(a.bus)
	a.Agents.Subscribe(a.bus)
	a.Bans.Subscribe(a.bus)
	a.Articles.Subscribe(a.bus)
	a.Visits.Subscribe(a.bus)
	a.Reports.Subscribe(a.bus)
	a.Live = chat.NewLive(chat.LiveOptions{
		Chats: a.Chats, Hub: a.hub, Bus: a.bus, Now: a.now, Log: a.log, Properties: a.Properties,
		Team: a.Agents, Doors: a.Agents, Roster: a.Agents.Presence, Visitors: a.Visitors, Visits: a.Visits, Places: a.geo, Tokens: tokens,
		Tickets: a.Tickets, Shelf: a.Articles, Bans: a.Bans, Pages: a.Help, Limits: limits, MaxOpen: a.cfg.MaxConnections, BaseURL: a.cfg.BaseURL, Panel: a.files.panel,
	})
	a.Chats.Guests, a.Chats.Bans = a.Live, a.Bans
	a.Bans.Chats = struct {
		*chat.Service
		*chat.Live
	}{a.Chats, a.Live}
	a.Agents.OnTeamChanged(a.Live.TeamChanged)
	bus.On(a.bus, ticket.Created, func(p id.Property, _ ticket.Change) { a.Live.CountsChanged(p) })
	bus.On(a.bus, ticket.Changed, func(p id.Property, _ ticket.Change) { a.Live.CountsChanged(p) })
	return nil
}

// apiVersion is of the contract in api/openapi.yaml, not of the build.
const apiVersion = "1"

// routes registers every operation of the API. It asks no database: api/openapi.yaml is printed from it.
func (f Features) routes(api *web.API) {
	f.Agents.Routes(api)
	f.Properties.Routes(api)
	f.Chats.Routes(api)
	f.Tickets.Routes(api)
	f.Visitors.Routes(api)
	f.Bans.Routes(api)
	f.Articles.Routes(api)
	f.Help.Routes(api)
	f.Audit.Routes(api)
	f.Privacy.Routes(api)
	f.Reports.Routes(api)
}

// runs lists what watches the time on this node.
func (a *App) runs() []func(context.Context) error {
	return []func(context.Context) error{a.hub.Run, a.Agents.Run, a.Bans.Run, a.Articles.Run, a.Chats.Run, a.Visits.Run, a.Privacy.Run, a.Live.Run}
}

// origins are the addresses that the dashboard may be served from.
func (a *App) origins() []string {
	if a.cfg.BaseURL == "" {
		return nil
	}
	return []string{a.cfg.BaseURL}
}

// documented are services without a database, which can do nothing but name their routes.
func documented() Features {
	return Features{
		Properties: property.New(property.Options{}), Agents: agent.New(agent.Options{}), Visitors: &visitor.Service{}, Bans: &ban.Service{},
		Articles: article.New(article.Options{}), Help: help.New(help.Options{}), Chats: &chat.Service{}, Tickets: &ticket.Service{}, Audit: &audit.Service{}, Privacy: &privacy.Service{},
		Reports: report.New(report.Options{}),
	}
}

package app

import (
	"context"

	"parley/internal/platform/web"
	"parley/internal/property"
	"parley/internal/visitor"
)

// Features are the services of this node. The command line, the demo and tests use them as the transports do.
type Features struct {
	Properties *property.Service
	Visitors   *visitor.Service
}

// wire builds the features, from the lowest tier up.
func (a *App) wire(_ context.Context) error {
	a.Properties = property.New(property.Options{DB: a.db, Now: a.now, BaseURL: a.cfg.BaseURL})
	a.Visitors = &visitor.Service{DB: a.db, Now: a.now}
	a.api = web.New(web.Options{Proxies: a.cfg.TrustedProxies, Log: a.log, Now: a.now, Version: Version()})
	a.routes(a.api)
	a.Properties.Subscribe(a.bus)
	return nil
}

// routes registers every operation of the API. It asks no database: api/openapi.yaml is printed from it.
func (f Features) routes(api *web.API) {
	f.Properties.Routes(api)
	f.Visitors.Routes(api)
}

// runs lists what watches the time on this node.
func (a *App) runs() []func(context.Context) error {
	return nil
}

// documented are services without a database, which can do nothing but name their routes.
func documented() Features {
	return Features{Properties: property.New(property.Options{}), Visitors: &visitor.Service{}}
}

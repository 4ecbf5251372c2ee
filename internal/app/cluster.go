package app

import "parley/internal/platform/bus"

// Cluster is this node's end of the bus. Tests wait with it until nodes have found each other.
func (a *App) Cluster() *bus.Bus { return a.bus }

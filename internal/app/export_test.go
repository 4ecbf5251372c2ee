package app

import (
	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// Operations lists the API's routes, for the tests that walk all of them.
func (a *App) Operations() []web.Operation { return a.api.Operations() }

// Database is the node's, for what only somebody behind the server's back can do.
func (a *App) Database() *db.DB { return a.db }

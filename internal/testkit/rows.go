package testkit

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
)

// numbers gives the rows of one Env names that differ.
type numbers struct{ properties, agents, visitors atomic.Int64 }

// Settings is what a property made by Env.Property has: property.Settings as stored.
const Settings = `{"name":"Shop","colour":"#2563eb","theme":"system","corner":"end","language":"auto",` +
	`"greeting":{"online":"Hello! How can we help?","away":"We are back soon.","offline":"Leave a message."},` +
	`"sound":true,"faces":true,"brand":true,"typing_preview":true,"early_cookie":false,"offline_form":true,` +
	`"allowed_domains":[],"timeout_minutes":20,"missed_minutes":5}`

// Property stores a property with plain settings.
func (e *Env) Property(t testing.TB) id.Property {
	t.Helper()
	p := id.New[id.Property]()
	e.Exec(t, `INSERT INTO properties (id, name, settings, version, visitor_count, created_at) VALUES ($1, $2, $3, 1, 0, $4)`,
		p, fmt.Sprintf("Shop %d", e.properties.Add(1)), Settings, e.Clock.Now().UnixMilli())
	return p
}

// Agent stores an agent who is a member of p and returns them as a caller. Their password cannot be used to log in.
func (e *Env) Agent(t testing.TB, p id.Property, role actor.Role, name string) actor.Agent {
	t.Helper()
	a := actor.Agent{ID: id.New[id.Agent](), Property: p, Role: role}
	now := e.Clock.Now().UnixMilli()
	email := fmt.Sprintf("%s.%d@example.com", strings.ToLower(strings.ReplaceAll(name, " ", ".")), e.agents.Add(1))
	e.Exec(t, `INSERT INTO agents (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, '', $4)`, a.ID, email, name, now)
	e.Exec(t, `INSERT INTO memberships (property_id, agent_id, role, created_at) VALUES ($1, $2, $3, $4)`, p, a.ID, role, now)
	return a
}

// Login stores a login of a's and returns them with it.
func (e *Env) Login(t testing.TB, a actor.Agent) actor.Agent {
	t.Helper()
	a.Login = id.New[id.Login]()
	now := e.Clock.Now().UnixMilli()
	e.Exec(t, `INSERT INTO logins (id, agent_id, token_hash, browser, address, created_at, seen_at, expires_at) VALUES ($1, $2, $3, 'Firefox', '192.0.2.1', $4, $4, $5)`,
		a.Login, a.ID, "hash of "+string(a.Login), now, now+30*24*3_600_000)
	return a
}

// Visitor stores a visitor of p and returns them as a caller.
func (e *Env) Visitor(t testing.TB, p id.Property) actor.Visitor {
	t.Helper()
	v := actor.Visitor{ID: id.New[id.Visitor](), Property: p, Address: "198.51.100.7"}
	now := e.Clock.Now().UnixMilli()
	n := e.visitors.Add(1)
	e.Exec(t, `INSERT INTO visitors (id, property_id, number, address, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)`, v.ID, p, n, v.Address, now)
	e.Exec(t, `UPDATE properties SET visitor_count = $2 WHERE id = $1 AND visitor_count < $2`, p, n)
	return v
}

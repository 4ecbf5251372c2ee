// Package actor says who is asking. It does not find out: agent (logins) and visitor (tokens) do.
package actor

import "parley/internal/kernel/id"

// Role is what an agent may do in a property.
type Role string

const (
	Owner     Role = "owner" // everything, also deleting the property and naming owners
	Admin     Role = "admin" // members and settings
	AgentRole Role = "agent" // chats, history, tickets
)

// Roles lists the roles, strongest first.
var Roles = []Role{Owner, Admin, AgentRole}

// Manages reports whether the role may change members and settings.
func (r Role) Manages() bool { return r == Owner || r == Admin }

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return r == Owner || r == Admin || r == AgentRole }

// Login is a signed-in agent who acts on their own account, in no property.
type Login struct {
	Agent id.Agent
	Login id.Login
}

// Agent is a signed-in agent acting inside one property.
type Agent struct {
	ID       id.Agent
	Login    id.Login // empty when the server itself acts (demo, tests)
	Property id.Property
	Role     Role
}

// Visitor is a browser on a property's site whose token was checked.
type Visitor struct {
	ID       id.Visitor
	Property id.Property
	Address  string // canonical, from the socket or a trusted proxy
}

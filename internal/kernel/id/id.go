// Package id gives every kind of thing its own identifier type. It knows nothing else about them.
package id

import "github.com/google/uuid"

type (
	// Property identifies a property: one site with its own widget and team.
	Property string
	// Agent identifies a person who answers.
	Agent string
	// Login identifies an agent's signed-in browser.
	Login string
	// Visitor identifies a browser on a property's site.
	Visitor string
	// Session identifies a visitor's chat session.
	Session string
	// Chat identifies one entry in the agents' lists; a session has one or more.
	Chat string
	// Ticket identifies a message left while nobody could answer.
	Ticket string
	// Invite identifies an invitation to join a property's team.
	Invite string
	// Picture identifies a stored profile picture.
	Picture string
	// Ban identifies a decision that somebody may not write to a property's team.
	Ban string
	// Network identifies an entry of the list of networks that no ban covers.
	Network string
	// Opener identifies an agent's first words to a visitor who has not written.
	Opener string
	// Erasure identifies the receipt of a visitor's erasure.
	Erasure string
	// Article identifies one answer of a property's help centre, in all its languages.
	Article string
	// Category identifies a group of articles.
	Category string
	// Image identifies a picture in articles.
	Image string
)

// New makes an identifier of any kind: a UUIDv7, so that ids sort by the time they were made.
func New[T ~string]() T {
	return T(uuid.Must(uuid.NewV7()).String())
}

// Valid reports whether s is a UUID in its canonical, lower-case, 36-character form.
func Valid[T ~string](s T) bool {
	u, err := uuid.Parse(string(s))
	return err == nil && len(s) == 36 && u.String() == string(s)
}

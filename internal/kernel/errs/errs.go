// Package errs is the one error vocabulary of the server: expected failures with a stable code.
// It does not know how an error is shown; platform/web and the sockets translate it, once each.
package errs

import (
	"errors"
	"time"
)

// Kind decides the HTTP status and whether the message may be shown.
type Kind string

const (
	Invalid      Kind = "invalid"      // 422: a field is wrong; the message says how to put it right
	Unauthorized Kind = "unauthorized" // 401: nobody is logged in
	Forbidden    Kind = "forbidden"    // 403
	NotFound     Kind = "not_found"    // 404: also another property's thing
	Conflict     Kind = "conflict"     // 409: legal in another state
	TooLarge     Kind = "too_large"    // 413
	TooMany      Kind = "too_many"     // 429: RetryAfter says when
	Unavailable  Kind = "unavailable"  // 503: the database cannot be written just now; nothing was stored
	Internal     Kind = "internal"     // 500: unexpected; logged once at the edge
)

// Error is an expected failure: safe to show, stable to match.
type Error struct {
	Kind       Kind
	Code       string // documented, stable, the key of its translation: "chat.ended"
	Message    string // safe English fallback
	Field      string // the input at fault, where there is one
	About      string // id of the thing that stands in the way, where the caller can go there instead
	RetryAfter time.Duration
}

// New declares an expected failure; keep the result in a package variable.
func New(k Kind, code, message string) *Error { return &Error{Kind: k, Code: code, Message: message} }

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is matches by code, so that a copy made by [Error.At] or [Error.In] still matches its declaration.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// At returns a copy that names the field at fault.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// On returns a copy that names the thing that stands in the way.
func (e *Error) On(thing string) *Error {
	c := *e
	c.About = thing
	return &c
}

// In returns a copy that says when to try again.
func (e *Error) In(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Find returns the expected failure inside err, or nil.
func Find(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}

// KindOf returns Internal for anything that is not an expected failure.
func KindOf(err error) Kind {
	if e := Find(err); e != nil {
		return e.Kind
	}
	return Internal
}

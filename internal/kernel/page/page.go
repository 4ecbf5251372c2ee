// Package page is keyset paging: a cursor that names the last row seen. There is no OFFSET here.
package page

import (
	"encoding/base64"
	"strconv"
	"strings"

	"parley/internal/kernel/errs"
)

// Max is the largest page anybody gets; Default is what an empty limit means.
const (
	Max     = 100
	Default = 50
)

// ErrCursor says that a cursor was not one of ours.
var ErrCursor = errs.New(errs.Invalid, "page.cursor", "This cursor is not valid. Start again without one.").At("cursor")

// Cursor is the sort key of the last row of the page before. The zero cursor is the first page.
type Cursor struct {
	At int64 // unix milliseconds
	ID string
}

// Zero reports whether this is the first page.
func (c Cursor) Zero() bool { return c.ID == "" }

// String is the opaque form that goes to clients; empty for the zero cursor.
func (c Cursor) String() string {
	if c.Zero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At, 36) + "." + c.ID))
}

// Parse reads what String wrote. An empty string is the first page.
func Parse(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Cursor{}, ErrCursor
	}
	at, last, ok := strings.Cut(string(raw), ".")
	ms, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil || last == "" || len(last) > 64 {
		return Cursor{}, ErrCursor
	}
	return Cursor{At: ms, ID: last}, nil
}

// Limit puts a wished page size into bounds.
func Limit(n int) int {
	if n <= 0 {
		return Default
	}
	return min(n, Max)
}

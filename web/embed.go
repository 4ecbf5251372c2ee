// Package web carries the built front ends, and the palette, inside the binary. It builds and serves nothing.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed ui/src/tokens.css
var tokens string

// Tokens is the one palette (ui/src/tokens.css) as it is written. The front ends have it from there by their build; the help centre's
// pages, which Go makes, have it from here.
func Tokens() string { return tokens }

// Dist is what `make build` put into web/dist; it holds only .gitkeep where the front ends were not built.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path: it is in the embed line above
	}
	return sub
}

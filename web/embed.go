// Package web carries the built front ends inside the binary. It builds and serves nothing.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is what `make build` put into web/dist; it holds only .gitkeep where the front ends were not built.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path: it is in the embed line above
	}
	return sub
}

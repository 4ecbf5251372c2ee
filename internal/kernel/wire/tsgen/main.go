// Command tsgen writes the TypeScript types of every frame, read from the Go source of package wire.
//
//	go run ./internal/kernel/wire/tsgen > web/core/src/wire.gen.ts
//	go run ./internal/kernel/wire/tsgen --check   # exits 1 when the committed file is not up to date
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	source = "internal/kernel/wire"
	target = "web/core/src/wire.gen.ts"
)

var errStale = errors.New(target + " is not up to date: run go run ./internal/kernel/wire/tsgen > " + target)

func main() {
	check := flag.Bool("check", false, "compare with the committed file instead of writing")
	root := flag.String("root", ".", "folder of the repository")
	flag.Parse()
	if err := run(*root, *check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a command of its own: only main exits
	}
}

func run(root string, check bool, out io.Writer) error {
	made, err := generate(filepath.Join(root, source))
	if err != nil {
		return err
	}
	if !check {
		_, err = out.Write(made)
		return err
	}
	committed, err := os.ReadFile(filepath.Join(root, target)) //nolint:gosec // a fixed path inside the repository
	if err != nil {
		return fmt.Errorf("read the committed types: %w", err)
	}
	if !bytes.Equal(made, committed) {
		return errStale
	}
	return nil
}

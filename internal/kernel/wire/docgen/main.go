// Command docgen keeps docs/protocol.md in step with the code: it rewrites the tables between
// `<!-- wire:NAME -->` and `<!-- /wire -->` from the Go structs, constants and declared errors. The prose is written by hand.
// With -check it changes nothing and fails when the document is not up to date, or leaves a frame out.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"

	"parley/internal/kernel/wire/docgen/tables"
)

func main() {
	check := flag.Bool("check", false, "fail instead of writing")
	root := flag.String("root", ".", "the repository")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		slog.Error("docgen", "err", err)
		os.Exit(1) //nolint:forbidigo // a tool's main
	}
}

func run(root string, check bool) error {
	path := root + "/docs/protocol.md"
	old, err := os.ReadFile(path) //nolint:gosec // the repository's own document
	if err != nil {
		return err
	}
	text, err := tables.Fill(root, string(old))
	if err != nil {
		return err
	}
	if text == string(old) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is not up to date: run make generate", path)
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a public document
}

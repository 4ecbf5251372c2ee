package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const root = "parley/internal/"

// tier: a package may import only packages of a lower tier. Equals talk through events, or through a small interface
// that the caller declares. A package with no tier fails the test.
var tier = map[string]int{
	"kernel/errs": 0, "kernel/id": 0, "kernel/clock": 0, "kernel/event": 1, "kernel/page": 1, "kernel/memo": 1, "kernel/actor": 1, "kernel/wire": 2,
	"platform/db": 3, "platform/bus": 3, "platform/web": 3, "platform/hub": 4,
	"property": 5, "agent": 5,
	"visitor": 6, "chat": 7, "ticket": 8,
	"bench": 9, "app/shop": 9, "app": 10,
	"testkit": 11, // knows the whole server; only tests import it

	// Tools and suites beside what they serve.
	"kernel/wire/tsgen": 3, "kernel/wire/docgen/tables": 3, "kernel/wire/docgen": 4, "platform/bus/bustest": 12,
}

func TestTiers(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		from := filepath.ToSlash(filepath.Dir(path))
		if err != nil || d.IsDir() || from == "." || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if _, ok := tier[from]; !ok {
			t.Errorf("%s has no tier: add it to the table", from)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range f.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			if to, ours := strings.CutPrefix(name, root); ours && tier[to] >= tier[from] {
				t.Errorf("%s (tier %d) must not import %s (tier %d)", path, tier[from], to, tier[to])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The bench is a client that anybody could have written: of the server it knows the frames alone.
func TestTheBenchKnowsOnlyTheKernel(t *testing.T) {
	files, err := filepath.Glob("bench/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			if to, ours := strings.CutPrefix(name, root); ours && !strings.HasPrefix(to, "kernel/") {
				t.Errorf("%s imports %s", path, to)
			}
		}
	}
}

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

// tier: a package may import only packages of a lower tier. Equals talk through
// events, or through a small interface that the caller declares.
var tier = map[string]float64{
	"kernel/errs": 0, "kernel/id": 0, "kernel/clock": 0,
	"kernel/event": 1, "kernel/page": 1, "kernel/actor": 1, "kernel/memo": 1, "kernel/picture": 1, "kernel/wire": 1.5,
	"kernel/wire/tsgen": 1.7, "kernel/wire/docgen/tables": 1.6, "kernel/wire/docgen": 1.7, // they write down what wire says
	"platform/db": 2, "platform/bus": 2, "platform/hub": 2, "platform/web": 2, "platform/blob": 2, "platform/mail": 2, "platform/geo": 2,
	"bench":    2,   // a pure client
	"audit":    2.5, // features write to it in their own transactions
	"property": 3, "agent": 3,
	"ban": 4, "contact": 4, "department": 4, "shortcut": 4, "article": 4, "file": 4,
	"visitor": 5, "visit": 5.5, "chat": 6, "ticket": 7, "trigger": 7, "help": 7.5,
	"webhook": 8, "notify": 8, "report": 8, "privacy": 8,
	"testkit": 9, "testkit/live": 9, "app/shop": 9, "app": 10,
	"torture": 11, // a suite on top: tests alone
	// a package with no tier fails the test
}

// suites and fixtures live in folders of their own and may be used by tests only.
func suite(from string) bool { return strings.HasSuffix(from, "test") }

func TestTiers(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		from := filepath.ToSlash(filepath.Dir(path))
		if err != nil || from == "." || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || suite(from) {
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
			if to, ours := strings.CutPrefix(name, root); ours {
				check(t, from, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, from, to string) {
	t.Helper()
	switch {
	case suite(to):
		t.Errorf("%s must not import %s: it is for tests", from, to)
	case from == "bench" && !strings.HasPrefix(to, "kernel/"):
		t.Errorf("bench must not import %s: it is a client like any other, and sees the kernel alone", to)
	case tier[to] >= tier[from]:
		t.Errorf("%s (tier %v) must not import %s (tier %v)", from, tier[from], to, tier[to])
	}
}

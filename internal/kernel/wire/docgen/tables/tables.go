// Package tables makes the tables of docs/protocol.md from the Go sources. It knows no prose.
package tables

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var region = regexp.MustCompile(`(?s)<!-- wire:([A-Za-z, ]+) -->.*?<!-- /wire -->`)

// Fill rewrites every marked region of text from the sources under root.
// It fails when a region names something that does not exist, and when a wire struct has no region.
func Fill(root, text string) (string, error) {
	src, err := read(root)
	if err != nil {
		return "", err
	}
	seen := map[string]bool{}
	var failed error
	out := region.ReplaceAllStringFunc(text, func(m string) string {
		names := region.FindStringSubmatch(m)[1]
		var b strings.Builder
		for name := range strings.SplitSeq(names, ",") {
			name = strings.TrimSpace(name)
			seen[name] = true
			table, ok := src.table(name)
			if !ok {
				failed = fmt.Errorf("docs/protocol.md names %q, which is not in the code", name)
			}
			b.WriteString(table)
		}
		return "<!-- wire:" + names + " -->\n" + b.String() + "<!-- /wire -->"
	})
	for _, name := range src.order {
		if !seen[name] {
			return "", fmt.Errorf("docs/protocol.md leaves out wire.%s", name)
		}
	}
	return out, failed
}

type field struct{ name, typ, when, doc string }

type source struct {
	order   []string // structs, in the order of the files
	structs map[string][]field
	docs    map[string]string
	consts  map[string][]field // by prefix or type: Max, Close, Kind …
	errors  []field
}

func read(root string) (*source, error) {
	s := &source{structs: map[string][]field{}, docs: map[string]string{}, consts: map[string][]field{}}
	for _, name := range []string{"wire.go", "visitor.go", "agent.go", "visits.go", "help.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "internal/kernel/wire", name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if g, ok := decl.(*ast.GenDecl); ok {
				s.declaration(g)
			}
		}
	}
	return s, s.readErrors(root)
}

func (s *source) declaration(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			s.order = append(s.order, spec.Name.Name)
			s.docs[spec.Name.Name] = oneLine(g.Doc)
			s.structs[spec.Name.Name] = structFields(st)
		case *ast.ValueSpec:
			s.constant(spec)
		}
	}
}

func (s *source) constant(spec *ast.ValueSpec) {
	if len(spec.Values) == 0 {
		return
	}
	name := spec.Names[0].Name
	group := ""
	switch {
	case strings.HasPrefix(name, "Max"):
		group = "Limits"
	case strings.HasPrefix(name, "Close") && spec.Type == nil:
		group = "CloseCodes"
	case spec.Type != nil:
		group = types(spec.Type) + "s"
	}
	s.consts[group] = append(s.consts[group], field{name: name, typ: value(spec.Values[0]), doc: oneLine(spec.Comment)})
}

func structFields(st *ast.StructType) []field {
	var out []field
	for _, f := range st.Fields.List {
		if len(f.Names) == 0 {
			out = append(out, field{name: "…", typ: types(f.Type), doc: "and the fields of " + types(f.Type)})
			continue
		}
		if f.Tag == nil {
			continue
		}
		raw, _ := strconv.Unquote(f.Tag.Value)
		name, opts, _ := strings.Cut(reflect.StructTag(raw).Get("json"), ",")
		when := "always"
		if strings.Contains(opts, "omitempty") {
			when = "optional"
		}
		out = append(out, field{name: name, typ: types(f.Type), when: when, doc: oneLine(f.Comment)})
	}
	return out
}

// readErrors finds every errs.New in the server: the codes are a promise.
func (s *source) readErrors(root string) error {
	fset := token.NewFileSet()
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && types(call.Fun) == "New" && len(call.Args) == 3 {
				s.declaredError(call)
			}
			return true
		})
		return nil
	})
	slices.SortFunc(s.errors, func(a, b field) int { return strings.Compare(a.name, b.name) })
	s.errors = slices.CompactFunc(s.errors, func(a, b field) bool { return a.name == b.name })
	return err
}

func (s *source) declaredError(call *ast.CallExpr) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	if pkg, ok := sel.X.(*ast.Ident); !ok || pkg.Name != "errs" {
		return
	}
	code, ok1 := call.Args[1].(*ast.BasicLit)
	text, ok2 := call.Args[2].(*ast.BasicLit)
	if !ok1 || !ok2 {
		return
	}
	name, _ := strconv.Unquote(code.Value)
	doc, _ := strconv.Unquote(text.Value)
	s.errors = append(s.errors, field{name: name, typ: types(call.Args[0]), doc: doc})
}

func (s *source) table(name string) (string, bool) {
	var b strings.Builder
	switch {
	case name == "Errors":
		b.WriteString("\n| code | kind | English message |\n| --- | --- | --- |\n")
		for _, e := range s.errors {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.name, e.typ, e.doc)
		}
	case s.consts[name] != nil:
		b.WriteString("\n| name | value | |\n| --- | --- | --- |\n")
		for _, c := range s.consts[name] {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", c.name, c.typ, c.doc)
		}
	case s.structs[name] != nil:
		fmt.Fprintf(&b, "\n%s\n\n| field | type | | |\n| --- | --- | --- | --- |\n", s.docs[name])
		for _, f := range s.structs[name] {
			if f.name == "t" { // the frame's type is the comment behind it
				fmt.Fprintf(&b, "| `t` | string | always | one of: %s |\n", strings.ReplaceAll(f.doc, `"`, "`"))
				continue
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, f.typ, f.when, f.doc)
		}
	default:
		return "", false
	}
	b.WriteString("\n")
	return b.String(), true
}

func oneLine(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(c.Text()), " "), "|", "\\|")
}

// types names a Go type as JSON readers know it.
func types(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		switch t.Name {
		case "int", "int64":
			return "integer"
		case "bool":
			return "boolean"
		}
		return t.Name
	case *ast.SelectorExpr:
		if pkg, ok := t.X.(*ast.Ident); ok && pkg.Name == "id" {
			return t.Sel.Name + " id"
		}
		return t.Sel.Name
	case *ast.StarExpr:
		return types(t.X)
	case *ast.ArrayType:
		return "array of " + types(t.Elt)
	case *ast.MapType:
		return "object: " + types(t.Key) + " → " + types(t.Value)
	}
	return "?"
}

func value(e ast.Expr) string {
	switch v := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(v.Value); err == nil {
			return s
		}
		return v.Value
	case *ast.BinaryExpr:
		return value(v.X) + " " + v.Op.String() + " " + value(v.Y)
	}
	return "?"
}

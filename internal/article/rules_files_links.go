package article

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Where a text names an address: in a link or image, and in a definition that links refer to.
var (
	linkTarget       = regexp.MustCompile(`\]\([ \t]*(?:<([^<>\n]+)>|((?:[^()\s<>]|\([^()\s<>]*\))+))`)
	definitionTarget = regexp.MustCompile(`(?m)^ {0,3}\[[^\[\]\n]+\]:[ \t]*(?:<([^<>\n]+)>|([^\s<>]+))`)
	schemeOf         = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
)

// target is an address in a text.
type target struct {
	from, to int // in the text
	address  string
}

// targetsOf finds the addresses of a text, in order, but for those in code: a text about Markdown may show how links are
// written.
func targetsOf(markdown string) []target {
	code := codeRanges(markdown)
	var list []target
	for _, pattern := range []*regexp.Regexp{linkTarget, definitionTarget} {
		for _, m := range pattern.FindAllStringSubmatchIndex(markdown, -1) {
			t := target{from: m[2], to: m[3]}
			if t.from < 0 {
				t = target{from: m[4], to: m[5]}
			}
			t.address = markdown[t.from:t.to]
			inCode := slices.ContainsFunc(code, func(r [2]int) bool { return t.from < r[1] && m[0] >= r[0] })
			if !inCode && !slices.ContainsFunc(list, func(o target) bool { return o.from == t.from }) {
				list = append(list, t)
			}
		}
	}
	slices.SortFunc(list, func(a, b target) int { return a.from - b.from })
	return list
}

// codeRanges are the parts of a text that are code.
func codeRanges(markdown string) [][2]int {
	var list [][2]int
	doc := parseMarkdown([]byte(markdown))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // our function has no errors
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				list = append(list, [2]int{line.Start, line.Stop})
			}
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					list = append(list, [2]int{t.Segment.Start, t.Segment.Stop})
				}
			}
		}
		return ast.WalkContinue, nil
	})
	return list
}

// rewrite puts other addresses into a text; with false an address stays.
func rewrite(markdown string, to func(t target) (string, bool)) string {
	var b strings.Builder
	at := 0
	for _, t := range targetsOf(markdown) {
		if address, ok := to(t); ok {
			b.WriteString(markdown[at:t.from])
			b.WriteString(address)
			at = t.to
		}
	}
	b.WriteString(markdown[at:])
	return b.String()
}

// localPath is the path within the folder that a file's address leads to; false for an address that is no file's.
func localPath(file, address string) (string, bool) {
	if schemeOf.MatchString(address) || strings.HasPrefix(address, "#") || strings.HasPrefix(address, "/") {
		return "", false
	}
	address, _, _ = strings.Cut(address, "#")
	if unescaped, err := url.PathUnescape(address); err == nil {
		address = unescaped
	}
	return path.Join(path.Dir(file), address), true
}

// relative is the address of a file as another one writes it.
func relative(from, to string) string {
	dir := strings.Split(path.Dir(from), "/")
	if dir[0] == "." {
		dir = nil
	}
	parts := strings.Split(to, "/")
	same := 0
	for same < len(dir) && same < len(parts)-1 && dir[same] == parts[same] {
		same++
	}
	address := strings.Repeat("../", len(dir)-same) + strings.Join(parts[same:], "/")
	return (&url.URL{Path: address}).EscapedPath()
}

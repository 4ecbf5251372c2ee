package article

import (
	stdhtml "html"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer/html"
	"golang.org/x/text/unicode/norm"
)

const (
	anchorPrefix    = "h-" // so that no heading takes the id of something else on the page
	maxAnchorLetter = 60
)

// headingsOf are the headings of a text, with ids and with levels that begin at 2 (1 is the title) and have no gaps.
func headingsOf(doc ast.Node, source []byte) ([]Heading, map[ast.Node]Heading) {
	var list []Heading
	of := map[ast.Node]Heading{}
	used := map[string]int{}
	var open []int                                                              // levels, as written, of the headings that this one is below
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // our function has no errors
		heading, ok := n.(*ast.Heading)
		if !entering || !ok {
			return ast.WalkContinue, nil
		}
		for len(open) > 0 && open[len(open)-1] >= heading.Level {
			open = open[:len(open)-1]
		}
		open = append(open, heading.Level)
		text := strings.Join(strings.Fields(inlineText(n, source)), " ")
		h := Heading{Level: min(1+len(open), 6), ID: unused(used, anchorOf(text)), Text: text}
		list, of[n] = append(list, h), h
		return ast.WalkSkipChildren, nil
	})
	return list, of
}

// unused numbers what was there before: price, price-2, price-3.
func unused(used map[string]int, anchor string) string {
	used[anchor]++
	for n := used[anchor]; n > 1; n++ {
		numbered := anchor + "-" + strconv.Itoa(n)
		if used[numbered] == 0 {
			used[anchor], used[numbered] = n, 1
			return numbered
		}
	}
	return anchor
}

// arabicMarks are the signs that Arabic may be written with or without: vowels, and the stretched line.
var arabicMarks = &unicode.RangeTable{R16: []unicode.Range16{{0x0610, 0x061a, 1}, {0x0640, 0x0640, 1}, {0x064b, 0x065f, 1}, {0x0670, 0x0670, 1}, {0x06d6, 0x06ed, 1}}}

// anchorOf is a readable id: the letters and digits of any script, small, with hyphens between the words. [arabicMarks] are
// left out.
func anchorOf(text string) string {
	var b strings.Builder
	letters := 0
	for _, r := range strings.ToLower(norm.NFC.String(text)) {
		switch {
		case unicode.Is(arabicMarks, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
			letters++
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if letters == maxAnchorLetter {
			break
		}
	}
	anchor := strings.Trim(b.String(), "-")
	if anchor == "" {
		anchor = "section"
	}
	return anchorPrefix + anchor
}

// inlineText is the text of a paragraph or heading without its marks; of an image its alternative text.
func inlineText(n ast.Node, source []byte) string {
	var b strings.Builder
	writeInline(&b, n, source)
	return b.String()
}

func writeInline(b *strings.Builder, n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Text:
		b.WriteString(markdownPlain(n.Segment.Value(source)))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte(' ')
		}
	case *ast.String:
		b.WriteString(markdownPlain(n.Value))
	case *ast.CodeSpan:
		b.WriteString(codeText(n, source))
	case *ast.AutoLink:
		b.Write(n.Label(source))
	default:
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			writeInline(b, c, source)
		}
	}
}

// markdownPlain is a piece of the source with backslashes and entities resolved, by the same code that writes the HTML.
func markdownPlain(source []byte) string {
	var b buffer
	html.DefaultWriter.Write(&b, source)
	return stdhtml.UnescapeString(b.String())
}

// plainTextOf is the text alone: a line for each block, and for each row of a table.
func plainTextOf(doc ast.Node, source []byte) string {
	var b strings.Builder
	line := func(s string) {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			b.WriteString(s)
			b.WriteByte('\n')
		}
	}
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // our function has no errors
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading, *ast.Paragraph, *ast.TextBlock:
			line(inlineText(n, source))
			return ast.WalkSkipChildren, nil
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				segment := n.Lines().At(i)
				line(string(segment.Value(source)))
			}
			return ast.WalkSkipChildren, nil
		case *ast.Blockquote:
			if own, ok := n.AttributeString(calloutTitle); ok {
				title, _ := own.(string)
				line(title)
			}
		case *extast.TableRow, *extast.TableHeader:
			line(cellsText(n, source))
			return ast.WalkSkipChildren, nil
		case *ast.LinkReferenceDefinition:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSuffix(b.String(), "\n")
}

func cellsText(row ast.Node, source []byte) string {
	var cells []string
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		cells = append(cells, inlineText(c, source))
	}
	return strings.Join(cells, " ")
}

package article

import (
	"bytes"
	"cmp"
	"fmt"
	stdhtml "html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer/html"

	"parley/internal/kernel/id"
)

const (
	maxDepth     = 100     // of elements: browsers stop at 512
	spareLinks   = 100_000 // bytes of addresses that a text may have beyond its own length: one definition, used a thousand times
	maxAddress   = 2000    // of a link
	maxLabelName = 40      // of a code block's language
)

// buffer is what goldmark's escaping writes to.
type buffer struct{ bytes.Buffer }

// Buffered implements [util.BufWriter].
func (b *buffer) Buffered() int { return b.Len() }

// Flush implements [util.BufWriter].
func (*buffer) Flush() error { return nil }

// htmlWriter writes a parsed text as HTML. Everything that comes from the text is escaped where it is written.
type htmlWriter struct {
	source   []byte
	words    ownWords
	out      buffer
	contents []Heading
	headings map[ast.Node]Heading
	anchors  map[string]string // what a link in the text may say → the element's id
	images   []id.Image
	links    int // bytes of addresses that may still be written
	depth    int
	inLink   bool
}

func newHTMLWriter(source []byte, doc ast.Node, w ownWords) *htmlWriter {
	h := &htmlWriter{source: source, words: w, links: len(source) + spareLinks}
	h.contents, h.headings = headingsOf(doc, source)
	h.anchors = make(map[string]string, 2*len(h.contents))
	for _, c := range h.contents {
		h.anchors[c.ID], h.anchors[strings.TrimPrefix(c.ID, anchorPrefix)] = c.ID, c.ID
	}
	return h
}

func (w *htmlWriter) raw(s ...string) {
	for _, part := range s {
		_, _ = w.out.WriteString(part) // a buffer takes everything
	}
}

func (w *htmlWriter) text(s string) { w.raw(stdhtml.EscapeString(s)) }

// markdownText writes a piece of the source, in which backslashes and entities mean something.
func (w *htmlWriter) markdownText(s []byte) { html.DefaultWriter.Write(&w.out, s) }

// within writes an element around what inside writes; too deep, only that.
func (w *htmlWriter) within(open, end string, inside func()) {
	if w.depth >= maxDepth {
		inside()
		return
	}
	w.depth++
	w.raw(open)
	inside()
	w.raw(end)
	w.depth--
}

func (w *htmlWriter) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n)
	}
}

func (w *htmlWriter) inlines(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		w.inline(n)
	}
}

func (w *htmlWriter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		h := w.headings[n]
		tag := "h" + strconv.Itoa(h.Level)
		w.within("<"+tag+` id="`+h.ID+`">`, "</"+tag+">\n", func() { w.inlines(n) })
	case *ast.Paragraph:
		w.paragraph(n)
	case *ast.TextBlock:
		w.inlines(n)
	case *ast.Blockquote:
		w.quote(n)
	case *ast.List:
		w.list(n)
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		w.code(n)
	case *ast.ThematicBreak:
		w.raw("<hr>\n")
	case *extast.Table:
		w.table(n)
	}
}

func (w *htmlWriter) paragraph(n *ast.Paragraph) {
	if e, label, ok := w.embedIn(n); ok {
		w.embed(e, label)
		return
	}
	if picture, ok := only[*ast.Image](n); ok && len(picture.Title) > 0 && w.isOurs(picture) {
		w.within("<figure>", "</figure>\n", func() {
			w.image(picture)
			w.within("<figcaption>", "</figcaption>", func() { w.markdownText(picture.Title) })
		})
		return
	}
	if blank(n, w.source) {
		return
	}
	w.within("<p>", "</p>\n", func() { w.inlines(n) })
}

// only is the one child of a paragraph.
func only[T ast.Node](n ast.Node) (T, bool) {
	child, ok := n.FirstChild().(T)
	return child, ok && n.ChildCount() == 1
}

// blank reports whether a paragraph has nothing to show: it was a comment.
func blank(n ast.Node, source []byte) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); !ok || len(bytes.TrimSpace(t.Segment.Value(source))) > 0 {
			return false
		}
	}
	return true
}

func (w *htmlWriter) quote(n *ast.Blockquote) {
	kind, isCallout := n.AttributeString(calloutName)
	if !isCallout {
		w.within("<blockquote>\n", "</blockquote>\n", func() { w.blocks(n) })
		return
	}
	name, _ := kind.(string)
	title := map[string]string{"note": w.words.Note, "tip": w.words.Tip, "warning": w.words.Warning}[name]
	if own, _ := n.AttributeString(calloutTitle); own != "" {
		title, _ = own.(string)
	}
	w.within(`<div class="callout callout-`+name+`" role="note">`+"\n", "</div>\n", func() {
		w.within(`<p class="callout-title">`, "</p>\n", func() { w.text(title) })
		w.blocks(n)
	})
}

func (w *htmlWriter) list(n *ast.List) {
	open, end := "<ul>\n", "</ul>\n"
	if n.IsOrdered() {
		open, end = "<ol>\n", "</ol>\n"
		if n.Start != 1 {
			open = `<ol start="` + strconv.Itoa(n.Start) + `">` + "\n"
		}
	}
	w.within(open, end, func() {
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			open := "<li>"
			if first := item.FirstChild(); first != nil {
				if _, ok := first.FirstChild().(*extast.TaskCheckBox); ok {
					open = `<li class="task">`
				}
			}
			w.within(open, "</li>\n", func() { w.blocks(item) })
		}
	})
}

var codeLanguage = regexp.MustCompile(`^[a-z0-9+#._-]+$`)

// code is always written from left to right, and can be scrolled by keyboard.
func (w *htmlWriter) code(n ast.Node) {
	open := "<code>"
	if fenced, ok := n.(*ast.FencedCodeBlock); ok {
		name := strings.ToLower(string(fenced.Language(w.source)))
		if len(name) <= maxLabelName && codeLanguage.MatchString(name) {
			open = `<code class="language-` + name + `">`
		}
	}
	w.within(`<pre dir="ltr" tabindex="0">`+open, "</code></pre>\n", func() {
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			w.text(string(line.Value(w.source)))
		}
	})
}

// table is in a box that can be scrolled, by keyboard too.
func (w *htmlWriter) table(n *extast.Table) {
	w.within(`<div class="table" role="group" aria-label="`+w.words.Table+`" tabindex="0"><table>`+"\n", "</table></div>\n", func() {
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			_, head := row.(*extast.TableHeader)
			if head {
				w.raw("<thead>\n")
			}
			w.within("<tr>", "</tr>\n", func() { w.cells(row, head) })
			if head {
				w.raw("</thead>\n")
			}
			if head && row.NextSibling() != nil {
				w.raw("<tbody>\n")
			}
		}
		if n.ChildCount() > 1 {
			w.raw("</tbody>\n")
		}
	})
}

func (w *htmlWriter) cells(row ast.Node, head bool) {
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		tag, scope := "td", ""
		if head && c.HasChildren() { // an empty corner is no heading of anything
			tag, scope = "th", ` scope="col"`
		}
		align := ""
		if cell, ok := c.(*extast.TableCell); ok && cell.Alignment != extast.AlignNone {
			align = ` align="` + cell.Alignment.String() + `"`
		}
		w.within("<"+tag+scope+align+">", "</"+tag+">", func() { w.inlines(c) })
	}
}

func (w *htmlWriter) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.markdownText(n.Segment.Value(w.source))
		switch {
		case n.HardLineBreak():
			w.raw("<br>\n")
		case n.SoftLineBreak():
			w.raw("\n")
		}
	case *ast.String:
		w.markdownText(n.Value)
	case *ast.CodeSpan:
		w.within("<code>", "</code>", func() { w.text(codeText(n, w.source)) })
	case *ast.Emphasis:
		tag := "em"
		if n.Level == 2 {
			tag = "strong"
		}
		w.within("<"+tag+">", "</"+tag+">", func() { w.inlines(n) })
	case *extast.Strikethrough:
		w.within("<del>", "</del>", func() { w.inlines(n) })
	case *extast.TaskCheckBox:
		w.taskBox(n.IsChecked)
	case *ast.AutoLink:
		w.link(string(autoLinkAddress(n, w.source)), nil, func() { w.text(string(n.Label(w.source))) })
	case *ast.Link:
		w.link(destination(n.Destination), n.Title, func() { w.inlines(n) })
	case *ast.Image:
		w.image(n)
	}
}

// codeText is what stands between backticks: a line's end in it is a space.
func codeText(n *ast.CodeSpan, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func (w *htmlWriter) taskBox(done bool) {
	box, label := "☐", w.words.Open
	if done {
		box, label = "☑", w.words.Done
	}
	w.raw(`<span class="task-box" role="img" aria-label="`, label, `">`, box, "</span> ")
}

// link writes a link if the address may be one, else the words alone. There is none inside another.
func (w *htmlWriter) link(address string, title []byte, inside func()) {
	href, ok := w.href(address)
	if !ok || w.inLink || w.links < len(href)+len(title) {
		inside()
		return
	}
	w.links -= len(href) + len(title)
	open := `<a href="` + stdhtml.EscapeString(href) + `"`
	if len(title) > 0 {
		var t buffer
		html.DefaultWriter.Write(&t, title)
		open += ` title="` + t.String() + `"`
	}
	w.inLink = true
	w.within(open+">", "</a>", inside)
	w.inLink = false
}

// image writes one of ours; one from elsewhere becomes a link, so that no reader's browser asks anybody else for anything.
func (w *htmlWriter) image(n *ast.Image) {
	alt := strings.TrimSpace(inlineText(n, w.source))
	address := destination(n.Destination)
	picture, width, height, ours := imageAddress(address)
	if !ours {
		w.link(address, nil, func() { w.text(cmp.Or(alt, address)) })
		return
	}
	if !slices.Contains(w.images, picture) {
		w.images = append(w.images, picture)
	}
	size := ""
	if width != "" {
		size = fmt.Sprintf(` width="%s" height="%s"`, width, height)
	}
	w.raw(`<img src="images/`, string(picture), `" alt="`, stdhtml.EscapeString(alt), `"`, size, ` loading="lazy">`)
}

func (w *htmlWriter) isOurs(n *ast.Image) bool {
	_, _, _, ours := imageAddress(destination(n.Destination))
	return ours
}

// embedIn is the video that a paragraph consists of, and what its author calls it.
func (w *htmlWriter) embedIn(n *ast.Paragraph) (e embed, label string, ok bool) {
	if n.ChildCount() != 1 {
		return embed{}, "", false
	}
	var address string
	switch c := n.FirstChild().(type) {
	case *ast.AutoLink:
		address = string(autoLinkAddress(c, w.source))
	case *ast.Link:
		address, label = destination(c.Destination), strings.TrimSpace(inlineText(c, w.source))
	default:
		return embed{}, "", false
	}
	u, ok := parseAddress(address)
	if !ok {
		return embed{}, "", false
	}
	e, ok = embedOf(u)
	return e, label, ok
}

func (w *htmlWriter) embed(e embed, label string) {
	if label == "" {
		label = fmt.Sprintf(w.words.Video, e.Service)
	}
	w.within(`<details class="embed" data-embed="`+stdhtml.EscapeString(e.Frame)+`">`, "</details>\n", func() {
		w.within("<summary>", "</summary>", func() { w.text(label) })
		w.within(`<p><a href="`+stdhtml.EscapeString(e.Page)+`">`, "</a></p>", func() { w.text(fmt.Sprintf(w.words.Watch, e.Service)) })
	})
}

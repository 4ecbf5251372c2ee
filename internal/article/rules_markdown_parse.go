package article

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Bounds of what people mean: beyond them a text costs more time and more HTML than it has letters.
const (
	maxBlockDepth   = 20  // quotes and lists in one another
	maxTableColumns = 40  // a row with one cell is filled up to the head's columns
	maxBrackets     = 400 // of links and pictures in one paragraph: each looks at all that comes after it
)

// markdownParser is GitHub's Markdown without HTML: a tag is text like any other. It holds no state of a text.
var markdownParser = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(fewLinks{parser.NewLinkParser()}, 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(tagParser{}, 400),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
		util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
	),
	parser.WithParagraphTransformers(
		util.Prioritized(calloutTransformer{}, 50),
		util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
		util.Prioritized(tableTransformer{extension.NewTableParagraphTransformer()}, 200),
	),
	parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
)

func parseMarkdown(source []byte) ast.Node { return markdownParser.Parse(mdtext.NewReader(source)) }

// shallow keeps blocks from being in one another without end; deeper markers are text.
type shallow struct{ parser.BlockParser }

// Open implements [parser.BlockParser].
func (s shallow) Open(parent ast.Node, reader mdtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	if len(pc.OpenedBlocks()) >= maxBlockDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// fewLinks takes the brackets of a paragraph for links up to a number.
type fewLinks struct{ parser.InlineParser }

// bracketsKey is where a parser's context counts them.
var bracketsKey = parser.NewContextKey()

type brackets struct {
	of ast.Node
	n  int
}

// Parse implements [parser.InlineParser].
func (f fewLinks) Parse(parent ast.Node, block mdtext.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); line[0] != ']' {
		seen, _ := pc.Get(bracketsKey).(brackets)
		if seen.of != parent {
			seen = brackets{of: parent}
		}
		seen.n++
		pc.Set(bracketsKey, seen)
		if seen.n > maxBrackets {
			return nil
		}
	}
	return f.InlineParser.Parse(parent, block, pc)
}

// CloseBlock implements [parser.CloseBlocker].
func (f fewLinks) CloseBlock(parent ast.Node, block mdtext.Reader, pc parser.Context) {
	if c, ok := f.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// tableTransformer leaves a paragraph with too many columns as it is.
type tableTransformer struct{ parser.ParagraphTransformer }

// Transform implements [parser.ParagraphTransformer].
func (t tableTransformer) Transform(node *ast.Paragraph, reader mdtext.Reader, pc parser.Context) {
	for i := range node.Lines().Len() {
		line := node.Lines().At(i)
		if row := line.Value(reader.Source()); bytes.Count(row, []byte("|")) > maxTableColumns && isDelimiterRow(row) {
			return
		}
	}
	t.ParagraphTransformer.Transform(node, reader, pc)
}

// isDelimiterRow reports whether a line can be the one below a table's head.
func isDelimiterRow(row []byte) bool { return len(bytes.Trim(row, " \t\r\n|:-")) == 0 }

// calloutName is the attribute of a quote that is a callout: note, tip or warning; calloutTitle is its own title.
const (
	calloutName  = "callout"
	calloutTitle = "title"
)

var calloutMark = regexp.MustCompile(`^\[!(NOTE|TIP|WARNING|INFO|IMPORTANT|CAUTION|note|tip|warning|info|important|caution)\][ \t]*([^\n]{0,120})\n?$`)

// calloutKinds maps GitHub's five kinds and some others' to our three.
var calloutKinds = map[string]string{
	"note": "note", "info": "note", "important": "note", "tip": "tip", "warning": "warning", "caution": "warning",
}

// calloutTransformer takes the mark away from the first line of a quote.
type calloutTransformer struct{}

// Transform implements [parser.ParagraphTransformer].
func (calloutTransformer) Transform(node *ast.Paragraph, reader mdtext.Reader, _ parser.Context) {
	quote, ok := node.Parent().(*ast.Blockquote)
	if !ok || quote.FirstChild() != node || node.Lines().Len() == 0 {
		return
	}
	first := node.Lines().At(0)
	mark := calloutMark.FindSubmatch(first.Value(reader.Source()))
	if mark == nil {
		return
	}
	quote.SetAttributeString(calloutName, calloutKinds[strings.ToLower(string(mark[1]))])
	quote.SetAttributeString(calloutTitle, strings.TrimSpace(string(mark[2])))
	node.Lines().SetSliced(1, node.Lines().Len())
	if node.Lines().Len() == 0 {
		quote.RemoveChild(quote, node)
	}
}

// tagParser knows the two pieces of HTML that people need in Markdown: <br>, and comments, which nobody sees.
type tagParser struct{}

const (
	commentOpen, commentEnd = "<!--", "-->"
	maxComment              = 1000 // one without an end is looked for again and again
)

var lineTag = regexp.MustCompile(`^<br[ \t]{0,9}/?>`)

// Trigger implements [parser.InlineParser].
func (tagParser) Trigger() []byte { return []byte{'<'} }

// Parse implements [parser.InlineParser].
func (tagParser) Parse(_ ast.Node, block mdtext.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if m := lineTag.Find(line); m != nil {
		block.Advance(len(m))
		br := ast.NewTextSegment(mdtext.NewSegment(segment.Start, segment.Start))
		br.SetHardLineBreak(true)
		return br
	}
	if !bytes.HasPrefix(line, []byte(commentOpen)) {
		return nil
	}
	if end := bytes.Index(line[:min(len(line), maxComment)], []byte(commentEnd)); end >= len(commentOpen) {
		block.Advance(end + len(commentEnd))
		return ast.NewTextSegment(mdtext.NewSegment(segment.Start, segment.Start))
	}
	return nil
}

package article

import (
	stdhtml "html"
	"regexp"
	"strings"
	"unicode"

	"parley/internal/kernel/id"
)

// Rendered is what Markdown becomes. HTML has only the elements and attributes of the policy in rules_markdown_policy.go;
// image sources are images/ID and links to other articles ./a/SLUG or ./LANGUAGE/a/SLUG until [Resolve] puts them on a page.
//
// Nothing in it loads anything of anybody else. A video is
//
//	<details class="embed" data-embed="https://player…"><summary>…</summary><p><a href="…">…</a></p></details>
//
// and the page that shows it puts an <iframe src=data-embed title=summary allowfullscreen> into it when a reader opens it
// for the first time; without script the link is there. The other classes: callout and callout-note, -tip or -warning
// (a div whose first p has the class callout-title), table (a div around a table that may be wider than the page), task (an
// li) with task-box (a span), and language-NAME of a code block.
type Rendered struct {
	HTML     string
	Plain    string     // for search and descriptions: the text alone, a line for each block
	Contents []Heading  // in order, levels 2 to 6, none more than one below the one before
	Images   []id.Image // each once, in order
}

// Heading is an entry of the table of contents.
type Heading struct {
	Level int    `json:"level"`
	ID    string `json:"id"` // of the element: h- and the words, also in Arabic; unique in the text
	Text  string `json:"text"`
}

// Render makes Markdown safe HTML in a language, which the few words that are not the author's are in ("Note"). It is pure,
// never fails and is never unsafe, whatever the Markdown is.
//
// It is Markdown as GitHub knows it (tables, strikethrough, task lists, bare addresses), without HTML: a tag is shown as it
// was typed, but for <br> and comments. An image is ![text](image:ID), or ![text](image:ID#WIDTHxHEIGHT) so that the page
// does not jump while it loads; one from elsewhere becomes a link. [text](article:SLUG) or (article:LANGUAGE/SLUG) is
// another article. Quotes that begin with [!NOTE], [!TIP] or [!WARNING] are callouts, and a paragraph that is only a link to a
// video of rules_markdown_embed.go is that video.
func Render(markdown, language string) Rendered {
	source := []byte(clean(markdown))
	doc := parseMarkdown(source)
	w := newHTMLWriter(source, doc, ownWordsOf(language))
	w.blocks(doc)
	return Rendered{
		HTML:     policy.Sanitize(w.out.String()), // a second wall: the writer makes nothing else
		Plain:    plainTextOf(doc, source),
		Contents: w.contents,
		Images:   w.images,
	}
}

// clean takes away what no text needs and HTML or XML could not hold.
func clean(markdown string) string {
	markdown = strings.ReplaceAll(strings.ToValidUTF8(markdown, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF':
			return -1
		}
		return r
	}, markdown)
}

var articleLink = regexp.MustCompile(` href="\./((?:[a-z]{2}/)?a/)`)

// Resolve puts [Rendered].HTML on a page: base is the help centre's address as that page has to write it, without a slash at
// its end ("" on its own domain, /help/SLUG, or with a host for the panel and the dashboard). It is the same for every language.
func Resolve(html, base string) string {
	base = stdhtml.EscapeString(base)
	html = strings.ReplaceAll(html, ` src="images/`, ` src="`+base+`/images/`) // quotes of the text itself are written &#34;
	return articleLink.ReplaceAllString(html, ` href="`+strings.ReplaceAll(base, "$", "$$")+`/${1}`)
}

package article

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// policy is all that the HTML of an article can be. It lets through what rules_markdown_html.go writes and nothing more, so
// that a mistake there, or in the parser, is no hole.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	exactly := func(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }

	p.AllowElements("p", "br", "hr", "em", "strong", "del", "code", "ul", "ol", "li", "blockquote", "pre",
		"figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td", "summary", "h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("id").Matching(exactly(`h-[\p{L}\p{M}\p{N}-]{1,80}`)).OnElements("h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("start").Matching(exactly(`[0-9]{1,9}`)).OnElements("ol")
	p.AllowAttrs("class").Matching(exactly(`language-[a-z0-9+#._-]{1,40}`)).OnElements("code")
	p.AllowAttrs("dir").Matching(exactly(`ltr`)).OnElements("pre")
	p.AllowAttrs("tabindex").Matching(exactly(`0`)).OnElements("pre", "div")
	p.AllowAttrs("class").Matching(exactly(`callout-title`)).OnElements("p")
	p.AllowAttrs("class").Matching(exactly(`table|callout callout-(note|tip|warning)`)).OnElements("div")
	p.AllowAttrs("role").Matching(exactly(`group|note`)).OnElements("div")
	p.AllowAttrs("aria-label").OnElements("div", "span")
	p.AllowAttrs("class").Matching(exactly(`task`)).OnElements("li")
	p.AllowAttrs("class").Matching(exactly(`task-box`)).OnElements("span")
	p.AllowAttrs("role").Matching(exactly(`img`)).OnElements("span")
	p.AllowAttrs("scope").Matching(exactly(`col`)).OnElements("th")
	p.AllowAttrs("align").Matching(exactly(`left|center|right`)).OnElements("th", "td")
	p.AllowAttrs("class").Matching(exactly(`embed`)).OnElements("details")
	p.AllowAttrs("data-embed").Matching(exactly(`https://(?:www\.youtube-nocookie\.com/embed|player\.vimeo\.com/video|www\.loom\.com/embed)/[A-Za-z0-9_?=&-]+`)).OnElements("details")

	p.AllowAttrs("href").Matching(exactly(`(?:https?://|mailto:|tel:)[^\s]+|#h-[^\s]+|\./(?:[a-z]{2}/)?a/[^\s/?#]+`)).OnElements("a")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("src").Matching(exactly(`images/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(exactly(`[1-9][0-9]{0,4}`)).OnElements("img")
	p.AllowAttrs("loading").Matching(exactly(`lazy`)).OnElements("img")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}

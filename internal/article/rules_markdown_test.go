package article

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/id"
)

const picture1 = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

// everything that we write in Markdown.
const everything = `# First

Text with **strong**, *emphasis*, ~~gone~~, ` + "`code`" + `, a [link](https://a.example/?a=1&b=2 "Title"), www.b.example and <c@d.example>.
Second line\
third, after a break<br>fourth.

## First

> A quote.

> [!WARNING]
> Careful with **this**.

1. one
2. two
   - [x] done
   - [ ] open

| a | b |
| --- | ---: |
| 1 | 2 |

` + "```go\nfunc main() {}\n```" + `

![Alt](image:` + picture1 + `#800x600 "Caption")

https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s

---

[Another](article:install) and [up](#first).
`

func TestRender(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"nothing":        {"", ""},
		"paragraph":      {"a\nb", "<p>a\nb</p>\n"},
		"marks":          {"**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>\n"},
		"html is text":   {"<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>\n"},
		"html block":     {"<div>\n\n**a**\n\n</div>", "<p>&lt;div&gt;</p>\n<p><strong>a</strong></p>\n<p>&lt;/div&gt;</p>\n"},
		"break":          {"a<br>b\\\nc", "<p>a<br>\nb<br>\nc</p>\n"},
		"comment":        {"<!-- not\n\n<!-- ours -->\n\na <!-- b -->c", "<p>&lt;!-- not</p>\n<p>a c</p>\n"},
		"entities":       {"&copy; &amp; \\* &lt;", "<p>© &amp; * &lt;</p>\n"},
		"rule":           {"a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n"},
		"quote":          {"> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"},
		"list":           {"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		"list from 3":    {"3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n"},
		"tasks":          {"- [x] a", "<ul>\n<li class=\"task\"><span class=\"task-box\" role=\"img\" aria-label=\"Done:\">☑</span> a</li>\n</ul>\n"},
		"code":           {"```Go\n<a>\n```", "<pre dir=\"ltr\" tabindex=\"0\"><code class=\"language-go\">&lt;a&gt;\n</code></pre>\n"},
		"code, no name":  {"    <a>", "<pre dir=\"ltr\" tabindex=\"0\"><code>&lt;a&gt;\n</code></pre>\n"},
		"table":          {"|a|\n|:-:|\n|b|", "<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>\n<thead>\n<tr><th scope=\"col\" align=\"center\">a</th></tr>\n</thead>\n<tbody>\n<tr><td align=\"center\">b</td></tr>\n</tbody>\n</table></div>\n"},
		"empty corner":   {"||a|\n|-|-|", "<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>\n<thead>\n<tr><td></td><th scope=\"col\">a</th></tr>\n</thead>\n</table></div>\n"},
		"link":           {"[a](https://b.example/?c=1&d \"e\")", "<p><a href=\"https://b.example/?c=1&amp;d\" title=\"e\">a</a></p>\n"},
		"bare address":   {"see https://b.example/c.", "<p>see <a href=\"https://b.example/c\">https://b.example/c</a>.</p>\n"},
		"www":            {"www.b.example", "<p><a href=\"http://www.b.example\">www.b.example</a></p>\n"},
		"mail":           {"<a@b.example> [c](tel:+4930123)", "<p><a href=\"mailto:a@b.example\">a@b.example</a> <a href=\"tel:+4930123\">c</a></p>\n"},
		"unknown scheme": {"[a](javascript:b) [c](ftp://d.example)", "<p>a c</p>\n"},
		"Arabic address": {"[a](https://b.example/سعر)", "<p><a href=\"https://b.example/%D8%B3%D8%B9%D8%B1\">a</a></p>\n"},
		"article":        {"[a](article:b-c) [d](article:ar/سعر)", "<p><a href=\"./a/b-c\">a</a> <a href=\"./ar/a/%D8%B3%D8%B9%D8%B1\">d</a></p>\n"},
		"fragment":       {"# A b\n\n[c](#a-b) [d](#h-a-b) [e](#nowhere)", "<h2 id=\"h-a-b\">A b</h2>\n<p><a href=\"#h-a-b\">c</a> <a href=\"#h-a-b\">d</a> e</p>\n"},
		"image":          {"![a](image:" + picture1 + ")", "<p><img src=\"images/" + picture1 + "\" alt=\"a\" loading=\"lazy\"></p>\n"},
		"image, size":    {"![a](image:" + picture1 + "#8x6)", "<p><img src=\"images/" + picture1 + "\" alt=\"a\" width=\"8\" height=\"6\" loading=\"lazy\"></p>\n"},
		"image, caption": {"![a](image:" + picture1 + " \"b\")", "<figure><img src=\"images/" + picture1 + "\" alt=\"a\" loading=\"lazy\"><figcaption>b</figcaption></figure>\n"},
		"image, foreign": {"![a](https://b.example/c.png)", "<p><a href=\"https://b.example/c.png\">a</a></p>\n"},
		"image, path":    {"![a](c.png)", "<p>a</p>\n"},
		"callout":        {"> [!NOTE]\n> a", "<div class=\"callout callout-note\" role=\"note\">\n<p class=\"callout-title\">Note</p>\n<p>a</p>\n</div>\n"},
		"callout, title": {"> [!tip] b < c\n> a", "<div class=\"callout callout-tip\" role=\"note\">\n<p class=\"callout-title\">b &lt; c</p>\n<p>a</p>\n</div>\n"},
		"callout, lists": {"> [!CAUTION]\n>\n> - a", "<div class=\"callout callout-warning\" role=\"note\">\n<p class=\"callout-title\">Warning</p>\n<ul>\n<li>a</li>\n</ul>\n</div>\n"},
		"callout, none":  {"> a [!NOTE]\n\n> [!BOX]\n> b", "<blockquote>\n<p>a [!NOTE]</p>\n</blockquote>\n<blockquote>\n<p>[!BOX]\nb</p>\n</blockquote>\n"},
		"video": {
			"https://youtu.be/dQw4w9WgXcQ",
			"<details class=\"embed\" data-embed=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ\"><summary>Video (YouTube)</summary><p><a href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\">Watch on YouTube</a></p></details>\n",
		},
		"video, named": {
			"[The tour](https://vimeo.com/12345)",
			"<details class=\"embed\" data-embed=\"https://player.vimeo.com/video/12345?dnt=1\"><summary>The tour</summary><p><a href=\"https://vimeo.com/12345\">Watch on Vimeo</a></p></details>\n",
		},
		"video among words": {"see https://youtu.be/dQw4w9WgXcQ", "<p>see <a href=\"https://youtu.be/dQw4w9WgXcQ\">https://youtu.be/dQw4w9WgXcQ</a></p>\n"},
	} {
		if diff := cmp.Diff(tt.want, strings.ReplaceAll(Render(tt.in, "en").HTML, "<br/>", "<br>")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWordsOfALanguage(t *testing.T) {
	const text = "> [!TIP]\n> x\n\nhttps://vimeo.com/1"
	for language, want := range map[string]string{"ar": "نصيحة", "en": "Tip", "de": "Tip", "": "Tip"} {
		if got := Render(text, language).HTML; !strings.Contains(got, `<p class="callout-title">`+want+"</p>") {
			t.Errorf("%s: %s", language, got)
		}
	}
}

func TestContents(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want []Heading
	}{
		"none":         {"a", nil},
		"from the top": {"# A\n## B\n### C\n## D\n# E", []Heading{{2, "h-a", "A"}, {3, "h-b", "B"}, {4, "h-c", "C"}, {3, "h-d", "D"}, {2, "h-e", "E"}}},
		"second level": {"## A\n### B\n## C", []Heading{{2, "h-a", "A"}, {3, "h-b", "B"}, {2, "h-c", "C"}}},
		"a gap":        {"# A\n#### B\n### C\n###### D", []Heading{{2, "h-a", "A"}, {3, "h-b", "B"}, {3, "h-c", "C"}, {4, "h-d", "D"}}},
		"climbing":     {"### A\n# B", []Heading{{2, "h-a", "A"}, {2, "h-b", "B"}}},
		"the same":     {"# A\n# A 2\n# A\n# a", []Heading{{2, "h-a", "A"}, {2, "h-a-2", "A 2"}, {2, "h-a-3", "A"}, {2, "h-a-4", "a"}}},
		"Arabic":       {"# كَيْفَ أُثبِّت الأداة؟", []Heading{{2, "h-كيف-أثبت-الأداة", "كَيْفَ أُثبِّت الأداة؟"}}},
		"marks":        {"# **B** `c` [d](https://e.example) &amp; \\*", []Heading{{2, "h-b-c-d", "B c d & *"}}},
		"no letters":   {"# ???\n# !", []Heading{{2, "h-section", "???"}, {2, "h-section-2", "!"}}},
		"underlined":   {"A\n===\n\nB\n---", []Heading{{2, "h-a", "A"}, {3, "h-b", "B"}}},
	} {
		if diff := cmp.Diff(tt.want, Render(tt.in, "en").Contents); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlain(t *testing.T) {
	got := Render(everything, "en")
	want := strings.Join([]string{
		"First",
		"Text with strong, emphasis, gone, code, a link, www.b.example and c@d.example. Second line third, after a break fourth.",
		"First", "A quote.", "Careful with this.", "one", "two", "done", "open", "a b", "1 2", "func main() {}", "Alt",
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s", "Another and up.",
	}, "\n")
	if diff := cmp.Diff(want, got.Plain); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]id.Image{picture1}, got.Images); diff != "" {
		t.Error(diff)
	}
	if faults := unsafe(t, got.HTML); faults != nil {
		t.Error(faults)
	}
}

func TestResolve(t *testing.T) {
	text := "![a](image:" + picture1 + ") [b](article:c) [d](article:ar/e) [f](https://g.example) ` src=\"images/\"`\n\n# H\n\n[i](#h)"
	in := Render(text, "en").HTML
	for base, want := range map[string][]string{
		"":                          {` src="/images/` + picture1 + `"`, ` href="/a/c"`, ` href="/ar/a/e"`},
		"/help/kiln":                {` src="/help/kiln/images/` + picture1 + `"`, ` href="/help/kiln/a/c"`, ` href="/help/kiln/ar/a/e"`},
		"https://h.example/help/$1": {` src="https://h.example/help/$1/images/` + picture1 + `"`, ` href="https://h.example/help/$1/a/c"`},
		`/"><script>`:               {` href="/&#34;&gt;&lt;script&gt;/a/c"`},
	} {
		got := Resolve(in, base)
		for _, w := range append(want, ` href="https://g.example"`, ` href="#h-h"`, "<code> src=&#34;images/&#34;</code>") {
			if !strings.Contains(got, w) {
				t.Errorf("%q: no %s in %s", base, w, got)
			}
		}
	}
}

func TestEmbedsAreAList(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ":                 "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"http://m.youtube.com/watch?list=x&v=dQw4w9WgXcQ&t=90":        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=90",
		"https://youtu.be/dQw4w9WgXcQ?si=abc&t=42s":                   "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=42",
		"https://www.youtube.com/shorts/dQw4w9WgXcQ":                  "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"https://vimeo.com/76979871":                                  "https://player.vimeo.com/video/76979871?dnt=1",
		"https://vimeo.com/76979871/8272103f6e":                       "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1",
		"https://player.vimeo.com/video/76979871":                     "https://player.vimeo.com/video/76979871?dnt=1",
		"https://www.loom.com/share/0281766fa2d04bb788eaf19e65135184": "https://www.loom.com/embed/0281766fa2d04bb788eaf19e65135184",
		"https://www.youtube.com/":                                    "",
		"https://www.youtube.com/watch?v=short":                       "",
		"https://www.youtube.com/embed/dQw4w9WgXcQ/x":                 "",
		"https://notyoutube.com/watch?v=dQw4w9WgXcQ":                  "",
		"https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ":        "",
		"https://u:p@youtube.com/watch?v=dQw4w9WgXcQ":                 "",
		"https://youtube.com:444/watch?v=dQw4w9WgXcQ":                 "",
		"ftp://youtube.com/watch?v=dQw4w9WgXcQ":                       "",
		"https://vimeo.com/about":                                     "",
		"https://www.loom.com/share/x":                                "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := embedOf(u)
		if e.Frame != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", address, e.Frame, ok, want)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	text := strings.Repeat(everything, 8)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Render(text, "en")
	}
}

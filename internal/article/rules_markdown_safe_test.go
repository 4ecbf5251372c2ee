package article

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"
)

// allowed says again, apart from the policy, what the HTML of an article may be: elements, and what their attributes may
// say. The dot means every element.
var allowed = map[string]map[string]string{
	"p": {"class": `callout-title`}, "br": {}, "hr": {}, "em": {}, "strong": {}, "del": {}, "blockquote": {}, "ul": {},
	"code": {"class": `language-[a-z0-9+#._-]+`}, "ol": {"start": `[0-9]+`}, "li": {"class": `task`},
	"pre": {"dir": `ltr`, "tabindex": `0`}, "figure": {}, "figcaption": {}, "table": {}, "thead": {}, "tbody": {}, "tr": {},
	"th": {"scope": `col`, "align": `left|center|right`}, "td": {"align": `left|center|right`}, "summary": {},
	"h2": {"id": `h-.+`}, "h3": {"id": `h-.+`}, "h4": {"id": `h-.+`}, "h5": {"id": `h-.+`}, "h6": {"id": `h-.+`},
	"div":     {"class": `table|callout callout-(note|tip|warning)`, "role": `group|note`, "tabindex": `0`, "aria-label": `Table|جدول`},
	"span":    {"class": `task-box`, "role": `img`, "aria-label": `Done:|Open:|تم:|لم يتم بعد:`},
	"details": {"class": `embed`, "data-embed": `https://(www\.youtube-nocookie\.com/embed/[A-Za-z0-9_-]{11}(\?start=[0-9]+)?|player\.vimeo\.com/video/[0-9]+\?(h=[0-9a-f]+&)?dnt=1|www\.loom\.com/embed/[0-9a-f]{32})`},
	"a":       {"href": `https?://[^\s]+|mailto:[^\s]+|tel:[^\s]+|#h-[^\s]+|\./([a-z]{2}/)?a/[^\s/?#]+`, "title": `(?s).*`},
	"img":     {"src": `images/[0-9a-f-]{36}`, "alt": `(?s).*`, "width": `[1-9][0-9]{0,4}`, "height": `[1-9][0-9]{0,4}`, "loading": `lazy`},
}

// parsed reads HTML as a browser does.
func parsed(t testing.TB, fragment string) []*html.Node {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(fragment), &html.Node{Type: html.ElementNode, Data: "article", DataAtom: atom.Article})
	if err != nil {
		t.Fatalf("a browser would not read it: %v", err)
	}
	return nodes
}

// unsafe says what is in HTML that may not be there; empty: nothing.
func unsafe(t testing.TB, fragment string) (faults []string) {
	t.Helper()
	ids := map[string]bool{}
	var look func(n *html.Node, inLink bool)
	look = func(n *html.Node, inLink bool) {
		switch n.Type { //nolint:exhaustive // nothing else may be there
		case html.TextNode:
		case html.ElementNode:
			attributes, ok := allowed[n.Data]
			if !ok || n.Namespace != "" {
				faults = append(faults, fmt.Sprintf("element %q", n.Data))
			}
			if n.Data == "a" && inLink {
				faults = append(faults, "a link in a link")
			}
			inLink = inLink || n.Data == "a"
			for _, a := range n.Attr {
				pattern, ok := attributes[a.Key]
				if !ok || a.Namespace != "" || !regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(a.Val) {
					faults = append(faults, fmt.Sprintf("attribute %s=%q of %s", a.Key, a.Val, n.Data))
				}
				if a.Key == "id" && ids[a.Val] {
					faults = append(faults, "id twice: "+a.Val)
				}
				ids[a.Val] = ids[a.Val] || a.Key == "id"
			}
		default:
			faults = append(faults, fmt.Sprintf("node of type %d: %q", n.Type, n.Data))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			look(c, inLink)
		}
	}
	for _, n := range parsed(t, fragment) {
		look(n, false)
	}
	return faults
}

func attacks(t testing.TB) map[string]string {
	t.Helper()
	file, err := os.ReadFile("testdata/attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for part := range strings.SplitSeq("\n"+string(file), "\n=== ") {
		if name, text, ok := strings.Cut(part, "\n"); ok {
			list[name] = text
		}
	}
	return list
}

func TestKnownAttacksAreText(t *testing.T) {
	list := attacks(t)
	if len(list) < 100 {
		t.Fatalf("only %d attacks were read", len(list))
	}
	for name, text := range list {
		for _, language := range []string{"en", "ar"} {
			got := Render(text, language).HTML
			for _, fault := range unsafe(t, got) {
				t.Errorf("%s: %s\n%s", name, fault, got)
			}
			for _, fault := range unsafe(t, strings.ReplaceAll(Resolve(got, "/help/x"), "/help/x/images/", "images/")) {
				if !strings.Contains(fault, `href="/help/x/`) {
					t.Errorf("%s, resolved: %s\n%s", name, fault, got)
				}
			}
		}
	}
}

// TestThePolicyAndTheWriterAgree: the second wall takes nothing away from what the first lets through. Where it does, one of
// them is wrong.
func TestThePolicyAndTheWriterAgree(t *testing.T) {
	for name, text := range attacks(t) {
		if before, after := walls(t, text); before != after {
			t.Errorf("%s:\nwriter %s\npolicy %s", name, before, after)
		}
	}
}

// walls is the HTML before and after the policy, as a browser has it.
func walls(t testing.TB, text string) (before, after string) {
	t.Helper()
	source := []byte(clean(text))
	doc := parseMarkdown(source)
	w := newHTMLWriter(source, doc, ownWordsOf("en"))
	w.blocks(doc)
	show := func(fragment string) string {
		var b strings.Builder
		for _, n := range parsed(t, fragment) {
			if err := html.Render(&b, n); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	return show(w.out.String()), show(policy.Sanitize(w.out.String()))
}

// TestMixturesOfAttacksAreText puts pieces of attacks, and of what we write ourselves, into one another.
func TestMixturesOfAttacksAreText(t *testing.T) {
	pieces := strings.SplitAfter(everything, "\n")
	for _, text := range attacks(t) {
		pieces = append(pieces, text)
		pieces = append(pieces, strings.SplitAfter(text, " ")...)
	}
	slices.Sort(pieces)
	pieces = append(pieces, "\n", "\n\n", "> ", "- ", "| ", "    ", "`", "```\n", "[", "](", ")", "![", "*", "**", "~~", "<", ">", "&", "\"", "\\", "# ")
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(r, "pieces"), "")
		if faults := unsafe(t, Render(text, "en").HTML); len(faults) > 0 {
			r.Fatalf("%q of %q", faults, text)
		}
		if before, after := walls(t, text); before != after {
			r.Fatalf("%q:\nwriter %s\npolicy %s", text, before, after)
		}
	})
}

// FuzzRender: whatever the text is, a browser finds nothing in its HTML but what is allowed; the table of contents leads to
// elements that are there; and rendering is bounded.
func FuzzRender(f *testing.F) {
	for _, text := range attacks(f) {
		f.Add(text)
	}
	f.Add(everything)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 20_000 {
			t.Skip("long texts have a test of their own")
		}
		r := Render(text, "en")
		if faults := unsafe(t, r.HTML); len(faults) > 0 {
			t.Fatalf("%q\n%s", faults, r.HTML)
		}
		if before, after := walls(t, text); before != after {
			t.Fatalf("the policy takes away what the writer lets through:\n%s\n%s", before, after)
		}
		if limit := 100*len(text) + 10*spareLinks; len(r.HTML) > limit {
			t.Fatalf("%d bytes of Markdown made %d of HTML", len(text), len(r.HTML))
		}
		last := 1
		for _, h := range r.Contents {
			if h.Level < 2 || h.Level > 6 || h.Level > last+1 {
				t.Fatalf("levels %+v", r.Contents)
			}
			last = h.Level
			if !strings.Contains(r.HTML, fmt.Sprintf(`<h%d id="%s">`, h.Level, h.ID)) {
				t.Fatalf("no heading %+v in %s", h, r.HTML)
			}
		}
		if strings.ContainsFunc(r.Plain, func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Fatalf("control characters in %q", r.Plain)
		}
		if slices.Contains(r.Images, "") {
			t.Fatal("an image without an id")
		}
	})
}

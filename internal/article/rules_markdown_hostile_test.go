package article

import (
	"strings"
	"testing"
)

// hostileTexts are what makes parsers slow, or pages large, each about size bytes long.
func hostileTexts(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	part := func(s string, n int) string { return strings.Repeat(s, n*size/MaxMarkdownBytes) } // n of them in the largest text
	texts := map[string]string{
		"quotes":               fill(">"),
		"quotes, many lines":   fill(strings.Repeat(">", 500) + "\n"),
		"lists":                fill("- "),
		"lists and blanks":     part("- ", 5000) + "a\n" + fill("\n"),
		"stars":                fill("*a "),
		"stars, closed":        fill("**a") + fill("**"),
		"tildes":               fill("~~a"),
		"brackets":             fill("["),
		"brackets, closed":     strings.Repeat("[", size/2) + strings.Repeat("]", size/2),
		"pictures":             fill("![a]("),
		"links in links":       fill("[a](https://b.example "),
		"backticks":            fill("`a``b```c"),
		"angles":               fill("<a "),
		"comments":             fill("<!--"),
		"entities":             fill("&#x"),
		"wide table":           part("|a", 20_000) + "\n" + part("|-", 20_000) + "\n" + part("|\n", 20_000),
		"long table":           "|a|b|\n|-|-|\n" + fill("|x\n"),
		"many tables":          fill("|a|\n|-|\n\n"),
		"one address, often":   "[a]: https://b.example/" + strings.Repeat("c", 1900) + "\n\n" + part("[a] ", 50_000),
		"one picture, often":   "[a]: image:" + picture1 + "\n\n" + part("![][a]", 40_000),
		"definitions":          fill("[a]: b\n"),
		"the same heading":     fill("# a\n"),
		"headings, numbered":   part("# a 2\n# a 3\n# a\n", 10_000),
		"bare addresses":       fill("https://a.example "),
		"www":                  fill("www."),
		"callouts":             fill("> [!NOTE]\n\n"),
		"escapes":              fill("\\"),
		"tabs":                 fill("\t- a\n"),
		"mail":                 fill("a@b."),
		"emphasis in brackets": fill("[*a"),
	}
	for name, text := range texts {
		texts[name] = text[:min(len(text), size)]
	}
	return texts
}

// Whoever writes them gets no large page. That they end is what `go test -timeout` sees: before brackets, nesting and tables were
// bounded, some of them took minutes. How long they take is the benchmark's.
func TestHostileTextsAreBounded(t *testing.T) {
	const size = MaxMarkdownBytes / 8
	for name, text := range hostileTexts(size) {
		if r := Render(text, "en"); len(r.HTML) > 60*size {
			t.Errorf("%s: %d bytes of HTML", name, len(r.HTML))
		}
	}
}

// go test ./internal/article -run XXX -bench Hostile -benchtime 1x
func BenchmarkHostile(b *testing.B) {
	for name, text := range hostileTexts(MaxMarkdownBytes) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				Render(text, "en")
			}
		})
	}
}

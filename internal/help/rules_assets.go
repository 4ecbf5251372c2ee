package help

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"regexp"
	"strings"
)

//go:embed assets templates
var built embed.FS

// iconPaths is what is inside the svg element of every icon, by name.
var iconPaths = readIcons(mustRead("assets/icons.txt"))

func mustRead(name string) string {
	raw, err := built.ReadFile(name)
	if err != nil {
		panic(err) // a part of this binary
	}
	return string(raw)
}

func readIcons(list string) map[string]string {
	icons := map[string]string{}
	for line := range strings.Lines(list) {
		if name, paths, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			icons[name] = paths
		}
	}
	return icons
}

// views are the pages by name.
var views = map[string]*template.Template{
	"home": view("home"), "category": view("category"), "article": view("article"), "search": view("search"), "message": view("message"), "note": view("note"),
}

func view(name string) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{
		"icon": func(name string) template.HTML { return template.HTML(iconPaths[name]) }, //nolint:gosec // ours: assets/icons.txt
	})
	return template.Must(t.ParseFS(built, "templates/layout.html", "templates/"+name+".html"))
}

// fingerprint is what stands in the name of a file that never changes its content.
func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

// The names below /help/assets/: the stylesheet has the owner's colour in it, as it has in its content.
var (
	styleName  = regexp.MustCompile(`^help-([0-9a-f]{6})-[0-9a-f]{12}\.css$`)
	scriptName = regexp.MustCompile(`^help-[0-9a-f]{12}\.js$`)
	lineNote   = regexp.MustCompile(`(?m)^\s*//.*\n`)
	indent     = regexp.MustCompile(`(?m)^\s+`)
)

// shortScript takes out what only people need: lines of comment, and indents. There is no text over several lines in it.
func shortScript(js string) string {
	return indent.ReplaceAllString(lineNote.ReplaceAllString(js, ""), "")
}

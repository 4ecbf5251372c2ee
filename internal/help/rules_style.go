package help

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/internal/kernel/wire"
)

// palette is the tokens of tokens.css: names in their order, and values as they are written there.
type palette struct {
	names  []string
	values map[string]string
	media  string // what the file says of readers who want less motion or more contrast
}

var (
	comment     = regexp.MustCompile(`(?s)/\*.*?\*/`)
	declaration = regexp.MustCompile(`(--[\w-]+):\s*([^;]+);`)
	reference   = regexp.MustCompile(`var\((--[\w-]+)`)
	spaces      = regexp.MustCompile(`\s+`)
	around      = regexp.MustCompile(`\s*([{};,>])\s*`)
	afterColon  = regexp.MustCompile(`:\s+`)
)

// readPalette takes tokens.css apart. It panics where the file has changed its shape: a test has read it.
func readPalette(css string) palette {
	css = comment.ReplaceAllString(css, "")
	root, media, found := strings.Cut(css, "@media")
	p := palette{values: map[string]string{}}
	if found {
		p.media = "@media" + media
	}
	for _, m := range declaration.FindAllStringSubmatch(root, -1) {
		if _, twice := p.values[m[1]]; !twice {
			p.names = append(p.names, m[1])
		}
		p.values[m[1]] = strings.TrimSpace(m[2])
	}
	if len(p.names) < 50 {
		panic("help: the tokens cannot be read: tokens.css has changed its shape")
	}
	return p
}

// with puts an owner's colours in the place of ours. Every pair that is read was made to have enough contrast, by the property
// feature; a press goes the way on which the ink gets more.
func (p palette) with(c wire.OwnerColour) palette {
	away := "#000000"
	if c.OnFill != "#ffffff" {
		away = "#ffffff"
	}
	both := func(light, dark string) string { return "light-dark(" + light + ", " + dark + ")" }
	values := maps.Clone(p.values)
	values["--accent"], values["--on-accent"] = c.Fill, c.OnFill
	values["--accent-hover"], values["--accent-press"] = mix(c.Fill, away, 0.12), mix(c.Fill, away, 0.24)
	values["--accent-text"], values["--focus"] = both(c.TextLight, c.TextDark), both(c.TextLight, c.TextDark)
	values["--accent-soft"] = both(c.SoftLight, c.SoftDark)
	values["--accent-line"] = both(mix(c.SoftLight, c.Fill, 0.25), mix(c.SoftDark, c.Fill, 0.35))
	p.values = values
	return p
}

// mix lays share of a colour over another; both are #rrggbb.
func mix(under, over string, share float64) string {
	part := func(s string, at int) float64 {
		n, _ := strconv.ParseUint(s[at:at+2], 16, 8) // ours: see property.Colours
		return float64(n)
	}
	var out [3]int
	for i := range out {
		at := 1 + 2*i
		out[i] = int(part(under, at)*(1-share) + part(over, at)*share + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", out[0], out[1], out[2])
}

// in is a token's value in one theme, where it is a colour.
func (p palette) in(name string, dark bool) string { return choose(p.values[name], dark) }

// choose takes one of the two values of every light-dark(): browsers of three years ago do not know it.
func choose(value string, dark bool) string {
	const call = "light-dark("
	for {
		at := strings.Index(value, call)
		if at < 0 {
			return value
		}
		depth, comma, end := 0, -1, -1
		for i := at + len(call); i < len(value) && end < 0; i++ {
			switch c := value[i]; {
			case c == '(':
				depth++
			case c == ')' && depth == 0:
				end = i
			case c == ')':
				depth--
			case c == ',' && depth == 0 && comma < 0:
				comma = i
			}
		}
		if end < 0 || comma < 0 {
			return value // a token that is broken is one in the dashboard too
		}
		picked := value[at+len(call) : comma]
		if dark {
			picked = value[comma+1 : end]
		}
		value = value[:at] + strings.TrimSpace(picked) + value[end+1:]
	}
}

// stylesheet is css with the tokens that it uses before it, in light and dark, without what only people need. Paper is always light.
func stylesheet(p palette, css string) string {
	css = comment.ReplaceAllString(css, "")
	used := p.uses(css)
	var light, dark strings.Builder
	for _, name := range p.names {
		if !slices.Contains(used, name) {
			continue
		}
		fmt.Fprintf(&light, "%s:%s;", name, p.in(name, false))
		if d := p.in(name, true); d != p.in(name, false) {
			fmt.Fprintf(&dark, "%s:%s;", name, d)
		}
	}
	return shorten(":root{color-scheme:light dark;" + light.String() + "}" +
		"@media screen and (prefers-color-scheme: dark){:root{" + dark.String() + "}}" + p.media + css)
}

// uses names the tokens that css needs, with those that they need.
func (p palette) uses(css string) (names []string) {
	for _, m := range reference.FindAllStringSubmatch(css, -1) {
		value, ok := p.values[m[1]]
		if !ok || slices.Contains(names, m[1]) {
			continue
		}
		names = append(names, m[1])
		for _, n := range p.uses(value) {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// shorten takes out the spaces that mean nothing. The sheet has no text with spaces in quotes, and no calc() without them.
func shorten(css string) string {
	css = spaces.ReplaceAllString(css, " ")
	css = around.ReplaceAllString(css, "$1")
	css = afterColon.ReplaceAllString(css, ":")
	return strings.TrimSpace(strings.ReplaceAll(css, ";}", "}"))
}

package article

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"

	"parley/internal/kernel/id"
)

var (
	imageForm   = regexp.MustCompile(`^image:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:#([1-9][0-9]{0,4})x([1-9][0-9]{0,4}))?$`)
	articleForm = regexp.MustCompile(`^article:(?:([a-z]{2})/)?([^/?#\s]{1,80})$`)
)

// imageAddress reads image:ID and image:ID#WIDTHxHEIGHT.
func imageAddress(address string) (picture id.Image, width, height string, ok bool) {
	m := imageForm.FindStringSubmatch(address)
	if m == nil {
		return "", "", "", false
	}
	return id.Image(m[1]), m[2], m[3], true
}

// destination is the address of a link as its author means it: with escapes and entities resolved.
func destination(raw []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(raw))))
}

func autoLinkAddress(n *ast.AutoLink, source []byte) []byte {
	address := n.URL(source)
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(address), []byte("mailto:")) {
		return append([]byte("mailto:"), address...)
	}
	return address
}

// href is where a link leads, as it is written into the page; false for an address that no reader is sent to.
func (w *htmlWriter) href(address string) (string, bool) {
	if name, ok := strings.CutPrefix(address, "#"); ok {
		if unescaped, err := url.PathUnescape(name); err == nil {
			name = unescaped
		}
		anchor, ok := w.anchors[strings.ToLower(name)]
		return "#" + (&url.URL{Fragment: anchor}).EscapedFragment(), ok
	}
	if m := articleForm.FindStringSubmatch(address); m != nil {
		return articlePath(m[1], m[2])
	}
	u, ok := parseAddress(address)
	if !ok {
		return "", false
	}
	return u.String(), true
}

// articlePath is relative to the help centre: see [Resolve].
func articlePath(language, slug string) (string, bool) {
	if slug == "." || slug == ".." || language != "" && !slices.Contains(Languages, language) {
		return "", false
	}
	path := "./a/" + url.PathEscape(slug)
	if language != "" {
		path = "./" + language + path[1:]
	}
	return path, true
}

// parseAddress lets through what a reader's browser opens as another page, as mail or as a call; nothing that runs in this one.
func parseAddress(address string) (*url.URL, bool) {
	if len(address) > maxAddress || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return nil, false
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, false
	}
	switch u.Scheme {
	case "http", "https":
		return u, u.Hostname() != "" && u.Opaque == ""
	case "mailto", "tel":
		return u, u.Opaque != ""
	}
	return nil, false
}

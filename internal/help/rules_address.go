package help

import (
	"strings"

	"parley/internal/article"
)

// kind is one kind of page.
type kind string

const (
	kindHome     kind = "home"
	kindCategory kind = "category"
	kindArticle  kind = "article"
	kindVote     kind = "vote"
	kindSearch   kind = "search"
	kindMessage  kind = "message"
	kindFeed     kind = "feed"
	kindSitemap  kind = "sitemap"
	kindRobots   kind = "robots"
	kindImage    kind = "image"
	kindNone     kind = "none" // there is no such page; it is shown in the site's language
)

// place is what an address below a site's base means.
type place struct {
	kind     kind
	language string
	slug     string // of a category or article; the id of an image
	moved    string // where the address belongs in its one right form; else empty
}

// read finds out what a path below a site's base means: "/", "/de/a/slug". Every page has one address: what means the same is moved there.
func read(site article.SiteSettings, path string) place {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	p := place{kind: kindNone, language: site.Language}
	if len(parts[0]) == 2 && site.Has(parts[0]) {
		p.language = parts[0]
		parts = parts[1:]
		if len(parts) == 0 { // /de: relative links would go wrong
			p.kind, p.moved = kindHome, home(site, p.language)
			return p
		}
	}
	if len(parts) > 1 && parts[len(parts)-1] == "" { // a/slug/
		parts = parts[:len(parts)-1]
		p.moved = home(site, p.language) + strings.Join(parts, "/")
	}
	p.kind, p.slug = meaning(parts)
	own := p.language == site.Language
	switch {
	case p.kind == kindNone, !own && oneForAll(p.kind):
		return place{kind: kindNone, language: p.language}
	case own && strings.HasPrefix(path, home(site, p.language)+p.language+"/"): // /en/a/slug where English is the site's own
		p.moved = home(site, p.language) + strings.Join(parts, "/")
	}
	return p
}

// meaning reads the parts behind the language.
func meaning(parts []string) (k kind, slug string) {
	switch {
	case len(parts) == 1:
		return known(single, parts[0]), ""
	case parts[1] == "":
		return kindNone, ""
	case len(parts) == 2:
		return known(pairs, parts[0]), parts[1]
	case len(parts) == 3 && parts[0] == "a" && parts[2] == "vote":
		return kindVote, parts[1]
	}
	return kindNone, ""
}

func known(names map[string]kind, name string) kind {
	if k, ok := names[name]; ok {
		return k
	}
	return kindNone
}

var (
	single = map[string]kind{
		"": kindHome, "search": kindSearch, "message": kindMessage, "feed.atom": kindFeed, "sitemap.xml": kindSitemap, "robots.txt": kindRobots,
	}
	pairs = map[string]kind{"c": kindCategory, "a": kindArticle, "images": kindImage}
)

// oneForAll names what is there once for all languages.
func oneForAll(k kind) bool { return k == kindSitemap || k == kindRobots || k == kindImage }

// home is the path of a language's home page below the base.
func home(site article.SiteSettings, language string) string {
	if language == site.Language {
		return "/"
	}
	return "/" + language + "/"
}

// languageNames are the languages in their own words.
var languageNames = map[string]string{
	"en": "English", "ar": "العربية", "de": "Deutsch", "fr": "Français", "es": "Español", "pt": "Português", "it": "Italiano",
	"nl": "Nederlands", "pl": "Polski", "tr": "Türkçe", "ru": "Русский", "ja": "日本語", "zh": "中文",
}

// direction is how a language is written.
func direction(language string) string {
	if language == "ar" {
		return "rtl"
	}
	return "ltr"
}

// speak chooses the site's language for somebody who asked for one as browsers name them (de-AT).
func speak(site article.SiteSettings, wanted string) string {
	short, _, _ := strings.Cut(strings.ToLower(wanted), "-")
	if site.Has(short) {
		return short
	}
	return site.Language
}

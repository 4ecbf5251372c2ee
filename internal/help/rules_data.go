package help

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/article"
)

// thing is an object of schema.org.
type thing = map[string]any

// graph is what a page says of itself to machines.
func graph(things ...thing) thing {
	return thing{"@context": "https://schema.org", "@graph": things}
}

// siteData describes the home page.
func (f *frame) siteData(search string) thing {
	return graph(thing{
		"@type": "WebSite", "name": f.Site.Title, "url": f.Canonical, "inLanguage": f.Language,
		"potentialAction": thing{
			"@type": "SearchAction", "target": thing{"@type": "EntryPoint", "urlTemplate": search + "?q={words}"}, "query-input": "required name=words",
		},
	})
}

// articleData describes an article and where it stands.
func (f *frame) articleData(p article.Page, author string, trail thing) thing {
	a := thing{
		"@type": "Article", "headline": p.Title, "description": f.Description, "inLanguage": p.Language, "mainEntityOfPage": f.Canonical,
		"datePublished": p.PublishedAt.Format(time.RFC3339), "dateModified": p.UpdatedAt.Format(time.RFC3339),
		"publisher": thing{"@type": "Organization", "name": f.Site.Title},
	}
	if author != "" {
		a["author"] = thing{"@type": "Person", "name": author}
	}
	if f.LogoURL != "" {
		a["image"] = f.LogoURL
	}
	return graph(a, trail)
}

// trail is the path to a page; the addresses are in full.
func trail(crumbs []link) thing {
	items := make([]thing, len(crumbs))
	for i, c := range crumbs {
		items[i] = thing{"@type": "ListItem", "position": i + 1, "name": c.Name, "item": c.URL}
	}
	return thing{"@type": "BreadcrumbList", "itemListElement": items}
}

// feed is an Atom feed (RFC 4287).
type feed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  atomName    `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomName struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Links     []atomLink `xml:"link"`
	Published string     `xml:"published,omitempty"`
	Updated   string     `xml:"updated"`
	Summary   string     `xml:"summary,omitempty"`
}

// feedOf lists what was published last; url makes an article's address in full.
func (f *frame) feedOf(list []article.Entry, self string, url func(article.Entry) string) feed {
	out := feed{
		Lang: f.Language, ID: f.Canonical, Title: f.Say("feed.title", "site", f.Site.Title), Author: atomName{f.Site.Title},
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Links:   []atomLink{{Rel: "self", Type: "application/atom+xml", Href: self}, {Rel: "alternate", Type: "text/html", Href: f.Canonical}},
	}
	for _, e := range list {
		at := e.UpdatedAt.UTC().Format(time.RFC3339)
		out.Updated = max(out.Updated, at)
		out.Entries = append(out.Entries, atomEntry{
			ID: "urn:uuid:" + string(e.Article), Title: e.Title, Summary: e.Description, Updated: at,
			Published: e.PublishedAt.UTC().Format(time.RFC3339), Links: []atomLink{{Rel: "alternate", Type: "text/html", Href: url(e)}},
		})
	}
	return out
}

// partSize is the most addresses that search engines take in one sitemap.
const partSize = 50_000

// address is one entry of a sitemap, with the same page in other languages.
type address struct {
	url     string
	changed time.Time // zero: nobody knows
	same    []alternate
}

// sitemap writes the part-th file, from 1, of a list of addresses. Where there is more than one, 0 is the list of files.
func sitemap(list []address, part int, self string) (out []byte, ok bool) {
	parts := max(1, (len(list)+partSize-1)/partSize)
	var b strings.Builder
	b.WriteString(xml.Header)
	switch {
	case part == 0 && parts > 1:
		b.WriteString(`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for n := range parts {
			fmt.Fprintf(&b, "<sitemap><loc>%s?part=%d</loc></sitemap>", escape(self), n+1)
		}
		b.WriteString("</sitemapindex>\n")
		return []byte(b.String()), true
	case part > parts || part < 0:
		return nil, false
	case part == 0:
		part = 1
	}
	b.WriteString(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">`)
	for _, a := range list[(part-1)*partSize : min(len(list), part*partSize)] {
		b.WriteString("\n<url><loc>" + escape(a.url) + "</loc>")
		if !a.changed.IsZero() {
			b.WriteString("<lastmod>" + a.changed.UTC().Format(time.DateOnly) + "</lastmod>")
		}
		for _, s := range a.same {
			fmt.Fprintf(&b, `<xhtml:link rel="alternate" hreflang="%s" href="%s"/>`, s.Language, escape(s.URL))
		}
		b.WriteString("</url>")
	}
	b.WriteString("\n</urlset>\n")
	return []byte(b.String()), true
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// addresses puts articles and home pages into a sitemap's list; url makes an address in full, of the home page for slug "".
func addresses(site article.Site, all []article.Entry, url func(language, slug string) string) []address {
	var list []address
	homes := make([]alternate, 0, len(site.Languages))
	for _, l := range site.Languages {
		homes = append(homes, alternate{l, url(l, "")})
	}
	for _, h := range homes {
		list = append(list, address{url: h.URL, same: several(homes)})
	}
	same := map[string][]alternate{}
	for _, e := range all {
		same[string(e.Article)] = append(same[string(e.Article)], alternate{e.Language, url(e.Language, e.Slug)})
	}
	for _, e := range all {
		list = append(list, address{url(e.Language, e.Slug), e.UpdatedAt, several(same[string(e.Article)])})
	}
	return list
}

// several is the list, where there is a choice at all.
func several(list []alternate) []alternate {
	if len(list) < 2 {
		return nil
	}
	return slices.Clip(list)
}

// robots tells crawlers what is no page to be found: on a domain of its own, where the file is ours.
func robots(site article.SiteSettings, sitemap string) string {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, l := range site.Languages {
		h := home(site, l)
		fmt.Fprintf(&b, "Disallow: %ssearch\nDisallow: %smessage\n", h, h)
	}
	b.WriteString("\nSitemap: " + sitemap + "\n")
	return b.String()
}

package article

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
)

// Publishing says who may publish.
type Publishing string

const (
	AgentsPublish   Publishing = "agents"
	ManagersPublish Publishing = "managers"
)

// Languages are all that a help centre can have; the words of its pages are in English and Arabic.
var Languages = []string{"en", "ar", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ru", "ja", "zh"}

// The errors of a site's settings.
var (
	ErrSiteChanged   = errs.New(errs.Conflict, "help.changed", "Somebody else changed these settings in the meantime. Load them again and repeat your change.").At("version")
	ErrSiteTitle     = errs.New(errs.Invalid, "help.title", "Give a title of 1 to 100 characters, without line breaks.").At("title")
	ErrSiteSlug      = errs.New(errs.Invalid, "help.slug", "Use 1 to 80 small letters, digits and hyphens in an address.").At("slug")
	ErrSiteSlugTaken = errs.New(errs.Conflict, "help.slug_taken", "Another help centre has this address.").At("slug")
	ErrSiteDomain    = errs.New(errs.Invalid, "help.domain", "Write a domain like help.example.com, without https:// and without a path.").At("domain")
	ErrSiteOwnDomain = errs.New(errs.Invalid, "help.own_domain", "This is the address of Parley itself. Use a domain of its own for the help centre.").At("domain")
	ErrSiteTaken     = errs.New(errs.Conflict, "help.domain_taken", "Another help centre has this domain.").At("domain")
	ErrSiteLogo      = errs.New(errs.Invalid, "help.logo", "There is no such image.").At("logo")
	ErrSiteLinks     = errs.New(errs.Invalid, "help.links", "Give at most 8 links, each with a label of at most 40 characters and an address that begins with https://, http:// or mailto:.").At("links")
	ErrSiteLanguages = errs.New(errs.Invalid, "help.languages", "Choose languages from the list, the default one among them.").At("languages")
	ErrPublishingWho = errs.New(errs.Invalid, "help.publishing", "Choose one of agents and managers.").At("publishing")
)

// Site is the help centre of one property.
type Site struct {
	Property id.Property
	Slug     string
	Domain   string // empty: none of its own
	Version  int64  // grows with every change
	SiteSettings
}

// SiteSettings is what managers set about a site. The colour is the property's own.
type SiteSettings struct {
	Title      string     `json:"title"`
	Logo       id.Image   `json:"logo,omitempty"`
	Links      []Link     `json:"links"`
	Language   string     `json:"language"`
	Languages  []string   `json:"languages"` // the default one among them
	Publishing Publishing `json:"publishing"`
	Contact    bool       `json:"contact"` // readers are offered to write to the team
}

// Link is a link in the head of every page.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Has reports whether the site is written in a language.
func (s SiteSettings) Has(language string) bool {
	return slices.Contains(s.Languages, language)
}

const (
	maxLinks      = 8
	maxLabelRunes = 40
	maxURLBytes   = 1000
)

// SitePatch is a change of some settings; what is nil stays.
type SitePatch struct {
	Slug       *string
	Domain     *string
	Title      *string
	Logo       *id.Image
	Links      *[]Link
	Language   *string
	Languages  *[]string
	Publishing *Publishing
	Contact    *bool
}

// newSite is what a property begins with.
func newSite(p id.Property, name, language string) Site {
	if !slices.Contains(Languages, language) {
		language = "en"
	}
	return Site{Property: p, Slug: siteSlugOf(name), Version: 1, SiteSettings: SiteSettings{
		Title: name, Links: []Link{}, Language: language, Languages: []string{language}, Publishing: AgentsPublish, Contact: true,
	}}
}

// patched is the site with a patch laid over it, checked. own is the host of this server.
func (s Site) patched(p SitePatch, own string) (Site, error) {
	set(&s.Slug, p.Slug)
	set(&s.Domain, p.Domain)
	set(&s.Title, p.Title)
	set(&s.Logo, p.Logo)
	set(&s.Language, p.Language)
	set(&s.Publishing, p.Publishing)
	set(&s.Contact, p.Contact)
	if p.Links != nil {
		s.Links = slices.Clone(*p.Links)
	}
	if p.Languages != nil {
		s.Languages = slices.Clone(*p.Languages)
	}
	s.Version++
	return s.normal(own)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s Site) normal(own string) (Site, error) {
	var ok bool
	if s.Title, ok = line(s.Title, MaxNameRunes); !ok || s.Title == "" {
		return s, ErrSiteTitle
	}
	if !validSiteSlug(s.Slug) {
		return s, ErrSiteSlug
	}
	if s.Domain = strings.TrimSpace(s.Domain); s.Domain != "" {
		if s.Domain, ok = hostOf(s.Domain); !ok {
			return s, ErrSiteDomain
		}
		if s.Domain == own {
			return s, ErrSiteOwnDomain
		}
	}
	if s.Logo != "" && !id.Valid(s.Logo) {
		return s, ErrSiteLogo
	}
	var err error
	if s.Links, err = normalLinks(s.Links); err != nil {
		return s, err
	}
	if s.Languages, err = normalLanguages(s.Languages, s.Language); err != nil {
		return s, err
	}
	if s.Publishing != AgentsPublish && s.Publishing != ManagersPublish {
		return s, ErrPublishingWho
	}
	return s, nil
}

func normalLinks(list []Link) ([]Link, error) {
	if len(list) > maxLinks {
		return nil, ErrSiteLinks
	}
	out := make([]Link, len(list))
	for i, l := range list {
		var ok bool
		if l.Label, ok = line(l.Label, maxLabelRunes); !ok || l.Label == "" {
			return nil, ErrSiteLinks.At("links[" + strconv.Itoa(i) + "].label")
		}
		if l.URL = strings.TrimSpace(l.URL); !safeLink(l.URL) {
			return nil, ErrSiteLinks.At("links[" + strconv.Itoa(i) + "].url")
		}
		out[i] = l
	}
	return out, nil
}

// safeLink takes addresses that a page of ours may lead to.
func safeLink(s string) bool {
	if len(s) > maxURLBytes || !storable(s) || strings.ContainsAny(s, " \t\r\n\"<>\\") {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "http":
		return u.Host != "" && u.User == nil
	case "mailto":
		return u.Opaque != ""
	}
	return false
}

// normalLanguages keeps the order that people gave, the default one first.
func normalLanguages(list []string, first string) ([]string, error) {
	if !slices.Contains(Languages, first) {
		return nil, ErrSiteLanguages.At("language")
	}
	out := []string{first}
	for _, l := range list {
		if !slices.Contains(Languages, l) {
			return nil, ErrSiteLanguages
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

// hosts maps names as people write them to the ones that browsers send.
var hosts = idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.BidiRule())

// hostOf is the name in an address or a Host header, in the form that browsers send, without a port; ok: it can be a site's.
func hostOf(s string) (host string, ok bool) {
	for _, scheme := range []string{"https://", "http://"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s = strings.TrimSuffix(s[len(scheme):], "/")
			break
		}
	}
	if len(s) > 260 || strings.ContainsAny(s, "/?#@\\ \t\r\n%[]") {
		return "", false
	}
	if name, port, found := strings.Cut(s, ":"); found {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", false
		}
		s = name
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return "", false // an address of a machine is nobody's name
	}
	host, err := hosts.ToASCII(strings.TrimSuffix(s, "."))
	if err != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".") {
		return "", false
	}
	return host, true
}

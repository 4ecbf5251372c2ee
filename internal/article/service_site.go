package article

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// errNoSite says that a property has no row yet, or an address none; callers of the package meet ErrNotFound.
var errNoSite = errs.New(errs.NotFound, "help.not_found", "There is no such help centre.")

// SiteBySlug answers from memory; *Moved for a slug that the site had once, ErrNotFound for one that nobody had.
func (s *Service) SiteBySlug(ctx context.Context, slug string) (Site, error) {
	if !validSiteSlug(slug) {
		return Site{}, ErrNotFound
	}
	p, err := s.slugs.Get(ctx, slug)
	if errors.Is(err, errNoSite) {
		return Site{}, ErrNotFound
	}
	if err != nil {
		return Site{}, err
	}
	site, err := s.SiteOf(ctx, p)
	if err == nil && site.Slug != slug {
		return Site{}, &Moved{Slug: site.Slug}
	}
	return site, err
}

// SiteByDomain answers from memory; ErrNotFound for a host that is no site's. A port in host does not matter.
func (s *Service) SiteByDomain(ctx context.Context, host string) (Site, error) {
	all, err := s.domains.Get(ctx, struct{}{})
	if err != nil || len(all) == 0 {
		return Site{}, errors.Join(err, ErrNotFound)
	}
	name, ok := hostOf(host)
	if !ok {
		return Site{}, ErrNotFound
	}
	p, ok := all[name]
	if !ok {
		return Site{}, ErrNotFound
	}
	return s.SiteOf(ctx, p)
}

// SiteOf answers from memory, and makes the row on first ask. An unknown property is property.ErrNotFound. The slices in it are shared:
// do not write to them.
func (s *Service) SiteOf(ctx context.Context, p id.Property) (Site, error) {
	return s.sites.Get(ctx, p)
}

func (s *Service) loadSite(ctx context.Context, p id.Property) (site Site, err error) {
	of, err := s.o.Properties.Get(ctx, p)
	if err != nil {
		return Site{}, err
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		site, err = findSite(ctx, tx, p)
		return err
	})
	for range 3 { // two properties of one name may be asked for at the same moment
		if !errors.Is(err, errNoSite) && !db.IsUnique(err) {
			break
		}
		err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
			site, err = makeSite(ctx, tx, newSite(p, of.Settings.Name, of.Settings.Language), s.o.Now())
			return err
		})
	}
	if err != nil {
		return Site{}, fmt.Errorf("load the help centre of property %s: %w", p, err)
	}
	return site, nil
}

func (s *Service) loadSlug(ctx context.Context, slug string) (p id.Property, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = siteOfSlug(ctx, tx, slug)
		return err
	})
	return p, err
}

func (s *Service) loadDomains(ctx context.Context, _ struct{}) (all map[string]id.Property, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = listDomains(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the domains of help centres: %w", err)
	}
	return all, nil
}

// ChangeSite changes settings. version is of the ones that the change was made from: if somebody else was faster the answer is
// ErrSiteChanged and nothing happens. Old slugs go on leading to the site.
func (s *Service) ChangeSite(ctx context.Context, who actor.Agent, version int64, patch SitePatch) (Site, error) {
	if _, err := s.SiteOf(ctx, who.Property); err != nil { // makes the row
		return Site{}, err
	}
	var next Site
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockSite(ctx, tx, who.Property); err != nil {
			return err
		}
		was, err := findSite(ctx, tx, who.Property)
		if err != nil {
			return err
		}
		if was.Version != version {
			return ErrSiteChanged
		}
		if next, err = was.patched(patch, s.own); err != nil {
			return err
		}
		if err := checkSite(ctx, tx, was, next); err != nil {
			return err
		}
		if err := updateSite(ctx, tx, was, next); err != nil {
			return err
		}
		SiteChanged.Emit(tx, who.Property, SiteChange{Property: who.Property})
		changes := was.changes(next)
		if len(changes) == 0 {
			return nil
		}
		return audit.Write(ctx, tx, audit.Entry{
			Property: who.Property, At: s.o.Now(), Agent: who.ID, Action: audit.HelpChanged, Target: string(who.Property),
			Detail: map[string]audit.Changes{"changes": changes},
		})
	})
	if db.IsUnique(err) { // somebody took it between our look and the commit
		err = ErrSiteSlugTaken
		if patch.Slug == nil {
			err = ErrSiteTaken
		}
	}
	s.forgetSite(who.Property)
	if err != nil {
		return Site{}, fmt.Errorf("change the help centre of property %s: %w", who.Property, err)
	}
	return next, nil
}

// changes lists what differs, by the names of the API.
func (s Site) changes(next Site) audit.Changes {
	list := audit.Changes{}
	for name, c := range map[string]audit.Change{
		"slug": {Was: s.Slug, Now: next.Slug}, "domain": {Was: s.Domain, Now: next.Domain}, "title": {Was: s.Title, Now: next.Title},
		"logo": {Was: s.Logo, Now: next.Logo}, "links": {Was: s.Links, Now: next.Links}, "language": {Was: s.Language, Now: next.Language},
		"languages": {Was: s.Languages, Now: next.Languages}, "publishing": {Was: s.Publishing, Now: next.Publishing},
		"contact": {Was: s.Contact, Now: next.Contact},
	} {
		if !reflect.DeepEqual(c.Was, c.Now) {
			list[name] = c
		}
	}
	return list
}

// pathOf is where a site's pages are on this server.
func pathOf(slug string) string { return "/help/" + slug }

func imagePath(site Site, i id.Image) string { return pathOf(site.Slug) + "/images/" + string(i) }

// URL is the address of an article's page, on the site's own domain if it has one; slug "": of the home page.
func (s *Service) URL(site Site, language, slug string) string {
	at := strings.TrimSuffix(s.o.BaseURL, "/") + pathOf(site.Slug)
	if site.Domain != "" {
		at = "https://" + site.Domain
	}
	if language != "" && language != site.Language {
		at += "/" + language
	}
	if slug == "" {
		if site.Domain != "" {
			return at + "/"
		}
		return at
	}
	return at + "/a/" + url.PathEscape(slug)
}

package app

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"parley/internal/article"
	"parley/internal/kernel/id"
)

// demoHelp is a help centre about Parley itself, as `parley help import` takes it.
//
//go:embed all:demo/help
var demoHelp embed.FS

// helpCentre gives the demo's property its articles, and answers where they are read.
func (a *App) helpCentre(ctx context.Context, p id.Property) (url string, err error) {
	who, err := ownerOf(ctx, a.Agents, p)
	if err != nil {
		return "", err
	}
	site, err := a.Articles.SiteOf(ctx, p)
	if err != nil {
		return "", err
	}
	title, languages := "Parley Help", []string{"en", "ar"}
	if site, err = a.Articles.ChangeSite(ctx, who, site.Version, article.SitePatch{Title: &title, Languages: &languages}); err != nil {
		return "", err
	}
	root, err := fs.Sub(demoHelp, "demo/help")
	if err != nil {
		return "", err
	}
	if _, err := a.Articles.ImportFolder(ctx, who, root); err != nil {
		return "", fmt.Errorf("the demo's articles: %w", err)
	}
	return a.Articles.URL(site, site.Language, ""), nil
}

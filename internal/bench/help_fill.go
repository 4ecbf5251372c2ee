package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"parley/internal/kernel/id"
)

// open finds out where the help centre is, and what is in it.
func (l *library) open(ctx context.Context) error {
	var site struct {
		Base     string `json:"base"`
		Language string `json:"language"`
	}
	if err := l.owner.call(ctx, http.MethodGet, l.path(), nil, &site); err != nil {
		return err
	}
	l.base, l.language = l.URL+site.Base, site.Language
	for next := ""; ; {
		var list struct {
			Items []struct {
				ID    id.Article `json:"id"`
				Title string     `json:"title"`
			} `json:"items"`
			Next string `json:"next"`
		}
		if err := l.owner.call(ctx, http.MethodGet, l.path()+"/articles?state=published&limit=100&cursor="+url.QueryEscape(next), nil, &list); err != nil {
			return err
		}
		for _, a := range list.Items {
			if slug, ok := slugInTitle(a.Title); ok {
				l.articles = append(l.articles, helpArticle{slug, a.Title})
			}
		}
		if next = list.Next; next == "" {
			return l.openCategories(ctx)
		}
	}
}

// categories of the library: ten, with four in each.
const topCategories, subCategories = 10, 4

func (l *library) openCategories(ctx context.Context) error {
	var list struct {
		Items []struct {
			ID    id.Category `json:"id"`
			Texts map[string]struct {
				Slug string `json:"slug"`
			} `json:"texts"`
		} `json:"items"`
	}
	if err := l.owner.call(ctx, http.MethodGet, l.path()+"/categories", nil, &list); err != nil {
		return err
	}
	for _, c := range list.Items {
		l.categories = append(l.categories, helpCategory{c.ID, c.Texts[l.language].Slug})
	}
	for n := len(l.categories); n < topCategories*(1+subCategories); n++ {
		var parent id.Category
		if n%(1+subCategories) > 0 {
			parent = l.categories[n-n%(1+subCategories)].id
		}
		slug := fmt.Sprintf("bench-%d", n)
		body := map[string]any{"parent": parent, "icon": "", "texts": map[string]any{l.language: map[string]string{"name": fmt.Sprintf("Bench %d", n), "slug": slug}}}
		var made struct {
			ID id.Category `json:"id"`
		}
		if err := l.owner.call(ctx, http.MethodPost, l.path()+"/categories", body, &made); err != nil {
			return fmt.Errorf("make a category: %w", err)
		}
		l.categories = append(l.categories, helpCategory{made.ID, slug})
	}
	return nil
}

// fill makes and publishes what is missing, as many at a time as there are writers.
func (l *library) fill(ctx context.Context) (made int, err error) {
	missing := l.Articles - len(l.articles)
	if missing <= 0 {
		return 0, nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int, missing)
	for n := range missing {
		next <- len(l.articles) + n
	}
	close(next)
	var wg sync.WaitGroup
	for range max(l.Writers, 1) {
		wg.Go(func() {
			for n := range next {
				if ctx.Err() != nil {
					return
				}
				if err := l.makeArticle(ctx, n); err != nil {
					stop(err)
				}
			}
		})
	}
	wg.Wait()
	return missing, context.Cause(ctx)
}

func (l *library) makeArticle(ctx context.Context, n int) error {
	title, markdown := l.words.article(n)
	var a struct {
		ID    id.Article `json:"id"`
		Texts []struct {
			Slug     string `json:"slug"`
			Revision int64  `json:"revision"`
		} `json:"texts"`
	}
	body := map[string]any{"title": title, "description": l.words.sentence(rng(n, 3), 12), "category": l.categories[n%len(l.categories)].id, "markdown": markdown}
	if err := l.owner.call(ctx, http.MethodPost, l.path()+"/articles", body, &a); err != nil {
		return err
	}
	if len(a.Texts) != 1 {
		return fmt.Errorf("article %s has %d texts", a.ID, len(a.Texts))
	}
	state := map[string]any{"state": "published", "revision": a.Texts[0].Revision}
	if err := l.owner.call(ctx, http.MethodPost, l.path()+"/articles/"+string(a.ID)+"/texts/"+l.language+"/state", state, nil); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.articles = append(l.articles, helpArticle{a.Texts[0].Slug, title})
	return nil
}

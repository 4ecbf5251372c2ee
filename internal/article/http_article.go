package article

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

func (s *Service) routesArticles(a *web.API) {
	at := root + "/articles"
	web.Agent(a, web.Op{Method: http.MethodGet, Path: at, ID: "list-articles", Summary: "List articles", Tag: tag}, s.httpList)
	web.Agent(a, web.Op{Method: http.MethodPost, Path: at, ID: "make-article", Summary: "Begin an article, as a draft", Tag: tag, Status: http.StatusCreated, MaxBody: maxText}, s.httpMake)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: at + "/{article}", ID: "get-article", Summary: "Read an article with all its texts", Tag: tag}, s.httpGet)
	web.Agent(a, web.Op{Method: http.MethodPatch, Path: at + "/{article}", ID: "change-article", Summary: "Move an article, or change what its languages share", Tag: tag}, s.httpChange)
	web.Manager(a, web.Op{
		Method: http.MethodDelete, Path: at + "/{article}", ID: "delete-article", Summary: "Delete an article for good, with its versions and votes",
		Tag: tag, Status: http.StatusNoContent,
	}, s.httpDelete)
}

type listArticlesInput struct {
	Property id.Property `path:"property"`
	State    State       `query:"state" enum:"draft,published,archived"`
	Category id.Category `query:"category" doc:"In it, not below; none: in no category."`
	Audience Audience    `query:"audience" enum:"public,agents"`
	Language string      `query:"language" doc:"Written in it, and shown in it. Absent: each in the language that it was written in first."`
	Author   id.Agent    `query:"author"`
	Text     string      `query:"q" maxLength:"200" doc:"Looked for in titles and addresses."`
	Sort     Sort        `query:"sort" enum:"updated_at,-updated_at,title,-title,views,-views,helpful,-helpful,position" doc:"Newest first (the default), by the alphabet, most read, most helpful; a minus sign turns it round. position: in the order of a category."`
	Cursor   string      `query:"cursor"`
	Limit    int         `query:"limit"`
}

type articleRowView struct {
	ID        id.Article        `json:"id"`
	Category  id.Category       `json:"category" doc:"Empty: none."`
	Audience  Audience          `json:"audience" enum:"public,agents"`
	Language  string            `json:"language" doc:"Of title and state."`
	Title     string            `json:"title"`
	State     State             `json:"state" enum:"draft,published,archived"`
	Changed   bool              `json:"changed" doc:"There are changes that readers do not see yet."`
	Languages []languageRowView `json:"languages" nullable:"false"`
	Author    wire.Person       `json:"author"`
	UpdatedAt int64             `json:"updated_at"`
	Views     int64             `json:"views"`
	Yes       int64             `json:"yes"`
	No        int64             `json:"no"`
}

type languageRowView struct {
	Language string `json:"language"`
	State    State  `json:"state" enum:"draft,published,archived"`
	Title    string `json:"title"`
}

type articlesOutput struct {
	Body struct {
		Items []articleRowView `json:"items" nullable:"false"`
		Next  string           `json:"next,omitempty"`
	}
}

func (s *Service) httpList(ctx context.Context, who actor.Agent, in *listArticlesInput) (*articlesOutput, error) {
	from, err := page.Parse(in.Cursor)
	if err != nil {
		return nil, err
	}
	items, next, err := s.List(ctx, who, Filter{
		State: in.State, Category: in.Category, Audience: in.Audience, Language: in.Language, Author: in.Author, Text: in.Text, Sort: in.Sort,
	}, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &articlesOutput{}
	out.Body.Items, out.Body.Next = make([]articleRowView, len(items)), next.String()
	for i, r := range items {
		v := articleRowView{
			ID: r.ID, Category: r.Category, Audience: r.Audience, Language: r.Text.Language, Title: r.Text.Title, State: r.Text.State, Changed: r.Text.Ahead(),
			Languages: make([]languageRowView, len(r.Languages)), UpdatedAt: r.UpdatedAt.UnixMilli(), Views: r.Views, Yes: r.Yes, No: r.No,
		}
		for n, l := range r.Languages {
			v.Languages[n] = languageRowView{Language: l.Language, State: l.State, Title: l.Title}
		}
		if v.Author, err = s.person(ctx, r.Author); err != nil {
			return nil, err
		}
		out.Body.Items[i] = v
	}
	return out, nil
}

type makeArticleInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Language    string      `json:"language,omitempty" required:"false" doc:"Absent: the help centre's own."`
		Title       string      `json:"title"`
		Description string      `json:"description,omitempty" required:"false"`
		Category    id.Category `json:"category,omitempty" required:"false"`
		Audience    Audience    `json:"audience,omitempty" required:"false" enum:"public,agents"`
		Markdown    string      `json:"markdown,omitempty" required:"false"`
	}
}

type articleView struct {
	ID        id.Article    `json:"id"`
	Category  id.Category   `json:"category" doc:"Empty: none."`
	Audience  Audience      `json:"audience" enum:"public,agents"`
	Language  string        `json:"language" doc:"In which it was written first."`
	Author    wire.Person   `json:"author"`
	Related   []relatedView `json:"related" nullable:"false"`
	Yes       int64         `json:"yes"`
	No        int64         `json:"no"`
	Views     int64         `json:"views"`
	CreatedAt int64         `json:"created_at"`
	UpdatedAt int64         `json:"updated_at"`
	Texts     []textView    `json:"texts" nullable:"false" doc:"The one that was written first is the first."`
}

type relatedView struct {
	ID    id.Article `json:"id"`
	Title string     `json:"title"`
}

type articleOutput struct{ Body articleView }

func (s *Service) httpMake(ctx context.Context, who actor.Agent, in *makeArticleInput) (*articleOutput, error) {
	b := in.Body
	a, err := s.Make(ctx, who, NewArticle{
		Language: b.Language, Title: b.Title, Description: b.Description, Category: b.Category, Audience: b.Audience, Markdown: b.Markdown,
	})
	if err != nil {
		return nil, err
	}
	return s.viewArticle(ctx, a)
}

type articleInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
}

func (s *Service) httpGet(ctx context.Context, who actor.Agent, in *articleInput) (*articleOutput, error) {
	a, err := s.Get(ctx, who.Property, in.Article)
	if err != nil {
		return nil, err
	}
	return s.viewArticle(ctx, a)
}

type changeArticleInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Body     struct {
		Category *id.Category  `json:"category,omitempty" doc:"Empty: none."`
		Audience *Audience     `json:"audience,omitempty" enum:"public,agents"`
		Related  *[]id.Article `json:"related,omitempty"`
		Before   *id.Article   `json:"before,omitempty" doc:"The article of the category that comes after it; empty: it is the last."`
	}
}

func (s *Service) httpChange(ctx context.Context, who actor.Agent, in *changeArticleInput) (*articleOutput, error) {
	a, err := s.Change(ctx, who, in.Article, Patch{Category: in.Body.Category, Audience: in.Body.Audience, Related: in.Body.Related, Before: in.Body.Before})
	if err != nil {
		return nil, err
	}
	return s.viewArticle(ctx, a)
}

func (s *Service) httpDelete(ctx context.Context, who actor.Agent, in *articleInput) (*nothing, error) {
	return nil, s.Delete(ctx, who, in.Article)
}

func (s *Service) viewArticle(ctx context.Context, a Article) (*articleOutput, error) {
	site, err := s.SiteOf(ctx, a.Property)
	if err != nil {
		return nil, err
	}
	titles, err := s.titles(ctx, a.Property, a.Related)
	if err != nil {
		return nil, err
	}
	v := articleView{
		ID: a.ID, Category: a.Category, Audience: a.Audience, Language: a.Language, Related: make([]relatedView, len(a.Related)), Yes: a.Yes, No: a.No,
		Views: a.Views, CreatedAt: a.CreatedAt.UnixMilli(), UpdatedAt: a.UpdatedAt.UnixMilli(), Texts: make([]textView, len(a.Texts)),
	}
	if v.Author, err = s.person(ctx, a.Author); err != nil {
		return nil, err
	}
	for i, r := range a.Related {
		v.Related[i] = relatedView{ID: r, Title: titles[r]}
	}
	for i, t := range a.Texts {
		if v.Texts[i], err = s.viewText(ctx, site, a, t); err != nil {
			return nil, err
		}
	}
	return &articleOutput{Body: v}, nil
}

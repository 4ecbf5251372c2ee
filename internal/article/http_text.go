package article

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

func (s *Service) routesTexts(a *web.API) {
	at := root + "/articles/{article}/texts/{language}"
	web.Agent(a, web.Op{
		Method: http.MethodPut, Path: at, ID: "save-article-text", Summary: "Save the working copy; a language that the article was not written in begins with revision 0",
		Tag: tag, MaxBody: maxText,
	}, s.httpSave)
	web.Agent(a, web.Op{Method: http.MethodPost, Path: at + "/state", ID: "set-article-state", Summary: "Publish the working copy, take it back, or archive it", Tag: tag}, s.httpState)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: at + "/versions", ID: "list-article-versions", Summary: "What the text was, newest first", Tag: tag}, s.httpVersions)
	web.Agent(a, web.Op{
		Method: http.MethodPost, Path: at + "/versions", ID: "keep-article-version", Summary: "Keep a text that could not be saved as a version",
		Tag: tag, Status: http.StatusCreated, MaxBody: maxText,
	}, s.httpKeep)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: at + "/versions/{number}", ID: "get-article-version", Summary: "Read a version", Tag: tag}, s.httpVersion)
	web.Agent(a, web.Op{Method: http.MethodPost, Path: at + "/versions/{number}/restore", ID: "restore-article-version", Summary: "Make a version the working copy", Tag: tag}, s.httpRestore)
	web.Agent(a, web.Op{
		Method: http.MethodPost, Path: root + "/preview", ID: "preview-article", Summary: "The whole page as it would be published", Tag: tag, MaxBody: maxText,
	}, s.httpPreview)
}

type textView struct {
	Language    string      `json:"language"`
	State       State       `json:"state" enum:"draft,published,archived"`
	Changed     bool        `json:"changed" doc:"There are changes that readers do not see yet."`
	Slug        string      `json:"slug"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Markdown    string      `json:"markdown"`
	Revision    int64       `json:"revision" doc:"Send it back with a save."`
	SavedBy     wire.Person `json:"saved_by"`
	SavedAt     int64       `json:"saved_at"`
	PublishedAt int64       `json:"published_at,omitempty" doc:"Last; absent: never."`
	URL         string      `json:"url,omitempty" doc:"Of the public page; absent: there is none."`
}

type textOutput struct{ Body textView }

func (s *Service) viewText(ctx context.Context, site Site, a Article, t Text) (textView, error) {
	v := textView{
		Language: t.Language, State: t.State, Changed: t.Ahead(), Slug: t.Slug, Title: t.Title, Description: t.Description, Markdown: t.Markdown,
		Revision: t.Revision, SavedAt: t.SavedAt.UnixMilli(),
	}
	if !t.PublishedAt.IsZero() {
		v.PublishedAt = t.PublishedAt.UnixMilli()
	}
	if t.PublicSlug != "" && a.Audience == Public {
		v.URL = s.URL(site, t.Language, t.PublicSlug)
	}
	var err error
	v.SavedBy, err = s.person(ctx, t.SavedBy)
	return v, err
}

func (s *Service) outText(ctx context.Context, a Article, t Text, err error) (*textOutput, error) {
	if err != nil {
		return nil, err
	}
	site, err := s.SiteOf(ctx, a.Property)
	if err != nil {
		return nil, err
	}
	v, err := s.viewText(ctx, site, a, t)
	return &textOutput{Body: v}, err
}

type saveTextInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Language string      `path:"language"`
	Body     struct {
		Revision    int64  `json:"revision" doc:"That the text was written from; 0: it is a new language."`
		Title       string `json:"title"`
		Description string `json:"description"`
		Slug        string `json:"slug,omitempty" required:"false" doc:"Absent: as it is; of a new language: made of the title."`
		Markdown    string `json:"markdown"`
	}
}

func (s *Service) httpSave(ctx context.Context, who actor.Agent, in *saveTextInput) (*textOutput, error) {
	b := in.Body
	a, t, err := s.Save(ctx, who, in.Article, in.Language, Save{Revision: b.Revision, Title: b.Title, Description: b.Description, Slug: b.Slug, Markdown: b.Markdown})
	return s.outText(ctx, a, t, err)
}

type textStateInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Language string      `path:"language"`
	Body     struct {
		State    State `json:"state" enum:"draft,published,archived"`
		Revision int64 `json:"revision" doc:"Of the working copy that is meant."`
	}
}

func (s *Service) httpState(ctx context.Context, who actor.Agent, in *textStateInput) (*textOutput, error) {
	a, t, err := s.SetState(ctx, who, in.Article, in.Language, in.Body.State, in.Body.Revision)
	return s.outText(ctx, a, t, err)
}

type versionRowView struct {
	Number int64       `json:"number"`
	Title  string      `json:"title"`
	Agent  wire.Person `json:"agent" doc:"Whose words they are."`
	Reason Reason      `json:"reason" enum:"saved,kept,published,restored"`
	At     int64       `json:"at"`
}

type versionsInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Language string      `path:"language"`
	Before   int64       `query:"before" doc:"Only versions with a smaller number."`
	Limit    int         `query:"limit"`
}

type versionsOutput struct {
	Body struct {
		Items []versionRowView `json:"items" nullable:"false"`
		More  bool             `json:"more,omitempty"`
	}
}

func (s *Service) viewVersion(ctx context.Context, v Version) (versionRowView, error) {
	by, err := s.person(ctx, v.Agent)
	return versionRowView{Number: v.Number, Title: v.Title, Agent: by, Reason: v.Reason, At: v.At.UnixMilli()}, err
}

func (s *Service) httpVersions(ctx context.Context, who actor.Agent, in *versionsInput) (*versionsOutput, error) {
	list, more, err := s.Versions(ctx, who, in.Article, in.Language, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &versionsOutput{}
	out.Body.Items, out.Body.More = make([]versionRowView, len(list)), more
	for i, v := range list {
		if out.Body.Items[i], err = s.viewVersion(ctx, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type versionView struct {
	VersionRow
	Description string `json:"description"`
	Markdown    string `json:"markdown"`
}

// VersionRow is for embedding: huma reads only what is exported.
type VersionRow = versionRowView

type versionOutput struct{ Body versionView }

func (s *Service) outVersion(ctx context.Context, v Version, err error) (*versionOutput, error) {
	if err != nil {
		return nil, err
	}
	row, err := s.viewVersion(ctx, v)
	return &versionOutput{Body: versionView{VersionRow: row, Description: v.Description, Markdown: v.Markdown}}, err
}

type keepVersionInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Language string      `path:"language"`
	Body     struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Markdown    string `json:"markdown"`
	}
}

func (s *Service) httpKeep(ctx context.Context, who actor.Agent, in *keepVersionInput) (*versionOutput, error) {
	v, err := s.Keep(ctx, who, in.Article, in.Language, Save{Title: in.Body.Title, Description: in.Body.Description, Markdown: in.Body.Markdown})
	return s.outVersion(ctx, v, err)
}

type versionInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Language string      `path:"language"`
	Number   int64       `path:"number"`
}

func (s *Service) httpVersion(ctx context.Context, who actor.Agent, in *versionInput) (*versionOutput, error) {
	v, err := s.Version(ctx, who, in.Article, in.Language, in.Number)
	return s.outVersion(ctx, v, err)
}

type restoreVersionInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `path:"article"`
	Language string      `path:"language"`
	Number   int64       `path:"number"`
	Body     struct {
		Revision int64 `json:"revision" doc:"Of the working copy that it takes the place of; that becomes a version."`
	}
}

func (s *Service) httpRestore(ctx context.Context, who actor.Agent, in *restoreVersionInput) (*textOutput, error) {
	a, t, err := s.Restore(ctx, who, in.Article, in.Language, in.Number, in.Body.Revision)
	return s.outText(ctx, a, t, err)
}

type previewArticleInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Language    string     `json:"language"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Markdown    string     `json:"markdown"`
		Article     id.Article `json:"article,omitempty" required:"false" doc:"Absent: one that was not begun yet."`
	}
}

type previewArticleOutput struct {
	Body struct {
		HTML string `json:"html" doc:"A document for a sandboxed frame."`
	}
}

func (s *Service) httpPreview(ctx context.Context, who actor.Agent, in *previewArticleInput) (*previewArticleOutput, error) {
	b := in.Body
	html, err := s.Preview(ctx, who, b.Article, b.Language, Save{Title: b.Title, Description: b.Description, Markdown: b.Markdown})
	if err != nil {
		return nil, err
	}
	out := &previewArticleOutput{}
	out.Body.HTML = html
	return out, nil
}

package help

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"parley/internal/article"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
	"parley/internal/visit"
)

// PublicRoad is where the calls of the widget's panel are. They come from customers' pages: mount it with web.API.Foreign.
const PublicRoad = "/api/v1/visitor/help/"

// ErrOrigin is the answer to a page that may not carry the property's widget, as at its socket.
var ErrOrigin = errs.New(errs.Forbidden, "origin.not_allowed", "This website may not use this property's widget.")

// Asking is what every call of the panel says. The address of the page is its browser's word.
type Asking struct {
	Origin string `header:"Origin" hidden:"true"`
	Agent  string `header:"User-Agent" hidden:"true"`
}

type searchHelpInput struct {
	Asking
	Property id.Property `query:"property"`
	Q        string      `query:"q" doc:"What to look for; absent: the most read." maxLength:"200"`
	Asked    bool        `query:"asked" doc:"The visitor has stopped typing, or has chosen: it is counted as a search. Not what answers them while they type."`
	Language string      `query:"language" doc:"What the visitor reads; another one where the help centre has none in it." maxLength:"35"`
}

type foundPartView struct {
	Text string `json:"text"`
	Mark bool   `json:"mark,omitempty" doc:"It was searched for."`
}

type foundView struct {
	Article     id.Article      `json:"article"`
	Language    string          `json:"language"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Parts       []foundPartView `json:"parts,omitempty" doc:"The title, with what was searched for marked."`
	Snippet     []foundPartView `json:"snippet,omitempty" doc:"The text around what was searched for."`
	URL         string          `json:"url"`
}

type searchHelpOutput struct {
	Body struct {
		Items     []foundView `json:"items"`
		Corrected string      `json:"corrected,omitempty" doc:"What was searched for in the place of mistyped words."`
	}
}

type readHelpInput struct {
	Asking
	Article  string      `path:"article" doc:"Its id, or its slug as an address has it, also an old one."`
	Property id.Property `query:"property"`
	Language string      `query:"language" doc:"Of the slug, or to read; absent: the help centre's own." maxLength:"35"`
}

type readHelpOutput struct {
	Body struct {
		Article   id.Article   `json:"article"`
		Language  string       `json:"language"`
		Title     string       `json:"title"`
		HTML      string       `json:"html" doc:"Safe elements only; addresses in it are in full."`
		Author    *wire.Person `json:"author,omitempty"`
		UpdatedAt int64        `json:"updated_at"`
		URL       string       `json:"url"`
		Home      string       `json:"home" doc:"The help centre's address, with a slash at the end. What is below it as [LANGUAGE/]a/SLUG is another article of it."`
		Yes       int64        `json:"yes"`
		No        int64        `json:"no"`
		Related   []foundView  `json:"related"`
	}
}

type voteHelpInput struct {
	Asking
	Article id.Article `path:"article"`
	Body    struct {
		Property id.Property `json:"property"`
		Language string      `json:"language,omitempty" required:"false" maxLength:"35"`
		Token    string      `json:"token" doc:"The visitor's, from a welcome."`
		Helpful  bool        `json:"helpful"`
		Missing  string      `json:"missing,omitempty" required:"false" doc:"Of one who says no: what they did not find."`
	}
}

type tallyOutput struct {
	Body struct {
		Yes int64 `json:"yes"`
		No  int64 `json:"no"`
	}
}

// ErrToken says that a vote came from nobody whom the server knows.
var ErrToken = errs.New(errs.Invalid, "help.token", "This needs the visitor's token.").At("token")

// Routes lists every call of the panel. Their paths are below [PublicRoad].
func (s *Service) Routes(a *web.API) {
	web.Public(a, web.Op{Method: http.MethodGet, Path: PublicRoad + "search", ID: "find-help", Summary: "Find articles, for the widget's panel", Tag: "Help centre"}, s.httpSearch)
	web.Public(a, web.Op{Method: http.MethodGet, Path: PublicRoad + "articles/{article}", ID: "read-help", Summary: "Read an article, in the widget's panel", Tag: "Help centre"}, s.httpRead)
	web.Public(a, web.Op{Method: http.MethodPost, Path: PublicRoad + "articles/{article}/vote", ID: "vote-help", Summary: "Say whether an article was helpful", Tag: "Help centre"}, s.httpVote)
}

// siteFor is the site of a property, for a page that may carry its widget.
func (s *Service) siteFor(ctx context.Context, p id.Property, from Asking) (article.Site, error) {
	settings, err := s.o.Properties.Settings(ctx, p)
	if err != nil {
		return article.Site{}, err
	}
	site, err := s.o.Articles.SiteOf(ctx, p)
	if err != nil {
		return article.Site{}, err
	}
	if from.Origin != "" && !settings.Allows(from.Origin) && !s.ownOrigin(site, from.Origin) {
		return article.Site{}, ErrOrigin
	}
	return site, nil
}

// ownOrigin reports whether an origin is where we show the site's pages ourselves, whatever the owner allows.
func (s *Service) ownOrigin(site article.Site, origin string) bool {
	if strings.EqualFold(origin, s.o.BaseURL) {
		return true
	}
	_, host, ok := strings.Cut(origin, "://")
	return ok && site.Domain != "" && hostName(host) == site.Domain
}

// OwnPage reports whether an origin is where we show the pages of a property's help centre: its widget may be there, whatever domains
// the owner allows.
func (s *Service) OwnPage(ctx context.Context, p id.Property, origin string) bool {
	if origin == "" {
		return false
	}
	site, err := s.o.Articles.SiteOf(ctx, p)
	return err == nil && s.ownOrigin(site, origin)
}

func (s *Service) httpSearch(ctx context.Context, in *searchHelpInput) (*searchHelpOutput, error) {
	site, err := s.siteFor(ctx, in.Property, in.Asking)
	if err != nil {
		return nil, err
	}
	out := &searchHelpOutput{}
	out.Body.Items = []foundView{}
	language, q := speak(site.SiteSettings, in.Language), strings.Join(strings.Fields(in.Q), " ")
	if q == "" {
		list, err := s.o.Articles.Popular(ctx, site, language, quickHits)
		out.Body.Items = s.entries(site, list)
		return out, err
	}
	r := reader{property: site.Property, agent: in.Agent}
	if in.Asked {
		banned, err := s.banned(ctx, r) // they have no panel, but may know the address of this
		in.Asked = err == nil && !banned
	}
	found, err := s.search(ctx, site, r, wish{language, q, in.Asked, 2 * quickHits})
	if err != nil {
		return nil, err
	}
	out.Body.Corrected = found.Corrected
	for _, h := range found.Hits {
		v := s.entry(site, h.Entry)
		v.Parts, v.Snippet = parts(h.Parts), parts(h.Snippet)
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

func (s *Service) entry(site article.Site, e article.Entry) foundView {
	return foundView{Article: e.Article, Language: e.Language, Title: e.Title, Description: e.Description, URL: s.o.Articles.URL(site, e.Language, e.Slug)}
}

func (s *Service) entries(site article.Site, list []article.Entry) []foundView {
	out := make([]foundView, 0, len(list))
	for _, e := range list {
		out = append(out, s.entry(site, e))
	}
	return out
}

func parts(list []article.Part) []foundPartView {
	out := make([]foundPartView, len(list))
	for i, p := range list {
		out[i] = foundPartView(p)
	}
	return out
}

func (s *Service) httpRead(ctx context.Context, in *readHelpInput) (*readHelpOutput, error) {
	site, err := s.siteFor(ctx, in.Property, in.Asking)
	if err != nil {
		return nil, err
	}
	settings, err := s.o.Properties.Settings(ctx, in.Property)
	if err != nil {
		return nil, err
	}
	a, err := s.page(ctx, site, in.Language, in.Article)
	if err != nil {
		return nil, err
	}
	out := &readHelpOutput{}
	b := &out.Body
	b.Article, b.Language, b.Title, b.UpdatedAt, b.Yes, b.No = a.Article, a.Language, a.Title, a.UpdatedAt.UnixMilli(), a.Yes, a.No
	b.Home = s.absolute(site, site.Language, "")
	b.HTML = article.Resolve(a.HTML, strings.TrimSuffix(b.Home, "/"))
	b.URL, b.Related = s.o.Articles.URL(site, a.Language, a.Slug), s.entries(site, a.Related)
	if settings.Faces && a.Author.Name != "" {
		who := a.Author
		who.Name = firstName(who.Name)
		b.Author = &who
	}
	if !visit.Crawler(in.Agent) {
		s.o.Articles.Viewed(site.Property, a.Article)
	}
	return out, nil
}

// page finds an article by its id or slug.
func (s *Service) page(ctx context.Context, site article.Site, language, name string) (article.Page, error) {
	language = speak(site.SiteSettings, language)
	if a := id.Article(name); id.Valid(a) {
		return s.o.Articles.PageOf(ctx, site, language, a)
	}
	p, err := s.o.Articles.Page(ctx, site, language, name)
	if moved, ok := errors.AsType[*article.Moved](err); ok {
		return s.o.Articles.Page(ctx, site, language, moved.Slug)
	}
	return p, err
}

func (s *Service) httpVote(ctx context.Context, in *voteHelpInput) (*tallyOutput, error) {
	site, err := s.siteFor(ctx, in.Body.Property, in.Asking)
	if err != nil {
		return nil, err
	}
	token, ok := s.o.Tokens.Check(in.Body.Token, site.Property, s.o.Now())
	if !ok {
		return nil, ErrToken
	}
	a, err := s.page(ctx, site, in.Body.Language, string(in.Article))
	if err != nil {
		return nil, err
	}
	r := reader{property: site.Property, visitor: token.Visitor, agent: in.Agent}
	tally, _, err := s.vote(ctx, site, r, ballotPaper{
		article: a.Article, language: a.Language, helpful: in.Body.Helpful, missing: strings.TrimSpace(in.Body.Missing),
	})
	if err != nil {
		return nil, err
	}
	out := &tallyOutput{}
	out.Body.Yes, out.Body.No = tally.Yes, tally.No
	return out, nil
}

package article

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

const (
	root = "/api/v1/properties/{property}/help"
	tag  = "Help centre"

	maxText = 1 << 20 // MaxMarkdownBytes as JSON, where a line break is two bytes and a control character six
)

// Routes lists every endpoint of the agents' side and who may call it. Who may publish is a setting: [Service.SetState] asks.
func (s *Service) Routes(a *web.API) {
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root, ID: "get-help", Summary: "The help centre's settings; it is made on first ask", Tag: tag}, s.httpSite)
	web.Manager(a, web.Op{Method: http.MethodPatch, Path: root, ID: "change-help", Summary: "Change some settings of the help centre", Tag: tag}, s.httpChangeSite)
	s.routesCategories(a)
	s.routesArticles(a)
	s.routesTexts(a)
	web.Agent(a, web.Op{
		Method: http.MethodPost, Path: root + "/images", ID: "add-help-image", Summary: "Store a picture for articles: PNG, JPEG, WebP or GIF, made anew by us",
		Tag: tag, Status: http.StatusCreated, MaxBody: MaxImageBytes + 1, // the rule says what is wrong with one that is too large
	}, s.httpAddImage)
	web.Agent(a, web.Op{
		Method: http.MethodGet, Path: root + "/search", ID: "search-help", Summary: "Find published articles, those for agents only too; without words: the most read", Tag: tag,
	}, s.httpSearch)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root + "/report", ID: "get-help-report", Summary: "Views, votes, chats and searches of the last days", Tag: tag}, s.httpReport)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root + "/missing", ID: "list-help-missing", Summary: "What readers did not find, newest first", Tag: tag}, s.httpMissing)
}

type siteInput struct {
	Property id.Property `path:"property"`
}

type helpView struct {
	Slug       string     `json:"slug" example:"kiln-and-clay"`
	Domain     string     `json:"domain" doc:"Empty: none of its own." example:"help.example.com"`
	Title      string     `json:"title"`
	Logo       id.Image   `json:"logo,omitempty"`
	LogoURL    string     `json:"logo_url,omitempty"`
	Links      []linkView `json:"links" nullable:"false" doc:"In the head of every page."`
	Language   string     `json:"language" doc:"The default one."`
	Languages  []string   `json:"languages" nullable:"false" doc:"The default one among them."`
	Publishing Publishing `json:"publishing" enum:"agents,managers" doc:"Who may publish."`
	Contact    bool       `json:"contact" doc:"Readers are offered to write to the team."`
	URL        string     `json:"url" doc:"Of the home page." example:"https://chat.example.com/help/kiln-and-clay"`
	Base       string     `json:"base" doc:"Path of the pages on this server; pictures are at BASE/images/ID." example:"/help/kiln-and-clay"`
	Version    int64      `json:"version" doc:"Send it back with a change."`
	Known      []string   `json:"known_languages" nullable:"false" doc:"Every language that a help centre can have."`
}

type linkView struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

type helpOutput struct{ Body helpView }

func (s *Service) viewSite(site Site) *helpOutput {
	v := helpView{
		Slug: site.Slug, Domain: site.Domain, Title: site.Title, Logo: site.Logo, Links: make([]linkView, len(site.Links)), Language: site.Language,
		Languages: site.Languages, Publishing: site.Publishing, Contact: site.Contact, URL: s.URL(site, site.Language, ""), Base: pathOf(site.Slug),
		Version: site.Version, Known: Languages,
	}
	for i, l := range site.Links {
		v.Links[i] = linkView(l)
	}
	if site.Logo != "" {
		v.LogoURL = imagePath(site, site.Logo)
	}
	return &helpOutput{Body: v}
}

func (s *Service) httpSite(ctx context.Context, who actor.Agent, _ *siteInput) (*helpOutput, error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return nil, err
	}
	return s.viewSite(site), nil
}

type changeSiteInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Version    int64       `json:"version" doc:"Of the settings that the change was made from."`
		Slug       *string     `json:"slug,omitempty" doc:"The old address goes on working."`
		Domain     *string     `json:"domain,omitempty"`
		Title      *string     `json:"title,omitempty"`
		Logo       *id.Image   `json:"logo,omitempty" doc:"Empty: none."`
		Links      *[]linkView `json:"links,omitempty"`
		Language   *string     `json:"language,omitempty"`
		Languages  *[]string   `json:"languages,omitempty"`
		Publishing *Publishing `json:"publishing,omitempty"`
		Contact    *bool       `json:"contact,omitempty"`
	}
}

func (s *Service) httpChangeSite(ctx context.Context, who actor.Agent, in *changeSiteInput) (*helpOutput, error) {
	b := in.Body
	patch := SitePatch{
		Slug: b.Slug, Domain: b.Domain, Title: b.Title, Logo: b.Logo, Language: b.Language, Languages: b.Languages,
		Publishing: b.Publishing, Contact: b.Contact,
	}
	if b.Links != nil {
		links := make([]Link, len(*b.Links))
		for i, l := range *b.Links {
			links[i] = Link(l)
		}
		patch.Links = &links
	}
	site, err := s.ChangeSite(ctx, who, b.Version, patch)
	if err != nil {
		return nil, err
	}
	return s.viewSite(site), nil
}

type addImageInput struct {
	Property id.Property `path:"property"`
	RawBody  []byte      `contentType:"application/octet-stream"`
}

type imageOutput struct {
	Body struct {
		ID     id.Image `json:"id"`
		URL    string   `json:"url" doc:"Path on this server. In Markdown it is ![what it shows](image:ID)."`
		Width  int      `json:"width"`
		Height int      `json:"height"`
	}
}

func (s *Service) httpAddImage(ctx context.Context, who actor.Agent, in *addImageInput) (*imageOutput, error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return nil, err
	}
	i, err := s.AddImage(ctx, who, in.RawBody)
	if err != nil {
		return nil, err
	}
	out := &imageOutput{}
	out.Body.ID, out.Body.URL, out.Body.Width, out.Body.Height = i.ID, imagePath(site, i.ID), i.Width, i.Height
	return out, nil
}

type searchInput struct {
	Property id.Property `path:"property"`
	Text     string      `query:"q" maxLength:"1000"`
	Language string      `query:"language" doc:"Absent: the help centre's own."`
	Limit    int         `query:"limit"`
}

type partView struct {
	Text string `json:"text"`
	Mark bool   `json:"mark,omitempty" doc:"These words were searched for."`
}

type hitView struct {
	Article     id.Article `json:"article"`
	Language    string     `json:"language"`
	Audience    Audience   `json:"audience" enum:"public,agents"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	URL         string     `json:"url,omitempty" doc:"Absent: it has no public page."`
	Parts       []partView `json:"parts" nullable:"false" doc:"The title."`
	Snippet     []partView `json:"snippet" nullable:"false" doc:"The text around the words."`
	Path        []string   `json:"path" nullable:"false" doc:"Names of its categories, from the top."`
}

type hitsOutput struct {
	Body struct {
		Items     []hitView `json:"items" nullable:"false"`
		Corrected string    `json:"corrected,omitempty" doc:"What was searched for instead of mistyped words."`
	}
}

func (s *Service) httpSearch(ctx context.Context, who actor.Agent, in *searchInput) (*hitsOutput, error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return nil, err
	}
	found, err := s.Search(ctx, site, in.Language, in.Text, SearchOptions{Agents: true, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &hitsOutput{}
	out.Body.Items, out.Body.Corrected = make([]hitView, len(found.Hits)), found.Corrected
	for i, h := range found.Hits {
		v := hitView{
			Article: h.Article, Language: h.Language, Audience: h.Audience, Title: h.Title, Description: h.Description,
			Parts: viewParts(h.Parts), Snippet: viewParts(h.Snippet), Path: make([]string, len(h.Path)),
		}
		if h.Audience == Public {
			v.URL = s.URL(site, h.Language, h.Slug)
		}
		for n, c := range h.Path {
			v.Path[n] = c.Name
		}
		out.Body.Items[i] = v
	}
	return out, nil
}

func viewParts(parts []Part) []partView {
	list := make([]partView, len(parts))
	for i, p := range parts {
		list[i] = partView(p)
	}
	return list
}

// person is an agent as the API shows them; one who is gone has a name no more.
func (s *Service) person(ctx context.Context, a id.Agent) (wire.Person, error) {
	if a == "" || s.o.People == nil {
		return wire.Person{ID: a}, nil
	}
	return s.o.People.Person(ctx, a)
}

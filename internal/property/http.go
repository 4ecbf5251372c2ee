package property

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

// Routes lists every endpoint of the feature and who may call it. Making a property is the agent feature's: it needs an owner.
func (s *Service) Routes(a *web.API) {
	web.Agent(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/properties/{property}", ID: "get-property",
		Summary: "A property's name, settings and snippet", Tag: "property",
	}, s.httpGet)
	web.Manager(a, web.Op{
		Method: http.MethodPatch, Path: "/api/v1/properties/{property}", ID: "change-property",
		Summary: "Change the name or some settings", Tag: "property",
	}, s.httpChange)
}

// InProperty names the property, for the document: the edge has read and checked it before. It is exported because huma
// fills only embedded structs that are.
type InProperty struct {
	Property string `path:"property" doc:"The property's id"`
}

type propertyView struct {
	ID       id.Property  `json:"id"`
	Name     string       `json:"name"`
	Settings settingsView `json:"settings"`
	Version  int64        `json:"version" doc:"Send it back with a change"`
	Snippet  string       `json:"snippet" doc:"The script tag to paste into a page"`
}

type settingsView struct {
	Name           string       `json:"name" doc:"As visitors see it"`
	Colour         string       `json:"colour" doc:"#rrggbb"`
	Theme          string       `json:"theme" enum:"system,light,dark"`
	Corner         string       `json:"corner" enum:"end,start"`
	Language       string       `json:"language" enum:"auto,en,ar"`
	Greeting       greetingView `json:"greeting"`
	Sound          bool         `json:"sound"`
	Faces          bool         `json:"faces"`
	Brand          bool         `json:"brand"`
	TypingPreview  bool         `json:"typing_preview"`
	EarlyCookie    bool         `json:"early_cookie"`
	OfflineForm    bool         `json:"offline_form"`
	AllowedDomains []string     `json:"allowed_domains" nullable:"false"`
	TimeoutMinutes int          `json:"timeout_minutes"`
	MissedMinutes  int          `json:"missed_minutes"`
	MaskAddresses  bool         `json:"mask_addresses" doc:"Agents are shown addresses without their last part"`
	PageTrail      bool         `json:"page_trail" doc:"Agents see the pages that a visitor saw before"`
	RespectDNT     bool         `json:"respect_dnt" doc:"No visit of a browser that sends Do Not Track or Global Privacy Control"`
	RequireConsent bool         `json:"require_consent" doc:"No visit and nothing kept before Parley.consent() on the page"`
	ChatDays       int          `json:"chat_days" doc:"Ended sessions are deleted after so many days; 0: never"`
	VisitDays      int          `json:"visit_days" doc:"What is known of a visitor is deleted so many days after the last visit; 0: never"`
}

type greetingView struct {
	Online  string `json:"online"`
	Away    string `json:"away"`
	Offline string `json:"offline"`
}

type propertyOutput struct {
	Body propertyView
}

func (s *Service) view(p Property) *propertyOutput {
	v := settingsView{
		Name: p.Settings.Name, Colour: p.Settings.Colour, Theme: p.Settings.Theme, Corner: p.Settings.Corner,
		Language: p.Settings.Language, Greeting: greetingView(p.Settings.Greeting),
		Sound: p.Settings.Sound, Faces: p.Settings.Faces, Brand: p.Settings.Brand,
		TypingPreview: p.Settings.TypingPreview, EarlyCookie: p.Settings.EarlyCookie, OfflineForm: p.Settings.OfflineForm,
		AllowedDomains: p.Settings.AllowedDomains,
		TimeoutMinutes: p.Settings.TimeoutMinutes, MissedMinutes: p.Settings.MissedMinutes,
		MaskAddresses: p.Settings.MaskAddresses, PageTrail: p.Settings.PageTrail, RespectDNT: p.Settings.RespectDNT,
		RequireConsent: p.Settings.RequireConsent, ChatDays: p.Settings.ChatDays, VisitDays: p.Settings.VisitDays,
	}
	return &propertyOutput{Body: propertyView{
		ID: p.ID, Name: p.Name, Settings: v, Version: p.Version, Snippet: s.Snippet(p.ID),
	}}
}

func (s *Service) httpGet(ctx context.Context, who actor.Agent, _ *InProperty) (*propertyOutput, error) {
	p, err := s.Get(ctx, who.Property)
	if err != nil {
		return nil, err
	}
	return s.view(p), nil
}

type changeInput struct {
	InProperty
	Body struct {
		Name     *string       `json:"name,omitempty" doc:"As agents see it"`
		Settings *settingsBody `json:"settings,omitempty" doc:"What is left out stays as it is"`
		Version  int64         `json:"version" doc:"Of the property that the change was made from"`
	}
}

// settingsBody has no limits of its own: the rules know them and say how to mend a value.
type settingsBody struct {
	Name           *string       `json:"name,omitempty"`
	Colour         *string       `json:"colour,omitempty"`
	Theme          *string       `json:"theme,omitempty"`
	Corner         *string       `json:"corner,omitempty"`
	Language       *string       `json:"language,omitempty"`
	Greeting       *greetingBody `json:"greeting,omitempty"`
	Sound          *bool         `json:"sound,omitempty"`
	Faces          *bool         `json:"faces,omitempty"`
	Brand          *bool         `json:"brand,omitempty"`
	TypingPreview  *bool         `json:"typing_preview,omitempty"`
	EarlyCookie    *bool         `json:"early_cookie,omitempty"`
	OfflineForm    *bool         `json:"offline_form,omitempty"`
	AllowedDomains *[]string     `json:"allowed_domains,omitempty"`
	TimeoutMinutes *int          `json:"timeout_minutes,omitempty"`
	MissedMinutes  *int          `json:"missed_minutes,omitempty"`
	MaskAddresses  *bool         `json:"mask_addresses,omitempty"`
	PageTrail      *bool         `json:"page_trail,omitempty"`
	RespectDNT     *bool         `json:"respect_dnt,omitempty"`
	RequireConsent *bool         `json:"require_consent,omitempty"`
	ChatDays       *int          `json:"chat_days,omitempty"`
	VisitDays      *int          `json:"visit_days,omitempty"`
}

type greetingBody struct {
	Online  string `json:"online,omitempty"`
	Away    string `json:"away,omitempty"`
	Offline string `json:"offline,omitempty"`
}

func (b *settingsBody) patch() Patch {
	if b == nil {
		return Patch{}
	}
	return Patch{
		Name: b.Name, Colour: b.Colour, Theme: b.Theme, Corner: b.Corner, Language: b.Language,
		Greeting: (*Greeting)(b.Greeting), Sound: b.Sound, Faces: b.Faces, Brand: b.Brand,
		TypingPreview: b.TypingPreview, EarlyCookie: b.EarlyCookie, OfflineForm: b.OfflineForm,
		AllowedDomains: b.AllowedDomains, TimeoutMinutes: b.TimeoutMinutes, MissedMinutes: b.MissedMinutes,
		MaskAddresses: b.MaskAddresses, PageTrail: b.PageTrail, RespectDNT: b.RespectDNT,
		RequireConsent: b.RequireConsent, ChatDays: b.ChatDays, VisitDays: b.VisitDays,
	}
}

func (s *Service) httpChange(ctx context.Context, who actor.Agent, in *changeInput) (*propertyOutput, error) {
	p, err := s.Change(ctx, who, in.Body.Version, in.Body.Name, in.Body.Settings.patch())
	if err != nil {
		return nil, err
	}
	return s.view(p), nil
}

package ban

import (
	"context"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// banView is a ban as the API's lists show it.
type banView struct {
	ID       id.Ban             `json:"id"`
	Kinds    []Kind             `json:"kinds" nullable:"false" enum:"visitor,address,range,email,domain" doc:"An address is one IPv4 address or one IPv6 household (/64)."`
	Visitor  *bannedVisitorView `json:"visitor,omitempty"`
	Network  string             `json:"network,omitempty" example:"203.0.113.7/32"`
	Email    string             `json:"email,omitempty"`
	Domain   string             `json:"domain,omitempty"`
	Reason   string             `json:"reason" example:"Insulted Ann after two warnings"`
	By       wire.Person        `json:"by"`
	MadeAt   int64              `json:"made_at" example:"1795910400000"`
	EndsAt   int64              `json:"ends_at" doc:"0: never." example:"1795996800000"`
	State    State              `json:"state" enum:"active,lapsed,lifted"`
	LiftedBy *wire.Person       `json:"lifted_by,omitempty"`
	LiftedAt int64              `json:"lifted_at,omitempty"`
	Hits     int64              `json:"hits" doc:"How often it kept somebody out." example:"4"`
	HitAt    int64              `json:"hit_at,omitempty" doc:"The last time; absent: never."`
	Chat     id.Chat            `json:"chat,omitempty" doc:"The chat it was made from."`
	Label    string             `json:"label" doc:"What a list calls it: the visitor's name, or the network, email address or domain." example:"Bob"`
}

// View is for embedding: huma reads only what is exported.
type View = banView

// bannedVisitorView is the visitor of a ban as they are now.
type bannedVisitorView struct {
	ID     id.Visitor `json:"id"`
	Number int64      `json:"number" doc:"0: never wrote anything." example:"4821"`
	Name   string     `json:"name,omitempty" example:"Bob"`
	Email  string     `json:"email,omitempty"`
}

// banRecordView is a ban with what happened.
type banRecordView struct {
	View
	Record banFactsView `json:"record"`
}

// banFactsView is the visitor as they were when the ban was made, and the last words of the chat.
type banFactsView struct {
	Name     string       `json:"name,omitempty" example:"Bob"`
	Email    string       `json:"email,omitempty"`
	Address  string       `json:"address,omitempty" example:"203.0.113.7"`
	Country  string       `json:"country,omitempty"`
	Browser  string       `json:"browser,omitempty" example:"Firefox 146"`
	System   string       `json:"system,omitempty" example:"Windows"`
	Page     *banPageView `json:"page,omitempty"`
	Language string       `json:"language,omitempty" example:"en"`
	Messages []Message    `json:"messages" nullable:"false"`
}

type banPageView struct {
	URL   string `json:"url" example:"https://shop.example.com/rockets"`
	Title string `json:"title,omitempty" example:"Rockets"`
}

// allowedNetworkView is an entry of the allow list.
type allowedNetworkView struct {
	ID      id.Network  `json:"id"`
	Network string      `json:"network" example:"198.51.100.0/24"`
	Note    string      `json:"note" example:"Our office"`
	By      wire.Person `json:"by"`
	MadeAt  int64       `json:"made_at" example:"1795910400000"`
}

func (s *Service) view(ctx context.Context, b Ban) (v banView, err error) {
	v = banView{
		ID: b.ID, Kinds: b.Kinds(), Network: text(b.Network), Email: b.Email, Domain: b.Domain, Reason: b.Reason,
		MadeAt: b.MadeAt, EndsAt: b.EndsAt, State: b.State(s.Now().UnixMilli()), LiftedAt: b.LiftedAt,
		Hits: b.Hits, HitAt: b.HitAt, Chat: b.Chat, Label: b.Label(),
	}
	if b.Visitor != "" {
		v.Visitor = &bannedVisitorView{ID: b.Visitor, Number: b.Person.Number, Name: b.Person.Name, Email: b.Person.Email}
	}
	if v.By, err = s.People.Person(ctx, b.By); err != nil {
		return banView{}, err
	}
	if b.LiftedBy != "" {
		by, err := s.People.Person(ctx, b.LiftedBy)
		if err != nil {
			return banView{}, err
		}
		v.LiftedBy = &by
	}
	return v, nil
}

func (s *Service) record(ctx context.Context, b Ban) (*banOutput, error) {
	v, err := s.view(ctx, b)
	if err != nil {
		return nil, err
	}
	r := b.Record
	facts := banFactsView{
		Name: r.Name, Email: r.Email, Address: r.Address, Country: r.Country, Browser: r.Browser, System: r.System, Language: r.Language,
		Messages: append([]Message{}, r.Messages...),
	}
	if r.Page.URL != "" {
		facts.Page = &banPageView{r.Page.URL, r.Page.Title}
	}
	return &banOutput{Body: banRecordView{v, facts}}, nil
}

func (s *Service) viewAllowed(ctx context.Context, a AllowedNetwork) (allowedNetworkView, error) {
	by, err := s.People.Person(ctx, a.By)
	return allowedNetworkView{ID: a.ID, Network: text(a.Network), Note: a.Note, By: by, MadeAt: a.MadeAt}, err
}

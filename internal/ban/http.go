package ban

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/web"
)

const (
	root    = "/api/v1/properties/{property}/bans"
	allowed = "/api/v1/properties/{property}/allowed-networks"
	tag     = "Bans"
)

// Routes lists every endpoint of the feature and who may call it. Making a ban by hand takes a manager: [Service.Make] asks.
func (s *Service) Routes(a *web.API) {
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root, ID: "list-bans", Summary: "List bans", Tag: tag}, s.httpList)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root + "/{ban}", ID: "get-ban", Summary: "Read a ban with what happened", Tag: tag}, s.httpGet)
	web.Agent(a, web.Op{Method: http.MethodPost, Path: root + "/preview", ID: "preview-ban", Summary: "Say what a ban would cover", Tag: tag}, s.httpPreview)
	web.Agent(a, web.Op{
		Method: http.MethodPost, Path: root, ID: "make-ban", Summary: "Ban a visitor; owners and admins also an address, range, email address or domain",
		Tag: tag, Status: http.StatusCreated,
	}, s.httpMake)
	web.Manager(a, web.Op{Method: http.MethodPatch, Path: root + "/{ban}", ID: "edit-ban", Summary: "Change a ban's reason or end", Tag: tag}, s.httpEdit)
	web.Manager(a, web.Op{Method: http.MethodDelete, Path: root + "/{ban}", ID: "lift-ban", Summary: "Lift a ban; past bans keep it", Tag: tag}, s.httpLift)
	web.Manager(a, web.Op{Method: http.MethodPost, Path: root + "/lift", ID: "lift-bans", Summary: "Lift many bans, all or none", Tag: tag}, s.httpLiftMany)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root + "/test", ID: "test-ban", Summary: "Ask whether somebody would be blocked, and by what", Tag: tag}, s.httpTest)
	s.routesFiles(a)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: allowed, ID: "list-allowed-networks", Summary: "List the networks that no ban covers", Tag: tag}, s.httpAllowList)
	web.Manager(a, web.Op{Method: http.MethodPost, Path: allowed, ID: "allow-network", Summary: "Put a network on the allow list", Tag: tag, Status: http.StatusCreated}, s.httpAllow)
	web.Manager(a, web.Op{
		Method: http.MethodDelete, Path: allowed + "/{network}", ID: "disallow-network", Summary: "Take a network off the allow list",
		Tag: tag, Status: http.StatusNoContent,
	}, s.httpDisallow)
}

type listBansInput struct {
	Property id.Property `path:"property"`
	State    string      `query:"state" enum:"active,past" doc:"In force (the default), or lapsed and lifted."`
	Kind     Kind        `query:"kind" enum:"visitor,address,range,email,domain"`
	Agent    id.Agent    `query:"agent" doc:"Who made it."`
	Text     string      `query:"q" maxLength:"200" doc:"Looked for in names, addresses, networks and reasons. An IP address also finds the ranges it is in."`
	End      EndFilter   `query:"end" enum:"never,soon,later" doc:"Soon: within a day."`
	Sort     Sort        `query:"sort" enum:"made_at,-made_at,ends_at,-ends_at,hits,-hits" doc:"Newest first (the default), first to end first, most hits first; a minus sign turns it round."`
	Cursor   string      `query:"cursor"`
	Limit    int         `query:"limit"`
}

type bansOutput struct {
	Body struct {
		Items []banView `json:"items" nullable:"false"`
		Next  string    `json:"next,omitempty"`
	}
}

func (s *Service) httpList(ctx context.Context, who actor.Agent, in *listBansInput) (*bansOutput, error) {
	from, err := page.Parse(in.Cursor)
	if err != nil {
		return nil, err
	}
	items, next, err := s.List(ctx, who, Filter{
		Past: in.State == "past", Kind: in.Kind, By: in.Agent, End: in.End, Text: in.Text, Sort: in.Sort,
	}, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &bansOutput{}
	out.Body.Items, out.Body.Next = make([]banView, len(items)), next.String()
	for i, b := range items {
		if out.Body.Items[i], err = s.view(ctx, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type banInput struct {
	Property id.Property `path:"property"`
	Ban      id.Ban      `path:"ban"`
}

type banOutput struct{ Body banRecordView }

func (s *Service) httpGet(ctx context.Context, who actor.Agent, in *banInput) (*banOutput, error) {
	b, err := s.Get(ctx, who, in.Ban)
	if err != nil {
		return nil, err
	}
	return s.record(ctx, b)
}

// banTarget is what a ban is to cover. One of the first two, or by hand one or more of the others.
type banTarget struct {
	Chat    id.Chat    `json:"chat,omitempty" required:"false" doc:"Covers its visitor." example:"019aa9a4-3c5e-7d0a-9f5b-3f0f7d1f2a11"`
	Visitor id.Visitor `json:"visitor,omitempty" required:"false"`
	Address bool       `json:"address,omitempty" required:"false" doc:"With chat or visitor: the visitor's IP address too." example:"true"`
	Network string     `json:"network,omitempty" required:"false" maxLength:"100" doc:"An address or a range, by hand. An IPv6 address means its /64."`
	Email   string     `json:"email,omitempty" required:"false" maxLength:"400"`
	Domain  string     `json:"domain,omitempty" required:"false" maxLength:"300" doc:"Of email addresses; exactly this one."`
}

// Target is for embedding: huma reads only what is exported.
type Target = banTarget

func (b banTarget) draft(ctx context.Context) Draft {
	return Draft{
		Chat: b.Chat, Visitor: b.Visitor, Address: b.Address, Network: b.Network, Email: b.Email, Domain: b.Domain, From: web.Address(ctx),
	}
}

type previewBanInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Target
		Reason string `json:"reason,omitempty" required:"false" doc:"Not looked at."`
		EndsAt int64  `json:"ends_at,omitempty" required:"false" doc:"Not looked at."`
	}
}

type banPreviewOutput struct {
	Body struct {
		Network      string          `json:"network,omitempty" doc:"What an address would cover." example:"203.0.113.7/32"`
		Others       int             `json:"others" doc:"Other visitors of the last 24 hours whom it would hit." example:"3"`
		OthersInChat int             `json:"others_in_chat" doc:"How many of them are in a chat now." example:"1"`
		Refused      *banRefusedView `json:"refused,omitempty" doc:"Why it cannot be made."`
	}
}

type banRefusedView struct {
	Code    string `json:"code" example:"ban.own_address"`
	Message string `json:"message" example:"This would cover your own IP address."`
}

func (s *Service) httpPreview(ctx context.Context, who actor.Agent, in *previewBanInput) (*banPreviewOutput, error) {
	p, err := s.Preview(ctx, who, in.Body.draft(ctx))
	if err != nil {
		return nil, err
	}
	out := &banPreviewOutput{}
	out.Body.Network, out.Body.Others, out.Body.OthersInChat = p.Network, p.Others, p.OthersInChat
	if e := errs.Find(p.Refused); e != nil {
		out.Body.Refused = &banRefusedView{e.Code, e.Message}
	}
	return out, nil
}

type makeBanInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Target
		Reason string `json:"reason" doc:"1 to 500 characters. The visitor is never told." example:"Insulted Ann after two warnings"`
		EndsAt int64  `json:"ends_at" doc:"Unix milliseconds; 0: never." example:"1795996800000"`
	}
}

func (s *Service) httpMake(ctx context.Context, who actor.Agent, in *makeBanInput) (*banOutput, error) {
	d := in.Body.draft(ctx)
	d.Reason, d.EndsAt = in.Body.Reason, in.Body.EndsAt
	b, err := s.Make(ctx, who, d)
	if err != nil {
		return nil, err
	}
	return s.record(ctx, b)
}

type editBanInput struct {
	Property id.Property `path:"property"`
	Ban      id.Ban      `path:"ban"`
	Body     struct {
		Reason *string `json:"reason,omitempty" required:"false" example:"Insulted Ann and Ben"`
		EndsAt *int64  `json:"ends_at,omitempty" required:"false" doc:"Unix milliseconds; 0: never." example:"0"`
	}
}

func (s *Service) httpEdit(ctx context.Context, who actor.Agent, in *editBanInput) (*banOutput, error) {
	b, err := s.Edit(ctx, who, in.Ban, Patch{Reason: in.Body.Reason, EndsAt: in.Body.EndsAt})
	if err != nil {
		return nil, err
	}
	return s.record(ctx, b)
}

func (s *Service) httpLift(ctx context.Context, who actor.Agent, in *banInput) (*banOutput, error) {
	b, err := s.Lift(ctx, who, in.Ban)
	if err != nil {
		return nil, err
	}
	return s.record(ctx, b)
}

type liftBansInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		IDs []id.Ban `json:"ids" minItems:"1" maxItems:"1000"`
	}
}

type liftedBansOutput struct {
	Body struct {
		Lifted int `json:"lifted" doc:"How many of them were in force." example:"2"`
	}
}

func (s *Service) httpLiftMany(ctx context.Context, who actor.Agent, in *liftBansInput) (*liftedBansOutput, error) {
	n, err := s.LiftMany(ctx, who, in.Body.IDs)
	if err != nil {
		return nil, err
	}
	out := &liftedBansOutput{}
	out.Body.Lifted = n
	return out, nil
}

type testBanInput struct {
	Property id.Property `path:"property"`
	Address  string      `query:"address" maxLength:"100" example:"203.0.113.7"`
	Email    string      `query:"email" maxLength:"400" example:"bob@example.com"`
	Visitor  id.Visitor  `query:"visitor"`
}

type banTestOutput struct {
	Body struct {
		Banned  bool                `json:"banned" example:"true"`
		Ban     *banView            `json:"ban,omitempty" doc:"By what."`
		Allowed *allowedNetworkView `json:"allowed,omitempty" doc:"Because of what not."`
	}
}

func (s *Service) httpTest(ctx context.Context, who actor.Agent, in *testBanInput) (*banTestOutput, error) {
	a, err := s.Test(ctx, who, Question{Address: in.Address, Email: in.Email, Visitor: in.Visitor})
	if err != nil {
		return nil, err
	}
	out := &banTestOutput{}
	out.Body.Banned = a.Banned
	if a.Ban != nil {
		v, err := s.view(ctx, *a.Ban)
		if err != nil {
			return nil, err
		}
		out.Body.Ban = &v
	}
	if a.Allowed != nil {
		v, err := s.viewAllowed(ctx, *a.Allowed)
		if err != nil {
			return nil, err
		}
		out.Body.Allowed = &v
	}
	return out, nil
}

package agent

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

func (s *Service) routesTeam(a *web.API) {
	web.Login(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/properties", ID: "create-property",
		Summary: "Make a further property; for owners", Tag: "property", Status: http.StatusCreated,
	}, s.httpFound)
	web.Agent(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/properties/{property}/members", ID: "list-members", Summary: "The team", Tag: "team",
	}, s.httpMembers)
	web.Manager(a, web.Op{
		Method: http.MethodPatch, Path: "/api/v1/properties/{property}/members/{agent}", ID: "change-member",
		Summary: "Change a role, disable or enable", Tag: "team",
	}, s.httpChangeMember)
	web.Manager(a, web.Op{
		Method: http.MethodDelete, Path: "/api/v1/properties/{property}/members/{agent}", ID: "remove-member",
		Summary: "Take somebody out of the team", Tag: "team", Status: http.StatusNoContent,
	}, s.httpRemoveMember)
	web.Manager(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/properties/{property}/invites", ID: "list-invites", Summary: "Open invitations", Tag: "team",
	}, s.httpInvites)
	web.Manager(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/properties/{property}/invites", ID: "invite",
		Summary: "Invite somebody by link, or renew their invitation", Tag: "team", Status: http.StatusCreated,
	}, s.httpInvite)
	web.Manager(a, web.Op{
		Method: http.MethodDelete, Path: "/api/v1/properties/{property}/invites/{invite}", ID: "take-back-invite",
		Summary: "Take an invitation back", Tag: "team", Status: http.StatusNoContent,
	}, s.httpUninvite)
}

type foundInput struct {
	Body struct {
		Name string `json:"name"`
	}
}

type foundOutput struct {
	Body struct {
		ID   id.Property `json:"id"`
		Name string      `json:"name"`
	}
}

func (s *Service) httpFound(ctx context.Context, who actor.Login, in *foundInput) (*foundOutput, error) {
	p, err := s.Found(ctx, who, in.Body.Name)
	if err != nil {
		return nil, err
	}
	out := &foundOutput{}
	out.Body.ID, out.Body.Name = p.ID, p.Name
	return out, nil
}

// PropertyPath names the property, for the document: the edge has read and checked it before.
type PropertyPath struct {
	Property string `path:"property"`
}

// MemberPath names a colleague in a property.
type MemberPath struct {
	PropertyPath
	Agent string `path:"agent"`
}

type memberView struct {
	ID       id.Agent `json:"id"`
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Picture  string   `json:"picture" doc:"Path on this server; empty: none"`
	Role     string   `json:"role" enum:"owner,admin,agent"`
	Status   string   `json:"status" enum:"online,away,invisible,offline"`
	Disabled bool     `json:"disabled"`
	Since    int64    `json:"since"`
}

func (s *Service) viewMember(m Member, p id.Property) memberView {
	return memberView{
		ID: m.ID, Name: m.Name, Email: m.Email, Picture: m.Picture, Role: string(m.Role),
		Status: string(s.statusOf(m, p)), Disabled: m.Disabled, Since: m.Since.UnixMilli(),
	}
}

type membersOutput struct {
	Body struct {
		Items []memberView `json:"items" nullable:"false"`
	}
}

func (s *Service) httpMembers(ctx context.Context, who actor.Agent, _ *PropertyPath) (*membersOutput, error) {
	list, err := s.ListMembers(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &membersOutput{}
	out.Body.Items = []memberView{}
	for _, m := range list {
		out.Body.Items = append(out.Body.Items, s.viewMember(m, who.Property))
	}
	return out, nil
}

type changeMemberInput struct {
	MemberPath
	Body struct {
		Role     *actor.Role `json:"role,omitempty"`
		Disabled *bool       `json:"disabled,omitempty"`
	}
}

type memberOutput struct {
	Body memberView
}

func (s *Service) httpChangeMember(ctx context.Context, who actor.Agent, in *changeMemberInput) (*memberOutput, error) {
	m, err := s.ChangeMember(ctx, who, id.Agent(in.Agent), MemberChange{Role: in.Body.Role, Disabled: in.Body.Disabled})
	if err != nil {
		return nil, err
	}
	return &memberOutput{Body: s.viewMember(m, who.Property)}, nil
}

func (s *Service) httpRemoveMember(ctx context.Context, who actor.Agent, in *MemberPath) (*nothing, error) {
	return nil, s.RemoveMember(ctx, who, id.Agent(in.Agent))
}

type inviteView struct {
	ID        id.Invite `json:"id"`
	Email     string    `json:"email"`
	Role      string    `json:"role" enum:"owner,admin,agent"`
	InvitedBy id.Agent  `json:"invited_by"`
	CreatedAt int64     `json:"created_at"`
	ExpiresAt int64     `json:"expires_at"`
	Link      string    `json:"link,omitempty" doc:"Only in the answer to the call that made it"`
}

func viewInvite(v Invite, link string) inviteView {
	return inviteView{
		ID: v.ID, Email: v.Email, Role: string(v.Role), InvitedBy: v.InvitedBy,
		CreatedAt: v.CreatedAt.UnixMilli(), ExpiresAt: v.ExpiresAt.UnixMilli(), Link: link,
	}
}

type invitesOutput struct {
	Body struct {
		Items []inviteView `json:"items" nullable:"false"`
	}
}

func (s *Service) httpInvites(ctx context.Context, who actor.Agent, _ *PropertyPath) (*invitesOutput, error) {
	list, err := s.Invites(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &invitesOutput{}
	out.Body.Items = []inviteView{}
	for _, v := range list {
		out.Body.Items = append(out.Body.Items, viewInvite(v, ""))
	}
	return out, nil
}

type inviteInput struct {
	PropertyPath
	Body struct {
		Email string     `json:"email"`
		Role  actor.Role `json:"role"`
	}
}

type inviteOutput struct {
	Body inviteView
}

func (s *Service) httpInvite(ctx context.Context, who actor.Agent, in *inviteInput) (*inviteOutput, error) {
	v, link, err := s.Invite(ctx, who, in.Body.Email, in.Body.Role)
	if err != nil {
		return nil, err
	}
	return &inviteOutput{Body: viewInvite(v, link)}, nil
}

type invitePath struct {
	PropertyPath
	Invite string `path:"invite"`
}

func (s *Service) httpUninvite(ctx context.Context, who actor.Agent, in *invitePath) (*nothing, error) {
	return nil, s.Uninvite(ctx, who, id.Invite(in.Invite))
}

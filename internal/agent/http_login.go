package agent

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/platform/web"
)

func (s *Service) routesLogin(a *web.API) {
	web.Public(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/setup", ID: "check-setup", Summary: "Whether the set-up link is valid", Tag: "login",
	}, s.httpCheckSetup)
	web.Public(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/setup", ID: "setup", Summary: "Make the owner and the first property", Tag: "login",
	}, s.httpSetup)
	web.Public(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/login", ID: "log-in", Summary: "Log in by email and password", Tag: "login",
	}, s.httpLogIn)
	web.Login(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/logout", ID: "log-out", Summary: "End this login", Tag: "login", Status: http.StatusNoContent,
	}, s.httpLogOut)
	web.Login(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/logout-everywhere", ID: "log-out-everywhere",
		Summary: "End all logins, this one too", Tag: "login", Status: http.StatusNoContent,
	}, s.httpLogOutEverywhere)
	web.Public(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/invites/{token}", ID: "get-invite", Summary: "What an invitation is for", Tag: "login",
	}, s.httpGetInvite)
	web.Public(a, web.Op{
		Method: http.MethodPost, Path: "/api/v1/invites/{token}/accept", ID: "accept-invite", Summary: "Join the team", Tag: "login",
	}, s.httpAccept)
}

type checkSetupInput struct {
	Token string `query:"token"`
}

type checkSetupOutput struct {
	Body struct {
		Valid bool `json:"valid"`
	}
}

func (s *Service) httpCheckSetup(ctx context.Context, in *checkSetupInput) (*checkSetupOutput, error) {
	if err := s.CheckSetup(ctx, in.Token); err != nil {
		return nil, err
	}
	out := &checkSetupOutput{}
	out.Body.Valid = true
	return out, nil
}

type setupInput struct {
	Origin
	Body struct {
		Token        string `json:"token"`
		Name         string `json:"name"`
		Email        string `json:"email"`
		Password     string `json:"password"`
		PropertyName string `json:"property_name"`
	}
}

func (s *Service) httpSetup(ctx context.Context, in *setupInput) (*meOutput, error) {
	n := NewAccount{Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password}
	g, err := s.Setup(ctx, in.Body.Token, n, in.Body.PropertyName, s.client(ctx, in.Origin))
	if err != nil {
		return nil, err
	}
	return s.me(ctx, g.Login, g.Token)
}

type logInInput struct {
	Origin
	Body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
}

func (s *Service) httpLogIn(ctx context.Context, in *logInInput) (*meOutput, error) {
	g, err := s.LogIn(ctx, in.Body.Email, in.Body.Password, s.client(ctx, in.Origin))
	if err != nil {
		return nil, err
	}
	return s.me(ctx, g.Login, g.Token)
}

type logOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Service) httpLogOut(ctx context.Context, who actor.Login, _ *nothing) (*logOutOutput, error) {
	return &logOutOutput{SetCookie: s.noCookie()}, s.LogOut(ctx, who, who.Login)
}

func (s *Service) httpLogOutEverywhere(ctx context.Context, who actor.Login, _ *nothing) (*logOutOutput, error) {
	return &logOutOutput{SetCookie: s.noCookie()}, s.LogOutEverywhere(ctx, who)
}

type inviteTokenInput struct {
	Token string `path:"token"`
}

type getInviteOutput struct {
	Body struct {
		PropertyName string `json:"property_name"`
		Email        string `json:"email"`
		Role         string `json:"role" enum:"owner,admin,agent"`
		HasAccount   bool   `json:"has_account" doc:"Accept with that account's password, or logged in as it"`
	}
}

func (s *Service) httpGetInvite(ctx context.Context, in *inviteTokenInput) (*getInviteOutput, error) {
	v, known, err := s.Invited(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	out := &getInviteOutput{}
	out.Body.PropertyName, out.Body.Email, out.Body.Role, out.Body.HasAccount = v.PropertyName, v.Email, string(v.Role), known
	return out, nil
}

type acceptInput struct {
	Origin
	Token string `path:"token"`
	Body  struct {
		Name     string `json:"name,omitempty" doc:"Of a new account"`
		Password string `json:"password,omitempty" doc:"Of the new account, or of the one there is; not needed when logged in as it"`
	}
}

func (s *Service) httpAccept(ctx context.Context, in *acceptInput) (*meOutput, error) {
	n := NewAccount{Name: in.Body.Name, Password: in.Body.Password}
	g, err := s.Accept(ctx, in.Token, s.token(ctx), n, s.client(ctx, in.Origin))
	if err != nil {
		return nil, err
	}
	return s.me(ctx, g.Login, g.Token)
}

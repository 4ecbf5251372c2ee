package agent

import (
	"context"
	"net/http"
	"strings"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

// Routes lists every endpoint of the feature and who may call it.
func (s *Service) Routes(a *web.API) {
	s.routesLogin(a)
	s.routesMe(a)
	s.routesTeam(a)
}

// nothing is the input of calls that take none, and the output of those that answer 204.
type nothing struct{}

// Origin is where a call comes from: the cookie that it may carry, and its browser. It is exported, like the other parts
// of inputs, because huma fills only embedded structs that are.
type Origin struct {
	Cookie    string `cookie:"parley_login"`
	UserAgent string `header:"User-Agent"`
}

func (o Origin) client(ctx context.Context) Client {
	return Client{UserAgent: o.UserAgent, Address: web.Address(ctx)}
}

// cookie carries a login for as long as the server keeps it unused.
func (s *Service) cookie(token string) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure follows the address that people type
		Name: web.Cookie, Value: token, Path: "/", MaxAge: int(LoginFor / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(s.o.BaseURL, "https://"),
	}
}

func (s *Service) noCookie() http.Cookie {
	c := s.cookie("") //nolint:gosec // as above
	c.MaxAge = -1
	return c
}

type meView struct {
	ID         id.Agent    `json:"id"`
	Name       string      `json:"name"`
	Email      string      `json:"email"`
	Picture    string      `json:"picture" doc:"Path on this server; empty: none"`
	Status     string      `json:"status" enum:"online,away,invisible" doc:"As chosen"`
	Theme      string      `json:"theme" enum:"system,light,dark"`
	Language   string      `json:"language" enum:"auto,en,ar"`
	Properties []placeView `json:"properties" nullable:"false"`
}

type placeView struct {
	ID   id.Property `json:"id"`
	Name string      `json:"name"`
	Role string      `json:"role" enum:"owner,admin,agent"`
}

type meOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      meView
}

// me answers with the account and the login's cookie, whose time begins anew.
func (s *Service) me(ctx context.Context, l actor.Login, token string) (*meOutput, error) {
	me, err := s.Me(ctx, l)
	if err != nil {
		return nil, err
	}
	return &meOutput{SetCookie: s.cookie(token), Body: viewMe(me)}, nil
}

func viewMe(me Me) meView {
	v := meView{
		ID: me.ID, Name: me.Name, Email: me.Email, Picture: picturePath(me.Picture),
		Status: string(me.Status), Theme: me.Theme, Language: me.Language, Properties: []placeView{},
	}
	for _, p := range me.Places {
		v.Properties = append(v.Properties, placeView{ID: p.ID, Name: p.Name, Role: string(p.Role)})
	}
	return v
}

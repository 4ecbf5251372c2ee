package agent

import (
	"context"
	"net/http"
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

// Origin is where a call comes from: its browser. It is exported, like the other parts of inputs, because huma fills only
// embedded structs that are.
type Origin struct {
	UserAgent string `header:"User-Agent"`
}

func (s *Service) client(ctx context.Context, o Origin) Client {
	return Client{UserAgent: o.UserAgent, Address: web.Address(ctx), Device: web.CookieIn(ctx, web.DeviceCookie, s.o.BaseURL)}
}

// cookie is one of ours: on https with the prefix, which wants it Secure, for every path and without a domain.
func (s *Service) cookie(name, value string, life time.Duration) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure follows the address that people type
		Name: web.CookieName(name, s.o.BaseURL), Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: web.IsHTTPS(s.o.BaseURL),
	}
}

// token is the login's that ctx's request carries; empty for none.
func (s *Service) token(ctx context.Context) string {
	return web.CookieIn(ctx, web.Cookie, s.o.BaseURL)
}

// loginCookie carries a login for as long as the server keeps it unused.
func (s *Service) loginCookie(token string) http.Cookie { return s.cookie(web.Cookie, token, LoginFor) }

// deviceCookie marks the browser that ctx's request came from as one that the account is used on.
func (s *Service) deviceCookie(ctx context.Context, email string) http.Cookie {
	was := web.CookieIn(ctx, web.DeviceCookie, s.o.BaseURL)
	return s.cookie(web.DeviceCookie, s.o.Keys.device.mark(was, email, s.o.Now()), deviceFor)
}

// AdoptCookie gives a login whose cookie has no prefix, because it was set before there were any, the cookie that it would
// get today. For platform/web.
func (s *Service) AdoptCookie(ctx context.Context, token string) (http.Cookie, bool, error) {
	ok, err := s.Adopt(ctx, token)
	if err != nil || !ok {
		return http.Cookie{}, false, err
	}
	return s.loginCookie(token), true, nil
}

func (s *Service) noCookie() http.Cookie {
	c := s.loginCookie("") //nolint:gosec // as above
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
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      meView
}

// me answers with the account and the cookies of login and device, whose time begins anew.
func (s *Service) me(ctx context.Context, l actor.Login, token string) (*meOutput, error) {
	me, err := s.Me(ctx, l)
	if err != nil {
		return nil, err
	}
	return &meOutput{SetCookie: []http.Cookie{s.loginCookie(token), s.deviceCookie(ctx, me.Email)}, Body: viewMe(me)}, nil
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

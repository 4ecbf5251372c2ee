package agent

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

func (s *Service) routesMe(a *web.API) {
	web.Login(a, web.Op{Method: http.MethodGet, Path: "/api/v1/me", ID: "get-me", Summary: "The own account", Tag: "me"}, s.httpGetMe)
	web.Login(a, web.Op{
		Method: http.MethodPatch, Path: "/api/v1/me", ID: "change-me", Summary: "Change name, theme or language", Tag: "me",
	}, s.httpChangeMe)
	web.Login(a, web.Op{
		Method: http.MethodPut, Path: "/api/v1/me/password", ID: "change-password",
		Summary: "Change the password; ends the other logins", Tag: "me", Status: http.StatusNoContent,
	}, s.httpChangePassword)
	web.Login(a, web.Op{
		Method: http.MethodPut, Path: "/api/v1/me/status", ID: "change-status", Summary: "Be online, away or invisible", Tag: "me",
	}, s.httpChangeStatus)
	web.Login(a, web.Op{
		Method: http.MethodPut, Path: "/api/v1/me/picture", ID: "set-picture",
		Summary: "Upload a profile picture (PNG, JPEG, WebP or GIF)", Tag: "me", MaxBody: MaxPictureBytes,
	}, s.httpSetPicture)
	web.Login(a, web.Op{
		Method: http.MethodDelete, Path: "/api/v1/me/picture", ID: "delete-picture",
		Summary: "Take the profile picture away", Tag: "me", Status: http.StatusNoContent,
	}, s.httpDeletePicture)
	web.Login(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/me/logins", ID: "list-logins", Summary: "Where one is logged in", Tag: "me",
	}, s.httpLogins)
	web.Login(a, web.Op{
		Method: http.MethodDelete, Path: "/api/v1/me/logins/{login}", ID: "end-login",
		Summary: "Log out another browser", Tag: "me", Status: http.StatusNoContent,
	}, s.httpEndLogin)
}

func (s *Service) httpGetMe(ctx context.Context, who actor.Login, _ *nothing) (*meOutput, error) {
	return s.me(ctx, who, s.token(ctx))
}

type accountOutput struct {
	Body meView
}

type changeMeInput struct {
	Body struct {
		Name     *string `json:"name,omitempty"`
		Theme    *string `json:"theme,omitempty"`
		Language *string `json:"language,omitempty"`
	}
}

func (s *Service) httpChangeMe(ctx context.Context, who actor.Login, in *changeMeInput) (*accountOutput, error) {
	me, err := s.ChangeMe(ctx, who, AccountChange{Name: in.Body.Name, Theme: in.Body.Theme, Language: in.Body.Language})
	if err != nil {
		return nil, err
	}
	return &accountOutput{Body: viewMe(me)}, nil
}

type statusInput struct {
	Body struct {
		Status string `json:"status"`
	}
}

type statusOutput struct {
	Body struct {
		Status string `json:"status" enum:"online,away,invisible"`
	}
}

func (s *Service) httpChangeStatus(ctx context.Context, who actor.Login, in *statusInput) (*statusOutput, error) {
	status := wire.Status(in.Body.Status)
	me, err := s.ChangeMe(ctx, who, AccountChange{Status: &status})
	if err != nil {
		return nil, err
	}
	out := &statusOutput{}
	out.Body.Status = string(me.Status)
	return out, nil
}

type changePasswordInput struct {
	Body struct {
		Current string `json:"current"`
		New     string `json:"new"`
	}
}

func (s *Service) httpChangePassword(ctx context.Context, who actor.Login, in *changePasswordInput) (*nothing, error) {
	return nil, s.ChangePassword(ctx, who, in.Body.Current, in.Body.New, web.Address(ctx))
}

type pictureInput struct {
	RawBody []byte `contentType:"application/octet-stream"`
}

type pictureOutput struct {
	Body struct {
		Picture string `json:"picture" doc:"Path on this server"`
	}
}

func (s *Service) httpSetPicture(ctx context.Context, who actor.Login, in *pictureInput) (*pictureOutput, error) {
	if len(in.RawBody) == 0 {
		return nil, ErrPicture
	}
	path, err := s.SetPicture(ctx, who, in.RawBody)
	if err != nil {
		return nil, err
	}
	out := &pictureOutput{}
	out.Body.Picture = path
	return out, nil
}

func (s *Service) httpDeletePicture(ctx context.Context, who actor.Login, _ *nothing) (*nothing, error) {
	_, err := s.SetPicture(ctx, who, nil)
	return nil, err
}

type loginView struct {
	ID        id.Login `json:"id"`
	Browser   string   `json:"browser"`
	Address   string   `json:"address"`
	CreatedAt int64    `json:"created_at"`
	SeenAt    int64    `json:"seen_at" doc:"To the hour"`
	Current   bool     `json:"current" doc:"The one that asks"`
}

type loginsOutput struct {
	Body struct {
		Items []loginView `json:"items" nullable:"false"`
	}
}

func (s *Service) httpLogins(ctx context.Context, who actor.Login, _ *nothing) (*loginsOutput, error) {
	list, err := s.Logins(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &loginsOutput{}
	out.Body.Items = []loginView{}
	for _, l := range list {
		out.Body.Items = append(out.Body.Items, loginView{
			ID: l.ID, Browser: l.Browser, Address: l.Address,
			CreatedAt: l.CreatedAt.UnixMilli(), SeenAt: l.SeenAt.UnixMilli(), Current: l.ID == who.Login,
		})
	}
	return out, nil
}

type endLoginInput struct {
	Login string `path:"login"`
}

func (s *Service) httpEndLogin(ctx context.Context, who actor.Login, in *endLoginInput) (*nothing, error) {
	return nil, s.LogOut(ctx, who, id.Login(in.Login))
}

package visitor

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

type changeVisitorInput struct {
	Property id.Property `path:"property"`
	Visitor  id.Visitor  `path:"visitor"`
	Body     struct {
		Name  *string `json:"name,omitempty" required:"false" doc:"Absent: unchanged; empty: removed."`
		Email *string `json:"email,omitempty" required:"false" doc:"Absent: unchanged; empty: removed."`
	}
}

type visitorOutput struct{ Body wire.RowVisitor }

// Routes lists every endpoint of the feature and who may call it.
func (s *Service) Routes(a *web.API) {
	web.Agent(a, web.Op{
		Method: http.MethodPatch, Path: "/api/v1/properties/{property}/visitors/{visitor}", ID: "update-visitor",
		Summary: "Put a visitor's name or email address right", Tag: "Visitors",
	}, s.httpUpdate)
}

func (s *Service) httpUpdate(ctx context.Context, who actor.Agent, in *changeVisitorInput) (*visitorOutput, error) {
	v, err := s.Update(ctx, who, in.Visitor, in.Body.Name, in.Body.Email)
	if err != nil {
		return nil, err
	}
	row := v.Row()
	masked, err := s.masked(ctx, who.Property)
	if masked {
		row.Address = Mask(row.Address)
	}
	return &visitorOutput{Body: row}, err
}

package ban

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

func (s *Service) routesFiles(a *web.API) {
	web.Manager(a, web.Op{
		Method: http.MethodGet, Path: root + "/export.csv", ID: "export-bans", Summary: "Download the bans in force as CSV: kind, value, reason, ends_at", Tag: tag,
	}, s.httpExport)
	web.Manager(a, web.Op{
		Method: http.MethodPost, Path: root + "/import", ID: "import-bans", Summary: "Make the bans of a CSV file: kind, value, reason, ends_at",
		Tag: tag, MaxBody: maxFile,
	}, s.httpImport)
}

type exportBansInput struct {
	Property id.Property `path:"property"`
}

// httpExport streams. The first part is made before the answer begins, so that an outage is still an error; a later one cuts
// the answer off where it stands.
func (s *Service) httpExport(ctx context.Context, who actor.Agent, _ *exportBansInput) (*huma.StreamResponse, error) {
	if err := s.BeginExport(ctx, who); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "text/csv; charset=utf-8")
		c.SetHeader("Content-Disposition", `attachment; filename="bans.csv"`)
		if err := s.Export(ctx, who, c.BodyWriter()); err != nil {
			s.Log.WarnContext(ctx, "export of bans ended early", "property", who.Property, "err", err)
			panic(http.ErrAbortHandler) // a file that is cut off must not look whole
		}
	}}, nil
}

type importBansInput struct {
	Property id.Property `path:"property"`
	RawBody  []byte      `contentType:"text/csv" doc:"Columns kind, value, reason, ends_at (a time, or never); at most 10,000 lines and 5 MB."`
}

type importedBansOutput struct {
	Body struct {
		Made    int               `json:"made" example:"118"`
		Skipped int               `json:"skipped" doc:"How many of the refused lines are on the list already." example:"1"`
		Refused []refusedLineView `json:"refused" nullable:"false"`
	}
}

// refusedLineView is a line that became no ban.
type refusedLineView struct {
	Line    int    `json:"line" doc:"In the file, from 1." example:"7"`
	Text    string `json:"text" example:"address, 203.0.113.999, Spam, never"`
	Code    string `json:"code" example:"ban.network"`
	Message string `json:"message"`
}

func (s *Service) httpImport(ctx context.Context, who actor.Agent, in *importBansInput) (*importedBansOutput, error) {
	report, err := s.Import(ctx, who, in.RawBody, web.Address(ctx))
	if err != nil {
		return nil, err
	}
	out := &importedBansOutput{}
	out.Body.Made, out.Body.Skipped, out.Body.Refused = report.Made, report.Skipped, make([]refusedLineView, len(report.Refused))
	for i, l := range report.Refused {
		out.Body.Refused[i] = refusedLineView{Line: l.N, Text: l.Text}
		if e := errs.Find(l.Err); e != nil {
			out.Body.Refused[i].Code, out.Body.Refused[i].Message = e.Code, e.Message
		}
	}
	return out, nil
}

type allowedNetworksInput struct {
	Property id.Property `path:"property"`
}

type allowedNetworksOutput struct {
	Body struct {
		Items []allowedNetworkView `json:"items" nullable:"false"`
	}
}

func (s *Service) httpAllowList(ctx context.Context, who actor.Agent, _ *allowedNetworksInput) (*allowedNetworksOutput, error) {
	all, err := s.AllowList(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &allowedNetworksOutput{}
	out.Body.Items = make([]allowedNetworkView, len(all))
	for i, a := range all {
		if out.Body.Items[i], err = s.viewAllowed(ctx, a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type allowNetworkInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Network string `json:"network" maxLength:"100" doc:"An address or a range." example:"198.51.100.0/24"`
		Note    string `json:"note,omitempty" required:"false" example:"Our office"`
	}
}

type allowedNetworkOutput struct{ Body allowedNetworkView }

func (s *Service) httpAllow(ctx context.Context, who actor.Agent, in *allowNetworkInput) (*allowedNetworkOutput, error) {
	a, err := s.Allow(ctx, who, in.Body.Network, in.Body.Note)
	if err != nil {
		return nil, err
	}
	v, err := s.viewAllowed(ctx, a)
	if err != nil {
		return nil, err
	}
	return &allowedNetworkOutput{Body: v}, nil
}

type disallowNetworkInput struct {
	Property id.Property `path:"property"`
	Network  id.Network  `path:"network"`
}

type nothing struct{}

func (s *Service) httpDisallow(ctx context.Context, who actor.Agent, in *disallowNetworkInput) (*nothing, error) {
	return nil, s.Disallow(ctx, who, in.Network)
}

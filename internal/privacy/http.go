package privacy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

const (
	root = "/api/v1/properties/{property}"
	tag  = "Privacy"
)

// Routes lists every endpoint of the feature and who may call it.
func (s *Service) Routes(a *web.API) {
	web.Manager(a, web.Op{
		Method: http.MethodGet, Path: root + "/visitors/{visitor}/export", ID: "export-visitor",
		Summary: "Download everything that is held of a visitor, as one JSON document", Tag: tag,
	}, s.httpExport)
	web.Manager(a, web.Op{
		Method: http.MethodPost, Path: root + "/visitors/{visitor}/erase", ID: "erase-visitor",
		Summary: "Delete everything that is held of a visitor, for good; again: the first receipt", Tag: tag,
	}, s.httpErase)
	web.Manager(a, web.Op{Method: http.MethodGet, Path: root + "/erasures", ID: "list-erasures", Summary: "Receipts of erased visitors, newest first", Tag: tag}, s.httpReceipts)
	web.Manager(a, web.Op{Method: http.MethodGet, Path: root + "/erasures/{erasure}", ID: "get-erasure", Summary: "Download a receipt", Tag: tag}, s.httpReceipt)
}

type visitorInput struct {
	Property id.Property `path:"property"`
	Visitor  id.Visitor  `path:"visitor"`
}

type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Service) httpExport(ctx context.Context, who actor.Agent, in *visitorInput) (*fileOutput, error) {
	d, err := s.Export(ctx, who, in.Visitor)
	if err != nil {
		return nil, err
	}
	name := "visitor.json"
	if n := d.number(); n > 0 {
		name = fmt.Sprintf("visitor-%d.json", n)
	}
	body, err := json.MarshalIndent(d, "", "  ") // people read it
	if err != nil {
		return nil, err
	}
	return &fileOutput{ContentType: "application/json", Disposition: attachment(name), Body: body}, nil
}

func attachment(name string) string { return `attachment; filename="` + name + `"` }

// erasureView is a receipt as the API shows it.
type erasureView struct {
	ID          id.Erasure  `json:"id"`
	At          int64       `json:"at" doc:"Unix milliseconds." example:"1795910400000"`
	By          wire.Person `json:"by"`
	VisitorHash string      `json:"visitor_hash" doc:"SHA-256, in hex, of the visitor's id. The id itself is not kept."`
	Counts      countsView  `json:"counts"`
}

type countsView struct {
	Visitor  int64 `json:"visitor" doc:"0: nothing was stored of one who only browsed."`
	Sessions int64 `json:"sessions"`
	Chats    int64 `json:"chats"`
	Messages int64 `json:"messages"`
	Openers  int64 `json:"openers" doc:"An agent's first words."`
	Tickets  int64 `json:"tickets"`
	Bans     int64 `json:"bans" doc:"They hold as before; what they said of the visitor was deleted."`
	Votes    int64 `json:"votes" doc:"On articles of the help centre."`
}

type erasureOutput struct{ Body erasureView }

func (s *Service) httpErase(ctx context.Context, who actor.Agent, in *visitorInput) (*erasureOutput, error) {
	r, err := s.Erase(ctx, who, in.Visitor)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, r)
	return &erasureOutput{Body: v}, err
}

func (s *Service) view(ctx context.Context, r Receipt) (erasureView, error) {
	by, err := s.People.Person(ctx, r.By)
	return erasureView{ID: r.ID, At: r.At.UnixMilli(), By: by, VisitorHash: r.VisitorHash, Counts: countsView(r.Counts)}, err
}

type listErasuresInput struct {
	Property id.Property `path:"property"`
	Cursor   string      `query:"cursor"`
	Limit    int         `query:"limit"`
}

type erasuresOutput struct {
	Body struct {
		Items []erasureView `json:"items" nullable:"false"`
		Next  string        `json:"next,omitempty"`
	}
}

func (s *Service) httpReceipts(ctx context.Context, who actor.Agent, in *listErasuresInput) (*erasuresOutput, error) {
	from, err := page.Parse(in.Cursor)
	if err != nil {
		return nil, err
	}
	items, next, err := s.Receipts(ctx, who, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &erasuresOutput{}
	out.Body.Items, out.Body.Next = make([]erasureView, len(items)), next.String()
	for i, r := range items {
		if out.Body.Items[i], err = s.view(ctx, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type getErasureInput struct {
	Property id.Property `path:"property"`
	Erasure  id.Erasure  `path:"erasure"`
}

type receiptOutput struct {
	Disposition string `header:"Content-Disposition"`
	Body        erasureView
}

func (s *Service) httpReceipt(ctx context.Context, who actor.Agent, in *getErasureInput) (*receiptOutput, error) {
	r, err := s.Receipt(ctx, who, in.Erasure)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, r)
	return &receiptOutput{Disposition: attachment("erasure-" + r.At.Format("2006-01-02") + ".json"), Body: v}, err
}

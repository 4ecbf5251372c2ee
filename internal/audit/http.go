package audit

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/web"
)

// Routes lists every endpoint of the feature and who may call it. There is none that writes.
func (s *Service) Routes(a *web.API) {
	web.Manager(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/properties/{property}/audit", ID: "list-audit",
		Summary: "The audit log, newest first", Tag: "Audit log",
	}, s.httpList)
}

type listInput struct {
	Property id.Property `path:"property"`
	Agent    id.Agent    `query:"agent" doc:"Only what this agent did."`
	Action   string      `query:"action" doc:"One action (ban.made), or all about a thing (ban)." example:"ban"`
	From     int64       `query:"from" minimum:"0" doc:"Not before; unix milliseconds."`
	To       int64       `query:"to" minimum:"0" doc:"Before; unix milliseconds. 0: up to now."`
	Cursor   string      `query:"cursor"`
	Limit    int         `query:"limit"`
}

type listOutput struct {
	Body struct {
		Items []entryView `json:"items" nullable:"false"`
		Next  string      `json:"next,omitempty"`
	}
}

// entryView is an entry as the API shows it.
type entryView struct {
	N       int64          `json:"n" doc:"Its place in the property's log: 1, 2 …" example:"42"`
	At      int64          `json:"at" doc:"Unix milliseconds."`
	Agent   *agentView     `json:"agent,omitempty" doc:"Who did it; absent: nobody who was logged in (the command line, a stranger)."`
	Address string         `json:"address" doc:"From where; empty: not by a request." example:"192.0.2.7"`
	Action  Action         `json:"action" example:"member.removed"`
	Target  string         `json:"target" doc:"Id of what it was done to; empty: nothing in particular."`
	Detail  map[string]any `json:"detail" nullable:"false" doc:"What else there is to say; different for each action."`
}

type agentView struct {
	ID   id.Agent `json:"id"`
	Name string   `json:"name" doc:"As it is now."`
}

func (s *Service) httpList(ctx context.Context, who actor.Agent, in *listInput) (*listOutput, error) {
	from, err := page.Parse(in.Cursor)
	if err != nil {
		return nil, err
	}
	f := Filter{Agent: in.Agent, From: moment(in.From), To: moment(in.To)}
	if f.Actions, err = ActionsOf(in.Action); err != nil {
		return nil, err
	}
	items, next, err := s.List(ctx, who, f, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items, out.Body.Next = make([]entryView, len(items)), next.String()
	for i, e := range items {
		out.Body.Items[i] = viewOf(e)
	}
	return out, nil
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func viewOf(e Logged) entryView {
	v := entryView{N: e.N, At: e.At.UnixMilli(), Address: e.Address, Action: e.Action, Target: e.Target}
	if e.Agent != "" {
		v.Agent = &agentView{ID: e.Agent, Name: e.Name}
	}
	if json.Unmarshal([]byte(e.Detail), &v.Detail) != nil || v.Detail == nil { // somebody altered it: the rest is shown all the same
		v.Detail = map[string]any{}
	}
	return v
}

package ticket

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
)

const root = "/api/v1/properties/{property}/tickets"

// ticketView is a ticket as the API shows it.
type ticketView struct {
	ID        id.Ticket  `json:"id"`
	Number    int64      `json:"number"`
	Visitor   id.Visitor `json:"visitor"`
	Name      string     `json:"name"`
	Email     string     `json:"email"`
	Country   string     `json:"country,omitempty" doc:"Where the visitor is: ISO 3166, two letters."`
	Text      string     `json:"text"`
	State     State      `json:"state" enum:"open,closed"`
	Agent     id.Agent   `json:"agent,omitempty" doc:"Who has it; absent: nobody yet."`
	Page      *wire.Page `json:"page,omitempty"`
	Article   *wire.Card `json:"article,omitempty" doc:"The article of the help centre that the visitor came from, as it was then."`
	CreatedAt int64      `json:"created_at"`
	ClosedAt  int64      `json:"closed_at,omitempty"`
	Chat      id.Chat    `json:"chat,omitempty" doc:"The missed chat that it came from."`
}

type listTicketsInput struct {
	Property id.Property `path:"property"`
	State    State       `query:"state" enum:"open,closed" doc:"Absent: all."`
	Agent    id.Agent    `query:"agent"`
	Cursor   string      `query:"cursor"`
	Limit    int         `query:"limit"`
}

type ticketsOutput struct {
	Body struct {
		Items []ticketView `json:"items"`
		Next  string       `json:"next,omitempty"`
	}
}

type getTicketInput struct {
	Property id.Property `path:"property"`
	Ticket   id.Ticket   `path:"ticket"`
}

type changeTicketInput struct {
	Property id.Property `path:"property"`
	Ticket   id.Ticket   `path:"ticket"`
	Body     struct {
		State *State    `json:"state,omitempty" required:"false" enum:"open,closed"`
		Agent *id.Agent `json:"agent,omitempty" required:"false" doc:"Empty: nobody has it."`
	}
}

type ticketOutput struct{ Body ticketView }

// Routes lists every endpoint of the feature and who may call it.
func (s *Service) Routes(a *web.API) {
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root, ID: "list-tickets", Summary: "List tickets, newest first", Tag: "Tickets"}, s.httpList)
	web.Agent(a, web.Op{Method: http.MethodGet, Path: root + "/{ticket}", ID: "get-ticket", Summary: "Read a ticket", Tag: "Tickets"}, s.httpGet)
	web.Agent(a, web.Op{Method: http.MethodPatch, Path: root + "/{ticket}", ID: "change-ticket", Summary: "Open or close a ticket, or take it", Tag: "Tickets"}, s.httpChange)
}

func (s *Service) httpList(ctx context.Context, who actor.Agent, in *listTicketsInput) (*ticketsOutput, error) {
	from, err := page.Parse(in.Cursor)
	if err != nil {
		return nil, err
	}
	items, next, err := s.List(ctx, who, Filter{State: in.State, Agent: in.Agent}, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &ticketsOutput{}
	out.Body.Items, out.Body.Next = make([]ticketView, len(items)), next.String()
	for i, t := range items {
		out.Body.Items[i] = viewOf(t)
	}
	return out, nil
}

func (s *Service) httpGet(ctx context.Context, who actor.Agent, in *getTicketInput) (*ticketOutput, error) {
	t, err := s.Get(ctx, who, in.Ticket)
	if err != nil {
		return nil, err
	}
	return &ticketOutput{Body: viewOf(t)}, nil
}

func (s *Service) httpChange(ctx context.Context, who actor.Agent, in *changeTicketInput) (*ticketOutput, error) {
	t, err := s.Change(ctx, who, in.Ticket, Patch{State: in.Body.State, Agent: in.Body.Agent})
	if err != nil {
		return nil, err
	}
	return &ticketOutput{Body: viewOf(t)}, nil
}

func viewOf(t Ticket) ticketView {
	v := ticketView{
		ID: t.ID, Number: t.Number, Visitor: t.Visitor, Name: t.Name, Email: t.Email, Country: t.Country, Text: t.Text, State: t.State, Agent: t.Agent,
		Article: t.Article.Shown(), CreatedAt: t.CreatedAt.UnixMilli(), Chat: t.Chat,
	}
	if t.Page.URL != "" {
		v.Page = &wire.Page{URL: t.Page.URL, Title: t.Page.Title}
	}
	if !t.ClosedAt.IsZero() {
		v.ClosedAt = t.ClosedAt.UnixMilli()
	}
	return v
}

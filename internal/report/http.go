package report

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

// Routes lists every endpoint of the feature and who may call it.
func (s *Service) Routes(a *web.API) {
	web.Agent(a, web.Op{
		Method: http.MethodGet, Path: "/api/v1/properties/{property}/home", ID: "get-home",
		Summary: "The figures of the home screen: visits, chats and ratings of today or the last days", Tag: "Reports",
	}, s.httpHome)
}

type homeInput struct {
	Property id.Property `path:"property"`
	Days     int         `query:"days" default:"1" doc:"1, 7 or 30: up to the end of today. One day is told by the hour, more by the day."`
	TimeZone string      `query:"time_zone" maxLength:"64" doc:"Where days begin (IANA); UTC if there is none." example:"Europe/Prague"`
}

// binView is an hour or a day.
type binView struct {
	At     int64   `json:"at" doc:"Its beginning, unix milliseconds." example:"1795910400000"`
	Visits int64   `json:"visits"`
	Pages  int64   `json:"pages" doc:"Page views."`
	Most   int64   `json:"most" doc:"Visitors on the site at once."`
	Chats  int64   `json:"chats" doc:"That began then: served, missed, or still waiting."`
	Served int64   `json:"served"`
	Missed int64   `json:"missed"`
	Usual  float64 `json:"usual" doc:"Served and missed chats at this time of the week: the mean of usual_weeks weeks before."`
}

type totalView struct {
	Visits int64 `json:"visits"`
	Pages  int64 `json:"pages"`
	Most   int64 `json:"most"`
	Chats  int64 `json:"chats"`
	Served int64 `json:"served"`
	Missed int64 `json:"missed"`
}

type commentView struct {
	Chat    id.Chat `json:"chat"`
	At      int64   `json:"at" doc:"The session ended then, unix milliseconds." example:"1795910400000"`
	Good    bool    `json:"good"`
	Text    string  `json:"text"`
	Visitor string  `json:"visitor" doc:"The name that was given, or empty."`
	Number  int64   `json:"number" doc:"The visitor's."`
	Agent   string  `json:"agent" doc:"Who served the chat last; empty: nobody."`
}

type ratingsView struct {
	Good     int64         `json:"good"`
	Bad      int64         `json:"bad"`
	Comments []commentView `json:"comments" nullable:"false" doc:"The newest three."`
}

type homeView struct {
	From          int64       `json:"from" doc:"Unix milliseconds." example:"1795910400000"`
	To            int64       `json:"to" doc:"Unix milliseconds: the end of today." example:"1795910400000"`
	Never         bool        `json:"never" doc:"The property has never had a chat."`
	Bins          []binView   `json:"bins" nullable:"false"`
	Total         totalView   `json:"total"`
	UsualWeeks    int         `json:"usual_weeks" doc:"0: nothing is known of what is usual." minimum:"0" maximum:"4"`
	FirstAnswerMS *int64      `json:"first_answer_ms,omitempty" doc:"The median time until an agent came into a chat that a visitor began; absent: nobody was answered."`
	UsualAnswerMS *int64      `json:"usual_answer_ms,omitempty" doc:"The same of the 28 days before."`
	Ratings       ratingsView `json:"ratings"`
}

type homeOutput struct{ Body homeView }

func (s *Service) httpHome(ctx context.Context, who actor.Agent, in *homeInput) (*homeOutput, error) {
	h, err := s.Home(ctx, who, in.Days, in.TimeZone)
	if err != nil {
		return nil, err
	}
	return &homeOutput{Body: h.view()}, nil
}

func (h Home) view() homeView {
	v := homeView{
		From: h.From.UnixMilli(), To: h.To.UnixMilli(), Never: h.Began.IsZero(), Bins: make([]binView, len(h.Bins)), UsualWeeks: h.UsualWeeks,
		Total: totalView{
			Visits: h.Total.Visits, Pages: h.Total.Pages, Most: h.Total.Most, Chats: h.Total.Chats, Served: h.Total.Served, Missed: h.Total.Missed,
		},
		Ratings: ratingsView{Good: h.Ratings.Good, Bad: h.Ratings.Bad, Comments: make([]commentView, len(h.Ratings.Comments))},
	}
	for i, b := range h.Bins {
		v.Bins[i] = binView{
			At: b.At.UnixMilli(), Visits: b.Visits, Pages: b.Pages, Most: b.Most, Chats: b.Chats, Served: b.Served, Missed: b.Missed, Usual: b.Usual,
		}
	}
	for i, c := range h.Ratings.Comments {
		v.Ratings.Comments[i] = commentView(c)
	}
	if h.Answered {
		ms := h.Answer.Milliseconds()
		v.FirstAnswerMS = &ms
	}
	if h.UsuallyDid {
		ms := h.UsualAnswer.Milliseconds()
		v.UsualAnswerMS = &ms
	}
	return v
}

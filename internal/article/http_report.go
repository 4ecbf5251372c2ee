package article

import (
	"context"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
)

type reportInput struct {
	Property id.Property `path:"property"`
	Days     int         `query:"days" doc:"Up to and with today, UTC: 1 to 366; absent: 30."`
}

type reportCountsView struct {
	Views    int64 `json:"views"`
	Yes      int64 `json:"yes"`
	No       int64 `json:"no"`
	Chats    int64 `json:"chats" doc:"Begun from an article."`
	Searches int64 `json:"searches"`
	Nothing  int64 `json:"nothing" doc:"Searches without a result."`
}

type reportDayView struct {
	ReportCounts
	At int64 `json:"at" doc:"When the day begins, UTC; unix milliseconds."`
}

// ReportCounts is for embedding: huma reads only what is exported.
type ReportCounts = reportCountsView

type reportArticleView struct {
	ID       id.Article  `json:"id"`
	Title    string      `json:"title"`
	Category id.Category `json:"category"`
	Views    int64       `json:"views"`
	Yes      int64       `json:"yes"`
	No       int64       `json:"no"`
	Chats    int64       `json:"chats"`
}

type reportSearchView struct {
	Words    string `json:"words"`
	Language string `json:"language"`
	Searches int64  `json:"searches"`
	LastAt   int64  `json:"last_at" doc:"The day of the last one, UTC."`
}

type reportOutput struct {
	Body struct {
		Total    reportCountsView    `json:"total"`
		Before   reportCountsView    `json:"before" doc:"As many days before."`
		Days     []reportDayView     `json:"days" nullable:"false"`
		Articles []reportArticleView `json:"articles" nullable:"false" doc:"The most read first, at most 100."`
		Nothing  []reportSearchView  `json:"nothing" nullable:"false" doc:"Searches without a result, the most frequent first, at most 100."`
	}
}

func (s *Service) httpReport(ctx context.Context, who actor.Agent, in *reportInput) (*reportOutput, error) {
	r, err := s.Report(ctx, who, in.Days)
	if err != nil {
		return nil, err
	}
	out := &reportOutput{}
	out.Body.Total, out.Body.Before = reportCountsView(r.Total), reportCountsView(r.Before)
	out.Body.Days = make([]reportDayView, len(r.Days))
	for i, d := range r.Days {
		out.Body.Days[i] = reportDayView{ReportCounts: reportCountsView(d.Counts), At: d.At.UnixMilli()}
	}
	out.Body.Articles = make([]reportArticleView, len(r.Articles))
	for i, a := range r.Articles {
		out.Body.Articles[i] = reportArticleView(a)
	}
	out.Body.Nothing = make([]reportSearchView, len(r.Nothing))
	for i, n := range r.Nothing {
		out.Body.Nothing[i] = reportSearchView{Words: n.Words, Language: n.Language, Searches: n.Searches, LastAt: n.LastAt.UnixMilli()}
	}
	return out, nil
}

type missingInput struct {
	Property id.Property `path:"property"`
	Article  id.Article  `query:"article" doc:"Absent: of all."`
	Cursor   string      `query:"cursor"`
	Limit    int         `query:"limit"`
}

type missingView struct {
	Article  id.Article `json:"article"`
	Title    string     `json:"title"`
	Language string     `json:"language" doc:"In which it was read."`
	Text     string     `json:"text"`
	At       int64      `json:"at"`
}

type missingOutput struct {
	Body struct {
		Items []missingView `json:"items" nullable:"false"`
		Next  string        `json:"next,omitempty"`
	}
}

func (s *Service) httpMissing(ctx context.Context, who actor.Agent, in *missingInput) (*missingOutput, error) {
	from, err := page.Parse(in.Cursor)
	if err != nil {
		return nil, err
	}
	items, next, err := s.Missing(ctx, who, in.Article, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &missingOutput{}
	out.Body.Items, out.Body.Next = make([]missingView, len(items)), next.String()
	for i, m := range items {
		out.Body.Items[i] = missingView{Article: m.Article, Title: m.Title, Language: m.Language, Text: m.Text, At: m.At.UnixMilli()}
	}
	return out, nil
}

package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"parley/internal/kernel/errs"
)

const problemType = "application/problem+json"

// statuses is the one place where a kind of failure becomes an HTTP status.
var statuses = map[errs.Kind]int{
	errs.Invalid: http.StatusUnprocessableEntity, errs.Unauthorized: http.StatusUnauthorized, errs.Forbidden: http.StatusForbidden,
	errs.NotFound: http.StatusNotFound, errs.Conflict: http.StatusConflict, errs.TooLarge: http.StatusRequestEntityTooLarge,
	errs.TooMany: http.StatusTooManyRequests, errs.Unavailable: http.StatusServiceUnavailable, errs.Internal: http.StatusInternalServerError,
}

// exceptions are the edge's own refusals that HTTP has a status for.
var exceptions = map[string]int{ErrAddress.Code: http.StatusBadRequest, ErrMethod.Code: http.StatusMethodNotAllowed}

// Problem is the body of every error: RFC 9457 plus a stable code.
type Problem struct { //nolint:errname // RFC 9457 calls it so
	Title        string `json:"title" doc:"The status in words"`
	Status       int    `json:"status"`
	Code         string `json:"code" doc:"Stable; clients translate it"`
	Detail       string `json:"detail" doc:"English, safe to show"`
	Field        string `json:"field,omitempty" doc:"The input at fault"`
	RetryAfterMS int64  `json:"retry_after_ms,omitempty" doc:"The same request may be sent again then"`
	RequestID    string `json:"request_id,omitempty"`
}

// Error implements error; with GetStatus it lets huma send the problem as it is.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma how a problem is labelled.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders adds Retry-After, which is in whole seconds.
func (p *Problem) GetHeaders() http.Header {
	if p.RetryAfterMS <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.FormatInt((p.RetryAfterMS+999)/1000, 10)}}
}

// problem translates err, and logs it here and only here when nobody expected it.
func (a *API) problem(ctx context.Context, err error) *Problem {
	if done, ok := errors.AsType[*Problem](err); ok {
		return done
	}
	e := errs.Find(err)
	if e == nil {
		e = errInternal
	}
	a.report(ctx, e, err)
	status := statuses[e.Kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if special, ok := exceptions[e.Code]; ok {
		status = special
	}
	return &Problem{
		Title: http.StatusText(status), Status: status, Code: e.Code, Detail: e.Message, Field: e.Field,
		RetryAfterMS: int64(e.RetryAfter / time.Millisecond), RequestID: RequestID(ctx),
	}
}

func (a *API) report(ctx context.Context, e *errs.Error, err error) {
	level, words := slog.LevelError, "request failed"
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled): // the client went away: nobody must act
		level, words = slog.LevelDebug, "request abandoned"
	case e.Kind == errs.Unavailable:
		level, words = slog.LevelWarn, "request refused"
	case e.Kind != errs.Internal:
		return
	}
	var info request
	if r := requestOf(ctx); r != nil {
		info = *r
	}
	a.o.Log.LogAttrs(ctx, level, words, slog.String("request_id", info.id), slog.String("operation", info.operation), //nolint:sloglint // one of the three above
		slog.String("path", info.path), slog.Any("err", err))
}

// Explain translates err for a handler that answers in a form of its own, and logs it where nobody expected it. The handler must not log it again.
func (a *API) Explain(ctx context.Context, err error) *Problem { return a.problem(ctx, err) }

// Fail answers err as a problem; for handlers that are not operations (files, sockets).
func (a *API) Fail(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client went away
}

// transform turns huma's own errors (validation, malformed bodies) into ours.
func (a *API) transform(c huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{
		Title: http.StatusText(m.Status), Status: m.Status, Code: ErrInvalid.Code, Detail: ErrInvalid.Message,
		RequestID: RequestID(c.Context()),
	}
	switch {
	case m.Status == http.StatusRequestEntityTooLarge:
		p.Code, p.Detail = ErrTooLarge.Code, ErrTooLarge.Message
	case len(m.Errors) > 0:
		p.Field, p.Detail = fieldOf(m.Errors[0].Location), sentence(m.Errors[0].Message)
	default:
		p.Detail = sentence(m.Detail)
	}
	return p, nil
}

// fieldOf turns "body.items[0].name" into "items[0].name".
func fieldOf(location string) string {
	for _, in := range []string{"body.", "path.", "query.", "header.", "cookie."} {
		if rest, ok := strings.CutPrefix(location, in); ok {
			return rest
		}
	}
	return ""
}

func sentence(s string) string {
	if s == "" {
		return ErrInvalid.Message
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

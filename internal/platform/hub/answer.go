package hub

import (
	"encoding/json"
	"net/http"
	"strconv"

	"parley/internal/kernel/errs"
)

var statusOf = map[errs.Kind]int{
	errs.Invalid: http.StatusUnprocessableEntity, errs.Unauthorized: http.StatusUnauthorized, errs.Forbidden: http.StatusForbidden,
	errs.NotFound: http.StatusNotFound, errs.Conflict: http.StatusConflict, errs.TooLarge: http.StatusRequestEntityTooLarge,
	errs.TooMany: http.StatusTooManyRequests, errs.Unavailable: http.StatusServiceUnavailable,
}

// problem is the answer of RFC 9457, as platform/web gives it.
type problem struct {
	Title        string `json:"title"`
	Status       int    `json:"status"`
	Detail       string `json:"detail"`
	Code         string `json:"code"`
	Field        string `json:"field,omitempty"`
	RetryAfterMS int64  `json:"retry_after_ms,omitempty"`
}

// refuse answers instead of opening. status 0: as the error's kind says.
func (h *Hub) refuse(w http.ResponseWriter, r *http.Request, err error, status int) {
	e := errs.Find(err)
	if e == nil {
		if r.Context().Err() == nil { // else the client went away meanwhile: nobody must act
			h.o.Log.ErrorContext(r.Context(), "connection refused by an unexpected error", "error", err)
		}
		e = errs.New(errs.Internal, "internal", "Something went wrong on our side.")
	}
	if status == 0 {
		status = statusOf[e.Kind]
	}
	if status == 0 {
		status = http.StatusInternalServerError
	}
	head := w.Header()
	head.Set("Content-Type", "application/problem+json")
	head.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		head.Set("Retry-After", strconv.FormatInt(int64(e.RetryAfter.Seconds()+0.999), 10))
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{ // the client may be gone
		Title: http.StatusText(status), Status: status, Detail: e.Message, Code: e.Code, Field: e.Field, RetryAfterMS: e.RetryAfter.Milliseconds(),
	})
}

// preflight answers what a browser asks before a request that is not simple. It grants no cookies, and the handler's Open still
// decides about the request itself. False: this is no preflight.
func preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions {
		return false
	}
	allow(w, r)
	head := w.Header()
	head.Set("Access-Control-Allow-Methods", "POST")
	head.Set("Access-Control-Allow-Headers", "Content-Type")
	head.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// allow lets the page of this origin read the answer.
func allow(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
	}
}

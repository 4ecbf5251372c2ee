package web

import (
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

func (a *API) config() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Parley", Version: a.o.Version,
				Description: "Live chat that you host yourself. Errors are RFC 9457 problems with a stable `code`.",
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"login": {Type: "apiKey", In: "cookie", Name: Cookie, Description: "An agent's login, set by POST /api/v1/login. On https the name begins with __Host-."},
				},
			},
		},
		Formats:       huma.DefaultFormats,
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{a.transform},
	}
}

// bodyTime is how long a body may take: five seconds, and more for an upload over a slow line (100 kB/s).
func bodyTime(most int64) time.Duration {
	return 5*time.Second + time.Duration(most/(100<<10))*time.Second
}

// describe makes huma's operation of ours: access check, limits, security and the errors that any such call may answer.
func (a *API) describe(op Op, access Access) huma.Operation {
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		DefaultStatus: op.Status, MaxBodyBytes: op.MaxBody, BodyReadTimeout: bodyTime(op.MaxBody),
		Metadata:    map[string]any{"access": access},
		Middlewares: huma.Middlewares{a.guard(access)},
		Extensions:  map[string]any{"x-access": string(access)},
		Responses:   map[string]*huma.Response{},
	}
	if op.Tag != "" {
		h.Tags = []string{op.Tag}
	}
	statuses := []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if access != AccessPublic {
		h.Security = []map[string][]string{{"login": {}}}
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if access == AccessManager {
		statuses = append(statuses, http.StatusForbidden)
	}
	if access == AccessAgent || access == AccessManager {
		statuses = append(statuses, http.StatusNotFound, http.StatusConflict)
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range statuses {
		h.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return h
}

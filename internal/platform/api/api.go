package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Base is where all operations are.
const Base = "/api/v1"

// API is everything that operations share. Fill the fields, register the operations, then mount it.
type API struct {
	Title     string
	Version   string
	BaseURL   string // "https://portal.example.test"
	Catalogue *lang.Catalogue
	Keys      *crypt.Keys // of cursors
	Store     *store.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Rates     Rates // the zero value stands for Usual

	// Resolve makes the caller of a call with one statement. SignIn where the token opens nothing (any more); NotFound, with the caller as
	// far as known, for a customer that it may not know of.
	Resolve func(ctx context.Context, q Asked) (Caller, error)
	// Shaped tells whether a text has the shape of a token: such a thing in an address is refused.
	Shaped func(text string) bool
	// Scope is the scope that a right needs, '' if no token has it.
	Scope func(right who.Action) string
	// Scopes are all scopes in reading order, with what they open in one sentence: for the reference.
	Scopes []Scope
	// Refusal tells who can give a right that is missing; nil: nobody is named.
	Refusal func(ctx context.Context, a who.Actor, right string) (web.Asking, error)
	// Answered runs after the answer to a call that was let in: last use, access events.
	Answered func(ctx context.Context, c Caller)

	Operations []Operation // what was registered, for tests and the reference

	once    sync.Once
	names   names
	huma    huma.API
	mux     *http.ServeMux
	buckets buckets
	text    sync.Once
	spec    []byte
}

// Scope is one of the scopes that a token may have.
type Scope struct{ Name, Opens string }

// Asked is what a call says about itself.
type Asked struct {
	Token    string // as it came
	Customer int64  // after /for/; 0 = none
	Address  string // network address
}

// Caller is who calls.
type Caller struct {
	Actor  who.Actor  // rights are those of roles and scopes both
	Token  string     // id of the token
	Owner  string     // id of the organisation that owns it
	Scopes []string   // of the token
	Held   who.Rights // of the roles alone, to tell a missing scope from a missing right
	UsedAt time.Time  // last use, about; zero = never
}

// Operation is one of the API's.
type Operation struct {
	Op
	Right who.Action
	Scope string
	Path  string // with Base: "/api/v1/for/{customer}/requests"
	For   bool   // it is the address for a customer
}

// prepare makes the router when the first operation is registered.
func (s *API) prepare() {
	s.once.Do(func() {
		asks.Do(func() {
			huma.DefaultArrayNullable = false
			huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { // only where this package has let something through
				return &Problem{Status: status, Title: http.StatusText(status)}
			}
		})
		if s.Rates == (Rates{}) {
			s.Rates = Usual
		}
		s.mux, s.names = http.NewServeMux(), names{byType: map[reflect.Type]string{}, taken: map[string]bool{}}
		format := huma.Format{Marshal: func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }, Unmarshal: func(b []byte, v any) error { return decode(b, v) }}
		s.huma = humago.New(s.mux, huma.Config{
			OpenAPI: &huma.OpenAPI{
				OpenAPI: "3.1.0",
				Info:    &huma.Info{Title: s.Title, Version: s.Version, Description: about},
				Servers: []*huma.Server{{URL: s.BaseURL}},
				Components: &huma.Components{
					Schemas: huma.NewMapRegistry("#/components/schemas/", s.names.name),
					SecuritySchemes: map[string]*huma.SecurityScheme{security: {Type: "http", Scheme: "bearer", BearerFormat: "lodge_…",
						Description: "A token of the organisation, made under Settings, API tokens."}},
				},
			},
			Formats:       map[string]huma.Format{"application/json": format, "json": format},
			DefaultFormat: "application/json",
		})
	})
}

// asks guards huma's process-wide settings.
var asks sync.Once

// security is the name of the one way to sign in.
const security = "token"

const about = "Everything that the pages do, for programs. Sign in with `Authorization: Bearer lodge_…`. " +
	"Errors are `application/problem+json` (RFC 9457) with `code` and a `reference`; lists give `items` and, if there is more, a `Link` of rel `next`. " +
	"An address is about the token's own organisation; below `/for/{customer}`, with the customer's number, it is about a customer for whom a partner or the vendor acts."

// Handler answers all of Base.
func (s *API) Handler() http.Handler {
	s.prepare()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h, pattern := s.mux.Handler(r)
		if pattern != "" {
			s.mux.ServeHTTP(w, r)
			return
		}
		var probe answered
		h.ServeHTTP(&probe, r) // the router knows whether it is the address or the method that is wrong
		if probe.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", probe.Header().Get("Allow"))
			s.Fail(w, r, fault.New(http.StatusMethodNotAllowed, "api.method"))
			return
		}
		s.Fail(w, r, fault.Missing())
	})
}

// answered is an answer that nobody gets.
type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(p []byte) (int, error) { return len(p), nil }

// Description is the whole API in OpenAPI 3.1.
func (s *API) Description() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := s.describe()
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json; version=3.1")
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Write(b)
	})
}

func (s *API) describe() (b []byte, err error) {
	s.prepare()
	s.text.Do(func() { s.spec, err = json.Marshal(s.huma.OpenAPI()) })
	return s.spec, err
}

// OpenAPI is the description as huma keeps it, for the reference and for tests.
func (s *API) OpenAPI() *huma.OpenAPI {
	s.prepare()
	return s.huma.OpenAPI()
}

// now is the API's time.
func (s *API) now() time.Time { return s.Clock.Now() }

func (c Caller) has(scope string) bool { return scope != "" && slices.Contains(c.Scopes, scope) }

package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
)

// Site is everything that pages share. Fill the fields, register the routes, then take Handler once.
type Site struct {
	BaseURL   string         // "https://portal.example.test": the only host that is answered, and what HSTS and cookies follow
	Proxies   []netip.Prefix // networks whose X-Forwarded-For and -Proto are believed
	Catalogue *lang.Catalogue
	Assets    fs.FS   // assets.Files: manifest.json, icons.json and the hashed files
	Pages     []fs.FS // pages/*.tmpl of each package
	Brand     Brand   // shown where Frame cannot answer, because the database is away
	Log       *slog.Logger
	Clock     clock.Clock

	// Resolve makes the actor of a request from its session and its address. Nobody signed in is an empty actor and no
	// error; what the person may not know of is NotFound. An actor given together with an error is as much as is known
	// of the person, and the error page shows that frame.
	Resolve func(*http.Request) (who.Actor, error)
	// Frame is what stands round the page, with one statement. It is also asked for nobody (a.Person is empty).
	Frame func(ctx context.Context, a who.Actor, r *http.Request) (Chrome, error)
	// Read opens the one database snapshot of a page; nil if there is none.
	Read func(ctx context.Context, f func(ctx context.Context) error) error
	// Refusal says whom to ask for a right.
	Refusal func(ctx context.Context, a who.Actor, right string) (Asking, error)

	// Prover asks once more who somebody is; nil: nothing asks for it.
	Prover Prover

	Pace Pace // of the bodies that are sent here; empty is the portal's own

	// Observe is told of each answer: its route's pattern ("" if there is none), never the address. Nil costs nothing.
	Observe func(route, method string, status int, took time.Duration)

	// Span is told of each request as it comes, and of its answer: the route's pattern, never the address. from are the headers of a proxy
	// that is trusted, nil for all others. Nil costs nothing.
	Span func(ctx context.Context, id, method string, from http.Header) (within context.Context, end func(route string, status int))

	exports Exports

	Routes []Route // what was registered, for the test of every route × every kind of person

	mux    *http.ServeMux
	mounts map[string]Fail // by pattern
	sets   [4]parsed       // in the order of lang.Languages
	unused parsed          // for Check
	assets assetIndex
	brand  atomic.Pointer[Brand] // the last one that Frame gave, for pages without a database
}

// Route is a page's address and the right it needs.
type Route struct {
	Method  string
	Pattern string // without the method: "/o/{number}/requests"
	Right   who.Action
	Kind    string // page, form, stream, mount
}

// Handler answers a request or returns why not. What it writes is kept until it has succeeded.
type Handler func(w http.ResponseWriter, r *http.Request, a who.Actor) error

// Fail says an error in the way of a mount: problem+json for an API.
type Fail func(w http.ResponseWriter, r *http.Request, err error)

// Limit changes how a route reads its request.
type Limit func(*limits)

// Files lets a form bring up to count files of up to size bytes each.
func Files(count int, size int64) Limit {
	return func(l *limits) { l.files, l.size = count, size }
}

// Handle adds a page or, by its method, a form: "GET /sign-in". The actor is resolved and the right checked here, so
// that no handler can forget it: 404 for what a person may not know of, 401 or the way to sign in for nobody, 403.
func (s *Site) Handle(pattern string, right who.Action, h Handler, opts ...Limit) {
	kind := "form"
	if strings.HasPrefix(pattern, "GET ") {
		kind = "page"
	}
	s.add(pattern, right, kind, h, opts)
}

// Context adds a page or form of an organisation, at /o/{number}/path and at /o/{number}/for/{customer}/path. An empty
// path is the home page, which ends in a slash.
func (s *Site) Context(method, path string, right who.Action, h Handler, opts ...Limit) {
	for _, base := range []string{"/o/{number}/", "/o/{number}/for/{customer}/"} {
		s.Handle(method+" "+base+end(path), right, h, opts...)
	}
}

// Stream adds an answer that is written as it comes: a download. There is no buffer and no Read round it; the handler
// must not write before it has succeeded.
func (s *Site) Stream(pattern string, right who.Action, h Handler) {
	s.add(pattern, right, "stream", h, nil)
}

// StreamContext is Stream at both addresses of an organisation.
func (s *Site) StreamContext(method, path string, right who.Action, h Handler) {
	for _, base := range []string{"/o/{number}/", "/o/{number}/for/{customer}/"} {
		s.Stream(method+" "+base+end(path), right, h)
	}
}

// Mount adds a handler that has its own rights: API, health, OpenID. It gets the middleware; fail, if given, says the
// errors of the middleware in its way. Bodies must come at the portal's pace there, too.
func (s *Site) Mount(pattern string, h http.Handler, fail Fail) {
	s.prepare()
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "", pattern
	}
	s.Routes = append(s.Routes, Route{method, path, who.Anybody, "mount"})
	s.mounts[pattern] = fail
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.measure(w, r)
		h.ServeHTTP(w, r)
	})
}

func end(path string) string {
	if path == "" {
		return "{$}"
	}
	return path
}

func (s *Site) prepare() {
	if s.mux == nil {
		s.mux, s.mounts = http.NewServeMux(), map[string]Fail{}
	}
}

func (s *Site) add(pattern string, right who.Action, kind string, h Handler, opts []Limit) {
	s.prepare()
	method, path, _ := strings.Cut(pattern, " ")
	s.Routes = append(s.Routes, Route{method, strings.TrimSuffix(path, "{$}"), right, kind})
	ro := &route{site: s, right: right, kind: kind, handler: h}
	for _, o := range opts {
		o(&ro.limits)
	}
	s.mux.Handle(pattern, ro)
}

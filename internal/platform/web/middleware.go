package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"lodge/internal/platform/fault"
)

// maxHeader is the most bytes of a request's head; more is 431.
const maxHeader = 64 << 10

// Handler is the whole portal: all routes behind all that every request goes through. It parses the templates, and is
// taken once, after the routes are registered.
func (s *Site) Handler() (http.Handler, error) {
	s.prepare()
	base, err := url.Parse(s.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("base URL %q: scheme and host are needed", s.BaseURL)
	}
	if _, err := s.templates("en"); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("GET /assets/{name}", s.assets.serve)
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, s.known(r), fault.New(fault.Forbidden, "web.cross_site"))
	}))
	inner := s.guard(base, cross.Handler(http.HandlerFunc(s.dispatch)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.enter(w, r, inner) }), nil
}

// Server is an http.Server that slow or loud clients cannot exhaust. Deadlines of bodies and answers are the routes'.
func Server(h http.Handler) *http.Server {
	return &http.Server{Handler: alone(h), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader}
}

// alone gives a connection to no further request when a proxy in front may have seen another end of this one: a body in chunks, whose
// Content-Length the server has dropped already, and a wish for another protocol, which is never granted.
func alone(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 || r.Header.Get("Upgrade") != "" {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// enter is the outermost layer: id, headers, panic, log, and what comes after the answer.
func (s *Site) enter(w http.ResponseWriter, r *http.Request, next http.Handler) {
	begun := s.Clock.Now()
	st := &state{id: key(), nonce: nonce(), remote: s.remote(r)}
	r = r.WithContext(context.WithValue(r.Context(), stateKey{}, st))
	s.protect(w.Header(), st)
	t := &tally{ResponseWriter: w}
	if s.Span != nil {
		within, end := s.Span(r.Context(), st.id, r.Method, s.proxied(r))
		r = r.WithContext(within)
		defer func() { end(t.route, t.status) }()
	}
	defer func() {
		broken := recover()
		if broken != nil && broken != http.ErrAbortHandler {
			s.log(r).ErrorContext(r.Context(), "panic", "value", fmt.Sprint(broken), "stack", string(debug.Stack()))
			if t.status == 0 {
				s.failBare(t, r, fmt.Errorf("panic: %v", broken))
			} else {
				broken = http.ErrAbortHandler
			}
		}
		s.access(r, t, s.Clock.Now().Sub(begun))
		later(r.Context(), t, st)
		if broken == http.ErrAbortHandler {
			panic(broken) // the connection is closed, nothing else suffers
		}
	}()
	next.ServeHTTP(t, r)
}

// later runs what need not keep the reader waiting: the answer is sent off first. The context outlives the connection.
func later(ctx context.Context, w http.ResponseWriter, st *state) {
	if len(st.after) == 0 {
		return
	}
	http.NewResponseController(w).Flush() // what cannot be flushed now is sent when this returns
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	for _, f := range st.after {
		f(ctx)
	}
}

func (s *Site) access(r *http.Request, t *tally, took time.Duration) {
	if s.Observe != nil {
		s.Observe(t.route, r.Method, t.status, took)
	}
	s.log(r).LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("route", t.route),
		slog.Int("status", t.status), slog.Int64("bytes", t.bytes), slog.Duration("took", took), slog.String("from", RemoteIP(r)))
}

func (s *Site) log(r *http.Request) *slog.Logger {
	l := s.Log
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	return l.With("request", RequestID(r.Context()))
}

// guard refuses what no page should have to think about: other hosts, plain http from outside, endless addresses.
func (s *Site) guard(base *url.URL, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !sameHost(base, r.Host):
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Content-Security-Policy", filePolicy)
			w.WriteHeader(http.StatusMisdirectedRequest)
			w.Write([]byte("421 misdirected request\n"))
		case len(r.RequestURI) > maxAddress || len(r.URL.RawQuery)+len(r.URL.Path) > maxAddress:
			s.failBare(w, r, fault.New(http.StatusRequestURITooLong, "web.address_too_long"))
		case s.secure() && s.plain(r):
			s.upgrade(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// sameHost compares the Host header with the base URL's; on loopback its three names are one, at the same port.
func sameHost(base *url.URL, host string) bool {
	if strings.EqualFold(host, base.Host) {
		return true
	}
	name, port := split(host, base.Scheme)
	own, ownPort := split(base.Host, base.Scheme)
	if port != ownPort || name == "" {
		return false
	}
	return strings.EqualFold(name, own) || (loopback(name) && loopback(own))
}

func split(host, scheme string) (name, port string) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), "80"
		if scheme == "https" {
			port = "443"
		}
	}
	return name, port
}

func loopback(name string) bool {
	return strings.EqualFold(name, "localhost") || name == "127.0.0.1" || name == "::1"
}

// plain tells whether a trusted proxy got this request without encryption. Nobody else's word counts.
func (s *Site) plain(r *http.Request) bool {
	return s.trusted(socket(r)) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http")
}

// upgrade sends a reader to the same address under the base URL, which is configuration and not the request's Host.
func (s *Site) upgrade(w http.ResponseWriter, r *http.Request) {
	own := OwnPath(r.URL.RequestURI())
	if own == "" || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		s.failBare(w, r, fault.New(fault.BadRequest, "web.unreadable_address"))
		return
	}
	w.Header().Set("Location", strings.TrimSuffix(s.BaseURL, "/")+own)
	w.WriteHeader(http.StatusPermanentRedirect)
}

// dispatch finds the route. Addresses that two readers could take for two different pages are missing ones.
func (s *Site) dispatch(w http.ResponseWriter, r *http.Request) {
	if _, _, numbered := Place(r); !plainPath(r.URL) || !numbered && strings.HasPrefix(r.URL.Path, "/o/") {
		s.missing(w, r)
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		if t, ok := w.(*tally); ok {
			t.route = pattern
		}
		s.mux.ServeHTTP(w, r)
		return
	}
	other := neighbour(r)
	if _, found := s.mux.Handler(other); found != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		w.Header().Set("Location", other.URL.RequestURI())
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	var probe buffer // the mux knows whether it is the address or the method that is wrong
	h.ServeHTTP(&probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.Header().Get("Allow"))
		s.fail(w, r, s.known(r), fault.New(http.StatusMethodNotAllowed, "web.method"))
		return
	}
	s.missing(w, r)
}

// missing answers an address without page. Inside an organisation, or a person's own part, it must look like a page
// that is not there for these eyes; nobody is told apart by it, so the stranger is asked to sign in first.
func (s *Site) missing(w http.ResponseWriter, r *http.Request) {
	a, err := s.actor(r)
	inside := strings.HasPrefix(r.URL.Path, "/o/") || strings.HasPrefix(r.URL.Path, "/me/")
	switch {
	case err == nil && inside && a.Person == "":
		err = fault.New(fault.SignIn, "fault.sign_in")
	case err == nil || !inside:
		err = fault.Missing()
	}
	s.fail(w, r, a, err)
}

// tally remembers what was answered, for the log.
type tally struct {
	http.ResponseWriter
	status int
	bytes  int64
	route  string
}

func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *tally) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tally) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(p)
	t.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the kernel's way of sending a file.
func (t *tally) ReadFrom(src io.Reader) (int64, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := io.Copy(t.ResponseWriter, src)
	t.bytes += n
	return n, err
}

// Flush lets live answers through.
func (t *tally) Flush() { http.NewResponseController(t.ResponseWriter).Flush() }

// socket is the address of the other end of the connection.
func socket(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

func (s *Site) trusted(at netip.Addr) bool {
	for _, p := range s.Proxies {
		if at.IsValid() && p.Contains(at) {
			return true
		}
	}
	return false
}

// remote is the client's address: the socket's, or, as long as trusted proxies speak, the last one that is none of
// them. Whatever stands further left in X-Forwarded-For is the client's own invention.
func (s *Site) remote(r *http.Request) string {
	at := socket(r)
	if !s.trusted(at) {
		return text(at)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap().WithZone("")
		if !s.trusted(at) {
			break
		}
	}
	return text(at)
}

// proxied are the headers of a request that a trusted proxy brings, nil for any other.
func (s *Site) proxied(r *http.Request) http.Header {
	if !s.trusted(socket(r)) {
		return nil
	}
	return r.Header
}

func text(at netip.Addr) string {
	if !at.IsValid() {
		return ""
	}
	return at.String()
}

// Package apptest runs the whole portal with the demo world for a test, and signs people in as a browser does.
package apptest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/demo"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/web"
)

// Portal is a running portal.
type Portal struct {
	*app.App
	World demo.World
	URL   string
	Stop  func() // ends it before the test does

	mu      sync.Mutex
	clients map[string]*Client
}

// Each runs f against a portal on SQLite and one on PostgreSQL.
func Each(t *testing.T, f func(t *testing.T, p *Portal)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, Start(t, Lite))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Start(t, Postgres))
	})
}

// Start runs a portal with the demo world until the test ends. Its clock runs.
func Start(t testing.TB, engine Engine) *Portal {
	t.Helper()
	return StartLogged(t, engine, io.Discard)
}

// Log keeps what a portal logs.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// StartLogged is Start with a log.
func StartLogged(t testing.TB, engine Engine, log io.Writer) *Portal {
	t.Helper()
	dir := t.TempDir()
	cfg := Config(dir, clock.Real{})
	cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var world demo.World
	cfg.Database, world = engine(t, dir)
	return Open(t, cfg, world)
}

// Config is that of a portal with the demo world whose files and key are in dir.
func Config(dir string, now clock.Clock) app.Config {
	return app.Config{Listen: "127.0.0.1:8080", Files: "file://" + filepath.Join(dir, "files"), Mail: "capture:", Secrets: filepath.Join(dir, "key"), Clock: now,
		Log: slog.New(slog.DiscardHandler), Demo: true, PrivateUpstreams: true, Resolver: "127.0.0.1:9"} // nobody answers there: tests ask no name server of the world
}

// Make runs a portal whose demo world is made in a migrated, empty database: it takes seconds.
func Make(t testing.TB, cfg app.Config) *Portal {
	t.Helper()
	world, err := filled(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return Open(t, cfg, world)
}

// filled makes the demo world and closes its portal.
func filled(ctx context.Context, cfg app.Config) (world demo.World, err error) {
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return world, err
	}
	world, err = demo.Make(ctx, a)
	return world, errors.Join(err, a.Close(ctx))
}

// Open runs the portal that stands in a place already, at any free port.
func Open(t testing.TB, cfg app.Config, world demo.World) *Portal {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = l.Addr().String()
	a, err := app.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	world.BaseURL = a.Config.BaseURL
	h, err := a.Site.Handler()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	server := web.Server(h)
	go server.Serve(l)
	stop := sync.OnceFunc(func() {
		server.Close()
		late, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if err := a.Close(late); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return &Portal{App: a, World: world, URL: a.Config.BaseURL, Stop: stop, clients: map[string]*Client{}}
}

// Client is a browser without script: cookies, and redirects followed by hand.
type Client struct {
	HTTP *http.Client
	base string
}

// At is the same browser, asking another portal.
func (c *Client) At(p *Portal) *Client { return &Client{HTTP: c.HTTP, base: p.URL} }

// Page is an answer.
type Page struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// Nobody is a browser without sign-in.
func (p *Portal) Nobody(t testing.TB) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{base: p.URL, HTTP: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// As is the browser of one of the world's people, signed in through the pages with every step; the same for each call.
func (p *Portal) As(t testing.TB, key string) *Client {
	t.Helper()
	if key == "" {
		return p.Nobody(t)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.clients[key]; ok {
		return c
	}
	c := p.Nobody(t)
	p.SignIn(t, c, key)
	p.clients[key] = c
	return c
}

// SignIn goes through the pages of the sign-in.
func (p *Portal) SignIn(t testing.TB, c *Client, key string) {
	t.Helper()
	for _, who := range p.World.People {
		if who.Key != key {
			continue
		}
		page := c.Post(t, "/sign-in", url.Values{"email": {who.Email}, "password": {who.Password}})
		if strings.HasPrefix(page.Location, "/sign-in/factor") {
			code, err := totp.Code(who.TOTPSecret, totp.Step(p.Config.Clock.Now()))
			if err != nil {
				t.Fatal(err)
			}
			page = c.Post(t, page.Location, url.Values{"code": {code}})
		}
		if page.Status != http.StatusSeeOther || page.Location != "/" {
			t.Fatalf("%s cannot sign in: %d %s", key, page.Status, page.Location)
		}
		return
	}
	t.Fatalf("nobody is called %s", key)
}

// Get asks for a page.
func (c *Client) Get(t testing.TB, path string) Page {
	t.Helper()
	return c.Do(t, http.MethodGet, path, nil, nil)
}

// Post sends a form.
func (c *Client) Post(t testing.TB, path string, form url.Values) Page {
	t.Helper()
	return c.Do(t, http.MethodPost, path, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// Do sends anything.
func (c *Client) Do(t testing.TB, method, path string, body io.Reader, header http.Header) Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Page{resp.StatusCode, resp.Header.Get("Location"), resp.Header, string(b)}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(_by|_org|_seen|_key)" value="([^"]*)">`)

// Hidden are the hidden fields of the first form of the page, to be sent with what is typed.
func (p Page) Hidden() url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(p.Body, -1) {
		if form.Get(m[1]) == "" {
			form.Set(m[1], m[2])
		}
	}
	return form
}

var changing = regexp.MustCompile(`nonce="[^"]*"|name="_key" value="[^"]*"|E-[0-9A-Z-]+|data-request="[^"]*"`)

// Same is the body without what differs between two answers to one question: nonce, key, reference, and the address asked for.
func (p Page) Same(address string) string {
	return strings.ReplaceAll(changing.ReplaceAllString(p.Body, ""), address, "")
}

// Mail waits for a captured letter to the address whose text holds the word, and gives its first link.
func (p *Portal) Mail(t testing.TB, to, word string) (text, link string) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, m := range p.Capture.All() {
			if m.To == to && strings.Contains(m.Text, word) {
				if len(m.Links) > 0 {
					link = m.Links[0]
				}
				return m.Text, link
			}
		}
	}
	t.Fatalf("no letter to %s with %q", to, word)
	return "", ""
}

// OfAPage tells whether a statement belongs to a request, for counting.
func OfAPage(ctx context.Context) bool { return web.RequestID(ctx) != "" }

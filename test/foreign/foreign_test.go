// Package foreign lets programs that nobody here wrote talk to the portal.
package foreign

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// needs gives the path of a program, and skips the test loudly where there is none; on CI it must be there.
func needs(t *testing.T, program, what string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed: %s is NOT tested", program, what)
	return ""
}

// one reads one text.
func one(t *testing.T, p *apptest.Portal, q string) (s string) {
	t.Helper()
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		s, err = store.One[string](tx, q)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// connect makes a website and gives its id and secret.
func connect(t *testing.T, p *apptest.Portal, s openid.Settings) (id, secret string) {
	t.Helper()
	vendor := one(t, p, `SELECT id FROM organisation WHERE kind = 'vendor' AND NOT is_site`)
	operator := who.Actor{Person: one(t, p, `SELECT id FROM person WHERE email = 'karin.dahl@halden.example'`), Org: vendor, Member: vendor, Source: who.Own, Language: "en",
		Rights: who.Rights{openid.Manage: true}}
	id, err := p.OpenID.Make(t.Context(), operator, s)
	if err == nil {
		secret, err = p.OpenID.Secret(t.Context(), operator, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id, secret
}

// browser goes from site to site as people's do: it keeps cookies and follows what leads on.
type browser struct {
	*testing.T
	http *http.Client
	p    *apptest.Portal
}

func open(t *testing.T, p *apptest.Portal) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, p}
}

// page is where a way ended.
type page struct {
	at     *url.URL
	status int
	header http.Header
	body   string
}

// get follows redirects, and pages that lead on by themselves, until a page that does not, or until an address begins with stop.
func (b *browser) get(address, stop string) page {
	b.Helper()
	return b.travel(http.MethodGet, address, nil, stop)
}

func (b *browser) travel(method, address string, form url.Values, stop string) page {
	b.Helper()
	for range 15 {
		r, err := http.NewRequestWithContext(b.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Accept", "text/html") // or a website might think that a script asks
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := b.http.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		resp.Body.Close()
		if err != nil {
			b.Fatal(err)
		}
		next := resp.Header.Get("Location")
		if _, to, ok := strings.Cut(resp.Header.Get("Refresh"), "; url="); ok {
			next = to
		}
		if next == "" {
			return page{resp.Request.URL, resp.StatusCode, resp.Header, string(body)}
		}
		to, err := resp.Request.URL.Parse(next)
		if err != nil {
			b.Fatal(err)
		}
		if stop != "" && strings.HasPrefix(to.String(), stop) {
			return page{at: to}
		}
		method, address, form = http.MethodGet, to.String(), nil
	}
	b.Fatalf("%s leads round and round", address)
	return page{}
}

// signIn fills in the sign-in page on which somebody landed, and goes on until an address begins with stop.
func (b *browser) signIn(at page, key, stop string) page {
	b.Helper()
	if !strings.HasPrefix(at.at.String(), b.p.URL+"/sign-in") {
		b.Fatalf("no sign-in page but %d %s", at.status, at.at)
	}
	for _, w := range b.p.World.People {
		if w.Key == key {
			return b.travel(http.MethodPost, b.p.URL+"/sign-in", url.Values{"email": {w.Email}, "password": {w.Password}, "next": {at.at.Query().Get("next")}}, stop)
		}
	}
	b.Fatalf("nobody is called %s", key)
	return page{}
}

// briefly bounds a program that a test starts.
func briefly(t *testing.T) context.Context {
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second) // it is waited for after the test
	t.Cleanup(stop)
	return ctx
}

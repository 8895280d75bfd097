package federation_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lodge/internal/federation"
)

// startProvider runs oidc-provider until the test ends, and gives its issuer.
func startProvider(t *testing.T, p *place, connection, logout string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "provider.mjs"), p.s.Callback(connection), logout)
	cmd.Env = append(os.Environ(), "NODE_ENV=test")
	in, err := cmd.StdinPipe()
	p.Need(err)
	out, err := cmd.StdoutPipe()
	p.Need(err)
	var said strings.Builder
	cmd.Stderr = &said
	p.Need(cmd.Start())
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	first := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		first <- strings.TrimSpace(line)
	}()
	select {
	case issuer := <-first:
		if strings.HasPrefix(issuer, "http://127.0.0.1:") {
			return issuer
		}
		cmd.Wait()
		t.Fatalf("oidc-provider says %q\n%s", issuer, said.String())
	case <-time.After(20 * time.Second):
		t.Fatal("oidc-provider does not answer")
	}
	return ""
}

// visitor is a browser at the provider: it follows nothing that leads to the portal.
type visitor struct {
	t *testing.T
	c *http.Client
}

func newVisitor(t *testing.T) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.Host, "127.0.0.1:") {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// until fills the provider's forms in until it sends the browser back to the portal.
func (v *visitor) until(address, login string) (callback *url.URL) {
	v.t.Helper()
	resp, err := v.c.Get(address)
	for range 6 {
		if err != nil {
			v.t.Fatal(err)
		}
		defer resp.Body.Close()
		if to, err := resp.Location(); err == nil {
			return to
		}
		page, bad := goquery.NewDocumentFromReader(resp.Body)
		if bad != nil {
			v.t.Fatal(bad)
		}
		form := page.Find("form").First()
		action, ok := form.Attr("action")
		if !ok || resp.StatusCode != 200 {
			v.t.Fatalf("%d at %s: %s", resp.StatusCode, resp.Request.URL, page.Text())
		}
		values := url.Values{}
		form.Find("input").Each(func(_ int, in *goquery.Selection) {
			values.Set(in.AttrOr("name", ""), in.AttrOr("value", ""))
		})
		form.Find("button[name]").Each(func(_ int, in *goquery.Selection) { values.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
		if values.Has("login") {
			values.Set("login", login)
			values.Set("password", "whatever")
		}
		to, bad := resp.Request.URL.Parse(action)
		if bad != nil {
			v.t.Fatal(bad)
		}
		resp, err = v.c.PostForm(to.String(), values)
	}
	v.t.Fatal("the provider does not send back")
	return nil
}

// TestForeign signs in with a provider that others wrote, there and back, and signs out there.
func TestForeign_oidc_provider_as_a_companys_sign_in(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("SKIPPED: node is not installed, so no real OpenID provider was asked")
	}
	if _, err := os.Stat(filepath.Join("..", "..", "node_modules", "oidc-provider")); err != nil {
		t.Skip("SKIPPED: oidc-provider is not installed (npm ci), so no real OpenID provider was asked")
	}
	each(t, func(t *testing.T, p *place) {
		p.Clock.Set(time.Now())
		portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Host = "portal.example.test"
			r.RemoteAddr = "198.51.100.7:4711"
			p.h.ServeHTTP(w, r)
		}))
		t.Cleanup(portal.Close)
		p.prove("Kowalski", "kowalski.example")
		id := p.state("Kowalski").Connection.ID
		issuer := startProvider(t, p, id, portal.URL+federation.At+"/"+id+"/logout")
		in := federation.Settings{Issuer: issuer, ClientID: clientID, Secret: clientSecret, Joins: true, Version: p.state("Kowalski").Connection.Version}
		p.Need(p.s.Save(t.Context(), p.admin("Kowalski"), in))
		p.Need(p.s.Switch(t.Context(), p.admin("Kowalski"), federation.On))

		b, v := p.Browser(p.h), newVisitor(t)
		leads(t, b.Post("/sign-in", url.Values{"email": {"ola@kowalski.example"}}), federation.At+"/"+id)
		out := b.Get(federation.At + "/" + id + "/go")
		back := v.until(out.Location, "ola")
		if back.Query().Get("iss") != issuer {
			t.Errorf("it says no iss: %s", back)
		}
		leads(t, b.Get(back.RequestURI()), "/")
		a, err := p.ResolveToken(b.Cookies["__Host-lodge"], "Kowalski")
		if err != nil || a.Email != "ola@kowalski.example" || a.Name != "Ola Nowak" {
			t.Fatalf("%+v %v", a, err)
		}
		// It refuses the code of another verifier, and a code that was used: so does the portal.
		shows(t, b.Get(back.RequestURI()), 403)

		// The second time its own session is enough.
		c := p.Browser(p.h)
		leads(t, c.Post("/sign-in", url.Values{"email": {"ola@kowalski.example"}}), federation.At+"/"+id)
		leads(t, c.Get(v.until(c.Get(federation.At+"/"+id+"/go").Location, "ola").RequestURI()), "/")
		if p.as(b) == "" || p.as(c) == "" {
			t.Fatal("not in")
		}
		// Signed out there, both sessions end here.
		resp, err := v.c.Get(issuer + "/session/end")
		p.Need(err)
		page, err := goquery.NewDocumentFromReader(resp.Body)
		resp.Body.Close()
		p.Need(err)
		xsrf := page.Find("input[name=xsrf]").AttrOr("value", "")
		resp, err = v.c.PostForm(issuer+"/session/end/confirm", url.Values{"xsrf": {xsrf}, "logout": {"yes"}})
		p.Need(err)
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		for end := time.Now().Add(5 * time.Second); p.as(b) != "" || p.as(c) != ""; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("sessions live on: %q %q\n%d %s", p.as(b), p.as(c), resp.StatusCode, body)
			}
		}
	})
}

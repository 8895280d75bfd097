package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
	"lodge/internal/platform/who"
)

// website is another origin at which people sign in with their account here. It asks them.
type website struct {
	*httptest.Server
	p          *apptest.Portal
	id, secret string
	idToken    atomic.Value // string, of the last one who came
	framed     atomic.Int64 // how often its front-channel page was loaded
}

const (
	verifier  = "correct-horse-battery-staple-correct-horse-battery"
	challenge = "iCfwzxHXiMcDHq3YTGg_zp-9q9hW85BxYh13b8fApZQ"
)

func connected(t *testing.T, p *apptest.Portal) *website {
	t.Helper()
	s := &website{p: p}
	mux := http.NewServeMux()
	page := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<!doctype html><title>Academy</title><p>%s</p><a id="in" href="%s">Sign in</a>`, text, strings.ReplaceAll(p.URL+s.ask(), "&", "&amp;"))
		}
	}
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { page("Academy")(w, r) })
	mux.HandleFunc("/bye", func(w http.ResponseWriter, r *http.Request) { page("Until next time")(w, r) })
	mux.HandleFunc("/front", func(http.ResponseWriter, *http.Request) { s.framed.Add(1) })
	mux.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		if err := s.exchange(r.URL.Query().Get("code")); err != nil {
			http.Error(w, "no: "+err.Error()+" "+r.URL.RawQuery, http.StatusBadRequest)
			return
		}
		page("Welcome to the academy")(w, r)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	vendor := one(p, `SELECT id FROM organisation WHERE kind = 'vendor' AND NOT is_site`)
	operator := who.Actor{Person: one(p, `SELECT id FROM person WHERE email = 'karin.dahl@halden.example'`), Org: vendor, Member: vendor, Source: who.Own, Rights: who.Rights{openid.Manage: true}, Language: "en"}
	id, err := p.OpenID.Make(t.Context(), operator, openid.Settings{Name: "Academy", Redirects: []string{s.URL + "/callback"}, Returns: []string{s.URL + "/bye"}, FrontChannel: s.URL + "/front"})
	if err == nil {
		s.id = id
		s.secret, err = p.OpenID.Secret(t.Context(), operator, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask is the path to which it sends people; more are names and values.
func (s *website) ask(more ...string) string {
	v := url.Values{"client_id": {s.id}, "redirect_uri": {s.URL + "/callback"}, "response_type": {"code"}, "scope": {"openid profile email organisations offline_access"}, "state": {"st"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return openid.AuthorizeAt + "?" + v.Encode()
}

func (s *website) exchange(code string) error {
	resp, err := http.PostForm(s.p.URL+openid.TokenAt, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.URL + "/callback"}, "code_verifier": {verifier},
		"client_id": {s.id}, "client_secret": {s.secret}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got struct {
		ID string `json:"id_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != 200 {
		return fmt.Errorf("%d %v", resp.StatusCode, err)
	}
	s.idToken.Store(got.ID)
	return nil
}

// websites are the states of pages on the way to a website and back.
func websites(t *testing.T, p *apptest.Portal) []state {
	s := connected(t, p)
	consent := strings.Replace(s.ask(), openid.AuthorizeAt, "/oauth/consent", 1)
	return []state{
		{view{"website-consent", "customer-member", consent}, nil},
		{view{"website-anew", "customer-member", strings.Replace(s.ask("prompt", "login"), openid.AuthorizeAt, "/oauth/consent", 1)}, nil},
		{view{"website-unknown", "customer-member", openid.AuthorizeAt + "?client_id=nobody&redirect_uri=https://nobody.example/"}, nil},
		{view{"website-sign-out", "customer-member", "/oauth/sign-out?client_id=" + s.id}, nil},
		{view{"website-signed-out", "", "/oauth/signed-out"}, func(b *tab) {
			b.get("/oauth/sign-out?client_id=" + s.id)
			b.press("main button[type=submit]")
		}},
		{view{"website-secret", "operator", fmt.Sprintf("/o/%d%s/%s/secret", p.World.Organisations["vendor"].Number, openid.At, s.id)}, func(b *tab) {
			b.get(fmt.Sprintf("/o/%d%s/%s", p.World.Organisations["vendor"].Number, openid.At, s.id))
			b.press(`form[action$="/secret"] button`)
			b.sees("The secret is made")
		}},
	}
}

// TestOpenID_from_a_website_and_back: browsers let a form's answer lead to no other origin, and our own forms stand on the way to one.
func TestOpenID_from_a_website_and_back(t *testing.T) {
	p := portal(t)
	browser := chrome(t)
	s := connected(t, p)
	b := open(t, browser, p, "")
	in := func() {
		b.do(chromedp.Navigate(s.URL))
		b.press("#in")
	}
	typed := func() {
		for _, x := range p.World.People {
			if x.Key == "customer-member" {
				b.typed("#email", x.Email)
				b.typed("#password", x.Password)
				b.press("main button[type=submit]")
			}
		}
	}
	arrives := func(how string) {
		t.Helper()
		b.until(how, `document.body.innerText.includes("Welcome to the academy")`)
	}
	in()
	typed()
	b.sees("Continue to Academy", "your e-mail address", strings.TrimPrefix(s.URL, "http://"))
	b.press("main form button.btn-primary")
	arrives("after sign-in and consent")
	in()
	arrives("without any page")

	// The website signs out; the portal tells it by the browser, and leads back.
	b.do(chromedp.Navigate(p.URL + openid.LogoutAt + "?" + url.Values{"id_token_hint": {s.idToken.Load().(string)}, "post_logout_redirect_uri": {s.URL + "/bye"}}.Encode()))
	b.sees("You are signed out", "Back to Academy")
	b.until("back at the website", `document.body.innerText.includes("Until next time")`)
	for end := time.Now().Add(5 * time.Second); s.framed.Load() == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
	}
	if s.framed.Load() != 1 {
		t.Errorf("the front-channel page was loaded %d times", s.framed.Load())
	}
	in()
	typed()
	arrives("after a sign-in alone")
}

package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
)

// Attack_OP_09: nothing but the code flow by plain parameters.
func onlyCode(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "only", nil), p.As(t, "customer-member")
	var fetched atomic.Int64
	bait := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fetched.Add(1) }))
	defer bait.Close()
	for _, try := range []struct {
		name, want string
		more       []string
	}{
		{"implicit", "unsupported_response_type", []string{"response_type", "token"}},
		{"implicit with an ID token", "unsupported_response_type", []string{"response_type", "id_token"}},
		{"hybrid", "unsupported_response_type", []string{"response_type", "code id_token"}},
		{"nothing", "unsupported_response_type", []string{"response_type", "none"}},
		{"a request object", "request_not_supported", []string{"request", "eyJhbGciOiJub25lIn0.e30."}},
		{"a request elsewhere", "request_uri_not_supported", []string{"request_uri", bait.URL}},
		{"a registration", "registration_not_supported", []string{"registration", "{}"}},
		{"a fragment", "invalid_request", []string{"response_mode", "fragment"}},
		{"a form", "invalid_request", []string{"response_mode", "form_post"}},
		{"a mode of its own", "invalid_request", []string{"response_mode", "web_message"}},
		{"no openid", "invalid_scope", []string{"scope", "profile"}},
		{"none with more", "invalid_request", []string{"prompt", "none login"}},
		{"an age that is none", "invalid_request", []string{"max_age", "-1"}},
	} {
		if v := s.answered(c.Get(t, s.ask(try.more...))); v.Get("error") != try.want || v.Get("code") != "" || v.Get("iss") != p.URL {
			t.Errorf("%s: %v", try.name, v)
		}
	}
	for _, name := range []string{"state", "nonce", "scope", "code_challenge", "response_type", "prompt", "unknown"} {
		if v := s.answered(c.Get(t, s.ask("unknown", "1", "prompt", "consent")+"&"+name+"=twice")); v.Get("error") != "invalid_request" || v.Get("code") != "" {
			t.Errorf("%s given twice: %v", name, v)
		}
	}
	if fetched.Load() != 0 {
		t.Error("request_uri was fetched")
	}
	longest := s.ask("state", strings.Repeat("s", 1300))
	nobody := p.Nobody(t)
	way, err := url.Parse(nobody.Get(t, longest+"&prompt=login").Location)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range p.World.People {
		if w.Key == "customer-member" { // the sign-in leads back to a request of any length that is taken
			back := nobody.Post(t, "/sign-in", url.Values{"email": {w.Email}, "password": {w.Password}, "next": {way.Query().Get("next")}})
			if v := s.answered(nobody.Get(t, back.Location)); v.Get("code") == "" {
				t.Errorf("a long request: %s", back.Location)
			}
		}
	}
	if page := c.Get(t, s.ask("state", strings.Repeat("s", 2000))); page.Status != 400 || page.Location != "" {
		t.Errorf("a request that is too long: %d %s", page.Status, page.Location)
	}
	for _, grant := range []string{"password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"} {
		form := url.Values{"grant_type": {grant}, "username": {"a"}, "password": {"b"}, "scope": {"openid"}, "assertion": {"e30.e30.e30"}, "subject_token": {"x"}, "device_code": {"x"}}
		if got := refusedWith(s.post(openid.TokenAt, form)); got != "400 unsupported_grant_type" {
			t.Errorf("grant %s: %s", grant, got)
		}
	}
	code := s.code(c)
	twice := url.Values{"grant_type": {"authorization_code"}, "code": {code, code}, "redirect_uri": {s.redirect}, "code_verifier": {verifier}}
	if got := refusedWith(s.post(openid.TokenAt, twice)); got != invalidRequest {
		t.Errorf("a code twice in one form: %s", got)
	}
	if got := refusedWith(s.exchange(code, "client_secret", s.secret)); got != invalidClient {
		t.Errorf("the secret in two places: %s", got)
	}
	if got := refusedWith(s.exchange(code, "client_assertion", "e30.e30.e30", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")); got != invalidClient {
		t.Errorf("a client by assertion: %s", got)
	}
	for _, gone := range []string{"/oauth/introspect", "/oauth/device_authorization", "/device_authorization", "/oauth/healthz", "/oauth/ready", "/ready", "/keys", "/userinfo", "/authorize", "/oauth/authorize/callback", "/oauth/callback",
		"/oauth/register", "/oauth/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if page := p.Nobody(t).Do(t, method, gone, nil, nil); page.Status != 404 {
				t.Errorf("%s %s: %d", method, gone, page.Status)
			}
		}
	}
	// Pages of other origins read nothing here.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+openid.TokenAt, strings.NewReader("grant_type=refresh_token"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := apptest.Send(t, r); a.Status != 403 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a page of another origin: %d %v", a.Status, a.Header)
	}
}

// Attack_OP_10: whoever asks for silence, a fresh sign-in or an answer gets it.
func prompts(t *testing.T, p *apptest.Portal) {
	s, asking := connect(t, p, "prompts", nil), connect(t, p, "asking", func(s *openid.Settings) { s.Trusted = false })
	if v := s.answered(p.Nobody(t).Get(t, s.ask("prompt", "none"))); v.Get("error") != "login_required" || v.Get("state") != "st-1" {
		t.Errorf("silence without a session: %v", v)
	}
	c := fresh(t, p, "customer-support")
	if s.answered(c.Get(t, s.ask("prompt", "none"))).Get("code") == "" {
		t.Error("silence with a session gets no code")
	}
	if v := asking.answered(c.Get(t, asking.ask("prompt", "none"))); v.Get("error") != "consent_required" {
		t.Errorf("silence without consent: %v", v)
	}
	consents(t, p, asking, c)
	proofs(t, p, s, c)
	stranger := s.signIn(fresh(t, p, "customer-member"))
	if v := s.answered(c.Get(t, s.ask("id_token_hint", stranger.ID))); v.Get("error") != "login_required" {
		t.Errorf("a hint at somebody else: %v", v)
	}
}

func consents(t *testing.T, p *apptest.Portal, s website, c *apptest.Client) {
	page := c.Get(t, s.ask())
	if page.Status != 303 || !strings.HasPrefix(page.Location, "/oauth/consent?") {
		t.Fatalf("without consent: %d %s", page.Status, page.Location)
	}
	at := page.Location
	shown := c.Get(t, at)
	if shown.Status != 200 || shown.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(shown.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || !strings.Contains(shown.Body, "asking.halden.example") {
		t.Errorf("the page that asks: %d %v", shown.Status, shown.Header)
	}
	if c.Get(t, at+"&answer=yes").Status != 200 || count(t, p, `SELECT count(*) FROM openid_consent WHERE client_id = $1`, s.id) != 0 {
		t.Error("a GET agrees")
	}
	foreign := c.Do(t, http.MethodPost, at, strings.NewReader("answer=yes"), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"cross-site"}})
	if foreign.Status != 403 {
		t.Errorf("another origin's form agrees: %d", foreign.Status)
	}
	form := shown.Hidden()
	form.Set("answer", "no")
	if no := led(c.Post(t, at, form)); !strings.Contains(no, "error=access_denied") {
		t.Errorf("no: %s", no)
	}
	form.Set("answer", "yes")
	if yes := led(c.Post(t, at, form)); !strings.HasPrefix(yes, s.redirect+"?code=") {
		t.Errorf("yes: %s", yes)
	}
	if s.code(c) == "" || s.answered(c.Get(t, s.ask("prompt", "none"))).Get("code") == "" {
		t.Error("what was agreed to is asked again")
	}
	if page := c.Get(t, s.ask("prompt", "consent")); !strings.HasPrefix(page.Location, "/oauth/consent?") {
		t.Errorf("prompt=consent: %s", page.Location)
	}
	change(t, p, `UPDATE openid_consent SET scopes = 'openid' WHERE client_id = $1`, s.id)
	if page := c.Get(t, s.ask()); !strings.HasPrefix(page.Location, "/oauth/consent?") {
		t.Errorf("more than was agreed to: %s", page.Location)
	}
}

// led is where a page of ours leads by itself.
func led(page apptest.Page) string {
	_, to, _ := strings.Cut(page.Header.Get("Refresh"), "; url=")
	if page.Status != 200 {
		return fmt.Sprintf("%d %s", page.Status, page.Location)
	}
	return to
}

func proofs(t *testing.T, p *apptest.Portal, s website, c *apptest.Client) {
	_, before := claimsOf(t, s.signIn(c).ID)
	time.Sleep(1100 * time.Millisecond) // auth_time has seconds
	for _, more := range [][]string{{"prompt", "login"}, {"max_age", "0"}, {"max_age", "1"}} {
		if v := s.answered(c.Get(t, s.ask(append(more, "code_challenge_method", "S256")...))); v != nil {
			t.Errorf("%v: %v", more, v)
		}
	}
	if v := s.answered(c.Get(t, s.ask("max_age", "3600"))); v.Get("code") == "" {
		t.Errorf("an age that is kept: %v", v)
	}
	page := c.Get(t, s.ask("prompt", "login"))
	at := page.Location
	shown := c.Get(t, at)
	if shown.Status != 200 || !strings.Contains(shown.Body, `name="_prove"`) {
		t.Fatalf("prompt=login: %d %s", shown.Status, at)
	}
	form := shown.Hidden()
	form.Set("answer", "yes")
	if got := c.Post(t, at, form); got.Status != 403 || led(got) != "403 " {
		t.Errorf("without a proof: %d", got.Status)
	}
	form.Set("_prove", "not the password")
	if got := c.Post(t, at, form); got.Status != 422 {
		t.Errorf("with a wrong one: %d", got.Status)
	}
	form.Set("_prove", "demo password customer-support")
	to, err := url.Parse(led(c.Post(t, at, form)))
	if err != nil || to.Query().Get("code") == "" {
		t.Fatalf("with the password: %v %v", to, err)
	}
	_, after := claimsOf(t, s.tokens(s.exchange(to.Query().Get("code"))).ID)
	if after["auth_time"].(float64) <= before["auth_time"].(float64) {
		t.Errorf("signed in at %v, after a fresh sign-in %v", before["auth_time"], after["auth_time"])
	}
	if v := s.answered(c.Get(t, s.ask("prompt", "login"))); v != nil {
		t.Errorf("the proof of one request is good for the next: %v", v)
	}
	// Who is not signed in signs in once, not twice.
	nobody := p.Nobody(t)
	way, err := url.Parse(nobody.Get(t, s.ask("prompt", "login")).Location)
	if err != nil {
		t.Fatal(err)
	}
	p.SignIn(t, nobody, "customer-support")
	if s.answered(nobody.Get(t, way.Query().Get("next"))).Get("code") == "" {
		t.Error("a sign-in that was just made does not count as a fresh one")
	}
}

// Attack_ID_39, Attack_ID_42: who has not finished signing in, and staff without second factor, come nowhere.
func halfSessions(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "half", nil)
	half := p.Nobody(t)
	for _, w := range p.World.People {
		if w.Key == "helpdesk" {
			if page := half.Post(t, "/sign-in", url.Values{"email": {w.Email}, "password": {w.Password}}); !strings.HasPrefix(page.Location, "/sign-in/factor") {
				t.Fatalf("no half session: %s", page.Location)
			}
		}
	}
	for _, path := range []string{s.ask(), s.ask("prompt", "none"), strings.Replace(s.ask(), openid.AuthorizeAt, "/oauth/consent", 1)} {
		page := half.Get(t, path)
		if v := s.answered(page); v.Get("code") != "" || v == nil && !strings.HasPrefix(page.Location, "/sign-in?next=") {
			t.Errorf("half a session: %d %s", page.Status, page.Location)
		}
	}
	if page := half.Post(t, strings.Replace(s.ask(), openid.AuthorizeAt, "/oauth/consent", 1), url.Values{"answer": {"yes"}}); page.Status != 401 {
		t.Errorf("half a session agrees: %d", page.Status)
	}
	staff := fresh(t, p, "billing-desk")
	got := s.signIn(staff)
	_, body := claimsOf(t, got.ID)
	if fmt.Sprint(body["amr"]) != "[mfa]" {
		t.Errorf("amr %v", body["amr"])
	}
	change(t, p, `UPDATE session SET factor_at = NULL WHERE id = $1`, body["sid"])
	if page := staff.Get(t, s.ask()); page.Status != 403 || page.Location != "" || !strings.Contains(page.Body, "second factor") {
		t.Errorf("staff without second factor: %d %s", page.Status, page.Location)
	}
	if v := s.answered(staff.Get(t, s.ask("prompt", "none"))); v.Get("error") != "interaction_required" {
		t.Errorf("in silence: %v", v)
	}
	if s.userinfo(got.Access).Status != 401 || refusedWith(s.refresh(got.Refresh)) != invalidGrant {
		t.Error("tokens of staff without second factor are good")
	}
}

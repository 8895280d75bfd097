package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
)

const invalidGrant, invalidClient, invalidRequest = "400 invalid_grant", "401 invalid_client", "400 invalid_request"

// Attack_OP_01: a code belongs to client, redirect address, verifier, person and session.
func codeIsBound(t *testing.T, p *apptest.Portal) {
	s, stranger := connect(t, p, "bound", nil), connect(t, p, "bound-other", nil)
	c := fresh(t, p, "customer-member")
	code := s.code(c)
	thief := s
	thief.id, thief.secret = stranger.id, stranger.secret
	guesser := s
	guesser.secret = stranger.secret
	for name, got := range map[string]string{
		"another verifier": refusedWith(s.exchange(code, "code_verifier", other)),
		"another address":  refusedWith(s.exchange(code, "redirect_uri", s.redirect+"/")),
		"no address":       refusedWith(s.exchange(code, "redirect_uri", "")),
		"another client":   refusedWith(thief.exchange(code)),
		"another code":     refusedWith(s.exchange(strings.Repeat("a", 32))),
		"half a code":      refusedWith(s.exchange(code[:26])),
		"an empty code":    strings.Replace(refusedWith(s.exchange(" ")), "invalid_request", "invalid_grant", 1),
	} {
		if got != invalidGrant {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := refusedWith(guesser.exchange(code)); got != invalidClient {
		t.Errorf("another secret: %s", got)
	}
	if s.exchange(code).Status != 200 {
		t.Error("the code itself is void: what was refused used it up")
	}
	code = s.code(c)
	change(t, p, `UPDATE openid_grant SET code_until = created_at WHERE used_at IS NULL AND client_id = $1`, s.id)
	if got := refusedWith(s.exchange(code)); got != invalidGrant {
		t.Errorf("a code that is over: %s", got)
	}
	code = s.code(c)
	c.Post(t, "/sign-out", url.Values{})
	if got := refusedWith(s.exchange(code)); got != invalidGrant {
		t.Errorf("a code whose session has ended: %s", got)
	}
}

// Attack_OP_02: a code works once, and brought twice ends what came of it.
func codeOnce(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "once", nil), p.As(t, "customer-member")
	code := s.code(c)
	got := s.tokens(s.exchange(code))
	if s.userinfo(got.Access).Status != 200 {
		t.Fatal("the tokens open nothing")
	}
	if again := refusedWith(s.exchange(code)); again != invalidGrant {
		t.Errorf("a second time: %s", again)
	}
	if s.userinfo(got.Access).Status != 401 || refusedWith(s.refresh(got.Refresh)) != invalidGrant {
		t.Error("tokens of a code that came twice are good")
	}
	if n := count(t, p, `SELECT count(*) FROM event WHERE name = 'openid.reused' AND subject = $1`, "openid:"+s.id); n != 1 {
		t.Errorf("%d events tell of it", n)
	}
	code = s.code(c)
	if won := together(50, func() int { return s.exchange(code).Status }); won[200] != 1 || won[400] != 49 {
		t.Errorf("50 at once: %v", won)
	}
}

// together runs f n times at once and counts what it gives.
func together(n int, f func() int) map[int]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[int]int{}
	for range n {
		wg.Go(func() {
			v := f()
			mu.Lock()
			defer mu.Unlock()
			got[v]++
		})
	}
	wg.Wait()
	return got
}

// Attack_OP_03: no way around PKCE with S256.
func pkce(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "pkce", nil), p.As(t, "customer-member")
	for name, more := range map[string][]string{
		"none":             {"code_challenge", "", "code_challenge_method", ""},
		"plain":            {"code_challenge", verifier, "code_challenge_method", "plain"},
		"plain by silence": {"code_challenge", verifier[:43], "code_challenge_method", ""},
		"no challenge":     {"code_challenge", ""},
		"too short":        {"code_challenge", "abc"},
		"another method":   {"code_challenge_method", "s256"},
	} {
		if v := s.answered(c.Get(t, s.ask(more...))); v.Get("error") != "invalid_request" || v.Get("code") != "" || v.Get("state") != "st-1" || v.Get("iss") != p.URL {
			t.Errorf("%s: %v", name, v)
		}
	}
	code := s.code(c)
	for _, dropped := range []string{"", "x", verifier + "x", challengeOf(verifier)} {
		if got := s.exchange(code, "code_verifier", dropped); got.Status != 400 {
			t.Errorf("verifier %q: %d", dropped, got.Status)
		}
	}
	var d map[string]any
	p.Program("").Get(t, openid.DiscoveryAt).Into(t, &d)
	for name, want := range map[string]string{"code_challenge_methods_supported": "[S256]", "response_types_supported": "[code]", "grant_types_supported": "[authorization_code refresh_token]",
		"response_modes_supported": "[query]", "id_token_signing_alg_values_supported": "[RS256]", "token_endpoint_auth_methods_supported": "[client_secret_basic client_secret_post]",
		"authorization_response_iss_parameter_supported": "true", "request_uri_parameter_supported": "false", "backchannel_logout_supported": "true"} {
		if got := fmt.Sprint(d[name]); got != want {
			t.Errorf("discovery: %s = %s, want %s", name, got, want)
		}
	}
	if d["issuer"] != p.URL || len(d) != 27 {
		t.Errorf("discovery announces %d things, read them: %v", len(d), d)
	}
}

// Attack_OP_04: addresses are compared as they stand; a browser is led to no other.
func exactAddresses(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "exact", func(s *openid.Settings) {
		s.Redirects = []string{"https://exact.halden.example/callback", "https://exact.halden.example/with%20blank?x=1"}
		s.Returns = []string{"https://exact.halden.example/bye"}
	})
	c := p.As(t, "customer-member")
	spoiled := func(good string) []string {
		return []string{good + "x", good + "/", good + "?", good + "?a=1", good + "#", good + "#f", strings.Replace(good, "https", "http", 1), strings.Replace(good, "https", "HTTPS", 1),
			strings.Replace(good, "exact.", "Exact.", 1), strings.Replace(good, ".example", ".example:443", 1), strings.Replace(good, ".example", ".example.evil.example", 1),
			strings.Replace(good, "exact.halden.example", "exact.halden.example@evil.example", 1), strings.Replace(good, "exact.halden.example", "user@exact.halden.example", 1),
			strings.Replace(good, ".example/", ".example/a/../", 1), strings.Replace(good, ".example/", ".example/./", 1), strings.Replace(good, ".example/", ".example//", 1),
			strings.Replace(good, "/exact", "/*", 1), "https://evil.example/", "javascript:alert(1)", "", " " + good, strings.Replace(good, "/", "%2F", 3), url.QueryEscape(good)}
	}
	for _, bad := range spoiled(s.redirect) {
		page := c.Get(t, s.ask("redirect_uri", bad))
		if page.Status != 400 || page.Location != "" || page.Header.Get("Refresh") != "" || strings.Contains(page.Body, `href="`+bad+`"`) && bad != "" {
			t.Errorf("%q: %d %s", bad, page.Status, page.Location)
		}
	}
	if c.Get(t, s.ask()+"&redirect_uri="+url.QueryEscape("https://evil.example/")).Status != 400 {
		t.Error("a second address is followed, or the first one in spite of it")
	}
	if page := c.Get(t, s.ask("client_id", "nobody")); page.Status != 400 || page.Location != "" {
		t.Errorf("an unknown client: %d %s", page.Status, page.Location)
	}
	odd := s
	odd.redirect = "https://exact.halden.example/with%20blank?x=1"
	if page := c.Get(t, odd.ask()); !strings.HasPrefix(page.Location, odd.redirect+"&code=") {
		t.Errorf("an address with a query of its own: %d %s", page.Status, page.Location)
	}
	for _, bad := range spoiled("https://exact.halden.example/bye") {
		if bad == "" {
			continue
		}
		at := openid.LogoutAt + "?" + url.Values{"client_id": {s.id}, "post_logout_redirect_uri": {bad}}.Encode()
		if page := c.Get(t, at); page.Status != 400 || page.Location != "" {
			t.Errorf("after a sign-out, %q: %d %s", bad, page.Status, page.Location)
		}
	}
	if c.Get(t, "/me/").Status != 200 {
		t.Error("what was refused has ended the session")
	}
}

// Attack_OP_06: what is no access token of this provider opens nothing, and says why; secrets stay out of addresses.
func wrongTokens(t *testing.T, p *apptest.Portal) {
	s, stranger, c := connect(t, p, "wrong", nil), connect(t, p, "wrong-other", nil), p.As(t, "customer-member")
	code := s.code(c)
	got := s.signIn(c)
	session := ""
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range c.HTTP.Jar.Cookies(at) {
		if cookie.Name == "lodge" {
			session = cookie.Value
		}
	}
	for name, token := range map[string]string{"truncated": got.Access[:31], "prefixed": "x" + got.Access, "with a subject": got.Access + ":", "upper case": strings.ToUpper(got.Access), "a refresh token": got.Refresh, "a code": code,
		"an ID token": got.ID, "a key of the API": p.World.Tokens["vendor"], "a session": session, "nothing": "", "blanks": "   ", "twice": got.Access + " " + got.Access} {
		a := s.userinfo(token)
		if a.Status != 401 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if session == "" || s.userinfo(got.Access).Status != 200 {
		t.Error("the token itself opens nothing")
	}
	if refusedWith(s.refresh(got.Access)) != invalidGrant || refusedWith(s.exchange(got.Refresh)) != invalidGrant || refusedWith(stranger.refresh(got.Refresh)) != invalidGrant {
		t.Error("a token fits another kind's door, or another client's")
	}
	if a := p.Program(got.Access).Get(t, "/api/v1/requests"); a.Status != 401 {
		t.Errorf("an access token opens the API: %d", a.Status)
	}
	// Another client revokes nothing, and is not told.
	for _, token := range []string{got.Access, got.Refresh} {
		if a := stranger.post(openid.RevokeAt, url.Values{"token": {token}}); a.Status != 200 {
			t.Errorf("revoking a stranger's token: %d %s", a.Status, a.Body)
		}
	}
	if s.userinfo(got.Access).Status != 200 {
		t.Error("a stranger has revoked the token")
	}
	secret := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}, "client_id": {s.id}, "client_secret": {s.secret}}
	inQuery := s.on(t)
	inQuery.id, inQuery.secret = "", ""
	for _, door := range []string{openid.TokenAt, openid.RevokeAt} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+door+"?"+secret.Encode(), strings.NewReader(secret.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := apptest.Send(t, r); refusedWith(a) != invalidRequest {
			t.Errorf("%s with the secret in the address: %s", door, refusedWith(a))
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+openid.UserinfoAt+"?access_token="+got.Access, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := apptest.Send(t, r); a.Status != 401 {
		t.Errorf("a token in the address: %d", a.Status)
	}
	// Its own revocation of the refresh token ends all of it.
	if s.post(openid.RevokeAt, url.Values{"token": {got.Refresh}}).Status != 200 || s.userinfo(got.Access).Status != 401 {
		t.Error("a revoked grant goes on")
	}
	disabledClient(t, p, s, c)
}

func disabledClient(t *testing.T, p *apptest.Portal, s website, c *apptest.Client) {
	got, code := s.signIn(c), s.code(c)
	if err := p.OpenID.Disable(t.Context(), operatorOf(t, p), s.id); err != nil {
		t.Fatal(err)
	}
	if page := c.Get(t, s.ask()); page.Status != 400 || page.Location != "" {
		t.Errorf("a disabled client asks: %d %s", page.Status, page.Location)
	}
	for name, a := range map[string]apptest.Answer{"code": s.exchange(code), "refresh": s.refresh(got.Refresh), "revoke": s.post(openid.RevokeAt, url.Values{"token": {got.Refresh}})} {
		if a.Status != 401 && refusedWith(a) != invalidGrant || name != "code" && a.Status != 401 {
			t.Errorf("a disabled client, %s: %s", name, refusedWith(a))
		}
	}
	if s.userinfo(got.Access).Status != 401 {
		t.Error("a disabled client's token is good")
	}
	if page := c.Get(t, openid.LogoutAt+"?client_id="+s.id); page.Status != 400 {
		t.Errorf("a disabled client signs out: %d", page.Status)
	}
}

// Attack_OP_07: roles come from grants when a token is made; scopes add none.
func claimsFromGrants(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "claims", nil), p.As(t, "two-numbers")
	token := s.tokens(s.exchange(s.code(c, "scope", "openid organisations role:operator organisations:20417:security-administrator admin")))
	if token.Scope != "openid organisations" {
		t.Errorf("scopes %q", token.Scope)
	}
	orgs := func(token tokens) string {
		_, body := claimsOf(t, token.ID)
		info := map[string]any{}
		s.userinfo(token.Access).Into(t, &info)
		if fmt.Sprint(body["organisations"]) != fmt.Sprint(info["organisations"]) {
			t.Errorf("the ID token says %v, userinfo %v", body["organisations"], info["organisations"])
		}
		if body["email"] != nil || body["name"] != nil {
			t.Errorf("claims nobody asked for: %v", body)
		}
		all := ""
		for _, o := range info["organisations"].([]any) {
			o := o.(map[string]any)
			all += fmt.Sprintf("%.0f %v;", o["number"], o["roles"])
		}
		return all
	}
	customer, site := p.World.Organisations["customer"].Number, p.World.Organisations["customer-site"].Number
	if got, want := orgs(token), fmt.Sprintf("%d [support-advanced];%d [reporting support-advanced];", customer, site); got != want {
		t.Errorf("claims %s, want %s", got, want)
	}
	again := func() string { return orgs(s.tokens(s.exchange(s.code(c, "scope", "openid organisations")))) }
	change(t, p, `UPDATE organisation SET status = 'disabled' WHERE number = $1`, site)
	if got := again(); strings.Contains(got, fmt.Sprint(site)) || !strings.Contains(got, fmt.Sprint(customer)) {
		t.Errorf("a disabled organisation is in %s, or the other one is not", got)
	}
	change(t, p, `UPDATE organisation SET status = 'disabled' WHERE number = $1`, customer)
	if got := again(); got != "" {
		t.Errorf("all are disabled: %s", got)
	}
	change(t, p, `UPDATE organisation SET status = 'active' WHERE number IN ($1, $2)`, site, customer)
	change(t, p, `UPDATE membership SET until_at = $1 WHERE person_id = (SELECT person_id FROM session WHERE id = (SELECT session_id FROM openid_grant WHERE client_id = $2 ORDER BY id LIMIT 1)) AND org_id = (SELECT id FROM organisation WHERE number = $3)`,
		time.Now().Add(-time.Hour).UTC(), s.id, site)
	if got := again(); strings.Contains(got, fmt.Sprint(site)) || !strings.Contains(got, fmt.Sprint(customer)) {
		t.Errorf("a membership that is over is in %s", got)
	}
}

// drain reads a body that a test server got.
func drain(r *http.Request) url.Values {
	b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	v, _ := url.ParseQuery(string(b))
	return v
}

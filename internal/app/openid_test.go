package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// verifier is a PKCE verifier, and other one that does not fit.
const (
	verifier = "correct-horse-battery-staple-correct-horse-battery"
	other    = "incorrect-horse-battery-staple-incorrect-horse-ba"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// operatorOf is the vendor's operator, who may connect websites.
func operatorOf(t *testing.T, p *apptest.Portal) who.Actor {
	t.Helper()
	return who.Actor{Person: one(t, p, `SELECT id FROM person WHERE email = 'karin.dahl@halden.example'`), Org: vendorID(t, p), Member: vendorID(t, p), Source: who.Own, Language: "en",
		Rights: who.Rights{openid.Manage: true}}
}

func vendorID(t *testing.T, p *apptest.Portal) string {
	return one(t, p, `SELECT id FROM organisation WHERE kind = 'vendor' AND NOT is_site`)
}

// one reads one text.
func one(t *testing.T, p *apptest.Portal, q string, args ...any) (s string) {
	t.Helper()
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		s, err = store.One[string](tx, q, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// website is a relying party that speaks the protocol by hand, so that it can speak it wrongly.
type website struct {
	*testing.T
	p          *apptest.Portal
	id, secret string
	redirect   string
}

// connect makes a website that is trusted, unless change says otherwise.
func connect(t *testing.T, p *apptest.Portal, name string, change func(*openid.Settings)) website {
	t.Helper()
	s := openid.Settings{Name: name, Redirects: []string{"https://" + name + ".halden.example/callback"}, Returns: []string{"https://" + name + ".halden.example/bye"}, Trusted: true}
	if change != nil {
		change(&s)
	}
	operator := operatorOf(t, p)
	id, err := p.OpenID.Make(t.Context(), operator, s)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := p.OpenID.Secret(t.Context(), operator, id)
	if err != nil {
		t.Fatal(err)
	}
	return website{t, p, id, secret, s.Redirects[0]}
}

// on is the same website in another test.
func (s website) on(t *testing.T) website { s.T = t; return s }

// ask is the address to which it sends people; more are names and values, ” takes one away.
func (s website) ask(more ...string) string {
	v := url.Values{"client_id": {s.id}, "redirect_uri": {s.redirect}, "response_type": {"code"}, "scope": {"openid profile email organisations offline_access"}, "state": {"st-1"},
		"nonce": {"n-1"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(more); i += 2 {
		if v.Set(more[i], more[i+1]); more[i+1] == "" {
			v.Del(more[i])
		}
	}
	return openid.AuthorizeAt + "?" + v.Encode()
}

// answered are the parameters that came back to the website with a redirect; nil if the browser was led anywhere else.
func (s website) answered(page apptest.Page) url.Values {
	s.Helper()
	rest, ok := strings.CutPrefix(page.Location, s.redirect+"?")
	if page.Status != http.StatusSeeOther || !ok {
		return nil
	}
	v, err := url.ParseQuery(rest)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// code signs somebody in at the website.
func (s website) code(c *apptest.Client, more ...string) string {
	s.Helper()
	page := c.Get(s, s.ask(more...))
	v := s.answered(page)
	if v.Get("code") == "" || v.Get("state") != "st-1" || v.Get("iss") != s.p.URL || len(v) != 3 {
		s.Fatalf("no code: %d %s %s", page.Status, page.Location, text(page.Body))
	}
	return v.Get("code")
}

func text(body string) string { return regexp.MustCompile(`(?s)<main.*`).FindString(body) }

// post sends a form to an endpoint with the website's secret as Basic.
func (s website) post(at string, form url.Values) apptest.Answer {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.p.URL+at, strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(s.id, s.secret)
	return apptest.Send(s, r)
}

// exchange brings a code; more are names and values.
func (s website) exchange(code string, more ...string) apptest.Answer {
	s.Helper()
	v := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.redirect}, "code_verifier": {verifier}}
	for i := 0; i+1 < len(more); i += 2 {
		if v.Set(more[i], more[i+1]); more[i+1] == "" {
			v.Del(more[i])
		}
	}
	return s.post(openid.TokenAt, v)
}

func (s website) refresh(token string) apptest.Answer {
	s.Helper()
	return s.post(openid.TokenAt, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// tokens is what the token endpoint gives.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Scope   string `json:"scope"`
}

func (s website) tokens(a apptest.Answer) (got tokens) {
	s.Helper()
	if a.Status != 200 {
		s.Fatalf("no tokens: %d %s", a.Status, a.Body)
	}
	a.Into(s, &got)
	return got
}

// signIn goes the whole way.
func (s website) signIn(c *apptest.Client) tokens {
	s.Helper()
	return s.tokens(s.exchange(s.code(c)))
}

func (s website) userinfo(access string) apptest.Answer {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.p.URL+openid.UserinfoAt, nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	return apptest.Send(s, r)
}

// refused is the error of an endpoint's answer.
func refusedWith(a apptest.Answer) string {
	var e struct {
		Error string `json:"error"`
	}
	if json.Unmarshal([]byte(a.Body), &e) != nil {
		return "no JSON: " + a.Body
	}
	return fmt.Sprintf("%d %s", a.Status, e.Error)
}

// claims are those of a token, without a look at its signature: foreign relying parties do that.
func claimsOf(t *testing.T, token string) (head, body map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no signed token", token)
	}
	for i, into := range []*map[string]any{&head, &body} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return head, body
}

// fresh is a browser of its own, signed in.
func fresh(t *testing.T, p *apptest.Portal, key string) *apptest.Client {
	t.Helper()
	c := p.Nobody(t)
	p.SignIn(t, c, key)
	return c
}

// TestOpenID runs against one portal for each engine: those that take something away from the world come last.
func TestOpenID(t *testing.T) {
	tests := []struct {
		name string
		run  func(*testing.T, *apptest.Portal)
	}{
		{"a_person_signs_in_at_a_website", signsInElsewhere},
		{"a_website_is_connected_by_page", connectedByPage},
		{"a_website_is_connected_by_program", connectedByProgram},
		{"a_person_ends_what_he_has_at_a_website", endsWhatHeHas},
		{"Attack_ID_41_secrets_ask_once_more", secretsAskAgain},
		{"a_sign_out_here_passes_by_the_websites", signOutHere},
		{"Attack_OP_01_a_code_belongs_to_client_address_verifier_and_session", codeIsBound},
		{"Attack_OP_02_a_code_works_once_and_twice_ends_what_came_of_it", codeOnce},
		{"Attack_OP_03_there_is_no_way_around_PKCE", pkce},
		{"Attack_OP_04_addresses_are_compared_as_they_stand", exactAddresses},
		{"Attack_OP_05_refresh_tokens_rotate_and_reuse_ends_the_family", refreshRotates},
		{"Attack_OP_05_Attack_ID_36_every_refresh_looks_at_what_is_in_force", refreshLooks},
		{"Attack_OP_06_Attack_ID_22_what_is_no_access_token_opens_nothing", wrongTokens},
		{"Attack_OP_07_claims_come_from_memberships_in_force", claimsFromGrants},
		{"Attack_OP_08_a_sign_out_reaches_all_websites", logoutReachesAll},
		{"Attack_OP_08_no_link_signs_anybody_out", logoutAsks},
		{"Attack_OP_09_nothing_but_the_code_flow", onlyCode},
		{"Attack_OP_10_silence_fresh_sign_in_and_consent", prompts},
		{"Attack_OP_11_keys_change_without_a_gap", keysChange},
		{"signing_goes_on_under_another_key_file", keyFileChanges},
		{"Attack_ID_29_a_new_password_ends_refresh_tokens", sessionsEnd},
		{"Attack_ID_39_Attack_ID_42_no_half_session_and_no_staff_without_factor", halfSessions},
	}
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) { test.run(t, p) })
		}
	})
}

func signsInElsewhere(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "forum", nil)
	c := p.Nobody(t)
	page := c.Get(t, s.ask())
	if page.Status != 303 || !strings.HasPrefix(page.Location, "/sign-in?next=") {
		t.Fatalf("a stranger: %d %s", page.Status, page.Location)
	}
	form := url.Values{"email": {"anna.nowak@kowalski.example"}, "password": {"demo password customer-admin"}}
	for _, w := range p.World.People {
		if w.Key == "customer-admin" {
			form.Set("email", w.Email)
		}
	}
	next, err := url.Parse(page.Location)
	if err != nil {
		t.Fatal(err)
	}
	form.Set("next", next.Query().Get("next"))
	page = c.Post(t, "/sign-in", form)
	if page.Status != 303 || !strings.HasPrefix(page.Location, openid.AuthorizeAt+"?") {
		t.Fatalf("after the sign-in: %d %s", page.Status, page.Location)
	}
	v := s.answered(c.Get(t, page.Location))
	got := s.tokens(s.exchange(v.Get("code")))
	head, body := claimsOf(t, got.ID)
	if head["alg"] != "RS256" || body["iss"] != p.URL || body["aud"].([]any)[0] != s.id || body["nonce"] != "n-1" || body["email"] != form.Get("email") || body["sid"] == nil || body["auth_time"] == nil {
		t.Errorf("ID token %v %v", head, body)
	}
	info := s.userinfo(got.Access)
	if info.Status != 200 || !strings.Contains(info.Body, `"organisations":[{"number":20417`) || !strings.Contains(info.Body, `"security-administrator"`) || !strings.Contains(info.Body, `"email_verified":true`) {
		t.Errorf("userinfo: %d %s", info.Status, info.Body)
	}
	again := s.tokens(s.refresh(got.Refresh))
	if again.Refresh == got.Refresh || again.Access == got.Access || s.userinfo(again.Access).Status != 200 {
		t.Error("a refresh gives no new tokens")
	}
}

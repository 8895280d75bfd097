package app_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
	"lodge/internal/platform/store"
)

// Attack_OP_05: refresh tokens rotate; whoever brings an old one ends the family.
func refreshRotates(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "rotates", nil), p.As(t, "customer-member")
	first := s.signIn(c)
	second := s.tokens(s.refresh(first.Refresh))
	third := s.tokens(s.refresh(second.Refresh))
	if got := refusedWith(s.refresh(first.Refresh)); got != invalidGrant {
		t.Errorf("an old one: %s", got)
	}
	if refusedWith(s.refresh(third.Refresh)) != invalidGrant || s.userinfo(third.Access).Status != 401 {
		t.Error("the family lives on")
	}
	parallel := s.signIn(c).Refresh
	if won := together(20, func() int { return s.refresh(parallel).Status }); won[200] != 1 || won[400] != 19 {
		t.Errorf("20 at once: %v", won)
	}
	narrow := s.signIn(c)
	less := s.tokens(s.post(openid.TokenAt, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {narrow.Refresh}, "scope": {"openid"}}))
	if info := s.userinfo(less.Access); info.Status != 200 || strings.Contains(info.Body, "email") {
		t.Errorf("fewer scopes: %d %s", info.Status, info.Body)
	}
	if got := refusedWith(s.post(openid.TokenAt, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {less.Refresh}, "scope": {"openid phone"}})); got != "400 invalid_scope" {
		t.Errorf("more scopes: %s", got)
	}
	if short := s.tokens(s.exchange(s.code(c, "scope", "openid"))); short.Refresh != "" {
		t.Error("a refresh token that nobody asked for")
	}
}

// Attack_OP_05, Attack_ID_36: every refresh looks at person, membership, role, session and client as they are now.
func refreshLooks(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "looks", nil)
	c := fresh(t, p, "customer-support-2")
	token := s.signIn(c)
	_, body := claimsOf(t, token.ID)
	person := body["sub"]
	orgs := func() string {
		t.Helper()
		token = s.tokens(s.refresh(token.Refresh))
		_, body := claimsOf(t, token.ID)
		return fmt.Sprint(body["organisations"])
	}
	if got := orgs(); !strings.Contains(got, "support-restricted") {
		t.Errorf("claims %s", got)
	}
	change(t, p, `DELETE FROM membership_role WHERE membership_id IN (SELECT id FROM membership WHERE person_id = $1)`, person)
	if got := orgs(); strings.Contains(got, "support-restricted") || !strings.Contains(got, "roles:[]") {
		t.Errorf("a role that is gone: %s", got)
	}
	change(t, p, `UPDATE membership SET state = 'obsolete' WHERE person_id = $1`, person)
	if got := orgs(); got != "[]" {
		t.Errorf("a membership that is gone: %s", got)
	}
	change(t, p, `UPDATE membership SET state = 'active' WHERE person_id = $1`, person)
	change(t, p, `UPDATE person SET state = 'disabled' WHERE id = $1`, person)
	if refusedWith(s.refresh(token.Refresh)) != invalidGrant || s.userinfo(token.Access).Status != 401 {
		t.Error("a disabled person's tokens are good")
	}
	change(t, p, `UPDATE person SET state = 'active' WHERE id = $1`, person)
	token = s.signIn(c) // the refusals above have ended nothing
	if err := p.OpenID.Disable(t.Context(), operatorOf(t, p), s.id); err != nil {
		t.Fatal(err)
	}
	if got := refusedWith(s.refresh(token.Refresh)); got != invalidClient {
		t.Errorf("a disabled client: %s", got)
	}
	if err := p.OpenID.Enable(t.Context(), operatorOf(t, p), s.id); err != nil {
		t.Fatal(err)
	}
	if refusedWith(s.refresh(token.Refresh)) != invalidGrant {
		t.Error("what was ended with the client comes back with it")
	}
}

// Attack_ID_29: a new password, and the end of a session, end the refresh tokens made in it.
func sessionsEnd(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "ends", nil)
	here, there := fresh(t, p, "reporting"), fresh(t, p, "reporting")
	mine, theirs := s.signIn(here), s.signIn(there)
	_, body := claimsOf(t, theirs.ID)
	if page := here.Post(t, fmt.Sprintf("/me/sessions/%s/revoke", body["sid"]), here.Get(t, "/me/security").Hidden()); page.Status != 303 {
		t.Fatalf("revoke: %d", page.Status)
	}
	if refusedWith(s.refresh(theirs.Refresh)) != invalidGrant || s.userinfo(theirs.Access).Status != 401 {
		t.Error("tokens of a revoked session are good")
	}
	there = fresh(t, p, "reporting")
	theirs = s.signIn(there)
	form := here.Get(t, "/me/security").Hidden()
	form.Set("current", "demo password reporting")
	form.Set("password", "another password for reporting")
	if page := here.Post(t, "/me/password", form); page.Status != 303 {
		t.Fatalf("change of password: %d", page.Status)
	}
	if refusedWith(s.refresh(theirs.Refresh)) != invalidGrant || s.userinfo(theirs.Access).Status != 401 {
		t.Error("after a change of password tokens of another session are good")
	}
	if s.userinfo(mine.Access).Status != 200 {
		t.Error("the session that changed it has lost its own")
	}
	// A session may end without a word, as all do in a restored copy.
	silent, code := s.signIn(here), s.code(here)
	_, body = claimsOf(t, silent.ID)
	change(t, p, `UPDATE session SET revoked_at = created_at WHERE id = $1`, body["sid"])
	if s.userinfo(silent.Access).Status != 401 || refusedWith(s.refresh(silent.Refresh)) != invalidGrant || refusedWith(s.exchange(code)) != invalidGrant {
		t.Error("what was given in a session that ended without a word is good")
	}
	change(t, p, `UPDATE session SET revoked_at = NULL WHERE id = $1`, body["sid"])
	mine = s.signIn(here)
	change(t, p, `UPDATE session SET absolute_until = $1 WHERE person_id = $2`, time.Now().Add(-time.Minute).UTC(), body["sub"])
	if refusedWith(s.refresh(mine.Refresh)) != invalidGrant {
		t.Error("a refresh token outlives its session")
	}
}

// keysOf reads the published keys.
func keysOf(t *testing.T, p *apptest.Portal) (set jose.JSONWebKeySet, body string) {
	t.Helper()
	a := p.Program("").Get(t, openid.KeysAt)
	a.Into(t, &set)
	return set, a.Body
}

// verified are the claims of a token that one of the published keys has signed.
func verified(t *testing.T, p *apptest.Portal, token string) (claims map[string]any, err error) {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	set, _ := keysOf(t, p)
	keys := set.Key(signed.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		return nil, fmt.Errorf("%d keys of id %q", len(keys), signed.Signatures[0].Header.KeyID)
	}
	b, err := signed.Verify(keys[0].Key)
	if err == nil {
		err = json.Unmarshal(b, &claims)
	}
	return claims, err
}

// Attack_OP_08: the end of a session reaches all websites, also one that is away for a moment.
func logoutReachesAll(t *testing.T, p *apptest.Portal) {
	told := make(chan url.Values, 10)
	tries := 0
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			http.Error(w, "in a moment", http.StatusServiceUnavailable)
			return
		}
		told <- drain(r)
	}))
	defer site.Close()
	s := connect(t, p, "leaver", func(s *openid.Settings) { s.FrontChannel = "https://leaver.halden.example/front" })
	far := connect(t, p, "listener", func(s *openid.Settings) { s.BackChannel = site.URL + "/logout" })
	idle := connect(t, p, "idle", func(s *openid.Settings) { s.BackChannel = site.URL + "/idle" })
	c := fresh(t, p, "licensing")
	mine, theirs := s.signIn(c), far.signIn(c)
	idle.code(c) // never exchanged: it knows nobody
	other := fresh(t, p, "licensing")
	kept := s.signIn(other)

	at := openid.LogoutAt + "?" + url.Values{"id_token_hint": {mine.ID}, "post_logout_redirect_uri": {"https://leaver.halden.example/bye"}, "state": {"so long"}}.Encode()
	page := c.Get(t, at)
	if page.Status != 303 || !strings.HasPrefix(page.Location, "/oauth/signed-out?") {
		t.Fatalf("sign-out: %d %s", page.Status, page.Location)
	}
	last := c.Get(t, page.Location)
	_, body := claimsOf(t, mine.ID)
	frame := "https://leaver.halden.example/front?" + url.Values{"iss": {p.URL}, "sid": {body["sid"].(string)}}.Encode()
	if to := led(last); to != "https://leaver.halden.example/bye?state=so+long" {
		t.Errorf("led to %s", to)
	}
	if !strings.Contains(last.Body, strings.ReplaceAll(frame, "&", "&amp;")) || !strings.Contains(last.Header.Get("Content-Security-Policy"), "; frame-src https://leaver.halden.example") {
		t.Errorf("no frame for %s in %s", frame, text(last.Body))
	}
	if page := c.Get(t, "/me/"); page.Status != 303 {
		t.Errorf("the session goes on: %d", page.Status)
	}
	for name, got := range map[string]int{"its own": s.userinfo(mine.Access).Status, "the other's": far.userinfo(theirs.Access).Status} {
		if got != 401 {
			t.Errorf("userinfo with %s token: %d", name, got)
		}
	}
	if refusedWith(far.refresh(theirs.Refresh)) != invalidGrant {
		t.Error("refresh tokens outlive the sign-out")
	}
	if s.userinfo(kept.Access).Status != 200 {
		t.Error("another session of the same person has ended as well")
	}
	select {
	case form := <-told:
		head, _ := claimsOf(t, form.Get("logout_token"))
		claims, err := verified(t, p, form.Get("logout_token"))
		if err != nil || head["typ"] != "logout+jwt" || claims["iss"] != p.URL || claims["aud"] != far.id || claims["sub"] != body["sub"] || claims["sid"] != body["sid"] || claims["nonce"] != nil || claims["jti"] == nil ||
			claims["events"].(map[string]any)["http://schemas.openid.net/event/backchannel-logout"] == nil || claims["exp"].(float64)-claims["iat"].(float64) != 120 {
			t.Errorf("logout token %v %v %v", head, claims, err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the website was not told again")
	}
	if n := count(t, p, `SELECT count(*) FROM openid_notice WHERE client_id = $1`, idle.id); n != 0 {
		t.Errorf("%d notices to a website that knows nobody", n)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the answer is noted after it came
		if count(t, p, `SELECT count(*) FROM openid_notice WHERE client_id = $1 AND sent_at IS NOT NULL AND tries = 2`, far.id) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("what was delivered is not noted")
		}
	}
}

// Attack_OP_08: no other site signs anybody out without a question.
func logoutAsks(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "asker", nil)
	c, stranger := fresh(t, p, "licence-supervisor"), s.signIn(fresh(t, p, "customer-member"))
	mine := s.signIn(c)
	forged := forge(t, mine.ID)
	for name, v := range map[string]url.Values{"nothing": {}, "its id alone": {"client_id": {s.id}}, "somebody else's ID token": {"id_token_hint": {stranger.ID}}, "a forged one": {"id_token_hint": {forged}, "client_id": {s.id}}} {
		page := c.Get(t, openid.LogoutAt+"?"+v.Encode())
		if page.Status != 303 || !strings.HasPrefix(page.Location, "/oauth/sign-out?") {
			t.Errorf("%s: %d %s", name, page.Status, page.Location)
			continue
		}
		if asked := c.Get(t, page.Location); asked.Status != 200 || asked.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %d", name, asked.Status)
		}
	}
	if c.Get(t, openid.LogoutAt+"?"+url.Values{"id_token_hint": {mine.ID}, "client_id": {"another"}}.Encode()).Status != 400 {
		t.Error("an ID token of another client is taken")
	}
	if c.Get(t, "/me/").Status != 200 {
		t.Fatal("a link has signed somebody out")
	}
	at := "/oauth/sign-out?" + url.Values{"client_id": {s.id}, "post_logout_redirect_uri": {"https://asker.halden.example/bye"}}.Encode()
	foreign := c.Do(t, http.MethodPost, at, strings.NewReader(""), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"cross-site"}})
	if foreign.Status != 403 || c.Get(t, "/me/").Status != 200 {
		t.Errorf("another origin's form signs out: %d", foreign.Status)
	}
	page := c.Post(t, at, c.Get(t, at).Hidden())
	if to := led(c.Get(t, page.Location)); to != "https://asker.halden.example/bye" || c.Get(t, "/me/").Status != 303 {
		t.Errorf("after the question: %d %s, led to %s", page.Status, page.Location, to)
	}
	if nobody := p.Nobody(t).Get(t, "/oauth/signed-out?to=AAAA"); nobody.Status != 404 || led(nobody) != "404 " {
		t.Errorf("an address that was not sealed here: %d", nobody.Status)
	}
}

// forge signs the claims of a token with a key that nobody has published, under the id of the one that is.
func forge(t *testing.T, token string) string {
	t.Helper()
	head, body := claimsOf(t, token)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: &jose.JSONWebKey{Key: key, KeyID: head["kid"].(string)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(b)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Attack_OP_11: keys change without a gap, and private halves stay where they are.
func keysChange(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "keys", nil), p.As(t, "customer-member")
	old := s.signIn(c)
	if _, err := verified(t, p, old.ID); err != nil {
		t.Fatal(err)
	}
	if err := p.OpenID.ChangeKey(t.Context(), operatorOf(t, p)); err != nil {
		t.Fatal(err)
	}
	young := s.signIn(c)
	oldHead, _ := claimsOf(t, old.ID)
	youngHead, _ := claimsOf(t, young.ID)
	if oldHead["kid"] == youngHead["kid"] {
		t.Fatal("the same key signs")
	}
	for name, token := range map[string]string{"old": old.ID, "young": young.ID} {
		if _, err := verified(t, p, token); err != nil {
			t.Errorf("the %s token: %v", name, err)
		}
	}
	_, body := keysOf(t, p)
	for _, private := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"qi"`} {
		if strings.Contains(body, private) {
			t.Errorf("the published keys hold %s", private)
		}
	}
	rows := sealedKeys(t, p)
	if len(rows) != 1 {
		t.Errorf("%d private halves rest, want that of the key that signs alone", len(rows))
	}
	for _, sealed := range rows {
		b, err := base64.StdEncoding.DecodeString(sealed)
		if _, open := x509.ParsePKCS8PrivateKey(b); err != nil || open == nil {
			t.Errorf("a private half rests open (%v)", err)
		}
	}
	// When its last token has expired, the old key is gone, and what it signed is worth nothing.
	change(t, p, `UPDATE openid_key SET until_at = $1 WHERE until_at IS NOT NULL`, time.Now().Add(-time.Second).UTC())
	if _, err := verified(t, p, old.ID); err == nil {
		t.Error("the old key is published for ever")
	}
	if page := c.Get(t, openid.LogoutAt+"?id_token_hint="+old.ID); !strings.HasPrefix(page.Location, "/oauth/sign-out?") {
		t.Errorf("a hint of a key that is gone signs out: %s", page.Location)
	}
	if v := s.answered(c.Get(t, s.ask("id_token_hint", old.ID))); v.Get("error") != "login_required" {
		t.Errorf("a hint of a key that is gone: %v", v)
	}
	// The key that signs changes by itself.
	change(t, p, `UPDATE openid_key SET created_at = $1 WHERE retired_at IS NULL`, time.Now().AddDate(0, 0, -91).UTC())
	if err := p.OpenID.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head, _ := claimsOf(t, s.signIn(c).ID); head["kid"] == youngHead["kid"] {
		t.Error("a key of 91 days signs on")
	}
	if _, err := verified(t, p, young.ID); err != nil {
		t.Errorf("after the change by itself: %v", err)
	}
}

func sealedKeys(t *testing.T, p *apptest.Portal) (all []string) {
	t.Helper()
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Query[string](tx, `SELECT sealed FROM openid_key WHERE sealed <> ''`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAttack_OP_11: what opens something, or signs, is in no log, whatever goes wrong on the way.
func TestAttack_OP_11_no_log_holds_a_secret(t *testing.T) {
	for name, engine := range map[string]apptest.Engine{"sqlite": apptest.Lite, "postgres": apptest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &apptest.Log{}
			p := apptest.StartLogged(t, engine, log)
			s, c := connect(t, p, "logged", nil), p.As(t, "customer-member")
			code := s.code(c)
			got := s.tokens(s.exchange(code))
			secrets := []string{code, got.Access, got.Refresh, got.ID, s.secret, verifier, strings.Split(got.ID, ".")[2]}
			s.exchange(code) // voids them all, and says so
			s.exchange(code, "code_verifier", other)
			s.refresh(got.Refresh)
			s.userinfo(got.Access)
			s.post(openid.RevokeAt, url.Values{"token": {got.Refresh}})
			c.Get(t, openid.LogoutAt+"?id_token_hint="+got.ID)
			wrong := s
			wrong.secret = strings.Repeat("w", 32)
			wrong.refresh(got.Refresh)
			secrets = append(secrets, wrong.secret)
			for _, sealed := range sealedKeys(t, p) {
				b, err := base64.StdEncoding.DecodeString(sealed)
				if err != nil {
					t.Fatal(err)
				}
				der, err := p.Keys.Open("openid key", b)
				if err != nil {
					t.Fatal(err)
				}
				secrets = append(secrets, sealed, base64.StdEncoding.EncodeToString(der))
			}
			if !strings.Contains(log.String(), "invalid_grant") || len(secrets) != 10 {
				t.Errorf("%d secrets; the log says nothing of what went wrong", len(secrets))
			}
			for i, secret := range secrets {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log holds secret %d", i)
				}
			}
		})
	}
}

package federation_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/federation"
	"lodge/internal/worldtest"
)

func TestAttack_OP_16_a_bad_upstream_is_told_within_five_seconds_and_other_ways_work(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up, joins)
		release := make(chan struct{})
		defer close(release)
		hang := func(http.ResponseWriter, *http.Request) bool { <-release; return true }
		huge := func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"issuer":"`))
			line := []byte(strings.Repeat("x", 64<<10))
			for range 160 {
				if _, err := w.Write(line); err != nil {
					break
				}
			}
			return true
		}
		loop := func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return true
		}
		down := func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true }
		const config = "/.well-known/openid-configuration"
		try := func(name string) {
			t.Helper()
			b := p.Browser(p.h)
			leads(t, b.Post("/sign-in", url.Values{"email": {p.Email("ewa")}}), federation.At+"/"+id)
			begun := time.Now()
			a := b.Get(federation.At + "/" + id + "/go")
			if took := time.Since(begun); a.Status != 503 || took > 5*time.Second || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, `href="/sign-in"`) {
				t.Errorf("%s: %d after %v", name, a.Status, took)
			}
			leads(t, b.Post("/sign-in", url.Values{"email": {p.Email("ewa")}, "password": {worldtest.Password}}), "/")
		}
		for name, f := range map[string]func(http.ResponseWriter, *http.Request) bool{"slow": hang, "10 MB": huge, "loop": loop, "down": down} {
			p.Clock.Add(2 * time.Hour) // what is known of it is too old
			up.do(config, f)
			try(name)
			if name == "loop" && up.hit(config) > 12 {
				t.Errorf("%d questions in a loop", up.hit(config))
			}
		}
		before := up.hit(config)
		try("asked again at once")
		if up.hit(config) != before {
			t.Error("what has just failed was asked again")
		}
		up.do(config, nil)
		p.Clock.Add(time.Minute)
		b := p.Browser(p.h)
		asked := p.leave(b, "ola@kowalski.example")
		up.do("/token", hang)
		begun := time.Now()
		a := up.back(b, asked, person("ola", "ola@kowalski.example"))
		if took := time.Since(begun); a.Status != 503 || took > 5*time.Second {
			t.Errorf("token: %d after %v", a.Status, took)
		}
		up.do("/token", nil)

		// An unknown key makes it ask for the keys at most once a minute.
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		p.Clock.Add(2 * time.Minute)
		keys := up.hit("/keys")
		for range 5 {
			b := p.Browser(p.h)
			asked := p.leave(b, "ola@kowalski.example")
			shows(t, up.backWith(b, asked, sign(t, jose.RS256, up.key, claims{"kid": "unknown"}, up.shown(asked.Get("nonce"), person("ola", "ola@kowalski.example")))), 403)
		}
		if n := up.hit("/keys") - keys; n != 1 {
			t.Errorf("%d questions for keys", n)
		}
		up.mu.Lock()
		up.kid = "k2" // the company has changed its key
		up.mu.Unlock()
		p.Clock.Add(time.Minute)
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
	})
}

func TestAttack_OP_17_logout_tokens_are_checked_and_a_removed_company_leaves_no_session(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up, joins)
		in := func(sid string) *worldtest.Browser {
			t.Helper()
			b := p.Browser(p.h)
			leads(t, p.come(b, up, "ola@kowalski.example", claims{"sub": "ola", "email": "ola@kowalski.example", "sid": sid}), "/")
			return b
		}
		logout := func(over claims) int {
			t.Helper()
			now := p.Clock.Now().Unix()
			c := claims{"iss": up.issuer(), "aud": clientID, "iat": now, "exp": now + 120, "jti": "j1", "sub": "ola", "events": claims{"http://schemas.openid.net/event/backchannel-logout": claims{}}}
			for name, value := range over {
				if c[name] = value; value == nil {
					delete(c, name)
				}
			}
			b := p.Browser(p.h)
			return b.Do("POST", federation.At+"/"+id+"/logout", url.Values{"logout_token": {up.sign(c)}}).Status
		}
		first, second := in("s1"), in("s2")
		other := p.As(p.h, "ewa")
		for name, over := range map[string]claims{"aud": {"aud": "another"}, "no aud": {"aud": nil}, "nonce": {"nonce": "n"}, "empty nonce": {"nonce": ""}, "no jti": {"jti": nil}, "no events": {"events": nil},
			"other event": {"events": claims{"x": claims{}}}, "event no object": {"events": claims{"http://schemas.openid.net/event/backchannel-logout": true}}, "nobody": {"sub": nil},
			"iss": {"iss": "https://evil.test"}, "over": {"exp": p.Clock.Now().Unix() - 1}, "no iat": {"iat": nil}} {
			if status := logout(over); status != 400 {
				t.Errorf("%s: %d", name, status)
			}
		}
		asked := p.leave(p.Browser(p.h), "ola@kowalski.example")
		idToken := up.sign(up.shown(asked.Get("nonce"), person("ola", "ola@kowalski.example")))
		if a := p.Browser(p.h).Do("POST", federation.At+"/"+id+"/logout", url.Values{"logout_token": {idToken}}); a.Status != 400 {
			t.Errorf("an ID token: %d", a.Status)
		}
		if p.as(first) == "" || p.as(second) == "" {
			t.Fatal("ended by a bad token")
		}
		if status := logout(claims{"jti": "j2", "sid": "s1"}); status != 200 || p.as(first) != "" || p.as(second) == "" {
			t.Errorf("one session: %d, %q and %q", status, p.as(first), p.as(second))
		}
		first = in("s1")
		if status := logout(claims{"jti": "j2", "sid": "s1"}); status != 400 || p.as(first) == "" {
			t.Errorf("replayed: %d", status)
		}
		if status := logout(claims{"jti": "j3", "sid": "s1", "sub": nil}); status != 200 || p.as(first) != "" || p.as(second) == "" {
			t.Errorf("by its name alone: %d", status)
		}
		first = in("s3")
		if status := logout(claims{"jti": "j4"}); status != 200 || p.as(first) != "" || p.as(second) != "" {
			t.Errorf("all: %d", status)
		}
		first = in("s4")
		p.Need(p.s.Remove(t.Context(), p.admin("Kowalski")))
		if p.as(first) != "" || p.as(other) == "" {
			t.Errorf("after the removal: %q, %q", p.as(first), p.as(other))
		}
		if p.Count(`SELECT count(*) FROM company_identity`) != 0 {
			t.Error("links are left")
		}
		shows(t, p.Browser(p.h).Do("POST", federation.At+"/"+id+"/logout", url.Values{"logout_token": {"x"}}), 404)
		if next := p.state("Kowalski").Connection; next.ID == id || next.ID == "" || next.State != federation.Draft {
			t.Errorf("%+v", next)
		}
	})
}

func TestAttack_OP_18_the_domain_alone_decides_where_an_address_leads(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up)
		ask := func(email string) worldtest.Answer {
			return p.Browser(p.h).Post("/sign-in", url.Values{"email": {email}})
		}
		for _, email := range []string{p.Email("anna"), "nobody@kowalski.example", p.squatted()} {
			leads(t, ask(email), federation.At+"/"+id)
		}
		for _, email := range []string{p.Email("claire"), "nobody@dubois.example", p.Email("ingrid"), "nobody@halden-software.example"} {
			shows(t, ask(email), 422, "Enter your password", "autofocus")
		}
		known, unknown := ask(p.Email("claire")), ask("nobody@dubois.example")
		if a, b := strings.ReplaceAll(known.Golden(), p.Email("claire"), "E"), strings.ReplaceAll(unknown.Golden(), "nobody@dubois.example", "E"); a != b {
			t.Errorf("the pages differ:\n%s\n%s", a, b)
		}
		// With a password nobody is sent anywhere.
		leads(t, p.Browser(p.h).Post("/sign-in", url.Values{"email": {p.Email("anna")}, "password": {worldtest.Password}}), "/")
		p.Need(p.s.Switch(t.Context(), p.admin("Kowalski"), federation.Off))
		shows(t, ask(p.Email("anna")), 422, "Enter your password")
	})
}

// squatted is an address whose mailbox nobody has proved.
func (p *place) squatted() string {
	p.squat("mallory@kowalski.example")
	return "mallory@kowalski.example"
}

package federation_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/federation"
	"lodge/internal/worldtest"
)

func TestAttack_OP_12_only_json_true_verifies_an_address(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		ola := func(verified any) claims {
			return claims{"sub": "ola", "email": "ola@kowalski.example", "email_verified": verified}
		}
		for _, verified := range []any{"true", "false", 1, 0, false, nil, json.RawMessage("null"), []bool{true}, claims{"true": true}, "TRUE"} {
			b := p.Browser(p.h)
			shows(t, p.come(b, up, "ola@kowalski.example", ola(verified)), 403, "does not say that your address is verified")
			if p.as(b) != "" {
				t.Errorf("%#v counts", verified)
			}
		}
		other := ola(nil)
		other["Email_Verified"] = true // another claim
		shows(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", other), 403)
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", ola(true)), "/")
		// Unless the company's administrator says that this provider needs no such claim.
		p.connect("Kowalski", up, joins, func(s *federation.Settings) { s.TrustsMail = true })
		leads(t, p.come(p.Browser(p.h), up, "eva@kowalski.example", claims{"sub": "eva", "email": "eva@kowalski.example", "email_verified": nil}), "/")
	})
}

func TestAttack_OP_13_the_issuer_of_an_answer_is_checked_and_each_company_has_an_address_of_its_own(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up, other := newUpstream(p), newUpstream(p)
		up.saysIss = true
		id := p.connect("Kowalski", up, joins)
		foreign := p.connect("Dubois", other, joins)
		if p.s.Callback(id) == p.s.Callback(foreign) || !strings.Contains(p.s.Callback(id), id) {
			t.Error("one address for two")
		}
		try := func(change func(q url.Values)) (worldtest.Answer, *worldtest.Browser) {
			b := p.Browser(p.h)
			asked := p.leave(b, "ola@kowalski.example")
			q := url.Values{"code": {up.code(up.sign(up.shown(asked.Get("nonce"), person("ola", "ola@kowalski.example"))))}, "iss": {up.issuer()}}
			change(q)
			return b.Get(up.callback(asked, q)), b
		}
		for name, change := range map[string]func(q url.Values){
			"missing": func(q url.Values) { q.Del("iss") }, "other": func(q url.Values) { q.Set("iss", other.issuer()) }, "empty": func(q url.Values) { q.Set("iss", "") },
			"twice": func(q url.Values) { q.Add("iss", other.issuer()) }, "slash": func(q url.Values) { q.Set("iss", up.issuer()+"/") },
		} {
			if a, b := try(change); a.Status != 403 || p.as(b) != "" {
				t.Errorf("%s: %d as %q", name, a.Status, p.as(b))
			}
		}
		if a, b := try(func(url.Values) {}); a.Status != 303 || p.as(b) == "" {
			t.Errorf("%d\n%s", a.Status, a.Body)
		}
		// An answer at another connection's address is nobody's, with or without the issuer announced.
		b := p.Browser(p.h)
		asked := p.leave(b, "ola@kowalski.example")
		asked.Set("redirect_uri", p.s.Callback(foreign))
		shows(t, b.Get(up.callback(asked, url.Values{"code": {up.code("x")}, "iss": {up.issuer()}})), 403, "This sign-in is over")
	})
}

func TestAttack_OP_14_no_token_but_the_one_that_was_asked_for(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		stranger, err := rsa.GenerateKey(rand.Reader, 2048)
		p.Need(err)
		now := p.Clock.Now().Unix()
		ola := person("ola", "ola@kowalski.example")
		with := func(name string, value any) func(nonce string) string {
			return func(nonce string) string {
				c := up.shown(nonce, ola)
				if c[name] = value; value == nil {
					delete(c, name)
				}
				return up.sign(c)
			}
		}
		head := func(name string, value any) func(nonce string) string {
			return func(nonce string) string {
				return sign(t, jose.RS256, up.key, claims{"kid": up.kid, name: value}, up.shown(nonce, ola))
			}
		}
		public := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&up.key.PublicKey)})
		part := func(v any) string {
			b, _ := json.Marshal(v)
			return base64.RawURLEncoding.EncodeToString(b)
		}
		bad := map[string]func(nonce string) string{
			"no aud": with("aud", nil), "other aud": with("aud", "another"), "aud among others without azp": with("aud", []string{clientID, "another"}),
			"other azp": with("azp", "another"), "no exp": with("exp", nil), "over": with("exp", now-1), "no iat": with("iat", nil), "iat to come": with("iat", now+3600), "iat long ago": with("iat", now-3*86400),
			"nbf to come": with("nbf", now+3600), "no nonce": with("nonce", nil), "other nonce": with("nonce", "another"), "empty nonce": with("nonce", ""), "no iss": with("iss", nil),
			"iss with slash": with("iss", up.issuer()+"/"), "other iss": with("iss", "https://evil.test"), "no sub": with("sub", nil), "empty sub": with("sub", ""), "long sub": with("sub", strings.Repeat("x", 256)),
			"number sub": with("sub", 7), "jku": head("jku", up.issuer()+"/keys"), "x5u": head("x5u", up.issuer()+"/keys"), "unknown crit": head("crit", []string{"exp"}),
			"none":       func(n string) string { return part(claims{"alg": "none"}) + "." + part(up.shown(n, ola)) + "." },
			"None":       func(n string) string { return part(claims{"alg": "None"}) + "." + part(up.shown(n, ola)) + ".AA" },
			"public key": func(n string) string { return sign(t, jose.HS256, public, claims{"kid": up.kid}, up.shown(n, ola)) },
			"secret": func(n string) string {
				return sign(t, jose.HS256, []byte(strings.Repeat(clientSecret, 2)), nil, up.shown(n, ola))
			},
			"another key": func(n string) string { return sign(t, jose.RS256, stranger, claims{"kid": up.kid}, up.shown(n, ola)) },
			"own jwk": func(n string) string {
				return sign(t, jose.RS256, stranger, claims{"jwk": jose.JSONWebKey{Key: stranger.Public(), KeyID: "s"}}, up.shown(n, ola))
			},
			"changed": func(n string) string {
				parts := strings.Split(up.sign(up.shown(n, ola)), ".")
				return parts[0] + "." + part(up.shown(n, person("anna", p.Email("anna")))) + "." + parts[2]
			},
			"doubled claim": func(n string) string {
				b, _ := json.Marshal(up.shown(n, person("ola", "x@evil.test")))
				return sign(t, jose.RS256, up.key, claims{"kid": up.kid}, json.RawMessage(string(b[:len(b)-1])+`,"email":"ola@kowalski.example"}`))
			},
			"long":   with("filler", strings.Repeat("x", 17<<10)),
			"dots":   func(string) string { return strings.Repeat(".", 100000) },
			"dots 2": func(n string) string { return up.sign(up.shown(n, ola)) + strings.Repeat(".", 10000) },
			"empty":  func(string) string { return "" },
			"sealed": func(n string) string {
				e, err := jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.RSA_OAEP, Key: up.key.Public()}, nil)
				p.Need(err)
				o, err := e.Encrypt([]byte(up.sign(up.shown(n, ola))))
				p.Need(err)
				raw, err := o.CompactSerialize()
				p.Need(err)
				return raw
			},
			"json form": func(n string) string {
				parts := strings.Split(up.sign(up.shown(n, ola)), ".")
				b, _ := json.Marshal(claims{"protected": parts[0], "payload": parts[1], "signature": parts[2]})
				return string(b)
			},
		}
		for name, token := range bad {
			b := p.Browser(p.h)
			asked := p.leave(b, "ola@kowalski.example")
			if a := up.backWith(b, asked, token(asked.Get("nonce"))); a.Status != 403 || p.as(b) != "" || !strings.Contains(a.Body, "cannot be trusted") {
				t.Errorf("%s: %d as %q", name, a.Status, p.as(b))
			}
		}
		if p.Count(`SELECT count(*) FROM person WHERE email = 'ola@kowalski.example'`) != 0 {
			t.Error("somebody was made of it")
		}
		for name, token := range map[string]func(nonce string) string{"honest": with("x", 1), "azp": with("azp", clientID), "aud in a list": with("aud", []string{clientID}),
			"no kid": func(n string) string { return sign(t, jose.RS256, up.key, nil, up.shown(n, ola)) }} {
			b := p.Browser(p.h)
			asked := p.leave(b, "ola@kowalski.example")
			if a := up.backWith(b, asked, token(asked.Get("nonce"))); a.Status != 303 || p.as(b) == "" {
				t.Errorf("%s: %d\n%s", name, a.Status, a.Body)
			}
		}
	})
}

func TestAttack_OP_15_a_sign_in_is_of_the_browser_that_began_it_and_ends_once(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up, joins)
		const cookie = "__Host-lodge-company"
		ola := person("ola", "ola@kowalski.example")
		answer := func(asked url.Values) string {
			return up.callback(asked, url.Values{"code": {up.code(up.sign(up.shown(asked.Get("nonce"), ola)))}})
		}
		b := p.Browser(p.h)
		asked := p.leave(b, "ola@kowalski.example")
		victim := p.Browser(p.h)
		shows(t, victim.Get(answer(asked)), 403) // forced: he has begun none
		p.leave(victim, "eva@kowalski.example")
		shows(t, victim.Get(answer(asked)), 403, "This sign-in is over") // he has begun another
		if p.as(victim) != "" || p.as(b) != "" {
			t.Error("signed in by another's answer")
		}
		if a := b.Do("HEAD", answer(asked), nil); a.Status != 204 || p.as(b) != "" {
			t.Errorf("HEAD: %d as %q", a.Status, p.as(b))
		}
		kept := b.Cookies[cookie]
		leads(t, b.Get(answer(asked)), "/")
		if b.Cookies[cookie] != "" {
			t.Error("the attempt stays in the browser")
		}
		b.Cookies[cookie] = kept
		shows(t, b.Get(answer(asked)), 403) // replayed, with a code of its own

		c := p.Browser(p.h)
		asked = p.leave(c, "ola@kowalski.example")
		shows(t, c.Get(up.callback(asked, url.Values{"error": {"access_denied"}})), 403, "did not let you in")
		shows(t, c.Get(answer(asked)), 403) // it ended with the refusal
		for _, q := range []url.Values{{}, {"state": {""}}, {"state": {"x", "y"}, "code": {"x"}}} {
			c := p.Browser(p.h)
			p.leave(c, "ola@kowalski.example")
			shows(t, c.Get(federation.At+"/"+id+"/callback?"+q.Encode()), 403, "This sign-in is over")
		}
		d := p.Browser(p.h)
		asked = p.leave(d, "ola@kowalski.example")
		p.Clock.Add(11 * time.Minute)
		shows(t, d.Get(answer(asked)), 403) // too late
		e := p.Browser(p.h)
		asked = p.leave(e, "ola@kowalski.example")
		p.connect("Kowalski", up, joins, func(s *federation.Settings) { s.TrustsMail = true })
		shows(t, e.Get(answer(asked)), 403) // begun under other settings
		// The verifier goes along: a code that leaked is of no use without it.
		f := p.Browser(p.h)
		asked = p.leave(f, "ola@kowalski.example")
		leads(t, f.Get(answer(asked)), "/")
		if v := up.asked.Get("code_verifier"); len(v) < 43 || v == asked.Get("code_challenge") {
			t.Errorf("verifier %q", v)
		}
	})
}

func TestArrive_asks_for_the_address_that_an_id_token_does_not_bring(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		bare := claims{"sub": "ola", "email_verified": nil}
		for name, info := range map[string]claims{"nothing": nil, "of another": {"sub": "eva", "email": "ola@kowalski.example", "email_verified": true}, "of nobody": {"email": "ola@kowalski.example", "email_verified": true},
			"not verified": {"sub": "ola", "email": "ola@kowalski.example", "email_verified": "true"}, "elsewhere": {"sub": "ola", "email": "ola@evil.test", "email_verified": true}} {
			up.info = info
			b := p.Browser(p.h)
			if a := p.come(b, up, "ola@kowalski.example", bare); a.Status != 403 || p.as(b) != "" {
				t.Errorf("%s: %d as %q", name, a.Status, p.as(b))
			}
		}
		up.info = claims{"sub": "ola", "email": "ola@kowalski.example", "email_verified": true}
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", bare), "/")
		// What stands in the ID token is not made up for from there.
		up.info = claims{"sub": "eva", "email": "eva@kowalski.example", "email_verified": true}
		shows(t, p.come(p.Browser(p.h), up, "eva@kowalski.example", claims{"sub": "eva", "email": "eva@kowalski.example", "email_verified": "true"}), 403)
	})
}

package browser

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/federation"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// company is a company's own sign-in that knows one person and asks for nothing.
type company struct {
	srv   *httptest.Server
	key   ed25519.PrivateKey
	email string
}

func (c *company) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	at := c.srv.URL
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		json.NewEncoder(w).Encode(map[string]any{"issuer": at, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token", "jwks_uri": at + "/keys"})
	case "/keys":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: c.key.Public(), KeyID: "k", Algorithm: "EdDSA", Use: "sig"}}})
	case "/authorize":
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"state": {q.Get("state")}, "code": {q.Get("nonce")}}.Encode(), http.StatusFound)
	case "/token":
		now := time.Now().Unix()
		body, _ := json.Marshal(map[string]any{"iss": at, "aud": "lodge", "sub": "1", "iat": now, "exp": now + 60, "nonce": r.FormValue("code"), "email": c.email, "email_verified": true})
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: c.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
		if err == nil {
			var jws *jose.JSONWebSignature
			if jws, err = s.Sign(body); err == nil {
				var raw string
				raw, err = jws.CompactSerialize()
				json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": raw})
			}
		}
		if err != nil {
			http.Error(w, err.Error(), 500)
		}
	default:
		http.NotFound(w, r)
	}
}

// signsInItself gives the organisation a sign-in of its own, for the domain, which shows the person with the address.
func signsInItself(t *testing.T, p *apptest.Portal, org, domain, email string) (connection string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &company{key: key, email: email}
	c.srv = httptest.NewServer(c)
	t.Cleanup(c.srv.Close)
	ctx, f := t.Context(), p.Federations
	id := one(p, `SELECT id FROM organisation WHERE number = `+org)
	a := who.Actor{Org: id, Member: id, Source: who.Own, Rights: app.Roles.All()}
	need := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	row, err := f.AddDomain(ctx, a, domain)
	need(err)
	need(p.Store.Write(ctx, store.Lock("domain", domain), func(tx *store.Tx) error { return f.Vouch(tx, row) }))
	o, err := f.Overview(ctx, a)
	need(err)
	need(f.Save(ctx, a, federation.Settings{Issuer: c.srv.URL, ClientID: "lodge", Secret: "secret", Version: o.Connection.Version}))
	need(f.Switch(ctx, a, federation.On))
	return o.Connection.ID
}

// goesThere types an address without a password and waits until the company has sent the browser back.
func goesThere(b *tab, email, until string) {
	b.Helper()
	b.get("/sign-in?next=%2Fme%2Fsecurity")
	b.typed("#email", email)
	b.press("main form button[type=submit]")
	b.until("back from the company", `location.pathname.endsWith('`+until+`') && document.readyState === 'complete'`)
}

// TestCompany_sign_in_leads_to_the_company_and_back: a browser that obeys the policy of our pages follows a form to another host only by way of a page.
func TestCompany_sign_in_leads_to_the_company_and_back(t *testing.T) {
	p := portal(t)
	browser := chrome(t)
	elena := email(p, "expired-customer-support")
	signsInItself(t, p, "20600", "talleres-serrano.example", elena)
	b := open(t, browser, p, "")
	goesThere(b, elena, "/link")
	b.sees("Is this account yours?", elena)
	for _, x := range p.World.People {
		if x.Email == elena {
			b.typed("#password", x.Password)
		}
	}
	b.press("main form button[type=submit]")
	b.sees("From now on the sign-in of talleres-serrano.example opens this account")
	b.press("main form button[type=submit]")
	b.sees("Your company sign-in is linked", "This session")

	again := open(t, browser, p, "")
	again.script(false)
	goesThere(again, elena, "/me/security")
	again.sees("This session", "Company sign-in")
	again.get("/me/security/company")
	again.sees("Talleres Serrano", elena)
}

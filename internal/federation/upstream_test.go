package federation_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"lodge/internal/platform/clock"
	"lodge/internal/worldtest"
)

const (
	clientID     = "lodge-portal"
	clientSecret = "a secret of the company's"
)

type claims = map[string]any

// upstream is a company's sign-in that does whatever a test wants: what no honest one can be made to do.
type upstream struct {
	t     testing.TB
	clock clock.Clock
	srv   *httptest.Server
	key   *rsa.PrivateKey

	mu      sync.Mutex
	kid     string
	saysIss bool
	info    claims            // of the userinfo endpoint
	codes   map[string]string // ID tokens by code
	hits    map[string]int
	asked   url.Values                                                   // of the last exchange
	instead map[string]func(w http.ResponseWriter, r *http.Request) bool // by path; true: answered
	n       int
}

var upstreamKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newUpstream(p *place) *upstream {
	p.t.Helper()
	key, err := upstreamKey()
	p.Need(err)
	u := &upstream{t: p.t, clock: p.Clock, key: key, kid: "k1", codes: map[string]string{}, hits: map[string]int{}, instead: map[string]func(http.ResponseWriter, *http.Request) bool{}}
	u.srv = httptest.NewServer(u)
	p.t.Cleanup(u.srv.Close)
	return u
}

func (u *upstream) issuer() string { return u.srv.URL }

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	u.hits[r.URL.Path]++
	instead := u.instead[r.URL.Path]
	u.mu.Unlock()
	if instead != nil && instead(w, r) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		json.NewEncoder(w).Encode(claims{"issuer": u.issuer(), "authorization_endpoint": u.issuer() + "/authorize", "token_endpoint": u.issuer() + "/token", "jwks_uri": u.issuer() + "/keys", "userinfo_endpoint": u.issuer() + "/userinfo",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "authorization_response_iss_parameter_supported": u.saysIss})
	case "/keys":
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: u.key.Public(), KeyID: u.kid, Algorithm: "RS256", Use: "sig"}}})
	case "/token":
		r.ParseForm()
		u.asked = r.PostForm
		id, secret, _ := r.BasicAuth()
		if secret, err := url.QueryUnescape(secret); id != clientID || err != nil || secret != clientSecret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token, ok := u.codes[r.PostForm.Get("code")]
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		delete(u.codes, r.PostForm.Get("code"))
		json.NewEncoder(w).Encode(claims{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})
	case "/userinfo":
		if u.info == nil || r.Header.Get("Authorization") != "Bearer x" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		json.NewEncoder(w).Encode(u.info)
	default:
		http.NotFound(w, r)
	}
}

// do answers a path otherwise.
func (u *upstream) do(path string, f func(w http.ResponseWriter, r *http.Request) bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.instead[path] = f
}

func (u *upstream) hit(path string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.hits[path]
}

// shown is what an honest ID token says of somebody, as far as over does not say otherwise; nil takes a claim out.
func (u *upstream) shown(nonce string, over claims) claims {
	now := u.clock.Now().Unix()
	c := claims{"iss": u.issuer(), "aud": clientID, "iat": now, "exp": now + 300, "nonce": nonce, "email_verified": true}
	for name, value := range over {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

// sign signs claims honestly.
func (u *upstream) sign(c claims) string {
	u.t.Helper()
	return sign(u.t, jose.RS256, u.key, claims{"kid": u.kid}, c)
}

func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, head claims, body any) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithType("JWT")
	for name, value := range head {
		o.WithHeader(jose.HeaderKey(name), value)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// code is one that brings the token.
func (u *upstream) code(token string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.n++
	code := "code-" + strconv.Itoa(u.n)
	u.codes[code] = token
	return code
}

// back sends a browser back to where it was asked to, showing somebody.
func (u *upstream) back(b *worldtest.Browser, asked url.Values, over claims) worldtest.Answer {
	return u.backWith(b, asked, u.sign(u.shown(asked.Get("nonce"), over)))
}

// backWith is back with any token.
func (u *upstream) backWith(b *worldtest.Browser, asked url.Values, token string) worldtest.Answer {
	return b.Get(u.callback(asked, url.Values{"code": {u.code(token)}}))
}

// callback is the address to which the company sends back.
func (u *upstream) callback(asked url.Values, q url.Values) string {
	u.t.Helper()
	to, err := url.Parse(asked.Get("redirect_uri"))
	if err != nil {
		u.t.Fatal(err)
	}
	if !q.Has("state") {
		q.Set("state", asked.Get("state"))
	}
	return fmt.Sprintf("%s?%s", to.Path, q.Encode())
}

// person is somebody at the company.
func person(subject, email string) claims { return claims{"sub": subject, "email": email} }

package openid

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
)

// Addresses of the protocol, below the issuer.
const (
	DiscoveryAt = "/.well-known/openid-configuration"
	AuthorizeAt = "/oauth/authorize"
	TokenAt     = "/oauth/token"
	RevokeAt    = "/oauth/revoke"
	UserinfoAt  = "/oauth/userinfo"
	KeysAt      = "/oauth/keys"
	LogoutAt    = "/oauth/logout"
)

const maxBody = 64 << 10 // bytes of a request to an endpoint

// Open prepares the provider for its issuer.
func (p *Provider) Open(log *slog.Logger) (err error) {
	options := []op.Option{op.WithCrypto(bare{}), op.WithCORSOptions(nil), op.WithLogger(log),
		op.WithIDTokenHintVerifierOpts(op.WithSupportedIDTokenHintSigningAlgorithms("RS256"))}
	if strings.HasPrefix(p.BaseURL, "http://") { // app.Config allows it on loopback only
		options = append(options, op.WithAllowInsecure())
	}
	p.lib, err = op.NewProvider(&op.Config{CodeMethodS256: true, AuthMethodPost: true, GrantTypeRefreshToken: true}, storage{p}, op.StaticIssuer(p.BaseURL), options...)
	return err
}

func (p *Provider) issuer(ctx context.Context) context.Context {
	return op.ContextWithIssuer(ctx, p.BaseURL)
}

// Discovery says what is offered, and nothing else.
func (p *Provider) Discovery() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, map[string]any{
			"issuer":                                         p.BaseURL,
			"authorization_endpoint":                         p.BaseURL + AuthorizeAt,
			"token_endpoint":                                 p.BaseURL + TokenAt,
			"userinfo_endpoint":                              p.BaseURL + UserinfoAt,
			"revocation_endpoint":                            p.BaseURL + RevokeAt,
			"end_session_endpoint":                           p.BaseURL + LogoutAt,
			"jwks_uri":                                       p.BaseURL + KeysAt,
			"scopes_supported":                               scopes,
			"response_types_supported":                       []string{"code"},
			"response_modes_supported":                       []string{"query"},
			"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
			"code_challenge_methods_supported":               []string{"S256"},
			"subject_types_supported":                        []string{"public"},
			"id_token_signing_alg_values_supported":          []string{"RS256"},
			"token_endpoint_auth_methods_supported":          authMethods,
			"revocation_endpoint_auth_methods_supported":     authMethods,
			"prompt_values_supported":                        []string{"none", "login", "consent"},
			"claims_supported":                               []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "azp", "at_hash", "c_hash", "sid", "name", "given_name", "family_name", "locale", "zoneinfo", "email", "email_verified", "organisations"},
			"ui_locales_supported":                           []string{"en", "fr", "pl", "es"},
			"claims_parameter_supported":                     false,
			"request_parameter_supported":                    false,
			"request_uri_parameter_supported":                false,
			"authorization_response_iss_parameter_supported": true,
			"frontchannel_logout_supported":                  true,
			"frontchannel_logout_session_supported":          true,
			"backchannel_logout_supported":                   true,
			"backchannel_logout_session_supported":           true,
		})
	})
}

var authMethods = []string{"client_secret_basic", "client_secret_post"}

// Token exchanges codes and refresh tokens. The library knows more kinds of grants and clients than are offered: none of them gets as far.
func (p *Provider) Token() http.Handler {
	return p.form(func(w http.ResponseWriter, r *http.Request) {
		switch r.PostForm.Get("grant_type") {
		case "authorization_code", "refresh_token":
			op.Exchange(w, r, p.lib)
		case "":
			refuse(w, http.StatusBadRequest, "invalid_request", "grant_type missing")
		default:
			refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
		}
	})
}

// Revoke ends a token.
func (p *Provider) Revoke() http.Handler {
	return p.form(func(w http.ResponseWriter, r *http.Request) { op.Revoke(w, r, p.lib) })
}

// form reads what a client sends: a form of modest size, nothing twice, nothing in the address, its secret in one place.
func (p *Provider) form(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/x-www-form-urlencoded" {
			refuse(w, http.StatusBadRequest, "invalid_request", "a form is expected")
			return
		}
		if r.URL.RawQuery != "" {
			refuse(w, http.StatusBadRequest, "invalid_request", "parameters belong into the body")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			refuse(w, http.StatusBadRequest, "invalid_request", "the body cannot be read")
			return
		}
		if twice(r.PostForm) {
			refuse(w, http.StatusBadRequest, "invalid_request", "a parameter stands there twice")
			return
		}
		_, _, basic := r.BasicAuth()
		switch {
		case len(r.Header.Values("Authorization")) > 1, !basic && r.Header.Get("Authorization") != "", basic && r.PostForm.Has("client_secret"), r.PostForm.Has("client_assertion"), r.PostForm.Has("client_assertion_type"):
			refuse(challenging{w}, http.StatusUnauthorized, "invalid_client", "")
			return
		case basic:
			w = challenging{w}
		}
		next(w, r.WithContext(p.issuer(r.Context())))
	})
}

// challenging names the way to authenticate where it failed (RFC 6749, 5.2).
type challenging struct{ http.ResponseWriter }

func (w challenging) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="lodge"`)
	}
	w.ResponseWriter.WriteHeader(status)
}

func twice(values url.Values) bool {
	for _, v := range values {
		if len(v) > 1 {
			return true
		}
	}
	return false
}

// PublicKeys are the keys that verify tokens. The first key is made for whoever asks first: programs remember what they read here.
func (p *Provider) PublicKeys(log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := p.signing(r.Context()); err != nil {
			log.ErrorContext(r.Context(), "signing key", "request", web.RequestID(r.Context()), "error", err)
			refuse(w, http.StatusInternalServerError, "server_error", "")
			return
		}
		op.Keys(w, r, storage{p})
	})
}

// Userinfo tells whose an access token is. The library's own answer to a token that is void would be 403, without the header that says why.
func (p *Provider) Userinfo(log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all := r.Header.Values("Authorization")
		if r.URL.RawQuery != "" || len(all) != 1 {
			unauthorised(w, `Bearer realm="lodge"`)
			return
		}
		scheme, token, _ := strings.Cut(all[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			unauthorised(w, `Bearer realm="lodge"`)
			return
		}
		info := &oidc.UserInfo{}
		err := p.Store.Read(r.Context(), func(tx *store.Tx) error {
			g, scopes, err := p.whose(tx, token)
			if err != nil {
				return err
			}
			return claims(tx, info, g.Person, scopes)
		})
		if errors.Is(err, errVoid) {
			unauthorised(w, `Bearer realm="lodge", error="invalid_token"`)
			return
		}
		if err != nil {
			log.ErrorContext(r.Context(), "userinfo", "request", web.RequestID(r.Context()), "error", err)
			refuse(w, http.StatusInternalServerError, "server_error", "")
			return
		}
		say(w, http.StatusOK, info)
	})
}

func unauthorised(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	refuse(w, http.StatusUnauthorized, "invalid_token", "")
}

func say(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only texts and lists of them
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}

// refuse says an error as programs read it (RFC 6749, 5.2).
func refuse(w http.ResponseWriter, status int, code, text string) {
	body := map[string]string{"error": code}
	if text != "" {
		body["error_description"] = text
	}
	say(w, status, body)
}

// Fail says errors of the middleware in the way of the protocol.
func Fail(w http.ResponseWriter, _ *http.Request, err error) {
	status, code := fault.Status(err), "invalid_request"
	if status >= 500 {
		code = "server_error"
	}
	refuse(w, status, code, "")
}

// offered are those of the scopes that are known here.
func offered(asked []string) []string {
	return slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return !slices.Contains(scopes, s) })
}

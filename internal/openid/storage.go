package openid

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/store"
)

// storage is what the library sees of this package: codes, refresh tokens, clients, keys, claims. What it also asks for and what nothing here offers
// is refused: no address leads there.
type storage struct{ *Provider }

var errNotOffered = errors.New("not offered")

// The library wraps an access token's id before it leaves. Here the id is the token itself, 160 random bits of which a hash rests.
type bare struct{}

func (bare) Encrypt(idAndSubject string) (string, error) {
	id, _, _ := strings.Cut(idAndSubject, ":")
	return id, nil
}

func (bare) Decrypt(token string) (string, error) { return token + ":", nil }

// website is a Client as the library sees it.
type website struct{ Client }

func (c website) GetID() string                     { return c.ID }
func (c website) RedirectURIs() []string            { return lines(c.Redirects) }
func (c website) PostLogoutRedirectURIs() []string  { return lines(c.Returns) }
func (website) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (website) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (website) ResponseTypes() []oidc.ResponseType  { return []oidc.ResponseType{oidc.ResponseTypeCode} }
func (website) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}
func (website) LoginURL(string) string               { return "" }
func (website) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (website) IDTokenLifetime() time.Duration       { return idTokenLife }
func (website) DevMode() bool                        { return false }
func (website) IsScopeAllowed(scope string) bool     { return slices.Contains(scopes, scope) }
func (website) IDTokenUserinfoClaimsAssertion() bool { return true }
func (website) ClockSkew() time.Duration             { return 0 }

func (website) RestrictAdditionalIdTokenScopes() func([]string) []string     { return same }
func (website) RestrictAdditionalAccessTokenScopes() func([]string) []string { return same }

func same(scopes []string) []string { return scopes }

// given is a grant as the library sees it when a code is exchanged.
type given struct{ grant }

func (g given) GetID() string          { return g.ID }
func (given) GetACR() string           { return "" }
func (g given) GetAudience() []string  { return []string{g.Client} }
func (g given) GetAuthTime() time.Time { return g.AuthAt }
func (g given) GetClientID() string    { return g.Client }
func (g given) GetNonce() string       { return g.Nonce }
func (g given) GetRedirectURI() string { return g.Redirect }
func (g given) GetScopes() []string    { return strings.Fields(g.Scopes) }
func (given) GetState() string         { return "" }
func (g given) GetSubject() string     { return g.Person }
func (given) Done() bool               { return true }
func (g given) session() string        { return g.Session }
func (g given) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: g.Challenge, Method: oidc.CodeChallengeMethodS256}
}
func (given) GetResponseType() oidc.ResponseType { return oidc.ResponseTypeCode }
func (given) GetResponseMode() oidc.ResponseMode { return oidc.ResponseModeQuery }

// GetAMR says in the words of RFC 8176 that a second factor was shown, by a code or a passkey. What the first one was, a password or a company's sign-in, is not told.
func (g given) GetAMR() []string {
	if g.Factor {
		return []string{"mfa"}
	}
	return nil
}

// renewed is a grant whose refresh token came. It is not a given, because the library tells the two apart by their methods.
type renewed struct {
	of     given
	scopes []string
}

func (r *renewed) GetAMR() []string              { return r.of.GetAMR() }
func (r *renewed) GetAudience() []string         { return r.of.GetAudience() }
func (r *renewed) GetAuthTime() time.Time        { return r.of.AuthAt }
func (r *renewed) GetClientID() string           { return r.of.Client }
func (r *renewed) GetScopes() []string           { return r.scopes }
func (r *renewed) GetSubject() string            { return r.of.Person }
func (r *renewed) SetCurrentScopes(all []string) { r.scopes = all }
func (r *renewed) session() string               { return r.of.Session }

// GetClientByClientID refuses one that is disabled like one that there is not.
func (s storage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	var c Client
	var ok bool
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		c, ok, err = store.Maybe[Client](tx, selectClient, id)
		return err
	})
	if err == nil && (!ok || c.Disabled()) {
		err = oidc.ErrInvalidClient()
	}
	if err != nil {
		return nil, err
	}
	return website{c}, nil
}

// AuthorizeClientIDSecret is nil if the secret is the client's.
func (s storage) AuthorizeClientIDSecret(ctx context.Context, id, secret string) error {
	if !crypt.Plausible(secret) {
		return oidc.ErrInvalidClient()
	}
	var n int
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, countSecret, id, crypt.HashToken(secret))
		return err
	})
	if err == nil && n != 1 {
		err = oidc.ErrInvalidClient()
	}
	return err
}

// AuthRequestByCode gives the grant of a code. It stays exchangeable: CreateAccessToken decides, once everything else is checked.
func (s storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	g, err := s.ofCode(ctx, code)
	return given{g}, err
}

// TokenRequestByRefreshToken gives the grant of a refresh token.
func (s storage) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	g, err := s.ofRefresh(ctx, token)
	return &renewed{given{g}, strings.Fields(g.Scopes)}, err
}

// CreateAccessToken exchanges the code of a grant without refresh token.
func (s storage) CreateAccessToken(ctx context.Context, r op.TokenRequest) (string, time.Time, error) {
	g, ok := r.(given)
	if !ok {
		return "", time.Time{}, errNotOffered
	}
	out, err := s.exchange(ctx, g.ID, false)
	return out.Access, out.Until, void(err)
}

// CreateAccessAndRefreshTokens exchanges the code of a grant, or renews a refresh token.
func (s storage) CreateAccessAndRefreshTokens(ctx context.Context, r op.TokenRequest, token string) (access, refresh string, until time.Time, err error) {
	var out issued
	switch r := r.(type) {
	case given:
		out, err = s.exchange(ctx, r.ID, true)
	case *renewed:
		out, err = s.refresh(ctx, r.of.ID, token, strings.Join(r.scopes, " "))
	default:
		err = errNotOffered
	}
	return out.Access, out.Refresh, out.Until, void(err)
}

// void says errVoid in the words of the protocol.
func void(err error) error {
	if errors.Is(err, errVoid) {
		return oidc.ErrInvalidGrant().WithParent(err)
	}
	return err
}

// SetUserinfoFromRequest fills an ID token.
func (s storage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	of, ok := r.(interface{ session() string })
	if !ok {
		return errNotOffered
	}
	info.AppendClaims("sid", of.session())
	return s.Store.Read(ctx, func(tx *store.Tx) error { return claims(tx, info, r.GetSubject(), scopes) })
}

// GetRefreshTokenInfo leaves it to RevokeToken which kind a token is.
func (storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

// RevokeToken ends a token of either kind.
func (s storage) RevokeToken(ctx context.Context, token, _, client string) *oidc.Error {
	if err := s.revoke(ctx, client, token); err != nil {
		return oidc.ErrServerError().WithParent(err)
	}
	return nil
}

func (s storage) SigningKey(ctx context.Context) (op.SigningKey, error) { return s.signing(ctx) }

func (storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

// KeySet are the public keys.
func (s storage) KeySet(ctx context.Context) ([]op.Key, error) {
	all, err := s.published(ctx)
	keys := make([]op.Key, len(all))
	for i, k := range all {
		keys[i] = k
	}
	return keys, err
}

func (s storage) Health(ctx context.Context) error                     { return s.Store.Ping(ctx) }
func (storage) DeleteAuthRequest(context.Context, string) error        { return nil } // exchange has used it
func (storage) SaveAuthCode(context.Context, string, string) error     { return errNotOffered }
func (storage) TerminateSession(context.Context, string, string) error { return errNotOffered }
func (storage) AuthRequestByID(context.Context, string) (op.AuthRequest, error) {
	return nil, errNotOffered
}

func (storage) CreateAuthRequest(context.Context, *oidc.AuthRequest, string) (op.AuthRequest, error) {
	return nil, errNotOffered
}
func (storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil // SetUserinfoFromRequest does
}
func (storage) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return errNotOffered
}
func (storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errNotOffered
}
func (storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, errNotOffered
}
func (storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNotOffered
}
func (storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNotOffered
}

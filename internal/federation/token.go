package federation

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"lodge/internal/platform/clock"
)

const (
	maxToken = 16 << 10        // bytes
	slip     = 5 * time.Minute // by which clocks may differ
	askAgain = time.Minute     // how often keys are asked for at most
)

// signings are the signatures that an upstream's tokens may have: public keys only.
var signings = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// claims are what is read of an upstream's token.
type claims struct {
	Subject       string         `json:"sub"`
	Session       string         `json:"sid"`
	Party         *string        `json:"azp"`
	Issued        *float64       `json:"iat"`
	Nonce         *string        `json:"nonce"`
	ID            string         `json:"jti"`
	Events        jsontext.Value `json:"events"`
	Email         string         `json:"email"`
	EmailVerified jsontext.Value `json:"email_verified"`
	GivenName     string         `json:"given_name"`
	FamilyName    string         `json:"family_name"`
	Name          string         `json:"name"`
}

// Verified is true for the JSON value true alone.
func (c claims) Verified() bool { return string(c.EmailVerified) == "true" }

// shaped refuses what is no signed token before anything of it is read: at most maxToken bytes, three parts, and a head that brings no key of its own.
func shaped(raw string) error {
	if len(raw) > maxToken || strings.Count(raw, ".") != 2 {
		return errors.New("no signed token of a reasonable size")
	}
	head, _, _ := strings.Cut(raw, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return errors.New("unreadable head")
	}
	var names map[string]jsontext.Value
	if err := json.Unmarshal(b, &names); err != nil {
		return fmt.Errorf("unreadable head: %w", err)
	}
	for _, name := range []string{"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"} {
		if _, there := names[name]; there {
			return fmt.Errorf("the head has %s", name)
		}
	}
	return nil
}

// verify checks a token of an upstream: signature, issuer, audience, authorised party, times. What a sign-in or a logout needs beside is the caller's.
func (u upstream) verify(ctx context.Context, raw string, c Connection, now time.Time) (claims, error) {
	if err := shaped(raw); err != nil {
		return claims{}, err
	}
	v := oidc.NewVerifier(c.Issuer, u.keys, &oidc.Config{ClientID: c.ClientID, SupportedSigningAlgs: signings, Now: func() time.Time { return now }})
	token, err := v.Verify(ctx, raw)
	if err != nil {
		return claims{}, err
	}
	var body jsontext.Value
	if err := token.Claims((*rawClaims)(&body)); err != nil {
		return claims{}, err
	}
	var in claims
	if err := json.Unmarshal(body, &in); err != nil {
		return claims{}, err
	}
	issued := time.Unix(0, 0)
	if in.Issued != nil {
		issued = time.Unix(int64(*in.Issued), 0)
	}
	switch {
	case token.Issuer != c.Issuer:
		return claims{}, errors.New("of another issuer")
	case in.Party != nil && *in.Party != c.ClientID, in.Party == nil && len(token.Audience) > 1:
		return claims{}, errors.New("made for another client")
	case issued.After(now.Add(slip)), issued.Before(now.Add(-24 * time.Hour)):
		return claims{}, errors.New("made at no time that can be")
	case len(in.Subject) > 255, strings.ContainsFunc(in.Subject, func(r rune) bool { return r < ' ' || r > '~' }), len(in.Session) > 255:
		return claims{}, errors.New("of no subject that can be")
	}
	return in, nil
}

// rawClaims takes a token's claims as they are.
type rawClaims jsontext.Value

func (r *rawClaims) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

// identity checks an ID token that answers an attempt.
func (u upstream) identity(ctx context.Context, raw string, c Connection, nonce string, now time.Time) (claims, error) {
	in, err := u.verify(ctx, raw, c, now)
	switch {
	case err != nil:
		return claims{}, err
	case in.Nonce == nil || *in.Nonce != nonce || nonce == "":
		return claims{}, errors.New("of another sign-in")
	case in.Subject == "":
		return claims{}, errors.New("of nobody")
	}
	return in, nil
}

// fill asks for the address and the names of somebody whose ID token has none: by the book they stand there only if no access token comes with it.
// What is said of another subject does not count.
func (s *Federations) fill(ctx context.Context, u upstream, access string, in *claims) error {
	if in.Email != "" || access == "" || !s.fitting(u.says.Info) {
		return nil
	}
	b, err := get(ctx, s.Client, u.says.Info, access)
	if err != nil {
		return err
	}
	var more claims
	if err := json.Unmarshal(b, &more); err != nil {
		return err
	}
	if more.Subject != in.Subject {
		return errors.New("of another subject")
	}
	in.Email, in.EmailVerified, in.GivenName, in.FamilyName, in.Name = more.Email, more.EmailVerified, more.GivenName, more.FamilyName, more.Name
	return nil
}

// backChannel is what marks a logout token.
const backChannel = "http://schemas.openid.net/event/backchannel-logout"

// logout checks a logout token. Back-Channel Logout 1.0, section 2.6.
func (u upstream) logout(ctx context.Context, raw string, c Connection, now time.Time) (claims, error) {
	in, err := u.verify(ctx, raw, c, now)
	if err != nil {
		return claims{}, err
	}
	var events map[string]map[string]any
	switch bad := json.Unmarshal(in.Events, &events); {
	case bad != nil || events[backChannel] == nil:
		return claims{}, errors.New("no logout")
	case in.Nonce != nil:
		return claims{}, errors.New("a logout has no nonce")
	case in.ID == "" || len(in.ID) > 255:
		return claims{}, errors.New("a logout has an id")
	case in.Subject == "" && in.Session == "":
		return claims{}, errors.New("a logout of nobody")
	}
	return in, nil
}

// keySet are the public keys of an upstream, asked for again at most once a minute when none of them fits.
type keySet struct {
	address string
	client  *http.Client
	clock   clock.Clock

	mu    sync.Mutex
	keys  []jose.JSONWebKey
	asked time.Time
}

// VerifySignature gives the payload of a token that one of the keys has signed.
func (k *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	algorithms := make([]jose.SignatureAlgorithm, len(signings))
	for i, a := range signings {
		algorithms[i] = jose.SignatureAlgorithm(a)
	}
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if payload, ok := k.fits(jws); ok {
		return payload, nil
	}
	if !k.asked.IsZero() && k.clock.Now().Sub(k.asked) < askAgain {
		return nil, errors.New("signed with no known key")
	}
	if err := k.load(ctx); err != nil {
		return nil, err
	}
	if payload, ok := k.fits(jws); ok {
		return payload, nil
	}
	return nil, errors.New("signed with no known key")
}

func (k *keySet) fits(jws *jose.JSONWebSignature) (payload []byte, ok bool) {
	head := jws.Signatures[0].Protected
	for _, key := range k.keys {
		if head.KeyID != "" && key.KeyID != head.KeyID || key.Use != "" && key.Use != "sig" || key.Algorithm != "" && key.Algorithm != head.Algorithm {
			continue
		}
		if payload, err := jws.Verify(&key); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// load asks for the keys. Only public ones count.
func (k *keySet) load(ctx context.Context) error {
	k.asked = k.clock.Now()
	b, err := get(ctx, k.client, k.address, "")
	if err != nil {
		return err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(b, &set); err != nil {
		return err
	}
	set.Keys = slices.DeleteFunc(set.Keys, func(key jose.JSONWebKey) bool { return !key.Valid() || !key.IsPublic() })
	if len(set.Keys) == 0 || len(set.Keys) > 100 {
		return fmt.Errorf("%d keys", len(set.Keys))
	}
	k.keys = set.Keys
	return nil
}

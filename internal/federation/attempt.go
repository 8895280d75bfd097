package federation

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// attempt is one sign-in on its way to the company and back. It travels sealed in a cookie of the browser that began it, so that no other can
// end it; it ends once.
type attempt struct {
	Connection string
	Version    int64  // of the connection when it began
	State      string // comes back in the address
	Nonce      string // comes back in the token
	Verifier   string // PKCE
	Hint       string // the typed address
	Next       string // where the person wanted to go
	Session    string // of somebody who is signed in and links; '' for a sign-in
	Until      time.Time
}

const (
	attemptTime = 10 * time.Minute
	attempting  = "company sign-in attempt"
)

func (s *Federations) seal(purpose string, v any) (string, error) {
	b, err := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(s.Keys.Seal(purpose, b)), err
}

// unseal reads what seal wrote. SignIn of code federation.attempt_over for anything else.
func (s *Federations) unseal(purpose, sealed string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err == nil {
		b, err = s.Keys.Open(purpose, b)
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return attemptOver(err)
	}
	return nil
}

func attemptOver(why error) error {
	f := fault.New(fault.Forbidden, "federation.attempt_over")
	f.Err = why
	return f
}

// Begin starts an attempt for an address, if its domain is proven and has a sign-in of its own: the domain alone decides, whether somebody
// has the address or not. Anybody may. connection is ” if there is none.
func (s *Federations) Begin(ctx context.Context, email identity.Email, next string) (connection, sealed string, err error) {
	var c Connection
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		c, _, err = store.Maybe[Connection](tx, selectByDomain, email.Domain())
		return err
	})
	if err != nil || c.ID == "" {
		return "", "", err
	}
	sealed, err = s.begin(c, string(email), next, "")
	return c.ID, sealed, err
}

// BeginLink starts an attempt after which the actor's account has a link to the company's sign-in. The actor is an active contact of the
// organisation and has proved himself lately. NotFound for any other connection, and one that is switched off.
func (s *Federations) BeginLink(ctx context.Context, a who.Actor, connection string) (sealed string, err error) {
	if err := a.Must(who.Person); err != nil {
		return "", err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return "", err
	}
	offered, err := s.Offered(ctx, a)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(offered, func(o Offer) bool { return o.Connection == connection && o.LinkedAt.IsZero() }) {
		return "", fault.Missing()
	}
	c, err := s.on(ctx, connection)
	if err != nil {
		return "", err
	}
	return s.begin(c, a.Email, LinksAt, a.Session)
}

func (s *Federations) begin(c Connection, hint, next, session string) (string, error) {
	state, _ := crypt.Token()
	nonce, _ := crypt.Token()
	return s.seal(attempting, attempt{Connection: c.ID, Version: c.Version, State: state, Nonce: nonce, Verifier: oauth2.GenerateVerifier(), Hint: hint, Next: next,
		Session: session, Until: s.Store.Clock.Now().Add(attemptTime)})
}

// on gives a connection that is switched on. NotFound for any other.
func (s *Federations) on(ctx context.Context, id string) (c Connection, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		var ok bool
		if c, ok, err = store.Maybe[Connection](tx, selectOn, id); err == nil && !ok {
			err = fault.Missing()
		}
		return err
	})
	return c, err
}

// attempt opens the attempt that a browser brings to an address of a connection. Forbidden of code federation.attempt_over if it brings none that
// is of this connection as it now is.
func (s *Federations) attempt(ctx context.Context, connection, sealed string) (t attempt, c Connection, err error) {
	if err := s.unseal(attempting, sealed, &t); err != nil {
		return t, c, err
	}
	if c, err = s.on(ctx, connection); err != nil {
		return t, c, err
	}
	if t.Connection != c.ID || t.Version != c.Version || !s.Store.Clock.Now().Before(t.Until) {
		return t, c, attemptOver(nil)
	}
	return t, c, nil
}

// Hint is the domain with which the attempt began that a browser brings, to say where it leads.
func (s *Federations) Hint(ctx context.Context, connection, sealed string) (domain string, err error) {
	t, _, err := s.attempt(ctx, connection, sealed)
	if err != nil {
		return "", err
	}
	return identity.Email(t.Hint).Domain(), nil
}

// Leave gives the address at the upstream to which the attempt goes. Anybody may who brings it. Unavailable of code federation.upstream_silent
// within upstreamTime.
func (s *Federations) Leave(ctx context.Context, connection, sealed string) (address string, err error) {
	t, c, err := s.attempt(ctx, connection, sealed)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, upstreamTime)
	defer cancel()
	u, err := s.upstream(ctx, c.Issuer, false)
	if err != nil {
		return "", err
	}
	client, err := s.client(c, u)
	if err != nil {
		return "", err
	}
	return client.AuthCodeURL(t.State, oauth2.S256ChallengeOption(t.Verifier), oauth2.SetAuthURLParam("nonce", t.Nonce), oauth2.SetAuthURLParam("login_hint", t.Hint)), nil
}

// client is the portal as a client of an upstream.
func (s *Federations) client(c Connection, u upstream) (*oauth2.Config, error) {
	secret, err := s.secret(c)
	at := oauth2.Endpoint{AuthURL: u.says.Auth, TokenURL: u.says.Token, AuthStyle: oauth2.AuthStyleInHeader}
	if len(u.says.Methods) > 0 && !slices.Contains(u.says.Methods, "client_secret_basic") {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: secret, Endpoint: at, RedirectURL: s.Callback(c.ID), Scopes: []string{"openid", "email", "profile"}}, err
}

// Answer is what the upstream sends back in the address.
type Answer struct {
	State, Code, Issuer, Error string
	HasIssuer                  bool
}

// redeem makes claims of an answer: of this browser's attempt, once, from this issuer. Forbidden of code federation.attempt_over,
// federation.upstream_refused or federation.upstream_wrong; Unavailable if the upstream does not answer.
func (s *Federations) redeem(ctx context.Context, t attempt, c Connection, in Answer) (claims, error) {
	if subtle.ConstantTimeCompare([]byte(in.State), []byte(t.State)) != 1 {
		return claims{}, attemptOver(nil)
	}
	var first bool
	// Free: the primary key decides who came first.
	err := s.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		first, err = once(tx, "state "+t.State, t.Until)
		return err
	})
	if err != nil {
		return claims{}, err
	}
	if !first {
		return claims{}, attemptOver(nil)
	}
	ctx, cancel := context.WithTimeout(ctx, upstreamTime)
	defer cancel()
	u, err := s.upstream(ctx, c.Issuer, false)
	switch {
	case err != nil:
		return claims{}, err
	case in.HasIssuer && in.Issuer != c.Issuer, u.says.SaysIss && !in.HasIssuer:
		return claims{}, wrongUpstream(nil)
	case in.Error != "" || in.Code == "":
		return claims{}, fault.New(fault.Forbidden, "federation.upstream_refused")
	}
	client, err := s.client(c, u)
	if err != nil {
		return claims{}, err
	}
	token, err := client.Exchange(context.WithValue(ctx, oauth2.HTTPClient, s.Client), in.Code, oauth2.VerifierOption(t.Verifier))
	if err != nil {
		if told := new(oauth2.RetrieveError); errors.As(err, &told) {
			return claims{}, wrongUpstream(err)
		}
		return claims{}, silentUpstream(err)
	}
	raw, _ := token.Extra("id_token").(string)
	got, err := u.identity(ctx, raw, c, t.Nonce, s.Store.Clock.Now())
	if err == nil {
		err = s.fill(ctx, u, token.AccessToken, &got)
	}
	if err != nil && ctx.Err() != nil {
		return claims{}, silentUpstream(err)
	}
	if err != nil {
		return claims{}, wrongUpstream(err)
	}
	return got, nil
}

// wrongUpstream says that the answer cannot be trusted; why stands in the log.
func wrongUpstream(why error) error {
	f := fault.New(fault.Forbidden, "federation.upstream_wrong")
	f.Err = why
	return f
}

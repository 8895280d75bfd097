package openid

import (
	"context"
	"errors"
	"net/url"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// leaving is what a website asks when somebody signs out at it.
type leaving struct {
	client  Client // the zero value: it did not say which one it is
	to      string // where it wants him to be led; '' = nowhere
	session string // of its ID token; '' = it brought none that holds
	person  string
}

// readLeaving reads a request to sign out. A fault for a client or an address that is not its own: then the browser is led nowhere, and the session goes on.
func (p *Provider) readLeaving(ctx context.Context, raw string) (l leaving, err error) {
	v, err := url.ParseQuery(raw)
	if err != nil || len(raw) > 8<<10 || twice(v) {
		return l, fault.New(fault.BadRequest, "openid.request_odd")
	}
	ctx = p.issuer(ctx)
	id := v.Get("client_id")
	if hint := v.Get("id_token_hint"); hint != "" {
		c, err := op.VerifyIDTokenHint[*oidc.IDTokenClaims](ctx, hint, p.lib.IDTokenHintVerifier(ctx))
		var over op.IDTokenHintExpiredError
		if err == nil || errors.As(err, &over) { // one that is over says whose it was as well
			if id != "" && id != c.AuthorizedParty {
				return l, fault.New(fault.BadRequest, "openid.request_odd")
			}
			id = c.AuthorizedParty
			l.person = c.Subject
			l.session, _ = c.Claims["sid"].(string)
		}
	}
	to := v.Get("post_logout_redirect_uri")
	if id == "" {
		return l, nil // a stranger's word leads nowhere
	}
	got, err := storage{p}.GetClientByClientID(ctx, id)
	if errors.Is(err, oidc.ErrInvalidClient()) {
		return l, fault.New(fault.BadRequest, "openid.client_unknown")
	}
	if err != nil {
		return l, err
	}
	site := got.(website)
	l.client = site.Client
	if to == "" {
		return l, nil
	}
	if err := op.ValidateEndSessionPostLogoutRedirectURI(to, site); err != nil {
		return l, fault.New(fault.BadRequest, "openid.return_unknown", "name", site.Name)
	}
	if l.to = to; v.Has("state") {
		l.to = extended(to, url.Values{"state": {v.Get("state")}})
	}
	return l, nil
}

// proves tells whether the website's ID token is of this very session, so that nobody needs to be asked: a link on a foreign page has none.
func (l leaving) proves(a who.Actor) bool {
	return a.Session != "" && l.session == a.Session && l.person == a.Person
}

// out ends the actor's session and gives the address of the page that follows.
func (p *Provider) out(ctx context.Context, a who.Actor, l leaving) (string, error) {
	if a.Person != "" {
		if err := p.Identities.SignOut(ctx, a); err != nil {
			return "", err
		}
	}
	return p.afterwards(a, l), nil
}

func (p *Provider) afterwards(a who.Actor, l leaving) string {
	return signedOutAt + "?" + url.Values{"to": {p.seal(lead{Client: l.client.ID, Name: l.client.Name, To: l.to, Session: a.Session})}}.Encode()
}

// frames are what the browser of a session that has ended loads, so that websites end theirs.
func (p *Provider) frames(ctx context.Context, session string) (all []string, err error) {
	if session == "" {
		return nil, nil
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) error {
		addresses, err := store.Query[string](tx, selectFrames, session)
		for _, to := range addresses {
			all = append(all, extended(to, url.Values{"iss": {p.BaseURL}, "sid": {session}}))
		}
		return err
	})
	return all, err
}

// After gives the page that follows a sign-out here, if there are websites that have to be told by the browser; ” otherwise.
func (p *Provider) After(ctx context.Context, a who.Actor) (string, error) {
	all, err := p.frames(ctx, a.Session)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return p.afterwards(a, leaving{}), nil
}

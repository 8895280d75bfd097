package openid

import (
	"context"
	"errors"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

const (
	codeLife    = time.Minute
	accessLife  = 10 * time.Minute
	idTokenLife = 10 * time.Minute
)

// errVoid says that a code or a token is worth nothing, whatever the reason.
var errVoid = errors.New("unknown, over, used, or its session, person or client is out")

// grant is a row with what it hangs on. It is only ever read while client, person and session are in force.
type grant struct {
	ID, Client, Person, Session string
	Redirect, Scopes, Nonce     string
	Challenge                   string
	Factor                      bool // the sign-in was with a second factor
	AuthAt, CodeUntil           time.Time
	UsedAt                      time.Time // zero: the code has not been exchanged
	SessionUntil                time.Time
	SessionFactor               bool
}

// live gives the grant of a query if it is in force. Staff whose session has shown no second factor have none: a membership may be younger than it.
func live(tx *store.Tx, query string, args ...any) (g grant, err error) {
	g, ok, err := store.Maybe[grant](tx, query, append(args, tx.Now)...)
	if err == nil && ok && !g.SessionFactor {
		var staff bool
		staff, err = account.Staff(tx, g.Person)
		ok = !staff
	}
	if err == nil && !ok {
		err = errVoid
	}
	return g, err
}

// give writes a grant and gives its code.
func (p *Provider) give(tx *store.Tx, a who.Actor, q request, factor bool) (code string, err error) {
	at := a.Proved
	if at.IsZero() { // a company's word is all that the session began with
		if at, err = store.One[time.Time](tx, selectBegun, a.Session); err != nil {
			return "", err
		}
	}
	code, hash := crypt.Token()
	n, err := tx.Exec(insertGrant, tx.NewID(), q.client.ID, a.Person, a.Session, q.in.RedirectURI, strings.Join(q.in.Scopes, " "), q.in.Nonce, q.in.CodeChallenge, factor, at,
		hash, tx.Now.Add(codeLife), tx.Now)
	if err == nil && n == 0 {
		err = fault.New(fault.SignIn, "fault.sign_in") // signed out this moment
	}
	return code, err
}

// ofCode finds the grant of a code, also of one that was exchanged: whoever brings it again with all that belongs to it ends it.
func (p *Provider) ofCode(ctx context.Context, code string) (g grant, err error) {
	if !crypt.Plausible(code) {
		return g, errVoid
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		g, err = live(tx, selectOfCode, crypt.HashToken(code))
		return err
	})
	return g, err
}

// issued is what a program gets.
type issued struct {
	Access, Refresh string
	Until           time.Time // of the access token
}

// exchange makes tokens of a grant's code, once. A second time it ends the grant, with all tokens that came of it.
func (p *Provider) exchange(ctx context.Context, id string, refresh bool) (out issued, err error) {
	void := false
	err = p.Store.Write(ctx, store.Lock("openid-grant", id), func(tx *store.Tx) error {
		g, err := live(tx, selectGrant, id)
		switch {
		case err != nil:
			return err
		case !g.UsedAt.IsZero():
			void = true
			return p.endReused(tx, g)
		case !g.CodeUntil.After(tx.Now):
			return errVoid
		}
		if _, err := tx.Exec(useCode, id, tx.Now); err != nil {
			return err
		}
		out, err = p.issue(tx, g, g.Scopes, refresh)
		return err
	})
	if err == nil && void {
		err = errVoid
	}
	return out, err
}

// ofRefresh finds the grant of a refresh token, also of one that was used.
func (p *Provider) ofRefresh(ctx context.Context, token string) (g grant, err error) {
	if !crypt.Plausible(token) {
		return g, errVoid
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		g, err = live(tx, selectOfRefresh, crypt.HashToken(token))
		return err
	})
	return g, err
}

// refresh takes a refresh token and gives the next one, with an access token for these scopes. A token that was used before ends the grant: one of
// the two who have it has stolen it.
func (p *Provider) refresh(ctx context.Context, id, token, scopes string) (out issued, err error) {
	void := false
	err = p.Store.Write(ctx, store.Lock("openid-grant", id), func(tx *store.Tx) error {
		g, err := live(tx, selectGrant, id)
		if err != nil {
			return err
		}
		n, err := tx.Exec(useRefresh, crypt.HashToken(token), id, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			void = true
			return p.endReused(tx, g)
		}
		out, err = p.issue(tx, g, scopes, true)
		return err
	})
	if err == nil && void {
		err = errVoid
	}
	return out, err
}

func (p *Provider) issue(tx *store.Tx, g grant, scopes string, refresh bool) (out issued, err error) {
	var hash string
	out.Access, hash = crypt.Token()
	if out.Until = tx.Now.Add(accessLife); out.Until.After(g.SessionUntil) {
		out.Until = g.SessionUntil
	}
	if _, err := tx.Exec(insertToken, hash, g.ID, "access", scopes, tx.Now, out.Until); err != nil || !refresh {
		return out, err
	}
	out.Refresh, hash = crypt.Token()
	_, err = tx.Exec(insertToken, hash, g.ID, "refresh", g.Scopes, tx.Now, g.SessionUntil)
	return out, err
}

func (p *Provider) endReused(tx *store.Tx, g grant) error {
	if _, err := tx.Exec(endGrant, g.ID, tx.Now); err != nil {
		return err
	}
	return p.Events.Emit(tx, who.Actor{Person: g.Person, Session: g.Session}, "", Reused{g.Person, g.Client, g.ID})
}

// revoke ends the grant of a token that belongs to the client: of a refresh token with all tokens, of an access token that one alone.
// What is nobody's, or another client's, is left alone without a word.
func (p *Provider) revoke(ctx context.Context, client, token string) error {
	if !crypt.Plausible(token) {
		return nil
	}
	// Free: two conditional statements; either is enough.
	return p.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		hash := crypt.HashToken(token)
		if _, err := tx.Exec(endAccess, hash, client, tx.Now); err != nil {
			return err
		}
		_, err := tx.Exec(endGrantOfRefresh, hash, client, tx.Now)
		return err
	})
}

// whose tells whose an access token is, and for which scopes. errVoid for one that opens nothing.
func (p *Provider) whose(tx *store.Tx, token string) (g grant, scopes []string, err error) {
	if !crypt.Plausible(token) {
		return g, nil, errVoid
	}
	hash := crypt.HashToken(token)
	if g, err = live(tx, selectOfAccess, hash); err != nil {
		return g, nil, err
	}
	names, err := store.One[string](tx, selectTokenScopes, hash)
	return g, strings.Fields(names), err
}

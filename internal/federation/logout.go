package federation

import (
	"context"
	"errors"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

// SignOut ends what a logout token of the upstream says: all sessions of an account there, or one of them. Anybody may who has such a token. BadRequest of
// code federation.logout_wrong for any other, and for one that came before.
func (s *Federations) SignOut(ctx context.Context, connection, raw string) error {
	c, err := s.on(ctx, connection)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, upstreamTime)
	defer cancel()
	if err := shaped(raw); err != nil {
		return wrongLogout(err)
	}
	u, err := s.upstream(asking, c.Issuer, false)
	if err != nil {
		return err
	}
	got, err := u.logout(asking, raw, c, s.Store.Clock.Now())
	if err != nil {
		return wrongLogout(err)
	}
	// Free: conditional statements; the key of the token decides who came first.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		first, err := once(tx, "logout "+c.ID+" "+got.ID, tx.Now.Add(48*time.Hour))
		if err == nil && !first {
			err = wrongLogout(errors.New("came before"))
		}
		if err != nil {
			return err
		}
		return s.Identities.EndUpstream(tx, identity.Upstream{Connection: c.ID, Issuer: c.Issuer, Subject: got.Subject, Session: got.Session})
	})
}

func wrongLogout(why error) error {
	f := fault.New(fault.BadRequest, "federation.logout_wrong")
	f.Err = why
	return f
}

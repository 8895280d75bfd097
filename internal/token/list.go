package token

import (
	"context"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// List gives the tokens of the own organisation: the valid ones, and those that ended within the last thirty days, the newest first. The actor
// needs Manage and works at the own number.
func (s *Tokens) List(ctx context.Context, a who.Actor) (all []Token, err error) {
	if err := own(a); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Token](tx, selectTokens, a.Org, tx.Now.AddDate(0, 0, -30))
		return err
	})
	return all, err
}

// Mine gives the valid tokens that the actor has made, of whatever organisation: what he reviews after somebody knew his password.
func (s *Tokens) Mine(ctx context.Context, a who.Actor) (all []Token, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Token](tx, selectMine, a.Person, tx.Now)
		return err
	})
	return all, err
}

// MayRevoke tells whether the actor ends a token: everybody his own, administrators and operators all of their organisation.
func MayRevoke(a who.Actor, t Token) bool {
	return t.Maker != "" && t.Maker == a.Person || a.Is(account.SecurityAdministrator) || a.Is(account.Operator)
}

// Revoke ends a token at once. The actor needs Manage and works at the own number. NotFound unless it is one of the own organisation's;
// Forbidden of code token.not_yours unless MayRevoke. One that has ended stays as it is.
func (s *Tokens) Revoke(ctx context.Context, a who.Actor, id string) error {
	if err := own(a); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		t, ok, err := store.Maybe[Token](tx, selectToken, id, a.Org)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err == nil && !MayRevoke(a, t) {
			err = fault.New(fault.Forbidden, "token.not_yours")
		}
		if err != nil {
			return err
		}
		return s.revoke(tx, a, t)
	})
}

// RevokeMine ends a token that the actor has made. NotFound for any other.
func (s *Tokens) RevokeMine(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	// Free: one conditional statement.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		t, ok, err := store.Maybe[Token](tx, selectOfMaker, id, a.Person)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		return s.revoke(tx, a, t)
	})
}

func (s *Tokens) revoke(tx *store.Tx, a who.Actor, t Token) error {
	n, err := tx.Exec(revokeToken, t.ID, tx.Now, a.Person)
	if err != nil || n == 0 {
		return err
	}
	return s.Events.Emit(tx, a, t.Org, Ended{t.ID})
}

// OnReclaimed ends all tokens of somebody whose account went to the owner of its mailbox: reaction to identity.Reclaimed, in its transaction.
func (s *Tokens) OnReclaimed(tx *store.Tx, a who.Actor, _ string, e event.Event) error {
	all, err := store.Query[Token](tx, selectMine, e.(identity.Reclaimed).Person, tx.Now)
	for _, t := range all {
		if err == nil {
			err = s.revoke(tx, a, t)
		}
	}
	return err
}

package token

import (
	"context"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/api"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

// presented is the row of the one statement that makes an actor of a token.
type presented struct {
	ID, Name, Owner string
	Number          int64 // of the owner
	Maker           string
	Scopes          string
	UsedAt          time.Time
	account.ActorRow
}

// Resolve makes the caller of a call, with one statement. SignIn for a token that is unknown, expired or revoked, and where its maker or its
// owner is out: nobody can tell which. NotFound, with the caller, for a customer that it may not know of.
func (s *Tokens) Resolve(ctx context.Context, q api.Asked) (c api.Caller, err error) {
	if !Shaped(q.Token) {
		return c, fault.New(fault.SignIn, "api.sign_in")
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		row, ok, err := store.Maybe[presented](tx, selectPresented, crypt.HashToken(q.Token), tx.Now, q.Customer)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.SignIn, "api.sign_in")
		}
		c, err = s.caller(row, q)
		return err
	})
	return c, err
}

func (s *Tokens) caller(row presented, q api.Asked) (api.Caller, error) {
	console := row.Maker == ""
	a, err := s.Accounts.OfKey(row.ActorRow, row.Number, console, q.Customer)
	if fault.Is(err, "fault.sign_in") {
		return api.Caller{}, err
	}
	if console {
		a.Name = row.Name
	}
	a.Session, a.From = row.ID, q.Address
	a.Proved = s.Store.Clock.Now() // it shows its token with each call
	c := api.Caller{Actor: a, Token: row.ID, Owner: row.Owner, Scopes: strings.Fields(row.Scopes), Held: a.Rights, UsedAt: row.UsedAt}
	c.Actor.Rights = s.Scopes.Within(a.Rights, c.Scopes)
	return c, err
}

// useEvery is how exact the last use is.
const useEvery = time.Minute

// Used notes that a token was used, about once a minute. It runs after the answer.
func (s *Tokens) Used(ctx context.Context, c api.Caller) error {
	if c.UsedAt.After(s.Store.Clock.Now().Add(-useEvery)) {
		return nil
	}
	// Free: one conditional statement.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(touchToken, c.Token, tx.Now, tx.Now.Add(-useEvery))
		return err
	})
}

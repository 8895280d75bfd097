package account

import (
	"context"
	"strings"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Place is an own membership in the switcher.
type Place struct {
	Membership, Org  string
	Number           int64
	Name, City, Kind string
	Primary          bool
	RoleNames        string
}

// Roles are those of the membership.
func (p Place) Roles() []string { return strings.Fields(p.RoleNames) }

// Places are the actor's own open memberships, the primary one first.
func (s *Accounts) Places(ctx context.Context, a who.Actor) (all []Place, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = PlacesOf(tx, a.Person)
		return err
	})
	return all, err
}

// PlacesOf is the step of Places.
func PlacesOf(tx *store.Tx, person string) ([]Place, error) {
	return store.Query[Place](tx, selectPlaces, person, tx.Now)
}

// Home is the number to which the start page leads: that of the context last chosen in this session, else the primary one, else
// the first; 0 for a person without any.
func (s *Accounts) Home(ctx context.Context, a who.Actor) (number int64, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err := PlacesOf(tx, a.Person)
		if err != nil || len(all) == 0 {
			return err
		}
		number = all[0].Number
		chosen, _, err := store.Maybe[string](tx, selectChosen, a.Session)
		for _, p := range all {
			if p.Org == chosen {
				number = p.Number
			}
		}
		return err
	})
	return number, err
}

// Switch makes one of the actor's own memberships the session's context: forms made before disagree from now on. NotFound if the
// number is not one of them.
func (s *Accounts) Switch(ctx context.Context, a who.Actor, number int64) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	// Free: one row of the actor's own session.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		all, err := PlacesOf(tx, a.Person)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.Number == number {
				return identity.Chosen(tx, a.Session, p.Org)
			}
		}
		return fault.Missing()
	})
}

// Stay ends the notice that the session's context is not the primary one, for this session and this context.
func (s *Accounts) Stay(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	// Free: one row of the actor's own session.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error { return identity.Stays(tx, a.Session) })
}

// MakePrimary says which membership opens after sign-in. NotFound if the number is not one of the actor's own.
func (s *Accounts) MakePrimary(ctx context.Context, a who.Actor, number int64) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		all, err := PlacesOf(tx, a.Person)
		if err != nil {
			return err
		}
		var old, chosen Place
		for _, p := range all {
			if p.Primary {
				old = p
			}
			if p.Number == number {
				chosen = p
			}
		}
		if chosen.Membership == "" {
			return fault.Missing()
		}
		if old.Membership == chosen.Membership {
			return nil
		}
		if _, err := tx.Exec(clearPrimaries, a.Person); err != nil {
			return err
		}
		if _, err := tx.Exec(setPrimary, chosen.Membership); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", PrimaryChosen{old.Membership, chosen.Membership})
	})
}

const accessEvery = 15 * time.Minute

// Enters tells whether Entered may have something to record.
func (s *Accounts) Enters(a who.Actor) bool {
	return (a.Source == who.Staff || a.Source == who.Partnership) && s.entered.Due(a.Session+" "+a.Org, s.Store.Clock.Now())
}

// Entered records that staff or a partner works in a customer's context: at most every 15 minutes per session and
// customer. Called after the answer.
func (s *Accounts) Entered(ctx context.Context, a who.Actor) error {
	if !s.Enters(a) {
		return nil
	}
	// Free: one conditional statement decides whether this request is the one that records.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		n, err := tx.Exec(markAccess, a.Session, a.Org, tx.Now, tx.Now.Add(-accessEvery))
		if err != nil {
			return err
		}
		rest := time.Minute // another process has recorded it, nobody knows when
		if n == 1 {
			rest = accessEvery
		}
		tx.AfterCommit(func() { s.entered.Rest(a.Session+" "+a.Org, tx.Now, tx.Now.Add(rest)) })
		if n == 0 {
			return nil
		}
		entered := CustomerEntered{Organisation: a.Org}
		if a.Source == who.Partnership {
			partner, err := Get(tx, a.Member)
			if err != nil {
				return err
			}
			entered.Partner = partner.RootID // also of people at a site of it
		}
		return s.Events.Emit(tx, a, a.Org, entered)
	})
}

// Sweep forgets old marks.
func Sweep(tx *store.Tx) error {
	_, err := tx.Exec(deleteOldMarks, tx.Now.Add(-24*time.Hour))
	return err
}

package identity

import (
	"cmp"
	"context"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// recoveryCodes is how many are made at a time.
const recoveryCodes = 10

// makeRecovery gives a person new recovery codes in place of all older ones. They are kept nowhere: what is returned is shown once.
func makeRecovery(tx *store.Tx, person string) (codes []string, err error) {
	if _, err := tx.Exec(deleteRecovery, person); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		code := number.NewRecovery()
		if _, err := tx.Exec(insertRecovery, person, crypt.HashToken(code), tx.Now); err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// useRecovery takes a recovery code in place of a code of the app: once. Invalid at code for a wrong one.
func (s *Identities) useRecovery(tx *store.Tx, a who.Actor, code string) error {
	person := a.Person
	n, err := tx.Exec(useRecoveryCode, person, crypt.HashToken(code))
	if err != nil {
		return err
	}
	if n == 0 {
		return wrongCode()
	}
	left, err := store.One[int](tx, countRecovery, person)
	if err != nil {
		return err
	}
	p, err := Get(tx, person)
	if err != nil {
		return err
	}
	if err := s.tell(tx, p, "recovery_used", "left", left, "address", a.From); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", RecoveryUsed{person, left})
}

// show checks what somebody types as second factor: the code that the app shows now, or a recovery code.
func (s *Identities) show(tx *store.Tx, a who.Actor, typed string) error {
	code, err := number.ParseRecovery(typed)
	if err != nil {
		return s.use(tx, a.Person, typed)
	}
	if has, err := hasFactor(tx, a.Person); err != nil || !has {
		return cmp.Or(err, wrongCode())
	}
	return s.useRecovery(tx, a, code)
}

// withFactor carries a change of the actor's own second factor out once he has shown it, by the app or a recovery code. A wrong code counts
// like any failed sign-in: Invalid at code, TooMany after too many of them.
func (s *Identities) withFactor(ctx context.Context, a who.Actor, typed string, then func(tx *store.Tx) error) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	place, err := s.Limits.Take(ctx, subject(Email(a.Email)), a.From)
	if err != nil {
		return err
	}
	err = s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		if err := s.show(tx, a, typed); err != nil {
			return err
		}
		if err := place.Return(tx); err != nil {
			return err
		}
		return then(tx)
	})
	return s.guessed(ctx, place, err)
}

// NewRecovery gives the actor new recovery codes against a code of his second factor; the older ones end. As withFactor.
func (s *Identities) NewRecovery(ctx context.Context, a who.Actor, typed string) (codes []string, err error) {
	err = s.withFactor(ctx, a, typed, func(tx *store.Tx) error {
		if codes, err = makeRecovery(tx, a.Person); err != nil {
			return err
		}
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if err := s.tell(tx, p, "recovery_made"); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", RecoveryMade{a.Person})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// ReplaceFactor begins to set up another app against a code of the one in force, or a recovery code where the phone is lost: the old one holds until the new
// one has shown a code. As withFactor.
func (s *Identities) ReplaceFactor(ctx context.Context, a who.Actor, typed string) error {
	return s.withFactor(ctx, a, typed, func(tx *store.Tx) error { return s.beginSetUp(tx, a.Person, a.Session) })
}

// RecoveryLeft is how many recovery codes the actor has.
func (s *Identities) RecoveryLeft(ctx context.Context, a who.Actor) (n int, err error) {
	if err := a.Must(who.Person); err != nil {
		return 0, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		n, err = store.One[int](tx, countRecovery, a.Person)
		return err
	})
	return n, err
}

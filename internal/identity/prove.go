package identity

import (
	"context"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Prove takes the actor's second factor once more, or a password where there is none, and remembers for the session that it was shown: see
// who.Actor.MustProve. Invalid for a wrong one, which counts like any failed sign-in, and for a password where only a passkey proves; TooMany after
// too many of them.
func (s *Identities) Prove(ctx context.Context, a who.Actor, typed string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	has, err := s.HasFactor(ctx, a)
	if err != nil {
		return err
	}
	proved := func(tx *store.Tx) error {
		_, err := tx.Exec(updateProvedAt, a.Session, tx.Now)
		return err
	}
	if has {
		return s.withFactor(ctx, a, typed, proved)
	}
	byPasskey, err := s.onlyByPasskey(ctx, a)
	if err == nil && byPasskey {
		err = refusedAt("passkey_needed")
	}
	if err != nil {
		return err
	}
	if _, _, err := s.checkCurrent(ctx, a, typed); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), proved)
}

// onlyByPasskey tells whether nothing less than a passkey proves who the actor is: he must have a second factor, and passkeys are what he has. It is asked where there is no other.
func (s *Identities) onlyByPasskey(ctx context.Context, a who.Actor) (only bool, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if only, err = hasPasskey(tx, a.Person); err != nil || !only {
			return err
		}
		only, err = s.MustFactor(tx, a.Person)
		return err
	})
	return only, err
}

// refusedAt is a refusal of what was typed to prove oneself.
func refusedAt(code string) error {
	f := fault.New(fault.Invalid, "identity."+code)
	f.Fields = []fault.Field{{Name: "current", Text: f.Text}}
	return f
}

// HasFactor tells whether the actor has a second factor.
func (s *Identities) HasFactor(ctx context.Context, a who.Actor) (has bool, err error) {
	if err := a.Must(who.Person); err != nil {
		return false, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		has, err = hasFactor(tx, a.Person)
		return err
	})
	return has, err
}

// ProofField is what Prove asks for.
func (s *Identities) ProofField(ctx context.Context, a who.Actor) (web.Field, error) {
	has, err := s.HasFactor(ctx, a)
	if has {
		return web.Field{Label: web.Say("identity.code_or_recovery"), Autocomplete: "one-time-code", Required: true, Autofocus: true, Short: true}, err
	}
	if err != nil {
		return web.Field{}, err
	}
	f := web.Field{Type: "password", Label: web.Say("identity.password"), Autocomplete: "current-password", Required: true, Autofocus: true}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		n, err := store.One[int](tx, countPasswords, a.Person)
		if err == nil && n == 0 {
			f.Hint = web.Say("identity.no_password")
		}
		return err
	})
	return f, err
}

const countPasswords = `SELECT count(*) FROM credential WHERE person_id = $1 AND kind IN ('password', 'old-password')`

package identity

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// factor is a sealed TOTP secret and the last step used.
type factor struct {
	Secret   string
	LastStep int64
}

const sealingTOTP = "totp"

// pending is the kind of a factor that is being set up. Its secret is shown, so it is good for a while only.
const (
	pending     = "totp-pending"
	pendingTime = 15 * time.Minute
)

// since is when a factor must have been made to be used.
func since(tx *store.Tx, kind string) time.Time {
	if kind == pending {
		return tx.Now.Add(-pendingTime)
	}
	return time.Unix(0, 0)
}

func hasFactor(tx *store.Tx, person string) (bool, error) {
	_, has, err := store.Maybe[factor](tx, selectSecret, person, "totp", since(tx, "totp"))
	return has, err
}

// SetUp is a second factor that is being set up: the secret is shown until a code of it was typed.
type SetUp struct{ Secret, URI string }

// TOTP takes the code of the second factor of a half session, or one of the recovery codes. Whoever has the session may. Invalid at code for a
// wrong or used one.
func (s *Identities) TOTP(ctx context.Context, token, code string, v Visit) (Started, error) {
	return s.second(ctx, token, StepTOTP, v, func(tx *store.Tx, h Half) ([]string, error) { return nil, s.show(tx, h.Person, code) })
}

// ConfirmSetUp takes the first code of the factor that a member of staff has just set up, and completes the sign-in.
func (s *Identities) ConfirmSetUp(ctx context.Context, token, code string, v Visit) (Started, error) {
	return s.second(ctx, token, StepSetUp, v, func(tx *store.Tx, h Half) ([]string, error) {
		if err := s.use(tx, h.Person, pending, code); err != nil {
			return nil, err
		}
		return s.confirm(tx, who.Actor{Person: h.Person, Session: h.Session, From: v.Address})
	})
}

// second completes the sign-in of a half session that misses this step once the code is good; good gives the recovery codes that it made.
func (s *Identities) second(ctx context.Context, token, step string, v Visit, good func(tx *store.Tx, h Half) ([]string, error)) (out Started, err error) {
	h, err := s.Half(ctx, token)
	if err != nil {
		return Started{}, err
	}
	if h.Step != step {
		return Started{}, fault.New(fault.SignIn, "fault.sign_in")
	}
	place, err := s.Limits.Take(ctx, subject(Email(h.Email)), v.Address)
	if err != nil {
		return Started{}, err
	}
	err = s.Store.Write(ctx, store.Lock("person", h.Person), func(tx *store.Tx) error {
		if h, err = s.half(tx, token); err != nil {
			return err
		}
		codes, err := good(tx, h)
		if err != nil {
			return err
		}
		// A new session with a new token: what the browser had before the factor is worth nothing after it.
		if _, err := tx.Exec(revokeSession, h.Session, h.Person, tx.Now); err != nil {
			return err
		}
		staff, err := s.Staff(tx, h.Person)
		if err != nil {
			return err
		}
		id, token, err := s.start(tx, h.Person, StepDone, staff, v)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(updateFactorAt, id, tx.Now); err != nil {
			return err
		}
		if err := place.Return(tx); err != nil {
			return err
		}
		out = Started{Token: token, Recovery: codes}
		return s.complete(tx, h.Person, id, v)
	})
	return out, s.guessed(ctx, place, err)
}

// guessed passes on how a try at a code ended; its place stays taken if the code was wrong.
func (s *Identities) guessed(ctx context.Context, p limit.Place, err error) error {
	if err == nil || fault.Status(err) == int(fault.Invalid) {
		return err
	}
	return s.noGuess(ctx, p, err)
}

// use checks a code and uses its step up, all in the caller's transaction.
func (s *Identities) use(tx *store.Tx, person, kind, code string) error {
	f, ok, err := store.Maybe[factor](tx, selectSecret, person, kind, since(tx, kind))
	if err != nil {
		return err
	}
	if !ok {
		return wrongCode()
	}
	secret, err := s.openSecret(f.Secret)
	if err != nil {
		return err
	}
	step, ok := totp.Check(secret, code, tx.Now, f.LastStep)
	if !ok {
		return wrongCode()
	}
	n, err := tx.Exec(updateStep, person, kind, step)
	if err == nil && n == 0 {
		err = wrongCode()
	}
	return err
}

// confirm makes the actor's pending factor the one in force, and gives new recovery codes.
func (s *Identities) confirm(tx *store.Tx, a who.Actor) ([]string, error) {
	person := a.Person
	f, err := store.One[factor](tx, selectSecret, person, pending, since(tx, pending))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(upsertCredential, tx.NewID(), person, "totp", "", "", f.Secret, f.LastStep, tx.Now); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(deleteCredential, person, pending); err != nil {
		return nil, err
	}
	p, err := Get(tx, person)
	if err != nil {
		return nil, err
	}
	if err := s.tell(tx, p, "factor_set"); err != nil {
		return nil, err
	}
	if err := s.Events.Emit(tx, a, "", FactorSet{person, "totp"}); err != nil {
		return nil, err
	}
	return makeRecovery(tx, person)
}

// beginSetUp makes the secret of a factor that is to be set up, in place of an older one that was never confirmed.
func (s *Identities) beginSetUp(tx *store.Tx, person string) error {
	_, err := tx.Exec(upsertCredential, tx.NewID(), person, pending, "", "", s.sealSecret(totp.NewSecret()), 0, tx.Now)
	return err
}

// PendingSetUp shows the secret of the factor that is being set up. NotFound if none is.
func (s *Identities) PendingSetUp(ctx context.Context, person, email string) (out SetUp, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		f, ok, err := store.Maybe[factor](tx, selectSecret, person, pending, since(tx, pending))
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		secret, err := s.openSecret(f.Secret)
		if err != nil {
			return err
		}
		vendor, err := s.Vendor(tx)
		out = SetUp{secret, totp.URI(vendor, email, secret)}
		return err
	})
	return out, err
}

// BeginFactor starts to set a second factor up for the actor: the secret is shown on the next page. Conflict if there is one
// already: see ReplaceFactor, which asks for its code, so that nobody with a stolen session puts another in its place.
func (s *Identities) BeginFactor(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		if err := s.noFactor(tx, a.Person); err != nil {
			return err
		}
		return s.beginSetUp(tx, a.Person)
	})
}

func (s *Identities) noFactor(tx *store.Tx, person string) error {
	has, err := hasFactor(tx, person)
	if err == nil && has {
		err = fault.New(fault.Conflict, "identity.factor_exists")
	}
	return err
}

// EnableFactor takes the first code of a factor that the actor has begun to set up for himself, in place of one that he has, and gives new recovery
// codes, to be shown once. Invalid at code.
func (s *Identities) EnableFactor(ctx context.Context, a who.Actor, code string) (codes []string, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		if err := s.use(tx, a.Person, pending, code); err != nil {
			return err
		}
		codes, err = s.confirm(tx, a)
		return err
	})
	return codes, err
}

// DisableFactor removes the actor's second factor against one last code. Conflict for staff, who must have one; else as withFactor.
func (s *Identities) DisableFactor(ctx context.Context, a who.Actor, code string) error {
	return s.withFactor(ctx, a, code, func(tx *store.Tx) error {
		staff, err := s.Staff(tx, a.Person)
		if err != nil {
			return err
		}
		if staff {
			return fault.New(fault.Conflict, "identity.factor_needed")
		}
		for _, kind := range []string{"totp", pending} {
			if _, err := tx.Exec(deleteCredential, a.Person, kind); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(deleteRecovery, a.Person); err != nil {
			return err
		}
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if err := s.tell(tx, p, "factor_removed"); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", FactorRemoved{a.Person, "totp"})
	})
}

// Enrol gives a person a second factor whose secret the caller knows: the demo world, which prints it.
func (s *Identities) Enrol(tx *store.Tx, person, secret string, lastStep int64) error {
	_, err := tx.Exec(upsertCredential, tx.NewID(), person, "totp", "", "", s.sealSecret(secret), lastStep, tx.Now)
	return err
}

func (s *Identities) sealSecret(secret string) string {
	return base64.StdEncoding.EncodeToString(s.Keys.Seal(sealingTOTP, []byte(secret)))
}

func (s *Identities) openSecret(sealed string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err == nil {
		b, err = s.Keys.Open(sealingTOTP, b)
	}
	if err != nil {
		return "", fmt.Errorf("open second factor: %w", err)
	}
	return string(b), nil
}

// Reseal is the step that seals second factors again when the key file was changed, see store.Reseal.
func (s *Identities) Reseal(tx *store.Tx, after string, limit int) (last string, changed int, err error) {
	return store.Reseal(tx, s.Keys, sealingTOTP, listSealed, updateSealed, after, limit)
}

package identity

import (
	"cmp"
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

// pending is the kind of a factor that is being set up. Its secret is shown, so it is good for a while, and for the session that began it only.
const (
	pending     = "totp-pending"
	pendingTime = 15 * time.Minute
)

func hasFactor(tx *store.Tx, person string) (bool, error) {
	_, has, err := store.Maybe[factor](tx, selectSecret, person)
	return has, err
}

// SetUp is a second factor that is being set up: the secret is shown until a code of it was typed.
type SetUp struct{ Secret, URI string }

// TOTP takes the code of the second factor of a half session, or one of the recovery codes. Whoever has the session may. Invalid at code for a
// wrong or used one.
func (s *Identities) TOTP(ctx context.Context, token, code string, v Visit) (Started, error) {
	return s.second(ctx, token, StepTOTP, v, func(tx *store.Tx, h Half) ([]string, error) {
		return nil, s.show(tx, who.Actor{Person: h.Person, Session: h.Session, From: v.Address, Source: who.Own}, code)
	})
}

// ConfirmSetUp takes the first code of the factor that somebody who must have one has just set up, and completes the sign-in.
func (s *Identities) ConfirmSetUp(ctx context.Context, token, code string, v Visit) (Started, error) {
	return s.second(ctx, token, StepSetUp, v, func(tx *store.Tx, h Half) ([]string, error) {
		if err := s.noFactor(tx, h.Person); err != nil {
			return nil, err // somebody has set one up elsewhere since the password was typed
		}
		if has, err := hasPasskey(tx, h.Person); err != nil || has { // or added a passkey, which stands for it
			return nil, cmp.Or(err, error(fault.New(fault.Conflict, "identity.factor_exists")))
		}
		return s.confirm(tx, who.Actor{Person: h.Person, Session: h.Session, From: v.Address}, code)
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
		v.connection, v.upstream = h.Connection, h.Upstream
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

// begun is the factor that a session sets up.
func begun(tx *store.Tx, person, session string) (factor, bool, error) {
	return store.Maybe[factor](tx, selectPending, person, session, tx.Now.Add(-pendingTime))
}

// use checks a code of the person's factor and uses its step up, all in the caller's transaction.
func (s *Identities) use(tx *store.Tx, person, code string) error {
	f, ok, err := store.Maybe[factor](tx, selectSecret, person)
	if err != nil {
		return err
	}
	return s.check(tx, f, ok, person, "totp", code)
}

// check checks a code of a factor, if there is one, and uses its step up.
func (s *Identities) check(tx *store.Tx, f factor, ok bool, person, kind, code string) error {
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

// confirm makes the factor that the actor's session sets up the one in force, once a code of it was typed, and gives new recovery codes. All other sessions end: they
// have not shown it.
func (s *Identities) confirm(tx *store.Tx, a who.Actor, code string) ([]string, error) {
	person := a.Person
	f, ok, err := begun(tx, person, a.Session)
	if err != nil {
		return nil, err
	}
	if err := s.check(tx, f, ok, person, pending, code); err != nil {
		return nil, err
	}
	if f, _, err = begun(tx, person, a.Session); err != nil { // with the step that was used
		return nil, err
	}
	if err := endSessions(tx, person, a.Session); err != nil {
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

// beginSetUp makes the secret of a factor that a session is to set up, in place of an older one that was never confirmed.
func (s *Identities) beginSetUp(tx *store.Tx, person, session string) error {
	_, err := tx.Exec(upsertCredential, tx.NewID(), person, pending, "", session, s.sealSecret(totp.NewSecret()), 0, tx.Now)
	return err
}

// PendingSetUp shows the secret of the factor that the session is setting up. NotFound if it is not.
func (s *Identities) PendingSetUp(ctx context.Context, person, session, email string) (out SetUp, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		f, ok, err := begun(tx, person, session)
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
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		if err := s.noFactor(tx, a.Person); err != nil {
			return err
		}
		return s.beginSetUp(tx, a.Person, a.Session)
	})
}

// CancelFactor forgets the factor that the actor's session is setting up. One that is in force stays.
func (s *Identities) CancelFactor(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		_, err := tx.Exec(deletePending, a.Person, a.Session)
		return err
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
		codes, err = s.confirm(tx, a, code)
		return err
	})
	return codes, err
}

// DisableFactor removes the actor's second factor against one last code. Conflict for who must have one; else as withFactor.
func (s *Identities) DisableFactor(ctx context.Context, a who.Actor, code string) error {
	return s.withFactor(ctx, a, code, func(tx *store.Tx) error {
		must, err := s.MustFactor(tx, a.Person)
		if err != nil {
			return err
		}
		if must {
			return fault.New(fault.Conflict, "identity.factor_needed")
		}
		if err := dropFactor(tx, a.Person); err != nil {
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

// dropFactor takes a person's second factor away, with all that stands for it.
func dropFactor(tx *store.Tx, person string) error {
	for _, kind := range []string{"totp", pending} {
		if _, err := tx.Exec(deleteCredential, person, kind); err != nil {
			return err
		}
	}
	_, err := tx.Exec(deleteRecovery, person)
	return err
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

package identity

import (
	"context"
	"errors"
	"slices"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// door is what a sign-in knows about an address: one of these per credential, none if nobody has it.
type door struct {
	Person, State string
	MailboxFirst  bool
	Email         string
	Language      string
	Kind, Secret  string
}

// wrong is the one answer to an unknown address, a wrong password, a person without one and a disabled one.
func wrong() error {
	f := fault.New(fault.Invalid, "identity.wrong_password")
	f.Fields = []fault.Field{{Name: "email", Text: fault.Msg("identity.wrong_password")}}
	return f
}

// subject is the counter of failures of an address, whether somebody has it or not.
func subject(email Email) string { return "sign-in:" + crypt.HashToken(string(email))[:32] }

// SignIn checks address and password and starts a session, which may still miss a step. Anybody may. A try is counted before
// it is checked, so that many at once get no further than many one by one. Every failure costs one Argon2id run and the same statements and is answered by the same Invalid; TooMany after too many of them,
// Unavailable if too many people sign in at this moment.
func (s *Identities) SignIn(ctx context.Context, typed, password string, v Visit) (Started, error) {
	email, err := ParseEmail(typed)
	if err != nil {
		email = "" // nobody has it; the answer and its price are those of any other unknown address
	}
	place, err := s.Limits.Take(ctx, subject(email), v.Address)
	if err != nil {
		return Started{}, err
	}
	var rows []door
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = store.Query[door](tx, selectDoor, string(email))
		return err
	})
	if err != nil {
		return Started{}, s.noGuess(ctx, place, err)
	}
	secrets := secretsOf(rows)
	fits, err := s.Hasher.Check(ctx, secrets, password)
	if err != nil {
		return Started{}, s.noGuess(ctx, place, err)
	}
	if fits < 0 {
		return Started{}, wrong()
	}
	kept := ""
	if used := rows[fits]; used.Kind == "old-password" || !crypt.Current(used.Secret) {
		if kept, err = s.Hasher.Hash(ctx, password); err != nil {
			return Started{}, s.noGuess(ctx, place, err)
		}
	}
	return s.enter(ctx, rows[0], secrets[fits], kept, place, v)
}

// noGuess gives the place of a try back that ended with an error of ours instead of an answer.
func (s *Identities) noGuess(ctx context.Context, p limit.Place, err error) error {
	if back := s.Limits.Return(ctx, p); back != nil {
		return errors.Join(err, back)
	}
	return err
}

// secretsOf are the hashes that a password may fit. A disabled person has none, like somebody who does not exist: then not
// even the right password is answered faster.
func secretsOf(rows []door) (secrets []string) {
	for _, r := range rows {
		if r.Kind != "" && r.State != Disabled {
			secrets = append(secrets, r.Secret)
		}
	}
	return secrets
}

// enter starts the session after a good password. kept is the new hash that replaces all old ones, "" if none does.
func (s *Identities) enter(ctx context.Context, d door, secret, kept string, place limit.Place, v Visit) (out Started, err error) {
	err = s.Store.Write(ctx, store.Lock("person", d.Person), func(tx *store.Tx) error {
		// The password that was checked must still be the one in force: a reset may have come in between.
		now, err := store.Query[door](tx, selectDoor, d.Email)
		if err != nil {
			return err
		}
		if !slices.Contains(secretsOf(now), secret) {
			return wrong()
		}
		if err := place.Return(tx); err != nil {
			return err
		}
		if d.MailboxFirst {
			out, err = s.askCode(tx, d, kept, v)
			return err
		}
		if kept != "" {
			if err := setPassword(tx, d.Person, kept); err != nil {
				return err
			}
		}
		out, err = s.proceed(tx, d.Person, v)
		return err
	})
	return out, err
}

// proceed starts the session of a person who has shown the first factor: with the next missing step, or complete.
func (s *Identities) proceed(tx *store.Tx, person string, v Visit) (Started, error) {
	step, staff, err := s.nextStep(tx, person)
	if err != nil {
		return Started{}, err
	}
	id, token, err := s.start(tx, person, step, staff, v)
	switch {
	case err != nil:
	case step == StepDone:
		err = s.complete(tx, person, id, v)
	case step == StepSetUp:
		err = s.beginSetUp(tx, person, id)
	}
	return Started{Token: token, Step: step}, err
}

// nextStep says what a person with a good first factor still has to show.
func (s *Identities) nextStep(tx *store.Tx, person string) (step string, staff bool, err error) {
	if staff, err = s.Staff(tx, person); err != nil {
		return "", false, err
	}
	has, err := hasFactor(tx, person)
	if err != nil || has {
		return StepTOTP, staff, err
	}
	if must, err := s.MustFactor(tx, person); err != nil || !must {
		return StepDone, staff, err
	}
	if has, err = hasPasskey(tx, person); has {
		return StepTOTP, staff, err
	}
	return StepSetUp, staff, err
}

// complete is the end of every sign-in, in its transaction. Only here are the person's failures forgotten: whoever knows the
// password and guesses the second factor must not get new tries by typing the password again.
func (s *Identities) complete(tx *store.Tx, person, session string, v Visit) error {
	p, err := Get(tx, person)
	if err != nil {
		return err
	}
	if n, err := tx.Exec(updateSignedIn, person, tx.Now); err != nil || n == 0 {
		if err == nil {
			err = wrong() // disabled in between
		}
		return err
	}
	if err := limit.Passed(tx, subject(Email(p.Email)), v.Address); err != nil {
		return err
	}
	device := deviceName(v.Device)
	seen, err := store.One[struct{ Same, All int }](tx, countDevice, person, device, session)
	if err != nil {
		return err
	}
	if seen.All > 0 && seen.Same == 0 {
		if err := s.tell(tx, p, "new_device", "device", device, "address", v.Address); err != nil {
			return err
		}
	}
	a := who.Actor{Person: person, Session: session, From: v.Address, Source: who.Own}
	return s.Events.Emit(tx, a, "", SignedIn{Person: person, First: p.FirstSignInAt.IsZero(), Proven: !p.ProvenAt.IsZero()})
}

// tell writes to the person about a change of the account itself.
func (s *Identities) tell(tx *store.Tx, p Person, kind string, args ...any) error {
	args = append(args, "name", mail.Name(p.Name()), "at", tx.Now.Format("2006-01-02 15:04 UTC"), "link", s.BaseURL+"/me/security")
	_, err := s.Office.Post(tx, mail.Letter{To: p.Email, Person: p.ID, Language: p.Language, Kind: "identity.mail." + kind, Args: args})
	return err
}

// setPassword makes phc the only password.
func setPassword(tx *store.Tx, person, phc string) error {
	if _, err := tx.Exec(deleteCredential, person, "old-password"); err != nil {
		return err
	}
	_, err := tx.Exec(upsertCredential, tx.NewID(), person, "password", "", "", phc, 0, tx.Now)
	return err
}

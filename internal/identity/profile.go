package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Profile is what a person says about himself.
type Profile struct {
	FirstName, LastName, Language, Zone, Phone string
	Version                                    int64
	HasFactor                                  bool
	Email                                      string
}

// Profile gives the actor's own.
func (s *Identities) Profile(ctx context.Context, a who.Actor) (out Profile, err error) {
	if err := a.Must(who.Person); err != nil {
		return Profile{}, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		has, err := hasFactor(tx, a.Person)
		out = Profile{p.FirstName, p.LastName, p.Language, p.Zone, p.Phone, p.Version, has, Email(p.Email).Shown()}
		return err
	})
	return out, err
}

// SaveProfile changes the actor's own. Invalid at the fields, Conflict if it was changed meanwhile.
func (s *Identities) SaveProfile(ctx context.Context, a who.Actor, in Profile, languages []string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	var c fault.Check
	NeedName(&c, "first_name", in.FirstName)
	NeedName(&c, "last_name", in.LastName)
	c.Need(in.Language == "" || slices.Contains(languages, in.Language), "language", "identity.language_unknown")
	_, err := time.LoadLocation(in.Zone)
	c.Need(err == nil && !strings.EqualFold(in.Zone, "local"), "zone", "identity.zone_unknown")
	c.Need(len([]rune(in.Phone)) <= 40, "phone", "identity.phone_long", "max", 40)
	if err := c.Err(); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "identity.profile", in, func() (string, error) { return a.Person, s.saveProfile(tx, a, in) })
		return err
	})
}

func (s *Identities) saveProfile(tx *store.Tx, a who.Actor, in Profile) error {
	p, err := Get(tx, a.Person)
	if err != nil {
		return err
	}
	n, err := tx.Exec(updateProfile, a.Person, in.Version, in.FirstName, in.LastName, in.Language, in.Zone, in.Phone)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "identity.profile_changed_meanwhile")
	}
	var fields []string
	for field, changed := range map[string]bool{"name": p.FirstName != in.FirstName || p.LastName != in.LastName,
		"language": p.Language != in.Language, "zone": p.Zone != in.Zone, "phone": p.Phone != in.Phone} {
		if changed {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return s.Events.Emit(tx, a, "", ProfileChanged{a.Person, fields})
}

// ChangePassword sets the actor's own password against the present one, and ends all other sessions and mailed secrets.
// Invalid at current or password; a wrong present one counts like any failed sign-in, and TooMany comes after too many.
func (s *Identities) ChangePassword(ctx context.Context, a who.Actor, current, password string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	secret, companies, err := s.checkCurrent(ctx, a, current)
	if err != nil {
		return err
	}
	var c fault.Check
	c.Need(password != current, "password", "identity.password_same")
	if err := s.Passwords.Need(&c, "password", password, Email(a.Email), companies...); err != nil {
		return err
	}
	if err := c.Err(); err != nil {
		return err
	}
	phc, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		// What was checked must still be the password: a reset may have come in between.
		now, err := store.Query[door](tx, selectDoor, a.Email)
		if err != nil {
			return err
		}
		if !slices.Contains(secretsOf(now), secret) {
			return wrongCurrent()
		}
		if err := setPassword(tx, a.Person, phc); err != nil {
			return err
		}
		if err := endSessions(tx, a.Person, a.Session); err != nil {
			return err
		}
		if _, err := tx.Exec(endAllProofs, a.Email, tx.Now); err != nil {
			return err
		}
		if err := s.stopChange(tx, a, "password"); err != nil {
			return err
		}
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if err := s.tell(tx, p, "password_set"); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", PasswordSet{a.Person, "change"})
	})
}

// checkCurrent compares the actor's present password, through the same counter as a sign-in, and gives the hash that fitted
// and the names of the actor's organisations.
func (s *Identities) checkCurrent(ctx context.Context, a who.Actor, current string) (secret string, companies []string, err error) {
	place, err := s.Limits.Take(ctx, subject(Email(a.Email)), a.From)
	if err != nil {
		return "", nil, err
	}
	var rows []door
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if rows, err = store.Query[door](tx, selectDoor, a.Email); err != nil {
			return err
		}
		companies, err = s.Companies(tx, a.Person)
		return err
	})
	if err != nil {
		return "", nil, s.noGuess(ctx, place, err)
	}
	secrets := secretsOf(rows)
	fits, err := s.Hasher.Check(ctx, secrets, current)
	switch {
	case err != nil:
		return "", nil, s.noGuess(ctx, place, err)
	case fits < 0:
		return "", nil, wrongCurrent()
	}
	return secrets[fits], companies, s.Limits.Return(ctx, place)
}

func wrongCurrent() error {
	var c fault.Check
	c.Need(false, "current", "identity.wrong_current")
	return c.Err()
}

package identity

import (
	"cmp"
	"context"
	"errors"
	"time"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// backTime is how long the old address can take a change back.
const backTime = 3 * 24 * time.Hour

// EmailChange is a change of a person's address: asked for, or done and not yet beyond recall.
type EmailChange struct {
	ID, Person, Old, New string
	AskedAt, ExpiresAt   time.Time
	DoneAt               time.Time // zero: the new mailbox is not proved yet
}

// AskEmail begins a change of the actor's own address: a link goes to the new one, and the old one is told, with a way to stop it. Nothing changes before the
// link is used, and an older change that was not confirmed ends.
//
// The actor must have proved himself lately. Invalid at email; TooMany after too many questions. Whether somebody has the new address is told in its mailbox only.
func (s *Identities) AskEmail(ctx context.Context, a who.Actor, typed string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	var c fault.Check
	email := NeedEmail(&c, "email", typed)
	c.Need(email == "" || string(email) != a.Email, "email", "identity.email_same")
	if err := c.Err(); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		if _, err := limit.Take(tx, "ask:"+crypt.HashToken(string(email))[:32], "ask:"+limit.Network(a.From)); err != nil {
			return err
		}
		return s.askEmail(tx, a, email)
	})
}

func (s *Identities) askEmail(tx *store.Tx, a who.Actor, email Email) error {
	p, err := Get(tx, a.Person)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(endOpenChanges, p.ID, tx.Now); err != nil {
		return err
	}
	token, hash := crypt.Token()
	stop, stopHash := crypt.Token()
	if _, err := tx.Exec(insertEmailChange, tx.NewID(), p.ID, p.Email, string(email), hash, stopHash, tx.Now, tx.Now.Add(proofTime)); err != nil {
		return err
	}
	owner, taken, err := Find(tx, email)
	if err != nil {
		return err
	}
	l := mail.Letter{To: string(email), Person: p.ID, Language: p.Language, Kind: "identity.mail.email_prove", Args: []any{"link", s.BaseURL + "/email/" + token, "email", email.Shown()}}
	if taken { // the secret reaches nobody
		l = mail.Letter{To: owner.Email, Person: owner.ID, Language: owner.Language, Kind: "identity.mail.email_taken", Args: []any{"link", s.BaseURL + "/sign-in", "email", email.Shown()}}
	}
	if _, err := s.Office.Post(tx, l); err != nil {
		return err
	}
	if err := s.tell(tx, p, "email_asked", "email", email.Shown(), "stop", s.BaseURL+"/email/stop/"+stop); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", EmailChangeAsked{p.ID})
}

// OpenEmailChange is the actor's own change that waits for the proof of the new mailbox, if there is one.
func (s *Identities) OpenEmailChange(ctx context.Context, a who.Actor) (c EmailChange, open bool, err error) {
	if err := a.Must(who.Person); err != nil {
		return c, false, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		c, open, err = store.Maybe[EmailChange](tx, selectOpenChange, a.Person, tx.Now)
		return err
	})
	return c, open, err
}

// CancelEmail ends the actor's own change that was not confirmed, if there is one.
func (s *Identities) CancelEmail(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error { return s.stopChange(tx, a, "person") })
}

// stopChange ends the actor's change that was not confirmed, if there is one: a step. by says what did it.
func (s *Identities) stopChange(tx *store.Tx, a who.Actor, by string) error {
	n, err := tx.Exec(endOpenChanges, a.Person, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	return s.Events.Emit(tx, a, "", EmailChangeStopped{a.Person, by})
}

// NewEmail looks the secret up that was mailed to a new address, without using it. Only who asked for the change may: NotFound for anybody else, so
// that a mistyped address gives nobody an account.
func (s *Identities) NewEmail(ctx context.Context, a who.Actor, token string) (c EmailChange, err error) {
	if err := a.Must(who.Person); err != nil {
		return c, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		c, err = findChange(tx, a.Person, token)
		return err
	})
	return c, err
}

func findChange(tx *store.Tx, person, token string) (EmailChange, error) {
	if !crypt.Plausible(token) {
		return EmailChange{}, fault.New(fault.NotFound, "identity.link_over")
	}
	c, ok, err := store.Maybe[EmailChange](tx, selectChange, crypt.HashToken(token), person, tx.Now)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "identity.link_over")
	}
	return c, err
}

// ConfirmEmail makes the new address the actor's own with the secret that was mailed there. All his other sessions and every secret mailed to the old address end, and the
// old one is told, with a way to take it back. As NewEmail; Conflict of code identity.email_taken if somebody has the address by now.
func (s *Identities) ConfirmEmail(ctx context.Context, a who.Actor, token string) error {
	c, err := s.NewEmail(ctx, a, token)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person).And(store.Lock("email", c.New)).And(store.Lock("email", c.Old)), func(tx *store.Tx) error {
		if c, err = findChange(tx, a.Person, token); err != nil {
			return err
		}
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if p.State == Disabled || p.Email != c.Old {
			return fault.New(fault.NotFound, "identity.link_over")
		}
		if err := s.readdress(tx, p, c.New, a.Session); err != nil {
			return err
		}
		stop, hash := crypt.Token()
		if _, err := tx.Exec(finishChange, c.ID, tx.Now, hash, tx.Now.Add(backTime)); err != nil {
			return err
		}
		if err := s.tell(tx, p, "email_changed", "email", Email(c.New).Shown(), "stop", s.BaseURL+"/email/stop/"+stop); err != nil {
			return err
		}
		now := p
		now.Email = c.New
		if err := s.tell(tx, now, "email_now", "email", Email(c.New).Shown()); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", EmailChanged{Person: p.ID, Old: c.Old})
	})
}

// readdress gives a person another address, whose mailbox is proved, and ends all sessions but one and every secret mailed to either. Conflict if somebody has it.
func (s *Identities) readdress(tx *store.Tx, p Person, email, but string) error {
	taken := error(fault.New(fault.Conflict, "identity.email_taken"))
	if _, known, err := Find(tx, Email(email)); err != nil || known {
		return cmp.Or(err, taken)
	}
	if _, err := tx.Exec(updateEmail, p.ID, email, tx.Now); errors.Is(err, store.ErrExists) {
		return taken // an import, or an invitation that came in between
	} else if err != nil {
		return err
	}
	for _, mailed := range []string{p.Email, email} {
		if _, err := tx.Exec(endAllProofs, mailed, tx.Now); err != nil {
			return err
		}
	}
	return endSessions(tx, p.ID, but)
}

// OldEmail looks the secret up with which the old address stops a change or takes it back, without using it. Whoever has it may. NotFound if it does not hold (any more).
func (s *Identities) OldEmail(ctx context.Context, token string) (c EmailChange, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		c, err = findStop(tx, token)
		return err
	})
	return c, err
}

func findStop(tx *store.Tx, token string) (EmailChange, error) {
	if !crypt.Plausible(token) {
		return EmailChange{}, fault.New(fault.NotFound, "identity.link_over")
	}
	c, ok, err := store.Maybe[EmailChange](tx, selectStop, crypt.HashToken(token), tx.Now)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "identity.link_over")
	}
	return c, err
}

// StopEmail ends a change that was not confirmed. One that was is taken back: the old address is the person's again, the password and all sessions end, and a
// link to set a new password goes to it. As OldEmail; Conflict of code identity.email_taken if somebody has the old address by now.
func (s *Identities) StopEmail(ctx context.Context, token string, v Visit) (c EmailChange, err error) {
	if c, err = s.OldEmail(ctx, token); err != nil {
		return c, err
	}
	a := who.Actor{From: v.Address, Source: who.Own}
	return c, s.Store.Write(ctx, store.Lock("person", c.Person).And(store.Lock("email", c.New)).And(store.Lock("email", c.Old)), func(tx *store.Tx) error {
		if c, err = findStop(tx, token); err != nil {
			return err
		}
		a.Person = c.Person
		if c.DoneAt.IsZero() {
			return s.stopChange(tx, a, "old-address")
		}
		return s.takeBack(tx, a, c)
	})
}

func (s *Identities) takeBack(tx *store.Tx, a who.Actor, c EmailChange) error {
	p, err := Get(tx, c.Person)
	if err != nil {
		return err
	}
	if p.State == Disabled {
		return fault.New(fault.NotFound, "identity.link_over")
	}
	if err := s.readdress(tx, p, c.Old, ""); err != nil {
		return err
	}
	// Those asked for later end with it; an earlier address keeps its own way back.
	if _, err := tx.Exec(endLaterChanges, p.ID, tx.Now, c.AskedAt); err != nil {
		return err
	}
	// Whatever else opens the account may be the stranger's, too.
	for _, q := range []string{deletePasskeys, deleteCompanyIdentities} {
		if _, err := tx.Exec(q, p.ID); err != nil {
			return err
		}
	}
	for _, kind := range []string{"password", "old-password", pending} {
		if _, err := tx.Exec(deleteCredential, p.ID, kind); err != nil {
			return err
		}
	}
	secret, err := s.prove(tx, Reset, p.ID, Email(c.Old))
	if err != nil {
		return err
	}
	if _, err := s.Office.Post(tx, mail.Letter{To: c.Old, Person: p.ID, Language: p.Language, Kind: "identity.mail.email_back",
		Args: []any{"name", mail.Name(p.Name()), "email", Email(c.Old).Shown(), "link", s.BaseURL + "/forgotten/" + secret}}); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", EmailChanged{Person: p.ID, Old: p.Email, Back: true})
}

// EmailChangeAsked tells that somebody wants to sign in with another address.
type EmailChangeAsked struct{ Person string }

func (EmailChangeAsked) EventName() string { return "identity.email_change_asked" }
func (e EmailChangeAsked) Subject() string { return "person:" + e.Person }

// EmailChangeStopped tells what ended a change before it was confirmed: person, old-address, password, invitation.
type EmailChangeStopped struct{ Person, By string }

func (EmailChangeStopped) EventName() string { return "identity.email_change_stopped" }
func (e EmailChangeStopped) Subject() string { return "person:" + e.Person }

// EmailChanged tells that a person has another address; Back, that the old one took it back. The address before is for reactions only.
type EmailChanged struct {
	Person string
	Back   bool   `json:",omitempty"`
	Old    string `json:"-"`
}

func (EmailChanged) EventName() string { return "identity.email_changed" }
func (e EmailChanged) Subject() string { return "person:" + e.Person }

const insertEmailChange = `
	INSERT INTO email_change (id, person_id, old_email, new_email, token_hash, stop_hash, asked_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const changeColumns = `id, person_id, old_email, new_email, asked_at, expires_at, done_at FROM email_change`

const selectOpenChange = `SELECT ` + changeColumns + ` WHERE person_id = $1 AND done_at IS NULL AND ended_at IS NULL AND expires_at > $2`

const selectChange = `SELECT ` + changeColumns + ` WHERE token_hash = $1 AND person_id = $2 AND done_at IS NULL AND ended_at IS NULL AND expires_at > $3`

const selectStop = `SELECT ` + changeColumns + ` WHERE stop_hash = $1 AND ended_at IS NULL AND expires_at > $2`

const endOpenChanges = `UPDATE email_change SET ended_at = $2 WHERE person_id = $1 AND done_at IS NULL AND ended_at IS NULL`

const endLaterChanges = `UPDATE email_change SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL AND asked_at >= $3`

const finishChange = `UPDATE email_change SET done_at = $2, stop_hash = $3, expires_at = $4 WHERE id = $1`

const deleteOldChanges = `DELETE FROM email_change WHERE expires_at < $1`

const updateEmail = `UPDATE person SET email = $2, email_proven_at = $3, version = version + 1 WHERE id = $1`

package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
)

const (
	codeTime  = 15 * time.Minute
	codeTries = 5
)

// mailedCode is one that still holds.
type mailedCode struct {
	ID, Hash string
	Kept     string // hash of the password typed before, which the right code makes the only one
	Tries    int
}

// askCode starts a half session and mails a code: the old password was right, but the mailbox is not proven yet.
func (s *Identities) askCode(tx *store.Tx, d door, kept string, v Visit) (Started, error) {
	id, token, err := s.start(tx, d.Person, StepCode, false, v)
	if err != nil {
		return Started{}, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return Started{}, err
	}
	code := fmt.Sprintf("%06d", n)
	if _, err := tx.Exec(endProofs, d.Email, "code", tx.Now); err != nil {
		return Started{}, err
	}
	if _, err := tx.Exec(insertProof, tx.NewID(), s.hashCode(id, code), "code", d.Person, d.Email, id, kept, tx.Now, tx.Now.Add(codeTime)); err != nil {
		return Started{}, err
	}
	_, err = s.Office.Post(tx, mail.Letter{To: d.Email, Person: d.Person, Language: d.Language, Kind: "identity.mail.code", Args: []any{"code", code}})
	return Started{Token: token, Step: StepCode}, err
}

// hashCode binds a code to its session and to the key file: neither the same digits elsewhere nor a million tries on a
// copy of the database find it.
func (s *Identities) hashCode(session, code string) string {
	return hex.EncodeToString(s.Keys.MAC(mailboxCode, []byte(session+":"+code)))
}

// isCode holds a code against its hash. The key may have been changed since it was mailed.
func (s *Identities) isCode(hash, session, code string) bool {
	mac, err := hex.DecodeString(hash)
	return err == nil && s.Keys.SameMAC(mailboxCode, []byte(session+":"+code), mac)
}

const mailboxCode = "mailbox code"

// Code takes the mailed code of a half session. Whoever has the session may. Invalid at code for a wrong one, SignIn when
// the session or its tries are over.
func (s *Identities) Code(ctx context.Context, token, code string, v Visit) (out Started, err error) {
	h, err := s.Half(ctx, token)
	if err != nil {
		return Started{}, err
	}
	if h.Step != StepCode {
		return Started{}, fault.New(fault.SignIn, "fault.sign_in")
	}
	place, err := s.Limits.Take(ctx, subject(Email(h.Email)), v.Address)
	if err != nil {
		return Started{}, err
	}
	var refused error
	err = s.Store.Write(ctx, store.Lock("person", h.Person), func(tx *store.Tx) error {
		refused = nil
		if h, err = s.half(tx, token); err != nil {
			return err
		}
		p, ok, err := store.Maybe[mailedCode](tx, selectCode, h.Session, tx.Now)
		if err != nil {
			return err
		}
		if !ok || p.Tries >= codeTries {
			return fault.New(fault.SignIn, "identity.code_over")
		}
		if !s.isCode(p.Hash, h.Session, code) {
			refused = wrongCode()
			_, err := tx.Exec(countTry, p.ID)
			return err
		}
		if n, err := tx.Exec(useProof, p.ID, tx.Now); err != nil || n == 0 {
			if err == nil {
				err = fault.New(fault.SignIn, "identity.code_over")
			}
			return err
		}
		if err := place.Return(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(updateProven, h.Person, tx.Now); err != nil {
			return err
		}
		if p.Kept != "" {
			if err := setPassword(tx, h.Person, p.Kept); err != nil {
				return err
			}
		}
		// What was begun before the mailbox was proven ends, this half session included: a new one starts.
		if err := endSessions(tx, h.Person, ""); err != nil {
			return err
		}
		out, err = s.proceed(tx, h.Person, v)
		return err
	})
	if err != nil {
		return Started{}, s.noGuess(ctx, place, err)
	}
	return out, refused
}

func wrongCode() error {
	var c fault.Check
	c.Need(false, "code", "identity.wrong_code")
	return c.Err()
}

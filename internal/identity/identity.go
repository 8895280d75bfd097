package identity

import (
	"context"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/job"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
)

// Identities are the use cases of persons, credentials and sessions.
type Identities struct {
	Store     *store.DB
	Events    *event.Log
	Hasher    *crypt.Hasher
	Keys      *crypt.Keys
	Limits    *limit.Limits
	Jobs      *job.Queue
	Office    *mail.Office
	Passwords PasswordRule
	BaseURL   string

	// Staff tells whether a person works for the vendor: such a session ends sooner. What an organisation is, this package does not know.
	Staff func(tx *store.Tx, person string) (bool, error)
	// MustFactor tells whether a person must have a second factor.
	MustFactor func(tx *store.Tx, person string) (bool, error)
	// Vendor is the name that authenticator apps show.
	Vendor func(tx *store.Tx) (string, error)
	// Companies are the names that must not be a person's password.
	Companies func(tx *store.Tx, person string) ([]string, error)

	seen clock.Recent // sessions whose activity is known well enough
}

// States of a person.
const (
	Pending  = "pending"  // invited or imported, never here
	Active   = "active"   // has signed in
	Disabled = "disabled" // cannot sign in
)

// Person is one human being with one proven address.
type Person struct {
	ID, Email, FirstName, LastName string
	Language, Zone, Phone, State   string
	ProvenAt                       time.Time // zero: the mailbox is not proven
	FirstSignInAt                  time.Time
	Version                        int64
}

// Name is how people see the person.
func (p Person) Name() string { return p.FirstName + " " + p.LastName }

// Get gives a person's own row; the caller has checked who asks.
func Get(tx *store.Tx, id string) (Person, error) { return store.One[Person](tx, selectPerson, id) }

// Find gives the person with this address.
func Find(tx *store.Tx, email Email) (p Person, ok bool, err error) {
	return store.Maybe[Person](tx, selectByEmail, string(email))
}

// Ensure gives the person with this address, and makes one without any credential if there is none: a step of an
// invitation. Whether there was one is nobody's business but the caller's.
func (s *Identities) Ensure(tx *store.Tx, email Email, first, last, language string) (Person, error) {
	id := tx.NewID()
	if _, err := tx.Exec(insertPerson, id, string(email), nil, first, last, language, "", "", Pending, false, tx.Now, nil); err != nil {
		return Person{}, err
	}
	p, _, err := Find(tx, email)
	return p, err
}

// Sweep forgets what is over: sessions, proofs and challenges that ended a while ago.
func (s *Identities) Sweep(ctx context.Context) error {
	// Free: rows that nobody can use any more.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		for _, q := range []string{deleteOldProofs, deleteOldSessions, deleteOldChallenges, deleteOldChanges} {
			if _, err := tx.Exec(q, tx.Now.AddDate(0, 0, -30)); err != nil {
				return err
			}
		}
		return nil
	})
}

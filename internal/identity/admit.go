package identity

import (
	"lodge/internal/platform/store"
)

// Admit gives a person a password and counts the mailbox as proven, as after a first sign-in: a step of the demo world, whose
// people can sign in at once.
func (s *Identities) Admit(tx *store.Tx, person, phc string) error {
	if err := setPassword(tx, person, phc); err != nil {
		return err
	}
	if _, err := tx.Exec(updateProven, person, tx.Now); err != nil {
		return err
	}
	_, err := tx.Exec(updateSignedIn, person, tx.Now)
	return err
}

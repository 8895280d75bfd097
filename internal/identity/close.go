package identity

import (
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Former is the name of somebody whose account was closed; behind it stands the end of the id.
const Former = "Former user"

// FormerName are the names of a closed account: what stays where texts of the person stay.
func FormerName(person string) (first, last string) { return Former, person[max(0, len(person)-8):] }

// closedEmail is nobody's address, and each closed account's own: no @ is in it.
func closedEmail(person string) string { return "closed:" + person }

// Close ends the actor's account for good: a step; its door holds the person's and the address's key and has ended the memberships. What opens the account is deleted,
// name and address are replaced, and the address is free for a new account, which gets another id. The last letter goes to the address.
// Conflict of code identity.close_settling while an older address may take the account back: whoever closes it may be a stranger.
func (s *Identities) Close(tx *store.Tx, a who.Actor) error {
	p, err := Get(tx, a.Person)
	if err != nil {
		return err
	}
	until, moved, err := store.Maybe[time.Time](tx, selectSettling, p.ID, tx.Now)
	if err == nil && moved {
		err = fault.New(fault.Conflict, "identity.close_settling", "until", until)
	}
	if err != nil {
		return err
	}
	if err := s.Events.Emit(tx, a, "", Closed{p.ID}); err != nil { // reactions forget what others store
		return err
	}
	for _, q := range []string{deleteCredentials, deleteRecovery, deletePasskeys, deleteCompanyIdentities, deleteSessions, deleteChanges, deleteLinks} {
		if _, err := tx.Exec(q, p.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(deleteProofs, p.ID, p.Email); err != nil {
		return err
	}
	first, last := FormerName(p.ID)
	if _, err := tx.Exec(updateClosed, p.ID, closedEmail(p.ID), first, last, tx.Now); err != nil {
		return err
	}
	_, err = s.Office.Post(tx, mail.Letter{To: p.Email, Language: p.Language, Kind: "identity.mail.closed", Args: []any{"name", mail.Name(p.Name()), "at", tx.Now.Format("2006-01-02 15:04 UTC"),
		"link", s.BaseURL + "/register"}})
	return err
}

// Closed tells that a person closed the account. The id is never used again.
type Closed struct{ Person string }

func (Closed) EventName() string { return "identity.closed" }
func (e Closed) Subject() string { return "person:" + e.Person }

const selectSettling = `SELECT expires_at FROM email_change WHERE person_id = $1 AND done_at IS NOT NULL AND ended_at IS NULL AND expires_at > $2 ORDER BY expires_at DESC LIMIT 1`

const deleteCredentials = `DELETE FROM credential WHERE person_id = $1`

const deleteSessions = `DELETE FROM session WHERE person_id = $1`

const deleteChanges = `DELETE FROM email_change WHERE person_id = $1`

const deleteLinks = `DELETE FROM linked_identity WHERE person_id = $1`

const deleteProofs = `DELETE FROM proof WHERE person_id = $1 OR email = $2`

const updateClosed = `
	UPDATE person SET email = $2, email_proven_at = NULL, first_name = $3, last_name = $4, language = '', zone = '', phone = '', state = 'disabled', mailbox_first = FALSE,
		last_sign_in_at = NULL, closed_at = $5, version = version + 1
	WHERE id = $1`

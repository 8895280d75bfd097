package mail

import "lodge/internal/platform/store"

// straying is how long letters stay that are about nobody's account and no organisation's, in days.
const straying = 30

// Forget deletes all letters to a person, also those that have not left: a step.
func Forget(tx *store.Tx, person string) error {
	_, err := tx.Exec(`DELETE FROM mail WHERE person_id = $1 AND person_id <> ''`, person)
	return err
}

// Sweep deletes letters that are about nobody's account and no organisation's, and hold nothing but an address: rows that nobody reads any more.
func Sweep(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM mail WHERE person_id = '' AND org_id = '' AND state <> 'queued' AND created_at < $1`, tx.Now.AddDate(0, 0, -straying))
	return err
}

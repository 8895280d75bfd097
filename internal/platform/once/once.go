// Package once makes a form sent twice, or a call repeated after a lost answer, one act.
//
// The key comes from the form's hidden field or from the Idempotency-Key header. It is written in the transaction of the
// change, so the key exists exactly if the change does; the second sender waits for the first and gets its result.
package once

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Kept is how long a key is remembered, at least.
const Kept = 24 * time.Hour

// Do runs f unless the actor's key was used already, and gives the reference that f returned then: an id. Without a key f
// always runs. The same key with another use or body is Conflict of code once.other_body. in is what was asked; it is
// hashed as JSON.
func Do(tx *store.Tx, a who.Actor, use string, in any, f func() (ref string, err error)) (string, error) {
	if a.Key == "" {
		return f()
	}
	asked, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(asked)
	body := hex.EncodeToString(sum[:])
	// The insert waits for another sender's transaction with the same key, on both engines.
	key := use + " " + a.Key // a page's forms share its key: each is deduplicated for itself
	n, err := tx.Exec(insertKey, a.Person, key, use, body, tx.Now)
	if err != nil {
		return "", err
	}
	if n == 0 {
		first, err := store.One[struct{ Use, Body, Ref string }](tx, selectKey, a.Person, key)
		if err != nil {
			return "", err
		}
		if first.Use != use || first.Body != body {
			return "", fault.New(fault.Conflict, "once.other_body")
		}
		return first.Ref, nil
	}
	ref, err := f()
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(updateRef, a.Person, key, ref)
	return ref, err
}

// Used tells whether the actor's key has carried the use out already: what is left of a form that was sent comes too late.
func Used(tx *store.Tx, a who.Actor, use string) (bool, error) {
	if a.Key == "" {
		return false, nil
	}
	_, used, err := store.Maybe[string](tx, selectUsed, a.Person, use+" "+a.Key)
	return used, err
}

// Sweep forgets old keys and calls.
func Sweep(tx *store.Tx) error {
	if _, err := tx.Exec(deleteOld, tx.Now.Add(-Kept-clock.Slip)); err != nil {
		return err
	}
	_, err := tx.Exec(deleteOldCalls, tx.Now.Add(-Kept-clock.Slip))
	return err
}

const insertKey = `
	INSERT INTO once_key (person_id, key, use, body, ref, at)
	VALUES ($1, $2, $3, $4, '', $5)
	ON CONFLICT (person_id, key) DO NOTHING`

const selectKey = `SELECT use, body, ref FROM once_key WHERE person_id = $1 AND key = $2`

const selectUsed = `SELECT ref FROM once_key WHERE person_id = $1 AND key = $2`

const updateRef = `UPDATE once_key SET ref = $3 WHERE person_id = $1 AND key = $2`

const deleteOld = `DELETE FROM once_key WHERE at < $1`

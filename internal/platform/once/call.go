package once

import (
	"context"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

// lease is how long a call may run before the next one with its key takes its place: its process has died.
const lease = 2 * time.Minute

// Call is a call of a program with a key, whose answer is kept. The change itself is deduplicated by Do, in its own transaction: what is
// lost between the two is found there.
type Call struct {
	Caller string // id of a token
	Key    string // with all that it is bound to
	Body   string // SHA-256 of the body, hex
}

type storedCall struct {
	Body, Answer string
	At           time.Time
}

// Begin says that the call is running. A call that has been answered gives its answer; Conflict of code once.running while it runs, with the
// time to wait; Invalid of code once.other_body if the key was used with another body.
func (c Call) Begin(ctx context.Context, db *store.DB) (answer string, err error) {
	// Free: the primary key decides who runs, and taking over is one conditional statement.
	err = db.Write(ctx, store.Free, func(tx *store.Tx) error {
		n, err := tx.Exec(insertCall, c.Caller, c.Key, c.Body, tx.Now)
		if err != nil || n == 1 {
			return err
		}
		was, err := store.One[storedCall](tx, selectCall, c.Caller, c.Key)
		if err != nil {
			return err
		}
		over := was.At.Before(tx.Now.Add(-Kept - clock.Slip))
		if over || was.Answer == "" && was.At.Before(tx.Now.Add(-lease)) {
			if n, err = tx.Exec(takeCall, c.Caller, c.Key, c.Body, tx.Now, was.At); err != nil || n == 1 {
				return err
			}
			return running()
		}
		switch {
		case was.Body != c.Body:
			return fault.New(fault.Invalid, "once.other_body")
		case was.Answer == "":
			return running()
		}
		answer = was.Answer
		return nil
	})
	return answer, err
}

func running() error {
	f := fault.New(fault.Conflict, "once.running")
	f.RetryAfter = time.Second
	return f
}

// End keeps the answer of a call that succeeded.
func (c Call) End(ctx context.Context, db *store.DB, answer string) error {
	return db.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: one row that this call holds
		_, err := tx.Exec(updateCall, c.Caller, c.Key, answer)
		return err
	})
}

// Forget frees the key of a call that did nothing.
func (c Call) Forget(ctx context.Context, db *store.DB) error {
	return db.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: one row that this call holds
		_, err := tx.Exec(deleteCall, c.Caller, c.Key)
		return err
	})
}

const insertCall = `
	INSERT INTO once_call (caller, key, body, answer, at)
	VALUES ($1, $2, $3, '', $4)
	ON CONFLICT (caller, key) DO NOTHING`

const selectCall = `SELECT body, answer, at FROM once_call WHERE caller = $1 AND key = $2`

const takeCall = `UPDATE once_call SET body = $3, answer = '', at = $4 WHERE caller = $1 AND key = $2 AND at = $5`

const updateCall = `UPDATE once_call SET answer = $3 WHERE caller = $1 AND key = $2`

const deleteCall = `DELETE FROM once_call WHERE caller = $1 AND key = $2 AND answer = ''`

const deleteOldCalls = `DELETE FROM once_call WHERE at < $1`

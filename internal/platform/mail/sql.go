package mail

import "time"

type row struct {
	ID, To, Subject, Sealed, State string
	At                             time.Time
}

const insertMail = `
	INSERT INTO mail (id, org_id, person_id, to_address, kind, subject, sealed, state, attempts, error, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, '', $8)`

const selectMail = `SELECT id, to_address, subject, sealed, state, created_at FROM mail WHERE id = $1`

const updateSent = `
	UPDATE mail SET state = 'sent', sealed = '', error = '', attempts = attempts + 1, sent_at = $2
	WHERE id = $1 AND state = 'queued'`

const updateTried = `UPDATE mail SET state = $2, error = $3, attempts = attempts + 1 WHERE id = $1 AND state = 'queued'`

const updateAgain = `UPDATE mail SET state = 'queued', error = '' WHERE id = $1 AND org_id = $2 AND state = 'failed' AND sealed <> ''`

const listSealed = `SELECT id, sealed FROM mail WHERE sealed <> '' AND id > $1 ORDER BY id LIMIT $2`

const updateSealed = `UPDATE mail SET sealed = $3 WHERE id = $1 AND sealed = $2`

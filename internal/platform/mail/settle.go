package mail

import "lodge/internal/platform/store"

// Settle gives up in a restored copy the letters that waited: the portal that it was copied from may have sent them. Each can be sent again.
func Settle(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE mail SET state = 'failed', error = 'not sent after a restore' WHERE state = 'queued'`)
	return err
}

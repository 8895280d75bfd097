package identity

import "lodge/internal/platform/store"

// Settle ends in a restored copy what may have ended since it was copied: all sessions, and all secrets that were mailed.
func Settle(tx *store.Tx) error {
	if _, err := tx.Exec(`UPDATE session SET revoked_at = $1 WHERE revoked_at IS NULL`, tx.Now); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE email_change SET ended_at = $1 WHERE ended_at IS NULL`, tx.Now); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE proof SET used_at = $1 WHERE used_at IS NULL`, tx.Now)
	return err
}

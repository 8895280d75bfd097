package account

import "lodge/internal/platform/store"

// Settle ends in a restored copy the links of all invitations: some may have been used or withdrawn since. They can be sent again.
func Settle(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE invitation SET withdrawn_at = $1 WHERE used_at IS NULL AND withdrawn_at IS NULL`, tx.Now)
	return err
}

package backup

import "lodge/internal/platform/store"

// Hold notes that the portal is a restored copy: nothing leaves it until Confirm.
func Hold(tx *store.Tx) error {
	_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('restored', $1) ON CONFLICT (name) DO UPDATE SET value = $1`, tx.Now.Format("2006-01-02T15:04:05Z07:00"))
	return err
}

// Held tells since when the portal is a restored copy that nobody has confirmed; "" = it is not.
func Held(tx *store.Tx) (since string, err error) {
	since, _, err = store.Maybe[string](tx, `SELECT value FROM meta WHERE name = 'restored'`)
	return since, err
}

// Confirm lets the portal go on as the one that counts.
func Confirm(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM meta WHERE name = 'restored'`)
	return err
}

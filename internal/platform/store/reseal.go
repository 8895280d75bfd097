package store

import (
	"encoding/base64"
	"fmt"
)

// Resealer seals again what an older key sealed: crypt.Keys.
type Resealer interface {
	Reseal(purpose string, sealed []byte) (again []byte, changed bool, err error)
}

// Reseal is a step that goes over the next rows with a sealed value in base64. list gives ids and values after the id $1, in order, at most $2;
// update sets the value $3 of the row $1 if it still is $2. last is where the next call begins, "" at the end.
func Reseal(tx *Tx, keys Resealer, purpose, list, update, after string, limit int) (last string, changed int, err error) {
	rows, err := Query[struct{ ID, Sealed string }](tx, list, after, limit)
	for _, r := range rows {
		sealed, bad := base64.StdEncoding.DecodeString(r.Sealed)
		if err = bad; err != nil {
			return "", changed, fmt.Errorf("row %s: %w", r.ID, err)
		}
		again, stale, err := keys.Reseal(purpose, sealed)
		if err != nil {
			return "", changed, fmt.Errorf("row %s: %w", r.ID, err)
		}
		if !stale {
			continue
		}
		n, err := tx.Exec(update, r.ID, r.Sealed, base64.StdEncoding.EncodeToString(again))
		if err != nil {
			return "", changed, err
		}
		changed += int(n)
	}
	if len(rows) < limit {
		return "", changed, err
	}
	return rows[limit-1].ID, changed, nil
}

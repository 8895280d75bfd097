package blob

import "lodge/internal/platform/store"

// Digests are the SHA-256 in hex of blobs by their ids, whatever their state; one that is unknown is missing.
func Digests(tx *store.Tx, ids []string) (map[string]string, error) {
	rows, err := store.Query[struct{ ID, SHA256 string }](tx, `SELECT id, sha256 FROM blob WHERE id = ANY($1)`, store.List(ids))
	all := map[string]string{}
	for _, r := range rows {
		all[r.ID] = r.SHA256
	}
	return all, err
}

package store

import (
	"fmt"
	"strings"
)

// Newest is a list over an organisation's own family, newest first: the page of Limit rows before a key. It is written
// per engine, because PostgreSQL walks one index per organisation (0.2–3 ms where any form of list takes up to 168 ms).
type Newest struct {
	Columns []string // of Table; the key and the id must be among them
	Table   string
	Where   string // more conditions on Table's columns, with parameters from $5; empty: none
	Key     string // TIMESTAMPTZ column; the index is (org_id, Key DESC, id DESC)
}

// SQL is the text; its parameters are: $1 a List of organisations, $2 the key and $3 the id before which the page starts
// (a far future and "" for the first page), $4 the limit, then those of Where.
func (n Newest) SQL(tx *Tx) string {
	cols, where := strings.Join(n.Columns, ", "), ""
	if n.Where != "" {
		where = " AND " + n.Where
	}
	if tx.db.engine == postgres {
		return fmt.Sprintf(`
			SELECT %[1]s FROM unnest(CAST($1 AS text[])) o(org)
			CROSS JOIN LATERAL (
				SELECT %[1]s FROM %[2]s WHERE org_id = o.org AND (%[4]s, id) < ($2, $3)%[3]s
				ORDER BY %[4]s DESC, id DESC LIMIT $4) t
			ORDER BY %[4]s DESC, id DESC LIMIT $4`, cols, n.Table, where, n.Key)
	}
	return fmt.Sprintf(`
		SELECT %[1]s FROM %[2]s WHERE org_id = ANY($1) AND (%[4]s, id) < ($2, $3)%[3]s
		ORDER BY %[4]s DESC, id DESC LIMIT $4`, cols, n.Table, where, n.Key)
}

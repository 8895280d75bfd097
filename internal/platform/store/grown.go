package store

import (
	"context"
	"strings"
)

// Grown tells the database that tables hold many times what they held. PostgreSQL keeps plans that it made when a table was
// empty, which read all of it, until it has counted again; by itself it does so once a minute, and by then a bulk load has
// slowed down hundredfold. SQLite, whose plans follow the indexes, needs nothing. Not inside a transaction.
func (db *DB) Grown(ctx context.Context, tables ...string) error {
	if db.engine != postgres {
		return nil
	}
	_, err := db.write.ExecContext(ctx, "ANALYZE "+strings.Join(tables, ", "))
	return db.engine.plain(err)
}

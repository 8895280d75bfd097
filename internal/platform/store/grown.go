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
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return db.engine.plain(err)
	}
	defer tx.Rollback()
	// It may take longer than anything that somebody waits for.
	for _, q := range []string{"SET LOCAL statement_timeout = 0", "ANALYZE " + strings.Join(tables, ", ")} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return db.engine.plain(err)
		}
	}
	return db.engine.plain(tx.Commit())
}

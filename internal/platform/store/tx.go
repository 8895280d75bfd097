package store

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Tx is a transaction. All of its statements carry its context; Now is one frozen instant.
type Tx struct {
	Now   time.Time
	db    *DB
	ctx   context.Context
	conn  *sql.Conn
	tx    *sql.Tx
	after []func()
	ids   uint64

	writes  bool
	waiting []waiting
	err     error // first failure; PostgreSQL would refuse to go on, so SQLite does too
}

// Context ends with the transaction's time.
func (tx *Tx) Context() context.Context { return tx.ctx }

// SQL is the transaction itself, for the job queue's own driver; nothing else may use it.
func (tx *Tx) SQL() *sql.Tx { return tx.tx }

// AfterCommit runs f once the transaction holds; never for one that was rolled back or is run again.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// NewID returns a time-ordered id (UUID version 7 as 32 hex digits); ids of one transaction are in order too.
func (tx *Tx) NewID() string {
	var b [16]byte
	crand.Read(b[8:])
	binary.BigEndian.PutUint64(b[:8], uint64(tx.Now.UnixMilli())<<16|7<<12|tx.ids&0xfff)
	b[8] = b[8]&0x3f | 0x80
	tx.ids++
	return hex.EncodeToString(b[:])
}

func (tx *Tx) lock(k Keys) error {
	if tx.db.engine.lock == "" || len(k) == 0 {
		return nil
	}
	_, err := tx.Exec(tx.db.engine.lock, List(k))
	return err
}

func (tx *Tx) trace(q string, args []any) {
	if tx.db.Trace != nil {
		tx.db.Trace(tx.ctx, q)
	}
	if tx.db.Probe != nil {
		tx.db.Probe(tx.ctx, q, args)
	}
	tx.pass("store.statement")
}

// span measures a statement: defer tx.span(q)(&err).
func (tx *Tx) span(q string) (end func(*error)) {
	if tx.db.Span == nil {
		return func(*error) {}
	}
	ended := tx.db.Span(tx.ctx, q)
	return func(err *error) { ended(*err) }
}

// pass is a point of a Write; a Read leaves nothing behind that could be half done.
func (tx *Tx) pass(point string) {
	if tx.writes {
		tx.db.Pass(tx.ctx, point)
	}
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(q string, args ...any) (n int64, err error) {
	if err := tx.send(); err != nil {
		return 0, err
	}
	tx.trace(q, args)
	defer tx.span(q)(&err)
	r, err := tx.tx.ExecContext(tx.ctx, tx.db.engine.spell(q), tx.db.engine.bind(args)...)
	if err != nil {
		return 0, tx.fail(err)
	}
	return r.RowsAffected()
}

// Query reads all rows into values of T: a struct with a field per column in the same order, or one scalar. NULL becomes
// the zero value; a pointer tells it apart.
func Query[T any](tx *Tx, q string, args ...any) (all []T, err error) {
	if err := tx.send(); err != nil {
		return nil, err
	}
	tx.trace(q, args)
	defer tx.span(q)(&err)
	rows, err := tx.tx.QueryContext(tx.ctx, tx.db.engine.spell(q), tx.db.engine.bind(args)...)
	if err != nil {
		return nil, tx.fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(targets(&v)...); err != nil {
			return nil, fmt.Errorf("scan: %w", err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, tx.fail(err)
	}
	return all, nil
}

// fail remembers the first failure, so that the transaction cannot be committed after it.
func (tx *Tx) fail(err error) error {
	tx.err = cmp.Or(tx.err, tx.db.engine.plain(err))
	return tx.err
}

// One is Query for a row that should be there: ErrNoRow if it is not.
func One[T any](tx *Tx, q string, args ...any) (T, error) {
	all, err := Query[T](tx, q, args...)
	switch {
	case err == nil && len(all) == 0:
		err = ErrNoRow
	case len(all) > 1:
		err = fmt.Errorf("one row wanted, %d found", len(all))
	}
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

// Maybe is Query for a row that may be missing: ok is false then.
func Maybe[T any](tx *Tx, q string, args ...any) (v T, ok bool, err error) {
	all, err := Query[T](tx, q, args...)
	if err != nil || len(all) == 0 {
		return v, false, err
	}
	if len(all) > 1 {
		return v, false, fmt.Errorf("at most one row wanted, %d found", len(all))
	}
	return all[0], true, nil
}

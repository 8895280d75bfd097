// Package store runs one SQL text, in PostgreSQL's spelling, on PostgreSQL and on SQLite.
//
// What callers need to know: Write may run its function more than once; every row of a query is read before the next
// statement; times are UTC microseconds and come from Tx.Now; a statement's error ends the transaction; a Read inside a
// request's Read is the same snapshot; a Write inside a Write is a mistake that tests find at once.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"lodge/internal/platform/clock"
)

// patience is how long a transaction may take if its context does not say.
const patience = 10 * time.Second

// DB is one database with a pool for writing and one for reading; on PostgreSQL both are the same.
type DB struct {
	Clock clock.Clock
	Log   *slog.Logger
	// Trace sees every statement before it runs: tests count them, or hold one back. Nil costs nothing.
	Trace func(ctx context.Context, query string)
	// Span is told the text of each statement, never its parameters, and that it ended. Nil costs nothing.
	Span func(ctx context.Context, query string) (end func(error))
	// Point is told each point that is passed, so that a test can kill the process there. Nil costs nothing.
	Point func(ctx context.Context, name string)
	// Probe is Trace with the parameters, as they were given: a test asks for the plan of what it saw. Nil costs nothing.
	Probe func(ctx context.Context, query string, args []any)
	// Guard makes a Write inside a Write fail at once. It costs microseconds and is on in all tests.
	Guard bool

	path        string // of an SQLite file
	past        string // address of a PostgreSQL database past a pooler
	engine      *engine
	write, read *sql.DB
	close       func() error
	direct      *sql.DB // past a pooler, for session locks
	nested      nesting
}

// Open takes sqlite:PATH or postgres://… and proves that the database answers. direct is the address past a pooler such
// as PgBouncer, or empty.
func Open(ctx context.Context, url, direct string) (*DB, error) {
	db, err := open(url, direct)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.Clock, db.Log = clock.Real{}, slog.Default()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = db.write.PingContext(ctx)
	if err == nil {
		err = db.engine.proven(ctx, db.write)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), db.Close())
	}
	return db, nil
}

func (db *DB) Close() error { return db.close() }

// Pass tells Point that a point is passed: between two effects of which a kill could leave the first alone.
func (db *DB) Pass(ctx context.Context, point string) {
	if db.Point != nil {
		db.Point(ctx, point)
	}
}

// Engine is "sqlite" or "postgres", for doctor and logs; nothing may be decided by it outside this package.
func (db *DB) Engine() string { return db.engine.name }

// DirectURL is the address of the PostgreSQL database past a pooler, for the job queue, which listens. It may hold a password.
func (db *DB) DirectURL() string { return db.past }

// OpenWriter is one more writer of the SQLite database, for the job queue: its backlog does not stand before pages.
func (db *DB) OpenWriter() (*sql.DB, error) { return liteWriter(db.path) }

// Ping asks the database whether it answers, within a second.
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return db.engine.plain(db.read.PingContext(ctx))
}

// Keys name what a Write decides about: "org:7". Two Writes with a common key run one after the other, so what f reads
// about it stays true until commit. They are taken before f begins and before Now.
type Keys []string

// Lock is the key of one thing, or of several: Lock("org", from, to).
func Lock(kind string, ids ...string) Keys {
	var k Keys
	for _, id := range ids {
		k = append(k, kind+":"+id)
	}
	return k
}

// And are both keys.
func (k Keys) And(more Keys) Keys { return append(slices.Clip(k), more...) }

// Free says that nothing needs protection beyond constraints and conditional statements; every use has its reason beside it.
var Free = Keys{}

// Write runs f in a transaction that is alone with its keys: READ COMMITTED and advisory locks on PostgreSQL, the only
// writer on SQLite, where a missing key never shows. It runs f again after a deadlock, so f must not change anything
// outside. There is no Write inside a Write: what others need in their transaction is a function of *Tx.
func (db *DB) Write(ctx context.Context, k Keys, f func(*Tx) error) error {
	if k == nil {
		return errors.New("store: a Write needs its keys, or Free")
	}
	if joined(ctx, db) != nil {
		return errors.New("store: a Write inside a page's Read")
	}
	if db.Guard {
		leave, err := db.nested.enter()
		if err != nil {
			return err
		}
		defer leave()
	}
	k = append(Free, slices.Compact(slices.Sorted(slices.Values(k)))...) // keys of several kinds come appended: still one order for all
	const tries = 5
	for n := 1; ; n++ {
		err := db.run(ctx, db.write, db.engine.writing, k, f)
		if !errors.Is(err, errAgain) || n == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(n) * 4 * time.Millisecond)):
		}
	}
}

// Read runs f on one consistent snapshot; writing in it is an error on both engines. If ctx comes from Snapshot, f runs
// in that one.
func (db *DB) Read(ctx context.Context, f func(*Tx) error) error {
	if tx := joined(ctx, db); tx != nil {
		return f(tx)
	}
	return db.run(ctx, db.read, db.engine.reading, nil, f)
}

type snapshotKey struct{}

// Snapshot runs f with a context in which every Read of this database is the same snapshot: the one Read of a page.
func (db *DB) Snapshot(ctx context.Context, f func(context.Context) error) error {
	return db.Read(ctx, func(tx *Tx) error { return f(context.WithValue(ctx, snapshotKey{}, tx)) })
}

func joined(ctx context.Context, db *DB) *Tx {
	if tx, ok := ctx.Value(snapshotKey{}).(*Tx); ok && tx.db == db {
		return tx
	}
	return nil
}

// run is one try of a Write or, with nil keys, of a Read.
func (db *DB) run(ctx context.Context, pool *sql.DB, opt *sql.TxOptions, k Keys, f func(*Tx) error) (err error) {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	conn, inner, err := begin(ctx, pool, opt)
	if err != nil {
		return db.engine.plain(err)
	}
	defer conn.Close()
	defer inner.Rollback()
	tx := &Tx{db: db, ctx: ctx, conn: conn, tx: inner, writes: k != nil}
	if err := tx.lock(k); err != nil {
		return err
	}
	tx.Now = db.Clock.Now().UTC().Truncate(time.Microsecond)
	if err = f(tx); err == nil {
		err = tx.send()
	}
	if tx.err != nil && (err == nil || errors.Is(tx.err, errAgain)) {
		err = tx.err // a failed statement was overlooked, or dressed as something else
	}
	if err != nil {
		return err
	}
	tx.pass("store.commit")
	if err := inner.Commit(); err != nil {
		return db.engine.plain(err)
	}
	tx.pass("store.committed")
	conn.Close() // what follows may need one
	for _, f := range tx.after {
		f()
	}
	return nil
}

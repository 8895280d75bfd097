package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

const layout = "2006-01-02T15:04:05.000000Z" // fixed width, so that text sorts as time

var (
	dollar = regexp.MustCompile(`'[^']*'|\$(\d+)`) // what stands in quotes is left alone
	anyOf  = regexp.MustCompile(`= ANY\(\$(\d+)\)`)
	spelt  sync.Map // by text: SQL texts are constants
)

// respell turns PostgreSQL's words into SQLite's. $n binds by order of appearance in some drivers; ?n means the same everywhere.
func respell(q string) string {
	if s, ok := spelt.Load(q); ok {
		return s.(string)
	}
	s := anyOf.ReplaceAllString(q, "IN (SELECT value FROM json_each($$$1))")
	s = dollar.ReplaceAllStringFunc(s, func(m string) string {
		if m[0] == '\'' {
			return m
		}
		return "?" + m[1:]
	})
	spelt.Store(q, s)
	return s
}

var lite = &engine{
	name:  "sqlite",
	goose: goose.DialectSQLite3,
	spell: respell,
	time:  func(t time.Time) any { return t.Format(layout) },
	list: func(l List) any {
		if l == nil {
			l = List{}
		}
		b, _ := json.Marshal([]string(l))
		return string(b)
	},
	exclusive: exclusiveHere(),
	plain:     plainLite,
	proven:    func(context.Context, *sql.DB) error { return nil },
}

// exclusiveHere: one process owns an SQLite file, so a lock in memory is enough.
func exclusiveHere() func(context.Context, *sql.DB, string, bool) (func(), error) {
	var mu sync.Mutex
	type lock struct {
		pool *sql.DB
		name string
	}
	held := map[lock]chan struct{}{}
	return func(ctx context.Context, pool *sql.DB, name string, wait bool) (func(), error) {
		for {
			mu.Lock()
			free, taken := held[lock{pool, name}]
			if !taken {
				free = make(chan struct{})
				held[lock{pool, name}] = free
				mu.Unlock()
				return func() {
					mu.Lock()
					delete(held, lock{pool, name})
					mu.Unlock()
					close(free)
				}, nil
			}
			mu.Unlock()
			if !wait {
				return nil, errTaken
			}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-free:
			}
		}
	}
}

// lines are the pragmas in the address, because every pooled connection is its own SQLite. busy_timeout comes before
// journal_mode, which needs a lock.
const lines = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=foreign_keys(on)&_dqs=0"

func openLite(path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// SQLite would make the file readable for everybody; its log files follow the file.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	write, err := liteWriter(path)
	if err != nil {
		return nil, err
	}
	read, err := openPrepared("file:" + path + lines + "&_pragma=query_only(on)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(8)
	read.SetMaxIdleConns(8)
	d := &DB{engine: lite, write: write, read: read, direct: write, path: path}
	d.close = func() error { return errors.Join(read.Close(), write.Close()) } // the last one folds the log into the file
	return d, nil
}

func liteWriter(path string) (*sql.DB, error) {
	db, err := openPrepared("file:" + path + lines + "&_txlock=immediate")
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

func plainLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return late(err)
	}
	switch e.Code() {
	case 2067: // SQLITE_CONSTRAINT_UNIQUE
		return &exists{liteConstraint(e.Error(), false), err}
	case 1555: // _PRIMARYKEY
		return &exists{liteConstraint(e.Error(), true), err}
	case 787: // _FOREIGNKEY: SQLite does not say which side
		return fmt.Errorf("%w: %w: %w", ErrInUse, ErrNoParent, err)
	case 275, 1299: // _CHECK, _NOTNULL
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	switch e.Code() & 0xff {
	case 5, 6, 9: // BUSY, LOCKED, INTERRUPT
		return unavailable("store.busy", err)
	case 13: // FULL
		return unavailable("store.full", err)
	case 10, 14: // IOERR, CANTOPEN
		return unavailable("store.gone", err)
	}
	if strings.Contains(e.Error(), "disk is full") {
		return unavailable("store.full", err)
	}
	return err
}

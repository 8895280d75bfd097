package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

var postgres = &engine{
	name:    "postgres",
	goose:   goose.DialectPostgres,
	writing: &sql.TxOptions{Isolation: sql.LevelReadCommitted},
	reading: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	spell:   func(q string) string { return q },
	time:    func(t time.Time) any { return t },
	list:    func(l List) any { return []string(l) },
	lock:    "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) key",
	together: func(ctx context.Context, c *sql.Conn, all []waiting) error {
		b := &pgx.Batch{}
		for _, w := range all {
			b.Queue(w.query, w.args...)
		}
		return c.Raw(func(driver any) error { return driver.(*stdlib.Conn).Conn().SendBatch(ctx, b).Close() })
	},
	plain: plainPostgres,
	proven: func(ctx context.Context, pool *sql.DB) error {
		var collation string
		err := pool.QueryRowContext(ctx, "SELECT datcollate FROM pg_database WHERE datname = current_database()").Scan(&collation)
		if err == nil && collation != "C" && !strings.EqualFold(strings.ReplaceAll(collation, "-", ""), "C.UTF8") {
			err = fmt.Errorf("the database's collation is %s, but only C and C.UTF-8 sort as the program expects: create it with LC_COLLATE 'C.UTF-8' TEMPLATE template0", collation)
		}
		for _, w := range waits {
			var set string
			if err == nil {
				err = pool.QueryRowContext(ctx, "SELECT current_setting($1)", w.name).Scan(&set)
			}
			if err == nil && set == "0" {
				err = fmt.Errorf("the pooler's connections wait without end (%s is 0): docs/operations says which connect_query PgBouncer needs", w.name)
			}
		}
		return err
	},
	// Trying in a loop holds no snapshot while waiting, which CREATE INDEX CONCURRENTLY would wait for.
	exclusive: func(ctx context.Context, pool *sql.DB, name string, wait bool) (func(), error) {
		c, err := pool.Conn(ctx)
		if err != nil {
			return nil, err
		}
		for {
			var mine bool
			if err := c.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 1))", name).Scan(&mine); err != nil {
				return nil, errors.Join(err, c.Close())
			}
			if mine {
				return func() {
					c.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(hashtextextended($1, 1))", name)
					c.Close()
				}, nil
			}
			if !wait {
				return nil, errors.Join(errTaken, c.Close())
			}
			select {
			case <-ctx.Done():
				return nil, errors.Join(ctx.Err(), c.Close())
			case <-time.After(50 * time.Millisecond):
			}
		}
	},
}

// waits bound what a connection waits for; durations are PostgreSQL's own spelling.
var waits = []struct{ name, most string }{{"lock_timeout", "5s"}, {"statement_timeout", "15s"}, {"idle_in_transaction_session_timeout", "30s"}}

// openPostgres bounds the pool and every wait in it. A pooler that gives each transaction another connection of the database
// keeps neither prepared statements nor what a connection is told at its start: it tells them itself.
func openPostgres(url, direct string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read") // the original error repeats the password
	}
	cfg.MaxConns = int32(4 * max(runtime.NumCPU(), 2))
	cfg.MaxConnLifetime = 30 * time.Minute
	if direct != "" {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	} else {
		for _, w := range waits {
			cfg.ConnConfig.RuntimeParams[w.name] = w.most
		}
	}
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	d := &DB{engine: postgres, write: db, read: db, direct: db, past: url}
	d.close = func() error { err := db.Close(); pool.Close(); return err }
	if direct != "" {
		past, err := sql.Open("pgx", direct)
		if err != nil {
			return nil, errors.Join(errors.New("the direct address of the database cannot be read"), d.close())
		}
		past.SetMaxOpenConns(4)
		d.direct, d.past = past, direct
		d.close = func() error { err := errors.Join(past.Close(), db.Close()); pool.Close(); return err }
	}
	return d, nil
}

// lost tells whether the connection is the trouble, and not what was asked over it.
func lost(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var network net.Error
	var refused *pgconn.ConnectError
	for _, e := range []error{sql.ErrConnDone, driver.ErrBadConn, pgconn.ErrConnClosed, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return errors.As(err, &refused) || errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded)
}

func plainPostgres(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		if lost(err) {
			return unavailable("store.gone", err)
		}
		return late(err)
	}
	switch e.Code {
	case "40001", "40P01":
		return fmt.Errorf("%w: %w", errAgain, err)
	case "23505":
		return &exists{e.ConstraintName, err}
	case "23503":
		if strings.HasPrefix(e.Message, "update or delete") {
			return fmt.Errorf("%w: %w", ErrInUse, err)
		}
		return fmt.Errorf("%w: %w", ErrNoParent, err)
	case "23514", "23502":
		return fmt.Errorf("%w: %w", ErrBroken, err)
	case "55P03", "57014", "53300", "25P03":
		return unavailable("store.busy", err)
	case "53100":
		return unavailable("store.full", err)
	case "57P01", "57P02", "57P03":
		return unavailable("store.gone", err)
	}
	if strings.HasPrefix(e.Code, "08") {
		return unavailable("store.gone", err)
	}
	return err
}

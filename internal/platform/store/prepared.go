package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// mostPrepared is how many statements a connection keeps. Lists are put together from parts, so their number has an end, but a large one.
const mostPrepared = 300

// openPrepared is sql.Open for SQLite with connections that keep their statements. The driver itself parses and plans a text each
// time it is asked, which is most of the work of a page's statements: they find little and say much.
func openPrepared(name string) (*sql.DB, error) {
	plain, err := sql.Open("sqlite", name) // connects to nothing yet
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	return sql.OpenDB(connector{plain.Driver(), name}), nil
}

type connector struct {
	driver driver.Driver
	name   string
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	whole, ok := inner.(liteConn)
	if !ok {
		return nil, fmt.Errorf("store: the driver's connection is a %T", inner)
	}
	return &keeper{liteConn: whole, kept: map[string]*keptStmt{}}, nil
}

// liteConn is everything that database/sql asks of a connection of the driver.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// liteStmt is the same of a statement.
type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection that keeps its statements. database/sql lets one goroutine at a time use it.
type keeper struct {
	liteConn
	kept map[string]*keptStmt
}

type keptStmt struct {
	liteStmt
	busy bool // its rows are being read
}

// stmt gives the statement of a text, or none if it is busy: then it must be made once more.
func (k *keeper) stmt(ctx context.Context, query string) (*keptStmt, error) {
	if s := k.kept[query]; s != nil {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(k.kept) >= mostPrepared {
		if err := k.forget(); err != nil {
			return nil, err
		}
	}
	inner, err := k.liteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	whole, ok := inner.(liteStmt)
	if !ok {
		return nil, inner.Close()
	}
	s := &keptStmt{liteStmt: whole}
	k.kept[query] = s
	return s, nil
}

// forget ends all statements that nobody reads from.
func (k *keeper) forget() error {
	for query, s := range k.kept {
		if s.busy {
			continue
		}
		if err := s.Close(); err != nil {
			return err
		}
		delete(k.kept, query)
	}
	return nil
}

func (k *keeper) Close() error {
	for _, s := range k.kept {
		s.busy = false // nobody reads on a connection that is closed
	}
	return errors.Join(k.forget(), k.liteConn.Close())
}

func (k *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.liteConn.ExecContext(ctx, query, args)
	}
	return s.ExecContext(ctx, args)
}

func (k *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.liteConn.QueryContext(ctx, query, args)
	}
	r, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{r, s}, nil
}

// keptRows give their statement free.
type keptRows struct {
	driver.Rows
	of *keptStmt
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// waiting is a statement that has not been sent yet.
type waiting struct {
	query string
	args  []any
}

// mostWaiting bounds what a transaction keeps back.
const mostWaiting = 200

// Later is Exec for a statement whose effect nobody asks about. PostgreSQL gets it together with others, before the next statement that is
// asked something or the commit, and its error comes from there: so it is for rows that no rule of the database is meant to refuse.
func (tx *Tx) Later(q string, args ...any) error {
	if tx.db.engine.together == nil {
		_, err := tx.Exec(q, args...)
		return err
	}
	tx.trace(q, args)
	tx.waiting = append(tx.waiting, waiting{q, tx.db.engine.bind(args)})
	if len(tx.waiting) < mostWaiting {
		return nil
	}
	return tx.send()
}

// send sends what waits.
func (tx *Tx) send() (err error) {
	if len(tx.waiting) == 0 {
		return nil
	}
	all := tx.waiting
	tx.waiting = nil
	for _, w := range all { // they take as long as all of them together
		defer tx.span(w.query)(&err)
	}
	if err = tx.db.engine.together(tx.ctx, tx.conn, all); err != nil {
		err = tx.fail(err)
	}
	return err
}

// begin is pool.BeginTx with the connection, which it tries anew, too, if it turns out to be dead.
func begin(ctx context.Context, pool *sql.DB, opt *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	for n := 1; ; n++ {
		c, err := pool.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		tx, err := c.BeginTx(ctx, opt)
		if err == nil {
			return c, tx, nil
		}
		err = errors.Join(err, c.Close())
		if n == 3 || !errors.Is(err, driver.ErrBadConn) {
			return nil, nil, err
		}
	}
}

package store

import (
	"context"
	"errors"
)

var errTaken = errors.New("another node holds it")

// Exclusive runs f while no other node runs anything of this name: migrations, the sealing of events. It waits its turn.
func (db *DB) Exclusive(ctx context.Context, name string, f func(context.Context) error) error {
	release, err := db.engine.exclusive(ctx, db.direct, name, true)
	if err != nil {
		return db.engine.plain(err)
	}
	defer release()
	return f(ctx)
}

// IfFree is Exclusive for work that another node may do just as well: ran is false if one is at it.
func (db *DB) IfFree(ctx context.Context, name string, f func(context.Context) error) (ran bool, err error) {
	release, err := db.engine.exclusive(ctx, db.direct, name, false)
	if errors.Is(err, errTaken) {
		return false, nil
	}
	if err != nil {
		return false, db.engine.plain(err)
	}
	defer release()
	return true, f(ctx)
}

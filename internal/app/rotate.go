package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lodge/internal/importer"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/store"
)

// PrepareKeys puts a new key in front of the key file: from now on it seals, and the old one still opens.
func (a *App) PrepareKeys() (err error) {
	release, err := a.Keys.Hold()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	return a.Keys.Rotate()
}

// RotateKeys changes the key with which the database's secrets are sealed, while the portal runs: each value is readable before, during and
// after. Every node must have the key file with the new key in front. Killed anywhere, it is run again. kept names the files with the old keys.
func (a *App) RotateKeys(ctx context.Context, say func(changed int)) (kept []string, err error) {
	release, err := a.Keys.Hold()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := a.Keys.Rotate(); err != nil {
		return nil, err
	}
	total := 0
	for quiet := 0; quiet < 2; { // a node may have sealed with the old key until it looked at the file
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * crypt.Reread):
		}
		n, err := a.reseal(ctx)
		if err != nil {
			return nil, err
		}
		if quiet++; n > 0 {
			quiet = 0
		}
		total += n
		say(total)
	}
	err = a.Store.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: one row that only this command changes
		held, err := importer.Held(tx)
		if err == nil && held > 0 {
			err = fmt.Errorf("%d exports that were handed in lie sealed in the store. Let them run or discard them (settings, import), and run this again; both keys open until then", held)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE meta SET value = $1 WHERE name = 'keys.fingerprint'`, a.Keys.Fingerprint())
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.Keys.Retire()
}

// resealed is how many rows one transaction goes over.
const resealed = 500

// reseal goes over everything that is sealed at rest once.
func (a *App) reseal(ctx context.Context) (changed int, err error) {
	for _, step := range []func(tx *store.Tx, after string, limit int) (string, int, error){a.Identities.Reseal, a.Office.Reseal, a.OpenID.Reseal, a.Federations.Reseal} {
		for after, first := "", true; first || after != ""; first = false {
			var last string
			var n int
			err := a.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) { // Free: each row changes only if it is what was read
				last, n, err = step(tx, after, resealed)
				return err
			})
			if err != nil {
				return changed, err
			}
			after, changed = last, changed+n
		}
	}
	return changed, nil
}

package app

import (
	"context"
	"errors"
	"fmt"

	"lodge/internal/account"
	"lodge/internal/backup"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
)

// Backup writes database and files into one sealed file, while the portal runs.
func (a *App) Backup(ctx context.Context, path, version string, say backup.Progress) (backup.Manifest, error) {
	p := &backup.Portal{Store: a.Store, Blobs: a.Blobs, Keys: a.Keys, Version: version}
	return p.Write(ctx, path, say)
}

// Restore brings a backup back into an empty place. The copy is silent, nobody is signed in to it, no link that was mailed opens anything,
// and what waited to be sent is not sent: the portal that it was copied from may have sent it.
func Restore(ctx context.Context, cfg Config, path string, say backup.Progress) (backup.Manifest, error) {
	keys, err := crypt.Load(cfg.Secrets)
	if err != nil {
		return backup.Manifest{}, fmt.Errorf("a restore needs the key file of the portal that was backed up: %w", err)
	}
	settle := func(tx *store.Tx) error {
		return errors.Join(identity.Settle(tx), account.Settle(tx), mail.Settle(tx), backup.Hold(tx))
	}
	return backup.Place{Database: cfg.Database, Files: cfg.Files, Keys: keys, Settle: settle}.Restore(ctx, path, say)
}

// Confirm lets a restored copy go on as the portal that counts.
func (a *App) Confirm(ctx context.Context) error {
	return a.Store.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: one row, and gone is where it ends
		since, err := backup.Held(tx)
		if err == nil && since == "" {
			err = errors.New("this portal is not a restored copy that waits to be confirmed")
		}
		if err == nil {
			err = backup.Confirm(tx)
		}
		return err
	})
}

// held tells whether nothing may leave this portal yet.
func (a *App) held(ctx context.Context) (since string, err error) {
	err = a.Store.Read(ctx, func(tx *store.Tx) error {
		since, err = backup.Held(tx)
		return err
	})
	return since, err
}

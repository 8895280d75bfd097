package release

import (
	"context"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// Publish offers a release to the organisations that have its product. Each file is read once more from the store and held against the
// hash that was taken when it came; each signature is checked again. The actor needs Manage. Conflict of code release.changed,
// release.no_files, release.file_damaged, release.not_signed, release.signature_over, release.not_a_draft.
func (s *Releases) Publish(ctx context.Context, a who.Actor, id string, version int64) error {
	seen, err := s.Get(ctx, a, id)
	if err != nil {
		return err
	}
	if err := a.Must(Manage); err != nil {
		return err
	}
	for _, f := range seen.Files { // outside the transaction: it may be gigabytes
		ok, err := s.whole(ctx, f)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Conflict, "release.file_damaged", "file", f.Name)
		}
	}
	return s.act(ctx, a, id, func(tx *store.Tx, r Release) error {
		switch {
		case r.State == Published:
			return nil // the form was sent twice
		case r.State == Withdrawn:
			return notDraft(r)
		case r.Version != version || r.Version != seen.Version:
			return fault.New(fault.Conflict, "release.changed")
		case len(seen.Files) == 0:
			return fault.New(fault.Conflict, "release.no_files")
		}
		of, err := product.Get(tx, r.Product)
		if err != nil {
			return err
		}
		if err := s.checkSignatures(tx, a, r, seen.Files, of.Signed); err != nil {
			return err
		}
		if _, err := tx.Exec(updatePublished, id, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, Out{r.ID, r.Product, r.Channel})
	})
}

// Withdraw takes a published release back: nobody can download it any more, its history stays. The actor needs Manage. Invalid at reason;
// Conflict of code release.not_published.
func (s *Releases) Withdraw(ctx context.Context, a who.Actor, id, reason string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, r Release) error {
		var c fault.Check
		c.Need(reason != "", "reason", "release.reason_missing")
		c.Need(len([]rune(reason)) <= maxTitle*2, "reason", "release.reason_long", "max", maxTitle*2)
		if err := c.Err(); err != nil {
			return err
		}
		switch r.State {
		case Withdrawn:
			return nil
		case Published:
		default:
			return fault.New(fault.Conflict, "release.not_published")
		}
		if _, err := tx.Exec(updateWithdrawn, id, reason, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, Back{r.ID, r.Product})
	})
}

// Discard removes a draft with its files. The actor needs Manage. Conflict of code release.not_a_draft.
func (s *Releases) Discard(ctx context.Context, a who.Actor, id string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, r Release) error {
		if r.State != Draft && r.State != Signed {
			return notDraft(r)
		}
		files, err := store.Query[File](tx, selectFiles, id)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := s.removeFile(tx, a, r, f); err != nil {
				return err
			}
		}
		if _, err = tx.Exec(deleteRelease, id); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, Discarded{id, r.Product, r.Name})
	})
}

package importer

import (
	"context"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Sweep removes exports that nobody let run for a week, and reports after three months.
func (s *Intakes) Sweep(ctx context.Context) error {
	var over []waiting
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		over, err = store.Query[waiting](tx, selectOver, tx.Now.Add(-exportKept), tx.Now.Add(-reportKept))
		return err
	})
	for _, w := range over {
		if err == nil {
			err = s.sweep(ctx, w)
		}
	}
	return err
}

func (s *Intakes) sweep(ctx context.Context, w waiting) error {
	return s.Store.Write(ctx, store.Lock("import", w.ID), func(tx *store.Tx) error {
		in, ok, err := get(tx, w.Org, w.ID)
		if err != nil || !ok {
			return err
		}
		if in.MayStart() && in.TouchedAt.Before(tx.Now.Add(-exportKept)) {
			return s.discard(tx, who.Program(w.Org, nil), w.Org, in)
		}
		if in.Report == "" || in.Working() || in.MayStart() || !in.TouchedAt.Before(tx.Now.Add(-reportKept)) {
			return nil
		}
		if _, err := tx.Exec(updateReportGone, in.ID); err != nil {
			return err
		}
		return blob.Release(tx, in.Report)
	})
}

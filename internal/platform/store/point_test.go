package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func TestPoint_is_told_what_a_Write_passes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var passed []string
		db.Point = func(_ context.Context, name string) { passed = append(passed, name) }
		look := func(tx *store.Tx) error {
			_, err := store.One[int](tx, `SELECT 1`)
			return err
		}
		boom := errors.New("boom")
		for name, c := range map[string]struct {
			do   func() error
			want []string
		}{
			"a Write":            {func() error { return db.Write(t.Context(), store.Free, look) }, []string{"store.statement", "store.commit", "store.committed"}},
			"a Write that fails": {func() error { return db.Write(t.Context(), store.Free, func(*store.Tx) error { return boom }) }, nil},
			"a Read":             {func() error { return db.Read(t.Context(), look) }, nil},
		} {
			passed = nil
			if err := c.do(); err != nil && !errors.Is(err, boom) {
				t.Fatal(err)
			}
			if !slices.Equal(passed, c.want) {
				t.Errorf("%s passes %q, want %q", name, passed, c.want)
			}
		}
	})
}

package store_test

import (
	"fmt"
	"strings"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func TestGrown_the_planner_knows_the_size_of_a_table_at_once(t *testing.T) {
	db := storetest.Postgres(t)
	var ids store.List
	for i := range 20_000 {
		ids = append(ids, fmt.Sprint("row ", i))
	}
	write := func(f func(tx *store.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), store.Free, f); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO meta (name, value) SELECT n, '' FROM unnest(CAST($1 AS text[])) n`, ids)
		return err
	})
	known := func() (text string) {
		t.Helper()
		write(func(tx *store.Tx) error {
			lines, err := store.Query[string](tx, `SELECT CAST(reltuples AS TEXT) FROM pg_class WHERE relname = 'meta'`)
			text = strings.Join(lines, "\n")
			return err
		})
		return text
	}
	if rows := known(); rows == "20000" {
		t.Fatal("the table is known before it is said to have grown")
	}
	if err := db.Grown(t.Context(), "meta", "person"); err != nil {
		t.Fatal(err)
	}
	if rows := known(); rows != "20000" && rows != "20001" {
		t.Errorf("the database thinks of %s rows", rows)
	}
	if err := storetest.Lite(t).Grown(t.Context(), "meta"); err != nil {
		t.Error(err)
	}
}

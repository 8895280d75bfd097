package schema_test

import (
	"io/fs"
	"path"
	"testing"
	"testing/fstest"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/schema"
)

// with are this program's migrations and one more.
type with struct {
	fs.FS
	more fstest.MapFS
}

func (w with) Open(name string) (fs.File, error) {
	if _, ok := w.more[name]; ok {
		return w.more.Open(name)
	}
	return w.FS.Open(name)
}

func (w with) Glob(pattern string) ([]string, error) {
	all, err := fs.Glob(w.FS, pattern)
	for name := range w.more {
		if ok, _ := path.Match(pattern, name); ok {
			all = append(all, name)
		}
	}
	return all, err
}

// TestAttack_OPS_08_a_broken_migration_leaves_nothing_half_done, and the mended one goes on from there.
func TestAttack_OPS_08_a_broken_migration_leaves_nothing_half_done(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		step := func(sql string) fs.FS {
			return with{schema.Files, fstest.MapFS{"9999_store_next.sql": {Data: []byte("-- +goose Up\n" + sql)}}}
		}
		put := func(name string) error {
			return db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, 'x')`, name)
				return err
			})
		}
		if err := put("kept"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Migrate(t.Context(), step("CREATE TABLE half (id TEXT PRIMARY KEY);\nDELETE FROM meta;\nALTER TABLE nowhere ADD COLUMN x TEXT;\n")); err == nil {
			t.Fatal("a broken migration went through")
		}
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			n, err := store.One[int](tx, `SELECT count(*) FROM meta WHERE name = 'kept'`)
			if n != 1 {
				t.Errorf("%d rows kept", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if n, err := db.Migrate(t.Context(), step("CREATE TABLE half (id TEXT PRIMARY KEY);\n")); err != nil || n != 1 {
			t.Errorf("the mended one: %d steps, %v", n, err)
		}
	})
}

package apptest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"lodge/internal/app/demo"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store/storetest"
)

// Engine puts the demo world into a directory: its files and its key as "files" and "key". It returns the database's address.
type Engine func(t testing.TB, dir string) (database string, world demo.World)

// Lite is the demo world on SQLite, in dir/lodge.db.
func Lite(t testing.TB, dir string) (string, demo.World) {
	t.Helper()
	w, err := lite()
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, dir)
	return "sqlite:" + filepath.Join(dir, "lodge.db"), w.world
}

// Postgres is the demo world in a database of its own on PostgreSQL.
func Postgres(t testing.TB, dir string) (string, demo.World) {
	t.Helper()
	var w written
	database := storetest.PostgresCopy(t, func() (name string, err error) {
		w, err = postgres()
		return w.database, err
	})
	w.write(t, dir)
	return database, w.world
}

// written is the demo world as it stands on a disk once its portal is closed. Making one takes seconds, copying it does not.
type written struct {
	world    demo.World
	files    map[string][]byte // by path
	database string            // its name on PostgreSQL
}

func (w written) write(t testing.TB, dir string) {
	t.Helper()
	for name, content := range w.files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// lite and postgres make the world once per test binary.
var (
	lite = sync.OnceValues(func() (written, error) {
		return built(func(dir string) (string, string, error) {
			path := filepath.Join(dir, "lodge.db")
			return "", "sqlite:" + path, storetest.WriteLite(path)
		})
	})
	postgres = sync.OnceValues(func() (written, error) {
		return built(func(string) (string, string, error) { return storetest.NewPostgres("world") })
	})
)

// built makes the world in a database that empty makes, and returns what its portal leaves behind.
func built(empty func(dir string) (name, address string, err error)) (w written, err error) {
	dir, err := os.MkdirTemp("", "lodge-world")
	if err != nil {
		return w, err
	}
	defer os.RemoveAll(dir)
	var address string
	if w.database, address, err = empty(dir); err != nil {
		return w, err
	}
	cfg := Config(dir, clock.Real{})
	cfg.Database = address
	if w.world, err = filled(context.Background(), cfg); err != nil {
		return w, err
	}
	w.files = map[string][]byte{}
	return w, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			w.files[name], err = os.ReadFile(path)
		}
		return err
	})
}

// Package storetest gives a test a database of its own on each engine.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

// Now is the instant at which every test begins: a Sunday morning.
var Now = time.Date(2026, 3, 15, 9, 30, 0, 0, time.UTC)

// Each runs f on SQLite and on PostgreSQL, in parallel, with the whole schema and a clock standing at Now. PostgreSQL is
// the server that TEST_POSTGRES names (`make test` starts one); without it that half is skipped, except in CI.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, Lite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t))
	})
}

// Lite is an SQLite database of the test's own.
func Lite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, "sqlite:"+LitePath(t))
}

// LitePath is the file of a migrated SQLite database of the test's own.
func LitePath(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if err := WriteLite(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// WriteLite makes the file of a migrated SQLite database.
func WriteLite(path string) error {
	template, err := liteTemplate()
	if err != nil {
		return err
	}
	return os.WriteFile(path, template, 0o600)
}

// Postgres is a PostgreSQL database of the test's own.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, PostgresURL(t))
}

// Open opens a migrated database with a clock standing at Now.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.Clock, db.Guard = clock.At(Now), true
	return db
}

// liteTemplate is a migrated database as bytes, made once per test binary.
var liteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "lodge-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrated(url string) error {
	db, err := store.Open(context.Background(), url, "")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Migrate(context.Background(), schema.Files)
	return err
}

var last atomic.Int64

// pgTemplate is the name of a migrated database that others are copied from, made once per test binary.
var pgTemplate = sync.OnceValues(func() (string, error) {
	name, _, err := NewPostgres("template")
	return name, err
})

// NewPostgres makes a migrated database, to be copied, that is there as long as the server.
func NewPostgres(purpose string) (name, url string, err error) {
	base := os.Getenv("TEST_POSTGRES")
	name = fmt.Sprintf("%s_%d", purpose, os.Getpid())
	url = fmt.Sprintf(base, name)
	if err := admin(base, "CREATE DATABASE "+name); err != nil {
		return "", "", err
	}
	return name, url, migrated(url)
}

func admin(base, statement string) error {
	db, err := sql.Open("pgx", fmt.Sprintf(base, "postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}

// PostgresURL is the address of a migrated database of the test's own.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return PostgresCopy(t, func() (string, error) { return pgTemplate() })
}

// EmptyPostgresURL is the address of a database without any schema.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	return PostgresCopy(t, func() (string, error) { return "template0", nil })
}

var copying sync.Mutex // PostgreSQL copies a template only while nobody uses it

// server is the address of the PostgreSQL server; without one the test is skipped, except in CI.
func server(t testing.TB) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("TEST_POSTGRES is not set")
		}
		t.Skip("TEST_POSTGRES is not set: PostgreSQL is NOT tested; use make test")
	}
	return base
}

// PostgresCopy is the address of a copy, the test's own, of the database that template names and nobody uses.
func PostgresCopy(t testing.TB, template func() (string, error)) string {
	t.Helper()
	base := server(t)
	copying.Lock()
	defer copying.Unlock()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("t%d_%d", os.Getpid(), last.Add(1))
	if err := admin(base, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprintf(base, name)
}

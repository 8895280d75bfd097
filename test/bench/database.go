package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

// engines are those that this run can measure: PostgreSQL where test/withpg has started one.
func (b *bench) engines() []string {
	switch {
	case b.engine != "":
		return []string{b.engine}
	case os.Getenv("TEST_POSTGRES") != "":
		return []string{"sqlite", "postgres"}
	}
	return []string{"sqlite"}
}

// shown is the engine's own name.
var shown = map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}

var last atomic.Int64

// database makes an empty, migrated database and gives its address.
func (b *bench) database(ctx context.Context, engine string) (string, error) {
	name := fmt.Sprintf("bench_%d_%d", os.Getpid(), last.Add(1))
	url := "sqlite:" + filepath.Join(b.dir, name, "lodge.db")
	if engine == "postgres" {
		base := os.Getenv("TEST_POSTGRES")
		admin, err := sql.Open("pgx", fmt.Sprintf(base, "postgres"))
		if err != nil {
			return "", err
		}
		defer admin.Close()
		if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
			return "", err
		}
		url = fmt.Sprintf(base, name)
	}
	db, err := store.Open(ctx, url, "")
	if err != nil {
		return "", err
	}
	defer db.Close()
	_, err = db.Migrate(ctx, schema.Files)
	return url, err
}

// bare opens a database as a plain program would: the pool of database/sql, with the pragmas of the portal and nothing between.
func bare(url string) (*sql.DB, error) {
	path, lite := strings.CutPrefix(url, "sqlite:")
	if !lite {
		return sql.Open("pgx", url)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=foreign_keys(on)")
	if err == nil {
		db.SetMaxIdleConns(8)
	}
	return db, err
}

// bytesOf is how large a database is on its disk.
func bytesOf(ctx context.Context, url string) (n int64, err error) {
	db, err := bare(url)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	q := "SELECT pg_database_size(current_database())"
	if strings.HasPrefix(url, "sqlite:") {
		q = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	}
	return n, db.QueryRowContext(ctx, q).Scan(&n)
}

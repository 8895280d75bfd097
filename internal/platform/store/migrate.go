package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Migrate brings the schema up to date, and says how many steps that took. Several nodes may call it at once: one works,
// the others wait. A schema newer than this program is refused.
func (db *DB) Migrate(ctx context.Context, files fs.FS) (steps int, err error) {
	err = db.Exclusive(ctx, "migrate", func(ctx context.Context) error {
		p, err := db.provider(files)
		if err != nil {
			return err
		}
		if err := fresh(ctx, p); err != nil {
			return err
		}
		done, err := p.Up(ctx)
		steps = len(done)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return db.migrateJobs(ctx)
	})
	return steps, err
}

// Current is nil if the schema is exactly this program's; the text says what to do otherwise.
func (db *DB) Current(ctx context.Context, files fs.FS) error {
	if err := db.unfinished(ctx); err != nil {
		return err
	}
	p, err := db.provider(files)
	if err != nil {
		return err
	}
	if err := fresh(ctx, p); err != nil {
		return err
	}
	pending, err := p.HasPending(ctx)
	if err == nil && pending {
		err = fmt.Errorf("the database's schema is older than this program; run: lodge migrate")
	}
	return err
}

// Schema is the number of the last migration that the database has.
func (db *DB) Schema(ctx context.Context, files fs.FS) (int64, error) {
	p, err := db.provider(files)
	if err != nil {
		return 0, err
	}
	have, _, err := p.GetVersions(ctx)
	return have, err
}

func fresh(ctx context.Context, p *goose.Provider) error {
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if have > want {
		return fmt.Errorf("the database's schema (%d) is newer than this program (%d): use the newer program", have, want)
	}
	return nil
}

func (db *DB) provider(files fs.FS) (*goose.Provider, error) {
	return goose.NewProvider(db.engine.goose, db.direct, only{files, db.engine.name}, goose.WithDisableGlobalRegistry(true))
}

// migrateJobs makes the tables of the job queue, which brings its own migrations and no lock.
func (db *DB) migrateJobs(ctx context.Context) error {
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(db.direct)
	if db.engine == postgres {
		driver = riverdatabasesql.New(db.direct)
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	return err
}

// only hides the files of the other engine: 0002_event.sqlite.sql beside 0002_event.postgres.sql.
type only struct {
	fs.FS
	engine string
}

func (o only) Glob(pattern string) ([]string, error) {
	all, err := fs.Glob(o.FS, pattern)
	var mine []string
	for _, name := range all {
		stem := strings.TrimSuffix(name, ".sql")
		if !strings.HasSuffix(stem, ".sqlite") && !strings.HasSuffix(stem, ".postgres") || strings.HasSuffix(stem, "."+o.engine) {
			mine = append(mine, name)
		}
	}
	return mine, err
}

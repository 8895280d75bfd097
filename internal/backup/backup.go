package backup

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

// purpose begins a backup.
const purpose = "lodge-backup/1"

// Manifest says what a backup holds. It comes first.
type Manifest struct {
	Program  string           `json:"program"` // version that wrote it
	Engine   string           `json:"engine"`  // sqlite, postgres
	Schema   int64            `json:"schema"`  // last migration
	At       time.Time        `json:"at"`
	Database int64            `json:"database"` // bytes of the dump
	Tables   map[string]int64 `json:"tables"`   // rows
	Seal     event.Seal       `json:"seal"`     // the last one: the chain of events ends here
	Files    []blob.Listed    `json:"files"`
}

// Names in the tar; files stand under files/ID.
const (
	manifestName = "manifest.json"
	databaseName = "database"
	filesFolder  = "files/"
)

// Portal is what is backed up.
type Portal struct {
	Store   *store.DB
	Blobs   *blob.Store
	Keys    *crypt.Keys
	Version string
}

// Progress is told what is being done, and how far it is.
type Progress func(what string, done, of int64)

// Write makes the backup at path, which must not exist. It is complete or not there.
func (p *Portal) Write(ctx context.Context, path string, say Progress) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s exists already", path)
	}
	work, err := os.MkdirTemp(filepath.Dir(path), ".backup-*") // mode 0700
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(work)
	dump := filepath.Join(work, databaseName)
	say("database", 0, 1)
	m = Manifest{Program: p.Version, Engine: p.Store.Engine(), Tables: map[string]int64{}}
	if m.Schema, err = p.Store.Schema(ctx, schema.Files); err != nil {
		return m, err
	}
	if err := p.Store.Dump(ctx, dump, m.facts); err != nil {
		return m, err
	}
	info, err := os.Stat(dump)
	if err != nil {
		return m, err
	}
	m.Database = info.Size()
	part := filepath.Join(work, "sealed")
	if err := p.seal(ctx, part, dump, m, say); err != nil {
		return m, err
	}
	if err := os.Link(part, path); err != nil { // never over something
		return m, err
	}
	return m, nil
}

// facts fills in what the dump must have when it comes back.
func (m *Manifest) facts(tx *store.Tx) (err error) {
	m.At = tx.Now
	tables, err := tx.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if m.Tables[t], err = store.One[int64](tx, `SELECT count(*) FROM "`+t+`"`); err != nil {
			return err
		}
	}
	if m.Seal, err = event.LastSeal(tx); err != nil {
		return err
	}
	m.Files, err = blob.All(tx)
	return err
}

func (p *Portal) seal(ctx context.Context, part, dump string, m Manifest, say Progress) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	sealed, err := p.Keys.SealTo(f, purpose)
	if err != nil {
		return err
	}
	t := tar.NewWriter(sealed)
	b, err := json.Marshal(m)
	if err == nil {
		err = entry(t, manifestName, int64(len(b)), m.At, readOf(b))
	}
	if err == nil {
		err = p.database(t, dump, m)
	}
	for i, file := range m.Files {
		if err == nil {
			say("files", int64(i+1), int64(len(m.Files)))
			err = p.file(ctx, t, file, m.At)
		}
	}
	return errors.Join(err, t.Close(), sealed.Close(), f.Sync())
}

func (p *Portal) database(t *tar.Writer, dump string, m Manifest) error {
	in, err := os.Open(dump)
	if err != nil {
		return err
	}
	defer in.Close()
	return entry(t, databaseName, m.Database, m.At, in)
}

func (p *Portal) file(ctx context.Context, t *tar.Writer, f blob.Listed, at time.Time) error {
	in, err := p.Blobs.Open(ctx, f.ID, 0, -1)
	if err != nil {
		return fmt.Errorf("the file %s of the database is not where files are kept: %w", f.ID, err)
	}
	defer in.Close()
	return entry(t, filesFolder+f.ID, f.Size, at, in)
}

func entry(t *tar.Writer, name string, size int64, at time.Time, r io.Reader) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: at, Format: tar.FormatPAX}); err != nil {
		return err
	}
	n, err := io.Copy(t, r)
	if err == nil && n != size {
		err = fmt.Errorf("%s has %d bytes, %d were expected", name, n, size)
	}
	return err
}

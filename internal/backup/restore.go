package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

func readOf(b []byte) io.Reader { return bytes.NewReader(b) }

// Place is where a portal is restored: an empty database and an empty store of files.
type Place struct {
	Database, Files string
	Keys            *crypt.Keys
	// Settle makes the copy harmless in one transaction, before anybody can use it.
	Settle func(tx *store.Tx) error
}

// Restore brings a backup back, after it has been read through once: what is cut, altered, made with another key file, by a newer program or for
// another engine is refused with the reason and changes nothing. What came back is counted and its chain of events verified.
func (p Place) Restore(ctx context.Context, path string, say Progress) (m Manifest, err error) {
	if err := store.Vacant(ctx, p.Database); err != nil {
		return m, err
	}
	say("check", 0, 1)
	if m, err = p.check(path); err != nil {
		return m, err
	}
	blobs, err := blob.Open(ctx, nil, p.Files)
	if err != nil {
		return m, err
	}
	defer blobs.Close()
	if err := blobs.Vacant(ctx); err != nil {
		return m, err
	}
	work, err := os.MkdirTemp("", "lodge-restore-*")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(work)
	dump := filepath.Join(work, databaseName)
	n := int64(0)
	err = p.read(path, func(h *tar.Header, r io.Reader) error {
		switch {
		case h.Name == databaseName:
			return writeFile(dump, r)
		case strings.HasPrefix(h.Name, filesFolder):
			i, ok := m.find(strings.TrimPrefix(h.Name, filesFolder))
			if !ok {
				return errors.New("the backup holds a file that its manifest does not name")
			}
			n++
			say("files", n, int64(len(m.Files)))
			return blobs.Restore(ctx, m.Files[i], r)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	say("database", 0, 1)
	return m, store.Load(ctx, p.Database, dump, func(ctx context.Context, db *store.DB) error { return p.prove(ctx, db, m) })
}

// prove holds what came back against the manifest, and settles it.
func (p Place) prove(ctx context.Context, db *store.DB, m Manifest) error {
	err := db.Read(ctx, func(tx *store.Tx) error {
		got := Manifest{Tables: map[string]int64{}}
		if err := got.facts(tx); err != nil {
			return err
		}
		for table, rows := range m.Tables {
			if got.Tables[table] != rows {
				return fmt.Errorf("the table %s came back with %d rows of %d", table, got.Tables[table], rows)
			}
		}
		if got.Seal != m.Seal || len(got.Files) != len(m.Files) {
			return errors.New("the events or the list of files came back different")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := event.Verify(ctx, db); err != nil {
		return err
	}
	return db.Write(ctx, store.Free, p.Settle) // Free: nobody else is there yet
}

func (m Manifest) find(id string) (int, bool) {
	return slices.BinarySearchFunc(m.Files, id, func(f blob.Listed, id string) int { return strings.Compare(f.ID, id) })
}

// check reads a backup to its end: each chunk is authentic, each file has its hash, nothing is missing.
func (p Place) check(path string) (m Manifest, err error) {
	first, database, files := true, false, 0
	err = p.read(path, func(h *tar.Header, r io.Reader) error {
		switch {
		case first:
			first = false
			if h.Name != manifestName || json.NewDecoder(r).Decode(&m) != nil {
				return errors.New("the backup has no manifest")
			}
			return p.fits(m)
		case h.Name == databaseName && h.Size == m.Database:
			database = true
			return nil
		case strings.HasPrefix(h.Name, filesFolder):
			i, ok := m.find(strings.TrimPrefix(h.Name, filesFolder))
			sum := sha256.New()
			if n, err := io.Copy(sum, r); err != nil || !ok || n != m.Files[i].Size || hex.EncodeToString(sum.Sum(nil)) != m.Files[i].SHA256 {
				return errors.Join(fmt.Errorf("the file %s is not what it was when it came to the portal", h.Name), err)
			}
			files++
			return nil
		}
		return fmt.Errorf("the backup holds something unknown: %s", h.Name)
	})
	if err == nil && (!database || files != len(m.Files)) {
		err = errors.New("the backup is not complete")
	}
	return m, err
}

// fits tells whether this program and this place can take the backup.
func (p Place) fits(m Manifest) error {
	engine := "postgres"
	if strings.HasPrefix(p.Database, "sqlite:") {
		engine = "sqlite"
	}
	if m.Engine != engine {
		return fmt.Errorf("the backup is of a %s database and cannot become a %s one", m.Engine, engine)
	}
	newest, err := schema.Newest()
	if err == nil && m.Schema > newest {
		err = fmt.Errorf("the backup was made by a newer program (%s, schema %d; this one knows %d)", m.Program, m.Schema, newest)
	}
	return err
}

// read calls f for each entry.
func (p Place) read(path string, f func(*tar.Header, io.Reader) error) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	plain, err := p.Keys.OpenFrom(in, purpose)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	t := tar.NewReader(plain)
	for {
		h, err := t.Next()
		if err == io.EOF {
			_, err = io.Copy(io.Discard, plain) // the last chunk proves that nothing is missing
			return damaged(path, err)
		}
		if err == nil {
			err = f(h, t)
		}
		if err != nil {
			return damaged(path, err)
		}
	}
}

func damaged(path string, err error) error {
	switch {
	case errors.Is(err, crypt.ErrCut):
		return fmt.Errorf("%s is cut: the end is missing", path)
	case errors.Is(err, crypt.ErrSealed):
		return fmt.Errorf("%s was altered or is damaged", path)
	}
	return err
}

func writeFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

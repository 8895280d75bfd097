// Package blob keeps files under random names in a folder or in an S3 bucket; rows in the database say whose they are.
//
// A file is announced first (its size counts against the organisation's quota before a byte is read), then streamed and
// hashed, and belongs to nothing until a use case claims it in its own transaction. What nobody claims within a day is
// swept. A file that comes in parts is an upload: each part is a file of its own until the whole is put together. So a kill at any moment leaves neither a reachable file without owner nor a row without file.
package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Starting values of what may be kept; settings later.
const (
	MaxFile  = 200 << 20 // bytes of one file
	MaxOrg   = 10 << 30  // bytes of one organisation
	Floor    = 256 << 20 // bytes that stay free on the disk
	unfinish = 24 * time.Hour
)

// Store is where files are.
type Store struct {
	DB      *store.DB
	Quota   int64 // bytes of one organisation; 0 means MaxOrg
	Largest int64 // bytes of one file; 0 means MaxFile
	Spare   int64 // bytes that stay free on the disk; 0 means Floor

	bucket *blob.Bucket
	disk   *disk // the folder; nil of a bucket
	s3     *s3   // the bucket; nil of a folder
}

// Open takes file:///FOLDER, which it makes where it is absent, or s3://BUCKET?region=…&endpoint=…&prefix=…, which is not asked before
// it is needed.
func Open(ctx context.Context, db *store.DB, address string) (*Store, error) {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.Scheme == "file" && u.Path != "" && u.Host == "":
		return openFolder(db, filepath.FromSlash(u.Path))
	case err == nil && u.Scheme == "s3" && u.Host != "":
		return openBucket(ctx, db, u)
	}
	return nil, fmt.Errorf("want file:///FOLDER or s3://BUCKET, not %q", address)
}

// Check tells whether files can be written and read here.
func (s *Store) Check(ctx context.Context) error {
	if s.s3 != nil {
		return s.checkBucket(ctx)
	}
	left, err := s.left()
	if err == nil && left < s.spare() {
		err = fmt.Errorf("only %d bytes are left where files are kept", left)
	}
	return err
}

// Close lets go of the folder or the bucket.
func (s *Store) Close() error { return s.bucket.Close() }

// Blob is one file.
type Blob struct {
	ID     string
	Size   int64  // bytes
	SHA256 string // hex
	SHA512 string // hex
}

// Limits are what a kind of file may take: bytes of one file, and bytes of all files of its organisation.
type Limits struct{ File, Org int64 }

// Put announces, streams and hashes a file for the organisation in view. size is what the sender says it has; more than
// that is refused. TooLarge over the limit of a file or of the organisation, Unavailable with a full disk. The file is nobody's until Claim.
func (s *Store) Put(ctx context.Context, a who.Actor, size int64, r io.Reader) (Blob, error) {
	l := Limits{File: s.Largest, Org: s.Quota}
	if l.File == 0 {
		l.File = MaxFile
	}
	if l.Org == 0 {
		l.Org = MaxOrg
	}
	return s.PutWithin(ctx, a, l, size, r)
}

// PutWithin is Put for files that may be larger than others.
func (s *Store) PutWithin(ctx context.Context, a who.Actor, l Limits, size int64, r io.Reader) (Blob, error) {
	id, err := s.announce(ctx, a, l, size)
	if err != nil {
		return Blob{}, err
	}
	b, err := s.stream(ctx, id, io.LimitReader(r, size+1), func(n int64) bool { return n == size })
	if err == nil {
		err = s.written(ctx, b)
	}
	if err != nil {
		s.drop(context.WithoutCancel(ctx), id)
		return Blob{}, err
	}
	return b, nil
}

// written says that all of a file is in the store.
func (s *Store) written(ctx context.Context, b Blob) error {
	return s.DB.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: one row that only this call knows
		_, err := tx.Exec(updateWritten, b.ID, b.Size, b.SHA256, b.SHA512)
		return err
	})
}

// room tells whether a file of that size can be taken at all.
func (s *Store) room(l Limits, size int64) error {
	if size < 0 {
		return fault.New(fault.BadRequest, "blob.size_differs")
	}
	if size > l.File {
		return fault.New(fault.TooLarge, "blob.file_too_large", "max", fault.Msg("lang.megabytes", "size", int(l.File>>20)))
	}
	if left, err := s.left(); err != nil || left-size < s.spare() {
		return unavailable(err)
	}
	return nil
}

// quota tells whether the organisation may have that much more; its key is held.
func quota(tx *store.Tx, a who.Actor, l Limits, size int64) error {
	used, err := store.One[int64](tx, sumOfOrg, a.Org)
	if err == nil && used+size > l.Org {
		err = fault.New(fault.TooLarge, "blob.quota", "max", fault.Msg("lang.megabytes", "size", int(l.Org>>20)))
	}
	return err
}

func (s *Store) announce(ctx context.Context, a who.Actor, l Limits, size int64) (id string, err error) {
	if err := s.room(l, size); err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		if err := quota(tx, a, l, size); err != nil {
			return err
		}
		id = rand.Text()
		_, err := tx.Exec(insertBlob, id, a.Org, size, a.Person, tx.Now)
		return err
	})
	return id, err
}

// stream writes and hashes what r holds; right is asked how many bytes it may be.
func (s *Store) stream(ctx context.Context, id string, r io.Reader, right func(n int64) bool) (b Blob, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Close, this leaves nothing behind
	w, err := s.bucket.NewWriter(ctx, name(id), &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return b, unavailable(err)
	}
	short, long := sha256.New(), sha512.New()
	n, err := io.Copy(io.MultiWriter(w, short, long), r)
	if err == nil && !right(n) {
		err = fault.New(fault.BadRequest, "blob.size_differs")
	}
	if err != nil {
		cancel()
		w.Close()
		if errors.Is(err, syscall.ENOSPC) {
			return b, unavailable(err)
		}
		return b, err
	}
	s.DB.Pass(ctx, "blob.streamed")
	if err := w.Close(); err != nil {
		return b, unavailable(err)
	}
	return Blob{ID: id, Size: n, SHA256: hex.EncodeToString(short.Sum(nil)), SHA512: hex.EncodeToString(long.Sum(nil))}, nil
}

func unavailable(err error) error {
	f := fault.New(fault.Unavailable, "blob.disk_full")
	f.Err, f.RetryAfter = err, time.Minute
	return f
}

// name spreads files over 1,024 folders.
func name(id string) string { return strings.ToLower(id[:2]) + "/" + id }

// Claim makes written files part of what the transaction does. Invalid at field unless all are the actor's own, of the
// organisation in view and not claimed yet: all other reasons look the same.
func Claim(tx *store.Tx, a who.Actor, field string, ids ...string) ([]Blob, error) {
	all := make([]Blob, 0, len(ids))
	for _, id := range ids {
		b, ok, err := store.Maybe[Blob](tx, claimBlob, id, a.Org, a.Person)
		if err != nil {
			return nil, err
		}
		if !ok {
			var c fault.Check
			c.Need(false, field, "blob.unknown")
			return nil, c.Err()
		}
		all = append(all, b)
	}
	return all, nil
}

// Release gives a file back to the sweeper.
func Release(tx *store.Tx, id string) error {
	_, err := tx.Exec(updateDead, id)
	return err
}

// Open reads length bytes of a claimed file from offset on, all that is left if length is negative; the caller has checked who may and closes it.
func (s *Store) Open(ctx context.Context, id string, offset, length int64) (io.ReadCloser, error) {
	if id == "" {
		return nil, fault.Missing()
	}
	if s.disk != nil {
		return s.disk.open(name(id), offset, length)
	}
	r, err := s.bucket.NewRangeReader(ctx, name(id), offset, length, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fault.Missing()
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return r, nil
}

// Sweep removes what nobody claimed within a day (and clock.Slip), and what was released. It may stop at any point and run again.
func (s *Store) Sweep(ctx context.Context) error {
	if err := s.sweepUploads(ctx); err != nil {
		return err
	}
	var ids []string
	err := s.DB.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: a claim and this statement exclude each other by state
		if _, err := tx.Exec(updateAbandoned, tx.Now.Add(-unfinish-clock.Slip)); err != nil {
			return err
		}
		var err error
		ids, err = store.Query[string](tx, selectDead)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = s.remove(ctx, id)
		}
	}
	return err
}

func (s *Store) remove(ctx context.Context, id string) error {
	if err := s.bucket.Delete(ctx, name(id)); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return err
	}
	if err := s.clear(ctx, name(id)); err != nil {
		return err
	}
	return s.DB.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: a dead row stays dead
		_, err := tx.Exec(deleteDead, id)
		return err
	})
}

// drop gives up a file at once; what fails here the sweeper mends.
func (s *Store) drop(ctx context.Context, id string) {
	// Free: one row, and dead is where every way ends.
	err := s.DB.Write(ctx, store.Free, func(tx *store.Tx) error { return Release(tx, id) })
	if err == nil {
		s.remove(ctx, id)
	}
}

const sumOfOrg = `SELECT COALESCE(CAST(sum(size) AS BIGINT), 0) FROM blob WHERE org_id = $1 AND state <> 'dead'`

const insertBlob = `
	INSERT INTO blob (id, state, org_id, size, sha256, made_by, created_at)
	VALUES ($1, 'pending', $2, $3, '', $4, $5)`

const updateWritten = `UPDATE blob SET size = $2, sha256 = $3, sha512 = $4 WHERE id = $1 AND state = 'pending'`

const claimBlob = `
	UPDATE blob SET state = 'ready'
	WHERE id = $1 AND org_id = $2 AND made_by = $3 AND state = 'pending' AND sha256 <> ''
	RETURNING id, size, sha256, sha512`

const updateDead = `UPDATE blob SET state = 'dead' WHERE id = $1`

const updateAbandoned = `UPDATE blob SET state = 'dead' WHERE state = 'pending' AND created_at < $1`

const selectDead = `SELECT id FROM blob WHERE state = 'dead' ORDER BY created_at LIMIT 1000`

const deleteDead = `DELETE FROM blob WHERE id = $1 AND state = 'dead'`

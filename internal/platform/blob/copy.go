package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"gocloud.dev/blob"

	"lodge/internal/platform/store"
)

// Listed is a file as a backup knows it.
type Listed struct {
	ID     string `json:"id"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// All are the files that belong to something, by id.
func All(tx *store.Tx) ([]Listed, error) {
	return store.Query[Listed](tx, `SELECT id, size, sha256 FROM blob WHERE state = 'ready' ORDER BY id`)
}

// Restore puts a file back under its id. The error tells a file that is not what was backed up.
func (s *Store) Restore(ctx context.Context, f Listed, r io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.bucket.NewWriter(ctx, name(f.ID), &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), r)
	if err == nil && (n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256) {
		err = fmt.Errorf("the file %s is not what was backed up", f.ID)
	}
	if err != nil {
		cancel()
		w.Close()
		return err
	}
	return w.Close()
}

// Vacant is nil if no file is there yet.
func (s *Store) Vacant(ctx context.Context) error {
	_, err := s.bucket.List(nil).Next(ctx)
	if err == io.EOF {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("there are files already; a restore needs an empty place")
	}
	return err
}

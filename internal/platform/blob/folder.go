package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"gocloud.dev/blob/fileblob"

	"lodge/internal/platform/store"
)

// disk is a folder with files.
type disk struct{ folder string }

func openFolder(db *store.DB, folder string) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("folder for files: %w", err)
	}
	probe, err := os.CreateTemp(folder, ".probe")
	if err != nil {
		return nil, fmt.Errorf("folder for files: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("folder for files: %w", err)
	}
	b, err := fileblob.OpenBucket(folder, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("folder for files: %w", err)
	}
	return &Store{DB: db, bucket: b, disk: &disk{folder}}, nil
}

func (s *Store) spare() int64 {
	if s.Spare == 0 {
		return Floor
	}
	return s.Spare
}

// left is how many bytes the disk can take; a bucket takes all.
func (s *Store) left() (int64, error) {
	if s.disk == nil {
		return math.MaxInt64, nil
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(s.disk.folder, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// clear removes what a process that died while it wrote left of a file that never came to be.
func (s *Store) clear(ctx context.Context, name string) error {
	if s.s3 != nil {
		return s.s3.abort(ctx, name)
	}
	parts, err := fs.Glob(os.DirFS(s.disk.folder), name+".*.tmp")
	for _, part := range parts {
		err = errors.Join(err, os.Remove(filepath.Join(s.disk.folder, part)))
	}
	return err
}

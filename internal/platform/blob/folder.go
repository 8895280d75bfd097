package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"gocloud.dev/blob/fileblob"

	"lodge/internal/platform/fault"
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

// local is a part of a file of the folder. File stands at its beginning, for the kernel to send from; it does not know where the part ends.
type local struct {
	io.Reader
	file *os.File
}

func (l *local) File() *os.File { return l.file }
func (l *local) Close() error   { return l.file.Close() }

func (d *disk) open(name string, offset, length int64) (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(d.folder, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Missing()
	}
	if err != nil {
		return nil, unavailable(err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(unavailable(err), f.Close())
	}
	if length < 0 {
		length = math.MaxInt64
	}
	return &local{io.LimitReader(f, length), f}, nil
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

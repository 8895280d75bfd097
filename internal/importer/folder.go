package importer

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lodge/internal/platform/fault"
)

const manifestName = "manifest.json"

// Folder is the export of one old system: a folder of the file system or a ZIP. Close it.
type Folder struct {
	Names []string // manifest.json and everything that ends in .csv, sorted

	open  func(name string) (io.ReadCloser, error)
	close func() error
}

// Open opens a folder or a ZIP. Refusals are faults (422) with one sentence; nothing has been unpacked then.
func Open(path string) (*Folder, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.Invalid, "importer.folder_missing", "path", path)
	case err != nil:
		return nil, unreadable(path, err)
	case info.IsDir():
		return openDir(path)
	case info.Mode().IsRegular():
		return openZIP(path)
	}
	return nil, unreadable(path, nil)
}

// Close gives back what Open took.
func (f *Folder) Close() error { return f.close() }

// Has tells whether a file is there.
func (f *Folder) Has(name string) bool {
	_, found := slices.BinarySearch(f.Names, name)
	return found
}

// Open opens one of Names for one reading from its beginning.
func (f *Folder) Open(name string) (io.ReadCloser, error) {
	if !f.Has(name) {
		return nil, fs.ErrNotExist
	}
	return f.open(name)
}

// until lets all reading end with ctx: a check reads gigabytes, and whoever ends the process waits for it.
func (f *Folder) until(ctx context.Context) {
	open := f.open
	f.open = func(name string) (io.ReadCloser, error) {
		in, err := open(name)
		return ending{in, ctx}, err
	}
}

type ending struct {
	io.ReadCloser
	ctx context.Context
}

func (e ending) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.ReadCloser.Read(p)
}

func unreadable(path string, err error) error {
	f := fault.New(fault.Invalid, "importer.folder_unreadable", "path", path)
	f.Err = err
	return f
}

// wantedName tells whether a file belongs to an export. What is neither is nobody's business in a folder; a CSV that the
// format does not know is found as file_unlisted.
func wantedName(name string) bool {
	return name == manifestName || strings.EqualFold(filepath.Ext(name), ".csv")
}

// openDir holds on to the folder, so that no name can lead outside of it.
func openDir(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	names, err := dirNames(root)
	if err != nil {
		root.Close()
		return nil, err
	}
	open := func(name string) (io.ReadCloser, error) { return root.Open(name) }
	return &Folder{Names: names, open: open, close: root.Close}, nil
}

func dirNames(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, unreadable(root.Name(), err)
	}
	var names []string
	for _, e := range entries {
		if !wantedName(e.Name()) {
			continue
		}
		if !e.Type().IsRegular() {
			return nil, fault.New(fault.Invalid, "importer.path_not_regular", "name", shown(e.Name()))
		}
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, nil
}

func openZIP(path string) (*Folder, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	folder, err := OpenZIP(f, path)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return folder, nil
}

// Archive is a ZIP that is open for reading.
type Archive interface {
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// OpenZIP reads an open ZIP, which closes with the folder; name is what sentences call it. As Open.
func OpenZIP(f Archive, name string) (*Folder, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(name, err)
	}
	entries, err := zipEntries(f, info.Size(), name)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range entries {
		names = append(names, name)
	}
	slices.Sort(names)
	open := func(name string) (io.ReadCloser, error) {
		in, err := entries[name].Open()
		if err != nil {
			return nil, damaged(name, err)
		}
		return sound{in, name}, nil
	}
	return &Folder{Names: names, open: open, close: f.Close}, nil
}

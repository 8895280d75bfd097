package importer

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/fault"
)

const (
	maxUnpacked = 8 << 30
	maxRatio    = 200 // unpacked to packed
	maxEntries  = 100 // the format has 13 files
)

// maxDirectory is how many bytes of a ZIP may be read before it is known what is in it: its list of entries is as long as whoever made it
// likes, whatever it says of its length, and is held in memory.
const maxDirectory = 1 << 20

// zipEntries are the files of an archive by their names in the export. The archive is refused as a whole for one entry that
// has no place in an export, and for what unpacking it would cost; the reader of package zip holds each entry to the
// size it declares, which is what is added up here.
func zipEntries(f io.ReaderAt, size int64, path string) (map[string]*zip.File, error) {
	list := &scant{ReaderAt: f, left: maxDirectory}
	z, err := zip.NewReader(list, size)
	if list.left < 0 {
		return nil, fault.New(fault.Invalid, "importer.zip_directory", "max", maxEntries)
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // the entries are looked at below
		return nil, unreadable(path, err)
	}
	list.open = true
	if len(z.File) > maxEntries {
		return nil, fault.New(fault.Invalid, "importer.zip_entries", "found", len(z.File), "max", maxEntries)
	}
	if err := weigh(z, size); err != nil {
		return nil, err
	}
	entries := map[string]*zip.File{}
	var folder, first string
	for _, e := range z.File {
		if err := lookAt(e); err != nil {
			return nil, err
		}
		dir, name := "", e.Name
		if i := strings.IndexByte(name, '/'); i >= 0 {
			dir, name = name[:i+1], name[i+1:]
		}
		if first == "" {
			folder, first = dir, e.Name
		}
		if dir != folder || name != "" && !wantedName(name) || strings.Contains(name, "/") {
			return nil, fault.New(fault.Invalid, "importer.zip_path", "name", shown(e.Name))
		}
		if name == "" {
			continue // the folder itself
		}
		if entries[name] != nil {
			return nil, fault.New(fault.Invalid, "importer.zip_twice", "name", shown(e.Name))
		}
		entries[name] = e
	}
	return entries, nil
}

// scant gives only so many bytes until it is opened.
type scant struct {
	io.ReaderAt
	left int64
	open bool
}

func (s *scant) ReadAt(p []byte, off int64) (int, error) {
	if !s.open {
		if s.left -= int64(len(p)); s.left < 0 {
			return 0, errors.New("the list of entries is too long")
		}
	}
	return s.ReaderAt.ReadAt(p, off)
}

// sound is an entry that is being unpacked: what the archive itself has wrong is a refusal, as a wrong file is, and no failure of the portal.
type sound struct {
	io.ReadCloser
	name string
}

func (s sound) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(s.name, err)
	}
	return n, err
}

func damaged(name string, err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if !corrupt && !errors.Is(err, zip.ErrFormat) && !errors.Is(err, zip.ErrChecksum) && !errors.Is(err, zip.ErrAlgorithm) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	f := fault.New(fault.Invalid, "importer.zip_damaged", "name", shown(name))
	f.Err = err
	return f
}

// weigh adds up sizes. Entries that share their bytes count once for the packed side: it is never more than the file.
func weigh(z *zip.Reader, size int64) error {
	var packed, unpacked uint64
	for _, e := range z.File {
		packed += e.CompressedSize64
		unpacked += e.UncompressedSize64
		if unpacked > maxUnpacked || e.UncompressedSize64 > maxUnpacked {
			return fault.New(fault.Invalid, "importer.zip_too_large", "gibibytes", maxUnpacked>>30)
		}
	}
	if packed = min(packed, uint64(size)); unpacked > packed*maxRatio {
		return fault.New(fault.Invalid, "importer.zip_ratio", "ratio", maxRatio)
	}
	return nil
}

// lookAt refuses an entry for its name, or for being no plain file.
func lookAt(e *zip.File) error {
	name := shown(e.Name)
	safe := e.Name != "" && utf8.ValidString(e.Name) && e.Name[0] != '/' && !strings.ContainsAny(e.Name, "\\:\x00")
	for part := range strings.SplitSeq(strings.TrimSuffix(e.Name, "/"), "/") {
		safe = safe && part != "" && part != "." && part != ".."
	}
	switch {
	case !safe:
		return fault.New(fault.Invalid, "importer.zip_path", "name", name)
	case e.Flags&(1|1<<6|1<<13) != 0 || e.Method == 99: // encrypted, strongly, with a masked directory, AES
		return fault.New(fault.Invalid, "importer.zip_encrypted", "name", name)
	case e.Mode().IsDir() != strings.HasSuffix(e.Name, "/") || !e.Mode().IsDir() && !e.Mode().IsRegular():
		return fault.New(fault.Invalid, "importer.path_not_regular", "name", name)
	case e.Method != zip.Store && e.Method != zip.Deflate:
		return fault.New(fault.Invalid, "importer.zip_method", "name", name)
	}
	return nil
}

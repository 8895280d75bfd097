package importer

import (
	"archive/zip"
	"os"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/fault"
)

const (
	maxUnpacked = 8 << 30
	maxRatio    = 200 // unpacked to packed
	maxEntries  = 100 // the format has 13 files
)

// zipEntries are the files of an archive by their names in the export. The archive is refused as a whole for one entry that
// has no place in an export, and for what unpacking it would cost; the reader of package zip holds each entry to the
// size it declares, which is what is added up here.
func zipEntries(z *zip.Reader, path string) (map[string]*zip.File, error) {
	if len(z.File) > maxEntries {
		return nil, fault.New(fault.Invalid, "importer.zip_entries", "found", len(z.File), "max", maxEntries)
	}
	if err := weigh(z, path); err != nil {
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

// weigh adds up sizes. Entries that share their bytes count once for the packed side: it is never more than the file.
func weigh(z *zip.Reader, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	var packed, unpacked uint64
	for _, e := range z.File {
		packed += e.CompressedSize64
		unpacked += e.UncompressedSize64
		if unpacked > maxUnpacked || e.UncompressedSize64 > maxUnpacked {
			return fault.New(fault.Invalid, "importer.zip_too_large", "gibibytes", maxUnpacked>>30)
		}
	}
	if packed = min(packed, uint64(info.Size())); unpacked > packed*maxRatio {
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

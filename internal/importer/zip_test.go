package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lodge/internal/platform/fault"
)

// pack writes a ZIP of entries; a name that ends in / is a folder.
func pack(t *testing.T, entries ...zip.FileHeader) string {
	t.Helper()
	return packBodies(t, entries, nil)
}

func packBodies(t *testing.T, entries []zip.FileHeader, bodies map[string][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.zip")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, e := range entries {
		w, err := z.CreateHeader(&e)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(e.Name, "/") {
			body := bodies[e.Name]
			if body == nil {
				body = []byte(goodProducts)
			}
			if _, err := w.Write(body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func entry(name string) zip.FileHeader { return zip.FileHeader{Name: name, Method: zip.Deflate} }

func TestAZIPHoldsItsFilesAtTheTopOrInOneFolder(t *testing.T) {
	for _, names := range [][]string{
		{"manifest.json", "products.csv", "hosts.csv"},
		{"export/", "export/manifest.json", "export/products.csv", "export/hosts.csv"},
		{"export/products.csv", "export/manifest.json", "export/hosts.csv"},
	} {
		var entries []zip.FileHeader
		for _, n := range names {
			entries = append(entries, entry(n))
		}
		f, err := Open(pack(t, entries...))
		if err != nil {
			t.Fatal(names, err)
		}
		if !slices.Equal(f.Names, []string{"hosts.csv", "manifest.json", "products.csv"}) {
			t.Error(f.Names)
		}
		for range 2 { // a file can be read twice
			in, err := f.Open(Products)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := allRecords(in); err != nil || len(got) != 2 {
				t.Error(got, err)
			}
		}
		if _, err := f.Open("people.csv"); err != fs.ErrNotExist {
			t.Error(err)
		}
		f.Close()
	}
}

func TestAZIPOfTheSampleIsTheSameAsItsFolder(t *testing.T) {
	dir := filepath.Join("testdata", "sample", "admin-portal-later")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var entries []zip.FileHeader
	bodies := map[string][]byte{}
	for _, f := range files {
		entries = append(entries, entry("admin/"+f.Name()))
		if bodies["admin/"+f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if c := checked(t, packBodies(t, entries, bodies)); len(c.Findings) > 0 || c.Source != "admin-portal" || len(c.Files) != 5 {
		t.Errorf("%+v", c)
	}
}

func TestAttack_IMP_10_an_archive_that_is_no_export_is_refused(t *testing.T) {
	link := entry("people.csv")
	link.SetMode(fs.ModeSymlink | 0o777)
	device := entry("people.csv")
	device.SetMode(fs.ModeDevice | 0o600)
	locked := entry("people.csv")
	locked.Flags |= 1
	aes := zip.FileHeader{Name: "people.csv", Method: 99}
	many := make([]zip.FileHeader, maxEntries+1)
	for i := range many {
		many[i] = entry(fmt.Sprintf("%d.csv", i))
	}
	for _, c := range []struct {
		name, want string
		entries    []zip.FileHeader
	}{
		{"slip", "importer.zip_path", []zip.FileHeader{entry("../people.csv")}},
		{"slip behind a folder", "importer.zip_path", []zip.FileHeader{entry("export/../../people.csv")}},
		{"slip the Windows way", "importer.zip_path", []zip.FileHeader{entry(`..\people.csv`)}},
		{"absolute", "importer.zip_path", []zip.FileHeader{entry("/people.csv")}},
		{"a drive", "importer.zip_path", []zip.FileHeader{entry("C:people.csv")}},
		{"empty part", "importer.zip_path", []zip.FileHeader{entry("a//people.csv")}},
		{"a point", "importer.zip_path", []zip.FileHeader{entry("./people.csv")}},
		{"two folders", "importer.zip_path", []zip.FileHeader{entry("a/people.csv"), entry("b/sites.csv")}},
		{"top and folder", "importer.zip_path", []zip.FileHeader{entry("people.csv"), entry("b/sites.csv")}},
		{"deeper", "importer.zip_path", []zip.FileHeader{entry("a/b/people.csv")}},
		{"foreign file", "importer.zip_path", []zip.FileHeader{entry("manifest.json"), entry("run.sh")}},
		{"twice", "importer.zip_twice", []zip.FileHeader{entry("people.csv"), entry("people.csv")}},
		{"link", "importer.path_not_regular", []zip.FileHeader{link}},
		{"device", "importer.path_not_regular", []zip.FileHeader{device}},
		{"too many", "importer.zip_entries", many},
	} {
		t.Run(c.name, func(t *testing.T) { refusedZIP(t, pack(t, c.entries...), c.want) })
	}
	t.Run("encrypted", func(t *testing.T) { refusedZIP(t, raw(t, locked, []byte("x")), "importer.zip_encrypted") })
	t.Run("encrypted with AES", func(t *testing.T) { refusedZIP(t, raw(t, aes, []byte("x")), "importer.zip_encrypted") })
	t.Run("unknown method", func(t *testing.T) {
		refusedZIP(t, raw(t, zip.FileHeader{Name: "people.csv", Method: 12}, []byte("x")), "importer.zip_method")
	})
	t.Run("too large", func(t *testing.T) {
		refusedZIP(t, raw(t, zip.FileHeader{Name: "people.csv", Method: zip.Deflate, UncompressedSize64: maxUnpacked + 1}, []byte("x")), "importer.zip_too_large")
	})
	t.Run("bomb", func(t *testing.T) {
		zeros := map[string][]byte{"people.csv": bytes.Repeat([]byte("0"), 8<<20)}
		refusedZIP(t, packBodies(t, []zip.FileHeader{entry("people.csv")}, zeros), "importer.zip_ratio")
	})
	t.Run("no ZIP at all", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "export.zip")
		write(t, path, "PK\x03\x04 not really")
		refusedZIP(t, path, "importer.folder_unreadable")
	})
}

func TestAttack_IMP_10_an_entry_that_is_larger_than_it_says_is_not_read_beyond(t *testing.T) {
	body := make([]byte, 100_000)
	rand.Read(body)
	path := raw(t, zip.FileHeader{Name: "people.csv", Method: zip.Store, UncompressedSize64: 10}, body)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := f.Open(People)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 200_000)
	total := 0
	for err == nil {
		var n int
		n, err = in.Read(buf)
		total += n
	}
	if total > 10 {
		t.Errorf("%d bytes came out of an entry of 10", total)
	}
}

func TestAnArchiveMayBeManyTimesSmallerButNotTwoHundredTimes(t *testing.T) {
	noise := make([]byte, 60_000)
	rand.Read(noise)
	body := append(noise, bytes.Repeat([]byte("0"), 10<<20)...)
	f, err := Open(packBodies(t, []zip.FileHeader{entry("people.csv")}, map[string][]byte{"people.csv": body}))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// raw writes a ZIP of one entry whose header is taken as it is.
func raw(t *testing.T, h zip.FileHeader, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.zip")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	h.CompressedSize64 = uint64(len(body))
	if h.UncompressedSize64 == 0 {
		h.UncompressedSize64 = uint64(len(body))
	}
	z := zip.NewWriter(out)
	w, err := z.CreateRaw(&h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func refusedZIP(t *testing.T, path, code string) {
	t.Helper()
	f, err := Open(path)
	if err == nil {
		f.Close()
	}
	if !fault.Is(err, code) {
		t.Errorf("%v, want %s", err, code)
	}
}

// Whoever ends the process waits until nothing is read any more.
func TestReadingEndsWithItsContext(t *testing.T) {
	folder, err := Open(filepath.Join("testdata", "sample", "admin-portal"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	ctx, end := context.WithCancel(t.Context())
	folder.until(ctx)
	if checked, err := Check(folder); err != nil || len(checked.Findings) > 0 {
		t.Fatalf("%v %v", checked, err)
	}
	end()
	if _, err := Check(folder); !errors.Is(err, context.Canceled) {
		t.Errorf("the check goes on: %v", err)
	}
}

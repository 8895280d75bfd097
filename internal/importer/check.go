package importer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"slices"
	"unicode/utf8"

	"lodge/internal/platform/fault"
)

// Checked is what the first reading of a folder found. Nothing may be imported while there are Findings.
type Checked struct {
	Manifest
	Findings []Finding
	// HighestNumber is the highest customer number that stands in a cell, or 0: what Lodge assigns must lie above it, for the
	// row that has it may come later.
	HighestNumber int64
}

// Check reads every file once, however large, with little memory: manifest, hash, encoding, quotes, header, number of rows.
// The error is a failure of reading only.
func Check(f *Folder) (*Checked, error) {
	c := &Checked{}
	if !f.Has(manifestName) {
		c.find(manifestName, "manifest_missing")
		return c, nil
	}
	in, err := f.Open(manifestName)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	c.Manifest, err = readManifest(in)
	if bad, ok := errors.AsType[malformed](err); ok {
		c.find(manifestName, "manifest_invalid", "wrong", fault.Message(bad))
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	return c, c.files(f)
}

func (c *Checked) find(file, code string, args ...any) {
	c.Findings = append(c.Findings, Finding{file, code, args})
}

func (c *Checked) files(f *Folder) error {
	var known []string
	for _, file := range Files() {
		known = append(known, file.Name)
		listed, isListed := c.Files[file.Name]
		switch there := f.Has(file.Name); {
		case isListed && !there:
			c.find(file.Name, "file_missing")
		case there && !isListed:
			c.find(file.Name, "file_unlisted")
		case there:
			if err := c.file(f, file, listed); err != nil {
				return err
			}
		}
	}
	for _, name := range f.Names {
		if name != manifestName && !slices.Contains(known, name) {
			c.find(shown(name), "file_unlisted")
		}
	}
	return nil
}

// file finds the first fault of a file. All of them are looked for in the same reading, because the first in the order of the
// format may be the last in the file.
func (c *Checked) file(f *Folder, file *File, listed Listed) error {
	in, err := f.Open(file.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	s := &stream{in: in, sum: sha256.New()}
	form, err := c.form(file, &Records{R: s})
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, s); err != nil { // what broken quotes have left
		return err
	}
	switch {
	case s.size != listed.Bytes || hex.EncodeToString(s.sum.Sum(nil)) != listed.SHA256:
		c.find(file.Name, "file_hash")
	case s.broken || s.nul || len(s.tail) > 0:
		c.find(file.Name, "file_encoding")
	case form.quoting:
		c.find(file.Name, "file_quoting", "line", form.line)
	case form.header.Key != "":
		c.find(file.Name, "file_header", "wrong", form.header)
	case form.rows != listed.Rows:
		c.find(file.Name, "file_rows", "found", int(form.rows), "wanted", int(listed.Rows))
	}
	return nil
}

// form is what is wrong with the records of a file.
type form struct {
	quoting bool
	line    int64         // on which the record with the wrong quote starts
	header  fault.Message // what is wrong with the header
	rows    int64
}

func (c *Checked) form(file *File, records *Records) (form, error) {
	header, err := records.Next()
	switch {
	case errors.Is(err, errQuoting):
		return form{quoting: true, line: int64(records.record.Line)}, nil
	case err == io.EOF:
		return form{header: fault.Msg("importer.header_none")}, nil
	case err != nil:
		return form{}, err
	}
	var found form
	_, at, wrong := file.header(header.Cells)
	if found.header = wrong; wrong.Key == "" && header.Count != len(header.Cells) {
		found.header = fault.Msg("importer.header_wide")
	}
	no := -1
	if i := file.column("number"); wrong.Key == "" && i >= 0 && file.Columns[i].Kind == OrgNumber {
		no = at[i]
	}
	for {
		rec, err := records.Next()
		switch {
		case err == io.EOF:
			return found, nil
		case errors.Is(err, errQuoting):
			return form{quoting: true, line: int64(records.record.Line)}, nil
		case err != nil:
			return form{}, err
		}
		found.rows++
		if no >= 0 && rec.Count == header.Count {
			if v, code := (Readers{}).typed(Column{Kind: OrgNumber}, trim(rec.Cells[no])); code == "" {
				c.HighestNumber = max(c.HighestNumber, v.Int)
			}
		}
	}
}

// stream hashes and counts what passes, and looks at its encoding.
type stream struct {
	in   io.Reader
	sum  hash.Hash
	size int64

	tail   []byte // the beginning of a character whose end has not come yet
	broken bool
	nul    bool
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	if !s.broken {
		s.look(p[:n])
	}
	return n, err
}

func (s *stream) look(p []byte) {
	s.nul = s.nul || bytes.IndexByte(p, 0) >= 0
	for len(s.tail) > 0 && len(p) > 0 {
		s.tail, p = append(s.tail, p[0]), p[1:]
		if utf8.FullRune(s.tail) {
			s.broken = s.broken || !utf8.Valid(s.tail)
			s.tail = s.tail[:0]
		}
	}
	end := len(p)
	for i := max(0, end-utf8.UTFMax+1); i < end; i++ {
		if utf8.RuneStart(p[i]) && !utf8.FullRune(p[i:]) {
			end = i
		}
	}
	s.broken = s.broken || !utf8.Valid(p[:end])
	s.tail = append(s.tail, p[end:]...)
}

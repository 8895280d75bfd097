package importer

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
)

// errQuoting is a quote inside an unquoted cell, text after a closing quote, or a cell that is never closed.
var errQuoting = errors.New("importer: a quote stands where none may stand")

const (
	maxRecord = 16 << 20 // bytes kept of one record; the longest cell that is allowed has 1,000,000 characters
	maxCells  = 64       // cells kept of one record; the widest file has 18 columns
)

// Record is one record of a CSV file, as it stands there: nothing is trimmed yet.
type Record struct {
	Line  int      // physical line on which the record starts, the header's being 1
	Cells []string // at most maxCells
	Count int      // cells that the record really has
	Cut   int      // index of the cell in which the record grew beyond maxRecord, or -1
	Rest  string   // hash of what was cut off, so that two different records never look equal
}

// Records reads RFC 4180 strictly, which encoding/csv does not: it drops a carriage return before a line end inside a
// quoted cell and at the end of the file, has no line numbers with a byte order mark, and holds a cell that is never
// closed in memory however large the file is. A record ends in LF or CRLF; a CR alone is a character like any other.
// Lines without anything are passed over.
type Records struct {
	R io.Reader

	in     *bufio.Reader
	line   int // of the byte to be read next
	cell   []byte
	size   int // bytes kept of this record
	rest   hash.Hash
	record Record
}

// Next gives the next record: io.EOF after the last one, errQuoting (which is final) where the quoting is broken.
func (r *Records) Next() (Record, error) {
	if r.in == nil {
		r.in, r.line = bufio.NewReaderSize(r.R, 64<<10), 1
		if b, _ := r.in.Peek(3); string(b) == "\ufeff" {
			r.in.Discard(3)
		}
	}
	if err := r.skipEmpty(); err != nil {
		return Record{}, err
	}
	r.record, r.cell, r.size, r.rest = Record{Line: r.line, Cut: -1}, r.cell[:0], 0, nil
	for {
		last, err := r.readCell()
		if err != nil {
			return Record{}, err
		}
		if r.record.Count++; r.record.Count <= maxCells {
			r.record.Cells = append(r.record.Cells, string(r.cell))
		}
		r.cell = r.cell[:0]
		if last {
			if r.rest != nil {
				r.record.Rest = string(r.rest.Sum(nil))
			}
			return r.record, nil
		}
	}
}

// skipEmpty stands before the first byte of a record afterwards, or answers io.EOF.
func (r *Records) skipEmpty() error {
	for {
		b, err := r.in.Peek(1)
		if err != nil {
			return err
		}
		switch {
		case b[0] == '\n':
			r.in.Discard(1)
		case b[0] == '\r' && r.lineEndNext(1):
			r.in.Discard(2)
		default:
			return nil
		}
		r.line++
	}
}

// lineEndNext tells whether the byte at this place of what is to be read is the LF of a CRLF.
func (r *Records) lineEndNext(at int) bool {
	b, _ := r.in.Peek(at + 1)
	return len(b) == at+1 && b[at] == '\n'
}

// readCell reads a cell and the comma or line end behind it; last is true if the record ends with it.
func (r *Records) readCell() (last bool, err error) {
	b, err := r.in.ReadByte()
	if err == nil && b == '"' {
		if err := r.readQuoted(); err != nil {
			return false, err
		}
		return r.readEnd()
	}
	for {
		switch {
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, err
		case b == ',':
			return false, nil
		case b == '"':
			return false, errQuoting
		case b == '\n':
			r.line++
			return true, nil
		case b == '\r' && r.lineEndNext(0):
			r.in.Discard(1)
			r.line++
			return true, nil
		}
		r.keep(b)
		b, err = r.in.ReadByte()
	}
}

// readQuoted reads what follows an opening quote up to the closing one; two quotes are one.
func (r *Records) readQuoted() error {
	for {
		b, err := r.in.ReadByte()
		switch {
		case err == io.EOF:
			return errQuoting
		case err != nil:
			return err
		case b == '\n':
			r.line++
		case b == '"':
			if next, _ := r.in.Peek(1); len(next) == 0 || next[0] != '"' {
				return nil
			}
			r.in.Discard(1)
		}
		r.keep(b)
	}
}

// readEnd reads what may stand behind a closing quote.
func (r *Records) readEnd() (last bool, err error) {
	b, err := r.in.ReadByte()
	switch {
	case err == io.EOF:
		return true, nil
	case err != nil:
		return false, err
	case b == ',':
		return false, nil
	case b == '\n':
		r.line++
		return true, nil
	case b == '\r' && r.lineEndNext(0):
		r.in.Discard(1)
		r.line++
		return true, nil
	}
	return false, errQuoting
}

func (r *Records) keep(b byte) {
	if r.size < maxRecord && r.record.Count < maxCells {
		r.cell = append(r.cell, b)
		r.size++
		return
	}
	if r.rest == nil {
		r.rest = sha256.New()
		r.record.Cut = r.record.Count
	}
	r.rest.Write([]byte{b})
}

package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"

	"lodge/internal/platform/fault"
)

// Sum is the hash of a row's cells. Columns that are left out and empty cells are the same, and so are their places in the
// file, so it may be compared over years.
type Sum [16]byte

// MarshalText writes it as hex.
func (s Sum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Sum) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(s)) {
		return hex.ErrLength
	}
	_, err := hex.Decode(s[:], b)
	return err
}

// Row is a row with everything that the file alone says about it.
type Row struct {
	File   *File
	Line   int
	ID     string // source_id; "" if the row has none that is valid
	Cells  []string
	Values []Value // as Cells in the order of File.Columns; of no use if Bad is set
	Sum    Sum

	Early *Decision // field_count, source_id_invalid, source_id_duplicate, duplicate_row: nothing else counts then
	Bad   *Refusal  // the first cell, or rule between cells, that is broken; counts unless the row is known unchanged

	Usable       bool   // people: the password can be signed in with
	PasswordNote string // people: why it cannot, or ""
}

func (r *Row) at(column string) int {
	i := r.File.column(column)
	if i < 0 {
		panic("importer: " + r.File.Name + " has no column " + column)
	}
	return i
}

// Cell is the trimmed text of a column.
func (r *Row) Cell(column string) string { return r.Cells[r.at(column)] }

// Value is what a column's cell says. A column that the file does not have at all is a mistake of the program, and a panic.
func (r *Row) Value(column string) Value { return r.Values[r.at(column)] }

// Text is the text of Value.
func (r *Row) Text(column string) string { return r.Value(column).Text }

// Fixed are the cells that may never change, in their meaning, by column.
func (r *Row) Fixed() []string {
	var fixed []string
	for i, c := range r.File.Columns {
		if c.Fixed {
			fixed = append(fixed, r.Values[i].Key)
		}
	}
	return fixed
}

// Rows reads the rows of one file that has been checked. What is remembered of each id is in memory until flush.
type Rows struct {
	File    *File
	Readers Readers
	Records *Records

	width int
	id    int
	at    []int
	seen  *layer[string, first]
}

// first is what is remembered of the first row with an id.
type first struct {
	Sum  Sum
	Line int
}

// Next gives the next row, io.EOF after the last one.
func (rs *Rows) Next() (*Row, error) {
	if rs.at == nil {
		if err := rs.begin(); err != nil {
			return nil, err
		}
	}
	rec, err := rs.Records.Next()
	if err != nil {
		return nil, err
	}
	row := &Row{File: rs.File, Line: rec.Line}
	if rec.Count != rs.width {
		row.Early = &Decision{Outcome: Refused, Refusal: &Refusal{Code: "field_count", Args: []any{"found", rec.Count, "wanted", rs.width}}}
		return row, nil
	}
	id := trim(rec.Cells[rs.id])
	if !isID(id) {
		row.Early = &Decision{Outcome: Refused, Refusal: &Refusal{Code: "source_id_invalid", Column: sourceID, Value: id}}
		return row, nil
	}
	row.ID, row.Cells = id, make([]string, len(rs.at))
	for i, at := range rs.at {
		if at >= 0 {
			row.Cells[i] = trim(rec.Cells[at])
		}
	}
	row.Sum = sum(rs.File, row.Cells, rec.Rest)
	if rs.Readers.Seal != nil && rs.File.Name == People {
		row.Sum = rs.Readers.Seal(row.Sum)
	}
	if before, again := rs.seen.get(id); again {
		row.Early = duplicate(row, before)
		return row, nil
	}
	rs.seen.set(id, first{row.Sum, rec.Line})
	rs.read(row, rec)
	return row, nil
}

func (rs *Rows) begin() error {
	rec, err := rs.Records.Next()
	if err == io.EOF {
		return io.ErrUnexpectedEOF // the file has been checked, so it has changed since
	}
	if err != nil {
		return err
	}
	var wrong fault.Message
	if rs.id, rs.at, wrong = rs.File.header(rec.Cells); wrong.Key != "" {
		return io.ErrUnexpectedEOF
	}
	if rs.width = rec.Count; rs.seen == nil {
		rs.seen = onDisk[string, first](nil, "seen")
	}
	return nil
}

func duplicate(row *Row, before first) *Decision {
	r := &Refusal{Code: "source_id_duplicate", Column: sourceID, Value: row.ID, Args: []any{"line", int64(before.Line)}}
	if before.Sum == row.Sum {
		r.Code = "duplicate_row"
		return &Decision{Outcome: Skipped, Refusal: r}
	}
	return &Decision{Outcome: Refused, Refusal: r}
}

// read types the cells of a row and holds them against each other.
func (rs *Rows) read(row *Row, rec Record) {
	row.Values = make([]Value, len(row.Cells))
	for i, c := range rs.File.Columns {
		cut := rec.Cut >= 0 && rs.at[i] >= rec.Cut
		if row.Values[i], row.Bad = rs.Readers.read(c, row.Cells[i], cut); row.Bad != nil {
			return
		}
	}
	if row.Bad = between(row); row.Bad == nil && row.File.Name == People {
		row.Usable, row.PasswordNote = rs.Readers.Password(row.Cell("password_scheme"), row.Cell("password_hash"))
	}
}

func sum(f *File, cells []string, rest string) (s Sum) {
	h := sha256.New()
	for i, cell := range cells {
		if cell != "" {
			part(h, f.Columns[i].Name)
			part(h, cell)
		}
	}
	if rest != "" {
		part(h, rest)
	}
	copy(s[:], h.Sum(nil))
	return s
}

// part writes a text so that no two lists of texts give the same bytes.
func part(h hash.Hash, s string) {
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(s)))
	h.Write(size[:])
	io.WriteString(h, s)
}

package importer

import (
	"slices"

	"lodge/internal/platform/fault"
)

// Kind is what a cell may hold.
type Kind int

const (
	Text          Kind = iota // one line of at most Max code points
	Long                      // the same with line ends
	Code                      // Text whose letter case has no meaning
	ID                        // names a row: only source_id
	Ref                       // names a row of the file Of
	Date                      // YYYY-MM-DD
	Time                      // with offset, or in the manifest's zone
	YesNo                     // yes or no
	Int                       // Min to Max
	Word                      // one of Words
	List                      // words between semicolons
	Country                   // ISO 3166-1 alpha-2
	Language                  // two lower-case letters
	URL                       // http or https
	Email                     // folded to its key
	OrgNumber                 // 5 to 9 digits
	LicenceNumber             // XXX-XXX-XXX with its check character
)

// Lengths of the kinds that have the same one everywhere, in code points.
const (
	maxList = 1000
	maxURL  = 500
)

// Column is one column of a file.
type Column struct {
	Name     string
	Kind     Kind
	Min, Max int      // code points of Text, Long and Code, values of Int
	Words    []string // of Word
	Of       string   // file of a Ref
	Required bool
	Fixed    bool // a known row keeps it for ever
	Secret   bool // its value never stands in a sentence
}

// limit is the greatest length in code points, or 0 where the kind itself says what is too long.
func (c Column) limit() int {
	switch c.Kind {
	case Text, Long, Code:
		return c.Max
	case List:
		return maxList
	case URL:
		return maxURL
	}
	return 0
}

// File is one of the CSV files of a folder. Columns are in the order in which they are checked, source_id left out.
type File struct {
	Name    string
	Columns []Column
	Later   bool // belongs to a feature that is not there yet: faults of the file are found, its rows stay outside
}

// sourceID is the first column of every file.
const sourceID = "source_id"

// column is the place of a column, or -1.
func (f *File) column(name string) int {
	return slices.IndexFunc(f.Columns, func(c Column) bool { return c.Name == name })
}

// header gives the place in a record for source_id and for each column (-1: left out), and says which columns are unknown, repeated or required and
// absent: an empty message for a header that is right.
func (f *File) header(cells []string) (id int, at []int, wrong fault.Message) {
	var unknown, repeated, absent []string
	id, at = -1, make([]int, len(f.Columns))
	for i := range at {
		at[i] = -1
	}
	for i, cell := range cells {
		name := trim(cell)
		c := f.column(name)
		switch {
		case name == sourceID && id < 0:
			id = i
		case name == sourceID, c >= 0 && at[c] >= 0:
			if !slices.Contains(repeated, name) {
				repeated = append(repeated, name)
			}
		case c < 0:
			unknown = append(unknown, shown(name))
		default:
			at[c] = i
		}
	}
	if id < 0 {
		absent = append(absent, sourceID)
	}
	for i, c := range f.Columns {
		if c.Required && at[i] < 0 {
			absent = append(absent, c.Name)
		}
	}
	for _, w := range []struct {
		key     string
		columns []string
	}{{"importer.header_unknown", unknown}, {"importer.header_repeated", repeated}, {"importer.header_absent", absent}} {
		if len(w.columns) == 0 {
			continue
		}
		if wrong.Key != "" {
			wrong = fault.Msg("importer.header_and", "first", wrong, "then", fault.Msg(w.key, "columns", w.columns))
		} else {
			wrong = fault.Msg(w.key, "columns", w.columns)
		}
	}
	return id, at, wrong
}

// The builders below keep the tables of files.go readable.

func textColumn(name string, max int) Column { return Column{Name: name, Kind: Text, Max: max} }
func codeColumn(name string, max int) Column { return Column{Name: name, Kind: Code, Max: max} }
func longColumn(name string, max int) Column { return Column{Name: name, Kind: Long, Max: max} }
func plainColumn(name string, k Kind) Column { return Column{Name: name, Kind: k} }
func refColumn(name, file string) Column     { return Column{Name: name, Kind: Ref, Of: file} }
func wordColumn(name string, words ...string) Column {
	return Column{Name: name, Kind: Word, Words: words}
}
func numberColumn(name string, min, max int) Column {
	return Column{Name: name, Kind: Int, Min: min, Max: max}
}

func (c Column) required() Column { c.Required = true; return c }
func (c Column) fixed() Column    { c.Fixed = true; return c }
func (c Column) secret() Column   { c.Secret = true; return c }

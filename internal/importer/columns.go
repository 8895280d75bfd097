package importer

import "slices"

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

// header gives the place in a record for source_id and for each column (-1: left out). ok is false if a required column is
// absent, or one is unknown or repeated.
func (f *File) header(cells []string) (id int, at []int, ok bool) {
	id, at = -1, make([]int, len(f.Columns))
	for i := range at {
		at[i] = -1
	}
	for i, cell := range cells {
		name := trim(cell)
		if name == sourceID && id < 0 {
			id = i
			continue
		}
		c := f.column(name)
		if c < 0 || at[c] >= 0 {
			return 0, nil, false
		}
		at[c] = i
	}
	for i, c := range f.Columns {
		if c.Required && at[i] < 0 {
			return 0, nil, false
		}
	}
	return id, at, id >= 0
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

package importer

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"lodge/internal/platform/fault"
)

// Value is a cell as its column reads it; the zero Value is an empty cell.
type Value struct {
	Text  string // the cell, or its canonical form: key of an e-mail, XXX-XXX-XXX of a licence
	Key   string // what decides whether two cells mean the same
	Int   int64  // of Int and OrgNumber
	Time  time.Time
	Words []string // of List, each once, in the order of the cell
}

// Refusal says why a row is not taken.
type Refusal struct {
	Code   string
	Column string // "" if it is about the row
	Value  string // the cell, not yet cut; "…" of a secret one
	Args   []any  // further arguments of the sentence, as pairs
}

// Readers read the cells whose rules belong to other packages.
type Readers struct {
	Zone *time.Location // of times without offset

	// Email gives the key of an address, or email_invalid or email_lookalike.
	Email func(text string) (key, code string)
	// Licence gives the number as XXX-XXX-XXX, or licence_malformed or licence_check_digit.
	Licence func(text string) (number, code string)
	// Seal makes a keyed hash of the hash of a person's cells, or is nil. One of the cells may be a weak password hash: a plain
	// hash that is kept of them would let it be guessed fast, however well the password itself is kept.
	Seal func(Sum) Sum

	// Password tells whether a hash can be signed in with, and if not, the note that says why ("" for none at all).
	Password func(scheme, hash string) (usable bool, note string)
}

// trim takes white space away on both sides; line ends inside become LF. A carriage return alone is no line end.
func trim(cell string) string {
	return strings.Trim(strings.ReplaceAll(cell, "\r\n", "\n"), " \t\u00a0\n")
}

// forbidden gives the first character that may stand in no cell of the kind.
func forbidden(cell string, k Kind) (rune, bool) {
	for _, r := range cell {
		switch {
		case r == '\t' || r == '\n' && k == Long:
		case unicode.Is(unicode.Cc, r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069,
			r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
			return r, true
		}
	}
	return 0, false
}

// read checks one trimmed cell: characters, length, presence, type.
func (rs Readers) read(c Column, cell string, cut bool) (Value, *Refusal) {
	refuse := func(code string, args ...any) (Value, *Refusal) {
		shown := cell
		if c.Secret {
			shown = "…"
		}
		return Value{}, &Refusal{code, c.Name, shown, args}
	}
	if r, bad := forbidden(cell, c.Kind); bad {
		return refuse("character_forbidden", "character", "U+"+strings.ToUpper(pad4(strconv.FormatInt(int64(r), 16))))
	}
	if max := c.limit(); max > 0 {
		if n := utf8.RuneCountInString(cell); n > max || cut {
			return refuse("value_too_long", "length", n, "max", max)
		}
	} else if cut {
		return refuse("value_invalid", "wanted", wanted(c))
	}
	if cell == "" {
		if c.Required {
			return refuse("value_missing")
		}
		return Value{}, nil
	}
	v, code := rs.typed(c, cell)
	switch code {
	case "":
		return v, nil
	case "value_invalid", "date_invalid":
		return refuse(code, "wanted", wanted(c))
	}
	return refuse(code)
}

func pad4(hex string) string { return strings.Repeat("0", max(0, 4-len(hex))) + hex }

// typed reads a cell that is not empty by the type of its column.
func (rs Readers) typed(c Column, cell string) (v Value, code string) {
	v = Value{Text: cell, Key: cell}
	ok := true
	switch c.Kind {
	case Text, Long:
	case Code:
		v.Key = cases.Fold().String(cell)
	case ID, Ref:
		ok = isID(cell)
	case Date:
		if !isDate(cell) {
			return v, "date_invalid"
		}
	case Time:
		if v.Time, ok = readTime(cell, rs.Zone); !ok {
			return v, "date_invalid"
		}
	case YesNo:
		ok = cell == "yes" || cell == "no"
	case Int:
		v.Int, ok = readInt(cell)
		ok = ok && v.Int >= int64(c.Min) && v.Int <= int64(c.Max)
	case OrgNumber:
		v.Int, ok = readInt(cell)
		ok = ok && len(cell) >= 5 && len(cell) <= 9
	case Word:
		ok = slices.Contains(c.Words, cell)
	case List:
		v.Words = words(cell)
	case Country:
		ok = isCountry(cell)
	case Language:
		ok = len(cell) == 2 && isLower(cell[0]) && isLower(cell[1])
	case URL:
		ok = isURL(cell)
	case Email:
		v.Text, code = rs.Email(cell)
		v.Key = v.Text
	case LicenceNumber:
		v.Text, code = rs.Licence(cell)
		v.Key = v.Text
	}
	if !ok {
		code = "value_invalid"
	}
	return v, code
}

// wanted is what a column takes, for the sentence.
func wanted(c Column) fault.Message {
	switch c.Kind {
	case ID, Ref:
		return fault.Msg("importer.wants_id")
	case Date:
		return fault.Msg("importer.wants_date")
	case Time:
		return fault.Msg("importer.wants_time")
	case YesNo:
		return fault.Msg("importer.wants_words", "words", "yes, no")
	case Int:
		return fault.Msg("importer.wants_int", "min", c.Min, "max", c.Max)
	case OrgNumber:
		return fault.Msg("importer.wants_number")
	case Word:
		return fault.Msg("importer.wants_words", "words", strings.Join(c.Words, ", "))
	case Country:
		return fault.Msg("importer.wants_country")
	case Language:
		return fault.Msg("importer.wants_language")
	case URL:
		return fault.Msg("importer.wants_url")
	}
	return fault.Msg("importer.wants_text")
}

func isLower(b byte) bool { return b >= 'a' && b <= 'z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isID tells whether a text may be a source_id.
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case isLower(b), isDigit(b), b >= 'A' && b <= 'Z':
		case i > 0 && strings.IndexByte("._:-", b) >= 0:
		default:
			return false
		}
	}
	return true
}

// readInt reads decimal digits without sign and leading zero.
func readInt(s string) (int64, bool) {
	if s == "" || len(s) > 18 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// words are the words of a list; order and repetition mean nothing, and neither do blanks around them.
func words(cell string) []string {
	var all []string
	for w := range strings.SplitSeq(cell, ";") {
		if w = trim(w); w != "" && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

// isURL takes http and https with a host. Only what stands before the path is held to the rules of a URL: addresses of old
// systems are full of paths that are none.
func isURL(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return false
		}
	}
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		rest = rest[:i]
	}
	u, err := url.Parse("https://" + rest)
	return err == nil && u.Hostname() != ""
}

func exactlyOne() fault.Message {
	return fault.Msg("importer.wants_one_of_two", "columns", "licence_id, product_id")
}

func wantedRole() fault.Message { return fault.Msg("importer.wants_role") }

package importer

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func allRecords(r io.Reader) ([]Record, error) {
	in := &Records{R: r}
	var all []Record
	for {
		rec, err := in.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, rec)
	}
}

func TestRecordsAreReadAsRFC4180SaysWithTheLineTheyStartOn(t *testing.T) {
	type rec struct {
		line  int
		cells []string
	}
	for _, c := range []struct {
		name, in string
		want     []rec
	}{
		{"LF", "a,b\n1,2\n", []rec{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"CRLF", "a,b\r\n1,2\r\n", []rec{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"no line end at the end", "a\n1", []rec{{1, []string{"a"}}, {2, []string{"1"}}}},
		{"no line end after a quoted cell", "a\n\"1\"", []rec{{1, []string{"a"}}, {2, []string{"1"}}}},
		{"byte order mark", "\ufeffa\n", []rec{{1, []string{"a"}}}},
		{"byte order mark before a quoted cell", "\ufeff\"a\"\n", []rec{{1, []string{"a"}}}},
		{"a second mark is text", "\ufeff\ufeffa\n", []rec{{1, []string{"\ufeffa"}}}},
		{"empty lines count as lines only", "a\n\n\r\n1\n\n", []rec{{1, []string{"a"}}, {4, []string{"1"}}}},
		{"an empty line before the header", "\na\n", []rec{{2, []string{"a"}}}},
		{"a line of blanks is a record", "a,b\n  \n", []rec{{1, []string{"a", "b"}}, {2, []string{"  "}}}},
		{"an empty quoted cell is a record", "a,b\n\"\"\n", []rec{{1, []string{"a", "b"}}, {2, []string{""}}}},
		{"line ends in a cell are kept and counted", "a\n\"x\r\n\ny\"\nz\n",
			[]rec{{1, []string{"a"}}, {2, []string{"x\r\n\ny"}}, {5, []string{"z"}}}},
		{"doubled quotes and commas", "\"a \"\"b\"\", c\",\"\"\"\"\n", []rec{{1, []string{`a "b", c`, `"`}}}},
		{"a comma at the end opens a cell", "a,\n,", []rec{{1, []string{"a", ""}}, {2, []string{"", ""}}}},
		{"a carriage return alone is text", "a\rb,c\r", []rec{{1, []string{"a\rb", "c\r"}}}},
		{"carriage returns before CRLF", "a\r\r\n", []rec{{1, []string{"a\r"}}}},
		{"nothing", "", nil},
		{"only a mark", "\ufeff", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
				got, err := allRecords(r)
				if err != nil || len(got) != len(c.want) {
					t.Fatalf("got %v, %v", got, err)
				}
				for i, w := range c.want {
					if got[i].Line != w.line || !slices.Equal(got[i].Cells, w.cells) || got[i].Count != len(w.cells) || got[i].Cut != -1 {
						t.Errorf("record %d is %+v, want %+v", i, got[i], w)
					}
				}
			}
		})
	}
}

func TestBrokenQuotesAreAnError(t *testing.T) {
	for name, in := range map[string]string{
		"a quote inside an unquoted cell":      "a\nx\"y\n",
		"a blank before the quote":             "a\n \"x\"\n",
		"text after a closing quote":           "a\n\"x\"y\n",
		"a blank after a closing quote":        "a\n\"x\" ,\n",
		"a carriage return after it":           "a\n\"x\"\ry\n",
		"a carriage return after it, then end": "a\n\"x\"\r",
		"never closed":                         "a\n\"x\ny\n",
		"closed by half a pair at the end":     "a\n\"x\"\"",
	} {
		if _, err := allRecords(strings.NewReader(in)); !errors.Is(err, errQuoting) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := allRecords(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("an error of the reader became %v", err)
	}
}

func TestAHugeRecordIsCutAndStillDiffersFromItsLike(t *testing.T) {
	big := strings.Repeat("x", maxRecord)
	a, err := allRecords(strings.NewReader("k," + big + "1,tail\n"))
	if err != nil || len(a) != 1 {
		t.Fatal(len(a), err)
	}
	if a[0].Count != 3 || a[0].Cut != 1 || len(a[0].Cells[1]) > maxRecord || a[0].Cells[2] != "" {
		t.Errorf("count %d, cut %d, %d bytes", a[0].Count, a[0].Cut, len(a[0].Cells[1]))
	}
	b, _ := allRecords(strings.NewReader("k," + big + "2,tail\n"))
	if a[0].Rest == "" || a[0].Rest == b[0].Rest {
		t.Error("two different records look equal")
	}
	wide, _ := allRecords(strings.NewReader(strings.Repeat(",", 1_000_000) + "\n"))
	if wide[0].Count != 1_000_001 || len(wide[0].Cells) != maxCells {
		t.Errorf("%d cells counted, %d kept", wide[0].Count, len(wide[0].Cells))
	}
}

func TestAttack_IMP_01_a_field_of_one_megabyte_with_line_breaks_is_read(t *testing.T) {
	cell := strings.Repeat("line, with \"\"quotes\"\"\r\n", 50_000)
	got, err := allRecords(strings.NewReader("a,b\n1,\"" + cell + "\"\n2,x\n"))
	if err != nil || len(got) != 3 || got[1].Cells[1] != strings.ReplaceAll(cell, `""`, `"`) || got[2].Line != 50_003 {
		t.Fatalf("%d records, %v", len(got), err)
	}
}

package importer

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// truth is testdata/sample/truth.json as far as it is about rows.
type truth struct {
	Steps []struct {
		Import string
		Again  bool
		Rows   map[string]struct {
			Rows    int
			Counts  map[Outcome]int
			Default [2]string
			Others  [][4]any
		}
	}
	AfterBoth  totals `json:"totals_after_both"`
	AfterLater totals `json:"totals_after_later"`
	People     []truePerson

	Organisations []trueOrg
	AsOf          string `json:"as_of"`
}

func readTruth(t *testing.T) truth {
	t.Helper()
	b, err := os.ReadFile("testdata/sample/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var tr truth
	if err := json.Unmarshal(b, &tr); err != nil {
		t.Fatal(err)
	}
	return tr
}

// bring runs one folder of the sample against the installation, or as a dry run, and gives the lines.
func bring(t *testing.T, m *memory, folder string, dry bool, batch int) ([]Line, Totals) {
	t.Helper()
	return bringFolder(t, m, filepath.Join("testdata/sample", folder), dry, batch)
}

func bringFolder(t *testing.T, m *memory, path string, dry bool, batch int) ([]Line, Totals) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := Check(f)
	if err != nil || len(c.Findings) > 0 {
		t.Fatal(err, c.Findings)
	}
	m.source, m.high = c.Source, c.HighestNumber
	var lines []Line
	im := &Import{
		Folder: f, Checked: c, Readers: NewReaders(c.Zone), Transact: m.transact, Dry: dry, Batch: batch,
		Line: func(l Line) error { lines = append(lines, l); return nil },
	}
	sums, err := im.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return lines, sums
}

func TestTheSampleComesToWhatIsKnownOfIt(t *testing.T) {
	tr := readTruth(t)
	m := newMemory()
	first := map[string][]Line{}
	for i, step := range tr.Steps {
		before := m.seq
		dry, _ := bring(t, m, step.Import, true, 37)
		if m.seq != before {
			t.Fatal("the dry run wrote something")
		}
		lines, sums := bring(t, m, step.Import, false, 41)
		sameLines(t, dry, lines)
		for file, want := range step.Rows {
			if isLater(file) {
				continue
			}
			for o, n := range want.Counts {
				if sums[file][o] != n {
					t.Errorf("step %d: %s: %d %s, want %d", i+1, file, sums[file][o], o, n)
				}
			}
			if !step.Again {
				want := trueLines(want.Default, want.Others)
				for _, l := range lines {
					if l.File == file {
						want.compare(t, i, l)
					}
				}
			}
		}
		if step.Again {
			sameAgain(t, first[step.Import], lines)
		}
		first[step.Import] = lines
		switch i {
		case 3:
			m.compare(t, tr.AfterBoth)
			m.comparePeople(t, tr.People)
		case 4:
			m.compare(t, tr.AfterLater)
		}
	}
}

func isLater(name string) bool {
	for _, f := range Files() {
		if f.Name == name {
			return f.Later
		}
	}
	return true
}

type expected struct {
	usual [2]string
	other map[int][3]string // by line
}

func trueLines(usual [2]string, others [][4]any) expected {
	e := expected{usual, map[int][3]string{}}
	for _, o := range others {
		e.other[int(o[0].(float64))] = [3]string{o[1].(string), o[2].(string), o[3].(string)}
	}
	return e
}

func (e expected) compare(t *testing.T, step int, l Line) {
	t.Helper()
	want := [3]string{l.ID, e.usual[0], e.usual[1]}
	if o, ok := e.other[l.Line]; ok {
		want = o
	}
	if got := [3]string{l.ID, string(l.Outcome), l.Code()}; got != want {
		t.Errorf("step %d: %s line %d: %v, want %v", step+1, l.File, l.Line, got, want)
	}
}

func sameLines(t *testing.T, dry, run []Line) {
	t.Helper()
	if len(dry) != len(run) {
		t.Fatalf("%d lines in the dry run, %d in the run", len(dry), len(run))
	}
	for i, d := range dry {
		r := run[i]
		if d.File != r.File || d.Line != r.Line || d.ID != r.ID || d.Outcome != r.Outcome || d.Code() != r.Code() {
			t.Errorf("dry %v %v %v %v %v, run %v %v", d.File, d.Line, d.ID, d.Outcome, d.Code(), r.Outcome, r.Code())
		}
	}
}

// sameAgain: what was created or updated is unchanged, everything else is as it was.
func sameAgain(t *testing.T, before, after []Line) {
	t.Helper()
	for i, b := range before {
		a := after[i]
		want := b.Outcome
		if b.Taken() {
			want = Unchanged
		}
		if a.Outcome != want || a.Code() != b.Code() {
			t.Errorf("%s line %d: %s %q again, was %s %q", a.File, a.Line, a.Outcome, a.Code(), b.Outcome, b.Code())
		}
	}
}

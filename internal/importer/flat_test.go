package importer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// many writes an export of that many organisations with a person, a membership, a partner, a product, a licence and a contract each.
func many(t *testing.T, n int) string {
	t.Helper()
	dir, listed := t.TempDir(), map[string]any{}
	for file, row := range map[string]func(w io.Writer, i int){
		Organisations: func(w io.Writer, i int) { fmt.Fprintf(w, "o%d,,%s,Works %d,PL,active\n", i, kindOf(i), i) },
		People:        func(w io.Writer, i int) { fmt.Fprintf(w, "p%d,p%d@works.example,,Jan,Kowal,active,,\n", i, i) },
		Memberships: func(w io.Writer, i int) {
			fmt.Fprintf(w, "m%d,p%d,o%d,,security-administrator,,active,,\n", i, i, i-i%2)
		},
		Relations: func(w io.Writer, i int) { fmt.Fprintf(w, "r%d,o0,o%d,partner-operator,2020-01-01,\n", i, i) },
		Products:  func(w io.Writer, i int) { fmt.Fprintf(w, "k%d,CODE-%d,Kiln,active\n", i, i) },
		SupportContracts: func(w io.Writer, i int) {
			fmt.Fprintf(w, "s%d,S-%d,o%d,standard,2020-01-01,2031-12-31,active\n", i, i, i)
		},
	} {
		head := map[string]string{Organisations: orgHead, People: personHead, Memberships: memberHead, Relations: relateHead, Products: productHead, SupportContracts: supportHead}[file]
		f, err := os.Create(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		w := &measured{w: f, sum: sha256.New()}
		fmt.Fprintln(w, head)
		for i := range n {
			row(w, i)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		listed[file] = map[string]any{"rows": n, "bytes": w.n, "sha256": fmt.Sprintf("%x", w.sum.Sum(nil))}
	}
	b, err := json.Marshal(map[string]any{"format": formatName, "source": "old", "exported_at": "2026-10-01T06:00:00Z", "time_zone": "UTC", "files": listed})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, manifestName), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func kindOf(i int) string {
	if i == 0 {
		return "partner"
	}
	return "customer"
}

type measured struct {
	w   io.Writer
	sum hash.Hash
	n   int
}

func (m *measured) Write(p []byte) (int, error) {
	m.sum.Write(p)
	m.n += len(p)
	return m.w.Write(p)
}

// highest is the greatest heap in use after the last row of any file.
type highest uint64

func (h *highest) at(_ string, done, of int64) {
	if done != of {
		return
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	*h = max(*h, highest(m.HeapAlloc))
}

// Ten times the rows: what is remembered of each lies on disk. The heap of the small pass is mostly what a pass needs at all.
func TestMemoryStaysFlatHoweverManyRowsAnExportHas(t *testing.T) {
	const few = 1_000
	small, large := many(t, few), many(t, 10*few)
	flat := func(t *testing.T, pass func(folder string) highest) {
		pass(small) // what is made once
		a, b := pass(small), pass(large)
		t.Logf("heap with %d rows a file: %d kB, with %d: %d kB", few, a>>10, 10*few, b>>10)
		if b > a+a/4 {
			t.Errorf("the heap grows with the rows: from %d to %d bytes", a, b)
		}
	}
	t.Run("dry run", func(t *testing.T) {
		p := newPortal(t, storetest.Lite(t))
		flat(t, func(folder string) (h highest) {
			if err := p.Run(t.Context(), Options{Path: folder, Dry: true, Out: io.Discard, Rows: h.at}); err != nil {
				t.Fatal(err)
			}
			return h
		})
	})
	t.Run("run", func(t *testing.T) { // nothing is found again here, so that most rows are refused, too
		flat(t, func(folder string) (h highest) {
			f, err := Open(folder)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			checked, err := Check(f)
			if err != nil || len(checked.Findings) > 0 {
				t.Fatal(checked, err)
			}
			refused := 0
			im := &Import{Folder: f, Checked: checked, Readers: NewReaders(checked.Zone), Progress: h.at,
				Line: func(l Line) error { refused += b2i(l.Outcome == Refused); return nil },
				Transact: func(_ context.Context, do func(World) error) error {
					return do(World{Take: func(row *Row, _ Decision) (Taken, error) { return Taken{ID: row.ID}, nil }})
				}}
			if _, err := im.Run(t.Context()); err != nil || refused == 0 {
				t.Fatal(refused, err)
			}
			return h
		})
	})
}

// No transaction takes more than DefaultBatch rows, and what is unchanged is read in batches of that size. How long they take is measured.
func TestNoBatchIsLargerThanFiveHundredRows(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		f, err := Open(many(t, 1_200))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		checked, err := Check(f)
		if err != nil {
			t.Fatal(err)
		}
		pass := func() (written, read, batches int) {
			last := map[string]int64{}
			came, err := p.Command.bring(t.Context(), Pass{Folder: f, Checked: checked, Line: func(Line) error { return nil },
				Rows: func(file string, done, _ int64) { read, last[file] = max(read, int(done-last[file])), done },
				Tally: func(_ *store.Tx, taken Totals) error {
					n := 0
					for _, by := range taken {
						n += by[Created] + by[Updated]
					}
					written, batches = max(written, n), batches+1
					return nil
				}})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d batches, at most %d rows and %v", came.Batches, written, came.Longest)
			return written, read, batches
		}
		if written, read, batches := pass(); written > DefaultBatch || read > DefaultBatch || batches < 6*1_200/DefaultBatch {
			t.Errorf("%d batches, %d rows in one of them, %d read at once", batches, written, read)
		}
		if _, read, batches := pass(); read != DefaultBatch || batches != 0 {
			t.Errorf("again: %d batches, %d rows read at once", batches, read)
		}
	})
}

func TestAnOrganisationThatIsRenamedIsFoundByItsNewName(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.give("old", house())
		p.give("old", house("Kowalski,", "Żółta Łódź SA,"))
		p.expect("key", query[string](p, `SELECT name_key FROM organisation WHERE number = 10003`), []string{account.NameKey("Żółta Łódź SA")})
		p.expect("keys", query[string](p, `SELECT name_key FROM organisation WHERE name_key = $1`, account.NameKey("Kowalski")), nil)
	})
}

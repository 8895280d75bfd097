package web_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// exporting is a desk with an export of a million rows.
func exporting(t *testing.T, rows int, read *atomic.Int64) (*desk, func(as string) *http.Response) {
	t.Helper()
	d := open(t, loopback, func(d *desk) {
		d.Stream("GET /o/{number}/export", "see", func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
			return d.Export(w, a, "rows.csv", []string{"number", "name"}, func(yield func([]string, error) bool) {
				for n := range rows {
					read.Add(1)
					if !yield([]string{strconv.Itoa(n), "=Customer number " + strconv.Itoa(n)}, nil) {
						return
					}
				}
			})
		})
	})
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	client := server.Client()
	return d, func(as string) *http.Response {
		r, err := http.NewRequest("GET", server.URL+"/o/20417/export", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "127.0.0.1:8080"
		r.AddCookie(&http.Cookie{Name: "lodge", Value: as})
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

func TestAttack_DOS_09_AMillionRowsAreWrittenAsTheyAreRead(t *testing.T) {
	const rows = 1_000_000
	var read atomic.Int64
	_, ask := exporting(t, rows, &read)
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	a := ask("anna")
	defer a.Body.Close()
	lines, most := 0, uint64(0)
	for s := bufio.NewScanner(a.Body); s.Scan(); lines++ {
		if lines == 1 && s.Text() != "0,'=Customer number 0" {
			t.Errorf("the first row is %q", s.Text())
		}
		if lines%50_000 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
		}
	}
	if a.StatusCode != 200 || lines != rows+1 {
		t.Errorf("%d: %d lines", a.StatusCode, lines)
	}
	if most > before.HeapInuse+64<<20 {
		t.Errorf("%d MB of memory", (most-before.HeapInuse)>>20)
	}
}

func TestAttack_DOS_09_OneExportOfAPersonAndNoneForWhoHasLeft(t *testing.T) {
	var read atomic.Int64
	d, ask := exporting(t, 50_000_000, &read)
	first := ask("anna")
	second := ask("anna")
	body, _ := io.ReadAll(second.Body)
	second.Body.Close()
	if second.StatusCode != 429 || second.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "written already") {
		t.Errorf("a second one at a time: %d %.300s", second.StatusCode, body)
	}
	if w := d.get("anna", "/o/20417/"); w.Code != 200 {
		t.Errorf("others wait for the export: %d", w.Code)
	}
	first.Body.Close() // the reader leaves
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		third := ask("anna")
		third.Body.Close()
		if third.StatusCode == 200 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the export of a reader who left goes on")
		}
	}
	if n := read.Load(); n >= 50_000_000 {
		t.Errorf("%d rows were read for nobody", n)
	}
}

func TestAttack_DOS_09_TwoExportsOfAnOrganisation(t *testing.T) {
	gate := &web.Exports{}
	enter := func(person string) (func(), error) { return gate.Enter(who.Actor{Person: person, Org: "o1"}) }
	one, err := enter("a")
	if err != nil {
		t.Fatal(err)
	}
	two, err := enter("b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enter("c"); err == nil {
		t.Error("a third one of the organisation begins")
	}
	if leave, err := gate.Enter(who.Actor{Person: "c", Org: "o2"}); err != nil {
		t.Errorf("another organisation waits: %v", err)
	} else {
		leave()
	}
	one()
	three, err := enter("c")
	if err != nil {
		t.Errorf("one has ended: %v", err)
	}
	two()
	three()
}

package web

import (
	"bufio"
	"encoding/csv"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// How many exports run at once in one process.
const (
	exportsPerson = 1
	exportsOrg    = 2
)

// Exports counts those under way, by person and by organisation in view. The zero value is ready.
type Exports struct {
	mu sync.Mutex
	by map[string]int
}

// Enter begins an export; leave ends it.
func (e *Exports) Enter(a who.Actor) (leave func(), err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.by == nil {
		e.by = map[string]int{}
	}
	person, org := "person "+a.Person, "org "+a.Org
	if a.Org == "" { // a person's own: nobody else's
		org = person + " alone"
	}
	if e.by[person] >= exportsPerson || e.by[org] >= exportsOrg {
		f := fault.New(fault.TooMany, "web.exports_many")
		f.RetryAfter = 10 * time.Second
		return nil, f
	}
	e.by[person]++
	e.by[org]++
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, id := range []string{person, org} {
			if e.by[id]--; e.by[id] == 0 {
				delete(e.by, id)
			}
		}
	}, nil
}

// Export answers with rows as CSV (RFC 4180, UTF-8) under a file name, while they are read: nothing is gathered, and when the reader leaves,
// reading ends. No cell can be read as a formula by a spreadsheet. It belongs to a Stream. TooMany of code web.exports_many for a second export
// of a person and a third one of an organisation at a time.
func (s *Site) Export(w http.ResponseWriter, a who.Actor, name string, columns []string, rows iter.Seq2[[]string, error]) error {
	leave, err := s.exports.Enter(a)
	if err != nil {
		return err
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", disposition(name))
	h.Set("Cache-Control", "private, no-store")
	out := csv.NewWriter(w) // its first four kilobytes wait: an error until then is a page
	if err := out.Write(columns); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		for i, c := range row {
			row[i] = Cell(c)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ExportJSON answers with a JSON file under a name, as write writes it. It belongs to a Stream. TooMany as Export.
func (s *Site) ExportJSON(w http.ResponseWriter, a who.Actor, name string, write func(io.Writer) error) error {
	leave, err := s.exports.Enter(a)
	if err != nil {
		return err
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", disposition(name))
	h.Set("Cache-Control", "private, no-store")
	out := bufio.NewWriterSize(w, 32<<10) // an error before the first of them leaves is a page
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

// Cell keeps a spreadsheet from reading a value as a formula.
func Cell(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
		return "'" + value
	}
	return value
}

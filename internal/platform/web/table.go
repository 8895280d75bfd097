package web

import (
	"encoding/csv"
	"io"
	"net/http"
	"strings"
)

// Table answers with rows as CSV (RFC 4180, UTF-8) under a file name. No cell can be read as a formula by a spreadsheet.
func Table(w http.ResponseWriter, name string, rows [][]string) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", disposition(name))
	h.Set("Cache-Control", "private, no-store")
	return WriteTable(w, rows)
}

// WriteTable writes rows as CSV, with a ' before what a spreadsheet would take as a formula.
func WriteTable(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = Cell(c)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Cell keeps a spreadsheet from reading a value as a formula.
func Cell(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
		return "'" + value
	}
	return value
}

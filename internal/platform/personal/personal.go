// Package personal gathers what is stored about a person, for that person. Each package says its own part; none knows the others'.
package personal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"time"

	"lodge/internal/platform/store"
)

// page is how many rows one transaction reads.
const page = 500

// Start is before every moment that is stored; the zero time would be none at all.
var Start = time.Unix(0, 0).UTC()

// Part is one list of the file: what one table says of a person.
type Part struct {
	Name   string
	Fields []string // of its rows, in order
	rows   func(ctx context.Context, db *store.DB, person string) iter.Seq2[any, error]
}

// List is a part that a query reads in pages. Its parameters are the person's id, the key of the last row read (as key gives it; first before there is
// one), and how many rows; the columns are T's fields, which are named by their json tags. Secrets and their hashes are never columns.
func List[T any](name, query string, key func(T) []any, first ...any) Part {
	return Part{Name: name, Fields: fields(reflect.TypeFor[T]()), rows: func(ctx context.Context, db *store.DB, person string) iter.Seq2[any, error] {
		return func(yield func(any, error) bool) {
			for after := first; ; {
				var all []T
				err := db.Read(ctx, func(tx *store.Tx) (err error) {
					all, err = store.Query[T](tx, query, append(append([]any{person}, after...), page)...)
					return err
				})
				if err != nil {
					yield(nil, fmt.Errorf("personal data, %s: %w", name, err))
					return
				}
				for _, row := range all {
					if !yield(row, nil) {
						return
					}
				}
				if len(all) < page {
					return
				}
				after = key(all[len(all)-1])
			}
		}
	}}
}

func fields(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// Head is what stands before the parts.
type Head struct {
	Format string `json:"format"`
	Portal string `json:"portal"`
	MadeAt string `json:"made_at"`
}

// Write writes the parts as one JSON object, row by row, as they are read.
func Write(ctx context.Context, w io.Writer, db *store.DB, person string, head Head, parts []Part) error {
	top, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if _, err := w.Write(top[:len(top)-1]); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := fmt.Fprintf(w, ",\n%q: [", p.Name); err != nil {
			return err
		}
		between := "\n  "
		for row, err := range p.rows(ctx, db, person) {
			if err != nil {
				return err
			}
			line, err := json.Marshal(row)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%s%s", between, line); err != nil {
				return err
			}
			between = ",\n  "
		}
		if _, err := io.WriteString(w, "]"); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "\n}\n")
	return err
}

// JSON is a column that holds some; it stands in the file as it is.
type JSON string

// MarshalJSON gives it; what is none is given as text.
func (j JSON) MarshalJSON() ([]byte, error) {
	if json.Valid([]byte(j)) {
		return []byte(j), nil
	}
	return json.Marshal(string(j))
}

package storetest

import (
	"fmt"
	"testing"

	"lodge/internal/platform/store"
)

// onlyOne is a rule over rows: at most one row of the kind. keys decide whether it is guarded.
func onlyOne(keys store.Keys) func(t *testing.T, one, two *store.DB) Race {
	return func(t *testing.T, one, two *store.DB) Race {
		add := func(db *store.DB, name string) error {
			return db.Write(t.Context(), keys, func(tx *store.Tx) error {
				n, err := store.One[int](tx, `SELECT count(*) FROM meta WHERE value = 'the only one'`)
				if err != nil || n > 0 {
					return err
				}
				_, err = tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, 'the only one')`, name)
				return err
			})
		}
		return Race{
			A: func() error { return add(one, "a") },
			B: func() error { return add(two, "b") },
			Hold: func(a, b error) error {
				var n int
				err := two.Read(t.Context(), func(tx *store.Tx) (err error) {
					n, err = store.One[int](tx, `SELECT count(*) FROM meta WHERE value = 'the only one'`)
					return err
				})
				if err == nil && (n != 1 || a != nil || b != nil) {
					err = fmt.Errorf("%d rows, A %v, B %v", n, a, b)
				}
				return err
			},
		}
	}
}

func TestInterleave_finds_a_rule_over_rows_that_no_key_guards(t *testing.T) {
	var at []int
	n := interleave(t, onlyOne(store.Free), func(n int, err error) { at = append(at, n) })
	if n != 2 || len(at) != 1 || at[0] != 2 {
		t.Errorf("A has %d statements, the mistake shows before %v; it has two, and shows between them", n, at)
	}
}

func TestInterleave_finds_nothing_where_a_key_guards(t *testing.T) {
	Interleave(t, onlyOne(store.Lock("org", "1")))
}

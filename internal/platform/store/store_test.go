package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func put(t *testing.T, db *store.DB, name, value string) error {
	t.Helper()
	return db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, $2)`, name, value)
		return err
	})
}

func get(t *testing.T, db *store.DB, name string) (value string, err error) {
	t.Helper()
	err = db.Read(t.Context(), func(tx *store.Tx) (err error) {
		value, err = store.One[string](tx, `SELECT value FROM meta WHERE name = $1`, name)
		return err
	})
	return value, err
}

func TestWrite_commits_all_or_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		boom, ran := errors.New("boom"), false
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			tx.AfterCommit(func() { ran = true })
			if _, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('a', '1')`); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) || ran {
			t.Fatalf("err %v, after-commit ran %v", err, ran)
		}
		if _, err := get(t, db, "a"); !errors.Is(err, store.ErrNoRow) {
			t.Errorf("rolled back row is there: %v", err)
		}
		if err := put(t, db, "a", "2"); err != nil {
			t.Fatal(err)
		}
		if v, err := get(t, db, "a"); err != nil || v != "2" {
			t.Errorf("%q %v", v, err)
		}
	})
}

func TestErrors_are_the_same_on_both_engines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := put(t, db, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err := put(t, db, "a", "2")
		if !errors.Is(err, store.ErrExists) || store.Constraint(err) != "meta_pkey" {
			t.Errorf("primary key: %v, constraint %q", err, store.Constraint(err))
		}
		write := func(q string) error {
			return db.Write(t.Context(), store.Free, func(tx *store.Tx) error { _, err := tx.Exec(q); return err })
		}
		const doc = `INSERT INTO search_doc (doc_id) VALUES ('x')`
		if err := write(doc); err != nil {
			t.Fatal(err)
		}
		if err := write(doc); store.Constraint(err) != "search_doc_doc_id_key" {
			t.Errorf("unique: %v, constraint %q", err, store.Constraint(err))
		}
		if err := write(`INSERT INTO meta (name) VALUES ('null')`); !errors.Is(err, store.ErrBroken) {
			t.Errorf("not null: %v", err)
		}
		if err := write(`INSERT INTO membership_role (membership_id, role) VALUES ('none', 'x')`); !errors.Is(err, store.ErrNoParent) {
			t.Errorf("foreign key: %v", err)
		}
	})
}

func TestWrite_does_not_commit_after_an_overlooked_error(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := put(t, db, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			tx.Exec(`INSERT INTO meta (name, value) VALUES ('a', '2')`)
			return nil
		})
		if !errors.Is(err, store.ErrExists) {
			t.Errorf("committed after an error: %v", err)
		}
	})
}

func TestWrite_inside_a_Write_fails_at_once(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		began := time.Now()
		err := db.Write(t.Context(), store.Free, func(*store.Tx) error { return put(t, db, "a", "1") })
		if err == nil || !strings.Contains(err.Error(), "Write inside a Write") || time.Since(began) > 3*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if err := put(t, db, "a", "1"); err != nil {
			t.Errorf("the next Write: %v", err)
		}
	})
}

func TestRead_cannot_write_and_joins_the_snapshot_of_the_page(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('a', '1')`)
			return err
		})
		if err == nil {
			t.Error("a Read wrote")
		}
		if err := put(t, db, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err = db.Snapshot(t.Context(), func(ctx context.Context) error {
			read := func() (v string) {
				if err := db.Read(ctx, func(tx *store.Tx) (err error) {
					v, err = store.One[string](tx, `SELECT value FROM meta WHERE name = 'a'`)
					return err
				}); err != nil {
					t.Error(err)
				}
				return v
			}
			before := read()
			done := make(chan error)
			go func() {
				done <- db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
					_, err := tx.Exec(`UPDATE meta SET value = '2' WHERE name = 'a'`)
					return err
				})
			}()
			if err := <-done; err != nil {
				return err
			}
			if after := read(); before != "1" || after != "1" {
				t.Errorf("the snapshot moved from %s to %s", before, after)
			}
			if err := db.Write(ctx, store.Free, func(*store.Tx) error { return nil }); err == nil {
				t.Error("a Write inside a page's Read")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestWrite_with_a_common_key_runs_one_after_the_other(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				err := db.Write(t.Context(), store.Lock("org", "7"), func(tx *store.Tx) error {
					n, err := store.One[int](tx, `SELECT count(*) FROM meta WHERE name LIKE 'k%'`)
					if err == nil && n < 5 {
						_, err = tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, 'x')`, fmt.Sprint("k", i))
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			n, err := store.One[int](tx, `SELECT count(*) FROM meta WHERE name LIKE 'k%'`)
			if n != 5 {
				t.Errorf("%d rows, the rule says 5", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestTimes_and_lists_go_through_both_engines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2026, 3, 29, 1, 2, 3, 456789123, time.FixedZone("x", 3600))
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			for _, id := range []string{"a", "b", "c"} {
				if _, err := tx.Exec(`INSERT INTO event_new (at, id) VALUES ($1, $2)`, at, id); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('price $1', $1)`, "kept '$1'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		type row struct {
			At time.Time
			ID string
		}
		err = db.Read(t.Context(), func(tx *store.Tx) error {
			rows, err := store.Query[row](tx, `SELECT at, id FROM event_new WHERE id = ANY($1) ORDER BY id`, store.List{"a", "c", "z"})
			if err != nil || len(rows) != 2 || rows[1].ID != "c" || !rows[0].At.Equal(at.Truncate(time.Microsecond)) || rows[0].At.Location() != time.UTC {
				t.Errorf("%+v %v", rows, err)
			}
			none, err := store.Query[row](tx, `SELECT at, id FROM event_new WHERE id = ANY($1)`, store.List(nil))
			if err != nil || len(none) != 0 {
				t.Errorf("an empty list matches %v (%v)", none, err)
			}
			_, ok, err := store.Maybe[string](tx, `SELECT value FROM meta WHERE name = 'price $1'`)
			if err != nil || !ok {
				t.Errorf("a dollar in quotes: %v %v", ok, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestNewID_is_ordered_inside_a_transaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			var ids []string
			for range 3000 {
				ids = append(ids, tx.NewID())
			}
			if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 3000 || len(ids[0]) != 32 {
				t.Error("ids out of order or twice")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestWrite_without_a_deadline_gets_one_and_a_busy_database_is_unavailable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		held, release := make(chan bool), make(chan bool)
		var wg sync.WaitGroup
		wg.Go(func() {
			db.Write(t.Context(), store.Lock("org", "1"), func(*store.Tx) error { close(held); <-release; return nil })
		})
		<-held
		err := db.Write(ctx, store.Lock("org", "1"), func(*store.Tx) error { return nil })
		close(release)
		wg.Wait()
		if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || f.RetryAfter == 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			for _, d := range []store.Doc{
				{"one", []string{"org:a"}, "Żółw crashes with ORA-00942 after upgrade"},
				{"two", []string{"org:b"}, "Żółw is slow"},
				{"three", []string{"org:a", "org:b"}, "scope:org:b and orgb"},
				{"one", []string{"org:a"}, "Żółw fails with ORA-00942 after the upgrade to 8.3.0"},
			} {
				if err := tx.Index(d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, text, scope, want string
		}{
			{"without_accents", "zolw", "org:a", "one"},
			{"own_organisation_only", "zolw", "org:b", "two"},
			{"old_text_is_gone", "crashes", "org:a", ""},
			{"technical_word_as_written", "ORA-00942", "org:a", "one"},
			{"technical_word_joined", "ora00942", "org:a", "one"},
			{"version", "8.3.0", "org:a", "one"},
			{"last_word_as_beginning", "upgr", "org:a", "one"},
			{"first_word_whole", "upgr zolw", "org:a", ""},
			{"one_letter_is_no_beginning", "u", "org:a", ""},
			{"nobody_s_scope", "zolw", "org:c", ""},
			{"no_scope", "zolw", "", ""},
			{"all_but_some", "zolw", "!org:a", "two"},
			{"all_but_none_there", "zolw", "!draft", "one two"},
			{"all_but_some_and_own", "zolw", "org:a !org:b", "one"},
			{"all_but_some_by_beginning", "slow zol", "!org:a", "two"},
			{"all_but_by_two_words", "upgrade zol", "org:c !org:b", "one"},
			{"scope_words_are_no_text", "scopescopescopescopescopescopescopescopescopescopescopescopescopescopeorgxb zolw", "org:a", "one"},
			{"Attack_CON_08_operators", `"zolw" OR NEAR(x) * -x subject: ' & | ! :* \`, "org:a", ""},
			{"Attack_CON_08_quote", `zolw"`, "org:a", "one"},
			{"Attack_CON_08_zero_byte", "zolw\x00", "org:a", "one"},
			{"Attack_CON_08_only_signs", `"*()'`, "org:a", ""},
			{"Attack_CON_08_long", strings.Repeat("zolw upgrade ora ", 1000), "org:a", "one"},
			{"Attack_CON_08_invalid_utf8", "zolw \xff\xfe", "org:a", "one"},
		} {
			t.Run(c.name, func(t *testing.T) {
				err := db.Read(t.Context(), func(tx *store.Tx) error {
					any, but, _ := strings.Cut(c.scope, "!")
					got, err := tx.Search(c.text, store.Scope{Any: strings.Fields(any), But: but}, 10)
					if strings.Join(got, " ") != c.want {
						t.Errorf("found %v, want %q", got, c.want)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// A disk that is full is simulated by SQLite's own limit of pages; on PostgreSQL the code 53100 takes the same way.
func TestWrite_to_a_full_disk_is_unavailable_and_loses_nothing(t *testing.T) {
	db := storetest.Lite(t)
	if err := put(t, db, "before", "kept"); err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			_, err := store.Query[int](tx, "PRAGMA max_page_count = "+pages)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // no smaller than what there is: not a page more
	var err error
	for n := 0; n < 100 && err == nil; n++ {
		err = put(t, db, fmt.Sprint("big ", n), strings.Repeat("x", 100_000))
	}
	if f := fault.Of(err); f == nil || f.Code != "store.full" || f.RetryAfter == 0 {
		t.Fatalf("a full disk says %v", err)
	}
	limit("1000000")
	if v, err := get(t, db, "before"); err != nil || v != "kept" {
		t.Errorf("%q %v", v, err)
	}
	if err := put(t, db, "after", "room again"); err != nil {
		t.Error(err)
	}
}

func TestAttack_DOS_04_a_statement_without_end_is_ended(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		err := db.Read(ctx, func(tx *store.Tx) error {
			_, err := store.One[int64](tx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i > 0) SELECT count(*) FROM (SELECT i FROM n LIMIT 1000000000) x`)
			return err
		})
		if fault.Status(err) != 503 {
			t.Errorf("an endless statement: %v", err)
		}
		err = db.Read(t.Context(), func(tx *store.Tx) error {
			one, err := store.One[int](tx, `SELECT 1`)
			if err == nil && one != 1 {
				t.Error(one)
			}
			if db.Engine() == "postgres" && err == nil {
				var limit string
				if limit, err = store.One[string](tx, `SELECT current_setting('statement_timeout')`); limit != "15s" {
					t.Errorf("statements may take %s", limit) // should its caller forget it
				}
			}
			return err
		})
		if err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
}

func TestLater_comes_before_what_is_asked_next_and_fails_with_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const insert = `INSERT INTO event_new (at, id) VALUES ($1, $2)`
		count := func(tx *store.Tx) int {
			n, err := store.One[int](tx, `SELECT count(*) FROM event_new`)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		write := func(f func(tx *store.Tx) error) error { return db.Write(t.Context(), store.Lock("org", "2", "1"), f) }
		err := write(func(tx *store.Tx) error {
			for i := range 450 { // more than are kept back
				if err := tx.Later(insert, tx.Now, fmt.Sprintf("%03d", i)); err != nil {
					return err
				}
			}
			if n := count(tx); n != 450 {
				t.Errorf("a query behind 450 rows finds %d", n)
			}
			if n, err := tx.Exec(`DELETE FROM event_new WHERE id < $1`, "400"); n != 400 || err != nil {
				t.Errorf("a statement behind them changes %d: %v", n, err)
			}
			return tx.Later(insert, tx.Now, "last")
		})
		if err != nil {
			t.Fatal(err)
		}
		for what, ask := range map[string]func(tx *store.Tx) error{
			"a query":   func(tx *store.Tx) error { _, err := store.One[int](tx, `SELECT count(*) FROM event_new`); return err },
			"an exec":   func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM event_new`); return err },
			"nothing":   func(tx *store.Tx) error { return nil },
			"more rows": func(tx *store.Tx) error { return tx.Later(insert, tx.Now, "again") },
			"blindness": func(tx *store.Tx) error { store.Query[int](tx, `SELECT count(*) FROM event_new`); return nil },
		} {
			err := write(func(tx *store.Tx) error {
				if err := tx.Later(insert, tx.Now, "before"); err != nil {
					return err
				}
				if err := tx.Later(insert, tx.Now, "last"); err != nil {
					return err
				}
				return ask(tx)
			})
			if !errors.Is(err, store.ErrExists) {
				t.Errorf("a row that is there, then %s: %v", what, err)
			}
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			if n := count(tx); n != 51 {
				t.Errorf("%d rows are there", n)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

package event

import (
	"context"
	"sync"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

type painted struct{ Fence, Before, After string }

func (painted) EventName() string { return "fence.painted" }
func (p painted) Subject() string { return "fence:" + p.Fence }

func emit(t *testing.T, db *store.DB, l *Log, fence string) {
	t.Helper()
	a := who.Actor{Person: "p1", Member: "o1", Org: "o1", Source: who.Own, Session: "s1", From: "192.0.2.7"}
	err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
		return l.Emit(tx, a, "o1", painted{fence, "red", "green"})
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEmit_writes_who_as_whom_from_where_before_and_after(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		emit(t, db, &Log{}, "f1")
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			all, err := OfOrg(tx, "o1", Before{})
			if err != nil || len(all) != 1 {
				t.Fatalf("%d events (%v)", len(all), err)
			}
			e := all[0]
			if e.Person != "p1" || e.Member != "o1" || e.Source != who.Own || e.Address != "192.0.2.7" || e.Subject != "fence:f1" ||
				e.Body != `{"Fence":"f1","Before":"red","After":"green"}` || !e.At.Equal(storetest.Now) {
				t.Errorf("%+v", e)
			}
			others, err := OfOrg(tx, "o2", Before{})
			if err != nil || len(others) != 0 {
				t.Errorf("another organisation reads it (%v)", err)
			}
			older, err := OfOrg(tx, "o1", Before{At: e.At, ID: e.ID})
			if len(older) != 0 {
				t.Error("a page shows its own key again")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestReactions_run_in_the_transaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Log{Reactions: map[string][]Reaction{"fence.painted": {func(tx *store.Tx, _ who.Actor, org string, e Event) error {
			_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, $2)`, org, e.(painted).After)
			return err
		}}}}
		emit(t, db, l, "f1")
		a := who.Actor{}
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { return l.Emit(tx, a, "o1", painted{}) })
		if err == nil {
			t.Error("a reaction that fails must take the change with it")
		}
		err = db.Read(t.Context(), func(tx *store.Tx) error {
			n, err := store.One[int](tx, `SELECT count(*) FROM event`)
			if n != 1 {
				t.Errorf("%d events, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestEvents_are_never_changed_or_deleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		emit(t, db, &Log{}, "f1")
		if _, err := SealNew(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{`UPDATE event SET name = 'x'`, `DELETE FROM event`, `UPDATE seal SET root = 'x'`, `DELETE FROM seal`} {
			err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { _, err := tx.Exec(q); return err })
			if err == nil {
				t.Errorf("%s went through", q)
			}
		}
	})
}

func TestSealNew_makes_one_gap_free_sequence_however_many_nodes_seal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Log{}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() { emit(t, db, l, string(rune('a'+i))) })
			if i%10 == 0 {
				wg.Go(func() {
					if _, err := SealNew(context.Background(), db); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if _, err := SealNew(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			type span struct{ N, Min, Max, Waiting int }
			s, err := store.One[span](tx, `SELECT count(*), min(seq), max(seq), (SELECT count(*) FROM event_new) FROM event_seq`)
			if s != (span{40, 1, 40, 0}) {
				t.Errorf("%+v", s)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := Verify(t.Context(), db); err != nil {
			t.Error(err)
		}
	})
}

func TestVerify_finds_a_forged_event(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for range 3 {
			emit(t, db, &Log{}, "f")
		}
		if _, err := SealNew(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		drop := `DROP TRIGGER event_no_update`
		if db.Engine() == "postgres" {
			drop = `DROP TRIGGER event_fixed ON event`
		}
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			if _, err := tx.Exec(drop); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE event SET body = '{}'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if Verify(t.Context(), db) == nil {
			t.Error("nothing found")
		}
	})
}

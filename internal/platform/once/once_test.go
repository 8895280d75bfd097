package once

import (
	"errors"
	"sync"
	"testing"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

func act(t *testing.T, db *store.DB, a who.Actor, body string, fail error) (ref string, err error) {
	t.Helper()
	err = db.Write(t.Context(), store.Free, func(tx *store.Tx) (err error) {
		ref, err = Do(tx, a, "paint", body, func() (string, error) {
			id := tx.NewID()
			if _, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, $2)`, id, body); err != nil {
				return "", err
			}
			return id, fail
		})
		return err
	})
	return ref, err
}

func made(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, `SELECT count(*) FROM meta`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDo_a_form_sent_twice_makes_one_thing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := who.Actor{Person: "p", Key: "k"}
		refs := make([]string, 50)
		var wg sync.WaitGroup
		for i := range refs {
			wg.Go(func() {
				var err error
				if refs[i], err = act(t, db, a, "x", nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, r := range refs {
			if r == "" || r != refs[0] {
				t.Fatalf("different answers %v", refs)
			}
		}
		if n := made(t, db); n != 1 {
			t.Errorf("%d things", n)
		}
		if _, err := act(t, db, a, "y", nil); fault.Status(err) != 409 {
			t.Errorf("other body with the same key: %v", err)
		}
		other := a
		other.Person = "q"
		if _, err := act(t, db, other, "y", nil); err != nil || made(t, db) != 2 {
			t.Errorf("somebody else's equal key: %v", err)
		}
		a.Key = ""
		act(t, db, a, "x", nil)
		act(t, db, a, "x", nil)
		if n := made(t, db); n != 4 {
			t.Errorf("without a key: %d things, want 4", n)
		}
	})
}

func TestDo_what_failed_may_be_sent_again(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := who.Actor{Person: "p", Key: "k"}
		boom := errors.New("boom")
		if _, err := act(t, db, a, "x", boom); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if _, err := act(t, db, a, "x", nil); err != nil || made(t, db) != 1 {
			t.Errorf("%v", err)
		}
	})
}

func TestUsed_knows_what_a_key_has_carried_out(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := who.Actor{Person: "p", Key: "k"}
		used := func(a who.Actor, use string) (yes bool) {
			t.Helper()
			if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				yes, err = Used(tx, a, use)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return yes
		}
		act(t, db, a, "x", errors.New("refused"))
		if used(a, "paint") {
			t.Error("used by what was refused")
		}
		act(t, db, a, "x", nil)
		other := who.Actor{Person: "q", Key: "k"}
		if !used(a, "paint") || used(a, "print") || used(other, "paint") || used(who.Actor{Person: "p"}, "paint") {
			t.Error("a key knows another's use, or not its own")
		}
	})
}

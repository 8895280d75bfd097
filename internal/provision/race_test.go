package provision

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func TestRace_of_two_who_make_a_customer_of_one_name_makes_one(t *testing.T) {
	t.Parallel()
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w := newWorld(t, one)
		other := wired(w.On(two))
		tom := w.Actor("tom", "Brightwater")
		second := brandt()
		second.Name, second.User.Email = " BRANDT ", "second@brandt.example"
		return storetest.Race{
			A: func() error { _, err := w.Create(ctx, tom, brandt()); return err },
			B: func() error { _, err := other.Create(ctx, tom, second); return err },
			Hold: func(a, b error) error {
				if (a == nil) == (b == nil) || !fault.Is(errors.Join(a, b), "provision.name_taken") || other.whole() != all(1) {
					return fmt.Errorf("%v and %v: %v", a, b, other.whole())
				}
				return nil
			},
		}
	})
}

func TestRace_of_renaming_one_customer_and_making_another_leaves_two_names(t *testing.T) {
	t.Parallel()
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w := newWorld(t, one)
		other := wired(w.On(two))
		tom, name := w.Actor("tom", "Brightwater"), "Brandt"
		first := brandt()
		first.Name, first.User.Email = "Another", "first@another.example"
		if _, err := w.Create(ctx, tom, first); err != nil {
			t.Fatal(err)
		}
		number := int64(w.Count(`SELECT number FROM organisation WHERE kind = 'customer'`))
		c, err := w.Get(ctx, tom, number)
		if err != nil {
			t.Fatal(err)
		}
		return storetest.Race{
			A: func() error { return w.Change(ctx, tom, number, c.Version, Edit{Name: &name}) },
			B: func() error { _, err := other.Create(ctx, tom, brandt()); return err },
			Hold: func(a, b error) error {
				n := other.Count(`SELECT count(*) FROM customer WHERE name_key = 'brandt'`)
				if (a == nil) == (b == nil) || !fault.Is(errors.Join(a, b), "provision.name_taken") || n != 1 {
					return fmt.Errorf("%v and %v: %d of the name", a, b, n)
				}
				return nil
			},
		}
	})
}

// TestAttack_PROV_02: the process ends at each point of each step. Nothing is half made, and the draft is there to go on with.
func TestAttack_PROV_02_killed_at_every_point_the_customer_is_a_draft_or_whole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		tom := w.Actor("tom", "Brightwater")
		id, err := w.Draft(ctx, tom, Unfinished{Details: brandt().Details}, true)
		if err != nil {
			t.Fatal(err)
		}
		points := 0
		for n := 1; ; n++ {
			killed := killedAt(db, n, func() { w.Finish(ctx, tom, id, brandt().User, true) })
			if !killed {
				break
			}
			points++
			drafts := w.Count(`SELECT count(*) FROM customer_draft WHERE id = $1`, id)
			if left := w.whole(); left == all(1) && drafts == 0 {
				break // killed after the commit: it is made
			} else if left != all(0) || drafts != 1 || w.Count(`SELECT count(*) FROM person WHERE email = 'greta@brandt.example'`) != 0 {
				t.Fatalf("killed at point %d: %v of a customer, %d draft", n, left, drafts)
			}
		}
		if points < 20 {
			t.Errorf("only %d points were passed", points)
		}
		if w.whole() != all(1) {
			t.Errorf("in the end: %v", w.whole())
		}
	})
}

// killedAt runs f and ends its goroutine at the n-th point, as a kill ends the process: what it had not committed is rolled back.
func killedAt(db *store.DB, n int, f func()) (killed bool) {
	passed := 0
	db.Point = func(context.Context, string) {
		if passed++; passed == n {
			killed = true
			runtime.Goexit()
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	<-done
	db.Point = nil
	return killed
}

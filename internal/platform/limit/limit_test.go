package limit

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func fail(t *testing.T, l *Limits, n int, subject, address string) {
	t.Helper()
	for range n {
		if err := l.Failed(t.Context(), subject, address); err != nil {
			t.Fatal(err)
		}
	}
}

func wait(t *testing.T, l *Limits, subject, address string) time.Duration {
	t.Helper()
	err := l.Allow(t.Context(), subject, address)
	if err == nil {
		return 0
	}
	f := fault.Of(err)
	if f == nil || f.Kind != fault.TooMany {
		t.Fatal(err)
	}
	return f.RetryAfter
}

func TestDelays_grow_and_end(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Limits{db}
		fail(t, l, 4, "p", "192.0.2.1")
		if w := wait(t, l, "p", "192.0.2.1"); w != 0 {
			t.Fatalf("four failures already wait %v", w)
		}
		for _, want := range []time.Duration{1, 2, 4, 8} {
			fail(t, l, 1, "p", "192.0.2.1")
			if w := wait(t, l, "p", "192.0.2.1"); w != want*time.Second {
				t.Fatalf("waits %v, want %v s", w, int(want))
			}
		}
		fail(t, l, 20, "p", "192.0.2.1")
		if w := wait(t, l, "p", "192.0.2.1"); w != longest {
			t.Errorf("longest wait %v", w)
		}
		if w := wait(t, l, "p", "192.0.2.77"); w == 0 {
			t.Error("a neighbour in the same network does not wait")
		}
		if w := wait(t, l, "q", "192.0.2.1"); w != 0 {
			t.Errorf("somebody else from the same network waits %v after %d failures", w, 28)
		}
		db.Clock.(*clock.Fake).Add(longest + time.Second)
		if w := wait(t, l, "p", "192.0.2.1"); w != 0 {
			t.Errorf("still waits %v", w)
		}
	})
}

func TestAttack_ID_35_a_stranger_locks_nobody_out(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Limits{db}
		fail(t, l, 40, "a1", "192.0.2.1")
		if w := wait(t, l, "a1", "192.0.2.1"); w == 0 {
			t.Error("the guesser does not wait")
		}
		if w := wait(t, l, "a1", "198.51.100.5"); w != 0 {
			t.Errorf("the person waits %v at home", w)
		}
		fail(t, l, 30, "a1", "203.0.113.1")
		if w := wait(t, l, "a1", "198.51.100.5"); w == 0 || w > longestAll {
			t.Errorf("guesses from everywhere: waits %v, at most %v", w, longestAll)
		}
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { return Passed(tx, "a1", "198.51.100.5") })
		if err != nil {
			t.Fatal(err)
		}
		if w := wait(t, l, "a1", "198.51.100.5"); w != 0 {
			t.Errorf("after getting in waits %v", w)
		}
		if w := wait(t, l, "a1", "192.0.2.1"); w == 0 {
			t.Error("the guesser profits from the person's success")
		}
	})
}

func TestAttack_ID_34_parallel_guesses_all_count(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Limits{db}
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				if err := l.Failed(t.Context(), "p", fmt.Sprintf("192.0.2.%d", i%5)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			all, err := store.Query[int](tx, `SELECT failures FROM limit_try ORDER BY subject, network`)
			if len(all) != 3 || all[0] != 100 || all[1] != 100 || all[2] != 100 {
				t.Errorf("counted %v", all)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_DOS_01_invented_subjects_do_not_stay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Limits{db}
		for i := range 50 {
			fail(t, l, 1, fmt.Sprint("x", i), "192.0.2.1")
		}
		if w := wait(t, l, "never seen", "192.0.2.1"); w == 0 {
			t.Error("a network that invents names does not wait")
		}
		db.Clock.(*clock.Fake).Add(forgotten + time.Second)
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			if err := Sweep(tx); err != nil {
				return err
			}
			n, err := store.One[int](tx, `SELECT count(*) FROM limit_try`)
			if n != 0 {
				t.Errorf("%d rows stay", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2::9": "2001:db8:1::/48", "": "", "pipe": "pipe",
	} {
		if got := Network(in); got != want {
			t.Errorf("%s is in %s, want %s", in, got, want)
		}
	}
}

package limit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// fail makes n failures one after the other, each as soon as it is let through: the clock stands still, so what the delays
// would hold up is let through by taking them away.
func fail(t *testing.T, l *Limits, n int, subject, address string) {
	t.Helper()
	for range n {
		err := l.DB.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			if _, err := tx.Exec(`UPDATE limit_try SET until = $1 WHERE subject IN ($2, '') AND network IN ($3, '')`,
				tx.Now.Add(-forgotten), subject, Network(address)); err != nil {
				return err
			}
			_, err := Take(tx, subject, address)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// wait is how long this subject has to wait from there, without trying.
func wait(t *testing.T, l *Limits, subject, address string) time.Duration {
	t.Helper()
	err := l.DB.Read(t.Context(), func(tx *store.Tx) error {
		_, err := look(tx, subject, address)
		return err
	})
	if err == nil {
		return 0
	}
	f := fault.Of(err)
	if f == nil || f.Kind != fault.TooMany {
		t.Fatal(err)
	}
	return f.RetryAfter
}

// failures are the counters in the order subject over all, subject from network, network, of one subject and one network.
func failures(t *testing.T, l *Limits) (all []int) {
	t.Helper()
	err := l.DB.Read(t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Query[int](tx, `SELECT failures FROM limit_try ORDER BY subject DESC, network`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
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

// taken counts how many of n tries at once got a place, and how many were refused.
func taken(t *testing.T, nodes []*Limits, n int, address func(i int) string) (got, refused int64) {
	t.Helper()
	var places, no atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, err := nodes[i%len(nodes)].Take(t.Context(), "p", address(i))
			switch {
			case err == nil:
				places.Add(1)
			case fault.Status(err) == 429:
				no.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return places.Load(), no.Load()
}

func TestAttack_ID_34_of_many_guesses_at_once_none_is_uncounted_and_none_too_many_gets_through(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Limits{db}
		nodes := []*Limits{l, {db}}
		one := func(i int) string { return fmt.Sprintf("192.0.2.%d", i%5) } // addresses of one network
		if got, refused := taken(t, nodes, 100, one); got != free || refused != 100-free {
			t.Errorf("%d got through, %d refused", got, refused)
		}
		if all := failures(t, l); !slices.Equal(all, []int{free, free, free}) {
			t.Errorf("counted %v", all)
		}
		// As many networks as guesses: what the subject has over all holds.
		many := func(i int) string { return fmt.Sprintf("10.1.%d.1", i) }
		if got, refused := taken(t, nodes, 100, many); got != freeSubject-free || refused != 100-freeSubject+free {
			t.Errorf("from everywhere %d got through, %d refused", got, refused)
		}
		// From now on one after each delay, which grows, and every one is counted up to the hundredth.
		before, restarted := time.Duration(0), []*Limits{{db}}
		for n := freeSubject; n < 100; n++ {
			delay := wait(t, l, "p", many(n+100))
			if delay < before || delay < time.Second {
				t.Fatalf("after %d guesses the delay is %v, before it was %v", n, delay, before)
			}
			before = delay
			db.Clock.(*clock.Fake).Add(delay)
			if got, _ := taken(t, restarted, 3, func(i int) string { return many(n + 50*i) }); got != 1 {
				t.Fatalf("after %d guesses %d of three got through", n, got)
			}
		}
		if all := failures(t, l); all[0] != 100 || before != longestAll {
			t.Errorf("counted %d, the last delay %v", all[0], before)
		}
	})
}

func TestTake_a_try_that_was_no_failure_leaves_everything_as_it_was(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := &Limits{db}
		now := db.Clock.(*clock.Fake)
		fail(t, l, free-1, "p", "192.0.2.1")
		for range 3 {
			p, err := l.Take(t.Context(), "p", "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Take(t.Context(), "p", "192.0.2.1"); fault.Status(err) != 429 {
				t.Errorf("a second try beside the one that has the last free place: %v", err)
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if err := l.Return(gone, p); err != nil {
				t.Fatal(err)
			}
			if all, w := failures(t, l), wait(t, l, "p", "192.0.2.1"); !slices.Equal(all, []int{free - 1, free - 1, free - 1}) || w != 0 {
				t.Fatalf("given back: %v, waits %v", all, w)
			}
		}
		// Good tries keep no failure alive: a day after the last one it is forgotten.
		now.Add(forgotten - time.Minute)
		p, err := l.Take(t.Context(), "p", "192.0.2.1")
		if err == nil {
			err = l.Return(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
		now.Add(2 * time.Minute)
		if _, err := l.Take(t.Context(), "p", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if all := failures(t, l); !slices.Equal(all, []int{1, 1, 1}) {
			t.Errorf("a day later: %v", all)
		}
		// What a slow good try gives back does not take away what a bad one has earned meanwhile.
		fail(t, l, free-2, "p", "192.0.2.1")
		slow, err := l.Take(t.Context(), "p", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		now.Add(2 * time.Second)
		if _, err := l.Take(t.Context(), "p", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if err := l.Return(t.Context(), slow); err != nil {
			t.Fatal(err)
		}
		if all, w := failures(t, l), wait(t, l, "p", "192.0.2.1"); all[0] != free || w != 2*time.Second {
			t.Errorf("%v, waits %v", all, w)
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
		db.Clock.(*clock.Fake).Add(forgotten + clock.Slip + time.Second)
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

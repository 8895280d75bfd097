package job

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

type ring struct{ Bell string }

func (ring) Kind() string { return "test.ring" }

type tick struct{}

func (tick) Kind() string { return "test.tick" }

func queue(t *testing.T, db *store.DB) *Queue {
	t.Helper()
	q, err := New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func start(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

func insert(t *testing.T, q *Queue, args Args, opts ...Option) {
	t.Helper()
	if err := q.DB.Write(t.Context(), store.Free, func(tx *store.Tx) error { return q.Insert(tx, args, opts...) }); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what another goroutine does; the limit only decides how long a failure takes.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// The same suite on both engines: what the rest of the program relies on.
func TestConformance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		q := queue(t, db)
		var rung, ticks, failed, poisoned, parkedAtOnce, effects, runs atomic.Int64
		Handle(q, func(ctx context.Context, j Job[ring]) error {
			switch j.Args.Bell {
			case "fails once":
				if failed.Add(1) == 1 {
					return errors.New("out of order")
				}
			case "poison":
				poisoned.Add(1)
				panic("cracked")
			case "never":
				parkedAtOnce.Add(1)
				return Never(errors.New("no such bell"))
			case "twice":
				// The worker dies after its effect and before the queue knows: the second run finds the first.
				err := db.Write(ctx, store.Free, func(tx *store.Tx) error {
					first, err := j.Done(tx)
					if err == nil && first {
						effects.Add(1)
					}
					return err
				})
				if runs.Add(1) == 1 && err == nil {
					return errors.New("died")
				}
				return err
			case "good":
				rung.Add(1)
			}
			return nil
		})
		Handle(q, func(context.Context, Job[tick]) error { ticks.Add(1); return nil })
		q.Every(time.Hour, tick{})

		boom := errors.New("boom")
		if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			if err := q.Insert(tx, ring{"good"}); err != nil {
				return err
			}
			return boom
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		insert(t, q, ring{"good"}, One)
		insert(t, q, ring{"good"}, One)
		insert(t, q, ring{"poison"}, Tried(1))
		insert(t, q, ring{"never"})
		insert(t, q, ring{"fails once"})
		insert(t, q, ring{"twice"})
		start(t, q)

		eventually(t, "a job that fails once runs again", func() bool { return failed.Load() == 2 })
		eventually(t, "a job that died after its effect runs again", func() bool { return runs.Load() == 2 })
		eventually(t, "periodic at the start", func() bool { return ticks.Load() == 1 })
		eventually(t, "Attack_OPS_12: a poison job is parked in sight", func() bool {
			parked, err := q.ListParked(t.Context())
			return err == nil && len(parked) == 2
		})
		if n := rung.Load(); n != 1 {
			t.Errorf("rung %d times: rolled back, unique and committed inserts make one", n)
		}
		if n := effects.Load(); n != 1 {
			t.Errorf("%d effects of a job that ran twice", n)
		}
		if poisoned.Load() != 1 || parkedAtOnce.Load() != 1 {
			t.Errorf("poison ran %d times, the hopeless job %d times; each should once", poisoned.Load(), parkedAtOnce.Load())
		}
		parked, err := q.ListParked(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			n, err := CountParked(tx)
			if n != len(parked) {
				t.Errorf("%d counted, %d listed", n, len(parked))
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		for _, p := range parked {
			if p.Kind != "test.ring" || p.Error == "" {
				t.Errorf("%+v", p)
			}
		}
		insert(t, q, ring{"good"}, One)
		eventually(t, "a finished job does not stand in its successor's way", func() bool { return rung.Load() == 2 })
	})
}

func TestJobs_outlive_their_queue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		insert(t, queue(t, db), ring{"good"}) // this one never starts: it died
		q := queue(t, db)
		var rung atomic.Int64
		Handle(q, func(context.Context, Job[ring]) error { rung.Add(1); return nil })
		start(t, q)
		eventually(t, "the next node rings", func() bool { return rung.Load() == 1 })
	})
}

// A worker that was thought dead wakes after another has done its work: at commit it finds that it comes too late.
func TestAttack_OPS_11_a_job_that_two_workers_have_has_one_effect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			_, err := tx.Exec(`CREATE TABLE bell (rings INTEGER NOT NULL)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		q := queue(t, db)
		var runs, second atomic.Int64
		awake := make(chan struct{})
		Handle(q, func(ctx context.Context, j Job[ring]) error {
			first := runs.Add(1) == 1
			if first {
				<-awake
			}
			err := db.Write(ctx, store.Free, func(tx *store.Tx) error {
				mine, err := j.Done(tx)
				if err != nil || !mine {
					return err
				}
				_, err = tx.Exec(`INSERT INTO bell (rings) VALUES (1)`)
				return err
			})
			if !first {
				second.Add(1)
			}
			return err
		})
		insert(t, q, ring{"once"})
		start(t, q)
		eventually(t, "the slow worker has it", func() bool { return runs.Load() == 1 })
		if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE river_job SET state = 'available'`) // as when its lease is lost
			return err
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "another worker does it", func() bool { return second.Load() == 1 })
		close(awake)
		eventually(t, "nothing is left to do", func() bool {
			var open, rings int
			err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				if open, err = store.One[int](tx, `SELECT count(*) FROM river_job WHERE CAST(state AS TEXT) IN ('available', 'running', 'retryable')`); err == nil {
					rings, err = store.One[int](tx, `SELECT count(*) FROM bell`)
				}
				return err
			})
			if rings > 1 {
				t.Fatalf("rung %d times", rings)
			}
			return err == nil && open == 0 && rings == 1 && runs.Load() >= 2
		})
	})
}

func TestStop_waits_for_a_running_job(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		q := queue(t, db)
		var begun, ended atomic.Bool
		Handle(q, func(context.Context, Job[ring]) error {
			begun.Store(true)
			time.Sleep(300 * time.Millisecond)
			ended.Store(true)
			return nil
		})
		insert(t, q, ring{})
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "begun", begun.Load)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil || !ended.Load() {
			t.Errorf("stopped in mid-job: %v", err)
		}
	})
}

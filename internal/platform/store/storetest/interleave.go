package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
)

// Race is two use cases that meet: A runs on the first handle, B on the second, and Hold says what must be true afterwards
// whatever came first; it gets what they returned.
type Race struct {
	A, B func() error
	Hold func(a, b error) error
}

// Interleave finds by order what many goroutines find by luck. On PostgreSQL, with two handles on one database that is
// empty each time, A runs up to its n-th statement (keys count as statements), then B until it is done or waits for a lock,
// then the rest of A; for each n until A has no more statements. world makes the database's contents and the race; nothing
// of it may run in the background.
func Interleave(t *testing.T, world func(t *testing.T, one, two *store.DB) Race) {
	t.Helper()
	if n := interleave(t, world, func(n int, err error) { t.Errorf("before statement %d of A came B: %v", n, err) }); n < 2 {
		t.Errorf("A has %d statements: nothing was interleaved", n)
	}
}

// emptier gives a function that takes away what was written since it was made. Triggers and foreign keys sleep for it.
func emptier(t *testing.T, url string) func() {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var script string // tables that the migrations filled keep their rows
	err = db.QueryRow(`
		SELECT string_agg('DELETE FROM ' || quote_ident(tablename), '; ') FROM pg_tables
		WHERE schemaname = 'public'
			AND (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM ' || quote_ident(tablename), false, true, '')))[1]::text = '0'`).Scan(&script)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("BEGIN; SET LOCAL session_replication_role = replica; " + script + "; COMMIT"); err != nil {
			t.Fatal(err)
		}
	}
}

// patience is how long one order may take.
const patience = 20 * time.Second

func interleave(t *testing.T, world func(t *testing.T, one, two *store.DB) Race, found func(n int, err error)) (statements int) {
	t.Helper()
	url := PostgresURL(t)
	one, two := Open(t, url), Open(t, url)
	empty := emptier(t, url)
	for n := 1; ; n++ {
		more := false
		t.Run(fmt.Sprintf("before_%d", n), func(t *testing.T) {
			empty()
			one.Trace, one.Clock, two.Clock = nil, clock.At(Now), clock.At(Now)
			race := world(t, one, two)
			a, b, reached := meet(t, url, one, race, n)
			if more = reached; !more {
				return
			}
			if err := race.Hold(a, b); err != nil {
				found(n, err)
			}
		})
		if !more {
			return n - 1
		}
	}
}

// meet runs one order; reached is false if A was done before its n-th statement.
func meet(t *testing.T, url string, one *store.DB, race Race, n int) (a, b error, reached bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var count atomic.Int64
	there, on := make(chan struct{}), make(chan struct{})
	one.Trace = func(context.Context, string) {
		if count.Add(1) == int64(n) {
			close(there)
			select {
			case <-on:
			case <-ctx.Done():
			}
		}
	}
	doneA, doneB := make(chan error, 1), make(chan error, 1)
	go func() { doneA <- race.A() }()
	select {
	case <-there:
	case a = <-doneA:
		return a, nil, false
	case <-ctx.Done():
		t.Fatalf("A did not come to statement %d", n)
	}
	go func() { doneB <- race.B() }()
	finished := false
	if b, finished = untilWaiting(t, ctx, url, doneB); !finished {
		close(on)
		a = outcome(t, ctx, "A", doneA)
		return a, outcome(t, ctx, "B", doneB), true
	}
	close(on)
	return outcome(t, ctx, "A", doneA), b, true
}

func outcome(t *testing.T, ctx context.Context, name string, done chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		t.Fatalf("%s hangs", name)
		return nil
	}
}

// untilWaiting gives what B returned, or false once a connection of this database waits for a lock.
func untilWaiting(t *testing.T, ctx context.Context, url string, done chan error) (err error, finished bool) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for {
		select {
		case err := <-done:
			return err, true
		case <-ctx.Done():
			t.Fatal("B is neither done nor waiting")
		case <-time.After(2 * time.Millisecond):
		}
		var waiting int
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if waiting > 0 {
			return nil, false
		}
	}
}

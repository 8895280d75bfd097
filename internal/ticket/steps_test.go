package ticket

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/event"
	"lodge/internal/platform/job"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

// anna is of the customer "o1", ingrid of the vendor.
var (
	anna   = who.Actor{Person: "p-anna", Name: "Anna", Member: "o1", Org: "o1", Source: who.Own, Reach: who.Reach{Orgs: []string{"o1"}}}
	ingrid = who.Actor{Person: "p-ingrid", Name: "Ingrid", Member: "ov", Org: "o1", Source: who.Staff, Reach: who.Reach{Orgs: []string{"o1"}}}
)

func steps(t *testing.T, db *store.DB) *Tickets {
	t.Helper()
	q, err := job.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &Tickets{Events: &event.Log{}, Jobs: q}
}

func write(t *testing.T, db *store.DB, f func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), store.Free, f); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, db *store.DB, s *Tickets, a who.Actor, title string) (made Ticket) {
	t.Helper()
	write(t, db, func(tx *store.Tx) (err error) {
		made, err = s.Open(tx, a, Opening{Kind: Request, Org: a.Org, RequestKind: Question, Title: title, Text: "Text of " + title, Severity: 3})
		return err
	})
	return made
}

func scopes(t *testing.T, db *store.DB) (all []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Query[string](tx, `SELECT scope_id || ' ' || ticket_id FROM ticket_scope ORDER BY scope_id, ticket_id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRescope_follows_partnerships_and_the_index_follows_by_a_job(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := steps(t, db)
		one := opened(t, db, s, anna, "Alpha")
		two := opened(t, db, s, anna, "Beta")
		write(t, db, func(tx *store.Tx) error { return s.Withhold(tx, anna, &two, true) })
		if got := scopes(t, db); len(got) != 0 {
			t.Fatalf("scope rows without a partner: %v", got)
		}
		far := clock.End
		write(t, db, func(tx *store.Tx) error {
			if _, err := tx.Exec(`INSERT INTO scope (scope_id, org_id, partnership_id, from_at, until_at) VALUES ('op', 'o1', 'x', $1, $2)`, tx.Now, far); err != nil {
				return err
			}
			return s.Rescope(tx, "o1")
		})
		if got := scopes(t, db); !slices.Equal(got, []string{"op " + one.ID}) {
			t.Errorf("scope rows %v, want the one that is not withheld", got)
		}
		finds := func() (docs []string) {
			err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				docs, err = tx.Search("alpha", store.Scope{Any: []string{ScopePartner("op")}}, 10)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return docs
		}
		if len(finds()) != 0 {
			t.Error("found before the job ran")
		}
		s.Work(db)
		if err := s.Jobs.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Jobs.Stop(context.Background()) })
		for deadline := time.Now().Add(20 * time.Second); len(finds()) == 0 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		if got := finds(); !slices.Equal(got, []string{publicDoc(one.ID)}) {
			t.Errorf("the partner finds %v", got)
		}
		write(t, db, func(tx *store.Tx) error {
			if _, err := tx.Exec(`DELETE FROM scope`); err != nil {
				return err
			}
			return s.Rescope(tx, "o1")
		})
		if got := scopes(t, db); len(got) != 0 {
			t.Errorf("scope rows of a partner that is gone: %v", got)
		}
	})
}

func TestOpen_makes_every_kind_with_its_prefix(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := steps(t, db)
		for kind, prefix := range prefixes {
			write(t, db, func(tx *store.Tx) error {
				made, err := s.Open(tx, anna, Opening{Kind: kind, Org: "o1", Title: "x", Text: "y", Severity: 3})
				if err == nil && made.Number[:3] != prefix+"-" {
					t.Errorf("%s has number %s", kind, made.Number)
				}
				return err
			})
		}
	})
}

func TestSave_refuses_what_was_read_before_somebody_elses_change(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := steps(t, db)
		old := opened(t, db, s, anna, "Alpha")
		fresh := old
		write(t, db, func(tx *store.Tx) error { return s.SetSeverity(tx, anna, &fresh, 1, "") })
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { return s.SetState(tx, anna, &old, Cancelled) })
		if err == nil {
			t.Error("an old ticket was saved over a newer one")
		}
		write(t, db, func(tx *store.Tx) error { return s.SetState(tx, anna, &fresh, Cancelled) })
		if fresh.ClosedAt.IsZero() || fresh.Turn != Nobody {
			t.Errorf("cancelled %+v", fresh)
		}
	})
}

func TestAddNote_leaves_version_and_order_alone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := steps(t, db)
		made := opened(t, db, s, anna, "Alpha")
		note := made
		write(t, db, func(tx *store.Tx) error { return s.AddNote(tx, ingrid, &note, Note{Internal: "for us"}) })
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			now, err := Find(tx, Request, made.Number, []string{"o1"})
			if err == nil && (now.Version != made.Version || !now.UpdatedAt.Equal(made.UpdatedAt)) {
				t.Errorf("a note shows: version %d, was %d", now.Version, made.Version)
			}
			public, err := Entries(tx, made.ID, Sees(Partner))
			if len(public) != 1 {
				t.Errorf("a partner reads %d entries", len(public))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { return s.AddNote(tx, anna, &made, Note{Internal: "x"}) }); err == nil {
			t.Error("a customer wrote a note")
		}
	})
}

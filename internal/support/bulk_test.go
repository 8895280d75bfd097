package support

import (
	"context"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/ticket"
)

// A database that does not answer is no refusal of a request: the caller repeats the call, and a key for each row says what was done already.
func TestBulk_ends_when_the_database_is_away_and_names_no_request_for_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ingrid := at("ingrid", "customer")
		in := Bulk{Numbers: []string{w.open(as("anna"), "one"), w.open(as("anna"), "two")}, Severity: 1, Text: "Production stands still"}
		for _, in.Whole = range []bool{false, true} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			db.Trace = func(ctx context.Context, q string) {
				if strings.Contains(q, "UPDATE ticket SET") {
					<-ctx.Done()
				}
			}
			rows, err := w.Bulk(ctx, ingrid, in)
			db.Trace = nil
			cancel()
			if f := fault.Of(err); rows != nil || f == nil || f.Kind != fault.Unavailable {
				t.Errorf("whole %v: %v %v", in.Whole, rows, err)
			}
			rows, err = w.Bulk(t.Context(), ingrid, in)
			if err != nil || len(rows) != 2 || rows[0].No != nil && !in.Whole {
				t.Errorf("whole %v, with the database: %v %v", in.Whole, rows, err)
			}
			in.Severity++
		}
	})
}

func TestBulk_refuses_a_request_that_is_named_twice_however_it_is_typed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		number := w.open(as("anna"), "one")
		_, err := w.Bulk(t.Context(), at("ingrid", "customer"), Bulk{Numbers: []string{number, strings.ToLower(number)}, To: ticket.VendorAnalysis})
		w.status("twice", err, 422)
	})
}

package support

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func TestPlan_dates_move_visibly_and_each_side_finishes_its_own(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		piotr, ingrid := as("piotr"), at("ingrid", "customer")
		n := w.open(piotr, "Plan")
		plan := func(a who.Actor, p Plan) (string, error) { return w.PlanAction(t.Context(), a, n, p) }
		for name, p := range map[string]Plan{"no title": {"", "2026-03-20", ticket.Vendor}, "no day": {"x", "soon", ticket.Vendor}, "past": {"x", "2026-03-01", ticket.Vendor},
			"far": {"x", "2036-03-01", ticket.Vendor}, "nobody": {"x", "2026-03-20", "cat"}} {
			_, err := plan(ingrid, p)
			w.status(name, err, 422)
		}
		_, err := plan(as("adam"), Plan{"x", "2026-03-20", ticket.Vendor})
		w.status("customer plans", err, 403)
		theirs, err := plan(at("tom", "customer"), Plan{"Send the log", "2026-03-20", ticket.Customer})
		w.need(err)
		ours, err := plan(ingrid, Plan{"Read it", "2026-03-23", ticket.Vendor})
		w.need(err)
		next := func(want string) {
			t.Helper()
			if got := one[string](w, `SELECT next_on FROM ticket`); got != want {
				t.Errorf("next on %q, want %q", got, want)
			}
		}
		next("2026-03-20")
		w.status("stale", w.MoveAction(t.Context(), ingrid, n, theirs, 7, "2026-03-25"), 409)
		w.need(w.MoveAction(t.Context(), ingrid, n, theirs, 1, "2026-03-25"))
		next("2026-03-23")
		r, err := w.Show(t.Context(), piotr, n)
		w.need(err)
		if a := r.Actions[1]; a.On != "2026-03-25" || a.WasOn != "2026-03-20" || a.Version != 2 {
			t.Errorf("moved %+v", a)
		}
		if o := r.Actions[0]; o.OwnerName != "Ingrid Halden" || r.Actions[1].OwnerName != "" {
			t.Errorf("owners %+v", r.Actions)
		}
		w.status("customer finishes the vendor's", w.FinishAction(t.Context(), piotr, n, ours, 1, ""), 403)
		w.status("customer moves his own", w.MoveAction(t.Context(), piotr, n, theirs, 2, "2026-03-26"), 403)
		w.need(w.FinishAction(t.Context(), piotr, n, theirs, 2, "Sent"))
		w.status("twice", w.FinishAction(t.Context(), piotr, n, theirs, 3, ""), 409)
		w.need(w.DropAction(t.Context(), ingrid, n, ours, 1, "Not needed"))
		next("")
		w.wants("events", names(w), "ticket.action_ended", "ticket.action_ended", "ticket.action_moved", "ticket.action_planned", "ticket.action_planned", "ticket.opened")
	})
}

func names(w *world) (all []string) {
	w.need(w.db.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Query[string](tx, `SELECT name FROM event WHERE org_id = 'org-customer' ORDER BY name`)
		return err
	}))
	return all
}

func TestWithhold_hides_a_request_from_partners_everywhere_and_gives_it_back(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		piotr, tom := as("piotr"), at("tom", "customer")
		n := w.open(piotr, "Secret of Kowalski")
		w.need(w.Move(t.Context(), tom, n, ticket.PartnerAnalysis, ""))
		w.status("partner withholds", w.Withhold(t.Context(), tom, n, true), 403)
		w.status("helpdesk withholds", w.Withhold(t.Context(), at("ingrid", "customer"), n, true), 403)
		w.need(w.Withhold(t.Context(), piotr, n, true))
		_, err := w.Show(t.Context(), tom, n)
		w.status("partner", err, 404)
		w.status("partner acts", w.Reply(t.Context(), tom, n, Reply{Text: "x"}), 404)
		for _, a := range []who.Actor{tom, as("tom")} {
			for _, text := range []string{"", "secret"} {
				w.wants("partner's list", w.titles(a, Filter{Text: text}))
			}
			l, err := w.List(t.Context(), a, Filter{})
			w.need(err)
			for tab, count := range l.Counts {
				if count != 0 {
					t.Errorf("partner counts %d in %s", count, tab)
				}
			}
		}
		r, err := w.Show(t.Context(), piotr, n)
		w.need(err)
		if r.Ticket.State != ticket.VendorAnalysis || r.Ticket.Turn != ticket.Vendor {
			t.Errorf("withheld: %s, turn %s", r.Ticket.State, r.Ticket.Turn)
		}
		for _, o := range r.Audience {
			if o.Kind == account.Partner {
				t.Errorf("%s is said to see it", o.Name)
			}
		}
		w.need(w.Withhold(t.Context(), piotr, n, false))
		w.wants("given back", w.titles(as("tom"), Filter{Text: "secret"}), "Secret of Kowalski")
		in := question("From the start")
		in.VendorOnly = true
		_, err = w.Open(t.Context(), piotr, in)
		w.need(err)
		w.wants("withheld from the start", w.titles(as("tom"), Filter{}), "Secret of Kowalski")
	})
}

func TestSetSeverity_helpers_give_a_reason(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Severity")
		w.status("without reason", w.SetSeverity(t.Context(), at("ingrid", "customer"), n, 3, ""), 422)
		w.need(w.SetSeverity(t.Context(), at("ingrid", "customer"), n, 3, "agreed on the phone"))
		w.later(time.Minute)
		w.need(w.SetSeverity(t.Context(), as("piotr"), n, 1, ""))
		w.status("no such", w.SetSeverity(t.Context(), as("piotr"), n, 5, ""), 422)
		if b := one[string](w, `SELECT body FROM event WHERE name = 'ticket.severity_changed' ORDER BY at DESC, id DESC LIMIT 1`); !strings.Contains(b, `"Before":3,"After":1`) {
			t.Errorf("event %s", b)
		}
	})
}

func TestAttack_SUP_11_twenty_answers_and_a_decision_at_once_lose_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Busy")
		w.need(w.Reply(t.Context(), at("ingrid", "customer"), n, Reply{Text: "Solution.", Then: ticket.SolutionProposed}))
		base := one[int](w, `SELECT count(*) FROM ticket_entry`)
		var wg sync.WaitGroup
		got := make([]int, 20)
		for i := range got {
			wg.Go(func() {
				a := []who.Actor{as("piotr"), at("tom", "customer"), at("ingrid", "customer")}[i%3]
				got[i] = fault.Status(w.Reply(t.Context(), a, n, Reply{Text: fmt.Sprint("text ", i)}))
			})
		}
		decided := make([]int, 10)
		for i := range decided {
			wg.Go(func() { decided[i] = fault.Status(w.Decide(t.Context(), as("piotr"), n, Accept, "")) })
		}
		wg.Wait()
		written := 0
		for _, s := range got {
			switch s {
			case 200:
				written++
			case 409:
			default:
				t.Errorf("an answer ended with %d", s)
			}
		}
		if stored := one[int](w, `SELECT count(*) FROM ticket_entry WHERE kind = 'message'`); stored != written+1 {
			t.Errorf("%d told that they are stored, %d are (of %d before)", written+1, stored, base)
		}
		accepted := 0
		for _, s := range decided {
			if s == 200 {
				accepted++
			}
		}
		if accepted != 1 {
			t.Errorf("accepted %d times: %v", accepted, decided)
		}
	})
}

func TestAttack_CON_01_what_people_write_is_shown_as_text(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		const x = `<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))`
		n, err := w.Open(t.Context(), as("piotr"), Opening{Product: "CAL", Kind: "defect", Title: x, Description: x, Severity: 2})
		w.need(err)
		r, err := w.Show(t.Context(), as("piotr"), n)
		w.need(err)
		for _, bad := range []string{"<script", "<img", "onerror", "javascript:"} {
			if strings.Contains(r.Entries[0].HTML, bad) {
				t.Errorf("%q in %s", bad, r.Entries[0].HTML)
			}
		}
	})
}

package support

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func TestAC_17_support_advanced_sees_the_family_and_nobody_elses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.open(as("piotr"), "Łódź one")
		w.later(time.Minute)
		w.open(as("maria"), "Poznań one")
		w.later(time.Minute)
		w.open(as("camille"), "Lyon one")
		w.wants("Adam", w.titles(as("adam"), Filter{}), "Poznań one", "Łódź one")
		w.wants("Maria of the site", w.titles(as("maria"), Filter{}), "Poznań one", "Łódź one")
		w.wants("Camille", w.titles(as("camille"), Filter{}), "Lyon one")
		w.wants("Tom", w.titles(as("tom"), Filter{}), "Poznań one", "Łódź one")
		w.wants("Tom at Kowalski", w.titles(at("tom", "customer"), Filter{}), "Poznań one", "Łódź one")
		w.wants("Dieter", w.titles(as("dieter"), Filter{}))
		w.wants("Rita, who may do the billing", w.titles(withView(as("rita")), Filter{}))
		w.wants("Ingrid", w.titles(as("ingrid"), Filter{}), "Lyon one", "Poznań one", "Łódź one")
		w.wants("Ingrid at Dubois", w.titles(at("ingrid", "other"), Filter{}), "Lyon one")
		_, err := w.List(t.Context(), as("jan"), Filter{})
		w.status("without role", err, 403)
	})
}

// withView is somebody who may open the list, with the roles he has.
func withView(a who.Actor) who.Actor {
	a.Rights = who.Rights{ViewRequests: true}
	return a
}

func TestList_a_partnership_counts_only_while_it_is_in_force_and_by_its_roles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.open(as("piotr"), "One")
		for _, c := range []struct {
			name, change, restore string
			want                  []string
		}{
			{"in force", ``, ``, []string{"One"}},
			{"ended", `UPDATE scope SET until_at = '2026-03-15T09:30:00.000000Z'`, `UPDATE scope SET until_at = '9999-01-01T00:00:00.000000Z'`, nil},
			{"not begun", `UPDATE scope SET from_at = '2026-03-16T00:00:00.000000Z'`, `UPDATE scope SET from_at = '2025-01-01T00:00:00.000000Z'`, nil},
			{"without a seeing role", `UPDATE partnership_role SET role = 'reporting' WHERE role = 'support-advanced'`, `UPDATE partnership_role SET role = 'support-advanced' WHERE role = 'reporting'`, nil},
			{"with restricted only", `UPDATE partnership_role SET role = 'support-restricted' WHERE role = 'support-advanced'`, `UPDATE partnership_role SET role = 'support-advanced' WHERE role = 'support-restricted'`, nil},
			{"with a role that must be held by name", `UPDATE partnership_role SET role = 'security-administrator' WHERE role = 'support-advanced'`, `UPDATE partnership_role SET role = 'support-advanced' WHERE role = 'security-administrator'`, nil},
			{"in force again", ``, ``, []string{"One"}},
			{"gone", `DELETE FROM scope`, ``, nil},
		} {
			if c.change != "" {
				w.run(c.change)
			}
			for _, f := range []Filter{{}, {Text: "one"}, {State: "new"}} {
				w.wants(c.name, w.titles(as("tom"), f), c.want...)
			}
			l, err := w.List(t.Context(), as("tom"), Filter{})
			w.need(err)
			if l.Counts[TabOthers] != len(c.want) {
				t.Errorf("%s: counted %d", c.name, l.Counts[TabOthers])
			}
			if c.restore != "" {
				w.run(c.restore)
			}
		}
	})
}

func TestList_with_restricted_only_a_partner_sees_what_he_opened(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.open(as("piotr"), "Piotr's")
		w.open(at("tom", "customer"), "Tom's for Kowalski")
		w.run(`UPDATE partnership_role SET role = 'support-restricted' WHERE role = 'support-advanced'`)
		w.wants("rows", w.titles(as("tom"), Filter{}), "Tom's for Kowalski")
	})
}

func TestList_filters_narrow_and_combine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		anna := as("anna")
		a := w.open(anna, "Alpha of the desk")
		w.later(time.Minute)
		in := question("Beta")
		in.Severity = 4
		_, err := w.Open(t.Context(), anna, in)
		w.need(err)
		w.later(time.Minute)
		c := w.open(as("piotr"), "Gamma")
		w.need(w.Decide(t.Context(), as("piotr"), c, Cancel, ""))
		w.need(w.Reply(t.Context(), at("ingrid", "customer"), a, Reply{Text: "Which version of zorkmid?", Then: ticket.Waiting}))
		for _, x := range []struct {
			name string
			f    Filter
			want []string
		}{
			{"open", Filter{}, []string{"Alpha of the desk", "Beta"}},
			{"state", Filter{State: "waiting-for-information"}, []string{"Alpha of the desk"}},
			{"turn", Filter{Turn: "partner"}, []string{"Beta"}},
			{"severity", Filter{Severity: "4"}, []string{"Beta"}},
			{"no severity", Filter{Severity: "many"}, nil},
			{"product", Filter{Product: "CAL"}, []string{"Alpha of the desk", "Beta"}},
			{"other product", Filter{Product: "COL"}, nil},
			{"text of an answer", Filter{Text: "zorkmid"}, []string{"Alpha of the desk"}},
			{"number", Filter{Text: a}, []string{"Alpha of the desk"}},
			{"text and severity", Filter{Text: "zorkmid", Severity: "4"}, nil},
			{"closed", Filter{Tab: TabClosed}, []string{"Gamma"}},
			{"mine", Filter{Tab: TabMine}, []string{"Alpha of the desk", "Beta"}},
			{"no such tab", Filter{Tab: "nonsense"}, []string{"Alpha of the desk", "Beta"}},
		} {
			w.wants(x.name, w.titles(anna, x.f), x.want...)
		}
		l, err := w.List(t.Context(), anna, Filter{})
		w.need(err)
		if l.NeedYou != 1 || l.Counts[TabAll] != 2 || l.Total != 2 {
			t.Errorf("counts %+v, need %d", l.Counts, l.NeedYou)
		}
	})
}

// many opens requests of a customer quickly, without what surrounds them.
func (w *world) many(org string, n int) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		for i := range n {
			at := tx.Now.Add(time.Duration(i) * time.Second)
			id := fmt.Sprintf("t-%s-%04d", org, i)
			w.exec(tx, `INSERT INTO ticket (id, kind, number, org_id, partner_id, vendor_only, request_kind, product_id, product_version, contract_id, title, draft_text, severity,
				state, turn, served_by, is_open, author_id, author_name, requester_id, requester_name, owner_id, next_on, last_entry, created_at, updated_at, version)
				VALUES ($1, 'request', $1, $2, '', FALSE, 'defect', '', '', '', $1, '', 3, 'new', 'vendor', 'vendor', TRUE, 'p-anna', '', 'p-anna', '', '', '', 0, $3, $3, 1)`, id, org, at)
			w.exec(tx, `INSERT INTO ticket_scope (scope_id, ticket_id, org_id, updated_at, is_open) VALUES ('org-partner', $1, $2, $3, TRUE)`, id, org, at)
		}
		return nil
	})
}

func TestList_pages_by_key_forth_and_back(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.many("org-customer", 2*PageSize+20)
		for name, a := range map[string]who.Actor{"family": as("anna"), "partner": as("tom"), "staff": as("ingrid")} {
			var seen []string
			f := Filter{}
			var pages []List
			for {
				l, err := w.List(t.Context(), a, f)
				w.need(err)
				pages = append(pages, l)
				for _, r := range l.Rows {
					seen = append(seen, r.ID)
				}
				if !l.Older {
					break
				}
				last := l.Rows[len(l.Rows)-1]
				f = Filter{At: last.UpdatedAt, ID: last.ID}
			}
			if len(pages) != 3 || len(seen) != 2*PageSize+20 || !slices.IsSortedFunc(seen, func(a, b string) int { return -compare(a, b) }) {
				t.Errorf("%s: %d pages, %d rows", name, len(pages), len(seen))
			}
			if pages[0].Newer || !pages[1].Newer || pages[0].Counts[pages[0].Tab] != 100 {
				t.Errorf("%s: %v %v %v", name, pages[0].Newer, pages[1].Newer, pages[0].Counts)
			}
			first := pages[2].Rows[0]
			back, err := w.List(t.Context(), a, Filter{At: first.UpdatedAt, ID: first.ID, Back: true})
			w.need(err)
			if len(back.Rows) != PageSize || back.Rows[0].ID != pages[1].Rows[0].ID || !back.Older || !back.Newer {
				t.Errorf("%s: back gives %d rows from %s, want from %s", name, len(back.Rows), back.Rows[0].ID, pages[1].Rows[0].ID)
			}
		}
	})
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestAttack_ACC_10_a_thousand_requests_of_another_customer_change_no_answer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Only one")
		look := func(a who.Actor) string {
			l, err := w.List(t.Context(), a, Filter{})
			w.need(err)
			return fmt.Sprintf("%+v", l)
		}
		before, page := look(as("anna")), look(as("tom"))
		w.many("org-other", 1000)
		w.run(`DELETE FROM ticket_scope WHERE org_id = 'org-other'`)
		if look(as("anna")) != before || look(as("tom")) != page {
			t.Errorf("the list of %s changed", n)
		}
	})
}

// statements counts what a call asks of the database.
func (w *world) statements(f func()) int {
	var n atomic.Int64
	w.db.Trace = func(context.Context, string) { n.Add(1) }
	f()
	w.db.Trace = nil
	return int(n.Load())
}

func TestStatements_stay_within_the_budget(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Counted")
		w.need(w.Reply(t.Context(), at("ingrid", "customer"), n, Reply{Text: "x"}))
		for name, c := range map[string]struct {
			most int
			f    func()
		}{
			"list":                 {3, func() { w.titles(as("anna"), Filter{}) }},
			"list with text":       {3, func() { w.titles(as("anna"), Filter{Text: "counted"}) }},
			"partner's list":       {3, func() { w.titles(as("tom"), Filter{Text: "counted", State: "new"}) }},
			"staff's list":         {3, func() { w.titles(as("ingrid"), Filter{Text: "counted"}) }},
			"request of customer":  {5, func() { w.Show(t.Context(), as("piotr"), n) }},
			"request of helpdesk":  {5, func() { w.Show(t.Context(), at("ingrid", "customer"), n) }},
			"form":                 {4, func() { w.Options(t.Context(), as("anna")) }},
			"desk":                 {3, func() { w.Desk(t.Context(), as("ingrid"), QueueFilter{}) }},
			"a number of somebody": {1, func() { w.Show(t.Context(), as("camille"), n) }},
		} {
			if got := w.statements(c.f); got > c.most || got == 0 {
				t.Errorf("%s: %d statements, at most %d", name, got, c.most)
			}
		}
	})
}

func TestDesk_holds_all_customers_open_requests_by_severity_plan_and_age(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ask := func(who_ who.Actor, title string, severity int) string {
			in := question(title)
			in.Severity = severity
			n, err := w.Open(t.Context(), who_, in)
			w.need(err)
			w.later(time.Minute)
			return n
		}
		low := ask(as("piotr"), "low", 4)
		planned := ask(as("piotr"), "planned", 2)
		ask(as("piotr"), "old", 2)
		ask(as("camille"), "young", 2)
		over := ask(as("piotr"), "over", 1)
		w.need(w.Decide(t.Context(), as("piotr"), over, Cancel, ""))
		_, err := w.PlanAction(t.Context(), at("ingrid", "customer"), planned, Plan{"Do", "2026-03-16", ticket.Vendor})
		w.need(err)
		w.need(w.Move(t.Context(), at("tom", "customer"), low, ticket.PartnerAnalysis, ""))
		titles := func(f QueueFilter) (all []string) {
			q, err := w.Desk(t.Context(), as("ingrid"), f)
			w.need(err)
			for _, r := range q.Rows {
				all = append(all, r.Title)
			}
			return all
		}
		w.wants("all, partner analysis included", titles(QueueFilter{}), "old", "young", "planned", "low")
		w.wants("state", titles(QueueFilter{State: "partner-analysis"}), "low")
		w.wants("text", titles(QueueFilter{Text: "you"}), "young")
		w.wants("unassigned", titles(QueueFilter{View: DeskUnassigned}), "old", "young", "planned", "low")
		w.need(w.Own(t.Context(), at("ingrid", "customer"), low))
		w.wants("mine", titles(QueueFilter{View: DeskMine}), "low")
		w.wants("the vendor's turn", titles(QueueFilter{View: DeskVendor}), "young")
		q, err := w.Desk(t.Context(), as("ingrid"), QueueFilter{})
		w.need(err)
		w.later(24 * time.Hour)
		q, err = w.Desk(t.Context(), as("ingrid"), QueueFilter{After: q.Rows[1].Key()})
		w.need(err)
		if len(q.Rows) != 2 || q.Rows[0].Title != "planned" || len(q.Planned) != 1 || q.Planned[0].Title != "Do" || q.Overdue != 0 {
			t.Errorf("second page %+v, planned %+v", q.Rows, q.Planned)
		}
		w.later(24 * time.Hour)
		if q, err = w.Desk(t.Context(), as("ingrid"), QueueFilter{}); err != nil || q.Overdue != 1 {
			t.Errorf("overdue %d (%v)", q.Overdue, err)
		}
		for name, want := range map[string]int{"piotr": 403, "anna": 403, "tom": 403, "olga": 403} {
			_, err := w.Desk(t.Context(), as(name), QueueFilter{})
			w.status(name, err, want)
		}
		_, err = w.Desk(t.Context(), at("ingrid", "customer"), QueueFilter{})
		w.status("in a customer's context", err, 404)
	})
}

func TestQueueKey_survives_an_address(t *testing.T) {
	k := QueueKey{2, "2026-03-16", time.Date(2026, 3, 15, 9, 30, 0, 123000, time.UTC), "0190"}
	for _, k := range []QueueKey{k, {4, "", k.CreatedAt, "x"}} {
		got, err := ParseQueueKey(k.String())
		if err != nil || !got.CreatedAt.Equal(k.CreatedAt) || got.ID != k.ID || got.NextOn != k.NextOn || got.Severity != k.Severity {
			t.Errorf("%v gives %v (%v)", k, got, err)
		}
	}
	for _, bad := range []string{"x", "1_2_3", "1__later_x", "one__2026-03-15T09:30:00Z_x"} {
		if _, err := ParseQueueKey(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

package support

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func TestAC_18_a_colleagues_request_is_not_there_for_support_restricted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Piotr's own")
		_, err := w.Show(t.Context(), as("ewa"), n)
		w.status("colleague", err, 404)
		w.wants("colleague's list", w.titles(as("ewa"), Filter{}))
		w.wants("colleague's search", w.titles(as("ewa"), Filter{Text: "Piotr"}))
		for name, r := range map[string]struct {
			a    who.Actor
			want int
		}{"piotr": {as("piotr"), 200}, "adam": {as("adam"), 200}, "tom": {at("tom", "customer"), 200}, "ingrid": {at("ingrid", "customer"), 200}} {
			_, err := w.Show(t.Context(), r.a, n)
			w.status(name, err, r.want)
		}
	})
}

// strangers may not know of a request of Piotr's, whatever they may elsewhere.
func strangers() map[string]who.Actor {
	// dieter as if somebody had forgotten to ask for the partnership: with rights, but in view of his own customers only.
	forged := as("dieter")
	forged.Source = who.Partnership
	return map[string]who.Actor{"colleague": as("ewa"), "other customer": as("camille"), "other partner": as("dieter"), "other partner acting": forged,
		"partner without role": as("rita"), "expired customer": as("bela")}
}

func TestAttack_SUP_05_strangers_get_404_at_every_act_and_nothing_changes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Piotr's own")
		other := w.open(as("camille"), "Camille's own")
		act, err := w.PlanAction(t.Context(), at("ingrid", "customer"), n, Plan{Title: "Read", Date: "2026-03-20", Side: ticket.Customer})
		w.need(err)
		before := one[int](w, `SELECT count(*) FROM event`)
		acts := map[string]func(a who.Actor, n string) error{
			"show":     func(a who.Actor, n string) error { _, err := w.Show(t.Context(), a, n); return err },
			"reply":    func(a who.Actor, n string) error { return w.Reply(t.Context(), a, n, Reply{Text: "x"}) },
			"note":     func(a who.Actor, n string) error { return w.Note(t.Context(), a, n, ticket.Note{Internal: "x"}) },
			"decide":   func(a who.Actor, n string) error { return w.Decide(t.Context(), a, n, Cancel, "") },
			"move":     func(a who.Actor, n string) error { return w.Move(t.Context(), a, n, ticket.VendorAnalysis, "") },
			"own":      func(a who.Actor, n string) error { return w.Own(t.Context(), a, n) },
			"severity": func(a who.Actor, n string) error { return w.SetSeverity(t.Context(), a, n, 1, "x") },
			"withhold": func(a who.Actor, n string) error { return w.Withhold(t.Context(), a, n, true) },
			"plan": func(a who.Actor, n string) error {
				_, err := w.PlanAction(t.Context(), a, n, Plan{Title: "x", Date: "2026-03-20", Side: ticket.Vendor})
				return err
			},
			"move action":   func(a who.Actor, n string) error { return w.MoveAction(t.Context(), a, n, act, 1, "2026-03-21") },
			"finish action": func(a who.Actor, n string) error { return w.FinishAction(t.Context(), a, n, act, 1, "") },
			"drop action":   func(a who.Actor, n string) error { return w.DropAction(t.Context(), a, n, act, 1, "") },
		}
		for name, f := range acts {
			for stranger, a := range strangers() {
				a.Rights = roles.All() // whatever his roles: it is not there
				if stranger == "colleague" {
					a.Rights[ViewAllRequests] = false
				}
				if err := f(a, n); fault.Status(err) != 404 {
					t.Errorf("%s by %s: %v, want 404", name, stranger, err)
				}
				if err := f(a, "SR-0000-0000"); fault.Status(err) != 404 {
					t.Errorf("%s by %s of a made-up number: %v", name, stranger, err)
				}
			}
		}
		t.Run("Attack_ACC_09", func(t *testing.T) { // an action of another request, by who may see both
			foreign, err := w.PlanAction(t.Context(), at("ingrid", "other"), other, Plan{Title: "Of Camille", Date: "2026-03-20", Side: ticket.Vendor})
			w.need(err)
			before += 1
			w.status("nested mismatch", w.FinishAction(t.Context(), at("ingrid", "customer"), n, foreign, 1, ""), 404)
		})
		if after := one[int](w, `SELECT count(*) FROM event`); after != before {
			t.Errorf("%d events more", after-before)
		}
		w.status("twin: the requester", acts["reply"](as("piotr"), n), 200)
	})
}

func TestAttack_SUP_02_numbers_are_looked_up_in_the_family_only_and_show_no_order(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Piotr's own")
		w.write(func(tx *store.Tx) error {
			found, err := ticket.Find(tx, ticket.Request, n, familyOf(orgs["customer"]))
			if err != nil {
				return err
			}
			return w.Tickets.AddAlias(tx, found, "CC-2019 000117")
		})
		r, err := w.Show(t.Context(), as("piotr"), "cc-2019  000117")
		w.need(err)
		if r.Ticket.Number != n || r.Typed || r.Facts.Aliases != "CC-2019 000117" {
			t.Errorf("alias leads to %+v", r.Ticket)
		}
		w.wants("found by the old number", w.titles(as("adam"), Filter{Text: "CC-2019 000117"}), "Piotr's own")
		for _, typed := range []string{n, "CC-2019 000117", "SR-0000-0000", "nonsense", "", "SR-", strings.Repeat("9", 500), "a\x00b"} {
			_, err := w.Show(t.Context(), as("camille"), typed)
			if !reflect.DeepEqual(err, error(fault.Missing())) {
				t.Errorf("%q: %v, want the same answer as for any other", typed, err)
			}
		}
		var drawn []string
		for range 20 {
			drawn = append(drawn, w.open(as("piotr"), "x"))
		}
		if slices.IsSorted(drawn) {
			t.Errorf("numbers come in order: %v", drawn)
		}
	})
}

func TestAttack_SUP_03_AC_59_INV_30_all_sides_see_actions_and_answers_and_only_staff_a_note(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Licences")
		ingrid := at("ingrid", "customer")
		w.need(w.Reply(t.Context(), at("tom", "customer"), n, Reply{Text: "I pass it on."}))
		_, err := w.PlanAction(t.Context(), ingrid, n, Plan{Title: "Read the log", Date: "2026-03-17", Side: ticket.Vendor})
		w.need(err)
		w.need(w.Reply(t.Context(), ingrid, n, Reply{Text: "Known, see the plan."}))
		letters := one[int](w, `SELECT count(*) FROM mail`)
		top := one[time.Time](w, `SELECT updated_at FROM ticket`)
		w.later(time.Hour)
		w.need(w.Note(t.Context(), ingrid, n, ticket.Note{Internal: "canary-word of the house"}))
		if got := one[int](w, `SELECT count(*) FROM mail`); got != letters {
			t.Errorf("%d letters about a note", got-letters)
		}
		if got := one[time.Time](w, `SELECT updated_at FROM ticket`); !got.Equal(top) {
			t.Error("a note moves the request in the customer's list")
		}
		if got := one[int](w, `SELECT count(*) FROM event WHERE name = 'ticket.note_written' AND org_id <> 'org-vendor'`); got != 0 {
			t.Error("the customer's log tells of a note")
		}
		if got := one[int](w, `SELECT count(*) FROM event WHERE body LIKE '%canary%'`); got != 0 {
			t.Error("an event holds the note's text")
		}
		for name, a := range map[string]who.Actor{"piotr": as("piotr"), "anna": as("anna"), "tom": at("tom", "customer")} {
			r, err := w.Show(t.Context(), a, n)
			w.need(err)
			if strings.Contains(fmt.Sprintf("%+v", r), "canary") {
				t.Errorf("%s reads the note", name)
			}
			if len(r.Actions) != 1 || !strings.Contains(fmt.Sprint(r.Entries), "Known, see the plan.") || r.Ticket.Turn != ticket.Customer {
				t.Errorf("%s sees %+v", name, r)
			}
			w.wants(name+" searches", w.titles(a, Filter{Text: "canary"}))
		}
		w.wants("Tom at his own number searches", w.titles(as("tom"), Filter{Text: "canary"}))
		w.wants("Tom's search", w.titles(as("tom"), Filter{Text: "known plan"}), "Licences")
		r, err := w.Show(t.Context(), ingrid, n)
		w.need(err)
		if !strings.Contains(fmt.Sprint(r.Entries), "canary-word") {
			t.Error("the helpdesk does not read its own note")
		}
		w.wants("the helpdesk searches", w.titles(as("ingrid"), Filter{Text: "canary"}), "Licences")
		w.wants("in the customer's context", w.titles(ingrid, Filter{Text: "canary"}), "Licences")
		for name, a := range map[string]who.Actor{"piotr": as("piotr"), "tom": at("tom", "customer"), "ingrid at the own number": as("ingrid")} {
			if err := w.Note(t.Context(), a, n, ticket.Note{Internal: "x"}); err == nil {
				t.Errorf("%s writes a note", name)
			}
		}
	})
}

func TestAttack_SUP_04_Attack_MAIL_15_a_note_fits_into_no_letter_and_no_post(t *testing.T) {
	note := reflect.TypeFor[ticket.Note]()
	for _, f := range []any{(*Requests).tellAnswer, (*Requests).tellSolution} {
		in := reflect.TypeOf(f).In(4)
		if in != reflect.TypeFor[ticket.Posted]() || note.AssignableTo(in) || note.ConvertibleTo(in) || reflect.TypeFor[string]().ConvertibleTo(in) {
			t.Errorf("a letter takes %v", in)
		}
	}
	if note.ConvertibleTo(reflect.TypeFor[ticket.Post]()) || note.ConvertibleTo(reflect.TypeFor[ticket.Posted]()) {
		t.Error("a note converts to a post")
	}
	if reflect.TypeFor[ticket.Posted]().Field(0).IsExported() {
		t.Error("anybody can make a Posted")
	}
}

func TestReply_tells_the_other_sides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Zażółć “gęślą” www.evil.example")
		tom, ingrid := at("tom", "customer"), at("ingrid", "customer")
		w.wants("nobody knows it yet", w.mailed(n))
		w.need(w.Own(t.Context(), ingrid, n))
		w.need(w.Reply(t.Context(), tom, n, Reply{Text: "I look at it."}))
		w.wants("partner answers", w.mailed(n), "ingrid@vendor.example", "piotr@customer.example")
		w.run(`DELETE FROM mail`)
		w.need(w.Reply(t.Context(), as("piotr"), n, Reply{Text: "Thanks."}))
		w.wants("customer answers", w.mailed(n), "ingrid@vendor.example", "tom@partner.example")
	})
}

func TestMail_reaches_nobody_who_has_lost_the_right(t *testing.T) {
	both, tom, piotr := []string{"piotr@customer.example", "tom@partner.example"}, []string{"tom@partner.example"}, []string{"piotr@customer.example"}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Licences")
		w.need(w.Reply(t.Context(), at("tom", "customer"), n, Reply{Text: "I look at it."}))
		for _, c := range []struct {
			name, lose, restore string
			want                []string
		}{
			{"nothing lost", ``, ``, both},
			{"membership ended", `UPDATE membership SET state = 'withdrawn' WHERE id = 'm-piotr'`, `UPDATE membership SET state = 'active' WHERE id = 'm-piotr'`, tom},
			{"membership over", `UPDATE membership SET until_at = '2026-03-14T00:00:00.000000Z' WHERE id = 'm-piotr'`, `UPDATE membership SET until_at = NULL WHERE id = 'm-piotr'`, tom},
			{"role taken", `UPDATE membership_role SET role = 'reporting' WHERE membership_id = 'm-piotr'`, `UPDATE membership_role SET role = 'support-restricted' WHERE membership_id = 'm-piotr'`, tom},
			{"person disabled", `UPDATE person SET state = 'disabled' WHERE id = 'p-piotr'`, `UPDATE person SET state = 'active' WHERE id = 'p-piotr'`, tom},
			{"organisation disabled", `UPDATE organisation SET status = 'disabled' WHERE id = 'org-customer'`, `UPDATE organisation SET status = 'active' WHERE id = 'org-customer'`, tom},
			{"partner's membership ended", `UPDATE membership SET state = 'obsolete' WHERE id = 'm-tom'`, `UPDATE membership SET state = 'active' WHERE id = 'm-tom'`, piotr},
			{"partnership ended", `UPDATE partnership SET until_at = '2026-03-14T00:00:00.000000Z'`, `UPDATE partnership SET until_at = NULL`, piotr},
			{"partnership not begun", `UPDATE partnership SET from_at = '2026-03-16T00:00:00.000000Z'`, `UPDATE partnership SET from_at = '2025-01-01T00:00:00.000000Z'`, piotr},
			{"partnership's role taken", `UPDATE partnership_role SET role = 'reporting' WHERE role = 'support-advanced'`, `UPDATE partnership_role SET role = 'support-advanced' WHERE role = 'reporting'`, piotr},
			{"partner's role taken", `UPDATE membership_role SET role = 'reporting' WHERE membership_id = 'm-tom'`, `UPDATE membership_role SET role = 'partner-operator' WHERE membership_id = 'm-tom'`, piotr},
			{"request withheld", `UPDATE ticket SET vendor_only = TRUE`, `UPDATE ticket SET vendor_only = FALSE`, piotr},
			{"all restored", ``, ``, both},
		} {
			w.run(`DELETE FROM mail`)
			if c.lose != "" {
				w.run(c.lose)
			}
			w.need(w.Reply(t.Context(), at("ingrid", "customer"), n, Reply{Text: "Answer."}))
			w.wants(c.name, w.mailed(n), c.want...)
			if c.restore != "" {
				w.run(c.restore)
			}
		}
	})
}

func TestMail_is_in_the_readers_language_and_leads_the_readers_way(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("piotr"), "Licences")
		w.need(w.Reply(t.Context(), at("tom", "customer"), n, Reply{Text: "I look at it."}))
		_, err := w.PlanAction(t.Context(), at("ingrid", "customer"), n, Plan{Title: "Read the log", Date: "2026-03-17", Side: ticket.Vendor})
		w.need(err)
		if s := one[string](w, `SELECT subject FROM mail WHERE to_address = 'tom@partner.example'`); s != n+" : action prévue le 17 mars 2026" {
			t.Errorf("subject %q", s)
		}
		if s := one[string](w, `SELECT subject FROM mail WHERE to_address = 'piotr@customer.example' AND kind = 'support.mail.action'`); s != n+": action planned for 17 Mar 2026" {
			t.Errorf("subject %q", s)
		}
		for side, want := range map[ticket.Side]string{ticket.Customer: "/o/20417/requests/", ticket.Partner: "/o/10010/for/20417/requests/"} {
			r := reader{Side: side, Number: map[ticket.Side]int64{ticket.Customer: 20417, ticket.Partner: 10010}[side], Customer: 20417}
			if got := r.link(w.BaseURL, ticket.Ticket{Number: n}); got != "https://portal.example.test"+want+n {
				t.Errorf("link %s", got)
			}
		}
	})
}

func TestAttack_MAIL_16_what_people_typed_adds_no_line_to_a_subject(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, bad := range []string{"a\r\nBcc: x@evil.example", "a\nb", "a\x00b", "a\u2028b", "a\u202eb"} {
			_, err := w.Open(t.Context(), as("piotr"), Opening{Product: "CAL", Kind: "defect", Title: bad, Description: "x", Severity: 3})
			w.status(fmt.Sprintf("%q", bad), err, 422)
		}
		n := w.open(as("piotr"), `"Licences" <b@evil.example> www.evil.example`)
		w.need(w.Reply(t.Context(), at("ingrid", "customer"), n, Reply{Text: "x\x07\u202ey"}))
		if s := one[string](w, `SELECT subject FROM mail`); strings.ContainsAny(s, "<>@\"") || strings.Contains(s, "www.evil") {
			t.Errorf("subject %q", s)
		}
	})
}

func TestStates_each_side_makes_its_own_changes_Attack_SUP_10(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		piotr, tom, ingrid := as("piotr"), at("tom", "customer"), at("ingrid", "customer")
		n := w.open(piotr, "Life of a request")
		is := func(what string, state ticket.State, turn ticket.Side) {
			t.Helper()
			r, err := w.Show(t.Context(), piotr, n)
			w.need(err)
			if r.Ticket.State != state || r.Ticket.Turn != turn {
				t.Errorf("after %s: %s, turn %s; want %s, %s", what, r.Ticket.State, r.Ticket.Turn, state, turn)
			}
		}
		is("opening", ticket.New, ticket.Partner)
		w.status("customer decides nothing yet", w.Decide(t.Context(), piotr, n, Accept, ""), 409)
		w.status("customer as helper", w.Move(t.Context(), as("adam"), n, ticket.VendorAnalysis, ""), 403)
		w.status("customer closes by reply", w.Reply(t.Context(), piotr, n, Reply{Text: "x", Then: ticket.Closed}), 409)
		w.need(w.Move(t.Context(), tom, n, ticket.PartnerAnalysis, ""))
		is("the partner takes over", ticket.PartnerAnalysis, ticket.Partner)
		w.status("partner waits", w.Move(t.Context(), tom, n, ticket.Waiting, ""), 409)
		w.status("partner owns", w.Own(t.Context(), tom, n), 403)
		w.status("partner decides", w.Decide(t.Context(), tom, n, Cancel, ""), 403)
		w.status("partner proposes", w.Reply(t.Context(), tom, n, Reply{Text: "x", Then: ticket.SolutionProposed}), 409)
		w.need(w.Move(t.Context(), tom, n, ticket.VendorAnalysis, "Passed on with the log."))
		is("passing on with a message", ticket.VendorAnalysis, ticket.Vendor)
		w.need(w.Reply(t.Context(), ingrid, n, Reply{Text: "Which version?", Then: ticket.Waiting}))
		is("asking", ticket.Waiting, ticket.Customer)
		w.need(w.Reply(t.Context(), piotr, n, Reply{Text: "8.3"}))
		is("answering what was asked", ticket.VendorAnalysis, ticket.Vendor)
		w.status("staff closes", w.Move(t.Context(), ingrid, n, ticket.Closed, ""), 409)
		w.need(w.Reply(t.Context(), ingrid, n, Reply{Text: "Install 8.3.1.", Then: ticket.SolutionProposed}))
		is("proposing", ticket.SolutionProposed, ticket.Customer)
		w.status("refusing without reason", w.Decide(t.Context(), piotr, n, Refuse, ""), 422)
		w.need(w.Decide(t.Context(), piotr, n, Refuse, "It does not help."))
		is("refusing", ticket.Refused, ticket.Vendor)
		w.need(w.Reply(t.Context(), ingrid, n, Reply{Text: "Try hf2.", Then: ticket.SolutionProposed}))
		w.need(w.Decide(t.Context(), piotr, n, Accept, "Works."))
		is("accepting", ticket.Closed, ticket.Nobody)
		w.status("reply to a closed one", w.Reply(t.Context(), ingrid, n, Reply{Text: "x"}), 409)
		w.status("plan on a closed one", second(w.PlanAction(t.Context(), ingrid, n, Plan{Title: "x", Date: "2026-03-20", Side: ticket.Vendor})), 409)
		w.wants("open list", w.titles(piotr, Filter{}))
		w.wants("closed list", w.titles(piotr, Filter{Tab: TabClosed}), "Life of a request")
		w.status("reopening without reason", w.Decide(t.Context(), piotr, n, Reopen, ""), 422)
		w.need(w.Decide(t.Context(), piotr, n, Reopen, "It is back."))
		is("reopening", ticket.Reopened, ticket.Vendor)
		w.need(w.Decide(t.Context(), piotr, n, Cancel, ""))
		is("cancelling", ticket.Cancelled, ticket.Nobody)
		w.status("reopening what was cancelled", w.Decide(t.Context(), piotr, n, Reopen, "x"), 409)
		if got := one[int](w, `SELECT count(*) FROM event WHERE org_id = 'org-customer'`); got < 14 {
			t.Errorf("only %d events", got)
		}
	})
}

func second[A any](_ A, err error) error { return err }

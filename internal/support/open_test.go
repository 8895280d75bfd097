package support

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/ticket"
)

func TestAC_15_a_sent_request_has_a_number_is_new_and_stands_in_the_requesters_list(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		piotr := as("piotr")
		n, err := w.Open(t.Context(), piotr, question("Licences are released too early"))
		w.need(err)
		if !strings.HasPrefix(n, "SR-") || len(n) != len("SR-7K3M-Q2XS") {
			t.Errorf("number %q", n)
		}
		l, err := w.List(t.Context(), piotr, Filter{})
		w.need(err)
		if len(l.Rows) != 1 {
			t.Fatalf("%d rows", len(l.Rows))
		}
		r := l.Rows[0]
		if r.Number != n || r.Title != "Licences are released too early" || r.Product != "Calibro" || r.State != ticket.New || !r.CreatedAt.Equal(storetest.Now) || !r.UpdatedAt.Equal(storetest.Now) {
			t.Errorf("row %+v", r)
		}
		if r.Turn != ticket.Partner || r.Partner != "Brightwater Systems" {
			t.Errorf("turn %s of %q, want the partner that sees it first", r.Turn, r.Partner)
		}
		events := one[string](w, `SELECT body FROM event WHERE org_id = 'org-customer' AND name = 'ticket.opened'`)
		if !strings.Contains(events, `"Product":"prod-CAL"`) || strings.Contains(events, "Licences") {
			t.Errorf("event %s: want ids, no words of people", events)
		}
	})
}

func TestOpen_refuses_with_a_message_at_each_field_and_takes_the_corrected_form(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		anna := as("anna")
		_, err := w.Open(t.Context(), anna, Opening{Product: "NIX", Kind: "rant", Severity: 9, Requester: "p-camille"})
		w.status("everything wrong", err, 422)
		f := fault.Of(err)
		for _, field := range []string{"product", "kind", "title", "description", "severity", "requester"} {
			if f.At(field).Key == "" {
				t.Errorf("nothing is said at %s: %v", field, f.Fields)
			}
		}
		in := question("Good")
		in.Description = strings.Repeat("a", ticket.MaxText+1)
		_, err = w.Open(t.Context(), anna, in)
		w.status("too long", err, 422)
		in.Description = strings.Repeat("a", ticket.MaxText)
		_, err = w.Open(t.Context(), anna, in)
		w.status("just not too long", err, 200)
	})
}

func TestOpen_needs_the_right_and_an_active_contract(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		_, err := w.Open(t.Context(), as("jan"), question("No role"))
		w.status("without role", err, 403)
		_, err = w.Open(t.Context(), as("bela"), question("No contract"))
		w.status("contract ended yesterday", err, 403)
		if !fault.Is(err, "support.no_contract") {
			t.Errorf("code of %v", err)
		}
		keep := question("No contract, kept")
		keep.Draft = true
		_, err = w.Open(t.Context(), as("bela"), keep)
		w.status("a draft needs none", err, 200)
		_, err = w.Open(t.Context(), as("maria"), question("Of the site"))
		w.status("the contract covers the site", err, 200)
		for _, name := range []string{"tom", "ingrid"} {
			_, err = w.Open(t.Context(), at(name, "customer"), question("For the customer"))
			w.status(name, err, 200)
		}
	})
}

func TestOpen_the_same_form_twice_is_one_request(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		a := as("piotr")
		a.Key = "key-1"
		first, err := w.Open(t.Context(), a, question("Once"))
		w.need(err)
		again, err := w.Open(t.Context(), a, question("Once"))
		w.need(err)
		if first != again {
			t.Errorf("%s and %s", first, again)
		}
		_, err = w.Open(t.Context(), a, question("Another"))
		w.status("other text under the same key", err, 409)
		w.wants("list", w.titles(a, Filter{}), "Once")
	})
}

func TestOpen_draws_another_number_if_one_is_taken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		draws := 0
		w.Tickets.Draw = func(string) string {
			draws++
			return []string{"SR-0000-0000", "SR-0000-0000", "SR-0000-0000", "SR-0000-001Y"}[draws-1]
		}
		first, second := w.open(as("piotr"), "First"), w.open(as("piotr"), "Second")
		if first == second || draws != 4 {
			t.Errorf("%s, %s after %d draws", first, second, draws)
		}
	})
}

func TestAC_16_on_behalf_of_a_colleague_both_see_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		in := question("For Piotr")
		in.Requester = "p-piotr"
		n, err := w.Open(t.Context(), as("anna"), in)
		w.need(err)
		for _, name := range []string{"anna", "piotr"} {
			r, err := w.Show(t.Context(), as(name), n)
			w.need(err)
			if r.Ticket.RequesterName != "Piotr Zieliński" || r.Ticket.AuthorName != "Anna Kowalska" {
				t.Errorf("%s sees %+v", name, r.Ticket)
			}
		}
		w.wants("mailed", w.mailed(n), "piotr@customer.example")
		_, err = w.Show(t.Context(), as("ewa"), n)
		w.status("a colleague", err, 404)
		for name, want := range map[string]int{"p-camille": 422, "p-jan": 422, "p-nobody": 422} {
			in.Requester = name
			_, err := w.Open(t.Context(), as("anna"), in)
			w.status("Attack_SUP_08 "+name, err, want)
		}
		in.Requester = "p-ewa"
		_, err = w.Open(t.Context(), as("piotr"), in)
		w.status("Support restricted for a colleague", err, 403)
	})
}

func TestAC_22_Attack_SUP_06_INV_37_a_draft_is_its_creators_alone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		in := question("Zanzibar draft")
		in.Draft, in.Requester = true, "p-piotr"
		in.Files = []ticket.Upload{w.put(as("anna"), "a.txt", "a")}
		n, err := w.Open(t.Context(), as("anna"), in)
		w.need(err)
		r, err := w.Show(t.Context(), as("anna"), n)
		w.need(err)
		if len(r.Entries) != 0 || len(r.Files) != 1 || r.Ticket.DraftText == "" || len(r.Audience) != 0 {
			t.Errorf("draft %+v", r)
		}
		w.wants("drafts", w.titles(as("anna"), Filter{Tab: TabDrafts}), "Zanzibar draft")
		w.wants("found by its author", w.titles(as("anna"), Filter{Tab: TabDrafts, Text: "zanzibar"}), "Zanzibar draft")
		w.wants("not among the open", w.titles(as("anna"), Filter{}))
		for _, other := range []whoIs{{"piotr", as("piotr")}, {"adam", as("adam")}, {"maria", as("maria")}, {"tom", as("tom")}, {"tom for", at("tom", "customer")},
			{"ingrid", as("ingrid")}, {"ingrid for", at("ingrid", "customer")}, {"camille", as("camille")}} {
			for _, tab := range []string{TabMine, TabAll, TabOthers, TabDrafts, TabClosed} {
				for _, text := range []string{"", "zanzibar", n} {
					w.wants(other.name+" "+tab+" "+text, w.titles(other.a, Filter{Tab: tab, Text: text}))
				}
			}
			l, err := w.List(t.Context(), other.a, Filter{})
			w.need(err)
			for tab, count := range l.Counts {
				if count != 0 {
					t.Errorf("%s counts %d in %s", other.name, count, tab)
				}
			}
			_, err = w.Show(t.Context(), other.a, n)
			w.status(other.name, err, 404)
			want := 404
			if !other.a.May(OpenRequests) {
				want = 403 // whatever the number
			}
			w.status(other.name+" changes", w.ChangeDraft(t.Context(), other.a, n, 1, in), want)
			w.status(other.name+" discards", w.DiscardDraft(t.Context(), other.a, n), want)
			w.status(other.name+" replies", w.Reply(t.Context(), other.a, n, Reply{Text: "x"}), want)
			_, err = w.File(t.Context(), other.a, n, r.Files[0].ID)
			w.status(other.name+" file", err, 404)
		}
		q, err := w.Desk(t.Context(), as("ingrid"), QueueFilter{})
		w.need(err)
		if len(q.Rows) != 0 || q.Counts[DeskAll] != 0 {
			t.Errorf("the desk shows %v", q.Rows)
		}
		if n := one[int](w, `SELECT count(*) FROM event WHERE org_id <> ''`); n != 0 {
			t.Errorf("%d events of organisations", n)
		}
		if n := one[int](w, `SELECT count(*) FROM mail`); n != 0 {
			t.Errorf("%d letters", n)
		}
	})
}

func TestChangeDraft_keeps_sends_and_discards(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		piotr := as("piotr")
		n, err := w.Open(t.Context(), piotr, Opening{Title: "Half a thought", Severity: 3, Draft: true})
		w.need(err)
		in := question("A whole thought")
		in.Draft = true
		w.need(w.ChangeDraft(t.Context(), piotr, n, 1, in))
		w.status("from an old form", w.ChangeDraft(t.Context(), piotr, n, 1, in), 409)
		in.Draft, in.Title = false, ""
		w.status("sent without title", w.ChangeDraft(t.Context(), piotr, n, 2, in), 422)
		in.Title = "A whole thought"
		in.Files = []ticket.Upload{w.put(piotr, "log.txt", "line")}
		w.later(time.Hour)
		w.need(w.ChangeDraft(t.Context(), piotr, n, 2, in))
		r, err := w.Show(t.Context(), piotr, n)
		w.need(err)
		if r.Ticket.State != ticket.New || len(r.Entries) != 1 || len(r.Files) != 1 || r.Files[0].Seq != 1 || !r.Ticket.CreatedAt.Equal(storetest.Now.Add(time.Hour)) {
			t.Errorf("sent %+v", r)
		}
		w.wants("partner", w.titles(as("tom"), Filter{}), "A whole thought")
		w.wants("colleague finds it now", w.titles(as("adam"), Filter{Text: "whole"}), "A whole thought")
		w.status("sent again", w.ChangeDraft(t.Context(), piotr, n, 3, in), 409)
		w.status("discarded after sending", w.DiscardDraft(t.Context(), piotr, n), 409)

		other, err := w.Open(t.Context(), piotr, Opening{Title: "Never mind", Severity: 3, Draft: true, Files: []ticket.Upload{w.put(piotr, "x", "x")}})
		w.need(err)
		w.need(w.DiscardDraft(t.Context(), piotr, other))
		_, err = w.Show(t.Context(), piotr, other)
		w.status("discarded", err, 404)
		if s := one[string](w, `SELECT state FROM blob ORDER BY created_at DESC, id LIMIT 1`); s == "pending" {
			t.Error("the file of the discarded draft is pending for ever")
		}
		if n := one[int](w, `SELECT count(*) FROM blob WHERE state = 'dead'`); n != 1 {
			t.Errorf("%d files given back, want 1", n)
		}
	})
}

type whoIs = struct {
	name string
	a    actor
}

func TestSites_a_family_shares_its_requests_and_each_site_has_its_own(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n := w.open(as("maria"), "Of Poznań")
		w.open(as("anna"), "Of Łódź")
		titles := w.titles(as("anna"), Filter{})
		slices.Sort(titles)
		w.wants("Anna", titles, "Of Poznań", "Of Łódź")
		w.wants("by site", w.titles(as("anna"), Filter{Site: "20418"}), "Of Poznań")
		r, err := w.Show(t.Context(), as("adam"), n)
		w.need(err)
		if r.Facts.OrgNumber != 20418 {
			t.Errorf("belongs to %d", r.Facts.OrgNumber)
		}
		w.need(w.Reply(t.Context(), as("adam"), n, Reply{Text: "From head office"}))
		_, err = w.Show(t.Context(), as("piotr"), n)
		w.status("Support restricted of head office", err, 404)
	})
}

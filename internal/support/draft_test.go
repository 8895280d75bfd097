package support

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/ticket"
)

// kept is what somebody finds in a composer.
func (w *world) kept(a actor, number string, c Composer) Unsent {
	w.t.Helper()
	r, err := w.Show(w.t.Context(), a, number)
	w.need(err)
	if c == Internal {
		return r.Note
	}
	return r.Reply
}

func (w *world) unsents() int { return one[int](w, `SELECT count(*) FROM unsent_text`) }

func (w *world) sweep() {
	w.t.Helper()
	w.write(w.Requests.Sweep)
}

func TestUnsent_is_found_again_by_its_writer_and_by_nobody_else(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		n := w.open(as("piotr"), "Licences")
		told := func() int {
			return one[int](w, `SELECT count(*) FROM event`) + one[int](w, `SELECT count(*) FROM mail`)
		}
		before := told()
		ingrid, erik, tom := at("ingrid", "customer"), at("erik", "customer"), at("tom", "customer")
		for _, own := range []struct {
			a    actor
			c    Composer
			text string
		}{{as("piotr"), Shared, "canary of Piotr"}, {tom, Shared, "canary of Tom"}, {ingrid, Shared, "canary of Ingrid, shared"}, {ingrid, Internal, "canary of Ingrid, internal"}} {
			_, err := w.SaveUnsent(ctx, own.a, n, own.c, own.text, time.Time{})
			w.need(err)
			if got := w.kept(own.a, n, own.c); got.Text != own.text || !got.At.Equal(db.Clock.Now()) {
				t.Errorf("%s finds %+v", own.a.Name, got)
			}
		}
		if got := w.kept(ingrid, n, Shared).Text; got != "canary of Ingrid, shared" {
			t.Errorf("the two composers share %q", got)
		}
		for _, reader := range []struct {
			a    actor
			mine string
		}{{as("piotr"), "Piotr"}, {as("anna"), "nobody"}, {tom, "Tom"}, {ingrid, "Ingrid"}, {erik, "nobody"}} {
			r, err := w.Show(ctx, reader.a, n)
			w.need(err)
			for _, owner := range []string{"Piotr", "Tom", "Ingrid"} {
				if strings.Contains(fmt.Sprintf("%+v", r), "canary of "+owner) != (owner == reader.mine) {
					t.Errorf("%s and the draft of %s: %+v", reader.a.Name, owner, r)
				}
			}
			w.wants(reader.a.Name+" searches", w.titles(reader.a, Filter{Text: "canary"}))
		}
		// The same person at the customer's own desk: what was meant for the house is not even read.
		both := as("adam")
		both.Person = ingrid.Person
		r, err := w.Show(ctx, both, n)
		w.need(err)
		if r.Note.Text != "" || r.Reply.Text == "" {
			t.Errorf("as the customer's, she finds %+v and %+v", r.Reply, r.Note)
		}
		if got := told(); got != before {
			t.Errorf("%d events and letters tell of it", got-before)
		}
	})
}

func TestUnsent_goes_with_the_text_that_is_sent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		n := w.open(as("piotr"), "Licences")
		ingrid := at("ingrid", "customer")
		ingrid.Key = "form-1"
		reply, err := w.SaveUnsent(ctx, ingrid, n, Shared, "Half a rep", time.Time{})
		w.need(err)
		_, err = w.SaveUnsent(ctx, ingrid, n, Internal, "Half a note", time.Time{})
		w.need(err)
		w.status("a refused reply", w.Reply(ctx, ingrid, n, Reply{}), 422)
		if w.kept(ingrid, n, Shared).Text != "Half a rep" {
			t.Error("a refused reply took the draft along")
		}
		w.need(w.Reply(ctx, ingrid, n, Reply{Text: "Half a reply, finished"}))
		if w.kept(ingrid, n, Shared).Text != "" || w.kept(ingrid, n, Internal).Text != "Half a note" {
			t.Error("the reply left its draft, or took the note's")
		}
		w.need(w.Note(ctx, ingrid, n, ticket.Note{Internal: "Half a note, finished"}))
		if got := w.unsents(); got != 0 {
			t.Errorf("%d are left", got)
		}

		// A saving that was on its way when the form was sent comes too late; the next form's does not.
		for _, seen := range []time.Time{{}, reply.At} {
			_, err = w.SaveUnsent(ctx, ingrid, n, Shared, "Half a repl", seen)
			w.status("late", err, 409)
		}
		ingrid.Key = "form-2"
		_, err = w.SaveUnsent(ctx, ingrid, n, Shared, "The next one", time.Time{})
		w.need(err)
	})
}

func TestUnsent_of_another_page_is_not_overwritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, piotr := t.Context(), as("piotr")
		n := w.open(piotr, "Licences")
		phone, err := w.SaveUnsent(ctx, piotr, n, Shared, "Long, from the phone", time.Time{})
		w.need(err)
		_, err = w.SaveUnsent(ctx, piotr, n, Shared, "x", time.Time{})
		w.status("a page that does not know of it", err, 409)
		_, err = w.SaveUnsent(ctx, piotr, n, Shared, "", time.Time{})
		w.status("or empties it", err, 409)
		next, err := w.SaveUnsent(ctx, piotr, n, Shared, "Longer, from the phone", phone.At) // the clock stands still
		w.need(err)
		_, err = w.SaveUnsent(ctx, piotr, n, Shared, "older", phone.At)
		w.status("a page that knows an older one", err, 409)
		if got := w.kept(piotr, n, Shared).Text; got != "Longer, from the phone" {
			t.Errorf("it is %q now", got)
		}
		_, err = w.SaveUnsent(ctx, piotr, n, Shared, " \n", next.At)
		w.need(err)
		if got := w.unsents(); got != 0 {
			t.Errorf("emptied, but %d are kept", got)
		}
		w.need(w.DiscardUnsent(ctx, piotr, n, Shared)) // nothing to discard is no fault
	})
}

func TestUnsent_asks_for_what_sending_asks_for(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		n := w.open(as("piotr"), "Licences")
		draft, err := w.Open(ctx, as("piotr"), Opening{Title: "Not sent", Draft: true, Severity: 3})
		w.need(err)
		w.need(w.Withhold(ctx, as("piotr"), n, true))
		for _, c := range []struct {
			name   string
			a      actor
			number string
			c      Composer
			text   string
			want   int
		}{
			{"the requester", as("piotr"), n, Shared, "x", 200},
			{"the helpdesk", at("ingrid", "customer"), n, Internal, "x", 200},
			{"a reply as long as one may be", as("piotr"), n, Shared, strings.Repeat("ż", ticket.MaxText/2), 200},
			{"a longer one", as("piotr"), n, Shared, strings.Repeat("ż", ticket.MaxText/2) + "x", 422},
			{"a longer note", at("ingrid", "customer"), n, Internal, strings.Repeat("x", ticket.MaxText+1), 422},
			{"an unreadable one", as("piotr"), n, Shared, "a\x00b", 422},
			{"a colleague who does not see it", as("ewa"), n, Shared, "x", 404},
			{"the partner from whom it is withheld", at("tom", "customer"), n, Shared, "x", 404},
			{"another customer", as("camille"), n, Shared, "x", 404},
			{"a member without a role", as("jan"), n, Shared, "x", 403},
			{"a customer's note", as("anna"), n, Internal, "x", 403},
			{"no such request", as("piotr"), "SR-0000-0000", Shared, "x", 404},
			{"a request that is a draft itself", as("piotr"), draft, Shared, "x", 404},
		} {
			_, err := w.SaveUnsent(ctx, c.a, c.number, c.c, c.text, w.seen(c.a, c.number, c.c))
			w.status(c.name+" saves", err, c.want)
			if c.want == 403 || c.want == 404 && c.number == n {
				w.status(c.name+" discards", w.DiscardUnsent(ctx, c.a, c.number, c.c), c.want)
			}
		}
		// A customer who somehow holds the helpdesk's right still writes no notes.
		odd := as("anna")
		odd.Rights[WriteNotes] = true
		_, err = w.SaveUnsent(ctx, odd, n, Internal, "x", time.Time{})
		w.status("the right without the side", err, 403)
	})
}

// seen is what the actor's page would know.
func (w *world) seen(a actor, number string, c Composer) time.Time {
	r, err := w.Show(w.t.Context(), a, number)
	if err != nil {
		return time.Time{}
	}
	if c == Internal {
		return r.Note.At
	}
	return r.Reply.At
}

func TestUnsent_has_a_bound_for_each_person(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		n, another := w.open(as("piotr"), "Licences"), w.open(as("piotr"), "Others")
		first := ""
		for range unsentsMost {
			first = w.open(as("piotr"), "One of many")
			_, err := w.SaveUnsent(t.Context(), as("piotr"), first, Shared, "x", time.Time{})
			w.need(err)
		}
		_, err := w.SaveUnsent(t.Context(), as("piotr"), n, Shared, "one more", time.Time{})
		w.status("one too many", err, 409)
		w.need(w.DiscardUnsent(t.Context(), as("piotr"), first, Shared))
		kept, err := w.SaveUnsent(t.Context(), as("piotr"), n, Shared, "one more", time.Time{})
		w.need(err)
		_, err = w.SaveUnsent(t.Context(), as("piotr"), n, Shared, "the same, longer", kept.At)
		w.need(err)
		_, err = w.SaveUnsent(t.Context(), as("anna"), another, Shared, "somebody else's", time.Time{})
		w.need(err)
	})
}

func TestUnsent_is_swept_when_it_is_over_or_its_writer_has_gone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		n := w.open(as("piotr"), "Licences")
		all := map[string]actor{"piotr": as("piotr"), "tom": at("tom", "customer"), "ingrid": at("ingrid", "customer")}
		save := func() {
			t.Helper()
			for _, a := range all {
				_, err := w.SaveUnsent(ctx, a, n, Shared, "canary", w.seen(a, n, Shared))
				w.need(err)
			}
		}
		for _, c := range []struct {
			name, lose, restore string
			gone                string
		}{
			{"nothing lost", ``, ``, ""},
			{"membership ended", `UPDATE membership SET state = 'withdrawn' WHERE id = 'm-piotr'`, `UPDATE membership SET state = 'active' WHERE id = 'm-piotr'`, "p-piotr"},
			{"membership over", `UPDATE membership SET until_at = '2026-03-14T00:00:00.000000Z' WHERE id = 'm-piotr'`, `UPDATE membership SET until_at = NULL WHERE id = 'm-piotr'`, "p-piotr"},
			{"role taken", `UPDATE membership_role SET role = 'reporting' WHERE membership_id = 'm-piotr'`, `UPDATE membership_role SET role = 'support-restricted' WHERE membership_id = 'm-piotr'`, "p-piotr"},
			{"person disabled", `UPDATE person SET state = 'disabled' WHERE id = 'p-piotr'`, `UPDATE person SET state = 'active' WHERE id = 'p-piotr'`, "p-piotr"},
			{"helpdesk left", `UPDATE membership SET state = 'obsolete' WHERE id = 'm-ingrid'`, `UPDATE membership SET state = 'active' WHERE id = 'm-ingrid'`, "p-ingrid"},
			{"partnership ended", `UPDATE scope SET until_at = '2026-03-14T00:00:00.000000Z'`, `UPDATE scope SET until_at = '9999-01-01T00:00:00.000000Z'`, "p-tom"},
			{"request withheld", `UPDATE ticket SET vendor_only = TRUE`, `UPDATE ticket SET vendor_only = FALSE`, "p-tom"},
		} {
			save()
			if c.lose != "" {
				w.run(c.lose)
			}
			w.sweep()
			for _, p := range []string{"p-piotr", "p-tom", "p-ingrid"} {
				if got := one[int](w, `SELECT count(*) FROM unsent_text WHERE person_id = $1`, p); (got == 0) != (p == c.gone) {
					t.Errorf("%s: %s has %d", c.name, p, got)
				}
			}
			if c.restore != "" {
				w.run(c.restore)
			}
		}
		save()
		w.need(w.Decide(ctx, as("piotr"), n, Cancel, ""))
		w.later(90*24*time.Hour - time.Minute)
		w.sweep()
		if got := w.unsents(); got != 3 {
			t.Errorf("%d are left on the last day", got)
		}
		w.later(2 * time.Minute)
		w.sweep()
		if got := w.unsents(); got != 0 {
			t.Errorf("%d are left after it", got)
		}
	})
}

// script posts a form as the portal's own script does.
func (p *portal) script(name, address string, form url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequest("POST", address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Lodge-Fragment", "1")
	return p.ask(name, r)
}

func TestPages_a_draft_is_saved_with_and_without_script(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		n := p.open(as("piotr"), "Licences")
		at, staff := "/o/20417/requests/"+n, "/o/10000/for/20417/requests/"+n
		page := p.is(p.get("piotr", at), 200, `data-draft="`+at+`/replies/draft"`, `name="draft" value=""`, `data-draft-discard hidden`)
		p.lacks(page, "Draft saved", at+"/notes/draft")

		w := p.script("piotr", at+"/replies/draft", url.Values{"text": {"Half a **reply**"}, "draft": {""}})
		p.is(w, 200, "Draft saved 09:30", "data-kept")
		p.lacks(w, "<html", "<main")
		if w.Header().Get("Lodge-Fragment") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("header %v", w.Header())
		}
		token := instant(p.kept(as("piotr"), n, Shared).At)
		p.is(w, 200, `data-known="`+token+`"`)
		page = p.is(p.get("piotr", at), 200, "\nHalf a **reply**</textarea>", "Draft saved 09:30", `name="draft" value="`+token+`"`)
		p.lacks(page, `data-draft-discard hidden`)
		if db.Engine() == "sqlite" {
			golden(t, "request-unsent", page.Body.String())
		}
		for _, other := range []string{"anna", "adam"} {
			p.lacks(p.is(p.get(other, at), 200), "Half a")
		}

		p.is(p.script("piotr", at+"/replies/draft", url.Values{"text": {"From elsewhere"}}), 409, "Draft not saved: Another page of yours")
		p.is(p.script("piotr", at+"/replies/draft", url.Values{"text": {strings.Repeat("x", ticket.MaxText+1)}, "draft": {token}}), 422, "Draft not saved: ", "16")
		for _, sent := range []func(string, string, url.Values) *httptest.ResponseRecorder{p.post, p.script} {
			w := p.is(sent("camille", "/o/20500/requests/"+n+"/replies/draft", url.Values{"text": {"x"}}), 404)
			if w.Header().Get("Lodge-Fragment") != "" {
				t.Error("an error page looks like a part")
			}
			p.is(sent("jan", at+"/replies/draft", url.Values{"text": {"x"}}), 403)
			p.is(sent("anna", at+"/notes/draft", url.Values{"note": {"x"}}), 403)
		}

		// Without script: buttons. A page that knows an older draft is told, and shown both.
		w = p.is(p.post("piotr", at+"/replies/draft", url.Values{"text": {"From the office"}, "draft": {"1"}}), 409, "\nFrom the office</textarea>", "What the other page has saved", "Half a **reply**", `name="draft" value="`+token+`"`)
		p.lacks(w, "data-draft-urgent")
		p.is(p.post("piotr", at+"/replies/draft", url.Values{"text": {"From the office"}, "draft": {token}}), 303)
		p.is(p.get("piotr", at), 200, "\nFrom the office</textarea>")
		p.is(p.post("piotr", at+"/replies", url.Values{"text": {strings.Repeat("x", ticket.MaxText+1)}, "draft": {token}}), 422, "data-draft-urgent", `name="draft" value="`+token+`"`)
		p.is(p.post("piotr", at+"/replies/draft/discard", url.Values{"text": {"From the office"}}), 303)
		p.lacks(p.is(p.get("piotr", at), 200), "From the office", "Draft saved")

		// The helpdesk's two composers.
		p.is(p.post("ingrid", staff+"/notes/draft", url.Values{"note": {"canary-of-the-house"}}), 303)
		p.is(p.post("ingrid", staff+"/replies/draft", url.Values{"text": {"Dear all"}}), 303)
		page = p.is(p.get("ingrid", staff), 200, "\ncanary-of-the-house</textarea>", "\nDear all</textarea>")
		if db.Engine() == "sqlite" {
			golden(t, "request-staff-unsent", page.Body.String())
		}
		p.lacks(p.is(p.get("erik", staff), 200), "canary", "Dear all")
		p.is(p.post("ingrid", staff+"/notes", url.Values{"note": {"canary, sent"}}), 303)
		p.lacks(p.is(p.get("ingrid", staff), 200, "Dear all"), "canary-of-the-house")
		for name, address := range map[string]string{"piotr": at, "anna": at, "tom": "/o/10010/for/20417/requests/" + n} {
			p.lacks(p.is(p.get(name, address), 200), "canary", "Dear all")
		}

		// What was not sent before the end can be read and discarded.
		p.is(p.post("piotr", at+"/replies/draft", url.Values{"text": {"Too <late>"}}), 303)
		p.is(p.post("piotr", at+"/decision", url.Values{"decision": {"cancel"}}), 303)
		p.is(p.get("piotr", at), 200, "Your draft was not sent", "Too &lt;late&gt;", at+"/replies/draft/discard")
		p.lacks(p.is(p.get("anna", at), 200), "Too &lt;late")
		p.is(p.post("piotr", at+"/replies/draft/discard", nil), 303)
		p.lacks(p.is(p.get("piotr", at), 200), "Too &lt;late")
	})
}

func TestPages_finished_actions_can_collapse(t *testing.T) {
	p := newPortal(t, storetest.Lite(t))
	n := p.open(as("piotr"), "Licences")
	at := "/o/10000/for/20417/requests/" + n
	p.is(p.post("ingrid", at+"/actions", url.Values{"title": {"Read the log"}, "date": {"2026-03-17"}, "side": {"vendor"}}), http.StatusSeeOther)
	p.is(p.post("ingrid", at+"/actions", url.Values{"title": {"Send a build"}, "date": {"2026-03-18"}, "side": {"vendor"}}), http.StatusSeeOther)
	p.lacks(p.is(p.get("piotr", "/o/20417/requests/"+n), 200), "l-fin", "is-over")
	id := one[string](p.world, `SELECT id FROM ticket_action WHERE title = 'Read the log'`)
	p.is(p.post("ingrid", at+"/actions/"+id+"/done", url.Values{"version": {"1"}, "result": {"found"}}), http.StatusSeeOther)
	p.is(p.get("piotr", "/o/20417/requests/"+n), 200, "1 finished action<", `id="a-`+id+`" class="is-over"`)
}

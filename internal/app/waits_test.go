package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// openMany opens requests of an organisation past the pages.
func openMany(t *testing.T, p *apptest.Portal, org string, n int, title string) {
	t.Helper()
	err := p.Store.Write(t.Context(), store.Free, func(tx *store.Tx) error {
		id, err := store.One[string](tx, `SELECT id FROM organisation WHERE number = $1`, p.World.Organisations[org].Number)
		if err != nil {
			return err
		}
		for i := range n {
			a := who.Program(id, app.Roles.All())
			if _, err := p.Tickets.Open(tx, a, ticket.Opening{Kind: ticket.Request, Org: id, RequestKind: "question", Title: fmt.Sprint(title, " ", i), Text: title, Severity: 4}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHome_tells_what_waits_for_the_reader_however_much_is_newer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		at := fmt.Sprintf("/o/%d/", p.World.Organisations["customer"].Number)
		const waits = "Floating licences are released too early" // its solution is to be checked
		section := func() string {
			body := p.As(t, "support-advanced").Get(t, at).Body
			from := strings.Index(body, `id="s1"`)
			if from < 0 {
				return ""
			}
			return body[from : from+strings.Index(body[from:], "</section>")]
		}
		if !strings.Contains(section(), waits) {
			t.Fatal("the home page does not tell what waits")
		}
		openMany(t, p, "customer", 60, "Newer")
		if !strings.Contains(section(), waits) {
			t.Error("what waits is forgotten as soon as other requests are newer")
		}
	})
}

func TestSearch_at_work_for_a_customer_is_not_cut_by_what_others_have(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		openMany(t, p, "customer", 1, "Quokka")
		openMany(t, p, "other-customer", 510, "Quokka")
		at := fmt.Sprintf("/o/%d/for/%d", p.World.Organisations["vendor"].Number, p.World.Organisations["customer"].Number)
		for _, path := range []string{"/requests?text=quokka", "/search?q=quokka", "/search?q=triads"} { // the last one stands in a note
			if page := p.As(t, "helpdesk").Get(t, at+path); !strings.Contains(page.Body, "/requests/SR-") || strings.Contains(page.Body, "Quokka 5") {
				t.Errorf("%s: %d, the customer's is not found, or others' are", path, page.Status)
			}
		}
	})
}

func TestSearch_for_the_beginning_of_what_marks_a_scope_finds_nothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		at := fmt.Sprintf("/o/%d/search?q=", p.World.Organisations["vendor"].Number)
		for _, q := range []string{"scop", "staf", "orgx", "partnerx", "ownx", "%EE%80%80staff", "%EE%80%80"} {
			if page := p.As(t, "helpdesk").Get(t, at+q); strings.Contains(page.Body, "/requests/SR-") {
				t.Errorf("%s finds requests", q)
			}
		}
	})
}

func TestForms_of_a_request_sent_twice_are_done_once(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		vendor, customer := p.World.Organisations["vendor"].Number, p.World.Organisations["customer"].Number
		at := fmt.Sprintf("/o/%d/for/%d/requests/%s", vendor, customer, p.World.Example)
		c := p.As(t, "helpdesk")
		twice := func(path string, fields url.Values) {
			t.Helper()
			form := c.Get(t, at).Hidden()
			for k, v := range fields {
				form[k] = v
			}
			first, again := c.Post(t, at+path, form), c.Post(t, at+path, form)
			if first.Status != 303 || again.Status != 303 {
				t.Errorf("%s: %d, then %d", path, first.Status, again.Status)
			}
		}
		twice("/state", url.Values{"state": {"vendor-analysis"}, "text": {"We look again"}})
		twice("/severity", url.Values{"severity": {"3"}, "reason": {"Less urgent"}})
		twice("/owner", nil)
		if body := c.Get(t, at).Body; strings.Count(body, "We look again") != 1 {
			t.Errorf("the text stands there %d times", strings.Count(body, "We look again"))
		}
	})
}

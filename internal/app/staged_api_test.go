package app_test

import (
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
)

// TestAPI_roles: programs stage, read, apply and discard as pages do, and meet the same refusals.
func TestAPI_roles_are_staged_and_applied_by_programs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna := p.Program(madeBy(t, p, "customer-admin", "contacts:write", "contacts:read"))
		marek, piotr := member(t, p, "customer-member", "customer"), member(t, p, "customer-support", "customer")
		stage := func(contact, roles string) apptest.Answer {
			t.Helper()
			return anna.Call(t, "PUT", "/api/v1/contacts/"+contact+"/roles", `{"roles":[`+roles+`]}`)
		}
		if got := stage(marek, `"support-advanced","reporting"`); got.Status != 204 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		list := anna.Get(t, "/api/v1/contacts/changes")
		if list.Status != 200 || !strings.Contains(list.Body, `"before":[],"after":["support-advanced","reporting"],"now":[],"stale":false`) {
			t.Errorf("list: %d %s", list.Status, list.Body)
		}
		for roles, code := range map[string]string{`"support-advanced","support-restricted"`: "fault.invalid", `"operator"`: "fault.invalid"} {
			got := stage(piotr, roles)
			if got.Status != 422 || got.Problem(t).Code != code || got.Problem(t).Errors[0].Pointer != "/roles" {
				t.Errorf("%s: %d %s", roles, got.Status, got.Body)
			}
		}
		exec(t, p, `INSERT INTO membership_role (membership_id, role) VALUES ($1, 'licensing')`, marek)
		if got := anna.Post(t, "/api/v1/contacts/changes/apply", ""); got.Status != 409 || got.Problem(t).Code != "account.changes_stale" || got.Problem(t).Errors[0].Pointer != "/contacts/"+marek || !strings.Contains(got.Body, "was No role, is Licensing") {
			t.Errorf("stale: %d %s", got.Status, got.Body)
		}
		seen := anna.Call(t, "PUT", "/api/v1/contacts/"+marek+"/roles", `{"roles":["reporting"],"before":[]}`)
		if seen.Status != 409 || seen.Problem(t).Code != "account.contact_changed" {
			t.Errorf("seen otherwise: %d %s", seen.Status, seen.Body)
		}
		stage(marek, `"support-advanced"`)
		stage(piotr, `"support-administrator"`)
		got := anna.Post(t, "/api/v1/contacts/changes/apply", "", "Idempotency-Key", "apply")
		again := anna.Post(t, "/api/v1/contacts/changes/apply", "", "Idempotency-Key", "apply")
		if got.Status != 200 || !strings.Contains(got.Body, `"changes":2`) || again.Body != got.Body {
			t.Errorf("apply: %d %s, again %s", got.Status, got.Body, again.Body)
		}
		if rolesOf(t, p, marek) != "support-advanced" || rolesOf(t, p, piotr) != "support-administrator" {
			t.Errorf("roles %q and %q", rolesOf(t, p, marek), rolesOf(t, p, piotr))
		}
		stage(marek, `"reporting"`)
		if got := anna.Post(t, "/api/v1/contacts/changes/discard", ""); got.Status != 200 || !strings.Contains(got.Body, `"changes":1`) || rolesOf(t, p, marek) != "support-advanced" {
			t.Errorf("discard: %d %s", got.Status, got.Body)
		}
		if got := anna.Post(t, "/api/v1/contacts/"+marek+"/obsolete", ""); got.Status != 204 {
			t.Errorf("obsolete: %d %s", got.Status, got.Body)
		}
		if got := anna.Get(t, "/api/v1/contacts?state=obsolete&text=LIS"); got.Status != 200 || strings.Count(got.Body, `"id"`) != 1 || !strings.Contains(got.Body, marek) {
			t.Errorf("who is obsolete: %d %s", got.Status, got.Body)
		}
		if got := anna.Post(t, "/api/v1/contacts/"+marek+"/bring-back", ""); got.Status != 204 {
			t.Errorf("back: %d %s", got.Status, got.Body)
		}
	})
}

// TestEvents_range: the log of a time, of a contact, and as a file.
func TestEvents_of_a_time_and_of_a_contact_and_as_a_file(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, marek := registrarOf(t, p, "customer-admin", "customer"), member(t, p, "customer-member", "customer")
		anna.stage(marek, "support-advanced")
		anna.post("/changes/apply")
		at := strings.TrimSuffix(anna.at, "/contacts") + "/events"
		today := p.Store.Clock.Now().UTC().Format(time.DateOnly)
		for query, sees := range map[string]bool{"": true, "?contact=" + marek: true, "?contact=" + member(t, p, "customer-support", "customer"): false, "?from=" + today: true, "?until=2020-01-01": false, "?from=2099-01-01": false} {
			page := anna.c.Get(t, at+query)
			if page.Status != 200 || strings.Contains(page.Body, "No role → Support advanced") != sees {
				t.Errorf("%s: %d, sees it: %v", query, page.Status, !sees)
			}
			file := anna.c.Get(t, at+"/export.csv"+query)
			if file.Status != 200 || strings.Contains(file.Body, "account.roles_changed,Roles of a contact changed,No role → Support advanced,Anna Kowalska") != sees {
				t.Errorf("export%s: %d %s", query, file.Status, file.Body[:min(len(file.Body), 400)])
			}
		}
		if page := anna.c.Get(t, at+"?contact="+marek); strings.Count(page.Body, `<tr role="row"><td`) != 2 {
			t.Errorf("%d rows of the contact’s history, want 2: came, changed", strings.Count(page.Body, `<tr role="row"><td`))
		}
		if page := anna.c.Get(t, at+"?from=nonsense"); page.Status != 422 || !strings.Contains(page.Body, "The day cannot be read") || !strings.Contains(page.Body, `value="nonsense"`) || strings.Contains(page.Body, "Nothing happened") {
			t.Errorf("no day: %d", page.Status)
		}
		if file := anna.c.Get(t, at+"/export.csv?from=nonsense"); file.Status != 422 {
			t.Errorf("no day, as a file: %d", file.Status)
		}
		if page := anna.c.Get(t, at+"?until=2020-01-01"); !strings.Contains(page.Body, "Nothing happened in this time") {
			t.Error("an empty time says nothing")
		}
		// Somebody who is no administrator reads his own of it, and another organisation's people nothing.
		if file := p.As(t, "customer-member").Get(t, at+"/export.csv"); file.Status != 200 || strings.Contains(file.Body, "Anna") {
			t.Errorf("a member: %d %s", file.Status, file.Body)
		}
		if file := p.As(t, "other-customer-admin").Get(t, at+"/export.csv"); file.Status != 404 {
			t.Errorf("another organisation: %d", file.Status)
		}
		program := p.Program(madeBy(t, p, "customer-admin", "events:read"))
		if got := program.Get(t, "/api/v1/events?contact="+marek); got.Status != 200 || strings.Count(got.Body, `"name"`) != 2 {
			t.Errorf("program: %d %s", got.Status, got.Body)
		}
		if got := program.Get(t, "/api/v1/events?from=2099-01-01T00:00:00Z"); got.Status != 200 || strings.Contains(got.Body, `"name"`) {
			t.Errorf("program, a later time: %d %s", got.Status, got.Body)
		}
	})
}

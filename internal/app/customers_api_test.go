package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
)

// body is a customer as a program asks for it.
func body(name, email string, more ...string) string {
	s := fmt.Sprintf(`{"name":%q,"product_type":"voice-essential","reference":"R-9","country":"DE","notes":"By program","primary_user":{"first_name":"Greta","last_name":"Brandt","email":%q}`, name, email)
	for _, m := range more {
		s += "," + m
	}
	return s + "}"
}

const accepted = "Accept-Charges"

func TestAC_74_AC_65_a_customer_is_created_by_program_as_by_page(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		partner, vendor, customer := p.Program(p.World.Tokens["partner"]), p.Program(p.World.Tokens["vendor"]), p.Program(p.World.Tokens["customer"])
		types := partner.Get(t, "/api/v1/product-types")
		if types.Status != 200 || !strings.Contains(types.Body, `"voice-essential"`) || !strings.Contains(types.Body, `"amount":4000`) {
			t.Errorf("product types: %d %s", types.Status, types.Body)
		}
		no := partner.Post(t, "/api/v1/customers", body("Brandt API", "greta@brandt.example"))
		if problem := no.Problem(t); no.Status != 422 || problem.Code != "provision.charges" || problem.Errors[0].Pointer != "/Accept-Charges" || !strings.Contains(problem.Detail, "€40.00") {
			t.Errorf("Attack_API_07: without accepted charges: %d %s", no.Status, no.Body)
		}
		if n := made(t, p, "Brandt API"); fmt.Sprint(n) != "[0 0 0 0 0 0 0]" {
			t.Errorf("Attack_API_07: a refusal has made %v", n)
		}
		yes := partner.Post(t, "/api/v1/customers", body("Brandt API", "greta@brandt.example", `"trial_days":30`), accepted, "true", "Idempotency-Key", "one")
		if yes.Status != 201 {
			t.Fatalf("create: %d %s", yes.Status, yes.Body)
		}
		var c struct {
			Number                                                    int64
			Name, Country, Format, Zone, Reference, Notes, TrialUntil string
		}
		yes.Into(t, &c)
		at := yes.Header.Get("Location")
		if at != fmt.Sprintf("/api/v1/customers/%d", c.Number) || c.Format != "de-DE" || c.Zone != "Europe/Berlin" || c.Reference != "R-9" {
			t.Errorf("%s %s", at, yes.Body)
		}
		if again := partner.Post(t, "/api/v1/customers", body("Brandt API", "greta@brandt.example", `"trial_days":30`), accepted, "true", "Idempotency-Key", "one"); again.Status != 201 || again.Header.Get("Location") != at {
			t.Errorf("the same key again: %d %s", again.Status, again.Body)
		}
		if n := made(t, p, "Brandt API"); fmt.Sprint(n) != "[1 1 1 1 1 1 1]" {
			t.Errorf("made: %v", n)
		}
		p.Mail(t, "greta@brandt.example", "Brandt API")
		if twice := partner.Post(t, "/api/v1/customers", body("  BRANDT   api ", "x@brandt.example"), accepted, "true"); twice.Status != 409 || twice.Problem(t).Code != "provision.name_taken" {
			t.Errorf("AC_65: the name in another case: %d %s", twice.Status, twice.Body)
		}
		for what, refused := range map[string]struct{ body, at string }{
			"no country":            {strings.Replace(body("B", "b@b.example"), `"country":"DE",`, "", 1), "/country"},
			"no address":            {body("B", "nonsense"), "/primary_user/email"},
			"PROV_04 region":        {strings.Replace(body("B", "b@b.example"), "voice-essential", "voice-hospitality", 1), "/product_type"},
			"PROV_04 long trial":    {body("B", "b@b.example", `"trial_days":46`), "/trial_days"},
			"PROV_04 strange trial": {body("B", "b@b.example", `"trial_days":-1`), "/trial_days"},
		} {
			got := partner.Post(t, "/api/v1/customers", refused.body, accepted, "true")
			if got.Status != 422 || fmt.Sprint(got.Problem(t).At()) != "["+refused.at+"]" {
				t.Errorf("%s: %d %s", what, got.Status, got.Body)
			}
		}
		for _, path := range []string{"/api/v1/customers", at, "/api/v1/product-types"} {
			if got := customer.Get(t, path); got.Status != 403 {
				t.Errorf("a customer's token at %s: %d", path, got.Status)
			}
			if got := vendor.Get(t, path); got.Status != 200 {
				t.Errorf("the vendor's token at %s: %d %s", path, got.Status, got.Body)
			}
		}
		if got := customer.Post(t, "/api/v1/customers", body("B", "b@b.example"), accepted, "true"); got.Status != 403 {
			t.Errorf("a customer's token creates: %d", got.Status)
		}
		small := p.Program(newToken(t, p, "partner", "customers:read"))
		if got := small.Post(t, "/api/v1/customers", body("B", "b@b.example"), accepted, "true"); got.Status != 403 {
			t.Errorf("AC_74: too small a scope: %d", got.Status)
		}
		if got := p.Program("").Post(t, "/api/v1/customers", body("B", "b@b.example"), accepted, "true"); got.Status != 401 {
			t.Errorf("AC_74: no token: %d", got.Status)
		}
		other := p.Program(newToken(t, p, "other-partner"))
		if got := other.Get(t, at); got.Status != 404 {
			t.Errorf("another partner's token: %d", got.Status)
		}
		if got := other.Get(t, "/api/v1/customers"); got.Status != 200 || strings.Contains(got.Body, "Brandt") {
			t.Errorf("another partner's list: %d %s", got.Status, got.Body)
		}
		if list := partner.Get(t, "/api/v1/customers?text=brandt"); list.Status != 200 || !strings.Contains(list.Body, `"reference":"R-9"`) {
			t.Errorf("list: %d %s", list.Status, list.Body)
		}
		seen, all := partner.Get(t, "/api/v1/customers?limit=2"), 0
		for seen.Status == 200 {
			all += strings.Count(seen.Body, `"number":`)
			next := seen.Next()
			if next == "" {
				break
			}
			seen = partner.Get(t, next)
		}
		if all != 5 || strings.Contains(seen.Body, "Ibáñez") {
			t.Errorf("pages of two give %d customers, want 5 and no draft: %s", all, seen.Body)
		}
	})
}

func TestAttack_PROV_03_an_immutable_type_stays_by_program_too(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		partner := p.Program(p.World.Tokens["partner"])
		at := fmt.Sprintf("/api/v1/customers/%d", count(t, p, `SELECT number FROM organisation WHERE name = 'Bygg & Betong Lindqvist'`))
		etag := partner.Get(t, at).Header.Get("ETag")
		patch := func(body, match string) apptest.Answer {
			return partner.Call(t, "PATCH", at, body, "Content-Type", "application/merge-patch+json", "If-Match", match)
		}
		if got := patch(`{"reference":"X"}`, ""); got.Status != 428 {
			t.Errorf("without If-Match: %d", got.Status)
		}
		if got := patch(`{"trial_days":10}`, etag); got.Status != 422 {
			t.Errorf("PROV_04: a trial switched on later: %d %s", got.Status, got.Body)
		}
		got := patch(`{"reference":"BW-77","product_type":"voice-call-centre","notes":null,"country":"DE"}`, etag)
		if got.Status != 200 || !strings.Contains(got.Body, `"format":"de-DE"`) || !strings.Contains(got.Body, `"reference":"BW-77"`) || got.Header.Get("ETag") == etag {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if stale := patch(`{"reference":"BW-78"}`, etag); stale.Status != 412 {
			t.Errorf("API_11: as it was before: %d %s", stale.Status, stale.Body)
		}
		if fixed := patch(`{"product_type":"voice-essential"}`, got.Header.Get("ETag")); fixed.Status != 409 || fixed.Problem(t).Code != "subscription.type_fixed" {
			t.Errorf("PROV_03: %d %s", fixed.Status, fixed.Body)
		}
	})
}

func TestAttack_PROV_01_of_thirty_programs_at_once_one_makes_the_customer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		partner := p.Program(p.World.Tokens["partner"])
		names := []string{"Łódź Café GmbH", "ŁÓDŹ CAFÉ GMBH", "Ło\u0301dz\u0301  Cafe\u0301 GmbH"}
		answers := make([]int, 30)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				answers[i] = partner.Post(t, "/api/v1/customers", body(names[i%3], fmt.Sprintf("p%d@lodz.example", i)), accepted, "true").Status
			})
		}
		wg.Wait()
		got := map[int]int{}
		for _, status := range answers {
			got[status]++
		}
		if got[201] != 1 || got[409] != 29 || count(t, p, `SELECT count(*) FROM person WHERE email LIKE 'p%@lodz.example'`) != 1 {
			t.Errorf("answers: %v", got)
		}
	})
}

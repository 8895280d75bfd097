package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// types is the vendor's list of product types as one person sees it.
func typesOf(t *testing.T, p *apptest.Portal, key string) counter {
	return counter{t, p, p.As(t, key), fmt.Sprintf("/o/%d/catalogue/types", p.World.Organisations["vendor"].Number)}
}

// fill is a form of the page with what is typed.
func (k counter) fill(at string, more ...string) url.Values {
	k.t.Helper()
	page := k.c.Get(k.t, at)
	form := page.Hidden()
	if seen := seenOf(page.Body); seen != "" {
		form.Set("seen", seen)
	}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// plan is a product type as somebody types it.
func plan(code string, more ...string) []string {
	return append([]string{"code", code, "name", "Voice " + code, "about", "Calls & more", "price", "12,50", "currency", "EUR", "regions", "de, fr", "status", "active"}, more...)
}

func TestProductTypes_the_vendor_makes_edits_and_retires_them(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		nils := typesOf(t, p, "billing-desk")
		if page := nils.c.Get(t, nils.base); page.Status != 200 || !strings.Contains(page.Body, "Voice Essential") || !strings.Contains(page.Body, "Spain") || strings.Contains(page.Body, "/catalogue\"") {
			t.Errorf("list: %d", page.Status)
		}
		form := nils.fill(nils.base+"/new", plan("small")...)
		for what, wrong := range map[string][2]string{"no code": {"code", ""}, "an odd code": {"code", "a b"}, "a page's address": {"code", "NEW"}, "dots": {"code", ".."}, "no name": {"name", ""}, "no price": {"price", "cheap"},
			"too exact": {"price", "1.005"}, "below nothing": {"price", "-1"}, "no currency": {"currency", "XXY"}, "no country": {"regions", "DE, QQ"}, "no state": {"status", "gone"}, "a hidden sign": {"name", "Voice\u202e"}} {
			bad := cloneForm(form)
			bad.Set(wrong[0], wrong[1])
			got := nils.c.Post(t, nils.base+"/new", bad)
			if got.Status != 422 || !strings.Contains(got.Body, `role="alert"`) || !strings.Contains(got.Body, `value="Calls &amp; more"`) {
				t.Errorf("%s: %d %s", what, got.Status, said(got.Body))
			}
		}
		made := nils.c.Post(t, nils.base+"/new", form)
		if made.Status != 303 || made.Location != nils.base+"/small" {
			t.Fatalf("create: %d %s %s", made.Status, made.Location, said(made.Body))
		}
		if again := nils.c.Post(t, nils.base+"/new", form); again.Status != 303 || again.Location != made.Location {
			t.Errorf("the form sent twice: %d", again.Status)
		}
		if taken := nils.c.Post(t, nils.base+"/new", nils.fill(nils.base+"/new", plan("SMALL")...)); taken.Status != 409 || !strings.Contains(taken.Body, `value="SMALL"`) {
			t.Errorf("the code in capitals: %d %s", taken.Status, said(taken.Body))
		}
		if n := count(t, p, `SELECT count(*) FROM product_type WHERE code_key = 'small' AND price = 1250`); n != 1 {
			t.Errorf("%d were made", n)
		}
		if page := nils.c.Get(t, nils.base+"/Small"); page.Status != 200 || !strings.Contains(page.Body, `value="12.50"`) || !strings.Contains(page.Body, `value="DE, FR"`) {
			t.Errorf("its page: %d", page.Status)
		}
		first := nils.fill(nils.base+"/small", plan("", "price", "13", "regions", "", "immutable", "1")...)
		if got := nils.c.Post(t, nils.base+"/small", first); got.Status != 303 {
			t.Errorf("edit: %d %s", got.Status, said(got.Body))
		}
		if got := nils.c.Post(t, nils.base+"/small", first); got.Status != 409 || !strings.Contains(got.Body, "meanwhile") {
			t.Errorf("as it was seen before: %d", got.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM product_type t WHERE t.code = 'small' AND price = 1300 AND is_immutable AND NOT EXISTS (SELECT 1 FROM product_type_region r WHERE r.product_type_id = t.id)`); n != 1 {
			t.Error("what was edited is not there")
		}
		if got := nils.c.Post(t, nils.base+"/small", nils.fill(nils.base+"/small", plan("", "status", "retired")...)); got.Status != 303 {
			t.Errorf("retire: %d %s", got.Status, said(got.Body))
		}
		desk := counterOf(t, p, "billing-desk", "vendor")
		if body := desk.c.Get(t, desk.base+"/new").Body; strings.Contains(body, "Voice small") || !strings.Contains(body, "Voice Essential") {
			t.Error("a retired type is offered")
		}
		for key, status := range map[string]int{"release-manager": 403, "helpdesk": 403, "operator": 200} {
			if got := p.As(t, key).Get(t, nils.base); got.Status != status {
				t.Errorf("%s: %d", key, got.Status)
			}
		}
		if got := nils.c.Get(t, nils.base+"/nonsense"); got.Status != 404 {
			t.Errorf("none of that code: %d", got.Status)
		}
	})
}

func cloneForm(form url.Values) url.Values {
	c := url.Values{}
	for name, all := range form {
		c[name] = append([]string{}, all...)
	}
	return c
}

func TestAttack_PROV_03_who_has_an_immutable_type_was_told_so_and_the_flag_stays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		nils, vendor := typesOf(t, p, "billing-desk"), p.Program(p.World.Tokens["vendor"])
		// The way round: A is made changeable, the customer moves to B and back, and A is made immutable again.
		at := nils.base + "/voice-call-centre"
		off := nils.fill(at, "name", "Voice Call Centre", "about", "Adds queues, wallboard and agents", "price", "210", "currency", "EUR", "status", "active")
		if got := nils.c.Post(t, at, off); got.Status != 409 || !strings.Contains(got.Body, "promised something else") {
			t.Errorf("by page: %d %s", got.Status, said(got.Body))
		}
		api := "/api/v1/product-types/voice-call-centre"
		etag := vendor.Get(t, api).Header.Get("ETag")
		patch := func(path, body, match string) apptest.Answer {
			return vendor.Call(t, "PATCH", path, body, "Content-Type", "application/merge-patch+json", "If-Match", match)
		}
		got := patch(api, `{"immutable":false}`, etag)
		if pr := got.Problem(t); got.Status != 409 || pr.Code != "subscription.flag_fixed" || fmt.Sprint(pr.At()) != "[/immutable]" {
			t.Errorf("by program: %d %s", got.Status, got.Body)
		}
		essential := "/api/v1/product-types/voice-essential"
		if got := patch(essential, `{"immutable":true}`, vendor.Get(t, essential).Header.Get("ETag")); got.Status != 409 {
			t.Errorf("on, with customers who were not warned: %d %s", got.Status, got.Body)
		}
		if got := patch(api, `{"immutable":true,"price":{"amount":22000,"currency":"EUR"}}`, etag); got.Status != 200 || !strings.Contains(got.Body, `"amount":22000`) || !strings.Contains(got.Body, `"immutable":true`) {
			t.Errorf("all else changes: %d %s", got.Status, got.Body)
		}
		// Nobody has it: the flag may change.
		free := vendor.Post(t, "/api/v1/product-types", `{"code":"new-one","name":"New one","price":{"amount":0,"currency":"EUR"},"immutable":true}`)
		if free.Status != 201 || free.Header.Get("Location") != "/api/v1/product-types/new-one" {
			t.Fatalf("%d %s", free.Status, free.Body)
		}
		if got := patch(free.Header.Get("Location"), `{"immutable":false}`, free.Header.Get("ETag")); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := patch(free.Header.Get("Location"), `{"name":"x"}`, free.Header.Get("ETag")); got.Status != 412 {
			t.Errorf("API_11: as it was before: %d", got.Status)
		}
	})
}

func TestAttack_PROV_04_a_reseller_gives_what_the_vendor_lets_it_give(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		nils, luc := typesOf(t, p, "billing-desk"), counterOf(t, p, "other-partner", "other-partner")
		list := strings.Replace(nils.base, "types", "resellers", 1)
		if page := nils.c.Get(t, list); page.Status != 200 || !strings.Contains(page.Body, "45 days") || !strings.Contains(page.Body, "No trials") || !strings.Contains(page.Body, "3 product types") {
			t.Errorf("list: %d", page.Status)
		}
		at := fmt.Sprintf("%s/%d", list, p.World.Organisations["other-partner"].Number)
		form := nils.fill(at, "trial_days", "10")
		form["roles"], form["product_types"] = []string{"partner-operator"}, []string{"voice-essential"}
		for what, wrong := range map[string][2]string{"too long": {"trial_days", "367"}, "no number": {"trial_days", "many"}, "no role of theirs": {"roles", "helpdesk"}, "no type": {"product_types", "nonsense"}} {
			bad := cloneForm(form)
			bad[wrong[0]] = []string{wrong[1]}
			if got := nils.c.Post(t, at, bad); got.Status != 422 || !strings.Contains(got.Body, `role="alert"`) {
				t.Errorf("%s: %d %s", what, got.Status, said(got.Body))
			}
		}
		none := cloneForm(form)
		none.Del("roles")
		if got := nils.c.Post(t, at, none); got.Status != 422 {
			t.Errorf("no role: %d", got.Status)
		}
		if body := luc.c.Get(t, luc.base+"/new").Body; strings.Contains(body, "Voice Essential") || strings.Contains(body, `name="trial"`) {
			t.Error("something is offered before")
		}
		if got := nils.c.Post(t, at, form); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, said(got.Body))
		}
		if got := nils.c.Post(t, at, form); got.Status != 303 {
			t.Errorf("the form sent twice: %d", got.Status)
		}
		other := nils.fill(at, "trial_days", "20", "seen", "0")
		other["roles"] = []string{"partner-operator"}
		if got := nils.c.Post(t, at, other); got.Status != 409 || !strings.Contains(got.Body, `value="20"`) {
			t.Errorf("as it was seen before: %d", got.Status)
		}
		if body := luc.c.Get(t, luc.base+"/new").Body; !strings.Contains(body, "Voice Essential") || strings.Contains(body, "Voice Hospitality") || !strings.Contains(body, `name="trial"`) {
			t.Error("what is let is not offered")
		}
		step := luc.draft("Brandt", "trial", "1", "trial_until", "")
		if got := luc.c.Post(t, step, luc.second(step, "greta@brandt.example", true)); got.Status != 303 {
			t.Fatalf("a customer with a trial: %d %s", got.Status, said(got.Body))
		}
		if n := count(t, p, `SELECT count(*) FROM partnership_role r JOIN partnership x ON x.id = r.partnership_id JOIN organisation o ON o.id = x.customer_id WHERE o.name = 'Brandt'`); n != 1 {
			t.Errorf("%d roles, want the one that was let", n)
		}
		vendor := p.Program(p.World.Tokens["vendor"])
		api := fmt.Sprintf("/api/v1/resellers/%d", p.World.Organisations["other-partner"].Number)
		now := vendor.Get(t, api)
		patch := func(body, match string) apptest.Answer {
			return vendor.Call(t, "PATCH", api, body, "Content-Type", "application/merge-patch+json", "If-Match", match)
		}
		if got := patch(`{"product_types":null,"trial_days":0}`, now.Header.Get("ETag")); got.Status != 200 || !strings.Contains(got.Body, `"product_types":[]`) || !strings.Contains(got.Body, `"trial_days":0`) {
			t.Errorf("by program: %d %s", got.Status, got.Body)
		}
		if got := patch(`{"trial_days":1}`, now.Header.Get("ETag")); got.Status != 412 {
			t.Errorf("API_11: %d", got.Status)
		}
		if got := luc.c.Post(t, luc.base+"/new", luc.first("Zorn", "trial", "1")); got.Status != 422 {
			t.Errorf("after it was taken away: %d", got.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM subscription s JOIN organisation o ON o.id = s.org_id WHERE o.name = 'Brandt' AND s.trial_until <> ''`); n != 1 {
			t.Error("the customer that it had made has lost something")
		}
		for key, status := range map[string]int{"partner-operator": 404, "helpdesk": 403} {
			if got := p.As(t, key).Get(t, at); got.Status != status {
				t.Errorf("%s: %d", key, got.Status)
			}
		}
		if got := vendor.Get(t, fmt.Sprintf("/api/v1/resellers/%d", p.World.Organisations["customer"].Number)); got.Status != 404 {
			t.Errorf("a customer is no reseller: %d", got.Status)
		}
	})
}

package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// orderAt takes the number of an order from an address.
func orderAt(t *testing.T, location string) string {
	t.Helper()
	m := regexp.MustCompile(`/orders/(OR-[0-9A-Z]{4}-[0-9A-Z]{4})`).FindStringSubmatch(location)
	if m == nil {
		t.Fatalf("%q is no order's address", location)
	}
	return m[1]
}

// renew presses the button on the page that asks.
func (s shelf) renew(code, text string) apptest.Page {
	s.t.Helper()
	page := s.c.Get(s.t, s.base+"/downloads/renew?product="+code)
	if page.Status != 200 {
		return page
	}
	form := page.Hidden()
	form.Set("product", code)
	form.Set("text", text)
	return s.c.Post(s.t, s.base+"/downloads/renew", form)
}

func TestAC_14_renewing_support_orders_it_once_and_all_three_sides_work_on_it(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		marek := shelfOf(t, p, "customer-member", "customer") // no role at all
		page := marek.c.Get(t, marek.base+"/downloads/renew?product=HAL-VOI")
		if page.Status != 200 || !strings.Contains(page.Body, "Covered until") {
			t.Fatalf("the page that asks: %d %.3000s", page.Status, page.Body)
		}
		form := page.Hidden()
		form.Set("product", "HAL-VOI")
		form.Set("text", "For **twelve** phones")
		made := marek.c.Post(t, marek.base+"/downloads/renew", form)
		number := orderAt(t, made.Location)
		if again := marek.c.Post(t, marek.base+"/downloads/renew", form); again.Status != 303 || orderAt(t, again.Location) != number {
			t.Errorf("the form sent twice: %d %s", again.Status, again.Location)
		}
		if second := marek.renew("HAL-VOI", ""); second.Status != 303 || orderAt(t, second.Location) != number {
			t.Errorf("a second order: %d %s", second.Status, second.Location)
		}
		at := "/orders/" + number
		if got := marek.c.Get(t, marek.base+at); got.Status != 200 || !strings.Contains(got.Body, "<strong>twelve</strong>") || !strings.Contains(got.Body, "ended on") {
			t.Errorf("its own page: %d %.3000s", got.Status, got.Body)
		}
		if got := marek.c.Get(t, marek.base+"/orders"); !strings.Contains(got.Body, number) {
			t.Error("it is not in the list")
		}
		reply := func(s shelf, base, text string) {
			t.Helper()
			page := s.c.Get(t, base+at)
			form := page.Hidden()
			form.Set("text", text)
			if got := s.c.Post(t, base+at+"/replies", form); got.Status != 303 {
				t.Errorf("%s: %d %.2000s", text, got.Status, got.Body)
			}
		}
		jan, tom := shelfOf(t, p, "support-advanced", "customer"), shelfOf(t, p, "partner-operator", "partner")
		ingrid := shelfOf(t, p, "helpdesk", "vendor")
		through := func(s shelf) string {
			return fmt.Sprintf("%s/for/%d", s.base, p.World.Organisations["customer"].Number)
		}
		reply(jan, jan.base, "The colleague answers")
		reply(tom, through(tom), "The partner answers")
		reply(ingrid, through(ingrid), "The vendor answers")
		reply(marek, marek.base, "Whoever ordered answers")
		body := marek.c.Get(t, marek.base+at).Body
		for _, want := range []string{"The colleague answers", "The partner answers", "The vendor answers", "Whoever ordered answers"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if got := ingrid.c.Get(t, ingrid.base+"/desk").Body; !strings.Contains(got, through(ingrid)+at) {
			t.Error("it is not on the desk")
		}
		note := ingrid.c.Get(t, through(ingrid)+at).Hidden()
		note.Set("note", "a secret of the house")
		if got := ingrid.c.Post(t, through(ingrid)+at+"/notes", note); got.Status != 303 {
			t.Errorf("note: %d", got.Status)
		}
		if strings.Contains(marek.c.Get(t, marek.base+at).Body, "a secret of the house") {
			t.Error("the customer reads a note")
		}
		if got := jan.c.Get(t, jan.base+"/requests"+strings.TrimPrefix(at, "/orders")); got.Status != 303 || got.Location != jan.base+at {
			t.Errorf("at the requests' address: %d %s", got.Status, got.Location)
		}
		if strings.Contains(jan.c.Get(t, jan.base+"/requests").Body, number) {
			t.Error("it stands among the requests")
		}
		for who, s := range map[string]shelf{"Jan": jan, "Marek": marek, "Tom": tom, "Ingrid": ingrid} {
			if got := s.c.Get(t, s.base+"/search?q="+number); !strings.Contains(got.Body, at) {
				t.Errorf("%s does not find it", who)
			}
			if got := s.c.Get(t, s.base+"/orders"); !strings.Contains(got.Body, number) {
				t.Errorf("%s has it in no list", who)
			}
		}
	})
}

func TestOrders_are_seen_by_nobody_else(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		marek := shelfOf(t, p, "customer-member", "customer")
		number := orderAt(t, marek.renew("HAL-VOI", "").Location)
		at := "/orders/" + number
		colleague, claire := shelfOf(t, p, "customer-support", "customer"), shelfOf(t, p, "other-customer-admin", "other-customer")
		for who, s := range map[string]shelf{"a colleague who sees his own only": colleague, "another customer": claire, "another partner": shelfOf(t, p, "other-partner", "other-partner")} {
			for _, base := range []string{s.base, marek.base} {
				if got := s.c.Get(t, base+at); got.Status != 404 {
					t.Errorf("%s: %d", who, got.Status)
				}
				if got := s.c.Post(t, base+at+"/replies", url.Values{"text": {"x"}}); got.Status != 404 {
					t.Errorf("%s answers: %d", who, got.Status)
				}
			}
			if got := s.c.Get(t, s.base+"/orders"); got.Status != 200 || strings.Contains(got.Body, number) {
				t.Errorf("%s: %d, in a list", who, got.Status)
			}
			if got := s.c.Get(t, s.base+"/search?q="+number); strings.Contains(got.Body, at) {
				t.Errorf("%s finds it", who)
			}
		}
		got := colleague.renew("HAL-VOI", "mine is kept")
		if got.Status != 409 || strings.Contains(got.Body, number) || !strings.Contains(got.Body, "mine is kept") || !strings.Contains(got.Body, "already") {
			t.Errorf("a colleague's order: %d %.2000s", got.Status, got.Body)
		}
		if got := claire.renew("HAL-COL", ""); got.Status != 404 {
			t.Errorf("a product that one has not got: %d", got.Status)
		}
		if got := p.Nobody(t).Get(t, marek.base+at); got.Status != 404 && got.Status != 303 {
			t.Errorf("nobody: %d", got.Status)
		}
	})
}

func TestOrders_need_no_contract_in_force_and_end_like_requests(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna := shelfOf(t, p, "support-advanced", "customer")
		exec(t, p, `UPDATE support_contract SET status = 'cancelled'`)
		first := orderAt(t, anna.renew("HAL-DES", "").Location)
		page := anna.c.Get(t, anna.base+"/orders/"+first)
		if !strings.Contains(page.Body, "no support contract") {
			t.Errorf("without any contract: %.3000s", page.Body)
		}
		form := page.Hidden()
		form.Set("decision", "cancel")
		if got := anna.c.Post(t, anna.base+"/orders/"+first+"/decision", form); got.Status != 303 {
			t.Fatalf("cancel: %d %.2000s", got.Status, got.Body)
		}
		if second := orderAt(t, anna.renew("HAL-DES", "").Location); second == first {
			t.Error("after the first was cancelled there is no second")
		}
	})
}

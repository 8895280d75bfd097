package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// TestSecond_AC_11: an address that is a contact elsewhere gets an invitation like any other. Page and API say that joining is that person's decision; whether the
// address is known is told to nobody.
func TestSecond_membership_AC_11_needs_the_persons_consent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer := p.World.Organisations["customer"].Number
		at := fmt.Sprintf("/o/%d/contacts", customer)
		anna, greta := p.As(t, "customer-admin"), p.As(t, "other-customer-admin")
		address := addressOf(p, "other-customer-admin")
		add := func(email string) (told string) {
			t.Helper()
			page := anna.Get(t, at+"/new")
			if !strings.Contains(page.Body, "joining yours is the person’s own decision") {
				t.Error("the form does not say it")
			}
			form := page.Hidden()
			for name, value := range map[string]string{"first_name": "Second", "last_name": "Membership", "email": email, "role": "support-restricted"} {
				form.Set(name, value)
			}
			if got := anna.Post(t, at+"/new", form); got.Status != 303 {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
			list := anna.Get(t, at+"?tab=waiting").Body
			if !strings.Contains(list, email) {
				t.Errorf("%s does not stand in the list", email)
			}
			_, told, _ = strings.Cut(list, "l-notice")
			told, _, _ = strings.Cut(told, "</b>")
			return strings.ReplaceAll(told, email, "EMAIL")
		}
		known := add(address)
		if !strings.Contains(known, "once the person has accepted") || known != add("nobody.knows@elsewhere.example") {
			t.Errorf("told of a known address: %s", known)
		}
		if home := greta.Get(t, fmt.Sprintf("/o/%d/", customer)); home.Status != 404 {
			t.Errorf("before she has accepted: %d", home.Status)
		}
		program := p.Program(madeBy(t, p, "customer-admin", "contacts:write"))
		body := func(email string) string {
			return fmt.Sprintf(`{"first_name":"By","last_name":"Program","email":%q}`, email)
		}
		for key, want := range map[string]string{"two": address, "new": "nobody.else@elsewhere.example"} {
			got := program.Post(t, "/api/v1/contacts", body(want), "Idempotency-Key", "second-"+key)
			if key == "new" && (got.Status != 201 || !strings.Contains(got.Body, `"state":"invited"`)) || key == "two" && got.Status != 409 {
				t.Errorf("%s by program: %d %s", key, got.Status, got.Body)
			}
		}

		_, link := p.Mail(t, address, "/invitation/")
		greta.Get(t, strings.TrimPrefix(link, p.URL))
		if got := greta.Post(t, "/invitation/open", url.Values{}); got.Status != 303 {
			t.Fatalf("accept: %d %s", got.Status, got.Body)
		}
		places := greta.Get(t, "/me/organisations").Body
		if !strings.Contains(places, fmt.Sprint(customer)) || !strings.Contains(places, fmt.Sprint(p.World.Organisations["other-customer"].Number)) {
			t.Error("she does not work for both")
		}
	})
}

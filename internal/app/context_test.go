package app_test

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// TestAttack_ACC_02: one person, two numbers, two tabs.
func TestAttack_ACC_02_ACC_01_a_tab_left_behind_saves_nothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer, site := p.World.Organisations["customer"].Number, p.World.Organisations["customer-site"].Number
		c := p.Nobody(t)
		p.SignIn(t, c, "two-numbers")
		at := fmt.Sprintf("/o/%d/requests/new", customer)
		form := c.Get(t, at).Hidden()
		if form.Get("_org") != fmt.Sprint(customer) || form.Get("_key") == "" {
			t.Fatalf("hidden fields %v", form)
		}
		form.Set("product", p.World.Products["main"])
		form.Set("kind", "question")
		form.Set("title", "Typed in the first tab")
		form.Set("description", "Long and carefully written.")
		form.Set("severity", "3")

		// The second tab looks at the other number: a notice, and nothing is switched by looking.
		look := c.Get(t, fmt.Sprintf("/o/%d/", site))
		if look.Status != 200 || !strings.Contains(look.Body, fmt.Sprintf("Switch to %d", site)) {
			t.Errorf("no notice on the other number's page: %d", look.Status)
		}
		if again := c.Get(t, fmt.Sprintf("/o/%d/", customer)); strings.Contains(again.Body, "Switch to") {
			t.Error("looking has switched")
		}
		// It switches.
		if s := c.Post(t, "/me/context", url.Values{"to": {fmt.Sprint(site)}}); s.Status != 303 || s.Location != fmt.Sprintf("/o/%d/", site) {
			t.Fatalf("switch: %d %s", s.Status, s.Location)
		}
		// The first tab is told before its next act, and its save is a conflict with everything kept.
		if page := c.Get(t, fmt.Sprintf("/o/%d/requests", customer)); !strings.Contains(page.Body, fmt.Sprintf("Switch to %d", customer)) {
			t.Error("the first tab is not told")
		}
		saved := c.Post(t, at, form)
		if saved.Status != 409 || !strings.Contains(saved.Body, "Typed in the first tab") || !strings.Contains(saved.Body, "Long and carefully written.") {
			t.Errorf("save of the tab left behind: %d", saved.Status)
		}
		// A form of one organisation at the address of the other.
		form = c.Get(t, fmt.Sprintf("/o/%d/requests/new", site)).Hidden()
		form.Set("title", "Wrong address")
		if crossed := c.Post(t, at, form); crossed.Status != 409 {
			t.Errorf("form of %d at %s: %d", site, at, crossed.Status)
		}
		for _, number := range []int64{customer, site} {
			if list := c.Get(t, fmt.Sprintf("/o/%d/requests?tab=mine", number)); strings.Contains(list.Body, "Typed in the first tab") {
				t.Errorf("written in %d", number)
			}
		}
		// The rightful form goes through.
		form = c.Get(t, fmt.Sprintf("/o/%d/requests/new", site)).Hidden()
		for name, value := range map[string]string{"product": p.World.Products["main"], "kind": "question", "title": "In the right tab", "description": "x", "severity": "3"} {
			form.Set(name, value)
		}
		first := c.Post(t, fmt.Sprintf("/o/%d/requests/new", site), form)
		if first.Status != 303 {
			t.Fatalf("the rightful form: %d", first.Status)
		}
		// Sent twice, it makes one thing.
		if twice := c.Post(t, fmt.Sprintf("/o/%d/requests/new", site), form); twice.Status != 303 || twice.Location != first.Location {
			t.Errorf("sent twice: %d %s, first %s", twice.Status, twice.Location, first.Location)
		}
	})
}

// TestAttack_OPS_14: what must stay secret stands neither in the log nor in the clear in the database.
func TestAttack_ACC_03_a_form_of_somebody_who_signed_out_is_never_the_next_persons(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		at := fmt.Sprintf("/o/%d/requests/new", p.World.Organisations["customer"].Number)
		c := p.Nobody(t)
		p.SignIn(t, c, "customer-support")
		form, own := c.Get(t, at).Hidden(), c.Get(t, "/me/").Hidden()
		for name, value := range map[string]string{"product": p.World.Products["main"], "kind": "question", "title": "Typed by the first person", "description": "x", "severity": "3"} {
			form.Set(name, value)
		}
		own.Set("first_name", "Somebody")
		if got := c.Post(t, "/sign-out", c.Get(t, "/me/").Hidden()); got.Status != 303 {
			t.Fatalf("sign out: %d", got.Status)
		}
		if got := c.Post(t, at, form); got.Status != 401 || !strings.Contains(got.Body, "Typed by the first person") {
			t.Errorf("sent by nobody: %d", got.Status)
		}
		p.SignIn(t, c, "customer-support-2")
		if got := c.Post(t, at, form); got.Status != 409 || !strings.Contains(got.Body, "somebody else was signed in") || !strings.Contains(got.Body, "Typed by the first person") || strings.Contains(got.Body, "Send for") {
			t.Errorf("sent by the next person: %d %.2000s", got.Status, got.Body)
		}
		if got := c.Post(t, "/me/", own); got.Status != 409 {
			t.Errorf("the profile of the first person sent by the next: %d", got.Status)
		}
		if list := c.Get(t, strings.TrimSuffix(at, "/new")+"?tab=all"); strings.Contains(list.Body, "Typed by the first person") {
			t.Error("it was recorded under the next person")
		}
		// The same person in a new session goes on.
		if got := c.Post(t, "/sign-out", c.Get(t, "/me/").Hidden()); got.Status != 303 {
			t.Fatalf("sign out: %d", got.Status)
		}
		p.SignIn(t, c, "customer-support")
		if got := c.Post(t, at, form); got.Status != 303 {
			t.Errorf("signed in again: %d", got.Status)
		}
	})
}

func TestAttack_ACC_04_AC_34_every_page_says_that_the_session_works_beside_the_primary_number(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer, site := p.World.Organisations["customer"].Number, p.World.Organisations["customer-site"].Number
		c := p.Nobody(t)
		p.SignIn(t, c, "two-numbers")
		pages := []string{fmt.Sprintf("/o/%d/", site), fmt.Sprintf("/o/%d/requests", site), fmt.Sprintf("/o/%d/requests/new", site), fmt.Sprintf("/o/%d/nowhere", site), "/me/", "/me/security"}
		told := func(c *apptest.Client, want bool, pages ...string) {
			t.Helper()
			for _, at := range pages {
				body := c.Get(t, at).Body
				if strings.Contains(body, fmt.Sprintf("Stay with %d", site)) != want || want && !strings.Contains(body, fmt.Sprintf("Your primary organisation is %d – ", customer)) {
					t.Errorf("%s: told is %v, want %v", at, !want, want)
				}
			}
		}
		told(c, false, pages[4], fmt.Sprintf("/o/%d/", customer))
		if s := c.Post(t, "/me/context", url.Values{"to": {fmt.Sprint(site)}}); s.Status != 303 {
			t.Fatalf("switch: %d", s.Status)
		}
		told(c, true, pages...)
		if s := c.Post(t, "/me/context/stay", url.Values{"next": {pages[1]}}); s.Status != 303 || s.Location != pages[1] {
			t.Fatalf("stay: %d %s", s.Status, s.Location)
		}
		told(c, false, pages...)
		other := p.Nobody(t) // "stay" was said in one session
		p.SignIn(t, other, "two-numbers")
		if s := other.Post(t, "/me/context", url.Values{"to": {fmt.Sprint(site)}}); s.Status != 303 {
			t.Fatalf("switch: %d", s.Status)
		}
		told(other, true, pages...)
		if s := other.Post(t, "/me/context", url.Values{"to": {fmt.Sprint(customer)}}); s.Status != 303 {
			t.Fatalf("switch back: %d", s.Status)
		}
		told(other, false, pages[4], fmt.Sprintf("/o/%d/", customer))
	})
}

func TestAttack_OPS_14_secrets_are_in_no_log_and_not_in_the_clear_at_rest(t *testing.T) {
	log := &apptest.Log{}
	p := apptest.StartLogged(t, apptest.Lite, log)
	customer := p.World.Organisations["customer"].Number
	anna := p.As(t, "customer-admin")
	form := anna.Get(t, fmt.Sprintf("/o/%d/contacts/new", customer)).Hidden()
	for name, value := range map[string]string{"first_name": "Jan", "last_name": "Canary", "email": "jan.canary@kowalski-maszyny.example", "role": "support-restricted"} {
		form.Set(name, value)
	}
	if page := anna.Post(t, fmt.Sprintf("/o/%d/contacts/new", customer), form); page.Status != 303 {
		t.Fatalf("invite: %d", page.Status)
	}
	_, link := p.Mail(t, "jan.canary@kowalski-maszyny.example", "/invitation/")
	token := link[strings.LastIndex(link, "/")+1:]
	jan := p.Nobody(t)
	jan.Get(t, strings.TrimPrefix(link, p.URL))
	const password = "canary password of Jan"
	if page := jan.Post(t, "/invitation/open", url.Values{"first_name": {"Jan"}, "last_name": {"Canary"}, "password": {password}}); page.Status != 303 {
		t.Fatalf("accept: %d", page.Status)
	}
	p.As(t, "helpdesk")
	jan.Post(t, "/sign-in", url.Values{"email": {"jan.canary@kowalski-maszyny.example"}, "password": {"wrong canary password"}})
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"invitation token": token, "password": password, "mistyped password": "wrong canary password"}
	for i, c := range jan.HTTP.Jar.Cookies(at) {
		if c.Name == "lodge" {
			secrets[fmt.Sprint("session ", i)] = c.Value
		}
	}
	for _, x := range p.World.People {
		if x.TOTPSecret != "" {
			secrets["second factor of "+x.Key] = x.TOTPSecret
		}
		secrets["password of "+x.Key] = x.Password
	}
	if len(secrets) < 20 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	rest := ""
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(strings.TrimPrefix(p.Config.Database, "sqlite:") + suffix)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		rest += string(b)
	}
	if !strings.Contains(rest, "jan.canary@") || !strings.Contains(log.String(), "POST /sign-in") {
		t.Fatal("the test looks at the wrong things")
	}
	for name, secret := range secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s stands in the log", name)
		}
		if strings.Contains(rest, secret) {
			t.Errorf("%s stands in the clear in the database", name)
		}
	}
}

package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
)

// askFor is a partner's wish, sent by the page.
func askFor(t *testing.T, p *apptest.Portal, who, org string, number int64, roles ...string) apptest.Page {
	t.Helper()
	at := fmt.Sprintf("/o/%d/partners/ask", p.World.Organisations[org].Number)
	form := p.As(t, who).Get(t, at).Hidden()
	for name, value := range map[string][]string{"number": {fmt.Sprint(number)}, "roles": roles, "months": {"12"}, "reason": {"We look after your presses."}} {
		form[name] = value
	}
	return p.As(t, who).Post(t, at, form)
}

// TestPartners: what a partner may begins with the customer's consent, is no more than that, is seen, and ends at once.
func TestPartners_act_by_consent_for_a_time_and_are_seen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer, luc, anna := p.World.Organisations["customer"].Number, p.As(t, "other-partner"), p.As(t, "customer-admin")
		work := fmt.Sprintf("/o/%d/for/%d/requests", p.World.Organisations["other-partner"].Number, customer)
		if got := askFor(t, p, "other-partner", "other-partner", customer, "support-advanced", "licensing"); got.Status != 303 {
			t.Fatalf("ask: %d %s", got.Status, said(got.Body))
		}
		if got := luc.Get(t, work); got.Status != 404 {
			t.Errorf("asked for, and open already: %d", got.Status)
		}
		if got := askFor(t, p, "other-partner", "other-partner", customer, "reporting"); got.Status != 409 || !strings.Contains(got.Body, "We look after your presses.") {
			t.Errorf("asked twice: %d", got.Status)
		}
		_, link := p.Mail(t, emailOf(p, "customer-admin"), "/partner-asks/")
		at := strings.TrimPrefix(link, p.URL)
		for who, want := range map[string]int{"customer-support": 403, "other-customer-admin": 404, "partner-operator": 404, "helpdesk": 404} {
			if got := p.As(t, who).Get(t, at); got.Status != want {
				t.Errorf("%s opens what is asked: %d, want %d", who, got.Status, want)
			}
		}
		has(t, "the administrator's home", anna.Get(t, fmt.Sprintf("/o/%d/", customer)), []string{"1 partner asks to act for you"}, nil)
		if home := p.As(t, "customer-member").Get(t, fmt.Sprintf("/o/%d/", customer)); strings.Contains(home.Body, "asks to act for you") {
			t.Error("a member without a right is told to decide")
		}
		page := anna.Get(t, at)
		has(t, "what is asked", page, []string{"Lagarde Conseil asks to act for you", "We look after your presses."}, nil)
		agree := func(until time.Time, roles ...string) apptest.Page {
			form := page.Hidden()
			form["roles"], form["until"] = roles, []string{until.Format(time.DateOnly)}
			return anna.Post(t, at+"/agree", form)
		}
		now := p.Store.Clock.Now()
		for what, got := range map[string]apptest.Page{"more than was asked": agree(now.AddDate(0, 6, 0), "support-advanced", "security-administrator"),
			"three years": agree(now.AddDate(3, 0, 0), "support-advanced"), "nothing": agree(now.AddDate(0, 6, 0)), "yesterday": agree(now.AddDate(0, 0, -2), "support-advanced")} {
			if got.Status != 422 {
				t.Errorf("%s: %d", what, got.Status)
			}
		}
		got := agree(now.AddDate(0, 6, 0), "support-advanced")
		if got.Status != 303 {
			t.Fatalf("agree: %d %s", got.Status, said(got.Body))
		}
		if text, _ := p.Mail(t, emailOf(p, "other-partner"), "/partners/"); !strings.Contains(text, "Kowalski Maszyny") {
			t.Errorf("the partner is told: %s", text)
		}
		if got := luc.Get(t, work); got.Status != 200 {
			t.Errorf("agreed, and closed: %d", got.Status)
		}
		again := anna.Get(t, fmt.Sprintf("/o/%d/partners", customer)).Hidden()
		for _, path := range []string{"new", p.World.Example} {
			has(t, "who will see it", p.As(t, "support-advanced").Get(t, fmt.Sprintf("/o/%d/requests/%s", customer, path)),
				[]string{"Brightwater Systems, Lagarde Conseil and Halden Software will see this"}, nil)
		}
		if again := anna.Post(t, at+"/agree", again); again.Status != 404 {
			t.Errorf("agreed twice: %d", again.Status)
		}
		var shown apptest.Page
		until(t, 10*time.Second, func() bool { shown = anna.Get(t, got.Location); return strings.Contains(shown.Body, "Luc Lagarde") })
		has(t, "the partnership", shown, []string{"Support advanced", "The customer agreed"}, []string{"Licensing", "Tom Marsh"})
		if own := luc.Get(t, strings.Replace(got.Location, fmt.Sprintf("/o/%d/", customer), fmt.Sprintf("/o/%d/", p.World.Organisations["other-partner"].Number), 1)); own.Status != 200 ||
			strings.Contains(own.Body, "Who used it") || strings.Contains(own.Body, `name="until"`) {
			t.Errorf("the partner's own page: %d", own.Status)
		}
		if foreign := p.As(t, "partner-operator").Get(t, strings.Replace(got.Location, fmt.Sprint(customer), fmt.Sprint(p.World.Organisations["partner"].Number), 1)); foreign.Status != 404 {
			t.Errorf("another partner's: %d", foreign.Status)
		}
		if end := anna.Post(t, got.Location+"/end", shown.Hidden()); end.Status != 303 {
			t.Fatalf("end: %d", end.Status)
		}
		if got := luc.Get(t, work); got.Status != 404 {
			t.Errorf("ended, and open: %d", got.Status)
		}
		p.Mail(t, emailOf(p, "other-partner"), "ended the partnership")
		has(t, "the log", anna.Get(t, fmt.Sprintf("/o/%d/events", customer)), []string{"Partner asked to act for the organisation", "Partnership ended"}, nil)
	})
}

// until waits for what is so a moment later.
func until(t *testing.T, most time.Duration, f func() bool) {
	t.Helper()
	for end := time.Now().Add(most); !f(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}

// TestPartners_never_learn_whose_a_number_is: the answer and the list are the same for a customer's number and for nobody's.
func TestPartners_never_learn_whose_a_number_is(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		luc, at := p.As(t, "other-partner"), fmt.Sprintf("/o/%d/partners", p.World.Organisations["other-partner"].Number)
		var lists []string
		for _, number := range []int64{p.World.Organisations["expired-customer"].Number, 98765, p.World.Organisations["vendor"].Number} {
			got := askFor(t, p, "other-partner", "other-partner", number, "support-advanced")
			if got.Status != 303 || got.Location != at {
				t.Fatalf("%d: %d", number, got.Status)
			}
			page := luc.Get(t, at)
			row := page.Body[strings.LastIndex(page.Body[:strings.Index(page.Body, fmt.Sprintf(">%d<", number))], "<tr"):]
			row = row[:strings.Index(row, "</tr>")]
			row = strings.ReplaceAll(row, fmt.Sprint(number), "NUMBER")
			for _, m := range moving {
				row = m.what.ReplaceAllString(row, m.as)
			}
			lists = append(lists, strings.ReplaceAll(row, luc.Get(t, at).Same("/partner-asks/"), ""))
		}
		if lists[0] != lists[1] || lists[1] != lists[2] {
			t.Errorf("a customer's number is told from others:\n%s\n%s\n%s", lists[0], lists[1], lists[2])
		}
		if got := p.As(t, "customer-admin").Get(t, fmt.Sprintf("/o/%d/partners/ask", p.World.Organisations["customer"].Number)); got.Status != 404 {
			t.Errorf("a customer asks: %d", got.Status)
		}
	})
}

// TestPartners_that_are_refused: a number is all that the partner knows of who said no; the customer knows who asked, not from where.
func TestPartners_that_are_refused_do_not_learn_by_whom(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		claire, luc := p.As(t, "other-customer-admin"), p.As(t, "other-partner")
		dubois, lagarde := p.World.Organisations["other-customer"].Number, p.World.Organisations["other-partner"].Number
		at := fmt.Sprintf("/o/%d/partner-asks/", dubois) + idOf(t, p, `SELECT id FROM partner_ask`)
		form := claire.Get(t, at).Hidden()
		for range 2 { // pressed twice
			if got := claire.Post(t, at+"/refuse", form); got.Status != 303 {
				t.Fatalf("refuse: %d %s", got.Status, said(got.Body))
			}
		}
		text, _ := p.Mail(t, emailOf(p, "other-partner"), "refused")
		secret := []string{"Claire", "Dubois", "127.0.0.1", fmt.Sprintf("/o/%d/", dubois)}
		for _, s := range secret {
			if strings.Contains(strings.ReplaceAll(text, p.URL, ""), s) {
				t.Errorf("the letter says %q", s)
			}
		}
		for _, path := range []string{"/partners", "/events", "/events/export.csv"} {
			page := luc.Get(t, fmt.Sprintf("/o/%d%s", lagarde, path))
			body := page.Body
			if path != "/partners" { // his own lines have his own address
				var lines []string
				for _, l := range strings.Split(strings.ReplaceAll(body, "<tr", "\n<tr"), "\n") {
					if strings.Contains(l, "nswer to a partnership") || strings.Contains(l, "partner.answered") {
						lines = append(lines, l)
					}
				}
				if body = strings.Join(lines, "\n"); body == "" {
					t.Errorf("%s does not tell the answer", path)
				}
			}
			for _, s := range secret {
				if strings.Contains(body, s) {
					t.Errorf("%s says %q: %s", path, s, body[:min(len(body), 400)])
				}
			}
		}
		if got := askFor(t, p, "other-partner", "other-partner", dubois, "support-advanced"); got.Status != 409 {
			t.Errorf("asked again at once: %d", got.Status)
		}
	})
}

// TestPartnerships_near_their_end are extended where the customer wants that, and both sides are told of the others once.
func TestPartnerships_near_their_end_go_on_or_are_told(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer, anna := p.World.Organisations["customer"].Number, p.As(t, "customer-admin")
		at := fmt.Sprintf("/o/%d/partners/", customer) + idOf(t, p, `SELECT id FROM partnership WHERE customer_id = (SELECT id FROM organisation WHERE number = $1)`, customer)
		form := func() url.Values {
			page := anna.Get(t, at)
			form := page.Hidden()
			form.Set("seen", regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(page.Body)[1])
			return form
		}
		set := func(days int, extends string) apptest.Page {
			form := form()
			form["until"], form["extends"] = []string{p.Store.Clock.Now().AddDate(0, 0, days).Format(time.DateOnly)}, []string{extends}
			return anna.Post(t, at, form)
		}
		sweep := func() {
			if err := p.Partners.Sweep(t.Context(), app.Roles.All()); err != nil {
				t.Fatal(err)
			}
		}
		letters := func(word string) int {
			n, err := strconv.Atoi(idOf(t, p, `SELECT CAST(count(*) AS TEXT) FROM mail WHERE kind = $1`, "partner.mail."+word))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if got := set(20, ""); got.Status != 303 {
			t.Fatalf("shortened: %d %s", got.Status, said(got.Body))
		}
		sweep()
		sweep()
		if n := letters("ending"); n != 2 {
			t.Errorf("%d letters that it ends: one to each side, once", n)
		}
		if got := set(21, "1"); got.Status != 303 {
			t.Fatalf("to go on: %d %s", got.Status, said(got.Body))
		}
		sweep()
		sweep()
		want := p.Store.Clock.Now().AddDate(0, 0, 21).AddDate(0, 6, 0).Format(time.DateOnly)
		if got := idOf(t, p, `SELECT until_on FROM partnership WHERE id = $1`, at[strings.LastIndex(at, "/")+1:]); got != want || letters("extended") != 1 {
			t.Errorf("extended to %s, want %s; %d letters", got, want, letters("extended"))
		}
		old := form()
		set(40, "")
		old["until"] = []string{want}
		if got := anna.Post(t, at, old); got.Status != 409 {
			t.Errorf("a form from before somebody else's change: %d", got.Status)
		}
	})
}

// TestPartners_by_program: the same by tokens.
func TestPartners_by_program(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer := p.World.Organisations["customer"].Number
		brightwater, kowalski := p.Program(p.World.Tokens["partner"]), p.Program(p.World.Tokens["customer"])
		got := brightwater.Post(t, "/api/v1/partner-asks", fmt.Sprintf(`{"number": %d, "roles": ["support-advanced", "partner-operator"], "months": 24}`, customer))
		if got.Status != 201 {
			t.Fatalf("ask: %d %s", got.Status, got.Body)
		}
		var asks struct {
			Items []struct{ ID, As, State string }
		}
		kowalski.Get(t, "/api/v1/partner-asks").Into(t, &asks)
		if len(asks.Items) != 1 || asks.Items[0].As != "customer" {
			t.Fatalf("the customer is asked: %v", asks)
		}
		ask := "/api/v1/partner-asks/" + asks.Items[0].ID
		if got := kowalski.Post(t, ask+"/agree", `{"roles": ["support-advanced"], "until": "never"}`); got.Status != 422 || got.Problem(t).At()[0] != "/until" {
			t.Errorf("no day: %d %s", got.Status, got.Body)
		}
		if got := brightwater.Post(t, ask+"/agree", `{"roles": ["support-advanced"], "until": "2027-01-01"}`); got.Status != 404 {
			t.Errorf("the partner agrees with itself: %d", got.Status)
		}
		day := func(months int) string { return p.Store.Clock.Now().AddDate(0, months, 0).Format(time.DateOnly) }
		if got = kowalski.Post(t, ask+"/agree", fmt.Sprintf(`{"roles": ["support-advanced"], "until": %q}`, day(12))); got.Status != 201 {
			t.Fatalf("agree: %d %s", got.Status, got.Body)
		}
		at := got.Header.Get("Location")
		var all struct{ Items []struct{ ID string } }
		if kowalski.Get(t, "/api/v1/partnerships").Into(t, &all); len(all.Items) != 1 || !strings.HasSuffix(at, all.Items[0].ID) {
			t.Errorf("it takes the place of the older one: %v, %s", all, at)
		}
		one := kowalski.Get(t, at)
		if got := kowalski.Call(t, "PATCH", at, fmt.Sprintf(`{"until": %q, "extends": true}`, day(18)), "If-Match", one.Header.Get("ETag"), "Content-Type", "application/merge-patch+json"); got.Status != 200 ||
			!strings.Contains(got.Body, day(18)) {
			t.Errorf("change: %d %s", got.Status, got.Body)
		}
		if got := kowalski.Call(t, "PATCH", at, `{"extends": false}`, "If-Match", one.Header.Get("ETag"), "Content-Type", "application/merge-patch+json"); got.Status != 412 {
			t.Errorf("stale: %d %s", got.Status, got.Body)
		}
		if got := brightwater.Post(t, at+"/end", ""); got.Status != 204 {
			t.Errorf("the partner ends it: %d %s", got.Status, got.Body)
		}
		if got := brightwater.Get(t, fmt.Sprintf("/api/v1/for/%d/requests", customer)); got.Status != 404 {
			t.Errorf("ended, and open: %d", got.Status)
		}
	})
}

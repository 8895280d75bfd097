package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

// TestAttack_ID_07: after an account was closed and its address registered again, nothing old leads to the new one: no cookie, link, token or request.
func TestAttack_ID_07_nothing_of_a_closed_account_comes_back_with_its_address(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		const key = "customer-support"
		address := emailOf(p, key)
		old := one(t, p, `SELECT id FROM person WHERE email = $1`, address)
		written := count(t, p, `SELECT count(*) FROM ticket_entry WHERE author_id = $1`, old)
		acts := count(t, p, `SELECT count(*) FROM event WHERE person_id = $1`, old)
		c, elsewhere := p.Nobody(t), p.Nobody(t)
		p.SignIn(t, c, key)
		p.SignIn(t, elsewhere, key)
		if got := p.Nobody(t).Post(t, "/forgotten", url.Values{"email": {address}}); got.Status != 200 {
			t.Fatalf("a link to set a password: %d", got.Status)
		}
		_, reset := p.Mail(t, address, "/forgotten/")

		page := c.Get(t, "/me/data")
		if !strings.Contains(page.Body, "Close your account") {
			t.Fatal("the page does not offer it")
		}
		form := page.Hidden()
		form.Set("confirm", "somebody@else.example")
		if got := c.Post(t, "/me/close", form); got.Status != 422 || !strings.Contains(got.Body, "This is not your address") || !strings.Contains(got.Body, "somebody@else.example") {
			t.Errorf("another address typed: %d", got.Status)
		}
		change(t, p, `UPDATE session SET created_at = $1, proved_at = NULL WHERE revoked_at IS NULL`, p.Config.Clock.Now().Add(-time.Hour))
		form.Set("confirm", strings.ToUpper(address))
		if got := c.Post(t, "/me/close", form); got.Status != 403 || !strings.Contains(got.Body, "_prove") {
			t.Fatalf("an hour later: %d", got.Status)
		}
		form.Set("_prove", "demo password "+key)
		if got := c.Post(t, "/me/close", form); got.Status != 303 || got.Location != "/sign-in" {
			t.Fatalf("closed: %d %s", got.Status, got.Body)
		}
		p.Mail(t, address, "account of the customer portal was closed")

		for name, b := range map[string]*apptest.Client{"the own browser": c, "another": elsewhere} {
			if got := b.Get(t, "/me/"); got.Status != 303 || !strings.HasPrefix(got.Location, "/sign-in") {
				t.Errorf("%s is still in: %d", name, got.Status)
			}
		}
		if got := p.Nobody(t).Post(t, "/sign-in", url.Values{"email": {address}, "password": {"demo password " + key}}); got.Status != 422 {
			t.Errorf("signed in: %d", got.Status)
		}
		again := p.Nobody(t)
		again.Get(t, strings.TrimPrefix(reset, p.URL))
		if got := again.Get(t, "/forgotten/new"); got.Status != 404 {
			t.Errorf("an old link: %d", got.Status)
		}
		for _, q := range []string{
			`SELECT count(*) FROM person WHERE email = $1`, `SELECT count(*) FROM invitation WHERE email = $1`, `SELECT count(*) FROM proof WHERE email = $1`,
			`SELECT count(*) FROM mail WHERE to_address = $1 AND person_id <> ''`, `SELECT count(*) FROM import_row WHERE email = $1`,
		} {
			if n := count(t, p, q, address); n != 0 {
				t.Errorf("%s: %d", q, n)
			}
		}
		for _, q := range []string{`SELECT count(*) FROM credential WHERE person_id = $1`, `SELECT count(*) FROM session WHERE person_id = $1`, `SELECT count(*) FROM recovery_code WHERE person_id = $1`,
			`SELECT count(*) FROM proof WHERE person_id = $1`, `SELECT count(*) FROM ticket_participant WHERE person_id = $1`, `SELECT count(*) FROM unsent_text WHERE person_id = $1`,
			`SELECT count(*) FROM membership WHERE person_id = $1 AND state IN ('active', 'invited', 'imported')`, `SELECT count(*) FROM membership_role r JOIN membership m ON m.id = r.membership_id WHERE m.person_id = $1`,
			`SELECT count(*) FROM ticket_entry WHERE author_id = $1 AND author_name NOT LIKE 'Former user %'`, `SELECT count(*) FROM ticket WHERE author_id = $1 AND author_name NOT LIKE 'Former user %'`} {
			if n := count(t, p, q, old); n != 0 {
				t.Errorf("%s: %d", q, n)
			}
		}
		if n := count(t, p, `SELECT count(*) FROM ticket_entry WHERE author_id = $1`, old); n != written || written == 0 {
			t.Errorf("%d of %d entries are left", n, written)
		}
		if n := count(t, p, `SELECT count(*) FROM event WHERE person_id = $1`, old); n <= acts {
			t.Errorf("the log has %d of %d acts", n, acts)
		}
		// Whoever reads the request sees no name, and neither does a list of contacts.
		request := p.As(t, "support-advanced").Get(t, fmt.Sprintf("/o/%d/requests/%s", p.World.Organisations["customer"].Number, p.World.Example))
		if request.Status != 200 || !strings.Contains(request.Body, "Former user") {
			t.Errorf("the request: %d", request.Status)
		}
		contacts := p.As(t, "customer-admin").Get(t, fmt.Sprintf("/o/%d/contacts?tab=past", p.World.Organisations["customer"].Number))
		if strings.Contains(contacts.Body, address) || strings.Contains(contacts.Body, "closed:") {
			t.Error("the contacts show the address")
		}

		if got := p.Nobody(t).Post(t, "/register", url.Values{"email": {address}}); got.Status != 200 {
			t.Fatalf("registered again: %d", got.Status)
		}
		_, link := p.Mail(t, address, "/register/")
		fresh := p.Nobody(t)
		fresh.Get(t, strings.TrimPrefix(link, p.URL))
		set := fresh.Get(t, "/register/new").Hidden()
		for name, value := range map[string]string{"first_name": "Ewa", "last_name": "Lis", "password": "another one of six words"} {
			set.Set(name, value)
		}
		if got := fresh.Post(t, "/register/new", set); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if now := one(t, p, `SELECT id FROM person WHERE email = $1`, address); now == old {
			t.Error("the id is used again")
		}
		if got := fresh.Get(t, fmt.Sprintf("/o/%d/requests/%s", p.World.Organisations["customer"].Number, p.World.Example)); got.Status != 404 {
			t.Errorf("the new account reads an old request: %d", got.Status)
		}
		if got := c.Get(t, "/me/"); got.Status != 303 {
			t.Errorf("the old cookie opens the new account: %d", got.Status)
		}
	})
}

// The last administrator is told which organisations need him, and nothing changes.
func TestClosing_is_refused_to_the_last_administrator(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		address := emailOf(p, "other-customer-admin")
		c := p.Nobody(t)
		p.SignIn(t, c, "other-customer-admin")
		form := c.Get(t, "/me/data").Hidden()
		form.Set("confirm", address)
		got := c.Post(t, "/me/close", form)
		if name := p.World.Organisations["other-customer"].Name; got.Status != 409 || !strings.Contains(got.Body, "Nobody would be left to look after "+name) {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := c.Get(t, "/me/"); got.Status != 200 {
			t.Errorf("no longer in: %d", got.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM person WHERE email = $1 AND state = 'active'`, address); n != 1 {
			t.Error("something changed")
		}
	})
}

// Tokens of a closed account open nothing, and its organisation's log says so.
func TestAttack_ID_07_tokens_of_a_closed_account_end(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		token := madeBy(t, p, "helpdesk", "contacts:read")
		if got := p.Program(token).Get(t, "/api/v1/contacts"); got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		id := one(t, p, `SELECT id FROM person WHERE email = $1`, emailOf(p, "helpdesk"))
		c := p.As(t, "helpdesk")
		form := c.Get(t, "/me/data").Hidden()
		form.Set("confirm", emailOf(p, "helpdesk"))
		if got := c.Post(t, "/me/close", form); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if got := p.Program(token).Get(t, "/api/v1/contacts"); got.Status != 401 {
			t.Errorf("the token: %d", got.Status)
		}
		var left []string
		err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			left, err = store.Query[string](tx, `SELECT id FROM api_token WHERE maker_id = $1 AND revoked_at IS NULL`, id)
			return err
		})
		if err != nil || len(left) > 0 {
			t.Errorf("%v %v", left, err)
		}
	})
}

package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
)

// TestAttack_ID_41: a browser that was left alone changes no rights and makes no token.
func TestAttack_ID_41_ten_minutes_later_rights_and_tokens_ask_again_and_what_was_sent_is_kept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer := p.World.Organisations["customer"].Number
		anna := p.Nobody(t)
		p.SignIn(t, anna, "customer-admin")
		forget := func() {
			change(t, p, `UPDATE session SET created_at = $1, proved_at = NULL WHERE revoked_at IS NULL`, p.Config.Clock.Now().Add(-time.Hour))
		}
		forget()
		at := fmt.Sprintf("/o/%d/settings/api/new", customer)
		form := anna.Get(t, at).Hidden()
		for name, value := range map[string]string{"name": "Stock control", "scopes": "contacts:read", "days": "30"} {
			form.Set(name, value)
		}
		asked := anna.Post(t, at, form)
		for _, want := range []string{"Show once more that it is you", `action="` + at + `"`, `name="name" value="Stock control"`, `name="scopes" value="contacts:read"`, `name="_prove"`, `type="password"`} {
			if asked.Status != 403 || !strings.Contains(asked.Body, want) {
				t.Fatalf("%d without %s", asked.Status, want)
			}
		}
		again := asked.Hidden()
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`).FindAllStringSubmatch(asked.Body, -1) {
			again.Add(m[1], m[2])
		}
		again.Set("_prove", "not the password")
		wrong := anna.Post(t, at, again)
		if wrong.Status != 422 || !strings.Contains(wrong.Body, "This is not your current password") || !strings.Contains(wrong.Body, "Stock control") {
			t.Errorf("a wrong password: %d", wrong.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM api_token WHERE name = 'Stock control' AND org_id = (SELECT id FROM organisation WHERE number = $1)`, customer); n != 0 {
			t.Errorf("%d tokens without proof", n)
		}
		again.Set("_prove", "demo password customer-admin")
		done := anna.Post(t, at, again)
		if done.Status != 200 || !strings.Contains(done.Body, "lodge_") || strings.Contains(done.Body, "demo password") {
			t.Errorf("with it: %d %s", done.Status, regexp.MustCompile(`(?s)<main.*`).FindString(done.Body))
		}

		// Roles are staged without, and applied with it; the proof just shown is enough.
		if got := anna.Post(t, fmt.Sprintf("/o/%d/contacts/changes/apply", customer), url.Values{}); got.Status == 403 {
			t.Errorf("asked twice: %d", got.Status)
		}
		forget()
		if got := anna.Post(t, fmt.Sprintf("/o/%d/contacts/changes/apply", customer), url.Values{}); got.Status != 403 || !strings.Contains(got.Body, "_prove") {
			t.Errorf("applied an hour later: %d", got.Status)
		}
		p.SignIn(t, p.Nobody(t), "customer-admin")
		if got := anna.Post(t, fmt.Sprintf("/o/%d/contacts/changes/apply", customer), url.Values{}); got.Status != 403 || !strings.Contains(got.Body, "_prove") {
			t.Errorf("a sign-in elsewhere was enough: %d", got.Status)
		}
		if got := anna.Post(t, "/me/factor/begin", url.Values{}); got.Status != 403 || !strings.Contains(got.Body, "_prove") {
			t.Errorf("a second factor begun an hour later: %d", got.Status)
		}
		if got := anna.Post(t, "/me/email", url.Values{"email": {"anna@private.example"}}); got.Status != 403 || !strings.Contains(got.Body, "_prove") || !strings.Contains(got.Body, "anna@private.example") {
			t.Errorf("another address asked for an hour later: %d", got.Status)
		}
		program := p.Program(madeBy(t, p, "customer-admin", "contacts:write"))
		forget()
		if got := program.Post(t, "/api/v1/contacts/changes/apply", ""); got.Status == 403 {
			t.Errorf("a program is asked for a password: %d %s", got.Status, got.Body)
		}
	})
}

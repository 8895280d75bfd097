package identity_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

func TestPage_security_changes_the_password_and_the_factor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		b := w.As(w.Pages(nil), "anna")
		refused := b.Post("/me/password", url.Values{"current": {"wrong-canary"}, "password": {newPassword}})
		shows(t, refused, 422, "This is not your current password")
		if strings.Contains(refused.Body, "wrong-canary") || strings.Contains(refused.Body, newPassword) {
			t.Error("a password is shown again")
		}
		leads(t, b.Post("/me/password", url.Values{"current": {worldtest.Password}, "password": {newPassword}}), "/me/security")
		shows(t, b.Get("/me/security"), 200, "Password changed")
		leads(t, b.Post("/me/factor/begin", nil), "/me/security")
		secret := pending(t, w, w.ID("anna"))
		shows(t, b.Get("/me/security"), 200, secret)
		shows(t, b.Post("/me/factor/confirm", url.Values{"code": {"x"}}), 422, "This code is wrong")
		codes := shownCodes(b.Post("/me/factor/confirm", url.Values{"code": {codeOf(t, w, secret)}}).Body)
		if len(codes) != 10 {
			t.Fatalf("recovery codes: %v", codes)
		}
		page := b.Get("/me/security")
		shows(t, page, 200, "Remove the second factor", "10 recovery codes are left")
		if strings.Contains(page.Body, secret) {
			t.Error("the secret is shown after it was confirmed")
		}
		leads(t, b.Post("/me/factor/begin", nil), "/me/security") // a stale page: nothing happens
		w.Clock.Add(time.Minute)
		shows(t, b.Post("/me/recovery", url.Values{"code": {"000000"}}), 422, "This code is wrong")
		codes = shownCodes(b.Post("/me/recovery", url.Values{"code": {codes[0]}}).Body)
		shows(t, b.Get("/me/security"), 200, "10 recovery codes are left")
		leads(t, b.Post("/me/factor/replace", url.Values{"code": {codes[0]}}), "/me/security")
		shows(t, b.Get("/me/security"), 200, pending(t, w, w.ID("anna")))
		leads(t, b.Post("/me/factor/cancel", nil), "/me/security")
		shows(t, b.Get("/me/security"), 200, "Nothing was changed", "Remove the second factor")

		there := w.Browser(w.Pages(nil))
		leads(t, there.Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {newPassword}}), "/sign-in/factor")
		shows(t, there.Get("/sign-in/factor"), 200, "/sign-in/factor?with=recovery")
		shows(t, there.Get("/sign-in/factor?with=recovery&next=%2Fme%2F"), 200, "Recovery code", `href="/sign-in/factor?next=%2Fme%2F"`)
		shows(t, there.Post("/sign-in/factor?with=recovery", url.Values{"code": {codes[0]}, "with": {"recovery"}}), 422, "This code is wrong", "Recovery code")
		leads(t, there.Post("/sign-in/factor?with=recovery", url.Values{"code": {codes[1]}, "with": {"recovery"}}), "/")

		leads(t, b.Post("/me/factor/remove", url.Values{"code": {codes[2]}}), "/me/security")
		other := w.SignInWith("anna", newPassword)
		a, err := w.ResolveToken(other)
		w.Need(err)
		leads(t, b.Post("/me/sessions/"+a.Session+"/revoke", nil), "/me/security")
		_, err = w.ResolveToken(other)
		gone(t, err)
		shows(t, b.Post("/me/sessions/"+strings.Repeat("0", 32)+"/revoke", nil), 404)
	})
}

// shownCodes are the recovery codes on a page.
func shownCodes(page string) (codes []string) {
	for _, m := range regexp.MustCompile(`<li class="mono">([0-9A-Z-]{19})</li>`).FindAllStringSubmatch(page, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

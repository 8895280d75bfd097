package identity_test

import (
	"net/url"
	"strings"
	"testing"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

// AC-03: two linked accounts have two passwords. What is set here is good here only; what the old portal keeps, and brings with every later import, opens it there and never here again.
func TestAC_03_a_password_set_here_is_good_here_only_and_the_old_one_there_only(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		const address, old = "piotr@kowalski.example", "altes Wort"
		person := imported(t, w, address, old, true)
		there := w.Count(`SELECT count(*) FROM linked_identity WHERE person_id = $1`, person)
		b := w.Browser(w.Pages(nil))
		leads(t, b.Post("/sign-in", url.Values{"email": {address}, "password": {old}}), "/")
		leads(t, b.Post("/me/password", url.Values{"current": {old}, "password": {newPassword}}), "/me/security")

		verifier := wrapped(t, w, old) // what the old portal has, and exports again
		w.Write(func(tx *store.Tx) error {
			return w.Identities.KeepOld(tx, person, "customer-portal", "sha256-hex", verifier)
		})
		if fits, err := w.Identities.Hasher.Check(t.Context(), []string{verifier}, old); err != nil || fits != 0 {
			t.Errorf("the old password does not open the old portal: %d %v", fits, err)
		}
		if fits, err := w.Identities.Hasher.Check(t.Context(), []string{verifier}, newPassword); err != nil || fits >= 0 {
			t.Errorf("the new password opens the old portal: %d %v", fits, err)
		}
		c := w.Browser(w.Pages(nil))
		shows(t, c.Post("/sign-in", url.Values{"email": {address}, "password": {old}}), 422, "The e-mail address or the password is wrong")
		leads(t, c.Post("/sign-in", url.Values{"email": {address}, "password": {newPassword}}), "/")
		if n := w.Count(`SELECT count(*) FROM linked_identity WHERE person_id = $1`, person); n != there {
			t.Errorf("%d links, had %d", n, there)
		}
	})
}

// S0-22: who bought before the move and was mailed how to make an account in the old portal uses the same data here, whether the account was made there or never finished: then
// the mailbox is enough.
func TestS0_22_who_was_invited_to_the_old_portal_comes_in_with_the_same_data(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		const finished, begun = "piotr@kowalski.example", "magda@kowalski.example"
		imported(t, w, finished, "altes Wort", true)
		b := w.Browser(h)
		leads(t, b.Post("/sign-in", url.Values{"email": {" Piotr@KOWALSKI.example "}, "password": {"altes Wort"}}), "/")
		shows(t, b.Get("/me/"), 200, finished)

		var person string
		w.Write(func(tx *store.Tx) (err error) { // no password, mailbox never proved, invited there
			if person, err = w.Identities.Import(tx, w.Program(""), "customer-portal", "p-2", identity.Brought{Email: begun, First: "Magda", Last: "Kurek", Language: "en"}); err != nil {
				return err
			}
			return w.Accounts.ImportMembership(tx, w.Program(""), account.Held{ID: tx.NewID(), Person: person, Org: w.Org("Kowalski").ID, Zone: "Europe/Warsaw"}, account.Brought{Roles: []string{account.SupportAdvanced}})
		})
		if l := w.Letters(begun); len(l) > 0 {
			t.Errorf("the import wrote to her: %+v", l)
		}
		c := w.Browser(h)
		shows(t, c.Post("/sign-in", url.Values{"email": {begun}, "password": {"whatever she types"}}), 422, "The e-mail address or the password is wrong", `href="/forgotten"`)
		shows(t, c.Post("/forgotten", url.Values{"email": {begun}}), 200, "Look in your mailbox")
		leads(t, c.Get(w.Link(w.Letter(begun).Text)), "/forgotten/new")
		shows(t, c.Get("/forgotten/new"), 200, begun)
		leads(t, c.Post("/forgotten/new", url.Values{"password": {newPassword}}), "/")
		a, err := w.ResolveToken(c.Cookies["__Host-lodge"], "Kowalski")
		if err != nil || a.Person != person || !a.Is(account.SupportAdvanced) {
			t.Errorf("not in with the old roles: %+v %v", a, err)
		}
		// Registering the address leads to the same person, too.
		d := worldtest.Browser{World: w, Handler: h, Cookies: map[string]string{}, Header: map[string][]string{}}
		shows(t, d.Post("/register", url.Values{"email": {begun}}), 200, "Look in your mailbox")
		if l := w.Letter(begun); !strings.Contains(l.Text, "/forgotten/") {
			t.Errorf("somebody with an account is offered another: %s", l.Text)
		}
	})
}

package account_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

// linkTo is the secret in the newest letter to an address that has a link of this kind.
func linkTo(t *testing.T, w *worldtest.World, to, kind string) string {
	t.Helper()
	for _, l := range w.Letters(to) {
		if _, rest, ok := strings.Cut(l.Text, kind); ok {
			return strings.Fields(rest)[0]
		}
	}
	t.Fatalf("no letter to %s has %s", to, kind)
	return ""
}

// delivered invites somebody, and gives the secret in the letter that came.
func delivered(t *testing.T, w *worldtest.World, a who.Actor, in account.NewContact) (id, secret string) {
	t.Helper()
	id, err := w.Accounts.Invite(t.Context(), a, in)
	w.Need(err)
	return id, linkTo(t, w, in.Email, "/invitation/")
}

// One step on the invitation's page ends it and all further ones: of this organisation, which is told so, or of anybody, which looks to others like a mailbox that takes nothing.
func TestAttack_ID_23_a_recipient_blocks_further_invitations_in_one_step(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Customer("Serrano").Person("luis", "Serrano", account.SecurityAdministrator)
		h := w.Pages(nil)
		const stranger = "jan@elsewhere.example"
		anna, luis := w.Actor("anna", "Kowalski"), w.Actor("luis", "Serrano")
		in := account.NewContact{FirstName: "Jan", LastName: "Nowak", Email: stranger, Role: account.SupportRestricted}
		id, secret := delivered(t, w, anna, in)
		open := func(secret string) *worldtest.Browser {
			b := w.Browser(h)
			b.Get("/invitation/" + secret)
			return b
		}
		b := open(secret)
		if page := b.Get("/invitation/open"); page.Status != 200 {
			t.Fatal(page.Status)
		}
		if got := b.Post("/invitation/decline", url.Values{"from": {"organisation"}}); got.Status != 303 || got.Location != "/sign-in" {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if s := state(t, w, id); s != account.Withdrawn {
			t.Errorf("the invitation is %s", s)
		}
		if got := open(secret).Get("/invitation/open"); got.Status != 404 {
			t.Errorf("its link: %d", got.Status)
		}
		if got := open(secret).Post("/invitation/decline", nil); got.Status != 404 {
			t.Errorf("declined twice: %d", got.Status)
		}
		letters := len(w.Letters(stranger))
		again, err := w.Accounts.Invite(t.Context(), anna, in)
		w.Need(err)
		if c, err := w.Accounts.Contact(t.Context(), anna, again); err != nil || c.Mail != account.Unwanted {
			t.Errorf("the inviter sees %+v %v", c, err)
		}
		if n := len(w.Letters(stranger)); n != letters {
			t.Errorf("%d letters, had %d", n, letters)
		}

		w.Clock.Add(time.Minute)
		other, secret := delivered(t, w, luis, in) // another organisation still can
		if got := open(secret).Post("/invitation/decline", url.Values{"from": {"all"}}); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		w.Customer("Dubois").Person("claire", "Dubois", account.SecurityAdministrator)
		claire := w.Actor("claire", "Dubois")
		third, err := w.Accounts.Invite(t.Context(), claire, in)
		w.Need(err)
		if c, err := w.Accounts.Contact(t.Context(), claire, third); err != nil || c.Mail != "failed" || c.State != account.Invited {
			t.Errorf("who never invited before sees %+v %v", c, err)
		}
		if s := state(t, w, other); s != account.Withdrawn {
			t.Errorf("the second invitation is %s", s)
		}

		// A sign-in with the address accepts nothing that was blocked, and lists and lifts the blocks.
		before := len(w.Letters(stranger))
		if _, err := w.Identities.Ask(t.Context(), stranger, identity.Register, "en", worldtest.Visit); err != nil {
			t.Fatal(err)
		}
		if n := len(w.Letters(stranger)); n != before+1 {
			t.Fatalf("%d letters, had %d", n, before)
		}
		out, err := w.Identities.Take(t.Context(), identity.Register, linkTo(t, w, stranger, "/register/"), identity.NewPassword{FirstName: "Jan", LastName: "Nowak", Password: worldtest.Password}, worldtest.Visit)
		w.Need(err)
		if s := state(t, w, third); s != account.Invited {
			t.Errorf("signed in, the blocked invitation is %s", s)
		}
		me := w.Browser(h)
		me.Cookies["__Host-lodge"] = out.Token
		page := me.Get("/me/invitations")
		for _, want := range []string{"Nobody can invite you", "Kowalski", "Serrano"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("%q is missing: %s", want, page.Body)
			}
		}
		if got := me.Post("/me/invitations", url.Values{"act": {"allow"}, "organisation": {""}}); got.Status != 303 {
			t.Errorf("%d", got.Status)
		}
		if got := me.Post("/me/invitations", url.Values{"act": {"allow"}, "organisation": {w.Org("Dubois").ID}}); got.Status != 404 {
			t.Errorf("one that is not blocked: %d", got.Status)
		}
		w.Need(w.Accounts.Resend(t.Context(), claire, third))
		if n := len(w.Letters(stranger)); n != before+2 {
			t.Errorf("allowed again: %d letters, had %d", n, before+1)
		}
		if got := me.Post("/me/invitations", url.Values{"act": {"block"}}); got.Status != 303 || !strings.Contains(me.Get("/me/invitations").Body, "Nobody can invite you") {
			t.Errorf("%d", got.Status)
		}
	})
}

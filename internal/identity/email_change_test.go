package identity_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

const newMailbox = "anna.nowak@private.example"

// moved begins a change of anna's address and gives what was mailed to the new and to the old one.
func moved(t *testing.T, w *worldtest.World, key, to string) (confirm, stop string) {
	t.Helper()
	w.Clock.Add(time.Second) // letters are told apart by their time
	w.Need(w.Identities.AskEmail(t.Context(), w.Actor(key), to))
	return secretIn(t, w, with(t, w, to, "/email/")), secretIn(t, w, stopping(t, w, w.Email(key)))
}

// stopping is the newest letter to an old address that stops a change.
func stopping(t *testing.T, w *worldtest.World, to string) string {
	return with(t, w, to, "/email/stop/")
}

// with is the newest letter to an address that has a link of this kind: jobs of one moment come in any order.
func with(t *testing.T, w *worldtest.World, to, link string) string {
	t.Helper()
	for _, l := range w.Letters(to) {
		if strings.Contains(l.Text, link) {
			return l.Text
		}
	}
	t.Fatalf("no letter to %s has %s", to, link)
	return ""
}

// The whole way by page: ten minutes after the sign-in it asks for the password first, the old address stays the login until the new mailbox is proved, and is told both times.
func TestAttack_ID_06_another_address_needs_the_password_and_proof_of_the_new_mailbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		b := w.As(h, "anna")
		other := w.SignIn("anna")
		w.Clock.Add(who.Lately)
		shows(t, b.Post("/me/email", url.Values{"email": {newMailbox}}), 403)
		if l := w.Letters(newMailbox); len(l) > 0 {
			t.Fatalf("a letter without a proof: %+v", l)
		}
		b = w.As(h, "anna")
		shows(t, b.Post("/me/email", url.Values{"email": {"anna@"}}), 422, "not a valid e-mail address", `value="anna@"`)
		shows(t, b.Post("/me/email", url.Values{"email": {strings.ToUpper(w.Email("anna"))}}), 422, "This is the present address")
		leads(t, b.Post("/me/email", url.Values{"email": {newMailbox}}), "/me/email")
		shows(t, b.Get("/me/email"), 200, newMailbox+" waits to be confirmed", w.Email("anna"))
		old := w.Letter(w.Email("anna"))
		if old.Subject != "Your address is to change" || !strings.Contains(old.Text, newMailbox) {
			t.Errorf("the old address is told: %+v", old)
		}
		if _, err := signIn(t, w, newMailbox, worldtest.Password); err == nil {
			t.Error("the new address opens something before it was proved")
		}
		reset := asked(t, w, w.Email("anna"), identity.Reset) // mailed to the old address

		link := w.Link(with(t, w, newMailbox, "/email/"))
		leads(t, w.Browser(h).Get(link), "/me/email/confirm")
		stranger := w.As(h, "ingrid")
		leads(t, stranger.Get(link), "/me/email/confirm")
		shows(t, stranger.Get("/me/email/confirm"), 404)
		shows(t, stranger.Post("/me/email/confirm", nil), 404)
		leads(t, b.Get(link), "/me/email/confirm")
		for range 2 { // looking uses nothing up
			shows(t, b.Get("/me/email/confirm"), 200, newMailbox, w.Email("anna"))
		}
		leads(t, b.Post("/me/email/confirm", nil), "/me/")
		shows(t, b.Get("/me/"), 200, newMailbox, "You sign in with your new address")
		_, err := w.ResolveToken(other)
		gone(t, err)
		_, err = signIn(t, w, w.Email("anna"), worldtest.Password)
		refused(t, err, 422, "identity.wrong_password")
		if _, err := signIn(t, w, newMailbox, worldtest.Password); err != nil {
			t.Errorf("with the new address: %v", err)
		}
		w.Write(func(tx *store.Tx) error { // the mailbox goes to somebody else, for whom the old link is nothing, either
			heir, err := w.Identities.Ensure(tx, identity.Email(w.Email("anna")), "Hanna", "Heir", "en")
			if err != nil {
				return err
			}
			return w.Identities.Admit(tx, heir.ID, "$argon2id$")
		})
		_, err = take(t, w, identity.Reset, reset, newPassword)
		refused(t, err, 404, "identity.link_over")
		leads(t, b.Get(link), "/me/email/confirm")
		shows(t, b.Get("/me/email/confirm"), 404) // once
		if l := w.Letter(w.Email("anna")); l.Subject != "Your address has changed" {
			t.Errorf("the old address is told: %+v", l)
		}
		if l := w.Letter(newMailbox); l.Subject != "This is your address now" {
			t.Errorf("the new address is told: %+v", l)
		}
	})
}

// What the old address was told opens no account, and ends the change, before and for three days after it.
func TestAttack_ID_38_the_old_address_stops_a_change_and_takes_it_back(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		confirm, _ := moved(t, w, "anna", newMailbox)
		b := w.Browser(h)
		leads(t, b.Get(w.Link(stopping(t, w, w.Email("anna")))), "/email/stop")
		shows(t, b.Get("/email/stop"), 200, newMailbox, "Stop the change")
		leads(t, b.Post("/email/stop", nil), "/sign-in")
		refused(t, w.Identities.ConfirmEmail(t.Context(), w.Actor("anna"), confirm), 404, "identity.link_over")
		shows(t, b.Get("/email/stop"), 404)

		confirm, stop := moved(t, w, "anna", newMailbox)
		w.Need(w.Identities.ConfirmEmail(t.Context(), w.Actor("anna"), confirm))
		_, err := w.Identities.StopEmail(t.Context(), stop, visit)
		refused(t, err, 404, "identity.link_over") // what was mailed before the change is over
		thief := w.Actor("anna")
		leads(t, b.Get(w.Link(stopping(t, w, w.Email("anna")))), "/email/stop")
		shows(t, b.Get("/email/stop"), 200, newMailbox, "Take the old address back")
		leads(t, b.Post("/email/stop", nil), "/sign-in")
		_, err = w.Resolve("anna")
		gone(t, err)
		_, err = signIn(t, w, w.Email("anna"), worldtest.Password)
		refused(t, err, 422, "identity.wrong_password") // the thief knows it
		_, err = signIn(t, w, newMailbox, worldtest.Password)
		refused(t, err, 422, "identity.wrong_password")
		out, err := take(t, w, identity.Reset, secretIn(t, w, with(t, w, w.Email("anna"), "/forgotten/")), newPassword)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		if a, err := w.ResolveToken(out.Token); err != nil || a.Person != thief.Person || a.Email != w.Email("anna") {
			t.Errorf("%+v %v", a, err)
		}

		again := func() who.Actor {
			a, err := w.ResolveToken(w.SignInWith("anna", newPassword))
			w.Need(err)
			return a
		}
		w.Need(w.Identities.AskEmail(t.Context(), again(), newMailbox))
		w.Need(w.Identities.ConfirmEmail(t.Context(), again(), secretIn(t, w, with(t, w, newMailbox, "/email/"))))
		late := secretIn(t, w, stopping(t, w, w.Email("anna")))
		w.Clock.Add(3 * 24 * time.Hour)
		_, err = w.Identities.StopEmail(t.Context(), late, visit)
		refused(t, err, 404, "identity.link_over")
	})
}

// A thief who moves on twice cannot end the first address's way back, nor keep one of his own: a passkey that he added is gone.
func TestAttack_ID_38_the_first_address_takes_it_back_whatever_came_after(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("piotr", "Kowalski", account.SecurityAdministrator)
		own := w.Email("anna")
		confirm, _ := moved(t, w, "anna", newMailbox)
		w.Need(w.Identities.ConfirmEmail(t.Context(), w.Actor("anna"), confirm))
		back := secretIn(t, w, stopping(t, w, own))
		now := w.Actor("anna")
		refused(t, w.Accounts.CloseAccount(t.Context(), now, now.Email), 409, "identity.close_settling")
		thief := device(w.ID("anna"))
		thief.add(t, w, "anna", "thief")
		const third = "third@thief.example"
		w.Clock.Add(time.Second)
		w.Need(w.Identities.AskEmail(t.Context(), w.Actor("anna"), third))
		w.Need(w.Identities.ConfirmEmail(t.Context(), w.Actor("anna"), secretIn(t, w, with(t, w, third, "/email/"))))
		_, err := w.Identities.StopEmail(t.Context(), secretIn(t, w, stopping(t, w, newMailbox)), visit)
		w.Need(err)
		_, err = w.Identities.StopEmail(t.Context(), back, visit)
		w.Need(err)
		if n := w.Count(`SELECT count(*) FROM person WHERE email = $1`, own); n != 1 {
			t.Error("the first address did not take it back")
		}
		_, err = thief.in(t, w)
		refused(t, err, 422, "identity.passkey_refused")
	})
}

// A reset, a new password and an accepted invitation show who the owner is: what was begun before them ends. So does a change that is begun anew.
func TestAttack_ID_06_a_reset_a_new_password_or_an_invitation_cancels_a_change(t *testing.T) {
	for name, f := range map[string]func(t *testing.T, w *worldtest.World){
		"reset": func(t *testing.T, w *worldtest.World) {
			_, err := take(t, w, identity.Reset, asked(t, w, w.Email("anna"), identity.Reset), newPassword)
			w.Need(err)
		},
		"password": func(t *testing.T, w *worldtest.World) {
			w.Need(w.Identities.ChangePassword(t.Context(), w.Actor("anna"), worldtest.Password, newPassword))
		},
		"cancelled": func(t *testing.T, w *worldtest.World) { w.Need(w.Identities.CancelEmail(t.Context(), w.Actor("anna"))) },
		"anew":      func(t *testing.T, w *worldtest.World) { moved(t, w, "anna", "another@private.example") },
		"disabled": func(t *testing.T, w *worldtest.World) {
			w.Write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE person SET state = 'disabled' WHERE id = $1`, w.ID("anna"))
				return err
			})
		},
		"invitation": func(t *testing.T, w *worldtest.World) {
			w.Customer("Dubois").Person("claire", "Dubois", account.SecurityAdministrator)
			_, err := w.Accounts.Invite(t.Context(), w.Actor("claire", "Dubois"), account.NewContact{FirstName: "Anna", LastName: "K", Email: w.Email("anna")})
			w.Need(err)
			_, _, err = w.Accounts.AcceptSignedIn(t.Context(), w.Actor("anna"), secretIn(t, w, with(t, w, w.Email("anna"), "/invitation/")), visit)
			w.Need(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := kowalski(t, db)
				anna := w.Actor("anna")
				confirm, _ := moved(t, w, "anna", newMailbox)
				f(t, w)
				if err := w.Identities.ConfirmEmail(t.Context(), anna, confirm); fault.Status(err) != 404 {
					t.Error(err)
				}
			})
		})
	}
}

// Two people confirm one address at once, and somebody's address is asked for: the page says the same, the letter to its owner says so.
func TestAttack_ID_06_of_two_who_confirm_one_address_one_gets_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("jan", "Kowalski")
		h := w.Pages(nil)
		first, _ := moved(t, w, "anna", newMailbox)
		second, _ := moved(t, w, "jan", newMailbox)
		anna, jan := w.Actor("anna"), w.Actor("jan")
		var wg sync.WaitGroup
		var errs [2]error
		wg.Go(func() { errs[0] = w.Identities.ConfirmEmail(t.Context(), anna, first) })
		wg.Go(func() { errs[1] = w.Identities.ConfirmEmail(t.Context(), jan, second) })
		wg.Wait()
		if errs[0] != nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		w.Need(errs[0])
		// The winner's change ends what was mailed to the address, but not the other's wish for it.
		refused(t, errs[1], 409, "identity.email_taken")

		b := w.As(h, "ingrid")
		leads(t, b.Post("/me/email", url.Values{"email": {newMailbox}}), "/me/email")
		taken := b.Get("/me/email")
		shows(t, taken, 200, newMailbox+" waits to be confirmed")
		if l := with(t, w, newMailbox, "for another account"); strings.Contains(l, "/email/") {
			t.Error(l)
		}
	})
}

// Invitations to the old address end, who is a contact is known by the new one, and who is not (yet, or any more) by the old one.
func TestAttack_ID_06_organisations_learn_an_address_of_their_own_contacts_only(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Customer("Dubois").Person("claire", "Dubois", account.SecurityAdministrator).
			Customer("Serrano").Person("luis", "Serrano", account.SecurityAdministrator).Person("anna", "Serrano")
		invite := func(by, org, email string) string {
			w.Clock.Add(time.Second)
			_, err := w.Accounts.Invite(t.Context(), w.Actor(by, org), account.NewContact{FirstName: "Anna", LastName: "K", Email: email})
			w.Need(err)
			return secretIn(t, w, with(t, w, email, "/invitation/"))
		}
		w.Actor("anna") // who signs in accepts
		token := invite("claire", "Dubois", w.Email("anna"))
		contact := func(by, org string) account.Contact {
			all, err := w.Accounts.Contacts(t.Context(), w.Actor(by, org), account.ContactFilter{Text: "anna"})
			w.Need(err)
			if len(all) != 1 {
				t.Fatalf("%s sees %+v", by, all)
			}
			return all[0]
		}
		w.Need(w.Accounts.MakeObsolete(t.Context(), w.Actor("luis", "Serrano"), contact("luis", "Serrano").ID))
		confirm, _ := moved(t, w, "anna", newMailbox)
		w.Need(w.Identities.ConfirmEmail(t.Context(), w.Actor("anna"), confirm))
		if c := contact("claire", "Dubois"); c.Email != w.Email("anna") || c.State != account.Withdrawn {
			t.Errorf("invited: %+v", c)
		}
		if c := contact("luis", "Serrano"); c.Email != w.Email("anna") {
			t.Errorf("obsolete: %+v", c)
		}
		if c := contact("anna", "Kowalski"); c.Email != newMailbox {
			t.Errorf("contact: %+v", c)
		}
		_, _, err := w.Accounts.AcceptSignedIn(t.Context(), w.Actor("anna"), token, visit)
		refused(t, err, 404, "identity.link_over")
		again := invite("luis", "Serrano", newMailbox)
		if c := contact("luis", "Serrano"); c.Email != newMailbox || c.State != account.Invited {
			t.Errorf("asked in again: %+v", c)
		}
		_, _, err = w.Accounts.AcceptSignedIn(t.Context(), w.Actor("anna"), again, visit)
		w.Need(err)
	})
}

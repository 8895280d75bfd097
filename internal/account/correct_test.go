package account_test

import (
	"net/url"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func TestCorrect_invites_at_the_right_address_and_ends_the_wrong_invitation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		wrong, secret := invite(t, w, anna, account.NewContact{FirstName: "Ada", LastName: "Sowa", Email: "ada@kowalsky.example", Role: account.SupportRestricted})
		right := account.NewContact{FirstName: "Ada", LastName: "Sowa", Email: "ada@kowalski.example", Role: account.SupportRestricted}

		_, err := w.Accounts.Correct(t.Context(), anna, wrong, account.NewContact{FirstName: "Ada", LastName: "", Email: "ada@"})
		at(t, err, "email", "identity.email_invalid")
		_, err = w.Accounts.Correct(t.Context(), anna, wrong, account.NewContact{FirstName: "Ada", LastName: "Sowa", Email: w.Email("piotr")})
		refused(t, err, 409, "account.contact_exists")
		if s := state(t, w, wrong); s != account.Invited {
			t.Fatalf("a refused correction has ended the invitation: %s", s)
		}
		_, err = w.Accounts.Correct(t.Context(), w.Actor("piotr", "Kowalski"), wrong, right)
		lacks(t, err, account.Invite)
		_, err = w.Accounts.Correct(t.Context(), w.Actor("camille", "Dubois"), wrong, right)
		refused(t, err, 404, "fault.not_found")

		anna.Key = "once"
		id, err := w.Accounts.Correct(t.Context(), anna, wrong, right)
		w.Need(err)
		again, err := w.Accounts.Correct(t.Context(), anna, wrong, right)
		if err != nil || again != id || id == wrong {
			t.Errorf("the same form, sent again: %s %v, first %s", again, err, id)
		}
		_, err = accept(t, w, secret)
		refused(t, err, 404, "identity.link_over")
		if s := state(t, w, wrong); s != account.Withdrawn {
			t.Errorf("the wrong one: %s", s)
		}
		if s := state(t, w, id); s != account.Invited {
			t.Errorf("the right one: %s", s)
		}
		if c, err := w.Accounts.Contact(t.Context(), w.Actor("anna", "Kowalski"), id); err != nil || c.RoleNames != account.SupportRestricted {
			t.Errorf("the roles stay: %+v %v", c, err)
		}
		if n := len(w.Letters("ada@kowalski.example")); n != 1 {
			t.Errorf("%d letters", n)
		}
		anna.Key = ""
		_, err = w.Accounts.Correct(t.Context(), anna, wrong, right)
		refused(t, err, 409, "account.no_invitation")

		w.Clock.Add(account.InvitationTime + time.Hour) // the right one has expired: asking in at the same address is sending again, and ends nothing
		later, err := w.ResolveToken(w.SignIn("anna"), "Kowalski")
		w.Need(err)
		_, err = w.Accounts.Correct(t.Context(), later, id, right)
		refused(t, err, 409, "account.contact_exists")
		if n := len(w.Letters("ada@kowalski.example")); n != 1 {
			t.Errorf("%d letters", n)
		}
	})
}

func TestPage_corrects_an_invitation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		id, _ := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "Ada", LastName: "Sowa", Email: "ada@kowalsky.example", Role: account.SupportRestricted})
		b, list := w.As(w.Pages(nil), "anna"), base(w, "Kowalski")+"/contacts"
		shows(t, b.Get(list), 200, list+"/"+id+"/correct", "Last sign-in", "Never")
		shows(t, b.Get(list+"/"+id+"/correct"), 200, "Correct the invitation", `value="ada@kowalsky.example"`, `value="Sowa"`)
		form := url.Values{"first_name": {"Ada"}, "last_name": {"Sowa"}, "email": {"ada@"}, "role": {account.SupportRestricted}}
		shows(t, b.Post(list+"/"+id+"/correct", form), 422, `value="ada@"`, "Correct the invitation")
		form.Set("email", "ada@kowalski.example")
		leads(t, b.Post(list+"/"+id+"/correct", form), list)
		shows(t, b.Get(list), 200, "Invitation to ada@kowalski.example is on its way")
		shows(t, b.Get(list+"/"+id+"/correct"), 409)
	})
}

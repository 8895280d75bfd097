package account_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

func TestAC_05_a_contact_is_invited_and_becomes_active_by_signing_in_with_that_address(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		id, secret := invite(t, w, anna, jan)
		if s := state(t, w, id); s != account.Invited {
			t.Fatalf("%s", s)
		}
		out, err := accept(t, w, secret)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		if s := state(t, w, id); s != account.Active {
			t.Errorf("%s", s)
		}
		a, err := w.ResolveToken(out.Token, "Kowalski")
		if err != nil || !a.Is(account.SupportRestricted) || len(a.Roles) != 1 {
			t.Errorf("%+v %v", a, err)
		}
		if n := w.Count(`SELECT count(*) FROM membership WHERE person_id = $1 AND is_primary`, a.Person); n != 1 {
			t.Errorf("%d primary memberships", n)
		}
	})
}

func TestAC_05_somebody_with_an_account_becomes_active_at_the_next_sign_in(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		before := w.SignIn("camille")
		id, _ := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "Camille", LastName: "D.", Email: w.Email("camille"), Role: account.SupportAdvanced})
		_, err := w.ResolveToken(before, "Kowalski")
		refused(t, err, 404, "fault.not_found")
		after := w.SignIn("camille")
		if a, err := w.ResolveToken(after, "Kowalski"); err != nil || !a.Is(account.SupportAdvanced) || a.Is(account.SecurityAdministrator) {
			t.Errorf("%+v %v", a, err)
		}
		if s := state(t, w, id); s != account.Active {
			t.Errorf("%s", s)
		}
		if n := w.Count(`SELECT count(*) FROM membership m JOIN organisation o ON o.id = m.org_id WHERE m.person_id = $1 AND m.is_primary AND o.name = 'Dubois'`, w.ID("camille")); n != 1 {
			t.Error("the new membership took the primary's place")
		}
	})
}

func TestINV_02_Attack_ID_16_somebody_else_gets_403_and_the_invitation_stays_open(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		id, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		camille := w.Actor("camille")
		_, i, err := w.Accounts.AcceptSignedIn(t.Context(), camille, secret, visit)
		refused(t, err, 403, "account.invitation_for_another")
		if i.Email != "jan.nowak@kowalski.example" {
			t.Errorf("the page cannot name the invited address: %+v", i)
		}
		_, _, err = w.Accounts.Accept(t.Context(), camille, secret, identity.NewPassword{FirstName: "C", LastName: "D", Password: newPassword}, visit)
		refused(t, err, 403, "account.invitation_for_another")
		_, err = w.Resolve("camille", "Kowalski")
		refused(t, err, 404, "fault.not_found")
		w.SignIn("camille")
		if s := state(t, w, id); s != account.Invited {
			t.Errorf("%s", s)
		}
		if _, err := accept(t, w, secret); err != nil {
			t.Errorf("the right one cannot accept any more: %v", err)
		}
	})
}

func TestAcceptSignedIn_with_the_invited_address_opens_the_membership(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		camille := w.Actor("camille")
		id, secret := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "C", LastName: "D", Email: w.Email("camille"), Role: account.SupportAdvanced})
		_, err := accept(t, w, secret) // somebody who has an account signs in, and gets no new password by an invitation
		refused(t, err, 409, "account.sign_in_to_accept")
		out, i, err := w.Accounts.AcceptSignedIn(t.Context(), camille, secret, visit)
		if err != nil || out.Token != "" || i.Number != w.Org("Kowalski").Number {
			t.Fatalf("%+v %+v %v", out, i, err)
		}
		if s := state(t, w, id); s != account.Active {
			t.Errorf("%s", s)
		}
		if _, err := w.Resolve("camille", "Kowalski"); err != nil {
			t.Error(err)
		}
		_, _, err = w.Accounts.AcceptSignedIn(t.Context(), camille, secret, visit)
		refused(t, err, 404, "identity.link_over")
		if n, err := w.Accounts.Joined(t.Context(), camille, secret); err != nil || n != w.Org("Kowalski").Number {
			t.Errorf("the used link leads to %d %v", n, err)
		}
		if n, err := w.Accounts.Joined(t.Context(), w.Actor("anna"), secret); err != nil || n != 0 {
			t.Errorf("the used link leads somebody else to %d %v", n, err)
		}
	})
}

func TestAttack_ID_42_whoever_joins_the_vendor_shows_a_second_factor_first(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("karin", "", account.Operator)
		session := w.SignIn("camille")
		camille, err := w.ResolveToken(session)
		w.Need(err)
		id, secret := invite(t, w, w.Actor("karin", ""), account.NewContact{FirstName: "C", LastName: "D", Email: w.Email("camille"), Role: account.Helpdesk})
		out, _, err := w.Accounts.AcceptSignedIn(t.Context(), camille, secret, visit)
		if err != nil || out.Step != identity.StepSetUp {
			t.Fatalf("%+v %v", out, err)
		}
		if s := state(t, w, id); s != account.Invited {
			t.Errorf("%s before the second factor", s)
		}
		_, err = w.ResolveToken(session)
		refused(t, err, 401, "fault.sign_in")
		_, err = w.ResolveToken(out.Token, "")
		refused(t, err, 401, "fault.sign_in")
		w.Write(func(tx *store.Tx) error { // the app has the secret
			return w.Identities.Enrol(tx, camille.Person, worldtest.Secret, 0)
		})
		in, err := w.Identities.SignIn(t.Context(), camille.Email, worldtest.Password, visit)
		w.Need(err)
		in, err = w.Identities.TOTP(t.Context(), in.Token, w.Code(), visit)
		w.Need(err)
		if s := state(t, w, id); s != account.Active {
			t.Errorf("%s after it", s)
		}
		if a, err := w.ResolveToken(in.Token, ""); err != nil || !a.Is(account.Helpdesk) {
			t.Errorf("%+v %v", a, err)
		}
	})
}

func TestAttack_ID_18_fifty_parallel_accepts_make_one_membership(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		id, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		var in atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				_, err := accept(t, w, secret)
				switch {
				case err == nil:
					in.Add(1)
				case !fault.Is(err, "identity.link_over") && !fault.Is(err, "account.sign_in_to_accept"):
					t.Error(err)
				}
			})
		}
		all.Wait()
		n := w.Count(`SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = 'jan.nowak@kowalski.example'`)
		if in.Load() != 1 || n != 1 || state(t, w, id) != account.Active {
			t.Errorf("%d accepted, %d memberships, %s", in.Load(), n, state(t, w, id))
		}
		if n := w.Count(`SELECT count(*) FROM event WHERE name = 'account.contact_active'`); n != 6 { // the world's five, and this
			t.Errorf("%d events", n)
		}
	})
}

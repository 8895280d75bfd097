package account_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

var visit = worldtest.Visit

const newPassword = "a new one of six words"

// world is a vendor with Ingrid, the partner Brightwater with Tom, and the customers Kowalski, with Anna, who administers, and a site,
// and Dubois.
func world(t *testing.T, db *store.DB) *worldtest.World {
	t.Helper()
	return worldtest.New(t, db).Vendor().Partner("Brightwater").Customer("Kowalski").Site("Kowalski", "Poznań").Customer("Dubois").
		Person("anna", "Kowalski", account.SecurityAdministrator).Person("piotr", "Kowalski", account.SupportRestricted).
		Person("camille", "Dubois", account.SecurityAdministrator).
		Person("tom", "Brightwater", account.PartnerOperator).Person("ingrid", "", account.Helpdesk)
}

func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	if fault.Status(err) != status || !fault.Is(err, code) {
		t.Errorf("got %v (%d), want %s (%d)", err, fault.Status(err), code, status)
	}
}

func lacks(t *testing.T, err error, right who.Action) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != fault.Forbidden || f.Right != string(right) {
		t.Errorf("got %v, want the right %s missing", err, right)
	}
}

func at(t *testing.T, err error, field, code string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.At(field).Key != code {
		t.Errorf("got %v, want %s at %s", f, code, field)
	}
}

// jan is somebody nobody knows yet.
var jan = account.NewContact{FirstName: "Jan", LastName: "Nowak", Email: "jan.nowak@kowalski.example", Role: account.SupportRestricted}

// invite adds a contact and gives its id and the secret of the letter.
func invite(t *testing.T, w *worldtest.World, a who.Actor, in account.NewContact) (id, secret string) {
	t.Helper()
	id, err := w.Accounts.Invite(t.Context(), a, in)
	if err != nil {
		t.Fatal(err)
	}
	return id, secretTo(t, w, in.Email)
}

func secretTo(t *testing.T, w *worldtest.World, email string) string {
	t.Helper()
	address, err := identity.ParseEmail(email)
	w.Need(err)
	texts := w.Posted(string(address))
	if len(texts) == 0 {
		t.Fatalf("nothing was mailed to %s", address)
	}
	link := w.Link(texts[0])
	return link[strings.LastIndexByte(link, '/')+1:]
}

func accept(t *testing.T, w *worldtest.World, secret string) (identity.Started, error) {
	t.Helper()
	out, _, err := w.Accounts.Accept(t.Context(), who.Actor{}, secret, identity.NewPassword{FirstName: "Jan", LastName: "Nowak", Password: newPassword}, visit)
	return out, err
}

// state is a contact as the organisation sees it.
func state(t *testing.T, w *worldtest.World, id string) (s string) {
	t.Helper()
	w.Read(func(tx *store.Tx) (err error) {
		s, err = store.One[string](tx, `SELECT state FROM membership WHERE id = $1`, id)
		return err
	})
	return s
}

func TestAttack_ID_15_the_secret_is_in_the_letter_only(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		_, secret := invite(t, w, anna, jan)
		if len(secret) < 26 {
			t.Errorf("%q has less than 128 bits", secret)
		}
		for _, q := range []string{`SELECT count(*) FROM invitation WHERE token_hash = $1`, `SELECT count(*) FROM event WHERE body LIKE '%' || $1 || '%'`,
			`SELECT count(*) FROM mail WHERE sealed LIKE '%' || $1 || '%' OR subject LIKE '%' || $1 || '%'`, `SELECT count(*) FROM river_job WHERE CAST(args AS TEXT) LIKE '%' || $1 || '%'`,
			`SELECT count(*) FROM once_key WHERE ref LIKE '%' || $1 || '%' OR body LIKE '%' || $1 || '%'`} {
			if n := w.Count(q, secret); n != 0 {
				t.Errorf("%d rows of: %s", n, q)
			}
		}
		all, err := w.Accounts.Contacts(t.Context(), anna, account.ContactFilter{})
		if seen := fmt.Sprintf("%+v", all); err != nil || strings.Contains(seen, secret) || strings.Contains(seen, crypt.HashToken(secret)) {
			t.Errorf("%s %v", seen, err)
		}
	})
}

func TestAttack_ID_17_an_invitation_of_somebody_who_lost_the_right_is_dead(t *testing.T) {
	const noRoles = `DELETE FROM membership_role WHERE membership_id IN (SELECT id FROM membership WHERE person_id = $1)`
	lost := map[string]string{
		"roleless": noRoles, // the invitation, too, gives no role
		"demoted":  `DELETE FROM membership_role WHERE role = 'security-administrator' AND membership_id IN (SELECT id FROM membership WHERE person_id = $1)`,
		"ended":    `UPDATE membership SET state = 'obsolete' WHERE person_id = $1`,
		"disabled": `UPDATE person SET state = 'disabled' WHERE id = $1`,
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db).Vendor()
		for name, q := range lost {
			org := strings.ToUpper(name)
			w.Customer(org).Person("admin-"+name, org, account.SecurityAdministrator)
			mail := "jan@" + name + ".example"
			role := account.SupportRestricted
			if name == "roleless" {
				role = ""
			}
			id, secret := invite(t, w, w.Actor("admin-"+name, org), account.NewContact{FirstName: "J", LastName: "N", Email: mail, Role: role})
			if _, _, err := w.Accounts.Invitation(t.Context(), secret); err != nil {
				t.Errorf("%s: dead before: %v", name, err)
			}
			w.Write(func(tx *store.Tx) error { _, err := tx.Exec(q, w.ID("admin-"+name)); return err })
			_, err := accept(t, w, secret)
			refused(t, err, 404, "identity.link_over")
			// Nor does a sign-in with the invited address open it.
			w.Write(func(tx *store.Tx) error {
				p, _, err := identity.Find(tx, identity.Email(mail))
				if err == nil {
					err = w.Identities.Admit(tx, p.ID, mustHash(t, w))
				}
				return err
			})
			if _, err := w.Identities.SignIn(t.Context(), mail, newPassword, visit); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if s := state(t, w, id); s != account.Invited {
				t.Errorf("%s: %s", name, s)
			}
		}
	})
}

func mustHash(t *testing.T, w *worldtest.World) string {
	t.Helper()
	phc, err := w.Identities.Hasher.Hash(t.Context(), newPassword)
	w.Need(err)
	return phc
}

func TestAttack_ID_18_an_invitation_ends_to_the_second_by_withdrawal_and_by_a_newer_one(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		id, first := invite(t, w, anna, jan)
		w.Clock.Add(time.Minute)
		w.Need(w.Accounts.Resend(t.Context(), anna, id))
		second := secretTo(t, w, jan.Email)
		_, err := accept(t, w, first)
		refused(t, err, 404, "identity.link_over")
		w.Clock.Add(account.InvitationTime - time.Second)
		if _, _, err := w.Accounts.Invitation(t.Context(), second); err != nil {
			t.Errorf("over a second early: %v", err)
		}
		w.Clock.Add(time.Second)
		_, err = accept(t, w, second)
		refused(t, err, 404, "identity.link_over")
		anna, err = w.ResolveToken(w.SignIn("anna"), "Kowalski")
		w.Need(err)
		w.Need(w.Accounts.Resend(t.Context(), anna, id))
		third := secretTo(t, w, jan.Email)
		w.Need(w.Accounts.Withdraw(t.Context(), anna, id))
		_, err = accept(t, w, third)
		refused(t, err, 404, "identity.link_over")
		if s := state(t, w, id); s != account.Withdrawn {
			t.Errorf("%s", s)
		}
		refused(t, w.Accounts.Withdraw(t.Context(), anna, id), 409, "account.no_invitation")
		refused(t, w.Accounts.Resend(t.Context(), anna, id), 409, "account.no_invitation")
		again, fourth := invite(t, w, anna, jan)
		if again != id {
			t.Errorf("a second membership of the same person: %s, %s", id, again)
		}
		if _, err := accept(t, w, fourth); err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_ID_19_names_in_a_letter_are_words_and_nothing_else(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		_, err := w.Accounts.Invite(t.Context(), w.Actor("anna", "Kowalski"), account.NewContact{
			FirstName: "https://evil.test/login\r\nBcc: all@evil.test", LastName: "No\x00wak", Email: "jan@kowalski.example"})
		at(t, err, "first_name", "identity.name_odd")
		at(t, err, "last_name", "identity.name_odd")
		_, err = w.Accounts.Invite(t.Context(), w.Actor("anna", "Kowalski"), account.NewContact{
			FirstName: "https://evil.test/login Bcc: all@evil.test <b>Jan</b>", LastName: "Nowak", Email: "jan@kowalski.example"})
		w.Need(err)
		l := w.Letter("jan@kowalski.example")
		if len(l.Links) != 1 || !strings.HasPrefix(l.Links[0], worldtest.BaseURL+"/invitation/") || strings.ContainsAny(l.Subject, "\r\n") ||
			strings.Contains(l.Text, "evil.test") || strings.Contains(l.Text, "\nBcc:") || strings.Contains(l.Text, "<b>") {
			t.Errorf("%q\n%s", l.Subject, l.Text)
		}
		for line := range strings.Lines(l.Text) {
			if strings.HasPrefix(line, "Hello ") && len([]rune(line)) > 110 {
				t.Errorf("%d characters", len(line))
			}
		}
	})
}

func TestAttack_ID_21_nothing_shows_before_the_sign_in(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Nobody("jan")
		session := w.SignIn("jan")
		id, secret := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "J", LastName: "N", Email: w.Email("jan"), Role: account.SupportAdvanced})
		for range 3 {
			if _, _, err := w.Accounts.Invitation(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.ResolveToken(session, "Kowalski")
		refused(t, err, 404, "fault.not_found")
		a, err := w.ResolveToken(session)
		w.Need(err)
		if all, err := w.Accounts.Places(t.Context(), a); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if s := state(t, w, id); s != account.Invited {
			t.Errorf("%s", s)
		}
	})
}

func TestAttack_ID_22_every_secret_fits_its_own_door_only(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		_, invitation := invite(t, w, anna, jan)
		session := w.SignIn("anna")
		if _, err := w.Identities.Ask(t.Context(), w.Email("anna"), identity.Reset, "en", visit); err != nil {
			t.Fatal(err)
		}
		link := w.Link(w.Letter(w.Email("anna")).Text)
		reset := link[strings.LastIndexByte(link, '/')+1:]
		for name, token := range map[string]string{"blank": "", "short": invitation[:20], "session": session, "reset": reset, "hash": crypt.HashToken(invitation), "case": strings.ToUpper(invitation)} {
			if _, _, err := w.Accounts.Invitation(t.Context(), token); !fault.Is(err, "identity.link_over") {
				t.Errorf("%s opens an invitation: %v", name, err)
			}
		}
		for _, purpose := range []string{identity.Reset, identity.Register, identity.Operator} {
			if _, err := w.Identities.Proof(t.Context(), purpose, invitation); !fault.Is(err, "identity.link_over") {
				t.Errorf("an invitation is a proof for %s: %v", purpose, err)
			}
		}
		_, err := w.ResolveToken(invitation)
		refused(t, err, 401, "fault.sign_in")
		if _, _, err := w.Accounts.Invitation(t.Context(), invitation); err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_ID_01_Attack_ID_02_an_invitation_goes_to_the_stored_spelling_or_nowhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		for _, typed := range []string{"camill\u0435@dubois.example", "camille@duboi\u017f.example", "camılle@dubois.example", "ｃamille@dubois.example"} {
			_, err := w.Accounts.Invite(t.Context(), anna, account.NewContact{FirstName: "C", LastName: "D", Email: typed})
			if fault.Status(err) != 422 {
				t.Errorf("%q: %v", typed, err)
			}
		}
		if _, err := w.Accounts.Invite(t.Context(), anna, account.NewContact{FirstName: "C", LastName: "D", Email: " Camille@DUBOIS.example "}); err != nil {
			t.Fatal(err)
		}
		if n := w.Count(`SELECT count(*) FROM membership WHERE person_id = $1`, w.ID("camille")); n != 2 {
			t.Errorf("%d memberships: another person was made", n)
		}
		if all := w.Letters(""); len(all) != 1 || all[0].To != w.Email("camille") {
			t.Errorf("%+v", all)
		}
	})
}

func TestAttack_ID_31_Attack_ID_32_an_invitation_says_and_costs_the_same_for_everybody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Nobody("disabled").Nobody("known")
		w.Write(func(tx *store.Tx) error {
			if _, err := w.Identities.Ensure(tx, "passwordless@elsewhere.example", "E", "L", "pl"); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE person SET state = 'disabled' WHERE id = $1`, w.ID("disabled"))
			return err
		})
		anna := w.Actor("anna", "Kowalski")
		type price struct{ statements, runs int64 }
		var first price
		for name, email := range map[string]string{"unknown": "new@elsewhere.example", "known": w.Email("known"), "disabled": w.Email("disabled"), "password-less": "passwordless@elsewhere.example"} {
			var n atomic.Int64
			db.Trace = func(context.Context, string) { n.Add(1) }
			runs := w.Identities.Hasher.Runs()
			_, err := w.Accounts.Invite(t.Context(), anna, account.NewContact{FirstName: "J", LastName: "N", Email: email, Role: account.SupportRestricted})
			db.Trace = nil
			w.Need(err)
			p := price{n.Load(), w.Identities.Hasher.Runs() - runs}
			if first == (price{}) {
				first = p
			}
			if p != first || p.runs != 0 {
				t.Errorf("%s: %+v, others %+v", name, p, first)
			}
		}
		all, err := w.Accounts.Contacts(t.Context(), anna, account.ContactFilter{})
		w.Need(err)
		for _, c := range all {
			if c.State == account.Invited && (c.FirstName != "J" || c.LastName != "N") {
				t.Errorf("the list tells who is known elsewhere: %+v", c)
			}
		}
	})
}

func TestInvite_is_done_once_however_often_the_form_comes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		anna.Key = "the form"
		first, _ := invite(t, w, anna, jan)
		again, _ := invite(t, w, anna, jan)
		if first != again || w.Count(`SELECT count(*) FROM invitation`) != 1 {
			t.Errorf("%s, then %s", first, again)
		}
		other := jan
		other.Role = account.SecurityAdministrator
		_, err := w.Accounts.Invite(t.Context(), anna, other)
		refused(t, err, 409, "once.other_body")
		anna.Key = "another form"
		_, err = w.Accounts.Invite(t.Context(), anna, other)
		refused(t, err, 409, "account.contact_exists")
		at(t, err, "email", "account.contact_exists")
		if n := w.Count(`SELECT count(*) FROM membership_role WHERE membership_id = $1 AND role = 'support-restricted'`, first); n != 1 {
			t.Error("a refused invitation changed the role")
		}
		anna.Key = "withdraw"
		w.Need(w.Accounts.Withdraw(t.Context(), anna, first))
		w.Need(w.Accounts.Withdraw(t.Context(), anna, first))
	})
}

func TestInvite_is_held_to_its_rules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		_, err := w.Accounts.Invite(t.Context(), anna, account.NewContact{LastName: strings.Repeat("x", 101), Email: "two@signs@kowalski.example"})
		at(t, err, "first_name", "identity.name_missing")
		at(t, err, "last_name", "identity.name_long")
		at(t, err, "email", "identity.email_invalid")
		for _, role := range []string{"portal-access", account.Helpdesk, account.PartnerOperator} {
			in := jan
			in.Role = role
			_, err = w.Accounts.Invite(t.Context(), anna, in)
			at(t, err, "role", "account.role_unknown")
		}
		_, err = w.Accounts.Invite(t.Context(), anna, account.NewContact{FirstName: "P", LastName: "Z", Email: w.Email("piotr")})
		refused(t, err, 409, "account.contact_exists")
	})
}

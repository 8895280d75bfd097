package account_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

var update = flag.Bool("update", false, "rewrite golden files; read their diff like code")

func golden(t *testing.T, name string, page worldtest.Answer) {
	t.Helper()
	path, got := filepath.Join("testdata", name+".html"), page.Golden()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another; rewrite it with -update and read the diff:\n%s", path, got)
	}
}

func leads(t *testing.T, a worldtest.Answer, to string) {
	t.Helper()
	if a.Status != http.StatusSeeOther || a.Location != to {
		t.Fatalf("%d to %q, want %q\n%s", a.Status, a.Location, to, a.Body)
	}
}

func shows(t *testing.T, a worldtest.Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%d, want %d\n%s", a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Errorf("%q does not stand on the page\n%s", text, a.Body)
		}
	}
}

// base is the beginning of an organisation's addresses.
func base(w *worldtest.World, place ...string) string {
	s := fmt.Sprintf("/o/%d", w.Org(place[0]).Number)
	if len(place) > 1 {
		s += fmt.Sprintf("/for/%d", w.Org(place[1]).Number)
	}
	return s
}

func contact(in account.NewContact) url.Values {
	return url.Values{"first_name": {in.FirstName}, "last_name": {in.LastName}, "email": {in.Email}, "role": {in.Role}}
}

func TestAC_05_page_of_a_new_contact_to_the_page_of_the_invitation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		h := w.Pages(nil)
		anna := w.As(h, "anna")
		at := base(w, "Kowalski") + "/contacts"
		shows(t, anna.Get(at), 200, "Piotr Kowalski", at+"/new")
		page := anna.Get(at + "/new")
		shows(t, page, 200, `value="support-restricted" checked`)
		form := contact(jan)
		form.Set("_key", page.Key())
		form.Set("_org", fmt.Sprint(w.Org("Kowalski").Number))
		leads(t, anna.Post(at+"/new", form), at)
		leads(t, anna.Post(at+"/new", form), at) // a double click
		shows(t, anna.Get(at), 200, "Jan Nowak", "Invited", "jan.nowak@kowalski.example")
		letters := w.Letters("jan.nowak@kowalski.example")
		if len(letters) != 1 {
			t.Fatalf("%d letters", len(letters))
		}
		b := w.Browser(h)
		leads(t, b.Get(w.Link(letters[0].Text)), "/invitation/open")
		shows(t, b.Get("/invitation/open"), 200, "Join Kowalski", "Anna Kowalski invited you", "Support restricted", `value="Jan"`)
		refused := b.Post("/invitation/open", url.Values{"first_name": {"Janek"}, "last_name": {""}, "password": {"short-canary"[:7]}})
		shows(t, refused, 422, `value="Janek"`, "Enter the name", "Use at least 12 characters")
		leads(t, b.Post("/invitation/open", url.Values{"first_name": {"Janek"}, "last_name": {"Nowak"}, "password": {newPassword}}), base(w, "Kowalski")+"/")
		shows(t, b.Get("/me/"), 200, `value="Janek"`)
		shows(t, anna.Get(at), 200, "Janek Nowak")
	})
}

func TestAttack_ID_20_Attack_ID_27_a_scanner_accepts_no_invitation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		h := w.Pages(nil)
		id, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		scanner := w.Browser(h)
		for _, method := range []string{"HEAD", "GET", "OPTIONS", "GET", "HEAD"} {
			scanner.Do(method, "/invitation/"+secret, nil)
			scanner.Do(method, "/invitation/open", nil)
		}
		if s := state(t, w, id); s != account.Invited {
			t.Fatalf("%s", s)
		}
		b := w.Browser(h)
		first := b.Get("/invitation/" + secret)
		leads(t, first, "/invitation/open")
		page := b.Get("/invitation/open")
		shows(t, page, 200)
		for _, a := range []worldtest.Answer{first, page} {
			if p := a.Header.Get("Referrer-Policy"); p != "no-referrer" || strings.Contains(a.Body, secret) {
				t.Errorf("%q\n%s", p, a.Body)
			}
		}
		if strings.Contains(page.Body, "http://") || strings.Contains(page.Body, "https://") {
			t.Error("the page loads or names something foreign")
		}
		leads(t, b.Post("/invitation/open", url.Values{"first_name": {"Jan"}, "last_name": {"Nowak"}, "password": {newPassword}}), base(w, "Kowalski")+"/")
		late := w.Browser(h)
		late.Get("/invitation/" + secret)
		shows(t, late.Get("/invitation/open"), 404, "This link is no longer valid")
		b.Get("/invitation/" + secret)
		leads(t, b.Get("/invitation/open"), base(w, "Kowalski")+"/") // whoever has accepted is led on
	})
}

func TestAttack_ID_15_the_secret_shows_on_no_page_and_counts_for_nothing_but_the_stored_row(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		h := w.Pages(nil)
		_, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		anna := w.As(h, "anna")
		for _, path := range []string{"/contacts", "/contacts/new"} {
			if a := anna.Get(base(w, "Kowalski") + path); strings.Contains(a.Body, secret) {
				t.Errorf("%s shows it", path)
			}
		}
		t.Run("Attack_ID_17", func(t *testing.T) {
			b := w.Browser(h)
			b.Get("/invitation/" + secret)
			leads(t, b.Post("/invitation/open?organisation=10003&role=operator", url.Values{"first_name": {"Jan"}, "last_name": {"Nowak"}, "password": {newPassword},
				"role": {account.SecurityAdministrator}, "organisation": {fmt.Sprint(w.Org("Dubois").Number)}, "email": {"eve@evil.test"}, "_org": {fmt.Sprint(w.Org("Dubois").Number)}}), base(w, "Kowalski")+"/")
			if n := w.Count(`SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id JOIN membership_role r ON r.membership_id = m.id
				WHERE p.email = 'jan.nowak@kowalski.example' AND r.role = 'support-restricted' AND m.state = 'active'`); n != 1 {
				t.Errorf("%d", n)
			}
			if n := w.Count(`SELECT count(*) FROM person WHERE email = 'eve@evil.test'`); n != 0 {
				t.Error("another address was taken")
			}
		})
	})
}

// Ruling 15.
func TestAC_06_Attack_ID_16_page_of_an_invitation_for_somebody_else(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		h := w.Pages(nil)
		id, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		camille := w.As(h, "camille")
		leads(t, camille.Get("/invitation/"+secret), "/invitation/open")
		shows(t, camille.Get("/invitation/open"), 403, "camille@dubois.example", "jan.nowak@kowalski.example", "Sign out and continue")
		shows(t, camille.Post("/invitation/open", nil), 403, "camille@dubois.example", "jan.nowak@kowalski.example")
		shows(t, camille.Get(base(w, "Kowalski")+"/contacts"), 404)
		if s := state(t, w, id); s != account.Invited {
			t.Errorf("%s", s)
		}
		leads(t, camille.Post("/sign-out", url.Values{"next": {"/invitation/open"}}), "/invitation/open")
		shows(t, camille.Get("/invitation/open"), 200, "Accept and sign in")
	})
}

func TestPage_of_an_invitation_for_somebody_with_an_account(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		h := w.Pages(nil)
		_, secret := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "C", LastName: "D", Email: w.Email("camille"), Role: account.SupportAdvanced})
		t.Run("signed_out", func(t *testing.T) {
			b := w.Browser(h)
			b.Get("/invitation/" + secret)
			shows(t, b.Get("/invitation/open"), 200, `href="/sign-in?next=/invitation/open"`)
			shows(t, b.Post("/invitation/open", url.Values{"first_name": {"C"}, "last_name": {"D"}, "password": {newPassword}}), 409, "This address has an account already")
			leads(t, b.Post("/sign-in", url.Values{"email": {w.Email("camille")}, "password": {worldtest.Password}, "next": {"/invitation/open"}}), "/invitation/open")
			leads(t, b.Get("/invitation/open"), base(w, "Kowalski")+"/")
			shows(t, b.Get(base(w, "Kowalski")+"/contacts"), 200)
		})
		t.Run("signed_in", func(t *testing.T) {
			piotr := w.As(h, "piotr")
			_, secret := invite(t, w, w.Actor("camille", "Dubois"), account.NewContact{FirstName: "P", LastName: "Z", Email: w.Email("piotr"), Role: account.SupportAdvanced})
			piotr.Get("/invitation/" + secret)
			shows(t, piotr.Get("/invitation/open"), 200, "Accept the invitation")
			leads(t, piotr.Post("/invitation/open", nil), base(w, "Dubois")+"/")
			shows(t, piotr.Get(base(w, "Dubois")+"/contacts"), 200, "You work for Dubois now")
		})
	})
}

func TestPage_of_a_refused_contact_keeps_what_was_typed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("support", "Kowalski", account.SupportAdministrator)
		h := w.Pages(nil)
		anna, at := w.As(h, "anna"), base(w, "Kowalski")+"/contacts/new"
		in := account.NewContact{FirstName: "Żaneta", LastName: "", Email: "two@signs@kowalski.example", Role: account.SupportAdvanced}
		shows(t, anna.Post(at, contact(in)), 422, `value="Żaneta"`, `value="two@signs@kowalski.example"`, `value="support-advanced" checked`, "Enter the name", "This is not a valid e-mail address", `href="#email"`)
		in = account.NewContact{FirstName: "P", LastName: "Z", Email: w.Email("piotr"), Role: account.SupportAdvanced}
		shows(t, anna.Post(at, contact(in)), 409, `value="piotr@kowalski.example"`, "This address is a contact of the organisation already")
		in.Email, in.Role = "new@kowalski.example", account.Operator
		shows(t, anna.Post(at, contact(in)), 422, "Choose a role from the list")
		support := w.As(h, "support")
		if page := support.Get(at); strings.Contains(page.Body, `value="support-restricted"`) || page.Status != 200 {
			t.Errorf("somebody who gives no roles is offered some: %d\n%s", page.Status, page.Body)
		}
		in.Role = account.SupportRestricted
		shows(t, support.Post(at, contact(in)), 403, "anna@kowalski.example") // whom to ask
		piotr := w.As(h, "piotr")
		shows(t, piotr.Get(at), 403, "anna@kowalski.example")
		shows(t, piotr.Get(base(w, "Kowalski")+"/contacts"), 403)
		if n := w.Count(`SELECT count(*) FROM membership WHERE state = 'invited'`); n != 0 {
			t.Errorf("%d invited", n)
		}
	})
}

func TestAttack_ACC_01_a_form_of_another_context_is_409_and_writes_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("anna", "Dubois", account.SecurityAdministrator).Acts("Brightwater", "Kowalski", account.SupportAdministrator)
		h := w.Pages(nil)
		anna := w.As(h, "anna")
		k, d := w.Org("Kowalski").Number, w.Org("Dubois").Number
		send := func(b *worldtest.Browser, at string, org int64, seen string) worldtest.Answer {
			form := contact(jan)
			form.Set("_org", fmt.Sprint(org))
			form.Set("_seen", seen)
			return b.Post(at+"/contacts/new", form)
		}
		shows(t, send(anna, base(w, "Dubois"), k, "0"), 409, "jan.nowak@kowalski.example") // the text is kept
		leads(t, anna.Post("/me/context", url.Values{"to": {fmt.Sprint(d)}, "next": {base(w, "Kowalski") + "/contacts"}}), base(w, "Dubois")+"/")
		shows(t, send(anna, base(w, "Kowalski"), k, "0"), 409, "jan.nowak@kowalski.example")
		tom := w.As(h, "tom")
		shows(t, send(tom, base(w, "Brightwater", "Kowalski"), d, "0"), 409)
		if n := w.Count(`SELECT count(*) FROM membership WHERE state = 'invited'`); n != 0 {
			t.Fatalf("%d were invited", n)
		}
		leads(t, send(anna, base(w, "Kowalski"), k, "1"), base(w, "Kowalski")+"/contacts")
	})
}

func TestPage_of_the_switcher(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("anna", "Poznań", account.SupportAdvanced)
		h := w.Pages(nil)
		anna := w.As(h, "anna")
		to := func(place string, more ...string) url.Values {
			v := url.Values{"to": {fmt.Sprint(w.Org(place).Number)}}
			for i := 0; i+1 < len(more); i += 2 {
				v.Set(more[i], more[i+1])
			}
			return v
		}
		leads(t, anna.Post("/me/context", to("Poznań")), base(w, "Poznań")+"/")
		leads(t, anna.Post("/me/context", to("Kowalski", "next", base(w, "Kowalski")+"/contacts?after=x")), base(w, "Kowalski")+"/contacts?after=x")
		leads(t, anna.Post("/me/context", to("Poznań", "next", "//evil.test/", "primary", "1")), base(w, "Poznań")+"/")
		if n := w.Count(`SELECT count(*) FROM membership WHERE person_id = $1 AND org_id = $2 AND is_primary`, w.ID("anna"), w.Org("Poznań").ID); n != 1 {
			t.Error("the primary membership is another")
		}
		shows(t, anna.Post("/me/context", to("Dubois")), 404)
		shows(t, anna.Post("/me/context", url.Values{"to": {"x"}}), 404)
		before := w.Count(`SELECT switches FROM session WHERE person_id = $1`, w.ID("anna"))
		shows(t, anna.Get(base(w, "Kowalski")+"/contacts"), 200) // looking at another own number switches nothing
		if after := w.Count(`SELECT switches FROM session WHERE person_id = $1`, w.ID("anna")); after != before {
			t.Errorf("%d switches, then %d", before, after)
		}
	})
}

func TestPage_of_contacts_sends_again_and_withdraws(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		h := w.Pages(nil)
		anna, at := w.As(h, "anna"), base(w, "Kowalski")+"/contacts"
		id, _ := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		leads(t, anna.Post(at+"/"+id+"/resend", url.Values{"_key": {"k1"}}), at)
		leads(t, anna.Post(at+"/"+id+"/resend", url.Values{"_key": {"k1"}}), at)
		if n := w.Count(`SELECT count(*) FROM invitation`); n != 2 {
			t.Errorf("%d invitations", n)
		}
		w.Clock.Add(account.InvitationTime)
		anna = w.As(h, "anna")
		shows(t, anna.Get(at), 200, "Invitation expired", "Send again")
		leads(t, anna.Post(at+"/"+id+"/withdraw", url.Values{"_key": {"k2"}}), at)
		leads(t, anna.Post(at+"/"+id+"/withdraw", url.Values{"_key": {"k2"}}), at)
		shows(t, anna.Get(at+"?tab=past"), 200, "Withdrawn")
		shows(t, anna.Post(at+"/"+id+"/withdraw", nil), 409)
		camille := w.As(h, "camille")
		shows(t, camille.Post(base(w, "Dubois")+"/contacts/"+id+"/resend", nil), 404)
		shows(t, camille.Post(at+"/"+id+"/resend", nil), 404)
	})
}

func TestPage_of_the_first_operator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db)
		_, token, err := w.Accounts.Init(t.Context(), account.NewVendor{Name: "Halden Software", Country: "SE", Email: "desk@halden.example"})
		w.Need(err)
		b := w.Browser(w.Pages(nil))
		leads(t, b.Get("/invitation/"+token), "/invitation/open")
		shows(t, b.Get("/invitation/open"), 200, "The first operator")
		shows(t, b.Post("/invitation/open", url.Values{"first_name": {"Karin"}, "email": {"x"}}), 422, `value="Karin"`)
		leads(t, b.Post("/invitation/open", url.Values{"first_name": {"Karin"}, "last_name": {"Dahl"}, "email": {"karin@halden.example"}, "password": {newPassword}}), "/sign-in/set-up")
		shows(t, b.Get("/sign-in/set-up"), 200)
	})
}

func TestGolden_pages_of_account(t *testing.T) {
	db := storetest.Lite(t)
	w := worldtest.New(t, db).Vendor().Customer("Kowalski").Person("anna", "Kowalski", account.SecurityAdministrator)
	h := w.Pages(nil)
	w.Clock.Add(time.Hour) // the list is in the order in which people came
	anna, at := w.As(h, "anna"), base(w, "Kowalski")+"/contacts"
	_, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
	for _, l := range []string{"en", "pl"} {
		b := w.Browser(h)
		b.Get("/invitation/" + secret)
		golden(t, "invitation."+l, b.Get("/invitation/open?lang="+l))
		w.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE person SET language = $2 WHERE id = $1`, w.ID("anna"), l)
			return err
		})
		golden(t, "contacts."+l, anna.Get(at))
		golden(t, "contact-new."+l, anna.Get(at+"/new"))
		golden(t, "contact-new-refused."+l, anna.Post(at+"/new", url.Values{"first_name": {"Jan"}, "email": {"jan@"}}))
	}
	if missing := w.Catalogue.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %v", missing)
	}
}

package account_test

import (
	"slices"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

// asks invites somebody new with a role.
func asks(t *testing.T, w *worldtest.World, key, role string, place ...string) error {
	t.Helper()
	a := w.Actor(key, place...)
	n := w.Count(`SELECT count(*) FROM membership`)
	_, err := w.Accounts.Invite(t.Context(), a, account.NewContact{FirstName: "N", LastName: "N", Email: "n" + string(rune('a'+n%26)) + string(rune('a'+n/26)) + "@elsewhere.example", Role: role})
	if after := w.Count(`SELECT count(*) FROM membership`); err != nil && after != n {
		t.Errorf("a refused invitation left %d memberships", after-n)
	}
	return err
}

func TestInvite_gives_a_role_only_by_the_right_to_give_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("support", "Kowalski", account.SupportAdministrator).Person("karin", "", account.Operator).Person("desk", "", account.LicensingDesk).
			Acts("Brightwater", "Kowalski", account.SupportAdministrator)
		w.Need(asks(t, w, "anna", account.SecurityAdministrator, "Kowalski"))
		w.Need(asks(t, w, "support", "", "Kowalski"))
		lacks(t, asks(t, w, "support", account.SupportRestricted, "Kowalski"), account.GrantRoles)
		lacks(t, asks(t, w, "piotr", "", "Kowalski"), account.Invite)
		w.Need(asks(t, w, "tom", "", "Brightwater", "Kowalski"))
		lacks(t, asks(t, w, "tom", account.SupportRestricted, "Brightwater", "Kowalski"), account.GrantRoles)
		t.Run("AC_77", func(t *testing.T) { // staff repair the roles of a customer, and its log says who did
			w.Need(asks(t, w, "ingrid", account.SecurityAdministrator, "", "Dubois"))
			if n := w.Count(`SELECT count(*) FROM event WHERE name = 'account.contact_invited' AND org_id = $1 AND person_id = $2 AND source = 'staff'`, w.Org("Dubois").ID, w.ID("ingrid")); n != 1 {
				t.Errorf("%d events", n)
			}
		})
		lacks(t, asks(t, w, "desk", account.Licensing, "", "Kowalski"), account.Invite)
		t.Run("into_the_vendor_itself", func(t *testing.T) {
			lacks(t, asks(t, w, "ingrid", "", ""), account.GrantVendor)
			lacks(t, asks(t, w, "ingrid", account.SecurityAdministrator, ""), account.GrantVendor)
			lacks(t, asks(t, w, "ingrid", account.Operator, ""), account.GrantVendor)
			w.Need(asks(t, w, "karin", account.Helpdesk, ""))
			w.Need(asks(t, w, "karin", account.SecurityAdministrator, ""))
		})
	})
}

// Ruling 9: an administrator names the first supervisor, and from then on supervisors decide.
func TestInvite_gives_licence_privileges_by_supervisors_once_there_is_one(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("karin", "", account.Operator)
		grantable := func(place ...string) []string {
			all, err := w.Accounts.Grantable(t.Context(), w.Actor(place[0], place[1:]...))
			w.Need(err)
			return all
		}
		lacks(t, asks(t, w, "anna", account.Licensing, "Kowalski"), account.GrantLicence)
		lacks(t, asks(t, w, "anna", account.Reporting, "Kowalski"), account.GrantLicence)
		if all := grantable("anna", "Kowalski"); !slices.Contains(all, account.LicenceSupervisor) || slices.Contains(all, account.Licensing) || slices.Contains(all, account.Helpdesk) {
			t.Errorf("%v", all)
		}
		id, _ := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "S", LastName: "S", Email: "supervisor@kowalski.example", Role: account.LicenceSupervisor})
		lacks(t, asks(t, w, "anna", account.LicenceSupervisor, "Kowalski"), account.GrantLicence)
		if all := grantable("anna", "Kowalski"); slices.Contains(all, account.LicenceSupervisor) {
			t.Errorf("%v", all)
		}
		w.Clock.Add(time.Second)
		w.Need(w.Accounts.Resend(t.Context(), w.Actor("anna", "Kowalski"), id)) // the first one's own invitation
		if _, err := accept(t, w, secretTo(t, w, "supervisor@kowalski.example")); err != nil {
			t.Errorf("the first supervisor cannot accept: %v", err)
		}
		w.Need(asks(t, w, "karin", account.Licensing, "", "Kowalski"))
		// A supervisor who may invite gives them.
		w.Person("both", "Dubois", account.SupportAdministrator, account.LicenceSupervisor)
		w.Need(asks(t, w, "both", account.Licensing, "Dubois"))
		lacks(t, asks(t, w, "both", account.SupportRestricted, "Dubois"), account.GrantRoles)
		lacks(t, asks(t, w, "camille", account.LicenceSupervisor, "Dubois"), account.GrantLicence)
	})
}

func TestINV_01_one_address_is_one_person_whoever_invites_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		for _, c := range []struct{ key, org, email string }{{"anna", "Kowalski", "Jan@elsewhere.example"}, {"camille", "Dubois", "jan@ELSEWHERE.example"}} {
			if _, err := w.Accounts.Invite(t.Context(), w.Actor(c.key, c.org), account.NewContact{FirstName: "J", LastName: "N", Email: c.email}); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.Count(`SELECT count(*) FROM person WHERE email = 'jan@elsewhere.example'`); n != 1 {
			t.Errorf("%d people", n)
		}
		// One sign-in opens both, and nothing of one shows in the other.
		if _, err := accept(t, w, secretTo(t, w, "jan@elsewhere.example")); err != nil {
			t.Fatal(err)
		}
		if n := w.Count(`SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = 'jan@elsewhere.example' AND m.state = 'active'`); n != 2 {
			t.Errorf("%d memberships", n)
		}
		if n := w.Count(`SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = 'jan@elsewhere.example' AND m.is_primary`); n != 1 {
			t.Errorf("%d primary ones", n)
		}
	})
}

// Ruling 14: the last administrator stays, and an invited one counts: the only one's invitation is withdrawn after another was asked in.
func TestINV_05_an_organisation_keeps_its_administrator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db).Vendor().Person("ingrid", "", account.Helpdesk).Customer("Kowalski")
		leaderless := func() (n int) {
			w.Read(func(tx *store.Tx) error {
				all, err := account.WithoutAdministrator(tx, 0, 10)
				n = len(all)
				return err
			})
			return n
		}
		if n := leaderless(); n != 1 {
			t.Errorf("%d organisations without an administrator", n)
		}
		ingrid := w.Actor("ingrid", "", "Kowalski")
		id, secret := invite(t, w, ingrid, account.NewContact{FirstName: "A", LastName: "K", Email: "anna@kowalski.example", Role: account.SecurityAdministrator})
		if n := leaderless(); n != 0 {
			t.Errorf("%d although one is invited", n)
		}
		refused(t, w.Accounts.Withdraw(t.Context(), ingrid, id), 409, "account.last_administrator")
		if _, err := accept(t, w, secret); err != nil {
			t.Fatal(err)
		}
		refused(t, w.Accounts.Withdraw(t.Context(), ingrid, id), 409, "account.no_invitation")
		refused(t, w.Accounts.Resend(t.Context(), ingrid, id), 409, "account.no_invitation")
		if n := leaderless(); n != 0 {
			t.Errorf("%d after the withdrawal of an accepted invitation", n)
		}
	})
}

func TestContacts_are_for_those_who_may_see_them(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Acts("Brightwater", "Kowalski", account.SupportRestricted)
		_, err := w.Accounts.Contacts(t.Context(), w.Actor("piotr", "Kowalski"), account.ContactFilter{})
		lacks(t, err, account.ViewContacts)
		_, err = w.Accounts.Contacts(t.Context(), w.Actor("tom", "Brightwater", "Kowalski"), account.ContactFilter{})
		lacks(t, err, account.ViewContacts)
		_, err = w.Accounts.Grantable(t.Context(), w.Actor("piotr", "Kowalski"))
		lacks(t, err, account.Invite)
		all, err := w.Accounts.Contacts(t.Context(), w.Actor("anna", "Kowalski"), account.ContactFilter{})
		w.Need(err)
		held := map[string][]string{}
		for _, c := range all {
			held[c.Person] = c.Roles()
		}
		if len(all) != 2 || !slices.Equal(held[w.ID("piotr")], []string{account.SupportRestricted}) || !slices.Equal(held[w.ID("anna")], []string{account.SecurityAdministrator}) {
			t.Errorf("%+v", all)
		}
		rest, err := w.Accounts.Contacts(t.Context(), w.Actor("anna", "Kowalski"), account.ContactFilter{After: all[0].ID})
		if err != nil || len(rest) != 1 || rest[0].ID != all[1].ID {
			t.Errorf("%+v %v", rest, err)
		}
		// A contact of another organisation is none of one's own.
		id, _ := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		camille := w.Actor("camille", "Dubois")
		refused(t, w.Accounts.Withdraw(t.Context(), camille, id), 404, "fault.not_found")
		refused(t, w.Accounts.Resend(t.Context(), camille, id), 404, "fault.not_found")
		lacks(t, w.Accounts.Withdraw(t.Context(), w.Actor("piotr", "Kowalski"), id), account.Invite)
		lacks(t, w.Accounts.Resend(t.Context(), w.Actor("piotr", "Kowalski"), id), account.Invite)
	})
}

// Ruling 12.
func TestAsk_names_whom_to_ask(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Customer("Belvaro").Person("bela", "Belvaro", account.SupportRestricted).Site("Belvaro", "Győr").Person("kata", "Győr")
		ask := func(right string, place ...string) account.WhomToAsk {
			t.Helper()
			got, err := w.Accounts.Ask(t.Context(), w.Actor(place[0], place[1:]...), account.GrantRoles)
			if right == "licence" {
				got, err = w.Accounts.Ask(t.Context(), w.Actor(place[0], place[1:]...), account.GrantLicence)
			}
			w.Need(err)
			return got
		}
		if got := ask("roles", "piotr", "Kowalski"); len(got.People) != 1 || got.People[0].Email != w.Email("anna") || got.Role != account.SecurityAdministrator || got.Desk.ID != "" {
			t.Errorf("an administrator: %+v", got)
		}
		if got := ask("licence", "piotr", "Kowalski"); len(got.People) != 1 || got.Role != account.SecurityAdministrator {
			t.Errorf("no supervisor yet: %+v", got)
		}
		w.Person("vera", "Kowalski", account.LicenceSupervisor)
		if got := ask("licence", "piotr", "Kowalski"); len(got.People) != 1 || got.People[0].Email != w.Email("vera") || got.Role != account.LicenceSupervisor {
			t.Errorf("the supervisor: %+v", got)
		}
		if got := ask("roles", "anna", "Kowalski"); len(got.People) != 0 || !got.Self || got.Desk.ID != w.Org("").ID {
			t.Errorf("nobody but herself: %+v", got)
		}
		if got := ask("roles", "bela", "Belvaro"); len(got.People) != 0 || got.Self || got.Desk.ID != w.Org("").ID {
			t.Errorf("nobody: the vendor's desk: %+v", got)
		}
		w.Acts("Brightwater", "Belvaro", account.SupportAdvanced)
		if got := ask("roles", "bela", "Belvaro"); got.Desk.ID != w.Org("").ID {
			t.Errorf("a partner that cannot repair roles: %+v", got)
		}
		w.Acts("Brightwater", "Belvaro", account.SecurityAdministrator)
		for _, place := range [][]string{{"bela", "Belvaro"}, {"kata", "Győr"}} {
			if got := ask("roles", place...); len(got.People) != 0 || got.Desk.Name != "Brightwater" || got.Desk.Email == "" {
				t.Errorf("%v: the partner's desk: %+v", place, got)
			}
		}
		if got := ask("roles", "tom", "Brightwater", "Belvaro"); got.Desk.ID != w.Org("").ID {
			t.Errorf("the partner's own people: %+v", got)
		}
		for _, place := range [][]string{{"piotr", "Kowalski"}, {"tom", "Brightwater"}} { // whose people cannot have it
			if got, err := w.Accounts.Ask(t.Context(), w.Actor(place[0], place[1:]...), account.GrantVendor); err != nil || len(got.People) != 0 || got.Desk.ID != w.Org("").ID {
				t.Errorf("%v, a right of the vendor's: %+v %v", place, got, err)
			}
		}
		w.Person("karin", "", account.Operator).Person("sven", "", account.SecurityAdministrator)
		for _, right := range []who.Action{account.GrantVendor, account.EnterCustomers} { // only operators give the vendor's own rights
			for _, person := range []string{"ingrid", "sven"} {
				if got, err := w.Accounts.Ask(t.Context(), w.Actor(person, ""), right); err != nil || got.Self || len(got.People) != 1 || got.People[0].Email != w.Email("karin") {
					t.Errorf("%s, %s: %+v %v", person, right, got, err)
				}
			}
		}
		w.Person("paul", "Brightwater", account.SecurityAdministrator)
		if got := ask("roles", "tom", "Brightwater", "Belvaro"); len(got.People) != 1 || got.People[0].Email != w.Email("paul") {
			t.Errorf("the partner's administrator: %+v", got)
		}
	})
}

func TestInit_makes_one_vendor_and_one_operator(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db)
		_, _, err := w.Accounts.Init(t.Context(), account.NewVendor{Name: " ", Country: "Polska", Number: 7})
		at(t, err, "name", "account.organisation_name_missing")
		at(t, err, "country", "account.country_unknown")
		at(t, err, "number", "account.number_invalid")
		v, token, err := w.Accounts.Init(t.Context(), account.NewVendor{Name: "Halden Software", Country: "SE"})
		if err != nil || v.Number != 10000 || v.Zone != "Europe/Stockholm" {
			t.Fatalf("%+v %v", v, err)
		}
		if _, _, err := w.Accounts.Init(t.Context(), account.NewVendor{Name: "Another", Country: "SE"}); err != account.ErrInitialised {
			t.Errorf("%v", err)
		}
		in := account.NewContact{FirstName: "Karin", LastName: "Dahl", Email: "karin@halden.example"}
		_, err = w.Accounts.FirstOperator(t.Context(), token, in, "halden software", visit)
		at(t, err, "password", "identity.password_is_company")
		out, err := w.Accounts.FirstOperator(t.Context(), token, in, newPassword, visit)
		if err != nil || out.Step != identity.StepSetUp {
			t.Fatalf("%+v %v", out, err)
		}
		_, err = w.Accounts.FirstOperator(t.Context(), token, account.NewContact{FirstName: "E", LastName: "V", Email: "eve@elsewhere.example"}, newPassword, visit)
		refused(t, err, 404, "identity.link_over")
		if n := w.Count(`SELECT count(*) FROM membership m JOIN membership_role r ON r.membership_id = m.id WHERE m.state = 'active' AND m.is_primary AND r.role IN ('operator', 'security-administrator')`); n != 2 {
			t.Errorf("%d roles", n)
		}
	})
}

func TestPartnership_is_held_to_its_rules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		give := func(change func(*account.NewPartnership)) error {
			in := account.NewPartnership{Partner: w.Org("Brightwater").ID, Customer: w.Org("Kowalski").ID, GivenBy: "customer", Roles: []string{account.SupportAdvanced}, From: "2026-03-15", Until: "2028-03-15"}
			change(&in)
			return db.Write(t.Context(), store.Lock("org", in.Customer), func(tx *store.Tx) error {
				_, err := w.Accounts.GivePartnership(tx, w.Program("Kowalski"), in)
				return err
			})
		}
		w.Need(give(func(*account.NewPartnership) {}))
		w.Need(give(func(p *account.NewPartnership) { p.GivenBy, p.Until = "import", "" }))
		for field, c := range map[string]struct {
			code   string
			change func(*account.NewPartnership)
		}{
			"until":    {"account.partnership_too_long", func(p *account.NewPartnership) { p.Until = "2028-03-16" }},
			"from":     {"account.day_invalid", func(p *account.NewPartnership) { p.From = "15.3.2026" }},
			"roles":    {"account.role_unknown", func(p *account.NewPartnership) { p.Roles = []string{account.Operator} }},
			"partner":  {"account.not_a_partner", func(p *account.NewPartnership) { p.Partner = w.Org("Dubois").ID }},
			"customer": {"account.not_a_customer", func(p *account.NewPartnership) { p.Customer = w.Org("Poznań").ID }},
		} {
			at(t, give(c.change), field, c.code)
		}
		at(t, give(func(p *account.NewPartnership) { p.Until = "" }), "until", "account.partnership_too_long")
		at(t, give(func(p *account.NewPartnership) { p.Until = "2026-03-14" }), "until", "account.day_invalid")
		at(t, give(func(p *account.NewPartnership) { p.Roles = nil }), "roles", "account.role_missing")
		// A site made later is in the partner's reach, too.
		before := w.Count(`SELECT count(*) FROM scope`)
		w.Site("Kowalski", "Gdańsk")
		if n := w.Count(`SELECT count(*) FROM scope`) - before; n != 2 {
			t.Errorf("%d scope rows of a new site under two partnerships", n)
		}
	})
}

func TestNumbers_go_up_and_never_come_twice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db).Vendor().Customer("A").Customer("B")
		if w.Org("A").Number != 10001 || w.Org("B").Number != 10002 {
			t.Errorf("%d %d", w.Org("A").Number, w.Org("B").Number)
		}
		w.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM organisation WHERE number = 10002`)
			return err
		})
		if w.Customer("C"); w.Org("C").Number != 10003 {
			t.Errorf("%d", w.Org("C").Number)
		}
		err := db.Write(t.Context(), account.Numbers(), func(tx *store.Tx) error {
			_, err := w.Accounts.Make(tx, w.Program(""), account.NewOrganisation{Number: 10001, Kind: account.Customer, Name: "D", Country: "PL"})
			return err
		})
		refused(t, err, 409, "account.number_taken")
	})
}

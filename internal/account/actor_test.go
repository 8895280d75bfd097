package account_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

func TestResolve_is_one_statement_for_every_kind_of_context(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Acts("Brightwater", "Kowalski", account.SupportAdvanced)
		tokens := map[string]string{"anna": w.SignIn("anna"), "tom": w.SignIn("tom"), "ingrid": w.SignIn("ingrid")}
		for _, c := range [][]string{{"anna"}, {"anna", "Kowalski"}, {"anna", "Dubois"}, {"tom", "Brightwater"}, {"tom", "Brightwater", "Kowalski"}, {"tom", "Brightwater", "Dubois"},
			{"ingrid", ""}, {"ingrid", "", "Kowalski"}} {
			var n atomic.Int64
			db.Trace = func(context.Context, string) { n.Add(1) }
			w.ResolveToken(tokens[c[0]], c[1:]...)
			db.Trace = nil
			if n.Load() != 2 && n.Load() != 1 {
				t.Errorf("%v: %d statements", c, n.Load())
			}
		}
	})
}

func TestResolve_of_an_own_membership(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		a := w.Actor("anna", "Kowalski")
		k := w.Org("Kowalski")
		if a.Source != who.Own || a.Org != k.ID || a.Member != k.ID || a.Number != k.Number || a.Acting != k.Number || !a.May(account.GrantRoles) ||
			!slices.Equal(a.Roles, []string{account.SecurityAdministrator}) || a.Name != "Anna Kowalski" || a.Email != w.Email("anna") || a.From != visit.Address {
			t.Errorf("%+v", a)
		}
		if a.Zone.String() != "Europe/Warsaw" || a.Language != "en" {
			t.Errorf("zone %v, language %q: not those of the organisation", a.Zone, a.Language)
		}
		if a.Reach.All || a.Reach.Scope != "" || !slices.Contains(a.Reach.Orgs, k.ID) || !slices.Contains(a.Reach.Orgs, w.Org("Poznań").ID) || len(a.Reach.Orgs) != 2 {
			t.Errorf("reach %+v, want the organisation and its site", a.Reach)
		}
		if a := w.Actor("anna"); a.Org != "" || a.Member != "" || a.Rights != nil || a.Person != w.ID("anna") {
			t.Errorf("on personal pages: %+v", a)
		}
	})
}

// A site's member works at the site's number, and the organisation's member not there.
func TestResolve_of_a_site(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("maria", "Poznań", account.SupportAdvanced)
		a := w.Actor("maria", "Poznań")
		if a.Number != w.Org("Poznań").Number || len(a.Reach.Orgs) != 2 {
			t.Errorf("%+v", a)
		}
		_, err := w.Resolve("maria", "Kowalski")
		refused(t, err, 404, "fault.not_found")
		_, err = w.Resolve("anna", "Poznań")
		refused(t, err, 404, "fault.not_found")
		_, err = w.Resolve("anna", "Kowalski", "Poznań") // one's own family is no customer
		refused(t, err, 404, "fault.not_found")
	})
}

func TestAttack_ACC_05_a_person_acts_in_one_context_with_the_rights_of_that_one(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		// Maja administers Dubois, is a plain member of Kowalski, and an operator of the partner, which may support Kowalski.
		w := world(t, db).Person("maja", "Dubois", account.SecurityAdministrator).Person("maja", "Kowalski").Person("maja", "Brightwater", account.PartnerOperator).
			Acts("Brightwater", "Kowalski", account.SupportAdministrator)
		own, dubois, partner, acting := w.Actor("maja", "Kowalski"), w.Actor("maja", "Dubois"), w.Actor("maja", "Brightwater"), w.Actor("maja", "Brightwater", "Kowalski")
		if own.May(account.Invite) || len(own.Roles) != 0 {
			t.Errorf("in Kowalski by membership: %v", own.Roles)
		}
		if !dubois.May(account.GrantRoles) || partner.May(account.Invite) {
			t.Errorf("Dubois %v, partner %v", dubois.Roles, partner.Roles)
		}
		if acting.Source != who.Partnership || !slices.Equal(acting.Roles, []string{account.SupportAdministrator}) || acting.May(account.GrantRoles) || !acting.May(account.Invite) {
			t.Errorf("for Kowalski as the partner: %v %v", acting.Source, acting.Roles)
		}
		if acting.Org != w.Org("Kowalski").ID || acting.Member != w.Org("Brightwater").ID || acting.Number != w.Org("Kowalski").Number || acting.Acting != w.Org("Brightwater").Number {
			t.Errorf("%+v", acting)
		}
		for _, place := range [][]string{{"Dubois", "Kowalski"}, {"Brightwater", "Dubois"}, {"Kowalski", "Brightwater"}, {"Brightwater", "Halden Software"}} {
			_, err := w.Resolve("maja", place...)
			refused(t, err, 404, "fault.not_found")
		}
	})
}

// Ruling 10: by name, or as partner-operator for everything that need not be held by name.
func TestResolve_of_a_partners_people_uses_the_roles_of_the_partnership_that_they_hold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Customer("Belvaro").
			Person("operator", "Brightwater", account.PartnerOperator).Person("billing", "Brightwater", account.PartnerBilling).
			Person("helper", "Brightwater", account.SupportAdvanced).Person("secure", "Brightwater", account.PartnerOperator, account.SecurityAdministrator).
			Person("member", "Brightwater").
			Acts("Brightwater", "Kowalski", account.SupportAdvanced, account.SecurityAdministrator, account.PartnerBilling, account.Reporting).
			Acts("Brightwater", "Belvaro", account.SecurityAdministrator)
		for key, want := range map[string][]string{
			"operator": {account.Reporting, account.SupportAdvanced},
			"billing":  {account.PartnerBilling},
			"helper":   {account.SupportAdvanced},
			"secure":   {account.Reporting, account.SecurityAdministrator, account.SupportAdvanced},
		} {
			if a := w.Actor(key, "Brightwater", "Kowalski"); !slices.Equal(a.Roles, want) {
				t.Errorf("%s: %v, want %v", key, a.Roles, want)
			}
		}
		_, err := w.Resolve("member", "Brightwater", "Kowalski")
		refused(t, err, 404, "fault.not_found")
		_, err = w.Resolve("operator", "Brightwater", "Belvaro") // the only role must be held by name
		refused(t, err, 404, "fault.not_found")
		if a := w.Actor("operator", "Brightwater"); a.Reach.Scope != w.Org("Brightwater").ID {
			t.Errorf("reach of the partner: %+v", a.Reach)
		}
		if a := w.Actor("operator", "Brightwater", "Kowalski"); a.Reach.Scope != "" || len(a.Reach.Orgs) != 2 {
			t.Errorf("reach for the customer: %+v", a.Reach)
		}
		if _, err := w.Resolve("operator", "Brightwater", "Poznań"); err != nil {
			t.Errorf("a site of the customer: %v", err)
		}
	})
}

func TestResolve_of_a_partnership_holds_from_the_first_to_the_last_day_where_the_customer_is(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).ActsFrom("Brightwater", "Kowalski", "2026-03-20", "2026-03-31", account.SupportAdvanced)
		warsaw, err := time.LoadLocation("Europe/Warsaw")
		w.Need(err)
		for _, c := range []struct {
			at   time.Time
			open bool
		}{
			{time.Date(2026, 3, 19, 23, 59, 59, 0, warsaw), false}, {time.Date(2026, 3, 20, 0, 0, 0, 0, warsaw), true},
			{time.Date(2026, 3, 31, 23, 59, 59, 0, warsaw), true}, {time.Date(2026, 4, 1, 0, 0, 0, 0, warsaw), false}, // summer time begins in between
		} {
			w.Clock.Set(c.at)
			_, err := w.ResolveToken(w.SignIn("tom"), "Brightwater", "Kowalski")
			if c.open && err != nil {
				t.Errorf("%v: %v", c.at, err)
			} else if !c.open {
				refused(t, err, 404, "fault.not_found")
			}
			n := w.Count(`SELECT count(*) FROM scope WHERE scope_id = $1 AND from_at <= $2 AND until_at > $2`, w.Org("Brightwater").ID, c.at)
			if want := map[bool]int{true: 2}[c.open]; n != want {
				t.Errorf("%v: %d scope rows, want %d", c.at, n, want)
			}
		}
	})
}

func TestResolve_of_staff_counts_desks_and_nothing_they_hold_in_the_vendor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("releases", "", account.ReleaseManager).Person("plain", "").
			Person("bills", "", account.BillingDesk, account.SecurityAdministrator)
		a := w.Actor("ingrid", "", "Kowalski")
		if a.Source != who.Staff || a.Org != w.Org("Kowalski").ID || a.Member != w.Org("").ID || !a.May(account.GrantRoles) || a.Reach.All || len(a.Reach.Orgs) != 2 {
			t.Errorf("%+v", a)
		}
		if a := w.Actor("ingrid", ""); !a.Reach.All {
			t.Errorf("the desk's own lists: %+v", a.Reach)
		}
		for _, key := range []string{"releases", "plain"} {
			_, err := w.Resolve(key, "", "Kowalski")
			refused(t, err, 404, "fault.not_found")
			if a := w.Actor(key, ""); a.Reach.All {
				t.Errorf("%s reaches every customer", key)
			}
		}
		_, err := w.Resolve("ingrid", "", "Halden Software")
		refused(t, err, 404, "fault.not_found")
		t.Run("INV_04", func(t *testing.T) { // an administrator changes roles only where he is one
			a := w.Actor("bills", "", "Kowalski")
			if a.May(account.GrantRoles) || a.May(account.Invite) || !a.May(account.ViewContacts) {
				t.Errorf("%v", a.Roles)
			}
			if a := w.Actor("bills", ""); !a.May(account.GrantRoles) {
				t.Errorf("in the vendor: %v", a.Roles)
			}
		})
	})
}

func TestAttack_ID_36_what_ends_is_over_at_the_next_request_of_every_session(t *testing.T) {
	ends := map[string]struct {
		q      string
		status int // of the answer on the organisation's pages
	}{
		"membership ended":     {`UPDATE membership SET state = 'obsolete' WHERE person_id = $1`, 404},
		"membership over":      {`UPDATE membership SET until_on = '2026-03-14', until_at = '2026-03-14T23:00:00Z' WHERE person_id = $1`, 404},
		"organisation":         {`UPDATE organisation SET status = 'disabled' WHERE id IN (SELECT org_id FROM membership WHERE person_id = $1)`, 404},
		"person":               {`UPDATE person SET state = 'disabled' WHERE id = $1`, 401},
		"sessions":             {`UPDATE session SET revoked_at = created_at WHERE person_id = $1`, 401},
		"role":                 {`DELETE FROM membership_role WHERE membership_id IN (SELECT id FROM membership WHERE person_id = $1)`, 200},
		"head of the family":   {`UPDATE organisation SET status = 'terminated' WHERE id IN (SELECT root_id FROM organisation WHERE id IN (SELECT org_id FROM membership WHERE person_id = $1))`, 404},
		"invitation withdrawn": {`UPDATE membership SET state = 'withdrawn' WHERE person_id = $1`, 404},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db).Vendor()
		for name, end := range ends {
			key := "p" + string(name[0]) + string(name[len(name)-1])
			w.Customer(name).Person(key, name, account.SecurityAdministrator)
			token := w.SignIn(key)
			if a, err := w.ResolveToken(token, name); err != nil || !a.May(account.Invite) {
				t.Fatalf("%s, before: %v", name, err)
			}
			w.Write(func(tx *store.Tx) error {
				q := end.q
				if name == "membership over" {
					_, err := tx.Exec(`UPDATE membership SET until_on = '2026-03-14', until_at = $2 WHERE person_id = $1`, w.ID(key), time.Date(2026, 3, 14, 23, 0, 0, 0, time.UTC))
					return err
				}
				_, err := tx.Exec(q, w.ID(key))
				return err
			})
			a, err := w.ResolveToken(token, name)
			switch end.status {
			case 200:
				if err != nil || a.May(account.Invite) {
					t.Errorf("%s: %v %v", name, a.Roles, err)
				}
			case 404:
				refused(t, err, 404, "fault.not_found")
			case 401:
				refused(t, err, 401, "fault.sign_in")
			}
		}
	})
}

// Ruling 16.
func TestResolve_of_a_membership_holds_on_its_last_day_and_not_on_the_next(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		over := time.Date(2026, 3, 15, 23, 0, 0, 0, time.UTC) // midnight in Warsaw
		w.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE membership SET until_on = '2026-03-15', until_at = $2 WHERE person_id = $1`, w.ID("piotr"), over)
			return err
		})
		w.Clock.Set(over.Add(-time.Second))
		token := w.SignIn("piotr")
		if _, err := w.ResolveToken(token, "Kowalski"); err != nil {
			t.Error(err)
		}
		w.Clock.Set(over)
		_, err := w.ResolveToken(token, "Kowalski")
		refused(t, err, 404, "fault.not_found")
		anna := w.Actor("anna", "Kowalski")
		all, err := w.Accounts.Contacts(t.Context(), anna, account.ContactFilter{})
		w.Need(err)
		for _, c := range all {
			if want := map[bool]string{true: account.Obsolete, false: account.Active}[c.Person == w.ID("piotr")]; c.Shown(over) != want {
				t.Errorf("%s is shown as %s", c.FirstName, c.Shown(over))
			}
		}
	})
}

func TestResolve_of_a_customer_that_is_not_active(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Acts("Brightwater", "Kowalski", account.SupportAdvanced)
		for status, partner := range map[string]bool{"disabled": true, "terminated": false} {
			w.Status("Kowalski", status)
			_, err := w.Resolve("anna", "Kowalski")
			refused(t, err, 404, "fault.not_found")
			for _, at := range []string{"Kowalski", "Poznań"} {
				if _, err := w.Resolve("tom", "Brightwater", at); (err == nil) != partner {
					t.Errorf("%s: the partner at %s: %v", status, at, err)
				}
				if _, err := w.Resolve("ingrid", "", at); err != nil {
					t.Errorf("%s: staff at %s: %v", status, at, err)
				}
			}
		}
	})
}

func TestHome_is_the_place_last_chosen_else_the_primary_one(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("anna", "Poznań", account.SupportAdvanced).Nobody("alone")
		token := w.SignIn("anna")
		home := func(token string) int64 {
			a, err := w.ResolveToken(token)
			w.Need(err)
			n, err := w.Accounts.Home(t.Context(), a)
			w.Need(err)
			return n
		}
		k, p := w.Org("Kowalski").Number, w.Org("Poznań").Number
		if home(token) != k {
			t.Errorf("leads to %d", home(token))
		}
		before, err := w.ResolveToken(token, "Kowalski")
		w.Need(err)
		w.Need(w.Accounts.Switch(t.Context(), before, p))
		after, err := w.ResolveToken(token, "Kowalski")
		w.Need(err)
		if home(token) != p || after.Seen != before.Seen+1 {
			t.Errorf("leads to %d, counter %d then %d", home(token), before.Seen, after.Seen)
		}
		if home(w.SignIn("anna")) != k {
			t.Error("another session follows the switch")
		}
		refused(t, w.Accounts.Switch(t.Context(), after, w.Org("Dubois").Number), 404, "fault.not_found")
		if home(w.SignIn("alone")) != 0 {
			t.Error("somebody without organisation is led somewhere")
		}
	})
}

func TestAttack_ACC_04_INV_14_exactly_one_membership_is_primary_after_fifty_parallel_changes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("anna", "Poznań").Person("anna", "Dubois")
		anna := w.Actor("anna")
		numbers := []int64{w.Org("Kowalski").Number, w.Org("Poznań").Number, w.Org("Dubois").Number}
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if err := w.Accounts.MakePrimary(t.Context(), anna, numbers[i%3]); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := w.Count(`SELECT count(*) FROM membership WHERE person_id = $1 AND is_primary`, anna.Person); n != 1 {
			t.Errorf("%d primary memberships", n)
		}
		refused(t, w.Accounts.MakePrimary(t.Context(), anna, 99999), 404, "fault.not_found")
		refused(t, w.Accounts.MakePrimary(t.Context(), anna, w.Org("Brightwater").Number), 404, "fault.not_found")
		w.Need(w.Accounts.MakePrimary(t.Context(), anna, numbers[2]))
		all2, err := w.Accounts.Places(t.Context(), anna)
		if err != nil || len(all2) != 3 || all2[0].Number != numbers[2] || !all2[0].Primary || all2[1].Primary {
			t.Errorf("%+v %v", all2, err)
		}
	})
}

func TestEntered_records_a_customers_context_once_a_quarter_of_an_hour(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Acts("Brightwater", "Kowalski", account.SupportAdvanced)
		seen := func() int { return w.Count(`SELECT count(*) FROM event WHERE name = 'account.customer_entered'`) }
		ingrid, tom := w.Actor("ingrid", "", "Kowalski"), w.Actor("tom", "Brightwater", "Kowalski")
		for range 3 {
			w.Need(w.Accounts.Entered(t.Context(), ingrid))
		}
		w.Need(w.Accounts.Entered(t.Context(), w.Actor("anna", "Kowalski"))) // her own: nothing
		w.Need(w.Accounts.Entered(t.Context(), w.Actor("ingrid", "")))
		if n := seen(); n != 1 {
			t.Errorf("%d events", n)
		}
		w.Need(w.Accounts.Entered(t.Context(), tom))
		w.Need(w.Accounts.Entered(t.Context(), w.Actor("ingrid", "", "Dubois")))
		if n := seen(); n != 3 {
			t.Errorf("%d events of three contexts", n)
		}
		w.Clock.Add(15*time.Minute + time.Second)
		w.Need(w.Accounts.Entered(t.Context(), ingrid))
		if n := seen(); n != 4 {
			t.Errorf("%d events after a quarter of an hour", n)
		}
		if n := w.Count(`SELECT count(*) FROM event WHERE name = 'account.customer_entered' AND org_id = $1 AND person_id = $2 AND source = 'staff'`, w.Org("Kowalski").ID, ingrid.Person); n != 2 {
			t.Errorf("%d in the customer's log", n)
		}
	})
}

package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

// Beside the roles stands how each of them came: with the invitation, by whom since, from an old portal, and for whom the giver worked.
func TestRoles_say_how_they_came(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		for _, role := range []string{account.SecurityAdministrator, account.Helpdesk, account.Operator} {
			w.Roles[role] = append(w.Roles[role], account.StageRoles)
		}
		anna := w.Actor("anna", "Kowalski")
		id, secret := delivered(t, w, anna, account.NewContact{FirstName: "Jan", LastName: "Nowak", Email: "jan@kowalski.example", Role: account.SupportRestricted})
		if _, err := accept(t, w, secret); err != nil {
			t.Fatal(err)
		}
		give := func(a who.Actor, roles ...string) {
			t.Helper()
			w.Clock.Add(24 * time.Hour)
			w.Need(w.Accounts.Stage(t.Context(), a, id, roles, nil))
			a.Proved = w.Clock.Now()
			_, err := w.Accounts.Apply(t.Context(), a)
			w.Need(err)
		}
		how := func() map[string]account.Given {
			t.Helper()
			c, err := w.Accounts.Changing(t.Context(), anna, id)
			w.Need(err)
			all := map[string]account.Given{}
			for _, g := range c.Given {
				all[g.Role] = g
			}
			return all
		}
		if g := how()[account.SupportRestricted]; g.How != "invited" || g.By != anna.Name || g.For != "" {
			t.Errorf("invited: %+v", g)
		}
		give(anna, account.SupportRestricted, account.SecurityAdministrator)
		at := w.Clock.Now()
		ingrid := w.Actor("ingrid", "", "Kowalski")
		give(ingrid, account.SupportAdvanced, account.SecurityAdministrator)
		got := how()
		if g := got[account.SecurityAdministrator]; g.How != "changed" || g.By != anna.Name || !g.At.Equal(at) {
			t.Errorf("given since: %+v", g)
		}
		if g := got[account.SupportAdvanced]; g.How != "changed" || g.By != ingrid.Name || g.For != w.Org("").Name {
			t.Errorf("given by the vendor: %+v", g)
		}
		if _, ok := got[account.SupportRestricted]; ok || len(got) != 2 {
			t.Errorf("what is not held any more: %+v", got)
		}
		b := w.As(w.Pages(nil), "anna")
		page := b.Get(fmt.Sprintf("/o/%d/contacts?change=%s", w.Org("Kowalski").Number, id))
		for _, want := range []string{"How the present roles came", "given by " + ingrid.Name + " of Halden Software"} {
			if !strings.Contains(page.Body, want) {
				t.Errorf("%q is missing", want)
			}
		}

		w.Write(func(tx *store.Tx) error {
			person, err := w.Identities.Ensure(tx, "magda@kowalski.example", "Piotr", "Z", "en")
			if err != nil {
				return err
			}
			id = tx.NewID()
			return w.Accounts.ImportMembership(tx, w.Program(""), account.Held{ID: id, Person: person.ID, Org: w.Org("Kowalski").ID, Zone: "Europe/Warsaw"}, account.Brought{Roles: []string{account.SupportAdvanced}})
		})
		if g := how()[account.SupportAdvanced]; g.How != "imported" || g.By != "" {
			t.Errorf("imported: %+v", g)
		}
	})
}

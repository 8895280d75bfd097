package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// Contacts are sorted by name as the reader's language sorts, by address and by the last sign-in, either way round, page by page, with filters; what the list does not show, it is not sorted by.
func TestContacts_are_sorted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("elsewhere", "Dubois").Person("elsewhere", "Kowalski")
		w.Write(func(tx *store.Tx) error {
			for i, name := range []string{"Zoé Łaska", "adam abel", "Bea Ábel", "Cleo Zorn", "Dan lasek"} {
				first, last, _ := strings.Cut(name, " ")
				id := tx.NewID()
				_, err := tx.Exec(`INSERT INTO person (id, email, first_name, last_name, language, zone, phone, state, mailbox_first, created_at, last_sign_in_at, version)
					VALUES ($1, $2, $3, $4, 'en', '', '', 'active', FALSE, $5, $6, 1)`, id, fmt.Sprintf("%c@sorted.example", 'e'-rune(i)), first, last, tx.Now, tx.Now.Add(-time.Duration(i)*time.Hour))
				if err == nil {
					err = w.Accounts.Join(tx, w.Program("Kowalski"), id, w.Org("Kowalski").ID, account.Active, true, account.SupportRestricted)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		w.SignIn("elsewhere") // now, which nobody at Kowalski is shown
		anna := w.Actor("anna", "Kowalski")
		list := func(f account.ContactFilter) (all []string) {
			t.Helper()
			f.Most = 2
			for range 20 {
				page, err := w.Accounts.Contacts(t.Context(), anna, f)
				w.Need(err)
				more := len(page) > f.Most
				if more {
					page = page[:f.Most]
				}
				for _, c := range page {
					all = append(all, c.FirstName)
				}
				if !more {
					return all
				}
				f.After = page[f.Most-1].ID
			}
			t.Fatal("the pages do not end")
			return nil
		}
		sorted := account.ContactFilter{Text: "sorted.example", Sort: account.ByName}
		for _, c := range []struct {
			sort string
			down bool
			want []string
		}{
			{account.ByName, false, []string{"adam", "Bea", "Zoé", "Dan", "Cleo"}},
			{account.ByEmail, false, []string{"Dan", "Cleo", "Bea", "adam", "Zoé"}},
			{account.ByEmail, true, []string{"Zoé", "adam", "Bea", "Cleo", "Dan"}},
			{account.BySeen, true, []string{"Zoé", "adam", "Bea", "Cleo", "Dan"}},
		} {
			sorted.Sort, sorted.Down = c.sort, c.down
			got := list(sorted)
			if c.sort == account.ByName { // Ł is a letter of its own in some orders and an L in others
				got, c.want = slices.DeleteFunc(got, func(s string) bool { return s == "Zoé" }), slices.DeleteFunc(c.want, func(s string) bool { return s == "Zoé" })
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("by %s, down %v: %v, want %v", c.sort, c.down, got, c.want)
			}
		}
		all := list(account.ContactFilter{Sort: account.BySeen, Down: true})
		if n := len(all); n != 8 || slices.Index(all, "Elsewhere") < slices.Index(all, "Dan") {
			t.Errorf("%v: a sign-in that is not shown decides the order", all)
		}
		if got := list(account.ContactFilter{Sort: account.ByName, Role: account.SecurityAdministrator, States: account.Current}); !slices.Equal(got, []string{"Anna"}) {
			t.Errorf("with a filter: %v", got)
		}
		if got := list(account.ContactFilter{Sort: account.ByName, States: account.Past}); len(got) != 0 {
			t.Errorf("of those who were: %v", got)
		}
		page := w.As(w.Pages(nil), "anna").Get(fmt.Sprintf("/o/%d/contacts?sort=name&text=sorted", w.Org("Kowalski").Number))
		for _, want := range []string{`aria-sort="ascending"`, "down=1", "sort=last_sign_in"} {
			if page.Status != 200 || !strings.Contains(page.Body, want) {
				t.Errorf("%d: %s is missing", page.Status, want)
			}
		}
	})
}

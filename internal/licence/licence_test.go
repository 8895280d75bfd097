package licence_test

import (
	"errors"
	"testing"

	"lodge/internal/account"
	"lodge/internal/licence"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

func TestALicenceGivesItsProductToTheFamilyAndKeepsItsNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, a := &licence.Licences{Store: db, Events: &event.Log{}}, who.Program("", nil)
		accounts := &account.Accounts{Store: db, Events: s.Events}
		products := &product.Products{Store: db, Events: s.Events}
		var head, site, other account.Organisation
		var kiln product.Product
		var id string
		err := db.Write(t.Context(), account.Numbers(), func(tx *store.Tx) error {
			var errs [5]error
			head, errs[0] = accounts.Make(tx, a, account.NewOrganisation{Kind: account.Customer, Name: "C", Country: "PL"})
			site, errs[1] = accounts.Make(tx, a, account.NewOrganisation{Kind: account.Customer, Root: head.ID, Name: "S", Country: "PL"})
			other, errs[2] = accounts.Make(tx, a, account.NewOrganisation{Kind: account.Customer, Name: "O", Country: "PL"})
			kiln, errs[3] = products.Make(tx, a, product.Product{Code: "KILN", Name: "Kiln"})
			id, errs[4] = s.Make(tx, a, licence.Licence{Number: "7K3-MQ2-X9W", Org: head.ID, Site: site.ID, Product: kiln.ID, Quantity: 5, Term: "perpetual", IssuedOn: "2020-05-01"})
			return errors.Join(errs[:]...)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), store.Lock("org", head.ID), func(tx *store.Tx) error {
			return s.Update(tx, a, id, func(l *licence.Licence) { l.Quantity, l.Number, l.Org = 7, "ABC-DEF-GHV", other.ID })
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(t.Context(), func(tx *store.Tx) error {
			for org, want := range map[string]int{head.ID: 1, site.ID: 1, other.ID: 0} {
				list, err := licence.OfOrg(tx, org, "", 10)
				if err != nil || len(list) != want || want == 1 && (list[0].Number != "7K3-MQ2-X9W" || list[0].Quantity != 7) {
					t.Errorf("%+v %v", list, err)
				}
				if has, err := product.OfOrg(tx, org); err != nil || len(has) != want {
					t.Error(has, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), store.Lock("org", other.ID), func(tx *store.Tx) error {
			_, err := s.Make(tx, a, licence.Licence{Number: "7K3-MQ2-X9W", Org: other.ID, Product: kiln.ID, Quantity: 1, Term: "trial", IssuedOn: "2020-05-01", ValidUntil: "2020-06-01"})
			return err
		})
		if !errors.Is(err, store.ErrExists) || store.Constraint(err) != "licence_number_key" {
			t.Errorf("a number twice: %v", err)
		}
	})
}

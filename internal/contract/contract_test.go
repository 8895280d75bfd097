package contract

import (
	"slices"
	"testing"

	"lodge/internal/account"
	"lodge/internal/platform/event"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

func TestSupportIsJudgedByTheDay(t *testing.T) {
	texts, err := lang.New(Lang)
	if err != nil {
		t.Fatal(err)
	}
	p := texts.For("en")
	c := func(id, from, to string) Contract {
		return Contract{ID: id, StartsOn: from, EndsOn: to, Status: Active}
	}
	gone := Contract{ID: "x", StartsOn: "2020-01-01", EndsOn: "2040-01-01", Status: Cancelled}
	for _, x := range []struct {
		name      string
		contracts []Contract
		want      string
		contract  string
	}{
		{"nothing", nil, "No support", ""},
		{"cancelled", []Contract{gone}, "No support", ""},
		{"long", []Contract{c("a", "2026-01-01", "2026-12-31"), gone}, "Support until 31 Dec 2026", "a"},
		{"61 days", []Contract{c("a", "2026-01-01", "2026-05-15")}, "Support until 15 May 2026", "a"},
		{"60 days", []Contract{c("a", "2026-01-01", "2026-05-14")}, "Support ends in 60 days", "a"},
		{"tomorrow", []Contract{c("a", "2026-01-01", "2026-03-16")}, "Support ends in 1 day", "a"},
		{"first and last day", []Contract{c("a", "2026-03-15", "2026-03-15")}, "Support ends today", "a"},
		{"over", []Contract{c("a", "2025-01-01", "2026-03-14"), c("b", "2024-01-01", "2024-12-31")}, "Support ended on 14 Mar 2026", "a"},
		{"not begun", []Contract{c("a", "2026-03-16", "2027-03-15")}, "No support", ""},
		{"renewed in time", []Contract{c("b", "2026-04-01", "2027-03-31"), c("a", "2025-04-01", "2026-03-31")}, "Support until 31 Mar 2027", "a"},
		{"renewed with a gap", []Contract{c("b", "2026-04-02", "2027-03-31"), c("a", "2025-04-01", "2026-03-31")}, "Support ends in 16 days", "a"},
		{"two at once", []Contract{c("a", "2025-04-01", "2026-03-31"), c("b", "2026-01-01", "2026-12-31")}, "Support until 31 Dec 2026", "b"},
	} {
		s := judge(x.contracts, "2026-03-15")
		if got := p.Msg(s.Text(p.Day)); got != x.want || s.Contract != x.contract {
			t.Errorf("%s: %q by %q, want %q by %q", x.name, got, s.Contract, x.want, x.contract)
		}
	}
}

func TestAContractCoversTheFamilyAndWhatItIsEntitledTo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, a := &Contracts{Store: db, Events: &event.Log{}}, who.Program("", nil)
		products := &product.Products{Store: db, Events: s.Events}
		accounts := &account.Accounts{Store: db, Events: s.Events}
		var head, site, other account.Organisation
		var kiln, weft product.Product
		var first, second string
		err := db.Write(t.Context(), account.Numbers(), func(tx *store.Tx) (err error) {
			steps := []func() error{
				func() error {
					head, err = accounts.Make(tx, a, account.NewOrganisation{Kind: account.Customer, Name: "C", Country: "PL"})
					return err
				},
				func() error {
					site, err = accounts.Make(tx, a, account.NewOrganisation{Kind: account.Customer, Root: head.ID, Name: "S", Country: "PL"})
					return err
				},
				func() error {
					other, err = accounts.Make(tx, a, account.NewOrganisation{Kind: account.Customer, Name: "O", Country: "PL"})
					return err
				},
				func() error {
					kiln, err = products.Make(tx, a, product.Product{Code: "KILN", Name: "Kiln"})
					return err
				},
				func() error {
					weft, err = products.Make(tx, a, product.Product{Code: "WEFT", Name: "Weft"})
					return err
				},
				func() error {
					first, err = s.Make(tx, a, Contract{Number: "1", Org: head.ID, Level: "standard", StartsOn: "2026-01-01", EndsOn: "2026-12-31"})
					return err
				},
				func() error {
					_, err = s.Entitle(tx, a, Entitlement{Contract: first, Org: head.ID, Product: kiln.ID})
					return err
				},
			}
			for _, step := range steps {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		expect := func(org, product, day, want string) {
			t.Helper()
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				id, ok, err := Entitled(tx, org, product, day)
				if id != want || ok != (want != "") {
					t.Errorf("entitled by %q, want %q", id, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		expect(head.ID, kiln.ID, "2026-01-01", first)
		expect(site.ID, kiln.ID, "2026-12-31", first)
		expect(head.ID, kiln.ID, "2027-01-01", "")
		expect(head.ID, weft.ID, "2026-06-01", "") // the contract covers something else only
		expect(other.ID, kiln.ID, "2026-06-01", "")
		err = db.Write(t.Context(), store.Lock("org", head.ID), func(tx *store.Tx) (err error) {
			second, err = s.Make(tx, a, Contract{Number: "2", Org: head.ID, Level: "premier", StartsOn: "2026-06-01", EndsOn: "2026-06-30"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(site.ID, weft.ID, "2026-06-01", second) // without entitlements: all products
		expect(head.ID, kiln.ID, "2026-06-01", first)  // of two the one that ends last
		err = db.Write(t.Context(), store.Lock("org", head.ID), func(tx *store.Tx) error {
			c, ok, err := InForce(tx, site.ID, "2026-06-15")
			if err != nil || !ok || c.ID != first {
				t.Error(c, ok, err)
			}
			if _, ok, err := InForce(tx, other.ID, "2026-06-15"); ok || err != nil {
				t.Error("support of another organisation", err)
			}
			all, err := Supports(tx, site.ID, "2026-06-15", kiln.ID, weft.ID)
			if err != nil || all[kiln.ID].Contract != first || all[weft.ID].Until != "2026-06-30" || all[weft.ID].State != Ending {
				t.Errorf("%+v %v", all, err)
			}
			mine, err := product.OfOrg(tx, site.ID)
			if err != nil || !slices.Equal(mine, []product.Product{kiln}) {
				t.Errorf("%+v %v", mine, err)
			}
			return s.Update(tx, a, first, func(c *Contract) { c.Status, c.Org = Cancelled, other.ID })
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(head.ID, kiln.ID, "2026-03-01", "")
		expect(other.ID, kiln.ID, "2026-03-01", "") // a contract never moves
	})
}

package product_test

import (
	"testing"

	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

func TestASlugHoldsWhatAnAddressMayHold(t *testing.T) {
	for code, want := range map[string]string{
		"CAL-PRO": "cal-pro", "Żuraw 8.2": "zuraw-8.2", "ŁÓDŹ": "lodz", "a/b\\c": "a-b-c", "..": "product", "日本": "product", "-x-": "x", "A__B": "a__b",
	} {
		if got := product.Slug(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}

func TestAProductIsFoundByItsCodeAndKeepsItsSlug(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := &product.Products{Store: db, Events: &event.Log{}}
		a := who.Program("", nil)
		var first product.Product
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) (err error) {
			if first, err = s.Make(tx, a, product.Product{Code: "Kiln", Name: "Kiln"}); err != nil {
				return err
			}
			second, err := s.Make(tx, a, product.Product{Code: "kiln!", Name: "Other"})
			if err != nil || second.Slug != "kiln-2" && second.Slug != "kiln" || second.Slug == first.Slug {
				t.Errorf("%+v %v", second, err)
			}
			if _, err := s.Make(tx, a, product.Product{Code: "KILN", Name: "Third"}); !fault.Is(err, "product.code_taken") {
				t.Errorf("the same code in capitals: %v", err)
			}
			return s.Update(tx, a, first.ID, func(p *product.Product) { p.Name, p.Slug, p.Status = "Kiln 2", "elsewhere", product.Retired })
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(t.Context(), func(tx *store.Tx) error {
			p, ok, err := product.ByCode(tx, "kILN")
			if err != nil || !ok || p.ID != first.ID || p.Name != "Kiln 2" || p.Slug != "kiln" || p.Status != product.Retired || p.Version != 2 {
				t.Errorf("%+v %v %v", p, ok, err)
			}
			if same, ok, err := product.BySlug(tx, "kiln"); err != nil || !ok || same.ID != p.ID {
				t.Error(same, ok, err)
			}
			if _, err := product.Get(tx, "nobody"); !fault.Is(err, "fault.not_found") {
				t.Error(err)
			}
			n, err := store.One[int](tx, `SELECT count(*) FROM event WHERE name IN ('product.made', 'product.changed')`)
			if n != 3 {
				t.Errorf("%d events, want 3", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

package subscription

import (
	"context"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Row is a product type as the vendor sees it.
type Row struct {
	Terms
	Customers int // that have it, at most a hundred are counted
}

// List gives all product types, retired ones too, with their terms. The actor needs ManageTypes. Three statements.
func (s *Subscriptions) List(ctx context.Context, a who.Actor) (rows []Row, err error) {
	if err := a.Must(ManageTypes); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err = All(tx)
		return err
	})
	return rows, err
}

// One gives a product type by its code, in whatever letter case. The actor needs ManageTypes. NotFound if there is none. Three statements.
func (s *Subscriptions) One(ctx context.Context, a who.Actor, code string) (row Row, err error) {
	if err := a.Must(ManageTypes); err != nil {
		return row, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		row, err = terms(tx, code)
		return err
	})
	return row, err
}

// All are all product types with their terms, by name, at most a thousand; the caller has checked who asks.
func All(tx *store.Tx) ([]Row, error) { return rows(tx, "") }

// terms gives one product type with its terms. NotFound if there is none.
func terms(tx *store.Tx, code string) (Row, error) {
	found, err := rows(tx, Key(code))
	if err == nil && (len(found) == 0 || code == "") {
		err = fault.Missing()
	}
	if err != nil {
		return Row{}, err
	}
	return found[0], nil
}

// rows are all product types, or the one with this key.
func rows(tx *store.Tx, key string) (all []Row, err error) {
	types, err := store.Query[struct {
		Type
		Customers int
	}](tx, selectAll, key)
	if err != nil {
		return nil, err
	}
	ids := make(store.List, len(types))
	for i, t := range types {
		ids[i] = t.ID
	}
	regions, err := store.Query[struct{ Type, Country string }](tx, selectRegions, ids)
	if err != nil {
		return nil, err
	}
	partners, err := store.Query[struct{ Type, Partner string }](tx, selectPartners, ids)
	for _, t := range types {
		row := Row{Terms: Terms{Type: t.Type}, Customers: t.Customers}
		for _, r := range regions {
			if r.Type == t.ID {
				row.Regions = append(row.Regions, r.Country)
			}
		}
		for _, p := range partners {
			if p.Type == t.ID {
				row.Partners = append(row.Partners, p.Partner)
			}
		}
		all = append(all, row)
	}
	return all, err
}

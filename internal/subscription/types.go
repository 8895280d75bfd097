package subscription

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Make adds a product type and gives its id. The actor needs ManageTypes. Invalid at code, name, about, price, currency, regions or partners;
// Conflict of code subscription.code_taken at code.
func (s *Subscriptions) Make(ctx context.Context, a who.Actor, in Terms) (id string, err error) {
	if err := a.Must(ManageTypes); err != nil {
		return "", err
	}
	// Free: the unique index of the code decides.
	err = s.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		id, err = once.Do(tx, a, "subscription.make", in, func() (string, error) {
			t, err := s.MakeType(tx, a, in)
			return t.ID, err
		})
		return err
	})
	if errors.Is(err, store.ErrExists) {
		f := fault.New(fault.Conflict, "subscription.code_taken", "code", in.Code)
		f.Fields = []fault.Field{{Name: "code", Text: f.Text}}
		return "", f
	}
	return id, err
}

// MakeType is the step behind Make.
func (s *Subscriptions) MakeType(tx *store.Tx, a who.Actor, in Terms) (Type, error) {
	in.ID, in.Version, in.Status = tx.NewID(), 1, cmp.Or(in.Status, Active)
	if err := in.check(); err != nil {
		return Type{}, err
	}
	if _, err := tx.Exec(insertType, in.ID, in.Code, Key(in.Code), in.Name, in.About, in.Price, in.Currency, in.Immutable, in.Status, tx.Now); err != nil {
		return Type{}, err
	}
	if err := setRegions(tx, in); err != nil {
		return Type{}, err
	}
	for _, partner := range slices.Compact(slices.Sorted(slices.Values(in.Partners))) {
		if err := offer(tx, in.ID, partner); err != nil {
			return Type{}, err
		}
	}
	return in.Type, s.Events.Emit(tx, a, a.Org, TypeMade{in.ID})
}

// setRegions writes where a type is offered.
func setRegions(tx *store.Tx, in Terms) error {
	if _, err := tx.Exec(deleteRegions, in.ID); err != nil {
		return err
	}
	for _, country := range in.Regions {
		if _, err := tx.Exec(insertRegion, in.ID, country); err != nil {
			return err
		}
	}
	return nil
}

// Edit changes a product type but for its code and the partners that may have it, which Offer changes. What customers have already goes on under its new price. The
// actor needs ManageTypes; version is what the form showed. As Make, and Conflict of code subscription.changed, or subscription.flag_fixed at immutable: who
// chose the type was told what it says there.
func (s *Subscriptions) Edit(ctx context.Context, a who.Actor, code string, version int64, in Terms) error {
	if err := a.Must(ManageTypes); err != nil {
		return err
	}
	return s.Store.Write(ctx, Lock(code), func(tx *store.Tx) error {
		was, err := terms(tx, code)
		if err != nil {
			return err
		}
		if was.Version != version {
			return fault.New(fault.Conflict, "subscription.changed")
		}
		in.ID, in.Code, in.Version = was.ID, was.Code, was.Version
		if err := in.check(); err != nil {
			return err
		}
		if in.Immutable != was.Immutable && was.Customers > 0 {
			f := fault.New(fault.Conflict, "subscription.flag_fixed", "n", was.Customers)
			f.Fields = []fault.Field{{Name: "immutable", Text: f.Text}}
			return f
		}
		slices.Sort(in.Regions)
		if in.Regions = slices.Compact(in.Regions); in.Type == was.Type && slices.Equal(in.Regions, was.Regions) {
			return nil
		}
		if _, err := tx.Exec(updateType, in.ID, in.Name, in.About, in.Price, in.Currency, in.Immutable, in.Status, tx.Now); err != nil {
			return err
		}
		if err := setRegions(tx, in); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, TypeChanged{in.ID, was.Terms.told(), in.told()})
	})
}

// Offer says which active product types a partner may have from now on, by their codes: a step. Its door holds the Lock of each that it gives or takes.
// Invalid at product_types. What customers have stays, and so do retired types.
func (s *Subscriptions) Offer(tx *store.Tx, partner string, codes []string) error {
	var c fault.Check
	ids := store.List{}
	for _, code := range codes {
		t, ok, err := ByCode(tx, code)
		if err != nil {
			return err
		}
		c.Need(ok && t.Status == Active, "product_types", "subscription.code_unknown", "code", code)
		ids = append(ids, t.ID)
	}
	if err := c.Err(); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteOffers, partner, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if err := offer(tx, id, partner); err != nil {
			return err
		}
	}
	return nil
}

// offer lets a partner have a type. Invalid at partners for what is no partner.
func offer(tx *store.Tx, id, partner string) error {
	n, err := tx.Exec(insertPartner, id, partner)
	if err != nil || n == 1 {
		return err
	}
	var c fault.Check
	c.Need(false, "partners", "subscription.partner_unknown")
	return c.Err()
}

// Lock is the key of a product type: who gives it to a customer holds it, so that it is offered still when the customer has it.
func Lock(code string) store.Keys { return store.Lock("product_type", Key(code)) }

// ByCode gives the product type with this code, in whatever letter case.
func ByCode(tx *store.Tx, code string) (Type, bool, error) {
	return store.Maybe[Type](tx, selectByKey, Key(code))
}

// Get gives a product type by id, NotFound if there is none.
func Get(tx *store.Tx, id string) (Type, error) {
	t, ok, err := store.Maybe[Type](tx, selectType, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return t, err
}

// Shop is who asks what is offered: a partner, or the vendor itself, which may have all.
type Shop struct {
	Partner string // id; '' = the vendor
	Country string // of the customer; '' = any
}

// Offered are the active product types that a shop may have, by name. At most a thousand.
func Offered(tx *store.Tx, s Shop) ([]Type, error) {
	return store.Query[Type](tx, selectOffered, s.Partner, s.Country)
}

// OfferedIn tells in which countries product types are offered; one that is missing is offered everywhere.
func OfferedIn(tx *store.Tx, types []Type) (map[string][]string, error) {
	ids := make(store.List, len(types))
	for i, t := range types {
		ids[i] = t.ID
	}
	rows, err := store.Query[struct{ Type, Country string }](tx, selectRegions, ids)
	all := map[string][]string{}
	for _, r := range rows {
		all[r.Type] = append(all[r.Type], r.Country)
	}
	return all, err
}

// NeedOffered gives the product type with this code if the shop may have it, else adds a message at product_type: for one that is unknown, retired, not
// for this partner, or not offered in the country. The first three read the same: what is not for a partner does not exist for it.
func NeedOffered(tx *store.Tx, c *fault.Check, s Shop, code string) (Type, error) {
	anywhere, ok, err := store.Maybe[Type](tx, selectOfferedOne, s.Partner, "", Key(code))
	if err != nil {
		return Type{}, err
	}
	t, here, err := store.Maybe[Type](tx, selectOfferedOne, s.Partner, s.Country, Key(code))
	c.Need(code != "", "product_type", "subscription.type_missing")
	c.Need(ok, "product_type", "subscription.type_unknown")
	c.Need(here, "product_type", "subscription.type_not_offered", "type", anywhere.Name)
	return t, err
}

package licence

import (
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// Licences are the use cases of licences.
type Licences struct {
	Store  *store.DB
	Events *event.Log
}

// States of a licence.
const (
	Active  = "active"
	Retired = "retired"
	Revoked = "revoked"
)

// Licence is the right to use a product.
type Licence struct {
	ID         string
	Number     string // XXX-XXX-XXX, never changes
	Org        string // head of a family
	Site       string // site that holds it; '' = head office
	Product    string
	Quantity   int
	Term       string // perpetual, subscription, trial
	IssuedOn   string // civil day
	ValidUntil string // last civil day; '' = without end
	Status     string
	OrderRef   string // of the purchase
	Version    int64
}

// Make adds a licence, and its product to what the organisation has: a step; its door holds the organisation's key. A number in
// use is store.ErrExists.
func (s *Licences) Make(tx *store.Tx, a who.Actor, in Licence) (id string, err error) {
	if in.Status == "" {
		in.Status = Active
	}
	id = tx.NewID()
	if _, err := tx.Exec(insertLicence, id, in.Number, in.Org, in.Site, in.Product, in.Quantity, in.Term, in.IssuedOn, in.ValidUntil,
		in.Status, in.OrderRef, tx.Now); err != nil {
		return "", err
	}
	if err := product.Give(tx, in.Org, in.Product, product.ByLicence); err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, in.Org, Made{id, in.Product, in.Quantity})
}

// Update changes quantity, term, days, status and order as change says: a step; its door holds the organisation's key. Number,
// organisation, site and product stay. Nothing is written if nothing differs. NotFound for an unknown one.
func (s *Licences) Update(tx *store.Tx, a who.Actor, id string, change func(*Licence)) error {
	was, ok, err := store.Maybe[Licence](tx, selectLicence, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	now := was
	change(&now)
	now.Number, now.Org, now.Site, now.Product = was.Number, was.Org, was.Site, was.Product
	if now == was {
		return nil
	}
	if _, err := tx.Exec(updateLicence, id, now.Quantity, now.Term, now.IssuedOn, now.ValidUntil, now.Status, now.OrderRef, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, was.Org, Changed{id, was.rights(), now.rights()})
}

// OfOrg are the licences of an organisation's family, by number, from a number on ("" for the first page).
func OfOrg(tx *store.Tx, org, after string, limit int) ([]Licence, error) {
	return store.Query[Licence](tx, selectOfOrg, org, after, limit)
}

// Rights is what an event says about a licence.
type Rights struct {
	Quantity                           int
	Term, IssuedOn, ValidUntil, Status string
}

func (l Licence) rights() Rights {
	return Rights{l.Quantity, l.Term, l.IssuedOn, l.ValidUntil, l.Status}
}

// Made tells of a new licence.
type Made struct {
	Licence, Product string
	Quantity         int
}

func (Made) EventName() string { return "licence.made" }
func (e Made) Subject() string { return "licence:" + e.Licence }

// Changed tells what a licence was and is.
type Changed struct {
	Licence       string
	Before, After Rights
}

func (Changed) EventName() string { return "licence.changed" }
func (e Changed) Subject() string { return "licence:" + e.Licence }

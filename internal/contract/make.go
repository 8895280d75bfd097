package contract

import (
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// Make adds a contract to a head organisation: a step; its door holds the organisation's key.
func (s *Contracts) Make(tx *store.Tx, a who.Actor, in Contract) (id string, err error) {
	if in.Status == "" {
		in.Status = Active
	}
	id = tx.NewID()
	if err := tx.Later(insertContract, id, in.Number, in.Org, in.Level, in.StartsOn, in.EndsOn, in.Status, tx.Now); err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, in.Org, Made{id, in.Level, in.StartsOn, in.EndsOn})
}

// Update changes a contract as change says: a step; the organisation stays. Nothing is written if nothing differs. NotFound for an
// unknown one.
func (s *Contracts) Update(tx *store.Tx, a who.Actor, id string, change func(*Contract)) error {
	was, ok, err := store.Maybe[Contract](tx, selectContract, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	now := was
	change(&now)
	if now.Org = was.Org; now == was {
		return nil
	}
	if _, err := tx.Exec(updateContract, id, now.Number, now.Level, now.StartsOn, now.EndsOn, now.Status, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, was.Org, Changed{id, was.period(), now.period()})
}

// Entitlement is what a contract covers.
type Entitlement struct {
	Contract, Org string // the contract's
	Product       string // also of an entitlement to one licence
	Licence       string // '' = all licences of the product
}

// Entitle narrows a contract to what is entitled, and adds the product to what the organisation has: a step; its door holds
// the organisation's key.
func (s *Contracts) Entitle(tx *store.Tx, a who.Actor, in Entitlement) (id string, err error) {
	id = tx.NewID()
	if err := tx.Later(insertEntitlement, id, in.Contract, in.Org, in.Product, in.Licence, tx.Now); err != nil {
		return "", err
	}
	if err := product.Give(tx, in.Org, in.Product, product.ByContract); err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, in.Org, Covering{in.Contract, in.Product, in.Licence})
}

// Period is what an event says about a contract.
type Period struct{ Level, StartsOn, EndsOn, Status string }

func (c Contract) period() Period { return Period{c.Level, c.StartsOn, c.EndsOn, c.Status} }

// Made tells of a new contract.
type Made struct{ Contract, Level, StartsOn, EndsOn string }

func (Made) EventName() string { return "contract.made" }
func (e Made) Subject() string { return "contract:" + e.Contract }

// Changed tells what a contract was and is.
type Changed struct {
	Contract      string
	Before, After Period
}

func (Changed) EventName() string { return "contract.changed" }
func (e Changed) Subject() string { return "contract:" + e.Contract }

// Covering tells what a contract covers from now on.
type Covering struct{ Contract, Product, Licence string }

func (Covering) EventName() string { return "contract.entitled" }
func (e Covering) Subject() string { return "contract:" + e.Contract }

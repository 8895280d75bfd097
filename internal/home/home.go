package home

import (
	"context"
	"time"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/job"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/support"
)

// Home gathers.
type Home struct {
	Store    *store.DB
	Requests *support.Requests
}

// Place is the organisation in view with what the first line says.
type Place struct {
	ID, Name, City, Kind, Zone string
	Number                     int64
	IsSite                     bool
	Partners                   string // names of those who act for it today
}

// Supported is a product with the state of its support.
type Supported struct {
	product.Product
	Support contract.Support
}

// CustomerRow is an organisation for which a partner may act.
type CustomerRow struct {
	Number     int64
	Name, City string
	Until      *time.Time // nil: open
}

// Lonely is an organisation without an administrator.
type Lonely struct {
	Number     int64
	Name, City string
}

// Waiting are the people and partners about whom an administrator has something to decide: at most a hundred of each are counted.
type Waiting struct {
	Expired int // invitations that nobody took
	Asks    int // partners that ask to act for the organisation
	Open    int // partnerships without a last day
	Roles   int // people who ask for a right, here or at the desk
}

// Overview is everything on the home page.
type Overview struct {
	Place     Place
	Requests  support.List // empty for those who may not see any
	MayView   bool
	Yours     support.Yours // what waits for the actor's side
	Products  []Supported
	Customers []CustomerRow // of a partner, at its own number
	Lonely    []Lonely      // for the helpdesk
	Today     string        // civil day of the organisation in view
	Parked    int           // jobs that wait for an operator
	Steps     []step        // that a new portal lacks; for the vendor
	Waiting   Waiting       // for administrators
}

// Overview gathers the home page of the organisation in view. The actor needs account.ViewHome. At most nine statements.
func (h *Home) Overview(ctx context.Context, a who.Actor) (o Overview, err error) {
	if err := a.Must(account.ViewHome); err != nil {
		return o, err
	}
	err = h.Store.Read(ctx, func(tx *store.Tx) error {
		if o.Place, err = store.One[Place](tx, selectPlace, a.Org, tx.Now); err != nil {
			return err
		}
		o.Today = clock.Day(tx.Now, clock.Place(o.Place.Zone))
		if o.MayView = a.May(support.ViewRequests); o.MayView {
			if o.Requests, err = h.Requests.List(ctx, a, support.Filter{}); err != nil {
				return err
			}
			if o.Yours, err = h.Requests.Yours(ctx, a); err != nil {
				return err
			}
		}
		if a.May(account.Invite) || a.May(account.StageRoles) {
			if o.Waiting, err = store.One[Waiting](tx, countWaiting, a.Org, tx.Now); err != nil {
				return err
			}
		}
		switch {
		case o.Place.Kind == account.Vendor:
			if a.May(support.ViewDesk) {
				if o.Lonely, err = store.Query[Lonely](tx, selectLonely); err != nil {
					return err
				}
			}
			if a.Is(account.Operator) {
				if o.Parked, err = job.CountParked(tx); err != nil {
					return err
				}
			}
			o.Steps, err = firstSteps(tx, a)
			return err
		case o.Place.Kind == account.Partner && a.Source == who.Own:
			if o.Customers, err = store.Query[CustomerRow](tx, selectCustomers, a.Reach.Scope, tx.Now, store.List(account.Acting(a.Roles))); err != nil {
				return err
			}
		}
		return h.products(tx, a, &o)
	})
	return o, err
}

// Products are those of the organisation in view with the state of their support. The actor needs ViewProducts.
func (h *Home) Products(ctx context.Context, a who.Actor) (all []Supported, err error) {
	if err := a.Must(ViewProducts); err != nil {
		return nil, err
	}
	err = h.Store.Read(ctx, func(tx *store.Tx) error {
		var o Overview
		at, err := store.One[string](tx, selectZone, a.Org)
		if err != nil {
			return err
		}
		o.Today = clock.Day(tx.Now, clock.Place(at))
		err = h.products(tx, a, &o)
		all = o.Products
		return err
	})
	return all, err
}

func (h *Home) products(tx *store.Tx, a who.Actor, o *Overview) error {
	products, err := product.OfOrg(tx, a.Org)
	if err != nil || len(products) == 0 {
		return err
	}
	ids := make([]string, len(products))
	for i, p := range products {
		ids[i] = p.ID
	}
	supports, err := contract.Supports(tx, a.Org, o.Today, ids...)
	for _, p := range products {
		o.Products = append(o.Products, Supported{p, supports[p.ID]})
	}
	return err
}

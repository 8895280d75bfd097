package support

import (
	"context"
	"strings"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Support is how things stand with the support of a product.
type Support struct {
	Contract string // id of the one in force, or of the last one; '' = there never was any
	Number   string
	Until    string // its last covered civil day
	Over     bool
}

// Renewal is what an order of a renewal would be about.
type Renewal struct {
	Product Choice
	Support Support
	Running string // number of the order that is open for it already; '' = none that the actor sees
}

// severityOfOrder is what an order has until somebody says otherwise.
const severityOfOrder = 3

// Renewal tells what a renewal of support for a product, named by its code, would be about. The actor needs Order. NotFound for a product that
// the organisation in view has not got.
func (s *Requests) Renewal(ctx context.Context, a who.Actor, code string) (r Renewal, err error) {
	if err := a.Must(Order); err != nil {
		return r, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		r, err = s.renewal(tx, a, code)
		return err
	})
	return r, err
}

func (s *Requests) renewal(tx *store.Tx, a who.Actor, code string) (r Renewal, err error) {
	all, err := s.Products(tx, a)
	if err != nil {
		return r, err
	}
	for _, p := range all {
		if p.Code == code {
			r.Product = p
		}
	}
	if r.Product.ID == "" {
		return r, fault.Missing()
	}
	zone, err := store.One[string](tx, selectZone, a.Org)
	if err != nil {
		return r, err
	}
	if r.Support, err = s.Supported(tx, a.Org, r.Product.ID, clock.Day(tx.Now, clock.Place(zone))); err != nil {
		return r, err
	}
	running, err := s.running(tx, a, r.Product.ID)
	if running != nil && visible(a, *running) {
		r.Running = running.Number
	}
	return r, err
}

// running is the open order for a product of the family, as far as the actor's side may know of it.
func (s *Requests) running(tx *store.Tx, a who.Actor, product string) (*ticket.Ticket, error) {
	open, err := ticket.OpenFor(tx, ticket.Order, product, a.Reach.Orgs)
	for _, t := range open {
		if !t.VendorOnly || ticket.SideOf(a) != ticket.Partner {
			return &t, err
		}
	}
	return nil, err
}

// Renew orders a renewal of support for a product and gives the order's number; text is what somebody adds, Markdown, and may be ”. While
// an order for that product is open, a second leads to it: made is false then.
//
// The actor needs Order; a contract in force is not needed. NotFound as of Renewal; Invalid at text; Conflict of code support.renewal_running if
// a colleague's order, which the actor does not see, is open.
func (s *Requests) Renew(ctx context.Context, a who.Actor, code, text string) (number string, made bool, err error) {
	if err := a.Must(Order); err != nil {
		return "", false, err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Reach.Orgs...), func(tx *store.Tx) (err error) {
		number, err = once.Do(tx, a, "support.renew", struct{ Product, Text string }{code, text}, func() (string, error) {
			number, made, err := s.renew(tx, a, code, text)
			if made {
				number = justMade + number // told again to who sends the same once more
			}
			return number, err
		})
		return err
	})
	number, made = strings.CutPrefix(number, justMade)
	return number, made, err
}

const justMade = "+"

func (s *Requests) renew(tx *store.Tx, a who.Actor, code, text string) (number string, made bool, err error) {
	r, err := s.renewal(tx, a, code)
	if err != nil || r.Running != "" {
		return r.Running, false, err
	}
	if running, err := s.running(tx, a, r.Product.ID); err != nil || running != nil {
		return "", false, or(err, fault.New(fault.Conflict, "support.renewal_running", "product", r.Product.Name))
	}
	o := ticket.Opening{Kind: ticket.Order, Org: a.Org, Product: r.Product.ID, Contract: r.Support.Contract, Severity: severityOfOrder}
	p := s.Office.Catalogue.For(a.Language)
	o.Title = p.T("support.renewal_title", "product", r.Product.Name)
	switch {
	case r.Support.Number == "":
		o.Text = p.T("support.renewal_none", "product", r.Product.Name)
	case r.Support.Over:
		o.Text = p.T("support.renewal_over", "product", r.Product.Name, "contract", r.Support.Number, "until", p.Day(r.Support.Until))
	default:
		o.Text = p.T("support.renewal_until", "product", r.Product.Name, "contract", r.Support.Number, "until", p.Day(r.Support.Until))
	}
	if text != "" {
		o.Text += "\n\n" + text
	}
	if o.Partner, _, err = store.Maybe[string](tx, selectServing, a.Org, tx.Now, store.List(s.Roles.Holders(ViewAllRequests))); err != nil {
		return "", false, err
	}
	t, err := s.Tickets.Open(tx, a, o)
	if f := fault.Of(err); f != nil { // the form calls it text
		for i := range f.Fields {
			f.Fields[i].Name = "text"
		}
	}
	return t.Number, err == nil, err
}

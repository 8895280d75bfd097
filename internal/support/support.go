package support

import (
	"context"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Rights of this package, given to roles in package app.
const (
	ViewRequests    who.Action = "support.view_requests"     // those one has opened, or that were opened for one
	ViewAllRequests who.Action = "support.view_all_requests" // of the family in view
	OpenRequests    who.Action = "support.open_requests"
	OpenForOthers   who.Action = "support.open_for_others"
	Answer          who.Action = "support.answer"
	Decide          who.Action = "support.decide"          // accept, refuse, reopen, cancel: the customer's people only
	ChangeSeverity  who.Action = "support.change_severity" // helpers give a reason
	Withhold        who.Action = "support.withhold"        // from partners: the customer's people only
	Handle          who.Action = "support.handle"          // take over, pass on, own: helpers only
	PlanActions     who.Action = "support.plan_actions"    // helpers only
	WriteNotes      who.Action = "support.write_notes"     // the vendor's people only
	ViewDesk        who.Action = "support.view_desk"
	Order           who.Action = "support.order" // a renewal; see and answer what one has ordered
)

// Requests are the use cases of service requests.
type Requests struct {
	Store   *store.DB
	Tickets *ticket.Tickets
	Office  *mail.Office
	Roles   who.Table // which roles see requests: for partners' lists and for letters
	BaseURL string    // of links in letters: "https://portal.example.test"
	// Products are what the organisation in view can ask about.
	Products func(tx *store.Tx, a who.Actor) ([]Choice, error)
	// Covered gives the support contract of an organisation on its civil day: ok if any is active, and the one that covers the
	// product, '' if none does. product is an id, or '' where none is named.
	Covered func(tx *store.Tx, org, product, day string) (contract string, ok bool, err error)
	// Supported gives how things stand with the support of a product of an organisation on its civil day.
	Supported func(tx *store.Tx, org, product, day string) (Support, error)
}

// Choice is a product that can be chosen.
type Choice struct{ ID, Code, Name string }

// visible is the one rule of who sees a request that lies in the family in view.
func visible(a who.Actor, t ticket.Ticket) bool {
	own := a.Person != "" && (t.Author == a.Person || t.Requester == a.Person)
	switch {
	case t.State == ticket.Draft:
		return a.Person != "" && t.Author == a.Person
	case t.VendorOnly && ticket.SideOf(a) == ticket.Partner:
		return false
	case a.May(ViewAllRequests):
		return true
	}
	return own && a.May(needs(ViewRequests, t.Kind))
}

// find gives a request in view by its number. NotFound if it is another family's, or not for these eyes.
func find(tx *store.Tx, a who.Actor, number string) (ticket.Ticket, error) {
	kind, n, err := parsed(number)
	if err != nil {
		return ticket.Ticket{}, err
	}
	t, err := ticket.Find(tx, kind, n, a.Reach.Orgs)
	if err == nil && !visible(a, t) {
		err = fault.Missing()
	}
	return t, err
}

// act is what all changes of a request have in common: the right, then the ticket's key, then the ticket if it is visible.
// NotFound stands before every other refusal that depends on the request.
func (s *Requests) act(ctx context.Context, a who.Actor, right who.Action, number string, f func(tx *store.Tx, t *ticket.Ticket) error) error {
	kind, n, missing := parsed(number)
	if err := a.Must(needs(right, kind)); err != nil {
		return err
	}
	if missing != nil {
		return missing
	}
	return s.Store.Write(ctx, ticket.Lock(n), func(tx *store.Tx) error {
		t, err := find(tx, a, n)
		if err != nil {
			return err
		}
		return f(tx, &t)
	})
}

// only refuses an act that another side has to do: rights come from roles, which customers and partners share.
func only(a who.Actor, right who.Action, sides ...ticket.Side) error {
	side := ticket.SideOf(a)
	for _, s := range sides {
		if s == side {
			return nil
		}
	}
	code := "support.only_helpers"
	if sides[0] == ticket.Customer {
		code = "support.only_customer"
	} else if len(sides) == 1 {
		code = "support.only_vendor"
	}
	f := fault.New(fault.Forbidden, code)
	f.Right = string(right)
	return f
}

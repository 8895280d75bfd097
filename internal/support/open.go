package support

import (
	"context"
	"slices"
	"strings"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Opening is what somebody asks for when opening a request or keeping a draft of it.
type Opening struct {
	Product     string // code
	Kind        string // question, defect, wish
	Title       string
	Description string // Markdown
	Severity    int    // 1 urgent … 4 low
	Requester   string // id of a colleague; '' = oneself
	VendorOnly  bool
	Files       []ticket.Upload
	Draft       bool // keep it, send nothing
}

// asked is what of it decides whether a form sent twice is the same form: files are uploaded anew each time.
type asked struct {
	Number, Product, Kind, Title, Description string
	Severity                                  int
	Requester                                 string
	VendorOnly, Draft                         bool
	Files                                     []string
}

func (o Opening) asked(tx *store.Tx, number string) (asked, error) {
	files, err := ticket.Sent(tx, o.Files)
	return asked{number, o.Product, o.Kind, o.Title, o.Description, o.Severity, o.Requester, o.VendorOnly, o.Draft, files}, err
}

// Open opens a request for the organisation in view and gives its number, or keeps a draft that only the actor sees.
//
// The actor needs OpenRequests, and OpenForOthers for another requester. Invalid at product, kind, title, description,
// severity, requester, files; Forbidden of code support.no_contract without an active support contract, unless it is a
// draft. The same form sent again gives the same number.
func (s *Requests) Open(ctx context.Context, a who.Actor, in Opening) (number string, err error) {
	if err := a.Must(OpenRequests); err != nil {
		return "", err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) (err error) {
		same, err := in.asked(tx, "")
		if err != nil {
			return err
		}
		number, err = once.Do(tx, a, "support.open", same, func() (string, error) {
			o, err := s.opening(tx, a, in)
			if err != nil {
				return "", err
			}
			t, err := s.Tickets.Open(tx, a, o)
			if err != nil {
				return "", err
			}
			if !in.Draft {
				err = s.tellOpened(tx, a, t)
			}
			return t.Number, err
		})
		return err
	})
	return number, err
}

// ChangeDraft rewrites a draft, and sends it unless in.Draft is set. The actor is its author; version is what the form
// showed. As Open, and Conflict of code ticket.changed.
func (s *Requests) ChangeDraft(ctx context.Context, a who.Actor, number string, version int64, in Opening) error {
	if err := a.Must(OpenRequests); err != nil {
		return err
	}
	n, err := ticket.Number(ticket.Request, number)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org).And(ticket.Lock(n)), func(tx *store.Tx) error {
		same, err := in.asked(tx, n)
		if err != nil {
			return err
		}
		_, err = once.Do(tx, a, "support.change_draft", same, func() (string, error) {
			t, err := findDraft(tx, a, n)
			if err != nil {
				return "", err
			}
			o, err := s.opening(tx, a, in)
			if err != nil {
				return "", err
			}
			if err := s.Tickets.EditDraft(tx, a, &t, version, o); err != nil || in.Draft {
				return n, err
			}
			if err := s.Tickets.SendDraft(tx, a, &t, o.Partner, o.Contract); err != nil {
				return "", err
			}
			return n, s.tellOpened(tx, a, t)
		})
		return err
	})
}

// DiscardDraft removes a draft of the actor's for good. The same form sent again finds it gone and is no error.
func (s *Requests) DiscardDraft(ctx context.Context, a who.Actor, number string) error {
	if err := a.Must(OpenRequests); err != nil {
		return err
	}
	n, err := ticket.Number(ticket.Request, number)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, ticket.Lock(n), func(tx *store.Tx) error {
		return same(tx, a, "support.discard", n, func() error {
			t, err := find(tx, a, n)
			if err != nil {
				return err
			}
			if t.State != ticket.Draft {
				return notDraft(t)
			}
			return s.Tickets.DiscardDraft(tx, a, &t)
		})
	})
}

// RemoveDraftFile takes a file off a draft of the actor's.
func (s *Requests) RemoveDraftFile(ctx context.Context, a who.Actor, number, file string) error {
	return s.act(ctx, a, OpenRequests, number, func(tx *store.Tx, t *ticket.Ticket) error {
		return same(tx, a, "support.remove_file", struct{ Number, File string }{t.Number, file}, func() error { return ticket.RemoveDraftFile(tx, *t, file) })
	})
}

// findDraft is find for a draft of the organisation in view: sending it needs that organisation's contract and key.
func findDraft(tx *store.Tx, a who.Actor, number string) (ticket.Ticket, error) {
	t, err := find(tx, a, number)
	if err != nil {
		return t, err
	}
	if t.Org != a.Org {
		return t, fault.Missing()
	}
	if t.State != ticket.Draft {
		return t, notDraft(t)
	}
	return t, nil
}

func notDraft(t ticket.Ticket) error {
	return fault.New(fault.Conflict, "ticket.not_a_draft", "number", t.Number)
}

// opening looks up what the form named by code or id. Everything that is wrong with the form is told at once.
func (s *Requests) opening(tx *store.Tx, a who.Actor, in Opening) (o ticket.Opening, err error) {
	var c fault.Check
	o = ticket.Opening{Kind: ticket.Request, Org: a.Org, VendorOnly: in.VendorOnly, RequestKind: in.Kind, Title: in.Title, Text: in.Description,
		Severity: in.Severity, Draft: in.Draft, Files: in.Files}
	if in.Product != "" || !in.Draft {
		if o.Product, err = s.product(tx, a, in.Product); err != nil {
			return o, err
		}
		c.Need(o.Product != "", "product", "support.product_unknown")
	}
	c.Need(slices.Contains(ticket.RequestKinds, in.Kind) || in.Draft && in.Kind == "", "kind", "support.kind_unknown")
	if ticket.SideOf(a) != ticket.Customer {
		o.VendorOnly = false // only the customer withholds
	}
	if in.Requester != "" && in.Requester != a.Person {
		name, err := s.colleague(tx, a, in.Requester)
		if err != nil {
			return o, err
		}
		c.Need(name != "", "requester", "support.requester_unknown")
		o.Requester, o.RequesterName = in.Requester, name
	}
	if err := join(c.Err(), o.Check()); err != nil || in.Draft {
		return o, err
	}
	return o, s.serve(tx, a, &o)
}

// join makes one refusal of two: all messages at all fields.
func join(first, second error) error {
	f, g := fault.Of(first), fault.Of(second)
	if f == nil || g == nil {
		if first != nil {
			return first
		}
		return second
	}
	var c fault.Check
	for _, field := range append(slices.Clip(f.Fields), g.Fields...) {
		c.Need(false, field.Name, field.Text.Key, field.Text.Args...)
	}
	return c.Err()
}

// product is the id behind a code, ” if the organisation cannot ask about it.
func (s *Requests) product(tx *store.Tx, a who.Actor, code string) (string, error) {
	all, err := s.Products(tx, a)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.Code == code && code != "" {
			return p.ID, nil
		}
	}
	return "", nil
}

// colleague is the name of a member of the organisation in view for whom the actor may open requests, ” if there is
// none: unknown, of another organisation, ended, or without a role that sees requests.
func (s *Requests) colleague(tx *store.Tx, a who.Actor, person string) (string, error) {
	if !a.May(OpenForOthers) {
		return "", a.Must(OpenForOthers)
	}
	name, _, err := store.Maybe[string](tx, selectColleague, a.Org, person, tx.Now, store.List(s.Roles.Holders(ViewRequests)))
	return name, err
}

// serve finds the contract and who serves the request first.
func (s *Requests) serve(tx *store.Tx, a who.Actor, o *ticket.Opening) error {
	zone, err := store.One[string](tx, selectZone, a.Org)
	if err != nil {
		return err
	}
	contract, ok, err := s.Covered(tx, a.Org, o.Product, clock.Day(tx.Now, clock.Place(zone)))
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Forbidden, "support.no_contract")
	}
	o.Contract = contract
	o.Partner, _, err = store.Maybe[string](tx, selectServing, a.Org, tx.Now, store.List(s.Roles.Holders(ViewAllRequests)))
	return err
}

// Options are what the form for a request offers.
type Options struct {
	Products   []Choice
	Colleagues []Colleague // empty unless the actor may open for others
	Partner    string      // name of the partner that will see it first; '' = none
	Partners   []string    // names of all that will see it
	Vendor     string
	Customer   string
	Unserved   bool // no support contract is active: only a draft can be kept
}

// Colleague is somebody for whom a request can be opened.
type Colleague struct{ ID, Name string }

// Options gives them. The actor needs OpenRequests.
func (s *Requests) Options(ctx context.Context, a who.Actor) (o Options, err error) {
	if err := a.Must(OpenRequests); err != nil {
		return o, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if o.Products, err = s.Products(tx, a); err != nil {
			return err
		}
		names, err := store.One[struct{ Customer, Zone, Vendor, Partner, Partners string }](tx, selectNames, a.Org, tx.Now, store.List(s.Roles.Holders(ViewAllRequests)), "\n",
			store.List(s.seeing()))
		if err != nil {
			return err
		}
		o.Customer, o.Vendor, o.Partner = names.Customer, names.Vendor, names.Partner
		_, served, err := s.Covered(tx, a.Org, "", clock.Day(tx.Now, clock.Place(names.Zone)))
		if o.Unserved = !served; err != nil {
			return err
		}
		if names.Partners != "" {
			o.Partners = slices.Sorted(strings.SplitSeq(names.Partners, "\n"))
		}
		if a.May(OpenForOthers) {
			o.Colleagues, err = store.Query[Colleague](tx, selectColleagues, a.Org, a.Person, tx.Now, store.List(s.Roles.Holders(ViewRequests)))
		}
		return err
	})
	return o, err
}

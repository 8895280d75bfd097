package support

import (
	"context"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Facts are what stands beside a request.
type Facts struct {
	OrgNumber     int64
	OrgName, City string
	Zone          string
	ProductCode   string
	Product       string
	PartnerNumber int64
	Partner       string
	Vendor        string
	Contract      string // number
	Level         string
	EndsOn        string // last civil day of the contract
	Owner         string // name
	Aliases       string // "formerly …", separated by commas
}

// shown is the row of a request's page.
type shown struct {
	ID, Kind, Number, Org, Partner                     string
	VendorOnly                                         bool
	RequestKind, Product, Contract, Title, DraftText   string
	Severity                                           int
	State                                              ticket.State
	Turn, Served                                       ticket.Side
	Author, AuthorName, Requester, RequesterName       string
	Owner, NextOn                                      string
	LastEntry                                          int64
	CreatedAt, UpdatedAt, ClosedAt                     time.Time
	Version                                            int64
	OrgNumber                                          int64
	OrgName, City, Zone, ProductCode, ProductName      string
	PartnerNumber                                      int64
	PartnerName, Vendor, ContractNumber, Level, EndsOn string
	OwnerName, Aliases                                 string
	ReplyText                                          string
	ReplyAt                                            time.Time
	NoteText                                           string
	NoteAt                                             time.Time
}

func (r shown) ticket() ticket.Ticket {
	return ticket.Ticket{ID: r.ID, Kind: r.Kind, Number: r.Number, Org: r.Org, Partner: r.Partner, VendorOnly: r.VendorOnly, RequestKind: r.RequestKind,
		Product: r.Product, Contract: r.Contract, Title: r.Title, DraftText: r.DraftText, Severity: r.Severity, State: r.State, Turn: r.Turn, Served: r.Served,
		Author: r.Author, AuthorName: r.AuthorName, Requester: r.Requester, RequesterName: r.RequesterName, Owner: r.Owner, NextOn: r.NextOn,
		LastEntry: r.LastEntry, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, ClosedAt: r.ClosedAt, Version: r.Version}
}

func (r shown) facts() Facts {
	return Facts{OrgNumber: r.OrgNumber, OrgName: r.OrgName, City: r.City, Zone: r.Zone, ProductCode: r.ProductCode, Product: r.ProductName,
		PartnerNumber: r.PartnerNumber, Partner: r.PartnerName, Vendor: r.Vendor, Contract: r.ContractNumber, Level: r.Level, EndsOn: r.EndsOn,
		Owner: r.OwnerName, Aliases: r.Aliases}
}

// Audience is an organisation that sees the request.
type Audience struct {
	Org        string // id
	Kind       string
	Number     int64
	Name, City string
	People     int // whose roles show them this request
}

// Request is a request as its page shows it. Entries and Files are those that the actor's side reads: what it does not
// read has not left the database.
type Request struct {
	Ticket   ticket.Ticket
	Facts    Facts
	Entries  []ticket.Entry
	Actions  []ticket.Action
	Files    []ticket.File
	Audience []Audience
	Typed    bool // found by the number itself; else by an older system's
	Reply    Unsent
	Note     Unsent // nobody's but of the vendor's people
}

// Show gives a request by its number, or by the number that an older system gave it. The actor needs ViewRequests.
// NotFound if it is not in the family in view, or not for these eyes.
func (s *Requests) Show(ctx context.Context, a who.Actor, typed string) (r Request, err error) {
	kind, _, _ := parsed(typed)
	if err := a.Must(needs(ViewRequests, kind)); err != nil {
		return r, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		r, err = s.show(tx, a, typed)
		return err
	})
	return r, err
}

func (s *Requests) show(tx *store.Tx, a who.Actor, typed string) (r Request, err error) {
	if len(typed) > 200 || strings.ContainsRune(typed, 0) {
		return r, fault.Missing()
	}
	n, err := number.ParseTicket(typed)
	if err != nil {
		n = ""
	}
	rows, err := store.Query[shown](tx, selectShown, store.List(a.Reach.Orgs), n, ticket.AliasKey(typed),
		a.Person, a.May(WriteNotes) && ticket.SideOf(a) == ticket.Vendor)
	if err != nil {
		return r, err
	}
	found := false
	for _, row := range rows {
		if t := row.ticket(); visible(a, t) {
			r = Request{Ticket: t, Facts: row.facts(), Typed: t.Number == typed, Reply: Unsent{row.ReplyText, row.ReplyAt}, Note: Unsent{row.NoteText, row.NoteAt}}
			found = true
			break
		}
	}
	if !found {
		return r, fault.Missing()
	}
	if r.Entries, err = ticket.Entries(tx, r.Ticket.ID, ticket.Sees(ticket.SideOf(a))); err != nil {
		return r, err
	}
	if r.Actions, err = ticket.Actions(tx, r.Ticket.ID); err != nil {
		return r, err
	}
	if r.Files, err = ticket.FilesOf(tx, r.Ticket.ID, ticket.Sees(ticket.SideOf(a))); err != nil {
		return r, err
	}
	if r.Ticket.State != ticket.Draft {
		r.Audience, err = store.Query[Audience](tx, selectAudience, r.Ticket.Org, tx.Now, store.List(s.seeing()), !r.Ticket.VendorOnly)
	}
	return r, err
}

// seeing are the roles that show a request to people who have no part in it; partner-operator stands for what a
// partnership holds.
func (s *Requests) seeing() []string {
	return append(s.Roles.Holders(ViewAllRequests), account.PartnerOperator)
}

// Elsewhere is the number of the customer whose request this is, for somebody at the own number of a partner or of the
// vendor who would see it at /for/: the page leads there. NotFound for everybody and everything else.
func (s *Requests) Elsewhere(ctx context.Context, a who.Actor, typed string) (customer int64, err error) {
	sp := spanOf(a)
	kind, n, err := parsed(typed)
	if err != nil || !a.May(needs(ViewRequests, kind)) || sp == family {
		return 0, fault.Missing()
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		w := &where{kinds: []string{kind}}
		from, _, _ := tables(sp)
		cond := s.visibleIn(w, a, sp, tx) + w.fill(" AND t.number = ?", n)
		found, ok, err := store.Maybe[int64](tx, "SELECT o.number FROM "+from+" JOIN organisation o ON o.id = t.org_id WHERE "+cond, w.args...)
		if err == nil && !ok {
			err = fault.Missing()
		}
		customer = found
		return err
	})
	return customer, err
}

// File gives a file of a request that the actor sees. The actor needs ViewRequests. NotFound for a file of another
// request or of a note; Conflict of code support.file_held while a scanner holds it.
func (s *Requests) File(ctx context.Context, a who.Actor, number, id string) (f ticket.File, err error) {
	kind, _, _ := parsed(number)
	if err := a.Must(needs(ViewRequests, kind)); err != nil {
		return f, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := find(tx, a, number)
		if err != nil {
			return err
		}
		f, err = ticket.FindFile(tx, t.ID, id, ticket.Sees(ticket.SideOf(a)))
		return err
	})
	if err == nil && f.Scan == ticket.Held {
		err = fault.New(fault.Conflict, "support.file_held")
	}
	return f, err
}

// Action gives an action of a request that the actor sees, for the form that moves it. The actor needs PlanActions.
func (s *Requests) Action(ctx context.Context, a who.Actor, number, id string) (t ticket.Ticket, act ticket.Action, err error) {
	if err := a.Must(PlanActions); err != nil {
		return t, act, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if t, err = find(tx, a, number); err != nil {
			return err
		}
		act, err = ticket.FindAction(tx, t, id)
		return err
	})
	if err == nil {
		err = only(a, PlanActions, ticket.Vendor, ticket.Partner)
	}
	return t, act, err
}

package ticket

import (
	"strings"
	"time"

	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Tickets are the steps; plain fields, no constructor needed.
type Tickets struct {
	Events *event.Log
	Jobs   *job.Queue
	// Draw makes a number for a prefix; nil is number.NewTicket. Tests take numbers away with it.
	Draw func(prefix string) string
}

// Kinds of work.
const (
	Request      = "request"
	Task         = "task"
	LicenceCase  = "licence-case"
	Installation = "installation"
	Order        = "order"
)

// prefixes of the numbers, by kind.
var prefixes = map[string]string{Request: "SR", Task: "TK", LicenceCase: "LC", Installation: "IR", Order: "OR"}

// Kinds of a service request.
const (
	Question = "question"
	Defect   = "defect"
	Wish     = "wish"
)

// RequestKinds are the kinds of a service request in the order in which people read them.
var RequestKinds = []string{Question, Defect, Wish}

// Who sees an entry or a file.
const (
	Public   = "public"   // everybody who sees the ticket
	Partners = "partner"  // partner and vendor
	Internal = "internal" // the vendor's people
)

// Sees are the visibilities that a side reads.
func Sees(s Side) []string {
	switch s {
	case Vendor:
		return []string{Public, Partners, Internal}
	case Partner:
		return []string{Public, Partners}
	}
	return []string{Public}
}

// Ticket is a ticket's own row.
type Ticket struct {
	ID            string
	Kind          string
	Number        string // SR-7K3M-Q2XS
	Org           string // id; never changes
	Partner       string // id of the partner that serves it first; '' = none
	VendorOnly    bool   // withheld from partners
	RequestKind   string
	Product       string // id
	Contract      string // id of the support contract it was opened under
	Title         string
	DraftText     string
	Severity      int
	State         State
	Turn          Side
	Served        Side
	Author        string // id of a person
	AuthorName    string
	Requester     string
	RequesterName string
	Owner         string // id of one of the vendor's people
	NextOn        string // earliest planned action, civil day
	LastEntry     int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
	ClosedAt      time.Time // zero while it is not closed
	Version       int64
}

// ticketColumns are in the order of Ticket's fields.
const ticketColumns = `t.id, t.kind, t.number, t.org_id, t.partner_id, t.vendor_only, t.request_kind, t.product_id, t.contract_id, t.title, t.draft_text,
	t.severity, t.state, t.turn, t.served_by, t.author_id, t.author_name, t.requester_id, t.requester_name, t.owner_id, t.next_on, t.last_entry,
	t.created_at, t.updated_at, t.closed_at, t.version`

// Lock is the key of one ticket by its number: whoever reads its state to decide holds it.
func Lock(number string) store.Keys { return store.Lock("ticket", number) }

// Find gives a ticket of one of the organisations by its number, as number.ParseTicket spells it. Whether the actor may
// see it, the caller decides. NotFound otherwise.
func Find(tx *store.Tx, kind, number string, orgs []string) (Ticket, error) {
	t, ok, err := store.Maybe[Ticket](tx, selectByNumber, kind, number, store.List(orgs))
	if err == nil && !ok {
		err = fault.Missing()
	}
	return t, err
}

// OpenFor gives the open tickets of a kind about a product, of any of the organisations.
func OpenFor(tx *store.Tx, kind, product string, orgs []string) ([]Ticket, error) {
	return store.Query[Ticket](tx, selectOpenFor, kind, product, store.List(orgs))
}

// Number reads a ticket number of this kind as people type it. NotFound for what is no number: nothing was looked up,
// but the answer is that of a number that nobody has.
func Number(kind, typed string) (string, error) {
	n, err := number.ParseTicket(typed)
	if err != nil || !strings.HasPrefix(n, prefixes[kind]+"-") {
		return "", fault.Missing()
	}
	return n, nil
}

// Subject is what an event is about.
func Subject(id string) string { return "ticket:" + id }

// save writes what a step changed of the ticket, and moves it to the top of the lists. Conflict of code ticket.changed
// if somebody else was faster, which the ticket's key prevents.
func (s *Tickets) save(tx *store.Tx, t *Ticket) error {
	t.UpdatedAt = tx.Now
	switch over := t.State == Closed || t.State == Cancelled; {
	case !over:
		t.ClosedAt = time.Time{}
	case t.ClosedAt.IsZero():
		t.ClosedAt = tx.Now
	}
	n, err := tx.Exec(updateTicket, t.ID, t.Version, t.Partner, t.VendorOnly, t.RequestKind, t.Product, t.Contract, t.Title, t.DraftText, t.Severity,
		t.State, t.Turn, t.Served, t.State.Open(), t.Requester, t.RequesterName, t.Owner, t.LastEntry, t.UpdatedAt, t.ClosedAt)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "ticket.changed")
	}
	t.Version++
	_, err = tx.Exec(touchScope, t.ID, t.UpdatedAt, t.State.Open(), t.Turn)
	return err
}

// author is who acts, as the timeline keeps it. A name without anybody is the program's.
func author(a who.Actor) (id, name string) { return a.Person, a.Name }

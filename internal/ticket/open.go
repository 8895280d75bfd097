package ticket

import (
	"errors"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/markdown"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// MaxTitle is how many characters a title may have.
const MaxTitle = 300

// Opening is what a new ticket needs. A draft may lack anything.
type Opening struct {
	Kind          string
	Org           string // id of the organisation it belongs to
	Partner       string // id of the partner that serves it first; '' = none
	VendorOnly    bool
	RequestKind   string
	Product       string // id
	Contract      string // id
	Title         string
	Text          string // Markdown: the first message
	Severity      int    // 1 urgent … 4 low
	Requester     string // id of a person; '' = the actor
	RequesterName string
	Draft         bool
	Files         []Upload
}

// Check holds for every door. Fields are named as on the form for a new request.
func (o Opening) Check() error {
	var c fault.Check
	CheckTitle(&c, "title", o.Title)
	c.Need(o.Severity >= 1 && o.Severity <= 4, "severity", "ticket.severity_invalid")
	checkText(&c, "description", o.Text)
	if o.Draft {
		c.Need(o.Title != "" || o.Text != "", "title", "ticket.title_missing")
	} else {
		c.Need(o.Title != "", "title", "ticket.title_missing")
		c.Need(o.Text != "", "description", "ticket.text_missing")
	}
	return c.Err()
}

// CheckTitle is what is demanded of any line that names something: no control characters, at most MaxTitle.
func CheckTitle(c *fault.Check, field, title string) {
	c.Need(utf8.RuneCountInString(title) <= MaxTitle, field, "ticket.title_long", "max", MaxTitle)
	c.Need(utf8.ValidString(title) && !strings.ContainsFunc(title, lang.Unprintable), field, "ticket.title_unreadable")
}

// numberTries is how often a taken number is drawn anew: with 35 random bits even the second is rare.
const numberTries = 8

// Open makes a ticket with its number at once, and the first message unless it is a draft. Invalid at title,
// description, severity, files.
func (s *Tickets) Open(tx *store.Tx, a who.Actor, in Opening) (Ticket, error) {
	if err := in.Check(); err != nil {
		return Ticket{}, err
	}
	id, name := author(a)
	t := Ticket{
		ID: tx.NewID(), Kind: in.Kind, Org: in.Org, Partner: in.Partner, VendorOnly: in.VendorOnly, RequestKind: in.RequestKind, Product: in.Product, Contract: in.Contract,
		Title: in.Title, Severity: in.Severity, State: Draft, Author: id, AuthorName: name, Requester: in.Requester, RequesterName: in.RequesterName,
		DraftText: in.Text, CreatedAt: tx.Now, UpdatedAt: tx.Now, Version: 1,
	}
	if t.Requester == "" {
		t.Requester, t.RequesterName = id, name
	}
	if err := s.insert(tx, &t); err != nil {
		return t, err
	}
	if _, err := attach(tx, a, &t, 0, Public, in.Files); err != nil {
		return t, err
	}
	if in.Draft {
		if err := s.index(tx, t); err != nil {
			return t, err
		}
		return t, s.Events.Emit(tx, a, "", DraftKept{t.ID})
	}
	return t, s.send(tx, a, &t)
}

// insert draws numbers until one is free. A taken one changes no row and so does not spoil the transaction.
func (s *Tickets) insert(tx *store.Tx, t *Ticket) error {
	draw := s.Draw
	if draw == nil {
		draw = number.NewTicket
	}
	for range numberTries {
		t.Number = draw(prefixes[t.Kind])
		n, err := tx.Exec(insertTicket, t.ID, t.Kind, t.Number, t.Org, t.Partner, t.VendorOnly, t.RequestKind, t.Product, t.Contract, t.Title, t.DraftText, t.Severity,
			t.State, t.Author, t.AuthorName, t.Requester, t.RequesterName, t.CreatedAt)
		if err != nil || n == 1 {
			return err
		}
	}
	return errors.New("no free ticket number was drawn")
}

// EditDraft replaces what a draft says. in.Files are added to those it has. Conflict of code ticket.changed if version is
// not the draft's.
func (s *Tickets) EditDraft(tx *store.Tx, a who.Actor, t *Ticket, version int64, in Opening) error {
	in.Draft = true
	if err := in.Check(); err != nil {
		return err
	}
	if version != t.Version {
		return fault.New(fault.Conflict, "ticket.changed")
	}
	t.VendorOnly, t.RequestKind, t.Product, t.Title, t.DraftText, t.Severity = in.VendorOnly, in.RequestKind, in.Product, in.Title, in.Text, in.Severity
	t.Requester, t.RequesterName = in.Requester, in.RequesterName
	if t.Requester == "" {
		t.Requester, t.RequesterName = author(a)
	}
	if _, err := attach(tx, a, t, 0, Public, in.Files); err != nil {
		return err
	}
	if err := s.save(tx, t); err != nil {
		return err
	}
	if err := s.index(tx, *t); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", DraftChanged{t.ID})
}

// SendDraft makes a draft a ticket that others see, served by partner if that is not empty, under a contract.
func (s *Tickets) SendDraft(tx *store.Tx, a who.Actor, t *Ticket, partner, contract string) error {
	if t.State != Draft {
		return fault.New(fault.Conflict, "ticket.not_a_draft", "number", t.Number)
	}
	check := Opening{Title: t.Title, Text: t.DraftText, Severity: t.Severity}
	if err := check.Check(); err != nil {
		return err
	}
	t.Partner, t.Contract = partner, contract
	return s.send(tx, a, t)
}

// DiscardDraft removes a draft and its files for good; its number is not given again.
func (s *Tickets) DiscardDraft(tx *store.Tx, a who.Actor, t *Ticket) error {
	if t.State != Draft {
		return fault.New(fault.Conflict, "ticket.not_a_draft", "number", t.Number)
	}
	if err := releaseFiles(tx, t.ID); err != nil {
		return err
	}
	if err := tx.Unindex(publicDoc(t.ID)); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteDraft, t.ID); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", DraftDiscarded{t.ID})
}

// send turns a draft into a new ticket: its text becomes the first entry, its files belong to that.
func (s *Tickets) send(tx *store.Tx, a who.Actor, t *Ticket) error {
	text := t.DraftText
	t.State, t.Served, t.DraftText = New, Vendor, ""
	if t.Partner != "" && !t.VendorOnly {
		t.Served = Partner
	}
	t.Turn = AfterState(t.State, t.Served)
	t.CreatedAt = tx.Now
	if err := s.append(tx, a, t, Entry{Kind: EntryMessage, Visibility: Public, Text: text, HTML: string(markdown.HTML(text))}); err != nil {
		return err
	}
	if _, err := tx.Exec(updateDraftFiles, t.ID, t.LastEntry); err != nil {
		return err
	}
	if err := s.save(tx, t); err != nil {
		return err
	}
	if _, err := tx.Exec(updateCreated, t.ID, t.CreatedAt); err != nil {
		return err
	}
	if err := s.participate(tx, a, t); err != nil {
		return err
	}
	if t.Requester != "" && t.Requester != a.Person {
		if _, err := tx.Exec(upsertParticipant, t.ID, t.Requester, Customer, t.Org); err != nil {
			return err
		}
	}
	if err := rescopeOne(tx, *t); err != nil {
		return err
	}
	if err := s.index(tx, *t); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, t.Org, Opened{t.ID, t.Kind, t.RequestKind, t.Product, t.Requester, string(t.State), string(t.Turn)})
}

package support

import (
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/ticket"
)

// fullRequest is a request with all that its reader sees.
type fullRequest struct {
	Number       string      `json:"number" doc:"SR-7K3M-Q2XS"`
	Kind         string      `json:"kind,omitempty" enum:"question,defect,wish" doc:"Of a request; an order has none."`
	Title        string      `json:"title"`
	Severity     int         `json:"severity" doc:"1 urgent to 4 low."`
	State        string      `json:"state"`
	Turn         string      `json:"turn" doc:"Whose turn it is: customer, partner or vendor; empty when it is over."`
	Product      named       `json:"product"`
	Organisation seat        `json:"organisation"`
	Partner      *seat       `json:"partner,omitempty" doc:"Who serves it first."`
	VendorOnly   bool        `json:"vendor_only" doc:"It is withheld from partners."`
	Author       string      `json:"author"`
	Requester    string      `json:"requester"`
	Owner        string      `json:"owner,omitempty"`
	Contract     string      `json:"contract,omitempty" doc:"Number of the support contract."`
	Formerly     string      `json:"formerly,omitempty" doc:"Numbers that older systems gave."`
	NextDate     string      `json:"next_date,omitempty" format:"date"`
	CreatedAt    time.Time   `json:"created_at"`
	UpdatedAt    time.Time   `json:"updated_at"`
	ClosedAt     *time.Time  `json:"closed_at,omitempty"`
	Messages     []message   `json:"messages"`
	Actions      []planned   `json:"actions"`
	Files        []heldFile  `json:"files"`
	Audience     []seatCount `json:"audience" doc:"The organisations that see it."`
}

// named is a product.
type named struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// seat is an organisation as programs see it.
type seat struct {
	Number int64  `json:"number"`
	Name   string `json:"name"`
	City   string `json:"city,omitempty"`
}

type seatCount struct {
	Kind   string `json:"kind"`
	Number int64  `json:"number"`
	Name   string `json:"name"`
	People int    `json:"people" doc:"Whose roles show it to them."`
}

// message is an entry of the timeline: what somebody wrote, or what changed.
type message struct {
	Seq          int         `json:"seq" doc:"Its place among the entries that you see, from 1."`
	Kind         string      `json:"kind" enum:"message,solution,state,action,severity,owner,partners"`
	Visibility   string      `json:"visibility" enum:"public,partner,internal"`
	Side         string      `json:"side"`
	Author       string      `json:"author"`
	Organisation string      `json:"organisation,omitempty"`
	Text         string      `json:"text,omitempty" doc:"Markdown, as typed."`
	HTML         string      `json:"html,omitempty" doc:"Of the text, cleaned."`
	Change       *difference `json:"change,omitempty"`
	Files        []string    `json:"files,omitempty" doc:"Ids."`

	At time.Time `json:"at"`
}

type difference struct {
	Did   string `json:"did,omitempty"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
}

// planned is an action.
type planned struct {
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Side    string     `json:"side" enum:"customer,partner,vendor"`
	Owner   string     `json:"owner,omitempty"`
	Date    string     `json:"date" format:"date"`
	WasDate string     `json:"was_date,omitempty" format:"date"`
	State   string     `json:"state" enum:"planned,done,dropped"`
	Result  string     `json:"result,omitempty"`
	DoneAt  *time.Time `json:"done_at,omitempty"`
	Version int64      `json:"version" doc:"Its ETag without the quotes."`
}

// heldFile is a file of a request.
type heldFile struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Size   int64     `json:"size" doc:"Bytes."`
	SHA256 string    `json:"sha256" doc:"Hex."`
	Scan   string    `json:"scan" enum:"not-scanned,clean,held"`
	At     time.Time `json:"at"`
}

func full(r Request) fullRequest {
	t, f := r.Ticket, r.Facts
	b := fullRequest{Number: t.Number, Kind: t.RequestKind, Title: t.Title, Severity: t.Severity, State: string(t.State), Turn: string(t.Turn), Product: named{f.ProductCode, f.Product},
		Organisation: seat{f.OrgNumber, f.OrgName, f.City}, VendorOnly: t.VendorOnly, Author: t.AuthorName, Requester: t.RequesterName, Owner: f.Owner, Contract: f.Contract, Formerly: f.Aliases,
		NextDate: t.NextOn, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, ClosedAt: moment(t.ClosedAt),
		Messages: []message{}, Actions: []planned{}, Files: []heldFile{}, Audience: []seatCount{}}
	if f.PartnerNumber != 0 {
		b.Partner = &seat{Number: f.PartnerNumber, Name: f.Partner}
	}
	b.Messages = append(b.Messages, messagesOf(r)...)
	for _, act := range r.Actions {
		b.Actions = append(b.Actions, plannedOf(act))
	}
	for _, file := range r.Files {
		b.Files = append(b.Files, fileOf(file))
	}
	for _, o := range r.Audience {
		b.Audience = append(b.Audience, seatCount{o.Kind, o.Number, o.Name, o.People})
	}
	return b
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// messagesOf are the entries that the reader sees, counted by themselves: the gap of a note that is not shown would tell of it.
func messagesOf(r Request) []message {
	all := make([]message, 0, len(r.Entries))
	for i, e := range r.Entries {
		m := messageOf(e, r.Files)
		m.Seq = i + 1
		all = append(all, m)
	}
	return all
}

func messageOf(e ticket.Entry, files []ticket.File) message {
	m := message{Kind: e.Kind, Visibility: e.Visibility, Side: string(e.Side), Author: e.AuthorName, Organisation: e.OrgName, Text: e.Text, HTML: e.HTML, At: e.At}
	if d, err := e.Change(); err == nil && d != (ticket.Detail{}) {
		m.Change = &difference{d.Did, d.From, d.To, d.Title, d.Text}
	}
	for _, f := range files {
		if f.Seq == e.Seq {
			m.Files = append(m.Files, f.ID)
		}
	}
	return m
}

func plannedOf(a ticket.Action) planned {
	return planned{ID: a.ID, Title: a.Title, Side: string(a.Side), Owner: a.OwnerName, Date: a.On, WasDate: a.WasOn, State: a.State, Result: a.Result, DoneAt: moment(a.DoneAt), Version: a.Version}
}

func fileOf(f ticket.File) heldFile {
	return heldFile{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256, Scan: f.Scan, At: f.At}
}

// unknownWord is the refusal of a word that is none of a member's.
func unknownWord(field string) error {
	var c fault.Check
	c.Need(false, field, "support.word_unknown")
	return c.Err()
}

// internalOnly refuses to let a note change what customers see.
func internalOnly(then string) error {
	if then == "" {
		return nil
	}
	return unknownWord("then")
}

// noteAtText puts what is wrong with a note at the member that it came in.
func noteAtText(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	for i := range f.Fields {
		if f.Fields[i].Name == "note" {
			f.Fields[i].Name = "text"
		}
	}
	return err
}

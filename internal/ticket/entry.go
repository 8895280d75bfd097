package ticket

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/markdown"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Kinds of an entry.
const (
	EntryMessage  = "message"
	EntrySolution = "solution"
	EntryState    = "state"
	EntryAction   = "action"
	EntrySeverity = "severity"
	EntryOwner    = "owner"
	EntryPartners = "partners"
)

// Entry is one row of a timeline.
type Entry struct {
	Seq        int64
	Kind       string
	Visibility string
	Side       Side
	Author     string // id of a person; '' = the program, or not known
	AuthorName string
	OrgName    string // of the organisation the author acted for; '' = not known
	Text       string // Markdown
	HTML       string // rendered and cleaned when written
	Detail     string // JSON of a Detail
	At         time.Time
}

// Detail says what a change changed.
type Detail struct {
	Did   string `json:"did,omitempty"`   // of an action: planned, moved, done, dropped; of partners: withheld, given
	From  string `json:"from,omitempty"`  // before
	To    string `json:"to,omitempty"`    // after
	Title string `json:"title,omitempty"` // of an action
	Text  string `json:"text,omitempty"`  // reason or result, as typed
}

// Change reads the entry's Detail.
func (e Entry) Change() (d Detail, err error) {
	if e.Detail == "" {
		return d, nil
	}
	err = json.Unmarshal([]byte(e.Detail), &d)
	return d, err
}

// MaxText is how many bytes a message or a note may have.
const MaxText = 16 << 10

func checkText(c *fault.Check, field, text string) {
	c.Need(len(text) <= MaxText, field, "ticket.text_long", "max", MaxText/1024)
	c.Need(utf8.ValidString(text) && !strings.ContainsRune(text, 0), field, "ticket.text_unreadable")
}

// Post is a message that everybody who sees the ticket reads.
type Post struct {
	Text     string // Markdown; may be empty if there are files
	Solution bool   // a proposed solution
	Files    []Upload
}

// Posted is a message that has been written for everybody: the only text of a ticket that may go into a letter.
// AddPost makes it, and nothing else can.
type Posted struct{ text string }

// Plain is the text as typed.
func (p Posted) Plain() string { return p.text }

// Note is text for the vendor's people only. It is a type of its own and has an entry of its own; nothing turns it into
// a Post or a Posted.
type Note struct{ Internal string }

// AddPost writes a message, lets it change state and turn as AfterPost says, and makes its author a participant. Invalid
// at text or files, Conflict of code ticket.not_open.
func (s *Tickets) AddPost(tx *store.Tx, a who.Actor, t *Ticket, in Post) (Posted, error) {
	var c fault.Check
	c.Need(!blank(in.Text) || len(in.Files) > 0 && !in.Solution, "text", "ticket.text_missing")
	checkText(&c, "text", in.Text)
	if err := c.Err(); err != nil {
		return Posted{}, err
	}
	if !t.State.Open() {
		return Posted{}, notOpen(*t)
	}
	kind := EntryMessage
	if in.Solution {
		kind = EntrySolution
	}
	if err := s.append(tx, a, t, Entry{Kind: kind, Visibility: Public, Text: in.Text, HTML: string(markdown.HTML(in.Text))}); err != nil {
		return Posted{}, err
	}
	e := Answered{Ticket: t.ID, Entry: t.LastEntry, Kind: kind, Side: string(SideOf(a)), TurnBefore: string(t.Turn)}
	files, err := attach(tx, a, t, t.LastEntry, Public, in.Files)
	if err != nil {
		return Posted{}, err
	}
	before := t.State
	t.State, t.Turn = AfterPost(t.State, t.Served, SideOf(a))
	t.Served = servedIn(t.State, t.Served)
	if t.State != before {
		if err := s.append(tx, a, t, Entry{Kind: EntryState, Visibility: Public, Detail: detail(Detail{From: string(before), To: string(t.State)})}); err != nil {
			return Posted{}, err
		}
		e.Before, e.After = string(before), string(t.State)
	}
	e.TurnAfter, e.Files = string(t.Turn), files
	if err := s.save(tx, t); err != nil {
		return Posted{}, err
	}
	if err := s.participate(tx, a, t); err != nil {
		return Posted{}, err
	}
	if err := s.index(tx, *t); err != nil {
		return Posted{}, err
	}
	return Posted{in.Text}, s.Events.Emit(tx, a, t.Org, e)
}

// AddNote writes a note. Only the vendor's people may; the event is the vendor's own, because a customer reads the events
// of its organisation. Neither turn nor order of the lists changes: nothing about a note can be seen from outside.
func (s *Tickets) AddNote(tx *store.Tx, a who.Actor, t *Ticket, in Note) error {
	var c fault.Check
	c.Need(in.Internal != "", "note", "ticket.text_missing")
	checkText(&c, "note", in.Internal)
	if err := c.Err(); err != nil {
		return err
	}
	if SideOf(a) != Vendor || t.State == Draft {
		return fault.Missing()
	}
	if err := s.append(tx, a, t, Entry{Kind: EntryMessage, Visibility: Internal, Text: in.Internal, HTML: string(markdown.HTML(in.Internal))}); err != nil {
		return err
	}
	if n, err := tx.Exec(updateLastEntry, t.ID, t.Version, t.LastEntry); err != nil || n == 0 {
		return orChanged(err)
	}
	if err := s.index(tx, *t); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, a.Member, NoteWritten{t.ID, t.LastEntry})
}

func orChanged(err error) error {
	if err == nil {
		err = fault.New(fault.Conflict, "ticket.changed")
	}
	return err
}

func notOpen(t Ticket) error {
	return fault.New(fault.Conflict, "ticket.not_open", "number", t.Number, "state", fault.Msg("ticket.state_"+t.State.Key()))
}

// append adds an entry; the caller saves the ticket afterwards.
func (s *Tickets) append(tx *store.Tx, a who.Actor, t *Ticket, e Entry) error {
	id, name := author(a)
	t.LastEntry++
	_, err := tx.Exec(insertEntry, t.ID, t.LastEntry, e.Kind, e.Visibility, SideOf(a), id, name, a.Member, e.Text, e.HTML, e.Detail, tx.Now)
	return err
}

// participate notes that the actor has a part in the ticket.
func (s *Tickets) participate(tx *store.Tx, a who.Actor, t *Ticket) error {
	side := SideOf(a)
	if a.Person == "" || side == System {
		return nil
	}
	org := a.Member
	if side == Customer {
		org = a.Org
	}
	_, err := tx.Exec(upsertParticipant, t.ID, a.Person, side, org)
	return err
}

func detail(d Detail) string {
	b, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("detail of an entry: %v", err)) // strings only: cannot happen
	}
	return string(b)
}

// Key is the state as part of a key of the catalogue: "waiting_for_information".
func (s State) Key() string { return strings.ReplaceAll(string(s), "-", "_") }

// Entries are a ticket's timeline, oldest first, with these visibilities and no others: what is not asked for does not
// leave the database.
func Entries(tx *store.Tx, ticket string, visible []string) ([]Entry, error) {
	return store.Query[Entry](tx, selectEntries, ticket, store.List(visible))
}

// blank tells whether nothing of a text shows.
func blank(text string) bool {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }) == ""
}

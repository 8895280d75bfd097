package support

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Composer is one of the two forms under a timeline. Each has its own unsent text, so that what is meant for the house
// never stands in the form that goes to everybody.
type Composer string

const (
	Shared   Composer = "shared"   // a reply
	Internal Composer = "internal" // a note
)

// Unsent is a half-written reply or note. Its writer finds it on every device; nobody else ever does, staff and
// administrators included, and no event, letter, search or list tells of it.
//
// It goes when the text is sent (in the same transaction), when it is emptied or discarded, 90 days after the request was
// closed or cancelled, and when its writer has no membership, role or partnership any more that shows him the request.
// Until it is swept, nobody without access is shown it: the whole request does not exist for him.
type Unsent struct {
	Text string    // as typed; '' = there is none
	At   time.Time // saved; tells one saving from another
}

const (
	unsentKept  = 90 * 24 * time.Hour // after the request is over
	unsentsMost = 100                 // of one person
)

// form is what sending from this composer is called by the form's key, the right it needs, and the field of its text.
func (c Composer) form() (use string, right who.Action, field string) {
	if c == Internal {
		return "support.note", WriteNotes, "note"
	}
	return "support.reply", Answer, "text"
}

// own refuses a note's text to all sides but the vendor's.
func (c Composer) own(a who.Actor) error {
	if c == Internal {
		return only(a, WriteNotes, ticket.Vendor)
	}
	return nil
}

// SaveUnsent keeps what somebody has written so far; an empty text removes it. The actor needs what sending would need:
// Answer, or WriteNotes and to be of the vendor. seen is what the form was opened with or last saved as.
//
// Invalid at text or note beyond what sending allows. Conflict of code support.unsent_newer if another page of the same
// person has saved since, support.unsent_sent if this very form has been sent already (a saving that was still on its
// way), support.unsent_many.
func (s *Requests) SaveUnsent(ctx context.Context, a who.Actor, number string, c Composer, text string, seen time.Time) (kept Unsent, err error) {
	use, right, field := c.form()
	err = s.act(ctx, a, right, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := c.own(a); err != nil {
			return err
		}
		if t.State == ticket.Draft {
			return fault.Missing() // has neither reply nor note
		}
		var check fault.Check
		check.Need(len(text) <= ticket.MaxText, field, "ticket.text_long", "max", ticket.MaxText/1024)
		check.Need(utf8.ValidString(text) && !strings.ContainsRune(text, 0), field, "ticket.text_unreadable")
		if err := check.Err(); err != nil {
			return err
		}
		if sent, err := once.Used(tx, a, use); err != nil || sent {
			return or(err, fault.New(fault.Conflict, "support.unsent_sent"))
		}
		kept, err = s.saveUnsent(tx, a, *t, c, text, seen)
		return err
	})
	return kept, err
}

func (s *Requests) saveUnsent(tx *store.Tx, a who.Actor, t ticket.Ticket, c Composer, text string, seen time.Time) (Unsent, error) {
	was, _, err := store.Maybe[Unsent](tx, selectUnsent, a.Person, t.ID, string(c))
	if err != nil {
		return Unsent{}, err
	}
	if !was.At.Equal(seen) && was.Text != text {
		return Unsent{}, fault.New(fault.Conflict, "support.unsent_newer")
	}
	if strings.TrimSpace(text) == "" {
		return Unsent{}, dropUnsent(tx, a, t, c)
	}
	if was.Text == "" {
		n, err := store.One[int](tx, countUnsent, a.Person, unsentsMost)
		if err != nil || n >= unsentsMost {
			return Unsent{}, or(err, fault.New(fault.Conflict, "support.unsent_many", "max", unsentsMost))
		}
	}
	at := tx.Now
	if !at.After(was.At) {
		at = was.At.Add(time.Microsecond)
	}
	_, err = tx.Exec(saveUnsent, a.Person, t.ID, string(c), a.Member, text, at)
	return Unsent{Text: text, At: at}, err
}

// DiscardUnsent removes it. The actor needs what saving needs. There may be none.
func (s *Requests) DiscardUnsent(ctx context.Context, a who.Actor, number string, c Composer) error {
	_, right, _ := c.form()
	return s.act(ctx, a, right, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := c.own(a); err != nil {
			return err
		}
		return dropUnsent(tx, a, *t, c)
	})
}

// dropUnsent is the step by which sending removes it, too.
func dropUnsent(tx *store.Tx, a who.Actor, t ticket.Ticket, c Composer) error {
	_, err := tx.Exec(deleteUnsent, a.Person, t.ID, string(c))
	return err
}

// Sweep removes unsent texts that are over: see Unsent.
func (s *Requests) Sweep(tx *store.Tx) error {
	_, err := tx.Exec(sweepUnsent, tx.Now, tx.Now.Add(-unsentKept), store.List(s.Roles.Holders(ViewRequests)))
	return err
}

// or is the error that happened, else the one that is meant.
func or(happened, meant error) error {
	if happened != nil {
		return happened
	}
	return meant
}

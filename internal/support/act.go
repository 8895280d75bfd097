package support

import (
	"context"
	"slices"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Reply is a message for everybody who sees the request.
type Reply struct {
	Text  string // Markdown
	Files []ticket.Upload
	Then  ticket.State // of the helpdesk: '', waiting-for-information, solution-proposed
}

type repliedOnce struct {
	Number, Text, Then string
	Files              []string
}

// Reply answers. The actor needs Answer. Invalid at text or files; Conflict of code ticket.not_open, or
// ticket.move_refused for a Then that is not the actor's. People of the other sides are told by mail, and
// what the actor had kept unsent is gone.
func (s *Requests) Reply(ctx context.Context, a who.Actor, number string, in Reply) error {
	return s.act(ctx, a, Answer, number, func(tx *store.Tx, t *ticket.Ticket) error {
		files, err := ticket.Sent(tx, in.Files)
		if err != nil {
			return err
		}
		same := repliedOnce{t.Number, in.Text, string(in.Then), files}
		use, _, _ := Shared.form()
		_, err = once.Do(tx, a, use, same, func() (string, error) {
			if err := s.reply(tx, a, t, in); err != nil {
				return "", err
			}
			return t.ID, dropUnsent(tx, a, *t, Shared)
		})
		return err
	})
}

func (s *Requests) reply(tx *store.Tx, a who.Actor, t *ticket.Ticket, in Reply) error {
	posted, err := s.Tickets.AddPost(tx, a, t, ticket.Post{Text: in.Text, Files: in.Files, Solution: in.Then == ticket.SolutionProposed})
	if err != nil {
		return err
	}
	if in.Then != "" && (in.Then != t.State || ticket.SideOf(a) != ticket.Vendor) {
		if err := s.Tickets.SetState(tx, a, t, in.Then); err != nil {
			return err
		}
	}
	if in.Then == ticket.SolutionProposed {
		return s.tellSolution(tx, a, *t, posted)
	}
	return s.tellAnswer(tx, a, *t, posted)
}

// Note writes what only the vendor's people read. The actor needs WriteNotes. Invalid at note. Nobody is told.
func (s *Requests) Note(ctx context.Context, a who.Actor, number string, in ticket.Note) error {
	return s.act(ctx, a, WriteNotes, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := only(a, WriteNotes, ticket.Vendor); err != nil {
			return err
		}
		use, _, _ := Internal.form()
		_, err := once.Do(tx, a, use, struct{ Number, Internal string }{t.Number, in.Internal}, func() (string, error) {
			if err := s.Tickets.AddNote(tx, a, t, in); err != nil {
				return "", err
			}
			return t.ID, dropUnsent(tx, a, *t, Internal)
		})
		return err
	})
}

// Decision is what only the customer's people do with a request.
type Decision string

const (
	Accept Decision = "accept" // the solution: closes the request
	Refuse Decision = "refuse" // the solution; Text says what is still wrong
	Reopen Decision = "reopen" // a closed request; Text says why
	Cancel Decision = "cancel" // it is not needed any more
)

// Decide carries a decision out. The actor needs Decide and is of the customer. Invalid at decision, or at text where one
// is needed; Conflict of code ticket.move_refused where the state does not allow it.
func (s *Requests) Decide(ctx context.Context, a who.Actor, number string, d Decision, text string) error {
	return s.act(ctx, a, Decide, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := only(a, Decide, ticket.Customer); err != nil {
			return err
		}
		_, err := once.Do(tx, a, "support.decide", struct{ Number, Decision, Text string }{t.Number, string(d), text}, func() (string, error) {
			return t.ID, s.decide(tx, a, t, d, text)
		})
		return err
	})
}

func (s *Requests) decide(tx *store.Tx, a who.Actor, t *ticket.Ticket, d Decision, text string) error {
	to, known := map[Decision]ticket.State{Accept: ticket.Closed, Refuse: ticket.Refused, Reopen: ticket.Reopened, Cancel: ticket.Cancelled}[d]
	var c fault.Check
	c.Need(known, "decision", "support.decision_unknown")
	c.Need(text != "" || d == Accept || d == Cancel, "text", "support.reason_missing")
	if err := c.Err(); err != nil {
		return err
	}
	last := d == Accept || d == Cancel // a message comes before the state that allows none, and after the one that does
	if !last || text == "" {
		if err := s.Tickets.SetState(tx, a, t, to); err != nil || text == "" {
			return err
		}
	} else if !ticket.CanMove(ticket.Customer, t.State, to) {
		return s.Tickets.SetState(tx, a, t, to) // says why not
	}
	posted, err := s.Tickets.AddPost(tx, a, t, ticket.Post{Text: text})
	if err != nil {
		return err
	}
	if last {
		if err := s.Tickets.SetState(tx, a, t, to); err != nil {
			return err
		}
	}
	return s.tellAnswer(tx, a, *t, posted)
}

// movable are the states that helpers set without an answer.
var movable = map[ticket.Side][]ticket.State{
	ticket.Partner: {ticket.PartnerAnalysis, ticket.VendorAnalysis},
	ticket.Vendor:  {ticket.VendorAnalysis, ticket.Waiting, ticket.Cancelled},
}

// same runs f unless the same form was sent before.
func same(tx *store.Tx, a who.Actor, use string, in any, f func() error) error {
	_, err := once.Do(tx, a, use, in, func() (string, error) { return "", f() })
	return err
}

// NextStates are those that the actor can set by hand now.
func NextStates(a who.Actor, t ticket.Ticket) []ticket.State {
	if !a.May(Handle) {
		return nil
	}
	var all []ticket.State
	for _, to := range movable[ticket.SideOf(a)] {
		if ticket.CanMove(ticket.SideOf(a), t.State, to) {
			all = append(all, to)
		}
	}
	return all
}

// Move takes a request over, passes it to the vendor, waits for information or cancels it. The actor needs Handle and is
// a helper. Invalid at text: a cancellation needs its reason. Conflict of code ticket.move_refused.
func (s *Requests) Move(ctx context.Context, a who.Actor, number string, to ticket.State, text string) error {
	return s.act(ctx, a, Handle, number, s.moving(a, to, text))
}

func (s *Requests) moving(a who.Actor, to ticket.State, text string) func(*store.Tx, *ticket.Ticket) error {
	return func(tx *store.Tx, t *ticket.Ticket) error {
		if err := only(a, Handle, ticket.Vendor, ticket.Partner); err != nil {
			return err
		}
		var c fault.Check
		c.Need(to != ticket.Cancelled || text != "", "text", "support.reason_missing")
		if err := c.Err(); err != nil {
			return err
		}
		return same(tx, a, "support.move", struct{ Number, To, Text string }{t.Number, string(to), text}, func() error { return s.move(tx, a, t, to, text) })
	}
}

func (s *Requests) move(tx *store.Tx, a who.Actor, t *ticket.Ticket, to ticket.State, text string) error {
	if !slices.Contains(NextStates(a, *t), to) {
		return fault.New(fault.Conflict, "ticket.move_refused", "number", t.Number, "state", fault.Msg("ticket.state_"+t.State.Key()))
	}
	if text == "" {
		return s.Tickets.SetState(tx, a, t, to)
	}
	posted, err := s.Tickets.AddPost(tx, a, t, ticket.Post{Text: text})
	if err != nil {
		return err
	}
	if t.State != to { // the message may have taken it over already
		if err := s.Tickets.SetState(tx, a, t, to); err != nil {
			return err
		}
	}
	return s.tellAnswer(tx, a, *t, posted)
}

// Own makes the actor the request's owner. The actor needs Handle and is of the vendor.
func (s *Requests) Own(ctx context.Context, a who.Actor, number string) error {
	return s.act(ctx, a, Handle, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := only(a, Handle, ticket.Vendor); err != nil {
			return err
		}
		return same(tx, a, "support.own", t.Number, func() error { return s.Tickets.SetOwner(tx, a, t, a.Person, a.Name) })
	})
}

// SetSeverity changes the severity of an open request. The actor needs ChangeSeverity; helpers give a reason, which stands
// in the timeline. Invalid at severity, reason.
func (s *Requests) SetSeverity(ctx context.Context, a who.Actor, number string, severity int, reason string) error {
	return s.act(ctx, a, ChangeSeverity, number, s.rating(a, severity, reason))
}

func (s *Requests) rating(a who.Actor, severity int, reason string) func(*store.Tx, *ticket.Ticket) error {
	return func(tx *store.Tx, t *ticket.Ticket) error {
		var c fault.Check
		c.Need(reason != "" || ticket.SideOf(a) == ticket.Customer, "reason", "support.reason_missing")
		if err := c.Err(); err != nil {
			return err
		}
		return same(tx, a, "support.severity", struct {
			Number   string
			Severity int
			Reason   string
		}{t.Number, severity, reason}, func() error { return s.Tickets.SetSeverity(tx, a, t, severity, reason) })
	}
}

// Withhold hides a request from partners, or gives it back. The actor needs Withhold and is of the customer.
func (s *Requests) Withhold(ctx context.Context, a who.Actor, number string, vendorOnly bool) error {
	return s.act(ctx, a, Withhold, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := only(a, Withhold, ticket.Customer); err != nil {
			return err
		}
		if t.State == ticket.Draft {
			return fault.Missing() // a draft says so on its own form
		}
		return same(tx, a, "support.withhold", struct {
			Number     string
			VendorOnly bool
		}{t.Number, vendorOnly}, func() error { return s.Tickets.Withhold(tx, a, t, vendorOnly) })
	})
}

package ticket

import (
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// SetState takes a ticket to another state by hand. Conflict of code ticket.move_refused unless the actor's side may make
// that change.
func (s *Tickets) SetState(tx *store.Tx, a who.Actor, t *Ticket, to State) error {
	if !CanMove(SideOf(a), t.State, to) {
		return fault.New(fault.Conflict, "ticket.move_refused", "number", t.Number, "state", fault.Msg("ticket.state_"+t.State.Key()))
	}
	e := StateChanged{Ticket: t.ID, Before: string(t.State), After: string(to), TurnBefore: string(t.Turn)}
	if err := s.append(tx, a, t, Entry{Kind: EntryState, Visibility: Public, Detail: detail(Detail{From: string(t.State), To: string(to)})}); err != nil {
		return err
	}
	t.State, t.Served = to, servedIn(to, t.Served)
	t.Turn = AfterState(to, t.Served)
	e.TurnAfter = string(t.Turn)
	if err := s.save(tx, t); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, t.Org, e)
}

// SetSeverity changes the severity of an open ticket; the reason stands in the timeline. Invalid at severity.
func (s *Tickets) SetSeverity(tx *store.Tx, a who.Actor, t *Ticket, severity int, reason string) error {
	var c fault.Check
	c.Need(severity >= 1 && severity <= 4, "severity", "ticket.severity_invalid")
	CheckTitle(&c, "reason", reason)
	if err := c.Err(); err != nil {
		return err
	}
	if !t.State.Open() {
		return notOpen(*t)
	}
	if severity == t.Severity {
		return nil
	}
	from, to := digit(t.Severity), digit(severity)
	if err := s.append(tx, a, t, Entry{Kind: EntrySeverity, Visibility: Public, Detail: detail(Detail{From: from, To: to, Text: reason})}); err != nil {
		return err
	}
	e := SeverityChanged{t.ID, t.Severity, severity}
	t.Severity = severity
	if err := s.save(tx, t); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, t.Org, e)
}

func digit(n int) string { return string(rune('0' + n)) }

// SetOwner says who of the vendor's people answers for the ticket: owner is an id, name as people read it.
func (s *Tickets) SetOwner(tx *store.Tx, a who.Actor, t *Ticket, owner, name string) error {
	if t.State == Draft {
		return fault.Missing()
	}
	if owner == t.Owner {
		return nil
	}
	if err := s.append(tx, a, t, Entry{Kind: EntryOwner, Visibility: Public, Detail: detail(Detail{To: name})}); err != nil {
		return err
	}
	e := OwnerChanged{t.ID, t.Owner, owner}
	t.Owner = owner
	if err := s.save(tx, t); err != nil {
		return err
	}
	if _, err := tx.Exec(upsertParticipant, t.ID, owner, Vendor, a.Member); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, t.Org, e)
}

// Withhold hides a ticket from all partners, or gives it back to them. What a partner worked on goes to the vendor; given
// back, it stays there.
func (s *Tickets) Withhold(tx *store.Tx, a who.Actor, t *Ticket, vendorOnly bool) error {
	if t.VendorOnly == vendorOnly {
		return nil
	}
	did := "given"
	if vendorOnly {
		did = "withheld"
	}
	if err := s.append(tx, a, t, Entry{Kind: EntryPartners, Visibility: Public, Detail: detail(Detail{Did: did})}); err != nil {
		return err
	}
	e := PartnersChanged{t.ID, t.VendorOnly, vendorOnly, string(t.State), string(t.State), string(t.Turn), string(t.Turn)}
	t.VendorOnly = vendorOnly
	if vendorOnly && t.Served == Partner {
		t.Served = Vendor
		if t.State == PartnerAnalysis {
			t.State = VendorAnalysis
		}
		if t.Turn == Partner {
			t.Turn = Vendor
		}
		e.StateAfter, e.TurnAfter = string(t.State), string(t.Turn)
	}
	if err := s.save(tx, t); err != nil {
		return err
	}
	if err := rescopeOne(tx, *t); err != nil {
		return err
	}
	if err := s.index(tx, *t); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, t.Org, e)
}

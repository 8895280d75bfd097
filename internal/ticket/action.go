package ticket

import (
	"time"

	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// States of a planned action.
const (
	Planned = "planned"
	Done    = "done"
	Dropped = "dropped"
)

// Action is one line of the plan.
type Action struct {
	ID        string
	Title     string
	Side      Side   // who does it
	Owner     string // id of a person; '' = the side as a whole
	OwnerName string
	On        string // civil day
	WasOn     string // the day before the last move; ''
	State     string
	Result    string
	DoneAt    time.Time
	Version   int64
}

// NewAction is what planning one needs.
type NewAction struct {
	Title     string
	Side      Side
	On        string // civil day, YYYY-MM-DD
	Owner     string // id of a person; '' = the side as a whole
	OwnerName string
}

// planAhead is how far a plan may reach, planBack how long ago a day may lie: days end elsewhere at another hour.
const (
	planAhead = 2 * 366 * 24 * time.Hour
	planBack  = 48 * time.Hour
)

func checkDay(c *fault.Check, field, day string, now time.Time) {
	t, err := time.Parse(time.DateOnly, day)
	c.Need(err == nil, field, "ticket.day_invalid")
	if err == nil {
		c.Need(t.After(now.Add(-planBack)), field, "ticket.day_past")
		c.Need(t.Before(now.Add(planAhead)), field, "ticket.day_far")
	}
}

// AddAction plans something that all three sides see. Invalid at title, side, date.
func (s *Tickets) AddAction(tx *store.Tx, a who.Actor, t *Ticket, in NewAction) (Action, error) {
	var c fault.Check
	c.Need(in.Title != "", "title", "ticket.title_missing")
	CheckTitle(&c, "title", in.Title)
	c.Need(in.Side == Customer || in.Side == Vendor || in.Side == Partner && t.Partner != "" && !t.VendorOnly, "side", "ticket.side_invalid")
	checkDay(&c, "date", in.On, tx.Now)
	if err := c.Err(); err != nil {
		return Action{}, err
	}
	if !t.State.Open() {
		return Action{}, notOpen(*t)
	}
	act := Action{ID: tx.NewID(), Title: in.Title, Side: in.Side, Owner: in.Owner, OwnerName: in.OwnerName, On: in.On, State: Planned, Version: 1}
	if _, err := tx.Exec(insertAction, act.ID, t.ID, act.Title, act.Side, act.Owner, act.OwnerName, act.On, a.Person, tx.Now); err != nil {
		return Action{}, err
	}
	err := s.planned(tx, a, t, Detail{Did: "planned", To: act.On, Title: act.Title}, ActionPlanned{t.ID, act.ID, string(act.Side), act.On})
	return act, err
}

// FindAction gives an action of the ticket. NotFound for one of another ticket, too.
func FindAction(tx *store.Tx, t Ticket, id string) (Action, error) {
	act, ok, err := store.Maybe[Action](tx, selectAction, id, t.ID)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return act, err
}

// MoveAction gives a planned action another day; the old one stays visible. Invalid at date, Conflict of code
// ticket.changed if version is not the action's, ticket.action_over unless it is still planned.
func (s *Tickets) MoveAction(tx *store.Tx, a who.Actor, t *Ticket, act Action, version int64, day string) error {
	var c fault.Check
	checkDay(&c, "date", day, tx.Now)
	if err := c.Err(); err != nil {
		return err
	}
	if err := act.changeable(*t, version); err != nil {
		return err
	}
	if day == act.On {
		return nil
	}
	n, err := tx.Exec(updateActionDay, act.ID, act.Version, day, act.On)
	if err != nil || n == 0 {
		return orChanged(err)
	}
	return s.planned(tx, a, t, Detail{Did: "moved", From: act.On, To: day, Title: act.Title}, ActionMoved{t.ID, act.ID, act.On, day})
}

// FinishAction says that an action is done, and what came of it. Conflict as of MoveAction.
func (s *Tickets) FinishAction(tx *store.Tx, a who.Actor, t *Ticket, act Action, version int64, result string) error {
	return s.end(tx, a, t, act, version, Done, result)
}

// DropAction takes an action off the plan. Conflict as of MoveAction.
func (s *Tickets) DropAction(tx *store.Tx, a who.Actor, t *Ticket, act Action, version int64, reason string) error {
	return s.end(tx, a, t, act, version, Dropped, reason)
}

func (s *Tickets) end(tx *store.Tx, a who.Actor, t *Ticket, act Action, version int64, state, result string) error {
	var c fault.Check
	CheckTitle(&c, "result", result)
	if err := c.Err(); err != nil {
		return err
	}
	if err := act.changeable(*t, version); err != nil {
		return err
	}
	n, err := tx.Exec(updateActionEnd, act.ID, act.Version, state, result, tx.Now)
	if err != nil || n == 0 {
		return orChanged(err)
	}
	return s.planned(tx, a, t, Detail{Did: state, Title: act.Title, Text: result}, ActionEnded{t.ID, act.ID, Planned, state})
}

func (act Action) changeable(t Ticket, version int64) error {
	if !t.State.Open() {
		return notOpen(t)
	}
	if act.State != Planned {
		return fault.New(fault.Conflict, "ticket.action_over")
	}
	if act.Version != version {
		return fault.New(fault.Conflict, "ticket.changed")
	}
	return nil
}

// planned writes the line of a change of the plan, and the earliest day that is left.
func (s *Tickets) planned(tx *store.Tx, a who.Actor, t *Ticket, d Detail, e event.Event) error {
	if err := s.append(tx, a, t, Entry{Kind: EntryAction, Visibility: Public, Detail: detail(d)}); err != nil {
		return err
	}
	if err := s.save(tx, t); err != nil {
		return err
	}
	next, err := store.One[string](tx, updateNext, t.ID)
	if err != nil {
		return err
	}
	t.NextOn = next
	return s.Events.Emit(tx, a, t.Org, e)
}

// Actions are the plan of a ticket by day.
func Actions(tx *store.Tx, ticket string) ([]Action, error) {
	return store.Query[Action](tx, selectActions, ticket)
}

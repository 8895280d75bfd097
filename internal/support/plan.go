package support

import (
	"context"

	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Plan is an action that all three sides see.
type Plan struct {
	Title string
	Date  string      // civil day, YYYY-MM-DD
	Side  ticket.Side // who does it
}

// PlanAction adds an action to the plan. The actor needs PlanActions and is a helper; what his own side is to do is his
// own. Invalid at title, date, side. The other sides are told by mail.
func (s *Requests) PlanAction(ctx context.Context, a who.Actor, number string, in Plan) (id string, err error) {
	err = s.act(ctx, a, PlanActions, number, func(tx *store.Tx, t *ticket.Ticket) error {
		if err := only(a, PlanActions, ticket.Vendor, ticket.Partner); err != nil {
			return err
		}
		id, err = once.Do(tx, a, "support.plan_action", struct {
			Number string
			Plan
		}{t.Number, in}, func() (string, error) {
			n := ticket.NewAction{Title: in.Title, Side: in.Side, On: in.Date}
			if in.Side == ticket.SideOf(a) {
				n.Owner, n.OwnerName = a.Person, a.Name
			}
			act, err := s.Tickets.AddAction(tx, a, t, n)
			if err != nil {
				return "", err
			}
			return act.ID, s.tellAction(tx, a, *t, act)
		})
		return err
	})
	return id, err
}

// MoveAction gives an action another day; the old one stays visible. The actor needs PlanActions and is a helper; version
// is what the form showed. NotFound for an action of another request. Invalid at date, Conflict of code ticket.changed or
// ticket.action_over. The other sides are told by mail.
func (s *Requests) MoveAction(ctx context.Context, a who.Actor, number, action string, version int64, date string) error {
	return s.onAction(ctx, a, PlanActions, number, action, func(tx *store.Tx, t *ticket.Ticket, act ticket.Action) error {
		if err := only(a, PlanActions, ticket.Vendor, ticket.Partner); err != nil {
			return err
		}
		return same(tx, a, "support.move_action", askedOfAction{action, version, date}, func() error {
			if err := s.Tickets.MoveAction(tx, a, t, act, version, date); err != nil || act.On == date {
				return err
			}
			act.WasOn, act.On = act.On, date
			return s.tellAction(tx, a, *t, act)
		})
	})
}

// FinishAction says that an action is done, with what came of it. The actor needs Answer; the customer's people finish
// what the customer is to do, helpers all. Errors as of MoveAction.
func (s *Requests) FinishAction(ctx context.Context, a who.Actor, number, action string, version int64, result string) error {
	return s.onAction(ctx, a, Answer, number, action, func(tx *store.Tx, t *ticket.Ticket, act ticket.Action) error {
		if act.Side != ticket.Customer {
			if err := only(a, PlanActions, ticket.Vendor, ticket.Partner); err != nil {
				return err
			}
		}
		return same(tx, a, "support.finish_action", askedOfAction{action, version, result}, func() error { return s.Tickets.FinishAction(tx, a, t, act, version, result) })
	})
}

// DropAction takes an action off the plan. Rights and errors as of MoveAction.
func (s *Requests) DropAction(ctx context.Context, a who.Actor, number, action string, version int64, reason string) error {
	return s.onAction(ctx, a, PlanActions, number, action, func(tx *store.Tx, t *ticket.Ticket, act ticket.Action) error {
		if err := only(a, PlanActions, ticket.Vendor, ticket.Partner); err != nil {
			return err
		}
		return same(tx, a, "support.drop_action", askedOfAction{action, version, reason}, func() error { return s.Tickets.DropAction(tx, a, t, act, version, reason) })
	})
}

// askedOfAction is what a form about an action says, to know it again.
type askedOfAction struct {
	Action  string
	Version int64
	Said    string
}

func (s *Requests) onAction(ctx context.Context, a who.Actor, right who.Action, number, action string, f func(*store.Tx, *ticket.Ticket, ticket.Action) error) error {
	return s.act(ctx, a, right, number, func(tx *store.Tx, t *ticket.Ticket) error {
		act, err := ticket.FindAction(tx, *t, action)
		if err != nil {
			return err
		}
		return f(tx, t, act)
	})
}

package partner

import (
	"context"
	"slices"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Terms are what a customer agrees to.
type Terms struct {
	Roles   []string // of those that were asked for
	Until   string   // last day, at most two years from today
	Extends bool     // by itself, before it ends
}

// Agree lets the partner that asked act for the organisation in view from today on, and gives the partnership's id. It takes the place of
// what stands between the two.
//
// The actor needs Manage, and the right to give each role. NotFound for an ask that does not wait here; Invalid at roles or until.
func (s *Partners) Agree(ctx context.Context, a who.Actor, id string, in Terms) (partnership string, err error) {
	if err := a.Must(Manage); err != nil {
		return "", err
	}
	in.Roles = slices.Compact(slices.Sorted(slices.Values(in.Roles)))
	err = s.Store.Write(ctx, store.Lock("org", a.Org).And(store.Lock("ask", id)), func(tx *store.Tx) error {
		k, err := waiting(tx, a, id)
		if err == nil && k.Customer != a.Org {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		var c fault.Check
		for _, r := range in.Roles {
			c.Need(slices.Contains(k.Roles(), r), "roles", "partner.role_not_asked")
		}
		c.Need(in.Until != "", "until", "account.day_invalid")
		if err := c.Err(); err != nil {
			return err
		}
		for _, r := range in.Roles {
			if err := a.Must(account.Grants(r)); err != nil {
				return err
			}
		}
		own, err := account.Get(tx, a.Org)
		if err != nil {
			return err
		}
		before, err := store.Query[Row](tx, selectPair, k.Partner, own.ID, tx.Now)
		if err != nil {
			return err
		}
		for _, r := range before {
			if err := s.Accounts.EndPartnership(tx, a, r.ID, r.Partner, r.Customer, r.Zone); err != nil {
				return err
			}
		}
		partnership, err = s.Accounts.GivePartnership(tx, a, account.NewPartnership{Partner: k.Partner, Customer: own.ID, GivenBy: "customer", Roles: in.Roles,
			From: clock.Day(tx.Now, clock.Place(own.Zone)), Until: in.Until, Extends: in.Extends})
		if err != nil {
			return err
		}
		if err := s.answer(tx, a, k, "agreed", partnership); err != nil {
			return err
		}
		return s.tell(tx, k.Partner, "agreed", "customer", own.Name, "number", own.Number, "link", s.link(k.PartnerNumber, "/partners/"+partnership))
	})
	return partnership, err
}

// Refuse answers no to an ask that waits for the organisation in view. The actor needs Manage. NotFound for any other.
func (s *Partners) Refuse(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("ask", id), func(tx *store.Tx) error {
		k, err := waiting(tx, a, id)
		if err == nil && k.Customer != a.Org {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		if err := s.answer(tx, a, k, "refused", ""); err != nil {
			return err
		}
		return s.tell(tx, k.Partner, "refused", "number", k.Number, "link", s.link(k.PartnerNumber, "/partners"))
	})
}

// End ends a partnership of the organisation in view at once, whichever side that is. The actor needs Manage. NotFound for another's, and
// for one that is over.
func (s *Partners) End(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.alone(ctx, a, id, func(tx *store.Tx, r Row, side Side) error {
		if r.State(tx.Now) == Over {
			return fault.Missing()
		}
		if err := s.Accounts.EndPartnership(tx, a, r.ID, r.Partner, r.Customer, r.Zone); err != nil {
			return err
		}
		own, err := account.Get(tx, a.Org)
		if err != nil {
			return err
		}
		other := r.Partner
		if side == AsPartner {
			other = r.Customer
		}
		return s.tell(tx, other, "ended", "organisation", own.Name, "link", s.link(r.Number, "/partners/"+r.ID))
	})
}

// Change sets the last day of a partnership of the customer in view, and whether it extends by itself: how an open one is confirmed.
// seen is its count of changes.
//
// The actor needs Manage. NotFound unless it is the customer's, and not over; Invalid at until, Conflict of code partner.changed.
func (s *Partners) Change(ctx context.Context, a who.Actor, id string, seen int64, until string, extends bool) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.alone(ctx, a, id, func(tx *store.Tx, r Row, side Side) error {
		if side != AsCustomer || r.State(tx.Now) == Over {
			return fault.Missing()
		}
		if r.Version != seen {
			return fault.New(fault.Conflict, "partner.changed")
		}
		today := clock.Day(tx.Now, clock.Place(r.Zone))
		var c fault.Check
		c.Need(isDay(until) && until >= today && until >= r.From, "until", "account.day_invalid")
		c.Need(!isDay(until) || until <= after(today, mostMonths), "until", "account.partnership_too_long")
		if err := c.Err(); err != nil {
			return err
		}
		return s.Accounts.RevisePartnership(tx, a, r.ID, func(p *account.NewPartnership) { p.Until, p.Extends = until, extends })
	})
}

// alone runs f for a partnership of the organisation in view, alone with its customer.
func (s *Partners) alone(ctx context.Context, a who.Actor, id string, f func(*store.Tx, Row, Side) error) error {
	var customer string
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		r, _, err := one(tx, a, id)
		customer = r.Customer
		return err
	})
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", customer), func(tx *store.Tx) error {
		r, side, err := one(tx, a, id)
		if err != nil {
			return err
		}
		return f(tx, r, side)
	})
}

func isDay(day string) bool {
	_, err := time.Parse(time.DateOnly, day)
	return err == nil
}

// after is a day so many months later.
func after(day string, months int) string {
	t, _ := time.Parse(time.DateOnly, day)
	return t.AddDate(0, months, 0).Format(time.DateOnly)
}

package partner

import (
	"context"
	"slices"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
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
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return "", err
	}
	in.Roles = slices.Compact(slices.Sorted(slices.Values(in.Roles)))
	// The family: who opens a request at a site copies meanwhile which partners see it.
	keys := store.Lock("org", a.Reach.Orgs...).And(store.Lock("org", a.Org)).And(store.Lock("ask", id))
	err = s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		partnership, err = once.Do(tx, a, "partner.agree", []any{id, in}, func() (string, error) { return s.agree(tx, a, id, in) })
		return err
	})
	return partnership, err
}

func (s *Partners) agree(tx *store.Tx, a who.Actor, id string, in Terms) (partnership string, err error) {
	k, err := waiting(tx, a, id, AsCustomer)
	if err != nil {
		return "", err
	}
	var c fault.Check
	for _, r := range in.Roles {
		c.Need(slices.Contains(k.Roles(), r), "roles", "partner.role_not_asked")
	}
	c.Need(in.Until != "", "until", "account.day_invalid")
	if err := c.Err(); err != nil {
		return "", err
	}
	for _, r := range in.Roles {
		if err := a.Must(account.Grants(r)); err != nil {
			return "", err
		}
	}
	own, err := account.Get(tx, a.Org)
	if err != nil {
		return "", err
	}
	before, err := store.Query[Row](tx, selectPair, k.Partner, own.ID, tx.Now)
	if err != nil {
		return "", err
	}
	for _, r := range before {
		if err := s.Accounts.EndPartnership(tx, a, r.ID, r.Partner, r.Customer, r.Zone); err != nil {
			return "", err
		}
	}
	partnership, err = s.Accounts.GivePartnership(tx, a, account.NewPartnership{Partner: k.Partner, Customer: own.ID, GivenBy: "customer", Roles: in.Roles,
		From: clock.Day(tx.Now, clock.Place(own.Zone)), Until: in.Until, Extends: in.Extends})
	if err != nil {
		return "", err
	}
	if err := s.answer(tx, a, k, "agreed", partnership); err != nil {
		return "", err
	}
	return partnership, s.tell(tx, k.Partner, "agreed", "customer", own.Name, "number", own.Number, "link", s.link(k.PartnerNumber, "/partners/"+partnership))
}

// Refuse answers no to an ask that waits for the organisation in view. The actor needs Manage. NotFound for any other.
func (s *Partners) Refuse(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.one(ctx, a, store.Lock("ask", id), "partner.refuse", id, func(tx *store.Tx) error {
		k, err := waiting(tx, a, id, AsCustomer)
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
	return s.alone(ctx, a, id, "partner.end", id, func(tx *store.Tx, r Row, side Side) error {
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
	return s.alone(ctx, a, id, "partner.change", []any{id, until, extends}, func(tx *store.Tx, r Row, side Side) error {
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
		if until > r.Until && r.Until != "" || r.UntilAt == nil && until > today || extends && !r.Extends {
			for _, role := range r.Roles() { // it is given for longer
				if err := a.Must(account.Grants(role)); err != nil {
					return err
				}
			}
		}
		return s.Accounts.RevisePartnership(tx, a, r.ID, func(p *account.NewPartnership) { p.Until, p.Extends = until, extends })
	})
}

// alone runs f once for a partnership of the organisation in view, alone with its customer's family. NotFound at a site.
func (s *Partners) alone(ctx context.Context, a who.Actor, id, use string, in any, f func(*store.Tx, Row, Side) error) error {
	var keys store.Keys
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		r, _, err := one(tx, a.Org, id)
		if err != nil {
			return err
		}
		family, err := account.Family(tx, r.Customer)
		keys = store.Lock("org", family...)
		return err
	})
	if err != nil {
		return err
	}
	return s.one(ctx, a, keys, use, in, func(tx *store.Tx) error {
		r, side, err := one(tx, a.Org, id)
		if err != nil {
			return err
		}
		return f(tx, r, side)
	})
}

// one runs f in a transaction unless the actor's key was used for it already.
func (s *Partners) one(ctx context.Context, a who.Actor, keys store.Keys, use string, in any, f func(*store.Tx) error) error {
	return s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		_, err := once.Do(tx, a, use, in, func() (string, error) { return "", f(tx) })
		return err
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

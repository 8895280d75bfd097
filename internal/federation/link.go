package federation

import (
	"context"
	"errors"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// waiting is an account at a company that waits for the owner of the person's account: for one person, one upstream account, one browser,
// one sign-in that begins after it.
type waiting struct {
	Upstream identity.Upstream
	Person   string
	Next     string
	From     time.Time // a session that began before it shows nothing
	Until    time.Time
	ID       string // it links once
}

const waitingLink = "company sign-in link"

func (s *Federations) wait(person string, u identity.Upstream, t attempt) (string, error) {
	now := s.Store.Clock.Now()
	return s.seal(waitingLink, waiting{Upstream: u, Person: person, Next: t.Next, From: now, Until: now.Add(attemptTime), ID: t.State})
}

// Question is what a person is asked whose account waits for its owner.
type Question struct {
	Email identity.Email // to sign in with
	Ready bool           // he has signed in with it: one button links
}

// Waiting gives the question to a browser's waiting account. Forbidden of code federation.attempt_over without one.
func (s *Federations) Waiting(ctx context.Context, a who.Actor, connection, sealed string) (Question, error) {
	w, _, err := s.waitingFor(ctx, connection, sealed)
	return Question{w.Upstream.Email, w.shownBy(a)}, err
}

// shownBy tells whether the actor is the person, in a session that began after the arrival.
func (w waiting) shownBy(a who.Actor) bool {
	return a.Person != "" && a.Person == w.Person && !a.Proved.Before(w.From)
}

func (s *Federations) waitingFor(ctx context.Context, connection, sealed string) (w waiting, c Connection, err error) {
	if err := s.unseal(waitingLink, sealed, &w); err != nil {
		return w, c, err
	}
	if c, err = s.on(ctx, connection); err != nil {
		return w, c, err
	}
	if w.Upstream.Connection != c.ID || w.Upstream.Issuer != c.Issuer || !s.Store.Clock.Now().Before(w.Until) {
		return w, c, attemptOver(nil)
	}
	return w, c, nil
}

// LinkWaiting links the waiting account, once its owner has signed in as the person it is for: the session began after the arrival, in the same browser.
// Forbidden of code federation.attempt_over for anybody else.
func (s *Federations) LinkWaiting(ctx context.Context, a who.Actor, connection, sealed string) (next string, err error) {
	if err := a.Must(who.Person); err != nil {
		return "", err
	}
	w, c, err := s.waitingFor(ctx, connection, sealed)
	if err != nil {
		return "", err
	}
	if !w.shownBy(a) {
		return "", attemptOver(nil)
	}
	err = s.link(ctx, a, c, w.Upstream, func(tx *store.Tx) error {
		first, err := once(tx, "link "+w.ID, w.Until)
		if err == nil && !first {
			err = attemptOver(nil)
		}
		return err
	})
	return w.Next, err
}

// linkOwn links the account of the person who began the attempt signed in.
func (s *Federations) linkOwn(ctx context.Context, a who.Actor, c Connection, u identity.Upstream) error {
	return s.link(ctx, a, c, u, func(*store.Tx) error { return nil })
}

// link lets an upstream's account open the actor's: a contact of the organisation, or one who becomes it because the connection lets unknown people in, not of the vendor's people, and the address that the
// company asserts is in a proven domain of it.
func (s *Federations) link(ctx context.Context, a who.Actor, c Connection, u identity.Upstream, first func(tx *store.Tx) error) error {
	return s.Store.Write(ctx, store.Lock("org", c.Org).And(store.Lock("person", a.Person)), func(tx *store.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		now, on, err := store.Maybe[Connection](tx, selectOn, c.ID)
		proven, bad := s.speaks(tx, c, u.Email)
		staff, worse := account.Staff(tx, a.Person)
		belongs, worst := account.Belonging(tx, a.Person, c.Org)
		if err := errors.Join(err, bad, worse, worst); err != nil {
			return err
		}
		switch {
		case !on || now.Version != c.Version:
			return attemptOver(nil)
		case !proven:
			return fault.New(fault.Forbidden, "federation.refused."+foreignDomain, "domain", domainOf(u.Email))
		case staff:
			return fault.New(fault.Forbidden, "federation.refused."+staffAddress, "domain", domainOf(u.Email))
		case belongs == account.Left:
			return fault.New(fault.Forbidden, "federation.refused."+left, "domain", domainOf(u.Email))
		case belongs != account.Inside && !(belongs == account.Outside && now.Joins):
			return fault.New(fault.Forbidden, "federation.refused."+unknown, "domain", domainOf(u.Email))
		}
		if err := s.Identities.LinkCompany(tx, a, a.Person, u); err != nil || belongs == account.Inside {
			return err
		}
		p, err := identity.Get(tx, a.Person)
		if err != nil {
			return err
		}
		a.Member, a.Org, a.Source = c.Org, c.Org, who.Own
		return s.join(tx, a, now, p)
	})
}

// Offer is a company's sign-in that the actor has linked, or can link.
type Offer struct {
	Connection, Company, State string
	Email                      string    // as the company said when it was linked; '' = not linked
	LinkedAt                   time.Time // zero: not linked
}

// Offered are those of the actor's own organisations.
func (s *Federations) Offered(ctx context.Context, a who.Actor) (all []Offer, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Offer](tx, selectOffered, a.Person, tx.Now)
		return err
	})
	return all, err
}

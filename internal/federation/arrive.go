package federation

import (
	"context"
	"strings"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// arrival is all that decides what becomes of somebody whom a company's sign-in shows.
type arrival struct {
	Proven   bool // the asserted address is in a proven domain of the organisation
	Verified bool // the company has verified it
	Linked   bool // connection, issuer and subject open somebody's account already
	Known    bool // somebody has the address, or is linked
	Staff    bool // he works for the vendor
	Disabled bool
	Mailbox  bool // his mailbox is proven here
	Entry    identity.Entry
	Belongs  string // see account.Belonging
	Joins    bool   // the connection lets unknown people in
}

// verdict is what becomes of an arrival.
type verdict string

const (
	enter  verdict = "enter"  // sign in: linked
	link   verdict = "link"   // link and sign in: he has nothing else to sign in with
	create verdict = "create" // a new person
	ask    verdict = "ask"    // he has an account: he shows once that it is his, then it is linked
)

// Refusals of an arrival; federation.refused.* are their texts.
const (
	foreignDomain = "foreign_domain"
	staffAddress  = "staff"
	notVerified   = "not_verified"
	unknown       = "unknown"
	closed        = "closed"
	left          = "left"
)

// decide is the rule of arrivals. join is whether the person becomes a contact; refusal is ” unless nobody is let in.
func (f arrival) decide() (v verdict, join bool, refusal string) {
	join = f.Belongs == account.Outside
	switch {
	case !f.Proven:
		return "", false, foreignDomain
	case f.Staff:
		return "", false, staffAddress
	case f.Disabled:
		return "", false, closed
	case !f.Linked && !f.Verified:
		return "", false, notVerified
	case f.Belongs == account.Left:
		return "", false, left
	case join && !f.Joins:
		return "", false, unknown
	case f.Linked:
		return enter, join, ""
	case !f.Known:
		return create, join, ""
	case f.Mailbox && (f.Entry.Way || f.Entry.Been):
		return ask, false, ""
	}
	return link, join, ""
}

// squatted tells whether somebody who never proved the mailbox has set the account up with which its owner now arrives: whether or not he is let in,
// nothing of it holds any longer.
func (f arrival) squatted() bool {
	return f.Proven && f.Verified && f.Known && !f.Linked && !f.Staff && !f.Disabled && !f.Mailbox && (f.Entry.Way || f.Entry.Been)
}

// Arrived is what a browser gets that came back from its company.
type Arrived struct {
	Started identity.Started // the new session; without token: see Waiting
	Waiting string           // sealed: the account waits for its owner to show that it is his
	Linked  bool             // the account of the person who is signed in was linked
	Next    string           // where the person wanted to go
}

// Arrive ends an attempt: it signs in, links, or lets the person show that the account is his. Anybody may who brings the attempt, with what
// the upstream answered; from one that began signed in only that session. Forbidden of the codes of redeem or federation.refused.*.
func (s *Federations) Arrive(ctx context.Context, a who.Actor, connection, sealed string, in Answer, v identity.Visit) (out Arrived, err error) {
	t, c, err := s.attempt(ctx, connection, sealed)
	if err != nil {
		return out, err
	}
	out.Next = t.Next
	if t.Session != "" && t.Session != a.Session {
		return out, attemptOver(nil)
	}
	got, err := s.redeem(ctx, t, c, in)
	if err != nil {
		return out, err
	}
	email, _ := identity.ParseEmail(got.Email) // none is in no domain
	u := identity.Upstream{Connection: c.ID, Issuer: c.Issuer, Subject: got.Subject, Email: email, Session: got.Session}
	if t.Session != "" {
		out.Linked = true
		return out, s.linkOwn(ctx, a, c, u)
	}
	person, err := s.personOf(ctx, u)
	if err != nil {
		return out, err
	}
	keys := store.Lock("org", c.Org).And(store.Lock("email", string(email)))
	if person != "" {
		keys = keys.And(store.Lock("person", person))
	}
	var refusal string
	err = s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		refusal = ""
		now, ok, err := store.Maybe[Connection](tx, selectOn, c.ID)
		if err == nil && (!ok || now.Version != c.Version) {
			err = attemptOver(nil)
		}
		if err != nil {
			return err
		}
		p, f, err := s.facts(tx, now, u, got)
		if err != nil {
			return err
		}
		if p.ID != person {
			return fault.New(fault.Conflict, "federation.changed_meanwhile") // somebody was faster with the address
		}
		if f.squatted() {
			if err := s.Identities.Reclaim(tx, p.ID, p.Email); err != nil {
				return err
			}
		}
		what, join, refused := f.decide()
		if refusal = refused; refusal != "" {
			by := who.Actor{Member: c.Org, Source: who.System}
			if f.Linked || f.Proven && f.Belongs != account.Outside { // of anybody else the company's log knows nothing
				by.Person = p.ID
			}
			return s.Events.Emit(tx, by, c.Org, Refused{c.ID, refusal})
		}
		if what == ask {
			out.Waiting, err = s.wait(p.ID, u, t)
			return err
		}
		out.Started, err = s.admit(tx, what, join, p, now, u, got, v)
		return err
	})
	if err == nil && refusal != "" {
		err = fault.New(fault.Forbidden, "federation.refused."+refusal, "domain", domainOf(email))
	}
	return out, err
}

func domainOf(email identity.Email) string {
	if email == "" {
		return "?"
	}
	return email.Domain()
}

// personOf is the id of the person whom an arrival may be about, ” if there is none yet.
func (s *Federations) personOf(ctx context.Context, u identity.Upstream) (id string, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		p, _, err := personBehind(tx, u)
		id = p.ID
		return err
	})
	return id, err
}

// personBehind is the person behind an upstream's account: the linked one, else who has the address.
func personBehind(tx *store.Tx, u identity.Upstream) (p identity.Person, linked bool, err error) {
	if p, linked, err = identity.OfUpstream(tx, u); err != nil || linked || u.Email == "" {
		return p, linked, err
	}
	p, _, err = identity.Find(tx, u.Email)
	return p, false, err
}

// facts reads all that decides.
func (s *Federations) facts(tx *store.Tx, c Connection, u identity.Upstream, got claims) (p identity.Person, f arrival, err error) {
	f = arrival{Verified: got.Verified() || c.TrustsMail, Joins: c.Joins, Belongs: account.Outside}
	if f.Proven, err = s.speaks(tx, c, u.Email); err != nil {
		return p, f, err
	}
	if p, f.Linked, err = personBehind(tx, u); err != nil || p.ID == "" {
		return p, f, err
	}
	if !f.Proven && !f.Linked { // nothing about whoever has that address is the company's business
		return identity.Person{ID: p.ID}, f, nil
	}
	f.Known, f.Disabled, f.Mailbox = true, p.State == identity.Disabled, !p.ProvenAt.IsZero()
	if f.Staff, err = account.Staff(tx, p.ID); err != nil {
		return p, f, err
	}
	if f.Entry, err = identity.EntryOf(tx, p); err != nil {
		return p, f, err
	}
	f.Belongs, err = account.Belonging(tx, p.ID, c.Org)
	return p, f, err
}

// speaks tells whether a connection may speak for an address: its domain is exactly one that the organisation has proven.
func (s *Federations) speaks(tx *store.Tx, c Connection, email identity.Email) (bool, error) {
	if email == "" {
		return false, nil
	}
	org, ok, err := store.Maybe[string](tx, selectProver, email.Domain())
	return ok && org == c.Org, err
}

// admit carries a verdict out that lets somebody in.
func (s *Federations) admit(tx *store.Tx, what verdict, join bool, p identity.Person, c Connection, u identity.Upstream, got claims, v identity.Visit) (out identity.Started, err error) {
	switch what {
	case create:
		first, last := names(got)
		if p, err = s.Identities.Ensure(tx, u.Email, first, last, ""); err != nil {
			return out, err
		}
		err = s.Identities.ProveByCompany(tx, p.ID)
	case link:
		err = s.Identities.ProveByCompany(tx, p.ID)
	}
	if err != nil {
		return out, err
	}
	a := who.Actor{Person: p.ID, Member: c.Org, Org: c.Org, Source: who.Own, From: v.Address}
	if what != enter {
		if err := s.Identities.LinkCompany(tx, a, p.ID, u); err != nil {
			return out, err
		}
	}
	if join {
		if err := s.join(tx, a, c, p); err != nil {
			return out, err
		}
	}
	return s.Identities.OpenByCompany(tx, p.ID, u, v)
}

// join makes a person a contact of the organisation, without any role, and tells its administrators.
func (s *Federations) join(tx *store.Tx, a who.Actor, c Connection, p identity.Person) error {
	if err := s.Accounts.JoinByCompany(tx, a, p.ID, c.Org); err != nil {
		return err
	}
	if err := s.Events.Emit(tx, a, c.Org, Joined{c.ID, p.ID}); err != nil {
		return err
	}
	return s.tell(tx, c.Org, "joined", "person", mail.Name(p.Name()), "email", mail.Name(p.Email))
}

// names are those that the company gives somebody: as far as they are any.
func names(got claims) (first, last string) {
	whole := strings.Fields(got.Name)
	first, last = got.GivenName, got.FamilyName
	if first == "" && last == "" && len(whole) > 1 {
		first, last = whole[0], strings.Join(whole[1:], " ")
	}
	local, _, _ := strings.Cut(got.Email, "@")
	return tidy(first, local), tidy(last, "–")
}

// tidy is a name that the portal would take from a form, else the other one.
func tidy(name, other string) string {
	var c fault.Check
	name = strings.TrimSpace(name)
	if identity.NeedName(&c, "name", name); c.Err() != nil {
		return other
	}
	return name
}

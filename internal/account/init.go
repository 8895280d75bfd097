package account

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/text/language"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// ErrInitialised is what a second lodge init is told.
var ErrInitialised = errors.New("this installation has its vendor already")

// NewVendor is what lodge init takes.
type NewVendor struct {
	Name, Country string
	Number        int64 // 0: 10000
	Email         string
}

// Init makes the vendor and the secret with which the first operator sets a password. Run twice or by two processes at
// once, it makes one vendor and one secret: the others get ErrInitialised. Invalid at name or country. Only the console calls it.
func (s *Accounts) Init(ctx context.Context, in NewVendor) (vendor Organisation, token string, err error) {
	var c fault.Check
	c.Need(strings.TrimSpace(in.Name) != "", "name", "account.organisation_name_missing")
	c.Need(len([]rune(in.Name)) <= 200, "name", "identity.name_long", "max", 200)
	region, err := language.ParseRegion(in.Country)
	c.Need(err == nil && region.IsCountry() && region.String() == in.Country, "country", "account.country_unknown")
	c.Need(in.Number == 0 || in.Number >= 10000, "number", "account.number_invalid")
	if in.Email != "" {
		identity.NeedEmail(&c, "email", in.Email)
	}
	if err := c.Err(); err != nil {
		return Organisation{}, "", err
	}
	a := who.Program("", nil)
	err = s.Store.Write(ctx, Numbers(), func(tx *store.Tx) error {
		if _, done, err := VendorOf(tx); err != nil {
			return err
		} else if done {
			return ErrInitialised
		}
		if in.Number == 0 {
			in.Number = 10000
		}
		vendor, err = s.Make(tx, a, NewOrganisation{Number: in.Number, Kind: Vendor, Name: in.Name, Country: in.Country, Language: "en", Email: in.Email})
		if err != nil {
			return err
		}
		token, err = s.Identities.ProveOperator(tx)
		return err
	})
	return vendor, token, err
}

// FirstOperator uses the secret of Init up: makes the person, the membership with all rights of the vendor, and goes on
// to the second factor. Whoever has the secret may. Invalid at the fields.
func (s *Accounts) FirstOperator(ctx context.Context, token string, in NewContact, password string, v identity.Visit) (out identity.Started, err error) {
	if _, err := s.Identities.Proof(ctx, identity.Operator, token); err != nil {
		return identity.Started{}, err
	}
	vendor, err := s.Vendor(ctx)
	if err != nil {
		return identity.Started{}, err
	}
	var c fault.Check
	identity.NeedName(&c, "first_name", in.FirstName)
	identity.NeedName(&c, "last_name", in.LastName)
	email := identity.NeedEmail(&c, "email", in.Email)
	if err := s.Identities.Passwords.Need(&c, "password", password, email, vendor.Name); err != nil {
		return identity.Started{}, err
	}
	if err := c.Err(); err != nil {
		return identity.Started{}, err
	}
	phc, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return identity.Started{}, err
	}
	err = s.Store.Write(ctx, store.Lock("org", vendor.ID).And(store.Lock("email", string(email))), func(tx *store.Tx) error {
		if err := s.Identities.UseOperator(tx, token); err != nil {
			return err
		}
		p, err := s.Identities.Ensure(tx, email, in.FirstName, in.LastName, "")
		if err != nil {
			return err
		}
		if p.State != identity.Pending {
			c.Need(false, "email", "account.operator_exists")
			return c.Err()
		}
		a := who.Actor{Person: p.ID, Member: vendor.ID, Org: vendor.ID, Source: who.Own}
		if err := s.Join(tx, a, p.ID, vendor.ID, Active, true, Operator, SecurityAdministrator); err != nil {
			return err
		}
		out, err = s.Identities.Welcome(tx, p, phc, identity.NewPassword{FirstName: in.FirstName, LastName: in.LastName}, v)
		return err
	})
	return out, err
}

// Join makes a membership without an invitation: a step of lodge init and of the demo world.
func (s *Accounts) Join(tx *store.Tx, a who.Actor, person, org, state string, primary bool, roles ...string) error {
	p, err := identity.Get(tx, person)
	if err != nil {
		return err
	}
	id := tx.NewID()
	if _, err := tx.Exec(insertMembership, id, person, org, state, primary, p.FirstName, p.LastName, tx.Now.Format("2006-01-02"), "", nil, a.Person, tx.Now, tx.Now); err != nil {
		return err
	}
	if err := setRoles(tx, id, roles...); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, org, ContactActive{id})
}

package account

import (
	"context"
	"strings"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Correcting is a contact of the organisation in view that was asked in and has not accepted. The actor needs Invite. NotFound for nobody's, Conflict of code
// account.no_invitation for any other.
func (s *Accounts) Correcting(ctx context.Context, a who.Actor, id string) (c Contact, err error) {
	if err := a.Must(Invite); err != nil {
		return c, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if _, _, err := s.invited(tx, a, id); err != nil {
			return err
		}
		c, err = store.One[Contact](tx, selectContact, a.Org, id)
		return err
	})
	return c, err
}

// Correct asks somebody in, with the same roles, whose invitation went to a wrong address, and ends that one: both or neither. It gives the new contact's id. The
// role in what is asked for does not count.
//
// As Invite, and as Withdraw of the wrong one; Conflict of code account.contact_exists at email where the address is the same.
func (s *Accounts) Correct(ctx context.Context, a who.Actor, wrong string, in NewContact) (id string, err error) {
	if err := a.Must(Invite); err != nil {
		return "", err
	}
	var c fault.Check
	email := needContact(&c, in)
	if err := c.Err(); err != nil {
		return "", err
	}
	asked := struct {
		Wrong string
		NewContact
	}{wrong, in}
	err = s.Store.Write(ctx, store.Lock("org", a.Org).And(store.Lock("email", string(email))), func(tx *store.Tx) error {
		id, err = once.Do(tx, a, "account.correct", asked, func() (string, error) {
			was, org, err := s.invited(tx, a, wrong)
			if err != nil {
				return "", err
			}
			roles := strings.Fields(was.Roles)
			for _, role := range roles {
				if err := s.mayGrant(tx, a, org, role, was.ID); err != nil {
					return "", err
				}
			}
			if in.Role = ""; len(roles) > 0 {
				in.Role = roles[0] // which the log names
			}
			id, err := s.InviteStep(tx, a, email, in) // first: the one who is asked in anew may be the last administrator
			if err != nil {
				return "", err
			}
			if id == wrong { // the same address, whose invitation has expired
				return "", contactExists()
			}
			if err := setRoles(tx, id, roles...); err != nil {
				return "", err
			}
			return id, s.withdraw(tx, a, wrong)
		})
		return err
	})
	return id, err
}

// needContact notes what is wrong with what was typed, and reads the address.
func needContact(c *fault.Check, in NewContact) identity.Email {
	identity.NeedName(c, "first_name", in.FirstName)
	identity.NeedName(c, "last_name", in.LastName)
	return identity.NeedEmail(c, "email", in.Email)
}

package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Invitation is one that can be accepted now.
type Invitation struct {
	ID, Membership, Person, Org   string
	Email, InvitedBy, InvitedFrom string
	CreatedAt, ExpiresAt          time.Time
	FirstName, LastName, State    string
	Number                        int64
	OrgName, City, Kind, Status   string
	Roles                         string
	Inviter                       string
}

func linkOver() error { return fault.New(fault.NotFound, "identity.link_over") }

// Invitation looks a mailed token up without using it. NotFound if it does not hold (any more).
func (s *Accounts) Invitation(ctx context.Context, token string) (i Invitation, hasPassword bool, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if i, err = s.find(tx, token); err != nil {
			return err
		}
		p, err := identity.Get(tx, i.Person)
		hasPassword = p.State != identity.Pending
		return err
	})
	return i, hasPassword, err
}

func (s *Accounts) find(tx *store.Tx, token string) (Invitation, error) {
	if !crypt.Plausible(token) {
		return Invitation{}, linkOver()
	}
	i, ok, err := store.Maybe[Invitation](tx, selectInvitation, crypt.HashToken(token), tx.Now)
	if err == nil && !ok || ok && (i.State != Invited || i.Status != "active") {
		err = linkOver()
	}
	if err != nil {
		return Invitation{}, err
	}
	return i, s.stillMay(tx, i)
}

// stillMay asks once more, when somebody accepts, whether the inviter may give what was promised: an invitation of
// somebody who lost the right is dead. What the console invited holds.
func (s *Accounts) stillMay(tx *store.Tx, i Invitation) error {
	if i.InvitedBy == "" {
		return nil
	}
	roles, ok, err := store.Maybe[string](tx, selectInviterRoles, i.InvitedBy, i.InvitedFrom, tx.Now)
	if err != nil {
		return err
	}
	if !ok {
		return linkOver()
	}
	own := strings.Fields(roles)
	if i.InvitedFrom != i.Org { // by a partner or by staff: what they may here
		from, err := Get(tx, i.InvitedFrom)
		if err != nil {
			return err
		}
		if from.Kind != Vendor {
			org, err := Get(tx, i.Org)
			if err != nil {
				return err
			}
			given, err := store.Query[string](tx, selectPartnershipRoles, from.RootID, org.RootID, tx.Now)
			if err != nil {
				return err
			}
			own = InPartnership(own, given)
		}
	}
	a := who.Actor{Rights: s.Roles.Rights(own)}
	if !a.May(Invite) {
		return linkOver()
	}
	for role := range strings.FieldsSeq(i.Roles) {
		if !s.mayGiveNow(a, role) {
			return linkOver()
		}
	}
	return nil
}

func (s *Accounts) mayGiveNow(a who.Actor, role string) bool {
	switch {
	case slices.Contains(VendorRoles, role):
		return a.May(GrantVendor)
	case role == LicenceSupervisor:
		return a.May(GrantLicence) || a.May(GrantRoles) // naming the first one was right when it was done
	case slices.Contains(licencePrivileges, role):
		return a.May(GrantLicence)
	}
	return a.May(GrantRoles)
}

const selectPartnershipRoles = `
	SELECT DISTINCT pr.role FROM partnership pa JOIN partnership_role pr ON pr.partnership_id = pa.id
	WHERE pa.partner_id = $1 AND pa.customer_id = $2 AND pa.from_at <= $3 AND (pa.until_at IS NULL OR pa.until_at > $3)`

// Accept takes an invitation of a person who has no password yet: sets it, proves the mailbox, and goes on to sign in,
// which makes the membership active. Whoever has the token may, unless somebody else is signed in: Forbidden then.
// Invalid at first_name, last_name or password; Conflict of code account.sign_in_to_accept for a person who has a password.
func (s *Accounts) Accept(ctx context.Context, a who.Actor, token string, in identity.NewPassword, v identity.Visit) (out identity.Started, i Invitation, err error) {
	i, hasPassword, err := s.Invitation(ctx, token)
	if err != nil {
		return identity.Started{}, i, err
	}
	if a.Person != "" && a.Person != i.Person {
		return identity.Started{}, i, fault.New(fault.Forbidden, "account.invitation_for_another")
	}
	if hasPassword {
		return identity.Started{}, i, fault.New(fault.Conflict, "account.sign_in_to_accept")
	}
	var c fault.Check
	identity.NeedName(&c, "first_name", in.FirstName)
	identity.NeedName(&c, "last_name", in.LastName)
	if err := s.Identities.Passwords.Need(&c, "password", in.Password, identity.Email(i.Email), i.OrgName); err != nil {
		return identity.Started{}, i, err
	}
	if err := c.Err(); err != nil {
		return identity.Started{}, i, err
	}
	phc, err := s.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return identity.Started{}, i, err
	}
	keys := store.Lock("org", i.Org).And(store.Lock("person", i.Person))
	err = s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		i, err := s.find(tx, token)
		if err != nil {
			return err
		}
		p, err := identity.Get(tx, i.Person)
		if err != nil {
			return err
		}
		if p.State != identity.Pending || p.Email != i.Email {
			return linkOver()
		}
		out, err = s.Identities.Welcome(tx, p, phc, in, v)
		if err == nil && out.Step == identity.StepSetUp { // the vendor's people: active with the second factor
			return nil
		}
		return err
	})
	return out, i, err
}

// AcceptSignedIn takes an invitation of the person who is signed in with exactly the invited address.
func (s *Accounts) AcceptSignedIn(ctx context.Context, a who.Actor, token string) (i Invitation, err error) {
	if err := a.Must(who.Person); err != nil {
		return Invitation{}, err
	}
	if i, _, err = s.Invitation(ctx, token); err != nil {
		return i, err
	}
	if i.Person != a.Person {
		return i, fault.New(fault.Forbidden, "account.invitation_for_another")
	}
	return i, s.Store.Write(ctx, store.Lock("org", i.Org).And(store.Lock("person", a.Person)), func(tx *store.Tx) error {
		i, err := s.find(tx, token)
		if err != nil {
			return err
		}
		return s.activate(tx, a, i.ID, i.Membership, i.Org)
	})
}

// OnSignIn makes memberships active that waited for this sign-in with a proven address: imported ones, and invited ones whose
// invitation still holds. It is the reaction to identity.SignedIn, in its transaction.
func (s *Accounts) OnSignIn(tx *store.Tx, a who.Actor, _ string, e event.Event) error {
	in := e.(identity.SignedIn)
	imported, err := store.Query[struct{ ID, Org string }](tx, selectImported, in.Person)
	if err != nil {
		return err
	}
	for _, m := range imported {
		if err := s.activate(tx, a, "", m.ID, m.Org); err != nil {
			return err
		}
	}
	if !in.Proven {
		return nil
	}
	p, err := identity.Get(tx, in.Person)
	if err != nil {
		return err
	}
	invitations, err := store.Query[Invitation](tx, selectInvitationsOf, in.Person, p.Email, tx.Now)
	if err != nil {
		return err
	}
	for _, i := range invitations {
		if err := s.stillMay(tx, i); fault.Is(err, "identity.link_over") {
			continue
		} else if err != nil {
			return err
		}
		if err := s.activate(tx, a, i.ID, i.Membership, i.Org); err != nil {
			return err
		}
	}
	return nil
}

// activate opens a membership; the person's first open one is primary.
func (s *Accounts) activate(tx *store.Tx, a who.Actor, invitation, membership, org string) error {
	if invitation != "" {
		n, err := tx.Exec(useInvitation, invitation, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return linkOver()
		}
	}
	n, err := tx.Exec(updateActive, membership, tx.Now)
	if err != nil {
		return err
	}
	if n == 0 {
		return linkOver()
	}
	has, err := store.One[int](tx, countPrimary, a.Person)
	if err != nil {
		return err
	}
	if has == 0 {
		if _, err := tx.Exec(setPrimary, membership); err != nil {
			return err
		}
	}
	a.Member = org
	return s.Events.Emit(tx, a, org, ContactActive{membership})
}

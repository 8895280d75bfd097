package account

import (
	"cmp"
	"context"
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
	Version                       int64 // of the membership
	Number                        int64
	OrgName, City, Kind, Status   string
	Roles                         string
	Inviter                       string
	ByRight                       string // see InviteFirst; '' = the rights of every day
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
	if i.ByRight != "" {
		return s.stillMayFirst(tx, i)
	}
	a, err := s.inviter(tx, i)
	if err != nil {
		return err
	}
	if !mayInvite(a, i.Kind) {
		return linkOver()
	}
	for role := range strings.FieldsSeq(i.Roles) {
		// Naming the first supervisor was right when it was done, so here nobody counts them.
		if !a.May(Grants(role)) && !(role == LicenceSupervisor && a.May(GrantRoles)) {
			return linkOver()
		}
	}
	return nil
}

// inviter is the actor that the inviter would be now: by his own membership, as staff, or by the partnership.
func (s *Accounts) inviter(tx *store.Tx, i Invitation) (a who.Actor, err error) {
	names, ok, err := store.Maybe[string](tx, selectInviterRoles, i.InvitedBy, i.InvitedFrom, tx.Now)
	if err == nil && !ok {
		err = linkOver()
	}
	if err != nil {
		return a, err
	}
	a.Roles = strings.Fields(names)
	if i.InvitedFrom != i.Org {
		from, err := Get(tx, i.InvitedFrom)
		if err != nil {
			return a, err
		}
		org, err := Get(tx, i.Org)
		if err != nil {
			return a, err
		}
		given, err := store.Query[string](tx, selectPartnershipRoles, from.RootID, org.RootID, tx.Now)
		if err != nil {
			return a, err
		}
		if a.Roles = InPartnership(a.Roles, given); from.Kind == Vendor {
			a.Roles = asStaff(strings.Fields(names))
		}
	}
	a.Rights = s.Roles.Rights(a.Roles)
	return a, nil
}

// Accept takes an invitation of a person who has not been here yet: sets the password, proves the mailbox, and goes on to
// sign in, which makes the membership active. Whoever has the token may, unless somebody else is signed in: Forbidden then.
// Invalid at first_name, last_name or password; Conflict of code account.sign_in_to_accept for a person who has an account.
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
	err = s.accepting(ctx, token, i, func(tx *store.Tx, p identity.Person) error {
		if p.State != identity.Pending {
			return linkOver()
		}
		out, err = s.Identities.Welcome(tx, p, phc, in, v)
		return err
	})
	return out, i, err
}

// AcceptSignedIn takes an invitation of the person who is signed in with exactly the invited address. Started has a token where the
// membership needs a step that this session has not passed: staff sign in again, with the second factor. NotFound if the invitation
// does not hold, Forbidden for anybody else.
func (s *Accounts) AcceptSignedIn(ctx context.Context, a who.Actor, token string, v identity.Visit) (out identity.Started, i Invitation, err error) {
	if err := a.Must(who.Person); err != nil {
		return out, Invitation{}, err
	}
	if i, _, err = s.Invitation(ctx, token); err != nil {
		return out, i, err
	}
	if i.Person != a.Person {
		return out, i, fault.New(fault.Forbidden, "account.invitation_for_another")
	}
	err = s.accepting(ctx, token, i, func(tx *store.Tx, p identity.Person) error {
		must, err := MustFactor(tx, p.ID)
		if err != nil {
			return err
		}
		shown, err := shownFactor(tx, a.Session)
		if err != nil {
			return err
		}
		out, err = s.Identities.Confirm(tx, p.ID, i.Kind == Vendor || must && !shown, v)
		if err != nil || out.Token != "" {
			return err
		}
		active, err := s.activate(tx, a, waiting{i.Membership, i.Org, i.Version})
		if err == nil && !active {
			err = linkOver()
		}
		return err
	})
	return out, i, err
}

// accepting uses an invitation up and runs f in the same transaction. NotFound for all but the first who come with the token.
func (s *Accounts) accepting(ctx context.Context, token string, i Invitation, f func(tx *store.Tx, p identity.Person) error) error {
	return s.Store.Write(ctx, store.Lock("org", i.Org).And(store.Lock("person", i.Person)), func(tx *store.Tx) error {
		now, err := s.find(tx, token)
		if err != nil {
			return err
		}
		p, err := identity.Get(tx, now.Person)
		if err != nil {
			return err
		}
		if p.Email != now.Email || now.Version != i.Version {
			return linkOver()
		}
		if n, err := tx.Exec(useInvitation, now.ID, tx.Now); err != nil || n == 0 {
			return cmp.Or(err, linkOver())
		}
		return f(tx, p)
	})
}

// Joined is the number of the organisation that the actor works for because of the invitation with this token; 0 for
// none. It makes the link that was used lead on, instead of nowhere.
func (s *Accounts) Joined(ctx context.Context, a who.Actor, token string) (number int64, err error) {
	if a.Person == "" || !crypt.Plausible(token) {
		return 0, nil
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		number, _, err = store.Maybe[int64](tx, selectJoined, crypt.HashToken(token), a.Person, tx.Now)
		return err
	})
	return number, err
}

// OnSignIn makes memberships active that waited for this sign-in with a proven address: imported ones, and invited ones whose
// invitation still holds. What was withdrawn at the same moment is left alone. It is the reaction to identity.SignedIn, in its transaction.
func (s *Accounts) OnSignIn(tx *store.Tx, a who.Actor, _ string, e event.Event) error {
	in := e.(identity.SignedIn)
	all, err := store.Query[waiting](tx, selectImported, in.Person)
	if err != nil {
		return err
	}
	for _, m := range all {
		if _, err := s.activate(tx, a, m); err != nil {
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
		active, err := s.activate(tx, a, waiting{i.Membership, i.Org, i.Version})
		if err != nil {
			return err
		}
		if active {
			if _, err := tx.Exec(useInvitation, i.ID, tx.Now); err != nil {
				return err
			}
		}
	}
	return nil
}

// waiting is a membership that a sign-in opens, as it was read.
type waiting struct {
	ID, Org string
	Version int64
}

// activate opens a membership, unless it was changed since it was read; the person's first one is primary.
func (s *Accounts) activate(tx *store.Tx, a who.Actor, m waiting) (active bool, err error) {
	n, err := tx.Exec(updateActive, m.ID, tx.Now, m.Version)
	if err != nil || n == 0 {
		return false, err
	}
	has, err := store.One[int](tx, countPrimary, a.Person)
	if err != nil {
		return false, err
	}
	if has == 0 {
		if _, err := tx.Exec(setPrimary, m.ID); err != nil {
			return false, err
		}
	}
	a.Member, a.Source = m.Org, who.Own
	return true, s.Events.Emit(tx, a, m.Org, ContactActive{m.ID})
}

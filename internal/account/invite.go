package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// InvitationTime is how long a mailed invitation opens something.
const InvitationTime = 14 * 24 * time.Hour

// NewContact is what an administrator types.
type NewContact struct {
	FirstName, LastName string
	Email               string // as typed
	Role                string // one of RolesOf the organisation; '' = none
}

// membership is a row as the rules need it.
type membership struct {
	ID, Person, Org, State string
	Primary                bool
	First, Last            string
	UntilAt                *time.Time
	Version                int64
	Roles                  string
}

// Invite adds a contact to the organisation in view, mails the invitation, and gives the membership's id.
//
// The actor needs Invite, and for the role GrantRoles, GrantLicence or GrantVendor (see mayGrant). Invalid at first_name,
// last_name, email or role; Conflict of code account.contact_exists if the address is a contact already. The answer is the
// same whether the address is known elsewhere or not.
func (s *Accounts) Invite(ctx context.Context, a who.Actor, in NewContact) (id string, err error) {
	if err := a.Must(Invite); err != nil {
		return "", err
	}
	var c fault.Check
	email := needContact(&c, in)
	if err := c.Err(); err != nil {
		return "", err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org).And(store.Lock("email", string(email))), func(tx *store.Tx) error {
		id, err = once.Do(tx, a, "account.invite", in, func() (string, error) { return s.InviteStep(tx, a, email, in) })
		return err
	})
	return id, err
}

// InviteStep is the step behind Invite; its door holds the organisation's and the address's key.
func (s *Accounts) InviteStep(tx *store.Tx, a who.Actor, email identity.Email, in NewContact) (id string, err error) {
	org, err := Get(tx, a.Org)
	if err != nil {
		return "", err
	}
	if !mayInvite(a, org.Kind) {
		return "", a.Must(GrantVendor)
	}
	if in.Role != "" {
		if err := s.mayGrant(tx, a, org, in.Role, ""); err != nil {
			return "", err
		}
	}
	person, err := s.Identities.Ensure(tx, email, in.FirstName, in.LastName, org.Language)
	if err != nil {
		return "", err
	}
	m, known, err := store.Maybe[membership](tx, selectMembership, person.ID, org.ID)
	if err != nil {
		return "", err
	}
	if known {
		err = s.inviteAgain(tx, m, in)
	} else {
		m.ID = tx.NewID()
		_, err = tx.Exec(insertMembership, m.ID, person.ID, org.ID, Invited, false, in.FirstName, in.LastName, "", "", nil, a.Person, tx.Now, nil)
	}
	if err != nil {
		return "", err
	}
	if err := setRoles(tx, m.ID, in.Role); err != nil {
		return "", err
	}
	if err := s.send(tx, a, org, m.ID, person, in.FirstName, ""); err != nil {
		return "", err
	}
	return m.ID, s.Events.Emit(tx, a, org.ID, ContactInvited{m.ID, in.Role})
}

// inviteAgain asks somebody in who belonged to the organisation, or whose invitation came to nothing. Conflict for a
// present contact, and for one with an open invitation: that is sent again or withdrawn, not written over.
func (s *Accounts) inviteAgain(tx *store.Tx, m membership, in NewContact) error {
	present := m.State == Imported || m.State == Active && (m.UntilAt == nil || m.UntilAt.After(tx.Now))
	if m.State == Invited {
		open, err := store.One[int](tx, countOpenInvitations, m.ID, tx.Now)
		if err != nil {
			return err
		}
		present = open > 0
	}
	if present {
		return contactExists()
	}
	_, err := tx.Exec(updateInvited, m.ID, in.FirstName, in.LastName, tx.Now)
	return err
}

func contactExists() error {
	f := fault.New(fault.Conflict, "account.contact_exists")
	f.Fields = []fault.Field{{Name: "email", Text: fault.Msg("account.contact_exists")}}
	return f
}

// setRoles makes the roles those of a membership.
func setRoles(tx *store.Tx, membership string, roles ...string) error {
	if err := tx.Later(deleteRoles, membership); err != nil {
		return err
	}
	for _, r := range roles {
		if r == "" {
			continue
		}
		if err := tx.Later(insertRole, membership, r); err != nil {
			return err
		}
	}
	return nil
}

// send makes an invitation in place of any older one, and its letter. The token is in the letter only. by is the right by which the
// roles are given, ” for those of every day.
func (s *Accounts) send(tx *store.Tx, a who.Actor, org Organisation, membership string, p identity.Person, first string, by who.Action) error {
	if err := s.notTooMany(tx, a, by, p.Email); err != nil {
		return err
	}
	if _, err := tx.Exec(endInvitations, membership, tx.Now); err != nil {
		return err
	}
	wanted, err := blocked(tx, p.Email, org.RootID)
	if err != nil {
		return err
	}
	token, hash := crypt.Token()
	if wanted != "" { // the secret reaches nobody
		_, err = tx.Exec(insertInvitation, tx.NewID(), membership, hash, p.Email, a.Person, a.Member, "", tx.Now, tx.Now.Add(InvitationTime), string(by), wanted)
		return err
	}
	language := p.Language
	if language == "" {
		language = org.Language
	}
	letter, err := s.Office.Post(tx, mail.Letter{To: p.Email, Person: p.ID, Org: org.ID, Language: language, Kind: "account.mail.invitation",
		Args: []any{"name", mail.Name(first), "inviter", mail.Name(a.Name), "organisation", mail.Name(org.Name), "link", s.BaseURL + "/invitation/" + token,
			"until", tx.Now.Add(InvitationTime)}})
	if err != nil {
		return err
	}
	_, err = tx.Exec(insertInvitation, tx.NewID(), membership, hash, p.Email, a.Person, a.Member, letter, tx.Now, tx.Now.Add(InvitationTime), string(by), "")
	return err
}

// How many invitations an organisation may send in an hour, and an address be sent in a day: a portal is nobody's bulk mailer.
const (
	invitationsAnHour = 500
	invitationsToOne  = 10
)

// notTooMany is TooMany of code account.invitations_many where one more invitation would pass the limits.
func (s *Accounts) notTooMany(tx *store.Tx, a who.Actor, by who.Action, email string) error {
	for _, l := range []struct {
		count, of string
		most      int
		within    time.Duration
	}{{countInvitationsFrom, a.Member, invitationsAnHour, time.Hour}, {countInvitationsTo, email, invitationsToOne, 24 * time.Hour}} {
		if l.of == "" || by != "" && l.of != email {
			continue // the console; and the first people of customers that somebody makes are no strangers
		}
		n, err := store.One[int](tx, l.count, l.of, tx.Now.Add(-l.within), l.most)
		if err != nil {
			return err
		}
		if n >= l.most {
			f := fault.New(fault.TooMany, "account.invitations_many")
			f.RetryAfter = l.within
			return f
		}
	}
	return nil
}

// mayInvite tells whether the actor may ask anybody in.
func mayInvite(a who.Actor, kind string) bool { return a.May(Invite) && mayAdminister(a, kind) }

// mayAdminister tells whether the actor's rights over contacts count in an organisation of this kind. In the vendor itself only those of
// its own administrators and operators do: the desks' rights are for customers.
func mayAdminister(a who.Actor, kind string) bool {
	return kind != Vendor || a.May(GrantVendor) || a.Is(SecurityAdministrator)
}

// Grants is the right that it takes to give a role.
func Grants(role string) who.Action {
	switch {
	case slices.Contains(VendorRoles, role):
		return GrantVendor
	case slices.Contains(licencePrivileges, role):
		return GrantLicence
	}
	return GrantRoles
}

// mayGrant is nil if the actor may give the role in the organisation now. Licence privileges are given by supervisors; as long as
// there is none but the membership itself, somebody with GrantRoles may name the first one. Invalid at role for one that cannot be
// held here.
func (s *Accounts) mayGrant(tx *store.Tx, a who.Actor, org Organisation, role, membership string) error {
	var c fault.Check
	c.Need(slices.Contains(RolesOf(org.Kind), role), "role", "account.role_unknown")
	if err := c.Err(); err != nil {
		return err
	}
	right := Grants(role)
	if a.May(right) || role != LicenceSupervisor || !a.May(GrantRoles) {
		return a.Must(right)
	}
	n, err := store.One[int](tx, countSupervisors, org.ID, tx.Now, membership)
	if err == nil && n > 0 {
		err = a.Must(right)
	}
	return err
}

// Grantable are the roles that the actor may give in the organisation in view, for the form.
func (s *Accounts) Grantable(ctx context.Context, a who.Actor) (roles []string, err error) {
	if err := a.Must(Invite); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		org, err := Get(tx, a.Org)
		if err != nil {
			return err
		}
		roles, err = grantable(tx, a, org)
		return err
	})
	return roles, err
}

// grantable are the roles that the actor may give in an organisation: those of mayGrant.
func grantable(tx *store.Tx, a who.Actor, org Organisation) (roles []string, err error) {
	if !mayAdminister(a, org.Kind) {
		return nil, nil
	}
	supervisors, err := store.One[int](tx, countSupervisors, org.ID, tx.Now, "")
	if err != nil {
		return nil, err
	}
	for _, r := range RolesOf(org.Kind) {
		if slices.Contains(closed, r) {
			continue
		}
		if a.May(Grants(r)) || r == LicenceSupervisor && supervisors == 0 && a.May(GrantRoles) {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

// Resend sends the invitation of a contact once more; the old link ends. As invited, unless its invitation has expired. The actor needs Invite, and the right to give the roles that the contact was invited with.
func (s *Accounts) Resend(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(Invite); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "account.resend", id, func() (string, error) { return id, s.resend(tx, a, id) })
		return err
	})
}

func (s *Accounts) resend(tx *store.Tx, a who.Actor, id string) error {
	m, org, err := s.invited(tx, a, id)
	if err != nil {
		return err
	}
	if !mayInvite(a, org.Kind) {
		return a.Must(GrantVendor)
	}
	for role := range strings.FieldsSeq(m.Roles) {
		if err := s.mayGrant(tx, a, org, role, m.ID); err != nil {
			return err
		}
	}
	p, err := identity.Get(tx, m.Person)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(updateInvited, m.ID, m.First, m.Last, tx.Now); err != nil {
		return err
	}
	if err := s.send(tx, a, org, m.ID, p, m.First, ""); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, org.ID, InvitationResent{m.ID})
}

// Withdraw ends an invitation at once. As invited. The actor needs Invite.
func (s *Accounts) Withdraw(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(Invite); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "account.withdraw", id, func() (string, error) { return id, s.withdraw(tx, a, id) })
		return err
	})
}

func (s *Accounts) withdraw(tx *store.Tx, a who.Actor, id string) error {
	m, org, err := s.invited(tx, a, id)
	if err != nil {
		return err
	}
	if a, err = s.today(tx, a); err != nil {
		return err
	}
	if err := s.leaves(tx, a, org, []Staged{{Membership: m.ID}}); err != nil {
		return err
	}
	for role := range strings.FieldsSeq(m.Roles) {
		if err := s.mayGrant(tx, a, org, role, m.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(endInvitations, m.ID, tx.Now); err != nil {
		return err
	}
	n, err := tx.Exec(updateState, m.ID, Withdrawn, tx.Now, Invited)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "account.no_invitation") // accepted in between
	}
	if err != nil {
		return err
	}
	return s.Events.Emit(tx, a, org.ID, InvitationWithdrawn{m.ID})
}

// invited gives a contact of the organisation in view that has not accepted. NotFound for nobody's, Conflict of code account.no_invitation for one that has no invitation to
// accept.
func (s *Accounts) invited(tx *store.Tx, a who.Actor, id string) (membership, Organisation, error) {
	m, ok, err := store.Maybe[membership](tx, selectInvited, id, a.Org)
	if err == nil && !ok {
		err = fault.Missing()
		if _, here, or := store.Maybe[Contact](tx, selectContact, a.Org, id); or != nil {
			err = or
		} else if here {
			err = fault.New(fault.Conflict, "account.no_invitation")
		}
	}
	if err != nil {
		return membership{}, Organisation{}, err
	}
	org, err := Get(tx, m.Org)
	return m, org, err
}

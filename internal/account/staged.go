package account

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// MaxStaged is how many contacts one author may have changes for that are not applied.
const MaxStaged = 100

// Staged is a change of a contact's roles that its author has not applied: nothing of it is in force.
type Staged struct {
	Membership, Person string
	First, Last        string
	Email, Language    string
	State              string
	Base, Wants, Has   string // roles: when it was staged, as it shall be, now
	UntilAt            *time.Time
	At                 time.Time
}

// Before, After and Now are the three as lists.
func (c Staged) Before() []string { return strings.Fields(c.Base) }
func (c Staged) After() []string  { return strings.Fields(c.Wants) }
func (c Staged) Now() []string    { return sorted(strings.Fields(c.Has)) }

// Stale tells whether somebody else changed the contact since.
func (c Staged) Stale(now time.Time) bool {
	return c.Base != joined(c.Now()) || !slices.Contains(present, c.State) || c.UntilAt != nil && !c.UntilAt.After(now)
}

// present are the states of a contact who belongs to the organisation. Who is only invited has the roles that the invitation promised.
var present = []string{Active, Imported}

func joined(roles []string) string { return strings.Join(roles, " ") }

// Stage keeps the roles that a contact of the organisation in view shall have until the actor applies or discards his changes. Roles
// as they are take the contact's change back. NotFound for who is not, or not any more, a contact here.
//
// The actor needs StageRoles, and the right to give each role that is added or taken, see mayGrant. Invalid at roles for one that cannot be held
// here, or for two of support; Conflict of code account.staged_many, or account.last_administrator if nobody would be left who
// can give roles.
//
// seen are the roles that the actor saw when he decided: Conflict of code account.contact_changed with a message at roles if the contact
// has others by now; nil asks nothing.
func (s *Accounts) Stage(ctx context.Context, a who.Actor, contact string, roles, seen []string) error {
	if err := a.Must(StageRoles); err != nil {
		return err
	}
	wants := sorted(slices.Clone(roles))
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "account.stage", []any{contact, wants, seen}, func() (string, error) { return contact, s.stage(tx, a, contact, wants, seen) })
		return err
	})
}

func (s *Accounts) stage(tx *store.Tx, a who.Actor, contact string, wants, seen []string) error {
	m, ok, err := store.Maybe[membership](tx, selectPresent, contact, a.Org, tx.Now)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	org, err := Get(tx, a.Org)
	if err != nil {
		return err
	}
	has := sorted(strings.Fields(m.Roles))
	if seen != nil && !slices.Equal(sorted(slices.Clone(seen)), has) {
		f := fault.New(fault.Conflict, "account.contact_changed")
		f.Fields = []fault.Field{{Name: "roles", Text: fault.Msg("account.contact_has", "roles", s.words(a.Language, has))}}
		return f
	}
	if slices.Equal(has, wants) {
		_, err := tx.Exec(deleteStaged, a.Org, a.Person, m.ID)
		return err
	}
	if err := s.mayChange(tx, a, org, m, has, wants); err != nil {
		return err
	}
	n, err := store.One[int](tx, countStaged, a.Org, a.Person, m.ID)
	if err == nil && n >= MaxStaged {
		err = fault.New(fault.Conflict, "account.staged_many", "max", MaxStaged)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(upsertStaged, a.Org, a.Person, m.ID, joined(has), joined(wants), tx.Now); err != nil {
		return err
	}
	all, err := store.Query[Staged](tx, selectStaged, a.Org, a.Person)
	if err != nil {
		return err
	}
	return s.leaves(tx, a, org, all)
}

// mayChange is nil if the actor may give and take what differs. Nobody gives a role to himself as long as there is somebody else to
// ask.
func (s *Accounts) mayChange(tx *store.Tx, a who.Actor, org Organisation, m membership, has, wants []string) error {
	var c fault.Check
	c.Need(len(support(wants)) < 2 || slices.Equal(support(wants), support(has)), "roles", "account.one_support_role")
	if !mayAdminister(a, org.Kind) {
		return a.Must(GrantVendor)
	}
	for _, role := range wants {
		c.Need(slices.Contains(has, role) || slices.Contains(RolesOf(org.Kind), role) && !slices.Contains(closed, role), "roles", "account.role_unknown")
	}
	if err := c.Err(); err != nil {
		return err
	}
	for _, role := range differ(has, wants) {
		if slices.Contains(has, role) {
			if err := a.Must(Grants(role)); err != nil {
				return err
			}
			continue
		}
		if err := s.mayGrant(tx, a, org, role, ""); err != nil {
			return err
		}
		if m.Person != a.Person {
			continue
		}
		if other, err := s.otherGiver(tx, a, org, role); err != nil || other {
			f := fault.New(fault.Forbidden, "account.raises_himself")
			f.Right = string(Grants(role))
			return cmp.Or(err, error(f))
		}
	}
	return nil
}

// otherGiver tells whether somebody else could give the actor the role.
func (s *Accounts) otherGiver(tx *store.Tx, a who.Actor, org Organisation, role string) (bool, error) {
	givers := []string{Giver(Grants(role))}
	if org.Kind == Vendor {
		givers = append(givers, Operator)
	}
	for _, g := range givers {
		others, err := store.Query[Person](tx, selectHolders, org.ID, tx.Now, g, a.Person)
		if err != nil || len(others) > 0 {
			return len(others) > 0, err
		}
	}
	return false, nil
}

// Giver is the role that can be asked for roles of this kind.
func Giver(right who.Action) string {
	switch right {
	case GrantVendor:
		return Operator
	case GrantLicence:
		return LicenceSupervisor
	}
	return SecurityAdministrator
}

// support are the roles of support among some: one includes the other, so a contact has one.
func support(roles []string) []string {
	return slices.DeleteFunc(slices.Clone(roles), func(r string) bool {
		return r != SupportRestricted && r != SupportAdvanced && r != SupportAdministrator
	})
}

// differ are the roles that one of two sorted lists has and the other has not.
func differ(has, wants []string) (all []string) {
	for _, r := range has {
		if !slices.Contains(wants, r) {
			all = append(all, r)
		}
	}
	for _, r := range wants {
		if !slices.Contains(has, r) {
			all = append(all, r)
		}
	}
	return all
}

// leaves is nil if somebody who can give roles is left once the changes are applied, and somebody who can give licence privileges
// unless staff decides so. Where there was nobody before, nothing is asked.
func (s *Accounts) leaves(tx *store.Tx, a who.Actor, org Organisation, changes []Staged) error {
	for _, rule := range []struct{ role, code string }{{SecurityAdministrator, "account.last_administrator"}, {LicenceSupervisor, "account.last_supervisor"}, {Operator, "account.last_operator"}} {
		if rule.role == LicenceSupervisor && a.Source == who.Staff && a.May(GrantLicence) {
			continue
		}
		before, err := store.Query[string](tx, selectHolding, org.ID, rule.role, tx.Now)
		if err != nil || len(before) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		left := len(before)
		for _, c := range changes {
			had, has := slices.Contains(before, c.Membership), slices.Contains(c.After(), rule.role)
			switch {
			case had && !has:
				left--
			case !had && has:
				left++
			}
		}
		if left <= 0 {
			f := fault.New(fault.Conflict, rule.code)
			f.Fields = []fault.Field{{Name: "roles", Text: fault.Msg(rule.code)}}
			return f
		}
	}
	return nil
}

// StagedOf are the actor's own changes of the organisation in view, in the order of the contacts. The actor needs StageRoles.
func (s *Accounts) StagedOf(ctx context.Context, a who.Actor) (all []Staged, err error) {
	if err := a.Must(StageRoles); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Staged](tx, selectStaged, a.Org, a.Person)
		return err
	})
	return all, err
}

// Changing is a contact whose roles somebody is about to change.
type Changing struct {
	Contact Contact
	Kind    string   // of the organisation
	May     []string // roles that the actor may give or take
	Wants   []string // as staged, else as they are
	Given   []Given  // how each present role came
}

// Changing gives what the form shows. NotFound for who is no present contact here. The actor needs ViewContacts and StageRoles.
func (s *Accounts) Changing(ctx context.Context, a who.Actor, contact string) (c Changing, err error) {
	if err := a.Must(ViewContacts); err != nil {
		return c, err
	}
	if err := a.Must(StageRoles); err != nil {
		return c, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		var ok bool
		if c.Contact, ok, err = store.Maybe[Contact](tx, selectContact, a.Org, contact); err != nil {
			return err
		}
		if !ok || !slices.Contains(present, c.Contact.State) || c.Contact.Shown(tx.Now) == Obsolete {
			return fault.Missing()
		}
		org, err := Get(tx, a.Org)
		if err != nil {
			return err
		}
		c.Kind, c.Wants = org.Kind, sorted(c.Contact.Roles())
		if c.May, err = grantable(tx, a, org); err != nil {
			return err
		}
		if c.Given, err = givenTo(tx, a.Org, contact, c.Contact.Roles()); err != nil {
			return err
		}
		all, err := store.Query[Staged](tx, selectStaged, a.Org, a.Person)
		for _, x := range all {
			if x.Membership == contact {
				c.Wants = x.After()
			}
		}
		return err
	})
	return c, err
}

// Discard forgets the actor's own changes of the organisation in view and tells how many there were. The actor needs StageRoles.
func (s *Accounts) Discard(ctx context.Context, a who.Actor) (n int64, err error) {
	if err := a.Must(StageRoles); err != nil {
		return 0, err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		gone, err := once.Do(tx, a, "account.discard", nil, func() (string, error) {
			n, err := tx.Exec(deleteAllStaged, a.Org, a.Person)
			return strconv.FormatInt(n, 10), err
		})
		if err == nil {
			n, err = strconv.ParseInt(gone, 10, 64)
		}
		return err
	})
	return n, err
}

const selectPresent = `
	SELECT m.id, m.person_id, m.org_id, m.state, m.is_primary, m.first_name, m.last_name, m.until_at, m.version,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id)
	FROM membership m
	WHERE m.id = $1 AND m.org_id = $2 AND m.state IN ('active', 'imported') AND (m.until_at IS NULL OR m.until_at > $3)`

const countStaged = `SELECT count(*) FROM role_change WHERE org_id = $1 AND author_id = $2 AND membership_id <> $3`

const upsertStaged = `
	INSERT INTO role_change (org_id, author_id, membership_id, base, roles, staged_at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (org_id, author_id, membership_id) DO UPDATE SET base = $4, roles = $5, staged_at = $6`

const deleteStaged = `DELETE FROM role_change WHERE org_id = $1 AND author_id = $2 AND membership_id = $3`

const deleteAllStaged = `DELETE FROM role_change WHERE org_id = $1 AND author_id = $2`

const selectStaged = `
	SELECT m.id, m.person_id,` + shownName + `,
		p.email, p.language, m.state, c.base, c.roles, (SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id), m.until_at, c.staged_at
	FROM role_change c
	JOIN membership m ON m.id = c.membership_id
	JOIN person p ON p.id = m.person_id
	WHERE c.org_id = $1 AND c.author_id = $2
	ORDER BY c.membership_id`

const selectHolding = `
	SELECT m.id FROM membership m JOIN membership_role r ON r.membership_id = m.id
	JOIN person p ON p.id = m.person_id AND p.state <> 'disabled'
	WHERE m.org_id = $1 AND r.role = $2 AND (m.until_at IS NULL OR m.until_at > $3) AND (m.state IN ('active', 'imported') OR m.state = 'invited' AND EXISTS (
		SELECT 1 FROM invitation i WHERE i.membership_id = m.id AND i.withdrawn_at IS NULL AND i.used_at IS NULL AND i.expires_at > $3 AND i.blocked = ''))`

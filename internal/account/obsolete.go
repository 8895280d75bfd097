package account

import (
	"context"
	"slices"
	"strings"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// MakeObsolete ends the membership of a contact of the organisation in view at once: no page of the organisation opens for the person
// from the next request on, the roles are gone, the contact stays in the list of those who were. NotFound for who is no contact with an
// accepted or imported membership here: an invitation is withdrawn.
//
// The actor needs GrantRoles; in the vendor GrantVendor, or to be its security administrator. Conflict of code
// account.last_administrator and the like, as Stage.
func (s *Accounts) MakeObsolete(ctx context.Context, a who.Actor, contact string) error {
	if err := a.Must(GrantRoles); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	person, err := s.personOf(ctx, a, contact)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org).And(store.Lock("person", person)), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "account.obsolete", contact, func() (string, error) { return contact, s.makeObsolete(tx, a, contact) })
		return err
	})
}

// personOf is whose membership it is, for the lock; NotFound unless it is one of the organisation in view.
func (s *Accounts) personOf(ctx context.Context, a who.Actor, contact string) (person string, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		c, ok, err := store.Maybe[Contact](tx, selectContact, a.Org, contact)
		if err == nil && !ok {
			err = fault.Missing()
		}
		person = c.Person
		return err
	})
	return person, err
}

func (s *Accounts) makeObsolete(tx *store.Tx, a who.Actor, contact string) error {
	now, err := s.today(tx, a)
	if err != nil {
		return err
	}
	org, err := Get(tx, a.Org)
	if err != nil {
		return err
	}
	if err := now.Must(GrantRoles); err != nil {
		return err
	}
	if !mayAdminister(now, org.Kind) {
		return now.Must(GrantVendor)
	}
	m, ok, err := store.Maybe[membership](tx, selectPresent, contact, a.Org, tx.Now)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	if err := s.leaves(tx, now, org, []Staged{{Membership: m.ID}}); err != nil {
		return err
	}
	if n, err := tx.Exec(updateObsolete, m.ID, tx.Now); err != nil || n == 0 {
		return orMissing(err)
	}
	if err := setRoles(tx, m.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteStagedFor, m.ID, a.Org, m.Person); err != nil {
		return err
	}
	if m.Primary {
		if _, err := tx.Exec(setNextPrimary, m.Person, tx.Now); err != nil {
			return err
		}
	}
	if err := s.Events.Emit(tx, a, org.ID, ContactObsolete{m.ID, joined(sorted(strings.Fields(m.Roles)))}); err != nil {
		return err
	}
	p, err := identity.Get(tx, m.Person)
	if err != nil || m.State != Active {
		return err
	}
	language := p.Language
	if language == "" {
		language = org.Language
	}
	_, err = s.Office.Post(tx, mail.Letter{To: p.Email, Person: p.ID, Org: org.ID, Language: language, Kind: "account.mail.obsolete",
		Args: []any{"name", mail.Name(p.FirstName), "by", mail.Name(a.Name), "organisation", mail.Name(org.Name)}})
	return err
}

func orMissing(err error) error {
	if err != nil {
		return err
	}
	return fault.Missing()
}

// BringBack asks somebody in again who belonged to the organisation in view, or whose invitation was withdrawn: with the names and the address
// that are known, and without a role. Otherwise as Invite. NotFound for who is current or no contact; Conflict of code account.contact_exists if somebody else was faster.
func (s *Accounts) BringBack(ctx context.Context, a who.Actor, contact string) error {
	if err := a.Must(Invite); err != nil {
		return err
	}
	var c Contact
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		var ok bool
		c, ok, err = store.Maybe[Contact](tx, selectContact, a.Org, contact)
		if err == nil && (!ok || !slices.Contains(Past, c.Shown(tx.Now))) {
			err = fault.Missing()
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.Invite(ctx, a, NewContact{FirstName: c.FirstName, LastName: c.LastName, Email: c.Email})
	return err
}

const updateObsolete = `
	UPDATE membership SET state = 'obsolete', is_primary = FALSE, updated_at = $2, version = version + 1
	WHERE id = $1 AND state IN ('active', 'imported')`

// deleteStagedFor forgets what was staged for a contact, and by it.
const deleteStagedFor = `DELETE FROM role_change WHERE membership_id = $1 OR org_id = $2 AND author_id = $3`

// setNextPrimary makes the oldest of a person's open memberships the primary one: who has any has exactly one.
const setNextPrimary = `
	UPDATE membership SET is_primary = TRUE
	WHERE id = (SELECT id FROM membership WHERE person_id = $1 AND state = 'active' AND (until_at IS NULL OR until_at > $2) ORDER BY created_at, id LIMIT 1)`

// ContactObsolete tells which roles a contact had who does not belong to the organisation any more: words of the program, with
// spaces between.
type ContactObsolete struct{ Membership, Roles string }

func (ContactObsolete) EventName() string { return "account.contact_obsolete" }
func (e ContactObsolete) Subject() string { return "membership:" + e.Membership }

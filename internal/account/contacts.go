package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// States of a membership.
const (
	Invited   = "invited"
	Imported  = "imported" // brought by an import; waits for the first sign-in
	Active    = "active"
	Expired   = "expired"
	Withdrawn = "withdrawn"
	Obsolete  = "obsolete"
)

// Current are the states of those who belong to an organisation or were asked in; Past are all others.
var (
	Current = []string{Invited, Imported, Active, Expired}
	Past    = []string{Withdrawn, Obsolete}
)

// Contact is a membership as an administrator sees it.
type Contact struct {
	ID, Person, State   string
	FirstName, LastName string
	Email               string
	Primary             bool
	SinceOn, UntilOn    string
	UntilAt             time.Time
	CreatedAt, ActiveAt time.Time
	RoleNames           string
	InvitedUntil        time.Time
	Mail                string    // delivery state of the invitation; Unwanted for who wants none of this organisation
	SeenAt              time.Time // last sign-in of who belongs here and nowhere else, to this portal or, before that, to an old one
}

// Unwanted is the delivery state of an invitation of an organisation whose invitations the recipient has blocked. Who blocks all of them looks like a mailbox that takes no
// letter: nobody learns from it that the address is known here.
const Unwanted = "unwanted"

// Roles are the contact's, as stored.
func (c Contact) Roles() []string { return strings.Fields(c.RoleNames) }

// Shown is the state that people see: an invitation or a membership whose time is over has ended.
func (c Contact) Shown(now time.Time) string {
	switch {
	case c.State == Invited && !c.InvitedUntil.IsZero() && !c.InvitedUntil.After(now):
		return Expired
	case slices.Contains(present, c.State) && !c.UntilAt.IsZero() && !c.UntilAt.After(now):
		return Obsolete
	}
	return c.State
}

// ContactsPage is how many contacts a page shows.
const ContactsPage = 50

// ContactFilter is what to show of the contacts; the zero value is all of them.
type ContactFilter struct {
	Text   string   // in names or address, in any letter case
	States []string // as Shown says them
	Role   string
	Sort   string // ByName, ByEmail, BySeen; in the order in which they came if empty
	Down   bool   // the last of them first
	After  string // id of the contact before the first
	Most   int    // ContactsPage if 0; one more is given if there are more
}

// Contacts lists the people of the organisation in view; one more than was asked for tells that there are more. The actor needs ViewContacts.
func (s *Accounts) Contacts(ctx context.Context, a who.Actor, f ContactFilter) (all []Contact, err error) {
	if err := a.Must(ViewContacts); err != nil {
		return nil, err
	}
	if f.Most == 0 {
		f.Most = ContactsPage
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		var ids []string
		if f.Text = NameKey(f.Text); f.Text != "" {
			if ids, err = called(tx, a.Org, f); err != nil || len(ids) == 0 {
				return err
			}
		}
		if _, sorts := selectSorting[f.Sort]; sorts {
			if ids, err = inSort(tx, a, f, ids); err != nil || len(ids) == 0 {
				return err
			}
			all, err = store.Query[Contact](tx, selectContacts, a.Org, "", f.Most+1, tx.Now, true, store.List(nil), "", false, store.List(ids))
			all = inOrderOf(all, ids)
			return err
		}
		all, err = store.Query[Contact](tx, selectContacts, a.Org, f.After, f.Most+1, tx.Now, len(f.States) == 0, store.List(f.States), f.Role, f.Text == "", store.List(ids))
		return err
	})
	return all, err
}

// Contact is one of the people of the organisation in view. The actor needs ViewContacts. NotFound for anybody else.
func (s *Accounts) Contact(ctx context.Context, a who.Actor, id string) (c Contact, err error) {
	if err := a.Must(ViewContacts); err != nil {
		return c, err
	}
	var ok bool
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		c, ok, err = store.Maybe[Contact](tx, selectContact, a.Org, id)
		return err
	})
	if err == nil && !ok {
		err = fault.Missing()
	}
	return c, err
}

// called are the contacts whose name or address has the text in it. Letters are folded here: the engines fold only some.
func called(tx *store.Tx, org string, f ContactFilter) (ids []string, err error) {
	after := f.After
	if f.Sort != "" {
		after = "" // the page begins elsewhere
	}
	all, err := store.Query[struct{ ID, Words string }](tx, selectNames, org, after)
	for _, c := range all {
		if strings.Contains(NameKey(c.Words), f.Text) {
			ids = append(ids, c.ID)
		}
	}
	return ids, err
}

// ContactCounts are how many contacts are current and past, each counted to one above web.Cap, and how many licence supervisors there are,
// counted to two; and the organisation's kind, which says what roles there are.
type ContactCounts struct {
	Current, Past, Supervisors int
	Kind                       string
}

// CountContacts counts the people of the organisation in view. The actor needs ViewContacts.
func (s *Accounts) CountContacts(ctx context.Context, a who.Actor) (n ContactCounts, err error) {
	if err := a.Must(ViewContacts); err != nil {
		return n, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		n, err = store.One[ContactCounts](tx, countContacts, a.Org, tx.Now)
		return err
	})
	return n, err
}

// bringsBack tells whether somebody in this state can be asked in again.
func bringsBack(state string) bool { return slices.Contains(Past, state) }

// shownName is what an organisation reads of somebody: until an invitation is accepted what the inviter typed, never the person's own name.
const shownName = `
		CASE WHEN m.state IN ('invited', 'expired', 'withdrawn') THEN m.first_name ELSE p.first_name END,
		CASE WHEN m.state IN ('invited', 'expired', 'withdrawn') THEN m.last_name ELSE p.last_name END`

// nowhereElse holds for who belongs to this family only: when he signed in last is nobody else's business.
const nowhereElse = `NOT EXISTS (SELECT 1 FROM membership x JOIN organisation q ON q.id = x.org_id
			WHERE x.person_id = m.person_id AND q.root_id <> (SELECT o.root_id FROM organisation o WHERE o.id = m.org_id))`

const contactColumns = `
	SELECT m.id, m.person_id, m.state,` + shownName + `,
		CASE WHEN m.email <> '' THEN m.email WHEN p.closed_at IS NULL THEN p.email ELSE '' END, m.is_primary, m.since_on, m.until_on, m.until_at, m.created_at, m.activated_at,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id),
		i.expires_at, CASE i.blocked WHEN 'organisation' THEN 'unwanted' WHEN 'all' THEN 'failed' ELSE l.state END,
		CASE WHEN m.state IN ('active', 'imported') AND ` + nowhereElse + ` THEN p.last_sign_in_at END
	FROM membership m
	JOIN person p ON p.id = m.person_id
	LEFT JOIN invitation i ON i.membership_id = m.id AND i.used_at IS NULL AND i.withdrawn_at IS NULL
	LEFT JOIN mail l ON l.id = i.mail_id`

// selectContacts says in its second condition what Contact.Shown says.
const selectContacts = contactColumns + `
	WHERE m.org_id = $1 AND m.id > $2
		AND ($5 OR CASE WHEN m.state = 'invited' AND i.expires_at <= $4 THEN 'expired' WHEN m.state IN ('active', 'imported') AND m.until_at <= $4 THEN 'obsolete' ELSE m.state END = ANY($6))` + contactRole + `
	ORDER BY m.id
	LIMIT $3`

const contactRole = `
		AND (CAST($7 AS TEXT) = '' OR EXISTS (SELECT 1 FROM membership_role r WHERE r.membership_id = m.id AND r.role = $7))
		AND ($8 OR m.id = ANY($9))`

const selectContact = contactColumns + `
	WHERE m.org_id = $1 AND m.id = $2`

// selectNames reads each person by id: joined, PostgreSQL would read all people there are.
const selectNames = `
	SELECT m.id, CASE WHEN m.state IN ('invited', 'expired', 'withdrawn')
		THEN m.first_name || ' ' || m.last_name || ' ' || (SELECT CASE WHEN m.email <> '' THEN m.email WHEN p.closed_at IS NULL THEN p.email ELSE '' END FROM person p WHERE p.id = m.person_id)
		ELSE (SELECT p.first_name || ' ' || p.last_name || ' ' || CASE WHEN m.email <> '' THEN m.email WHEN p.closed_at IS NULL THEN p.email ELSE '' END FROM person p WHERE p.id = m.person_id) END
	FROM membership m
	WHERE m.org_id = $1 AND m.id > $2
	ORDER BY m.id
	LIMIT 20000`

const countContacts = `
	SELECT (SELECT count(*) FROM (SELECT 1 FROM membership m WHERE m.org_id = $1 AND m.state IN ('active', 'invited', 'imported', 'expired') AND (m.until_at IS NULL OR m.until_at > $2 OR m.state IN ('invited', 'expired')) LIMIT 100) x),
		(SELECT count(*) FROM (SELECT 1 FROM membership m WHERE m.org_id = $1 AND (m.state IN ('withdrawn', 'obsolete') OR m.state IN ('active', 'imported') AND m.until_at <= $2) LIMIT 100) y),
		(SELECT count(*) FROM (SELECT 1 FROM membership m JOIN membership_role r ON r.membership_id = m.id AND r.role = 'licence-supervisor'
			WHERE m.org_id = $1 AND m.state IN ('active', 'invited', 'imported') AND (m.until_at IS NULL OR m.until_at > $2) LIMIT 2) z),
		(SELECT o.kind FROM organisation o WHERE o.id = $1)`

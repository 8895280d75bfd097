package account

import (
	"context"
	"strings"
	"time"

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
	Mail                string // delivery state of the invitation
}

// Roles are the contact's, as stored.
func (c Contact) Roles() []string { return strings.Fields(c.RoleNames) }

// Shown is the state that people see: an invitation or a membership whose time is over has ended.
func (c Contact) Shown(now time.Time) string {
	switch {
	case c.State == Invited && !c.InvitedUntil.IsZero() && !c.InvitedUntil.After(now):
		return Expired
	case c.State == Active && !c.UntilAt.IsZero() && !c.UntilAt.After(now):
		return Obsolete
	}
	return c.State
}

// ContactsPage is how many contacts a page shows.
const ContactsPage = 50

// Contacts lists the people of the organisation in view, in the order in which they came, from after on; one more than a page tells
// that there are more. The actor needs ViewContacts.
func (s *Accounts) Contacts(ctx context.Context, a who.Actor, after string) (all []Contact, err error) {
	return s.ContactsFrom(ctx, a, after, ContactsPage+1)
}

// ContactsFrom is Contacts with at most so many.
func (s *Accounts) ContactsFrom(ctx context.Context, a who.Actor, after string, most int) (all []Contact, err error) {
	if err := a.Must(ViewContacts); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Contact](tx, selectContacts, a.Org, after, most)
		return err
	})
	return all, err
}

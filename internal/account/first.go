package account

import (
	"strings"

	"lodge/internal/identity"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// FirstRoles are those of the first person of an organisation that is made here: somebody must be able to let others in.
var FirstRoles = []string{SecurityAdministrator, LicenceSupervisor}

// InviteFirst asks the first person into an organisation that was made in this transaction, with FirstRoles, and mails the invitation: a step. Its door
// holds the address's key and has checked the right by, which the inviter's own roles give: where he works, he must have it still when the invitation is
// accepted.
func (s *Accounts) InviteFirst(tx *store.Tx, a who.Actor, org Organisation, by who.Action, email identity.Email, first, last string) (membership string, err error) {
	person, err := s.Identities.Ensure(tx, email, first, last, org.Language)
	if err != nil {
		return "", err
	}
	id := tx.NewID()
	if _, err := tx.Exec(insertMembership, id, person.ID, org.ID, Invited, false, first, last, "", "", nil, a.Person, tx.Now, nil); err != nil {
		return "", err
	}
	if err := setRoles(tx, id, FirstRoles...); err != nil {
		return "", err
	}
	if err := s.send(tx, a, org, id, person, first, by); err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, org.ID, ContactInvited{id, SecurityAdministrator})
}

// stillMayFirst asks whether the inviter still has the right by which he invited the first person.
func (s *Accounts) stillMayFirst(tx *store.Tx, i Invitation) error {
	names, ok, err := store.Maybe[string](tx, selectInviterRoles, i.InvitedBy, i.InvitedFrom, tx.Now)
	if err == nil && (!ok || !s.Roles.Rights(strings.Fields(names))[who.Action(i.ByRight)]) {
		err = linkOver()
	}
	return err
}

package account

import (
	"context"
	"strings"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// belonging is a membership that ends with its person's account.
type belonging struct{ ID, Org, State, Roles string }

// CloseAccount ends the actor's own account for good: his memberships end, what opens the account is deleted, and where his texts stay a neutral name stands.
//
// The actor must have proved himself lately. Invalid at confirm unless it is his own address; Conflict of code account.close_last, which names the organisations
// of which he is the last administrator (supervisor, operator).
func (s *Accounts) CloseAccount(ctx context.Context, a who.Actor, confirm string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	var c fault.Check
	email, err := identity.ParseEmail(confirm)
	c.Need(err == nil && string(email) == a.Email, "confirm", "account.close_confirm_wrong")
	if err := c.Err(); err != nil {
		return err
	}
	var all []belonging
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[belonging](tx, selectBelongings, a.Person, tx.Now)
		return err
	})
	if err != nil {
		return err
	}
	keys, held := store.Lock("person", a.Person).And(store.Lock("email", a.Email)), map[string]bool{}
	for _, m := range all {
		keys, held[m.Org] = keys.And(store.Lock("org", m.Org)), true
	}
	return s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		if all, err = store.Query[belonging](tx, selectBelongings, a.Person, tx.Now); err != nil {
			return err
		}
		for _, m := range all {
			if !held[m.Org] { // asked in between
				return fault.New(fault.Conflict, "account.close_again")
			}
		}
		if err := s.endAll(tx, a, all); err != nil {
			return err
		}
		return s.Identities.Close(tx, a)
	})
}

// endAll ends all memberships of the actor, whose organisations' keys are held.
func (s *Accounts) endAll(tx *store.Tx, a who.Actor, all []belonging) error {
	var last []string
	for _, m := range all {
		org, err := Get(tx, m.Org)
		if err != nil {
			return err
		}
		switch err := s.leaves(tx, a, org, []Staged{{Membership: m.ID}}); {
		case fault.Status(err) == int(fault.Conflict):
			last = append(last, org.Name)
		case err != nil:
			return err
		}
	}
	if len(last) > 0 {
		return fault.New(fault.Conflict, "account.close_last", "organisations", strings.Join(last, ", "))
	}
	for _, m := range all {
		to := Obsolete
		if m.State == Invited {
			to = Withdrawn
		}
		if _, err := tx.Exec(updateState, m.ID, to, tx.Now, m.State); err != nil {
			return err
		}
		if err := setRoles(tx, m.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteStagedFor, m.ID, m.Org, a.Person); err != nil {
			return err
		}
		by := a
		by.Member, by.Org = m.Org, m.Org
		var err error
		if m.State == Invited {
			err = s.Events.Emit(tx, by, m.Org, InvitationWithdrawn{m.ID})
		} else {
			err = s.Events.Emit(tx, by, m.Org, ContactObsolete{m.ID, joined(sorted(strings.Fields(m.Roles)))})
		}
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(forgetInvitations, a.Person, tx.Now); err != nil {
		return err
	}
	first, name := identity.FormerName(a.Person)
	_, err := tx.Exec(forgetMemberships, a.Person, first, name, tx.Now)
	return err
}

const selectBelongings = `
	SELECT m.id, m.org_id, m.state, COALESCE((SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id), '')
	FROM membership m
	WHERE m.person_id = $1 AND (m.state = 'invited' OR m.state IN ('active', 'imported') AND (m.until_at IS NULL OR m.until_at > $2))
	ORDER BY m.id
	LIMIT 500`

const forgetInvitations = `
	UPDATE invitation SET email = '', withdrawn_at = COALESCE(withdrawn_at, $2)
	WHERE membership_id IN (SELECT m.id FROM membership m WHERE m.person_id = $1)`

const forgetMemberships = `
	UPDATE membership SET first_name = $2, last_name = $3, email = '', is_primary = FALSE, updated_at = $4, version = version + 1
	WHERE person_id = $1`

package account

import (
	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// OnEmailChanged ends the invitations that wait at a person's old address, and keeps that address where he is no contact (yet, or any more): nobody there learns the
// new one. Where he is one, the log says that he has another. It is the reaction to identity.EmailChanged, in its transaction.
func (s *Accounts) OnEmailChanged(tx *store.Tx, a who.Actor, _ string, e event.Event) error {
	in := e.(identity.EmailChanged)
	if _, err := tx.Exec(keepEmail, in.Person, in.Old, tx.Now); err != nil {
		return err
	}
	type place struct{ Membership, Org, State string }
	all, err := store.Query[place](tx, selectAddressed, in.Person, tx.Now)
	if err != nil {
		return err
	}
	for _, m := range all {
		by := a
		by.Member, by.Org = m.Org, m.Org
		if m.State != Invited {
			if err := s.Events.Emit(tx, by, m.Org, ContactReaddressed{m.Membership}); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.Exec(endInvitations, m.Membership, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(updateState, m.Membership, Withdrawn, tx.Now, Invited); err != nil {
			return err
		}
		if err := s.Events.Emit(tx, by, m.Org, InvitationWithdrawn{m.Membership}); err != nil {
			return err
		}
	}
	return nil
}

const keepEmail = `
	UPDATE membership SET email = $2, updated_at = $3, version = version + 1
	WHERE person_id = $1 AND email = '' AND (state NOT IN ('active', 'imported') OR until_at <= $3)`

const selectAddressed = `
	SELECT id, org_id, state FROM membership
	WHERE person_id = $1 AND (state = 'invited' OR state IN ('active', 'imported') AND (until_at IS NULL OR until_at > $2))
	ORDER BY created_at, id
	LIMIT 500`

// ContactReaddressed tells that a contact has another address.
type ContactReaddressed struct{ Membership string }

func (ContactReaddressed) EventName() string { return "account.contact_readdressed" }
func (e ContactReaddressed) Subject() string { return "membership:" + e.Membership }

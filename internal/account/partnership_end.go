package account

import (
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// EndPartnership ends a partnership at once, whoever of the two it is that the actor works for: a step; its door holds the customer's
// key. day is today at the customer's.
func (s *Accounts) EndPartnership(tx *store.Tx, a who.Actor, id, partner, customer, zone string) error {
	n, err := tx.Exec(endPartnership, id, clock.Day(tx.Now, clock.Place(zone)), tx.Now, a.Org)
	if err != nil || n == 0 {
		return orMissing(err)
	}
	if err := tx.Later(endScope, id, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, Across(a, customer, false), customer, PartnershipEnded{id, partner, a.Org})
}

// Across is the actor as the log of another organisation may show him: a partner's person by name, but not from where, and nobody of a
// customer to a partner, which knows a number at most.
func Across(a who.Actor, org string, toPartner bool) who.Actor {
	switch {
	case org == a.Org:
	case toPartner:
		a.Person, a.Session, a.From, a.Member, a.Source = "", "", "", "", who.System
	default:
		a.Session, a.From, a.Source = "", "", who.Partnership
	}
	return a
}

// NotePartnershipTold keeps that both sides were told of its last day, and tells whether they had not been.
func NotePartnershipTold(tx *store.Tx, id string) (first bool, err error) {
	n, err := tx.Exec(updateTold, id)
	return n == 1, err
}

const updateTold = `UPDATE partnership SET told_until = until_on WHERE id = $1 AND told_until <> until_on`

const endPartnership = `
	UPDATE partnership SET until_on = $2, until_at = $3, ended_by = $4, extends = FALSE, version = version + 1
	WHERE id = $1 AND (until_at IS NULL OR until_at > $3)`

const endScope = `UPDATE scope SET until_at = $2 WHERE partnership_id = $1`

// PartnershipEnded tells which partner may not act for the organisation any more, and which of the two ended it.
type PartnershipEnded struct{ Partnership, Partner, By string }

func (PartnershipEnded) EventName() string { return "account.partnership_ended" }
func (e PartnershipEnded) Subject() string { return "partnership:" + e.Partnership }

// Administrator is somebody who looks after an organisation's people, as a letter needs it.
type Administrator struct{ ID, First, Last, Email, Language string }

// Administrators are the organisation's own, at most twenty.
func Administrators(tx *store.Tx, org string) ([]Administrator, error) {
	return store.Query[Administrator](tx, selectAdministrators, org, tx.Now)
}

const selectAdministrators = `
	SELECT p.id, p.first_name, p.last_name, p.email, COALESCE(NULLIF(p.language, ''), o.language)
	FROM membership m
	JOIN membership_role r ON r.membership_id = m.id AND r.role = 'security-administrator'
	JOIN person p ON p.id = m.person_id AND p.state = 'active'
	JOIN organisation o ON o.id = m.org_id
	WHERE m.org_id = $1 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2)
	ORDER BY p.id
	LIMIT 20`

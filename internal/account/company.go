package account

import (
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// How a person stands to the family of an organisation.
const (
	Outside = "outside" // has never been a contact
	Waiting = "waiting" // invited or imported
	Inside  = "inside"  // an active contact
	Left    = "left"    // was one
)

// Belonging tells how a person stands to the family of an organisation.
func Belonging(tx *store.Tx, person, org string) (string, error) {
	type row struct {
		State   string
		UntilAt *time.Time
	}
	all, err := store.Query[row](tx, selectBelonging, person, org)
	best := Outside
	for _, m := range all {
		over := m.UntilAt != nil && !m.UntilAt.After(tx.Now)
		switch {
		case m.State == Active && !over:
			return Inside, err
		case (m.State == Invited || m.State == Imported) && !over:
			best = Waiting
		case best == Outside:
			best = Left
		}
	}
	return best, err
}

// JoinByCompany makes a person whom the organisation does not know a contact without any role, because its own sign-in has shown
// him: a step; its door holds the organisation's and the person's key.
func (s *Accounts) JoinByCompany(tx *store.Tx, a who.Actor, person, org string) error {
	has, err := store.One[int](tx, countPrimary, person)
	if err != nil {
		return err
	}
	return s.Join(tx, a, person, org, Active, has == 0)
}

const selectBelonging = `
	SELECT m.state, m.until_at
	FROM membership m
	JOIN organisation o ON o.id = m.org_id
	WHERE m.person_id = $1 AND o.root_id = $2`

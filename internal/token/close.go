package token

import (
	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// OnClosed ends all tokens that a person has made: the reaction to identity.Closed, in its transaction.
func (s *Tokens) OnClosed(tx *store.Tx, a who.Actor, _ string, e event.Event) error {
	all, err := store.Query[Token](tx, selectMine, e.(identity.Closed).Person, tx.Now)
	if err != nil {
		return err
	}
	for _, t := range all {
		a.Member, a.Org = t.Org, t.Org
		if err := s.revoke(tx, a, t); err != nil {
			return err
		}
	}
	return nil
}

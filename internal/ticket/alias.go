package ticket

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/store"
)

// AliasKey folds an older system's number: letter case and blanks have no meaning.
func AliasKey(alias string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(alias))), " ")
}

// AddAlias keeps the number that an older system gave the ticket, so that it stays findable. Several tickets may have had
// the same one, in systems of their own.
func (s *Tickets) AddAlias(tx *store.Tx, t Ticket, alias string) error {
	if _, err := tx.Exec(insertAlias, AliasKey(alias), t.ID, alias); err != nil {
		return err
	}
	return s.index(tx, t)
}

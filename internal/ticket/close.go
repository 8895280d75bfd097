package ticket

import (
	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// OnClosed puts a neutral name where a person's was, and writes to him no more: the reaction to identity.Closed, in its transaction. What he wrote stays.
func OnClosed(tx *store.Tx, _ who.Actor, _ string, e event.Event) error {
	person := e.(identity.Closed).Person
	first, last := identity.FormerName(person)
	for _, q := range []string{renameAuthor, renameRequester, renameEntries, renameActions} {
		if _, err := tx.Exec(q, person, first+" "+last); err != nil {
			return err
		}
	}
	_, err := tx.Exec(deleteParts, person)
	return err
}

const renameAuthor = `UPDATE ticket SET author_name = $2 WHERE author_id = $1`

const renameRequester = `UPDATE ticket SET requester_name = $2 WHERE requester_id = $1`

const renameEntries = `UPDATE ticket_entry SET author_name = $2 WHERE author_id = $1 AND author_id <> ''`

const renameActions = `UPDATE ticket_action SET owner_name = $2 WHERE owner_id = $1 AND owner_id <> ''`

const deleteParts = `DELETE FROM ticket_participant WHERE person_id = $1`

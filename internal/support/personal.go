package support

import (
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/personal"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Personal is what this package stores about a person: what he began to write and has not sent.
func Personal() []personal.Part {
	return []personal.Part{personal.List("unsent_texts", selectOwnUnsent, func(r ownUnsent) []any { return []any{r.Ticket, r.Kind} }, "", "")}
}

type ownUnsent struct {
	Ticket string    `json:"request_id"`
	Kind   string    `json:"kind"`
	Number string    `json:"request"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

const selectOwnUnsent = `
	SELECT u.ticket_id, u.kind, t.number, u.text, u.at
	FROM unsent_text u
	JOIN ticket t ON t.id = u.ticket_id
	WHERE u.person_id = $1 AND (u.ticket_id, u.kind) > ($2, $3)
	ORDER BY u.ticket_id, u.kind LIMIT $4`

// OnClosed deletes what a person began to write and has not sent: the reaction to identity.Closed, in its transaction.
func OnClosed(tx *store.Tx, _ who.Actor, _ string, e event.Event) error {
	_, err := tx.Exec(`DELETE FROM unsent_text WHERE person_id = $1`, e.(identity.Closed).Person)
	return err
}

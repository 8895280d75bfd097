package home

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what the log has of a person: his own acts.
func Personal() []personal.Part {
	return []personal.Part{personal.List("acts", selectOwnActs, func(r ownAct) []any { return []any{r.At, r.ID} }, personal.Start, "")}
}

type ownAct struct {
	At      time.Time     `json:"at"`
	ID      string        `json:"id"`
	Number  int64         `json:"organisation,omitzero"`
	Name    string        `json:"event"`
	Subject string        `json:"subject"`
	Address string        `json:"network_address"`
	Body    personal.JSON `json:"details"`
}

// selectOwnActs names the person in the key, too: by it alone PostgreSQL may read through what all others did.
const selectOwnActs = `
	SELECT e.at, e.id, COALESCE((SELECT o.number FROM organisation o WHERE o.id = e.org_id), 0), e.name, e.subject, e.address, e.body
	FROM event e
	WHERE e.person_id = $1 AND (e.person_id, e.at, e.id) > ($1, $2, $3)
	ORDER BY e.at, e.id LIMIT $4`

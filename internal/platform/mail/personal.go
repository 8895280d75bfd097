package mail

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what this package stores about a person: which letters were sent, and never their texts.
func Personal() []personal.Part {
	return []personal.Part{personal.List("letters", selectLetters, func(r letter) []any { return []any{r.ID} }, "")}
}

type letter struct {
	ID        string    `json:"id"`
	To        string    `json:"to"`
	Kind      string    `json:"kind"`
	Subject   string    `json:"subject"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"written_at"`
	SentAt    time.Time `json:"sent_at,omitzero"`
}

const selectLetters = `
	SELECT id, to_address, kind, subject, state, created_at, sent_at FROM mail
	WHERE person_id = $1 AND person_id <> '' AND id > $2 ORDER BY id LIMIT $3`

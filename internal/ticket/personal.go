package ticket

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what this package stores about a person: requests and orders by or for him, and what he wrote there.
func Personal() []personal.Part {
	return []personal.Part{
		personal.List("requests", selectOwnTickets, func(r ownTicket) []any { return []any{r.ID} }, ""),
		personal.List("messages", selectOwnEntries, func(r ownEntry) []any { return []any{r.Ticket, r.Seq} }, "", 0),
		personal.List("files", selectOwnFiles, func(r ownFile) []any { return []any{r.Ticket, r.ID} }, "", ""),
	}
}

type ownTicket struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Number    string    `json:"number"`
	Org       int64     `json:"organisation"`
	Author    string    `json:"author"`
	Requester string    `json:"requester"`
	Title     string    `json:"title"`
	Draft     string    `json:"draft"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	ClosedAt  time.Time `json:"closed_at,omitzero"`
}

type ownEntry struct {
	Ticket string    `json:"request_id"`
	Seq    int64     `json:"entry"`
	Number string    `json:"request"`
	Kind   string    `json:"kind"`
	Shown  string    `json:"visible_to"`
	Name   string    `json:"author"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}

type ownFile struct {
	Ticket string    `json:"request_id"`
	ID     string    `json:"id"`
	Number string    `json:"request"`
	Name   string    `json:"name"`
	Size   int64     `json:"bytes"`
	At     time.Time `json:"at"`
}

const selectOwnTickets = `
	SELECT t.id, t.kind, t.number, o.number, t.author_name, t.requester_name, t.title, CASE WHEN t.author_id = $1 THEN t.draft_text ELSE '' END, t.state, t.created_at, t.closed_at
	FROM ticket t
	JOIN organisation o ON o.id = t.org_id
	WHERE t.id IN (SELECT a.id FROM ticket a WHERE a.author_id = $1 UNION SELECT r.id FROM ticket r WHERE r.requester_id = $1 AND r.state <> 'draft') AND t.id > $2
	ORDER BY t.id LIMIT $3`

const selectOwnEntries = `
	SELECT e.ticket_id, e.seq, t.number, e.kind, e.visibility, e.author_name, e.text, e.at
	FROM ticket_entry e
	JOIN ticket t ON t.id = e.ticket_id
	WHERE e.author_id = $1 AND e.author_id <> '' AND (e.ticket_id, e.seq) > ($2, $3)
	ORDER BY e.ticket_id, e.seq LIMIT $4`

const selectOwnFiles = `
	SELECT f.ticket_id, f.id, (SELECT t.number FROM ticket t WHERE t.id = f.ticket_id), f.name, f.size, f.created_at
	FROM ticket_file f
	WHERE f.added_by = $1 AND f.added_by <> '' AND (f.ticket_id, f.id) > ($2, $3)
	ORDER BY f.ticket_id, f.id LIMIT $4`

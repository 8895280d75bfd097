package account

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what this package stores about a person.
func Personal() []personal.Part {
	return []personal.Part{
		personal.List("memberships", selectOwnMemberships, func(r ownMembership) []any { return []any{r.ID} }, ""),
		personal.List("membership_history", selectOwnHistory, func(r ownHistory) []any { return []any{r.Membership, r.At, r.ID} }, "", personal.Start, ""),
		personal.List("invitations", selectOwnInvitations, func(r ownInvitation) []any { return []any{r.Membership, r.ID} }, "", ""),
		personal.List("role_asks", selectOwnAsks, func(r ownAsk) []any { return []any{r.ID} }, ""),
	}
}

type ownMembership struct {
	ID        string    `json:"id"`
	Number    int64     `json:"organisation"`
	Name      string    `json:"organisation_name"`
	State     string    `json:"state"`
	Primary   bool      `json:"primary"`
	FirstName string    `json:"invited_first_name"`
	LastName  string    `json:"invited_last_name"`
	Email     string    `json:"known_by_address"`
	Roles     string    `json:"roles"`
	SinceOn   string    `json:"since"`
	UntilOn   string    `json:"until"`
	CreatedAt time.Time `json:"created_at"`
	ActiveAt  time.Time `json:"active_at,omitzero"`
}

type ownHistory struct {
	Membership string        `json:"membership"`
	At         time.Time     `json:"at"`
	ID         string        `json:"id"`
	Name       string        `json:"event"`
	Body       personal.JSON `json:"details"`
}

type ownInvitation struct {
	Membership string    `json:"membership"`
	ID         string    `json:"id"`
	Email      string    `json:"to"`
	CreatedAt  time.Time `json:"sent_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	UsedAt     time.Time `json:"accepted_at,omitzero"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
}

const selectOwnMemberships = `
	SELECT m.id, o.number, o.name, m.state, m.is_primary, m.first_name, m.last_name, m.email,
		COALESCE((SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id), ''),
		m.since_on, m.until_on, m.created_at, m.activated_at
	FROM membership m
	JOIN organisation o ON o.id = m.org_id
	WHERE m.person_id = $1 AND m.id > $2
	ORDER BY m.id LIMIT $3`

const selectOwnHistory = `
	SELECT m.id, e.at, e.id, e.name, e.body
	FROM membership m
	JOIN event e ON e.org_id = m.org_id AND e.subject = 'membership:' || m.id
	WHERE m.person_id = $1 AND (m.id, e.at, e.id) > ($2, $3, $4)
	ORDER BY m.id, e.at, e.id LIMIT $5`

const selectOwnInvitations = `
	SELECT i.membership_id, i.id, i.email, i.created_at, i.expires_at, i.used_at, i.withdrawn_at
	FROM membership m
	JOIN invitation i ON i.membership_id = m.id
	WHERE m.person_id = $1 AND (i.membership_id, i.id) > ($2, $3)
	ORDER BY i.membership_id, i.id LIMIT $4`

type ownAsk struct {
	ID         string    `json:"id"`
	Number     int64     `json:"organisation"`
	Action     string    `json:"right"`
	Text       string    `json:"text"`
	At         time.Time `json:"asked_at"`
	Answer     string    `json:"answer"`
	Reason     string    `json:"reason"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
}

const selectOwnAsks = `
	SELECT k.id, o.number, k.action, k.text, k.asked_at, k.answer, k.reason, k.answered_at
	FROM role_ask k
	JOIN organisation o ON o.id = k.org_id
	WHERE k.person_id = $1 AND k.id > $2
	ORDER BY k.id LIMIT $3`

package openid

import (
	"time"

	"lodge/internal/platform/event"
	"lodge/internal/platform/personal"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Personal is what this package stores about a person.
func Personal() []personal.Part {
	return []personal.Part{
		personal.List("websites", selectOwnConsents, func(r ownConsent) []any { return []any{r.Client} }, ""),
		personal.List("website_sign_ins", selectOwnGrants, func(r ownGrant) []any { return []any{r.ID} }, ""),
	}
}

type ownConsent struct {
	Client string    `json:"id"`
	Name   string    `json:"website"`
	Scopes string    `json:"learns"`
	At     time.Time `json:"agreed_at"`
}

type ownGrant struct {
	ID        string    `json:"id"`
	Name      string    `json:"website"`
	Session   string    `json:"session"`
	Scopes    string    `json:"learns"`
	CreatedAt time.Time `json:"at"`
}

// OnClosed is the reaction to an account that was closed: websites are told that its sessions have ended, and what the person agreed to is forgotten.
func (p *Provider) OnClosed(tx *store.Tx, a who.Actor, _ string, _ event.Event) error {
	all, err := store.Query[ended](tx, selectOpenOf, a.Person)
	if err != nil {
		return err
	}
	if err := p.end(tx, all); err != nil {
		return err
	}
	_, err = tx.Exec(deleteConsentsOf, a.Person)
	return err
}

const selectOpenOf = endedColumns + ` WHERE g.person_id = $1 AND g.ended_at IS NULL ORDER BY g.id LIMIT 1000`

const selectOwnConsents = `
	SELECT k.client_id, c.name, k.scopes, k.at
	FROM openid_consent k
	JOIN openid_client c ON c.id = k.client_id
	WHERE k.person_id = $1 AND k.client_id > $2
	ORDER BY k.client_id LIMIT $3`

const selectOwnGrants = `
	SELECT g.id, c.name, g.session_id, g.scopes, g.created_at
	FROM openid_grant g
	JOIN openid_client c ON c.id = g.client_id
	WHERE g.person_id = $1 AND g.ended_at IS NULL AND g.id > $2
	ORDER BY g.id LIMIT $3`

const deleteConsentsOf = `DELETE FROM openid_consent WHERE person_id = $1`

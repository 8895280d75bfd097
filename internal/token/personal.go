package token

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what this package stores about a person: the tokens he made, never what opens them.
func Personal() []personal.Part {
	return []personal.Part{personal.List("tokens", selectPersonal, func(r ownToken) []any { return []any{r.ID} }, "")}
}

type ownToken struct {
	ID        string    `json:"id"`
	Number    int64     `json:"organisation"`
	Name      string    `json:"name"`
	Scopes    string    `json:"scopes"`
	CreatedAt time.Time `json:"made_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UsedAt    time.Time `json:"last_used_at,omitzero"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

const selectPersonal = `
	SELECT k.id, o.number, k.name, k.scopes, k.created_at, k.expires_at, k.used_at, k.revoked_at
	FROM api_token k
	JOIN organisation o ON o.id = k.org_id
	WHERE k.maker_id = $1 AND k.id > $2
	ORDER BY k.id LIMIT $3`

package app

import (
	"lodge/internal/identity"
	"lodge/internal/platform/event"
)

// reactions is what packages do because of others' events, in the same transaction; one line each.
func (a *App) reactions() map[string][]event.Reaction {
	return map[string][]event.Reaction{
		identity.SignedIn{}.EventName(): {a.Accounts.OnSignIn},
	}
}

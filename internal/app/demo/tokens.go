package demo

import (
	"context"

	"lodge/internal/app"
	"lodge/internal/token"
)

// tokens of the world: one for each kind of organisation, with every scope that it may have.
var tokens = []string{"vendor", "partner", "customer"}

func (w *World) makeTokens(ctx context.Context, a *app.App) error {
	for _, key := range tokens {
		text, err := a.TokenFromConsole(ctx, w.orgs[key].Number, token.New{Name: "Demo", Days: 90})
		if err != nil {
			return err
		}
		w.Tokens[key] = text
	}
	// A narrow one that somebody made on the page.
	_, err := a.Tokens.Make(ctx, w.actor("partner-operator", "partner"), token.New{Name: "Stock control", Scopes: []string{"downloads:read", "products:read"}, Days: 30})
	return err
}

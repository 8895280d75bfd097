package app

import (
	"context"
	"fmt"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/token"
)

// TokenFromConsole makes a token of an organisation on the word of whoever may read the key file, and gives its text. Without scopes it has
// every one that the organisation may have.
func (a *App) TokenFromConsole(ctx context.Context, number int64, in token.New) (text string, err error) {
	var org account.Organisation
	err = a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		var ok bool
		if org, ok, err = account.ByNumber(tx, number); err == nil && !ok {
			err = fmt.Errorf("there is no organisation %d", number)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	offered := a.Tokens.Console(org.Kind)
	if len(in.Scopes) == 0 {
		in.Scopes = offered
	}
	err = a.Store.Write(ctx, store.Lock("org", org.ID), func(tx *store.Tx) error {
		text, _, err = a.Tokens.MakeStep(tx, who.Program(org.ID, Roles.All()), in, offered)
		return err
	})
	return text, err
}

package demo

import (
	"context"

	"lodge/internal/app"
	"lodge/internal/platform/store"
)

// makeDomains gives the customer a mail domain that is proven and one whose record nobody has published yet.
func (w *World) makeDomains(ctx context.Context, a *app.App) error {
	admin := w.actor("customer-admin", "customer")
	id, err := a.Federations.AddDomain(ctx, admin, "kowalski-maszyny.example")
	if err != nil {
		return err
	}
	if _, err := a.Federations.AddDomain(ctx, admin, "kowalski-serwis.example"); err != nil {
		return err
	}
	return a.Store.Write(ctx, store.Lock("domain", "kowalski-maszyny.example"), func(tx *store.Tx) error { return a.Federations.Vouch(tx, id) })
}

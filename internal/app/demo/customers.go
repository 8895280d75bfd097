package demo

import (
	"context"
	"fmt"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/provision"
	"lodge/internal/subscription"
)

// types are the product types of the world: key of --json (” = none), and what they are. The partner may have all, the other one none.
var types = []struct {
	key string
	subscription.Terms
}{
	{"monthly", subscription.Terms{Type: subscription.Type{Code: "voice-essential", Name: "Voice Essential", About: "Call lists, reports, recordings for 30 days", Price: 4000, Currency: "EUR"}}},
	{"", subscription.Terms{Type: subscription.Type{Code: "voice-call-centre", Name: "Voice Call Centre", About: "Adds queues, wallboard and agents", Price: 21000, Currency: "EUR", Immutable: true}}},
	{"", subscription.Terms{Type: subscription.Type{Code: "voice-hospitality", Name: "Voice Hospitality", About: "Rooms and wake-up calls", Price: 9500, Currency: "EUR"}, Regions: []string{"ES", "PT", "FR"}}},
}

// clients of the partner, made as its operator makes them.
var clients = []provision.NewCustomer{
	{Details: provision.Details{Name: "Atelier Marchand", ProductType: "voice-call-centre", Reference: "BW-4471", Country: "FR"}, Trial: true,
		User: provision.User{FirstName: "Lucie", LastName: "Marchand", Email: "lucie@atelier-marchand.example"}},
	{Details: provision.Details{Name: "Bygg & Betong Lindqvist", ProductType: "voice-essential", Reference: "BW-3920", Country: "SE"},
		User: provision.User{FirstName: "Per", LastName: "Lindqvist", Email: "per@lindqvist-bygg.example"}},
	{Details: provision.Details{Name: "Notaría Puente", ProductType: "voice-hospitality", Country: "ES", Notes: "Ask Marta before changes on Fridays."},
		User: provision.User{FirstName: "Marta", LastName: "Puente", Email: "marta@notaria-puente.example"}},
}

// makeCustomers adds product types, what partners may, and customers that the partner has made.
func (w *World) makeCustomers(ctx context.Context, a *app.App) error {
	vendor, partner := w.orgs["vendor"].ID, w.orgs["partner"].ID
	err := a.Store.Write(ctx, store.Lock("org", vendor, partner), func(tx *store.Tx) error {
		for _, t := range types {
			t.Partners = []string{partner}
			made, err := a.Subscriptions.MakeType(tx, program(vendor), t.Terms)
			if err != nil {
				return err
			}
			if t.key != "" {
				w.ProductTypes[t.key] = made.Code
			}
		}
		return a.Provisions.Allow(tx, program(vendor), provision.Reseller{ID: partner, Partner: true, TrialDays: 45, Roles: []string{account.PartnerOperator, account.SupportAdvanced}})
	})
	if err != nil {
		return err
	}
	tom := w.actor("partner-operator", "partner")
	tom.Reach = who.Reach{Scope: partner, Orgs: []string{partner}}
	for _, c := range clients {
		c.AcceptCharges = true
		if _, err := a.Provisions.Create(ctx, tom, c); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	_, err = a.Provisions.Draft(ctx, tom, provision.Unfinished{Details: provision.Details{Name: "Construcciones Ibáñez", ProductType: "voice-call-centre", Reference: "BW-4490", Country: "ES"}}, true)
	return err
}

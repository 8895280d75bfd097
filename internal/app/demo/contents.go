package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/contract"
	"lodge/internal/licence"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// products of the world: key of --json, code, name.
var products = []struct{ key, code, name string }{
	{"main", "HAL-DES", "Halden Designer"},
	{"second", "HAL-COL", "Halden Collector"},
	{"third", "HAL-VOI", "Halden Voice"},
}

// owned is what organisations have: organisation, product, quantity, first and last day of support relative to today.
var owned = []struct {
	org, product string
	quantity     int
	from, until  int
	level        string
}{
	{"customer", "main", 25, -337, 28, "standard"},
	{"customer", "second", 3, -100, 265, "24x7"},
	{"customer", "third", 1, -400, -35, "standard"},
	{"other-customer", "main", 5, -30, 335, "premier"},
	{"expired-customer", "main", 2, -500, -135, "standard"},
}

// makeContents adds what the organisations have and what their people have asked.
func (w *World) makeContents(ctx context.Context, a *app.App) error {
	ids := map[string]product.Product{}
	err := a.Store.Write(ctx, store.Lock("org", w.orgs["vendor"].ID), func(tx *store.Tx) error {
		for _, p := range products {
			made, err := a.Products.Make(tx, program(""), product.Product{Code: p.code, Name: p.name})
			if err != nil {
				return err
			}
			ids[p.key], w.Products[p.key] = made, made.Code
		}
		for i, o := range owned {
			if err := w.give(tx, a, i, ids[o.product].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.makeReleases(ctx, a, ids); err != nil {
		return err
	}
	if err := w.makeRequests(ctx, a); err != nil {
		return err
	}
	_, err = a.Accounts.Invite(ctx, w.actor("customer-admin", "customer"), account.NewContact{FirstName: "Nina", LastName: "Żak",
		Email: "nina.zak@kowalski-maszyny.example", Role: account.SupportRestricted})
	return err
}

// give adds a licence and the contract that covers its product.
func (w *World) give(tx *store.Tx, a *app.App, i int, product string) error {
	o := owned[i]
	org := w.orgs[o.org].ID
	if _, err := a.Licences.Make(tx, program(org), licence.Licence{Number: string(number.NewLicence()), Org: org, Product: product, Quantity: o.quantity,
		Term: "perpetual", IssuedOn: w.day(-900)}); err != nil {
		return err
	}
	c, err := a.Contracts.Make(tx, program(org), contract.Contract{Number: fmt.Sprintf("HS-%d-%04d", w.today.Year(), 310+i), Org: org, Level: o.level,
		StartsOn: w.day(o.from), EndsOn: w.day(o.until)})
	if err != nil {
		return err
	}
	_, err = a.Contracts.Entitle(tx, program(org), contract.Entitlement{Contract: c, Org: org, Product: product})
	return err
}

// day is a civil day relative to the start.
func (w *World) day(n int) string { return w.today.AddDate(0, 0, n).Format(time.DateOnly) }

// actor is one of the world's people at work for an organisation: as Resolve makes it of a session.
func (w *World) actor(key, org string) who.Actor {
	a := who.Actor{Person: w.people[key], Zone: time.UTC, Language: "en", Source: who.Own}
	for _, p := range people {
		if p.key != key {
			continue
		}
		own, view := w.orgs[p.org], w.orgs[org]
		a.Name, a.Email, a.Roles = p.first+" "+p.last, p.email, slices.Sorted(slices.Values(p.roles))
		a.Member, a.Acting, a.Org, a.Number = own.ID, own.Number, view.ID, view.Number
		switch {
		case own.ID == view.ID || org == "customer-site" && p.org == "customer":
		case own.Kind == account.Vendor:
			a.Source = who.Staff
		default:
			a.Source, a.Roles = who.Partnership, account.InPartnership(p.roles, []string{account.PartnerOperator, account.SupportAdvanced})
		}
		a.Rights = app.Roles.Rights(a.Roles)
		for _, o := range w.orgs {
			if o.RootID == view.RootID {
				a.Reach.Orgs = append(a.Reach.Orgs, o.ID)
			}
		}
	}
	return a
}

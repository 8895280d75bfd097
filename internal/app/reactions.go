package app

import (
	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/importer"
	"lodge/internal/platform/event"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/ticket"
)

// reactions is what packages do because of others' events, in the same transaction; one line each.
func (a *App) reactions() map[string][]event.Reaction {
	return map[string][]event.Reaction{
		identity.SignedIn{}.EventName():          {a.Accounts.OnSignIn},                                 // memberships that waited become active
		identity.EmailChanged{}.EventName():      {a.Accounts.OnEmailChanged, a.OpenID.OnSessionsEnded}, // what waited at the old address ends
		identity.Closed{}.EventName():            {a.Tokens.OnClosed, a.OpenID.OnClosed, ticket.OnClosed, support.OnClosed, importer.OnClosed, forgetLetters},
		account.PartnershipGiven{}.EventName():   {a.rescope},                                      // a partner sees the customer's requests
		identity.Reclaimed{}.EventName():         {a.Tokens.OnReclaimed, a.OpenID.OnSessionsEnded}, // what a stranger made in somebody's name is void
		account.PartnershipRevised{}.EventName(): {a.rescope},
		account.Made{}.EventName():               {a.rescope, provision.Reline}, // so does one of a new site; a customer stands in the list
		account.Altered{}.EventName():            {provision.Reline},
		account.Revised{}.EventName():            {provision.Reline},
		subscription.Started{}.EventName():       {provision.Reline},
		subscription.Moved{}.EventName():         {provision.Reline},
		identity.SignedOut{}.EventName():         {a.OpenID.OnSessionsEnded}, // websites are told of it
		identity.SessionRevoked{}.EventName():    {a.OpenID.OnSessionsEnded},
		identity.PasswordSet{}.EventName():       {a.OpenID.OnSessionsEnded},
		identity.FactorSet{}.EventName():         {a.OpenID.OnSessionsEnded},
		product.Changed{}.EventName():            {a.Releases.OnProduct}, // another scheme sorts versions otherwise
		ticket.Opened{}.EventName():              {asked},                // who asks about a product has it
	}
}

// forgetLetters deletes the letters to a person whose account was closed.
func forgetLetters(tx *store.Tx, _ who.Actor, _ string, e event.Event) error {
	return mail.Forget(tx, e.(identity.Closed).Person)
}

// rescope gives the tickets of the organisation's whole family to the partners that reach it now.
func (a *App) rescope(tx *store.Tx, _ who.Actor, org string, _ event.Event) error {
	family, err := account.Family(tx, org)
	if err != nil {
		return err
	}
	for _, id := range family {
		if err := a.Tickets.Rescope(tx, id); err != nil {
			return err
		}
	}
	return nil
}

// asked adds the product of a request to what the organisation has.
func asked(tx *store.Tx, _ who.Actor, org string, e event.Event) error {
	opened := e.(ticket.Opened)
	p := opened.Product
	if p == "" || opened.Kind != ticket.Request {
		return nil
	}
	o, err := account.Get(tx, org) // a site's products are noted at the head of its family
	if err != nil {
		return err
	}
	return product.Give(tx, o.RootID, p, product.ByRequest)
}

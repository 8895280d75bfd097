package app

import (
	"context"

	"lodge/internal/account"
	"lodge/internal/home"
	"lodge/internal/importer"
	"lodge/internal/openid"
	"lodge/internal/partner"
	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/search"
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/token"
)

// api is the door for programs: every operation of every package, each registered by its own.
func (a *App) api() {
	a.API = &api.API{Title: "Lodge", Version: "1", BaseURL: a.Config.BaseURL, Catalogue: a.Catalogue, Keys: a.Keys, Store: a.Store, Clock: a.Config.Clock, Log: a.Config.Log,
		Resolve: a.Tokens.Resolve, Shaped: token.Shaped, Scope: Scopes.Of, Scopes: a.opens(), Refusal: a.refusal, Answered: a.answered, Rates: a.Config.Rates}
	support.API{Requests: a.Requests, Files: a.Blobs}.Register(a.API)
	account.API{Accounts: a.Accounts}.Register(a.API)
	partner.API{Partners: a.Partners}.Register(a.API)
	home.API{Home: a.Home}.Register(a.API)
	search.API{Search: a.Search}.Register(a.API)
	release.API{Releases: a.Releases}.Register(a.API)
	provision.API{Provisions: a.Provisions}.Register(a.API)
	importer.API{Intakes: a.Imports}.Register(a.API)
	subscription.API{Subscriptions: a.Subscriptions}.Register(a.API)
	product.API{Products: a.Products}.Register(a.API)
	openid.API{Provider: a.OpenID}.Register(a.API)

	a.Site.Mount(api.Base+"/", a.API.Handler(), a.API.Fail)
	a.Site.Mount("GET /openapi.json", a.API.Description(), a.API.Fail)
	a.Site.Handle("GET /docs", who.Anybody, a.API.Reference(a.Site))
}

// answered is what follows an answer: the token's last use, and who entered a customer's context.
func (a *App) answered(ctx context.Context, c api.Caller) {
	if err := a.Tokens.Used(ctx, c); err != nil {
		a.Config.Log.WarnContext(ctx, "use of token not noted", "error", err)
	}
	if err := a.Accounts.Entered(ctx, c.Actor); err != nil {
		a.Config.Log.WarnContext(ctx, "access not recorded", "error", err)
	}
}

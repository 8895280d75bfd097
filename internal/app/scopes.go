package app

import (
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
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/token"
)

// Scopes is the one table of what tokens can be for: the rights whose operations a scope opens, and those that these operations need inside.
var Scopes = token.Scopes{
	{Name: "requests:read", Rights: rights{support.ViewRequests, support.ViewAllRequests, support.ViewDesk}},
	{Name: "requests:write", Rights: rights{support.OpenRequests, support.OpenForOthers, support.Answer, support.Decide, support.ChangeSeverity, support.Withhold,
		support.Handle, support.PlanActions, support.WriteNotes}, Also: rights{support.ViewRequests, support.ViewAllRequests}},
	{Name: "contacts:read", Rights: rights{account.ViewContacts}},
	{Name: "contacts:write", Rights: rights{account.Invite, account.StageRoles, account.GrantRoles, account.GrantLicence, account.GrantVendor}, Also: rights{account.ViewContacts}},
	{Name: "partners:read", Rights: rights{partner.View}},
	{Name: "partners:write", Rights: rights{partner.Manage}, Also: rights{partner.View, account.GrantRoles, account.GrantLicence}},
	{Name: "events:read", Rights: rights{account.ViewEvents, account.ViewAllEvents}},
	{Name: "search:read", Rights: rights{account.ViewHome}, Also: rights{support.ViewRequests, support.ViewAllRequests, account.EnterCustomers}},
	{Name: "products:read", Rights: rights{home.ViewProducts}},
	{Name: "downloads:read", Rights: rights{release.Take}},
	{Name: "customers:read", Rights: rights{provision.ViewCustomers, subscription.ViewTypes}},
	{Name: "customers:write", Rights: rights{provision.CreateCustomers, provision.EditCustomers}, Also: rights{provision.ViewCustomers, subscription.ViewTypes}},
	{Name: "orders:write", Rights: rights{support.Order}, Also: rights{support.ViewAllRequests}},
	{Name: "catalogue:read", Rights: rights{product.ViewCatalogue}},
	{Name: "catalogue:write", Rights: rights{product.Manage, subscription.ManageTypes, provision.ManageResellers}, Also: rights{product.ViewCatalogue, subscription.ViewTypes}},
	{Name: "releases:read", Rights: rights{release.ViewReleases}},
	{Name: "releases:write", Rights: rights{release.Manage}, Also: rights{release.ViewReleases}},
	{Name: "imports:write", Rights: rights{importer.Manage}},
	{Name: "websites:write", Rights: rights{openid.Manage}},
}

type rights = []who.Action

// opens says in English what each scope opens, for the reference.
func (a *App) opens() (all []api.Scope) {
	p := a.Catalogue.For("en")
	for _, s := range Scopes {
		all = append(all, api.Scope{Name: s.Name, Opens: p.T("token.scope." + s.Name)})
	}
	return all
}

package app

import (
	"lodge/internal/account"
	"lodge/internal/federation"
	"lodge/internal/home"
	"lodge/internal/importer"
	"lodge/internal/openid"
	"lodge/internal/partner"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/subscription"
	"lodge/internal/support"
	"lodge/internal/token"
)

// Roles is the one table of rights: what each role may, default deny. The row "" is what every member may.
var Roles = who.Table{
	"": {account.ViewHome, account.ViewEvents, home.ViewProducts, release.Take, support.Order},

	account.SupportRestricted: {support.ViewRequests, support.OpenRequests, support.Answer, support.Decide, support.ChangeSeverity, support.Withhold},
	account.SupportAdvanced: {support.ViewRequests, support.ViewAllRequests, support.OpenRequests, support.Answer, support.Decide, support.ChangeSeverity,
		support.Withhold, support.Handle, support.PlanActions, account.ViewContacts},
	account.SupportAdministrator: {support.ViewRequests, support.ViewAllRequests, support.OpenRequests, support.OpenForOthers, support.Answer, support.Decide,
		support.ChangeSeverity, support.Withhold, support.Handle, support.PlanActions, account.ViewContacts, account.Invite},
	account.SecurityAdministrator: {account.ViewContacts, account.Invite, account.StageRoles, account.GrantRoles, account.ViewAllEvents, token.Manage, partner.View, partner.Manage, federation.Manage},
	account.LicenceSupervisor:     {account.ViewContacts, account.StageRoles, account.GrantLicence},
	account.Licensing:             {},
	account.Reporting:             {},
	account.AgentViewer:           {},
	account.AgentOperator:         {},
	account.AgentConfigurator:     {},

	account.PartnerOperator: {partner.View, support.ViewRequests, provision.ViewCustomers, provision.CreateCustomers, provision.EditCustomers, subscription.ViewTypes},
	account.PartnerBilling:  {provision.ViewCustomers, subscription.ViewTypes},
	account.PartnerAPI:      {},
	account.PartnerWebhooks: {},
	account.PartnerBranding: {},

	account.Helpdesk: {support.ViewRequests, support.ViewAllRequests, support.OpenRequests, support.OpenForOthers, support.Answer, support.ChangeSeverity,
		support.Handle, support.PlanActions, support.WriteNotes, support.ViewDesk, account.EnterCustomers, account.ViewContacts, account.Invite,
		account.StageRoles, account.GrantRoles, account.ViewAllEvents, release.ViewReleases, token.Manage, provision.ViewCustomers, subscription.ViewTypes},
	account.LicensingDesk:  {account.EnterCustomers, account.ViewContacts, account.StageRoles, account.GrantLicence, token.Manage},
	account.ReleaseManager: {release.ViewReleases, release.Manage, product.ViewCatalogue, product.Manage, token.Manage},
	account.BillingDesk: {account.EnterCustomers, account.ViewContacts, token.Manage, provision.ViewCustomers, provision.CreateCustomers, provision.EditCustomers,
		subscription.ViewTypes, subscription.ManageTypes, provision.ManageResellers},
	account.Operator: {importer.Manage, openid.Manage, support.ViewRequests, support.ViewAllRequests, support.ViewDesk, account.EnterCustomers, account.ViewContacts, account.Invite,
		account.StageRoles, account.GrantRoles, account.GrantLicence, account.GrantVendor, account.ViewAllEvents, release.ViewReleases, product.ViewCatalogue, product.Manage, token.Manage,
		provision.ViewCustomers, provision.CreateCustomers, provision.EditCustomers, subscription.ViewTypes, subscription.ManageTypes, provision.ManageResellers},
}

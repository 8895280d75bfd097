package app

import (
	"lodge/internal/account"
	"lodge/internal/platform/who"
)

// Roles is the one table of rights: what each role may, default deny. The row "" is what every member may.
var Roles = who.Table{
	"": {account.ViewHome, account.ViewEvents},

	account.SupportRestricted:     {},
	account.SupportAdvanced:       {account.ViewContacts},
	account.SupportAdministrator:  {account.ViewContacts, account.Invite},
	account.SecurityAdministrator: {account.ViewContacts, account.Invite, account.GrantRoles, account.ViewAllEvents},
	account.LicenceSupervisor:     {account.ViewContacts, account.GrantLicence},
	account.Licensing:             {},
	account.Reporting:             {},
	account.AgentViewer:           {},
	account.AgentOperator:         {},
	account.AgentConfigurator:     {},

	account.PartnerOperator: {},
	account.PartnerBilling:  {},
	account.PartnerAPI:      {},
	account.PartnerWebhooks: {},
	account.PartnerBranding: {},

	account.Helpdesk:       {account.EnterCustomers, account.ViewContacts, account.Invite, account.GrantRoles, account.ViewAllEvents},
	account.LicensingDesk:  {account.EnterCustomers, account.ViewContacts, account.GrantLicence},
	account.ReleaseManager: {},
	account.BillingDesk:    {account.EnterCustomers, account.ViewContacts},
	account.Operator:       {account.EnterCustomers, account.ViewContacts, account.Invite, account.GrantRoles, account.GrantLicence, account.GrantVendor, account.ViewAllEvents},
}

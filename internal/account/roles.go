package account

import (
	"slices"

	"lodge/internal/platform/who"
)

// Roles, as they are stored and as the import format writes them.
const (
	SupportRestricted     = "support-restricted"
	SupportAdvanced       = "support-advanced"
	SupportAdministrator  = "support-administrator"
	SecurityAdministrator = "security-administrator"
	LicenceSupervisor     = "licence-supervisor"
	Licensing             = "licensing"
	Reporting             = "reporting"
	AgentViewer           = "agent-viewer"
	AgentOperator         = "agent-operator"
	AgentConfigurator     = "agent-configurator"

	PartnerOperator = "partner-operator"
	PartnerBilling  = "partner-billing"
	PartnerAPI      = "partner-api"
	PartnerWebhooks = "partner-webhooks"
	PartnerBranding = "partner-branding"

	Helpdesk       = "helpdesk"
	LicensingDesk  = "licensing-desk"
	ReleaseManager = "release-manager"
	BillingDesk    = "billing-desk"
	Operator       = "operator"
)

// Kinds of an organisation.
const (
	Vendor   = "vendor"
	Partner  = "partner"
	Customer = "customer"
)

var (
	// CustomerRoles may be held in any organisation but the vendor, in the order in which people read them.
	CustomerRoles = []string{SupportRestricted, SupportAdvanced, SupportAdministrator, SecurityAdministrator,
		LicenceSupervisor, Licensing, Reporting, AgentViewer, AgentOperator, AgentConfigurator}
	// PartnerRoles may be held in a partner besides.
	PartnerRoles = []string{PartnerOperator, PartnerBilling, PartnerAPI, PartnerWebhooks, PartnerBranding}
	// VendorRoles may be held in the vendor only.
	VendorRoles = []string{Helpdesk, LicensingDesk, ReleaseManager, BillingDesk, Operator}
)

// licencePrivileges are given by supervisors.
var licencePrivileges = []string{LicenceSupervisor, Licensing, Reporting}

// closed are roles that open nothing in this version: kept where they are brought by an import, not offered in a form.
var closed = []string{AgentViewer, AgentOperator, AgentConfigurator, PartnerAPI, PartnerWebhooks, PartnerBranding}

// byNameOnly are the roles of a partnership that a partner's person must hold by name; partner-operator stands for all others.
var byNameOnly = []string{PartnerBilling, SecurityAdministrator, LicenceSupervisor}

// RolesOf are the roles that may be held in an organisation of this kind.
func RolesOf(kind string) []string {
	switch kind {
	case Vendor:
		return append(slices.Clip(VendorRoles), SecurityAdministrator)
	case Partner:
		return append(slices.Clip(CustomerRoles), PartnerRoles...)
	}
	return CustomerRoles
}

// InPartnership are the roles that a person of a partner has for a customer: those of the partnership that the person
// holds by name in the partner, or stands for as partner-operator.
func InPartnership(own, partnership []string) []string {
	var roles []string
	for _, r := range partnership {
		if slices.Contains(own, r) || slices.Contains(own, PartnerOperator) && !slices.Contains(byNameOnly, r) {
			roles = append(roles, r)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// asStaff are the roles that count for customers of the vendor's own people: its desks, and nothing that they hold in the
// vendor as in any organisation. A security administrator changes roles only where he holds that role.
func asStaff(own []string) []string {
	return slices.DeleteFunc(slices.Clone(own), func(r string) bool { return !slices.Contains(VendorRoles, r) })
}

// Rights of this package, given to roles in package app.
const (
	ViewHome       who.Action = "account.home"
	ViewContacts   who.Action = "account.view_contacts"
	Invite         who.Action = "account.invite"        // somebody, without role
	StageRoles     who.Action = "account.stage_roles"   // of contacts, and apply: those that one of the next three allows
	GrantRoles     who.Action = "account.grant_roles"   // but licence privileges
	GrantLicence   who.Action = "account.grant_licence" // privileges
	GrantVendor    who.Action = "account.grant_vendor"  // roles of the vendor
	ViewEvents     who.Action = "account.view_events"   // own ones; all with ViewAllEvents
	ViewAllEvents  who.Action = "account.view_all_events"
	EnterCustomers who.Action = "account.enter_customers" // as staff, or by a partnership
)

package account

// Events of an organisation's people and partners: ids and words of the program.

// ContactInvited tells who was asked in, and with which role.
type ContactInvited struct{ Membership, Role string }

func (ContactInvited) EventName() string { return "account.contact_invited" }
func (e ContactInvited) Subject() string { return "membership:" + e.Membership }

// InvitationResent ends the older link.
type InvitationResent struct{ Membership string }

func (InvitationResent) EventName() string { return "account.invitation_resent" }
func (e InvitationResent) Subject() string { return "membership:" + e.Membership }

// InvitationWithdrawn ends the link.
type InvitationWithdrawn struct{ Membership string }

func (InvitationWithdrawn) EventName() string { return "account.invitation_withdrawn" }
func (e InvitationWithdrawn) Subject() string { return "membership:" + e.Membership }

// ContactActive tells that the person signed in with the proven address.
type ContactActive struct{ Membership string }

func (ContactActive) EventName() string { return "account.contact_active" }
func (e ContactActive) Subject() string { return "membership:" + e.Membership }

// PartnershipGiven tells which partner may act for the organisation, with which roles and until when.
type PartnershipGiven struct {
	Partnership, Partner string
	Roles                []string
	From, Until          string // civil days
}

func (PartnershipGiven) EventName() string { return "account.partnership_given" }
func (e PartnershipGiven) Subject() string { return "partnership:" + e.Partnership }

// CustomerEntered tells that staff or a partner opened the organisation's pages: at most every 15 minutes per session.
type CustomerEntered struct {
	Organisation string
	Partner      string `json:",omitempty"` // '' = the vendor's people
}

func (CustomerEntered) EventName() string { return "account.customer_entered" }
func (e CustomerEntered) Subject() string {
	if e.Partner != "" {
		return UseOf(e.Partner) // a customer sees who used a partnership
	}
	return "organisation:" + e.Organisation
}

// UseOf is the subject of what tells that a partner's people worked for a customer.
func UseOf(partner string) string { return "partner:" + partner }

// PrimaryChosen tells which membership opens after sign-in from now on.
type PrimaryChosen struct{ Before, After string }

func (PrimaryChosen) EventName() string { return "account.primary_chosen" }
func (e PrimaryChosen) Subject() string { return "membership:" + e.After }

// RoleAsked tells that somebody asks for a right that he misses; Desk is the organisation whose desk was asked too.
type RoleAsked struct {
	Ask, Right string
	Desk       string `json:",omitempty"`
}

func (RoleAsked) EventName() string { return "account.role_asked" }
func (e RoleAsked) Subject() string { return "role_ask:" + e.Ask }

// RoleAnswered tells how that was answered: given or refused.
type RoleAnswered struct{ Ask, Membership, Right, Answer string }

func (RoleAnswered) EventName() string { return "account.role_answered" }
func (e RoleAnswered) Subject() string { return "membership:" + e.Membership }

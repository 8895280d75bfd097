package provision

// Created tells the reseller's log of a customer that was made. The customer's own log has what it is made of.
type Created struct{ Organisation string }

func (Created) EventName() string { return "provision.created" }
func (e Created) Subject() string { return "organisation:" + e.Organisation }

// Noted tells that the notes about a customer changed.
type Noted struct{ Organisation string }

func (Noted) EventName() string { return "provision.noted" }
func (e Noted) Subject() string { return "organisation:" + e.Organisation }

// DraftKept tells that a draft was saved.
type DraftKept struct{ Draft string }

func (DraftKept) EventName() string { return "provision.draft_kept" }
func (e DraftKept) Subject() string { return "customer_draft:" + e.Draft }

// DraftDiscarded tells that it is gone without becoming a customer.
type DraftDiscarded struct{ Draft string }

func (DraftDiscarded) EventName() string { return "provision.draft_discarded" }
func (e DraftDiscarded) Subject() string { return "customer_draft:" + e.Draft }

// Allowed tells what a reseller may from now on.
type Allowed struct {
	Reseller  string
	TrialDays int
	Roles     []string
	Types     []string `json:",omitempty"` // codes of product types
}

func (Allowed) EventName() string { return "provision.allowed" }
func (e Allowed) Subject() string { return "organisation:" + e.Reseller }

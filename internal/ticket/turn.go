package ticket

import (
	"slices"

	"lodge/internal/platform/who"
)

// Side is one of the three parties of a ticket.
type Side string

const (
	Nobody   Side = ""
	Customer Side = "customer"
	Partner  Side = "partner"
	Vendor   Side = "vendor"
	System   Side = "system" // the program itself, as an author
)

// Sides are the three parties in the order in which people read them.
var Sides = []Side{Customer, Partner, Vendor}

// SideOf is the party that the actor acts for: it follows from why he may be here, never from a role.
func SideOf(a who.Actor) Side {
	switch a.Source {
	case who.Own:
		return Customer
	case who.Partnership:
		return Partner
	case who.Staff:
		return Vendor
	}
	return System
}

// State is how far a ticket is.
type State string

const (
	Draft            State = "draft"
	New              State = "new"
	PartnerAnalysis  State = "partner-analysis"
	VendorAnalysis   State = "vendor-analysis"
	Waiting          State = "waiting-for-information"
	SolutionProposed State = "solution-proposed"
	Refused          State = "refused"
	Reopened         State = "reopened"
	Closed           State = "closed"
	Cancelled        State = "cancelled"
)

// OpenStates are the states in which there is something to do, in the order of a request's life.
var OpenStates = []State{New, PartnerAnalysis, VendorAnalysis, Waiting, SolutionProposed, Refused, Reopened}

// Open tells whether there is something to do.
func (s State) Open() bool { return slices.Contains(OpenStates, s) }

// moves are the changes of state that a side may make by hand. Answers change the state besides, see AfterPost.
var moves = map[Side]map[State][]State{
	Customer: {
		New: {Cancelled}, PartnerAnalysis: {Cancelled}, VendorAnalysis: {Cancelled}, Waiting: {Cancelled}, Reopened: {Cancelled}, Refused: {Cancelled},
		SolutionProposed: {Closed, Refused, Cancelled},
		Closed:           {Reopened},
	},
	Partner: {
		New: {PartnerAnalysis, VendorAnalysis}, Reopened: {PartnerAnalysis, VendorAnalysis}, Refused: {PartnerAnalysis, VendorAnalysis},
		PartnerAnalysis: {VendorAnalysis}, Waiting: {PartnerAnalysis, VendorAnalysis},
	},
	Vendor: {
		New: {VendorAnalysis, Waiting, SolutionProposed, Cancelled}, PartnerAnalysis: {VendorAnalysis, Waiting, SolutionProposed, Cancelled},
		VendorAnalysis: {Waiting, SolutionProposed, Cancelled}, Waiting: {VendorAnalysis, SolutionProposed, Cancelled},
		SolutionProposed: {VendorAnalysis, Waiting, Cancelled}, Refused: {VendorAnalysis, Waiting, SolutionProposed, Cancelled},
		Reopened: {VendorAnalysis, Waiting, SolutionProposed, Cancelled},
	},
	System: {SolutionProposed: {Closed}, Waiting: {Closed}},
}

// CanMove tells whether a side may make this change.
func CanMove(by Side, from, to State) bool { return slices.Contains(moves[by][from], to) }

// AfterState is whose turn it is once a ticket has come into a state.
func AfterState(s State, served Side) Side {
	switch s {
	case Draft, Closed, Cancelled:
		return Nobody
	case Waiting, SolutionProposed:
		return Customer
	}
	return served
}

// AfterPost is what a message does to state and turn. A message hands the turn over: the customer's to the serving side,
// the serving side's (or the vendor's) to the customer; a partner's word about what the vendor works on leaves it with
// the vendor. Who answers what nobody has taken up yet takes it up; what the customer was asked is answered by any
// message of his.
func AfterPost(s State, served, by Side) (State, Side) {
	switch by {
	case Customer:
		if s == Waiting {
			s = analysis(served)
		}
		return s, served
	case Partner, Vendor:
		if by == Partner && served == Vendor {
			return s, AfterState(s, served)
		}
		if s == New || s == Reopened || s == Refused {
			s = analysis(by)
		}
		return s, Customer
	}
	return s, AfterState(s, served)
}

// analysis is the state in which a side works on a ticket.
func analysis(by Side) State {
	if by == Partner {
		return PartnerAnalysis
	}
	return VendorAnalysis
}

// servedIn is the serving side of a ticket that comes into a state.
func servedIn(s State, served Side) Side {
	switch s {
	case PartnerAnalysis:
		return Partner
	case VendorAnalysis:
		return Vendor
	}
	return served
}

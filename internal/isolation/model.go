// Package isolation says in plain Go who may see what, without SQL, and holds every list, count and page of the portal against it.
//
// The tests do so in random worlds, `lodge doctor --isolation` in the live one, reading only. A difference is a leak, or something that
// somebody should see and does not.
package isolation

import (
	"slices"

	"lodge/internal/account"
	"lodge/internal/platform/who"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/support"
	"lodge/internal/ticket"
)

// Facts are what decides about who sees what, as the rows say it: only memberships and partnerships in force.
type Facts struct {
	Roles        who.Table
	Orgs         map[string]Org // by id
	Members      []Member
	Partnerships []Partnership
	Tickets      []Ticket
	Has, Codes   map[string][]string // products of an organisation, ids and codes, noted at the head of its family
}

// Org is an organisation or a site; Live is false of what is disabled or terminated, itself or its head.
type Org struct {
	ID, Root, Kind   string
	Number           int64
	Live, Terminated bool
}

// Member is a membership in force.
type Member struct {
	Person, Org string
	Roles       []string
}

// Partnership is one in force, between heads of families.
type Partnership struct {
	Partner, Customer string
	Roles             []string
}

// Ticket is a request or an order.
type Ticket struct {
	ID, Kind, Number, Org, Author, Requester string
	VendorOnly, Draft                        bool
}

// Place is where somebody works: for an own organisation, or through it for a customer.
type Place struct{ Own, Customer string } // ids; Customer may be ''

// The model: what follows is all there is to know about who may see what.

// rolesAt are the roles that somebody has at a place; ok is false where he does not even learn that it exists.
func (f *Facts) rolesAt(person string, at Place) (roles []string, ok bool) {
	i := slices.IndexFunc(f.Members, func(m Member) bool { return m.Person == person && m.Org == at.Own })
	if i < 0 || !f.Orgs[at.Own].Live {
		return nil, false
	}
	mine, own, customer := f.Members[i].Roles, f.Orgs[at.Own], f.Orgs[at.Customer]
	switch {
	case at.Customer == "":
		return mine, true
	case customer.Root == own.Root || customer.Kind == account.Vendor:
		return nil, false
	case own.Kind == account.Vendor:
		roles = slices.DeleteFunc(slices.Clone(mine), func(r string) bool { return !slices.Contains(account.VendorRoles, r) })
		return roles, f.may(roles, account.EnterCustomers)
	}
	roles = f.acting(mine, own.Root, customer.Root)
	return roles, len(roles) > 0 && !customer.Terminated
}

// acting are the roles of a partner's person for a customer, from the partnerships in force.
func (f *Facts) acting(mine []string, partner, customer string) (roles []string) {
	for _, p := range f.Partnerships {
		if p.Partner == partner && p.Customer == customer {
			roles = append(roles, account.InPartnership(mine, p.Roles)...)
		}
	}
	return roles
}

func (f *Facts) may(roles []string, act who.Action) bool { return f.Roles.Rights(roles)[act] }

// shows is the right that shows somebody his own tickets of a kind: everybody may order.
func (t Ticket) shows() who.Action {
	if t.Kind == ticket.Order {
		return support.Order
	}
	return support.ViewRequests
}

// Sees tells whether somebody sees a request or an order at a place: its page, its words in a search, its line in lists.
func (f *Facts) Sees(person string, at Place, t Ticket) bool {
	roles, ok := f.rolesAt(person, at)
	own, owner := f.Orgs[at.Own], f.Orgs[t.Org]
	if !ok || t.Draft {
		return ok && t.Draft && t.Author == person && f.draftHere(person, at, t, roles)
	}
	helper := false // sees it for somebody else's organisation, as a partner
	switch {
	case at.Customer != "":
		if owner.Root != f.Orgs[at.Customer].Root {
			return false
		}
		helper = own.Kind != account.Vendor
	case owner.Root != own.Root && own.Kind == account.Vendor:
		if !f.may(roles, account.EnterCustomers) {
			return false
		}
	case owner.Root != own.Root:
		if roles, helper = f.acting(roles, own.Root, owner.Root), true; owner.Terminated {
			return false
		}
	}
	switch {
	case helper && (t.VendorOnly || len(roles) == 0): // the partnership may be over
		return false
	case f.may(roles, support.ViewAllRequests):
		return true
	}
	return f.may(roles, t.shows()) && (t.Author == person || t.Requester == person)
}

// draftHere: one's own draft, wherever one may act for its organisation.
func (f *Facts) draftHere(person string, at Place, t Ticket, roles []string) bool {
	owner := f.Orgs[t.Org]
	if at.Customer != "" {
		return owner.Root == f.Orgs[at.Customer].Root && f.may(roles, support.ViewRequests)
	}
	return owner.Root == f.Orgs[at.Own].Root && f.may(roles, support.ViewRequests)
}

// Knows tells whether somebody at an own organisation is told of a customer: in lists of customers, and by a search for it.
func (f *Facts) Knows(person, own, customer string) bool {
	_, ok := f.rolesAt(person, Place{own, customer})
	return ok
}

// Lists tells whether somebody at an own organisation has a customer in the list of customers: the vendor's people all, a partner's those of a
// partnership in force, whether or not he has a role in it.
func (f *Facts) Lists(person, own, customer string) bool {
	roles, ok := f.rolesAt(person, Place{Own: own})
	seller, sold := f.Orgs[own], f.Orgs[customer]
	if !ok || !f.may(roles, provision.ViewCustomers) || sold.Kind != account.Customer || sold.Root != sold.ID {
		return false
	}
	return seller.Kind == account.Vendor || slices.ContainsFunc(f.Partnerships, func(p Partnership) bool { return p.Partner == seller.Root && p.Customer == customer })
}

// Offers tells whether a product's releases are offered to somebody at a place.
func (f *Facts) Offers(person string, at Place, product string) bool {
	roles, ok := f.rolesAt(person, at)
	view := at.Own
	if at.Customer != "" {
		view = at.Customer
	}
	return ok && f.may(roles, release.Take) && slices.Contains(f.Has[f.Orgs[view].Root], product)
}

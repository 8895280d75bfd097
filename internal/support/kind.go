package support

import (
	"slices"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// A ticket of this package is a service request or an order. They have other numbers and addresses, and another right shows one's own;
// all else is the same for both.

// kinds that this package serves, by the beginning of their numbers.
var kinds = []string{ticket.Request, ticket.Order}

// parsed reads a number as people type it. NotFound for what is none.
func parsed(typed string) (kind, n string, err error) {
	for _, kind := range kinds {
		if n, err = ticket.Number(kind, typed); err == nil {
			return kind, n, nil
		}
	}
	return ticket.Request, "", fault.Missing()
}

// needs is the right over an order that corresponds to one over a request: who may order sees and answers what he has ordered.
func needs(right who.Action, kind string) who.Action {
	if kind == ticket.Order && (right == ViewRequests || right == Answer) {
		return Order
	}
	return right
}

// MaySee tells whether the actor sees any requests or orders.
func MaySee(a who.Actor) bool { return a.May(ViewRequests) || a.May(Order) }

// folder is the part of an address where tickets of a kind stand.
func folder(kind string) string {
	if kind == ticket.Order {
		return "/orders"
	}
	return "/requests"
}

// place of a ticket below an address of an organisation.
func placeOf(number string) string {
	kind, n, err := parsed(number)
	if err != nil {
		return folder(ticket.Request)
	}
	return folder(kind) + "/" + n
}

// ofKinds is a condition on ticket t; kinds are words of package ticket.
func ofKinds(kinds []string) string {
	if len(kinds) == 1 {
		return "t.kind = '" + kinds[0] + "'" // as the indexes over orders have it
	}
	return "t.kind IN ('" + strings.Join(kinds, "', '") + "')"
}

// served is it for all kinds.
const served = "t.kind IN ('request', 'order')"

// visibleKinds are those of the kinds of which the actor sees his own.
func visibleKinds(a who.Actor, of []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(kind string) bool { return !a.May(needs(ViewRequests, kind)) })
}

// anyRole are the roles of a partnership by which this person of the partner may act at all: they show what he has ordered.
func (s *Requests) anyRole(a who.Actor) []string {
	var all []string
	for role := range s.Roles {
		if role != "" {
			all = append(all, role)
		}
	}
	return account.InPartnership(a.Roles, all)
}

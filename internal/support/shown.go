package support

import (
	"net/http"
	"strconv"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// How other pages show a row of a list: home, search.

// StatusOf is a state in the one vocabulary.
func StatusOf(s ticket.State) web.Status { return status(s) }

// TurnOf says whose turn a row is; nobody's is empty.
func TurnOf(a who.Actor, row Row, vendor string) web.Turn {
	if row.Turn == ticket.Nobody {
		return web.Turn{}
	}
	return turn(a, row.Turn, row.OrgName, row.Partner, vendor)
}

// HrefOf leads to the request in the context in which the reader acts on it.
func HrefOf(r *http.Request, a who.Actor, row Row) string {
	return within(web.Path(r), a, row)
}

// within is the request's address below that of the organisation in view.
func within(base string, a who.Actor, row Row) string {
	if spanOf(a) != family && !in(a.Reach.Orgs, row.Org) {
		base += "/for/" + strconv.FormatInt(row.OrgNumber, 10)
	}
	return base + placeOf(row.Number)
}

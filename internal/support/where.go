package support

import (
	"strconv"
	"strings"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"

	"lodge/internal/account"
	"lodge/internal/ticket"
)

// where collects the conditions of a list. The conditions are texts of this package; what people typed comes as
// parameters only.
type where struct {
	args   []any
	kinds  []string // of tickets; at least one
	conds  []string
	either []string // alternatives, one of which must hold: each is walked by its own index
}

// with numbers a value as the next parameter.
func (w *where) with(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// and adds a condition on ticket t with a "?" for each value.
func (w *where) and(cond string, values ...any) { w.conds = append(w.conds, w.fill(cond, values...)) }

// fill puts numbered parameters in the place of "?".
func (w *where) fill(cond string, values ...any) string {
	for _, v := range values {
		cond = strings.Replace(cond, "?", w.with(v), 1)
	}
	return cond
}

func (w *where) text() string {
	if len(w.conds) == 0 {
		return "TRUE"
	}
	return strings.Join(w.conds, " AND ")
}

// each gives the text that f makes of the conditions; where there are alternatives, a union of its columns over them.
func (w *where) each(f func(cond string) string, columns string) string {
	if len(w.either) == 0 {
		return f(w.text())
	}
	var parts []string
	for i, alternative := range w.either {
		parts = append(parts, "SELECT "+columns+" FROM ("+f(w.text()+" AND "+alternative)+") e"+strconv.Itoa(i))
	}
	return strings.Join(parts, " UNION ")
}

// span is which requests lists and counts range over.
type span int

const (
	family    span = iota // the organisation in view with its sites
	customers             // of the partner acted for
	everybody             // of the vendor
)

// spanOf follows from the actor's reach: who works at the own number of a partner or of the vendor sees customers.
func spanOf(a who.Actor) span {
	switch {
	case a.Reach.All:
		return everybody
	case a.Reach.Scope != "":
		return customers
	}
	return family
}

// visibleIn is visible as a condition on ticket t, for sent requests of a span.
func (s *Requests) visibleIn(w *where, a who.Actor, sp span, tx *store.Tx) string {
	cond, own := s.seen(w, a, sp, tx)
	if own {
		cond += w.fill(" AND (t.author_id = ? OR t.requester_id = ?)", a.Person, a.Person)
	}
	return cond
}

// seen is visibleIn but for one thing: own says that only what was opened by or for the actor is seen. For customers the rows are those of
// ticket_scope s, and each is asked whether a partnership is in force today whose roles show it to this person.
func (s *Requests) seen(w *where, a who.Actor, sp span, tx *store.Tx) (cond string, own bool) {
	shown := w.kinds
	if sp != customers && !a.May(ViewAllRequests) {
		shown = visibleKinds(a, shown)
	}
	if len(shown) == 0 {
		return "FALSE", false
	}
	sent := ofKinds(shown) + " AND t.state <> 'draft'"
	switch sp {
	case everybody:
		if a.May(ViewAllRequests) {
			return sent, false
		}
	case customers:
		all, some := s.partnerRoles(a)
		return sent + w.fill(` AND s.scope_id = ? AND NOT t.vendor_only AND `+account.Reaches("t.org_id", "?", "?", "?",
			`pr.role = ANY(?) OR (pr.role = ANY(?) OR t.kind = 'order' AND pr.role = ANY(?)) AND (t.author_id = ? OR t.requester_id = ?)`),
			a.Reach.Scope, a.Reach.Scope, tx.Now, tx.Now, store.List(all), store.List(some), store.List(s.anyRole(a)), a.Person, a.Person), false
	default:
		sent += w.fill(" AND t.org_id = ANY(?)", store.List(a.Reach.Orgs))
		if ticket.SideOf(a) == ticket.Partner {
			sent += " AND NOT t.vendor_only"
		}
		if a.May(ViewAllRequests) {
			return sent, false
		}
	}
	if a.Person == "" {
		return "FALSE", false
	}
	return sent, true
}

// partnerRoles are the roles of a partnership by which this person of the partner sees all requests of the customer, and
// those by which he sees the ones he has opened.
func (s *Requests) partnerRoles(a who.Actor) (all, own []string) {
	return account.InPartnership(a.Roles, s.Roles.Holders(ViewAllRequests)), account.InPartnership(a.Roles, s.Roles.Holders(ViewRequests))
}

// tables are what a list of a span walks; the key columns come with it.
func tables(sp span) (from, at, id string) {
	if sp == customers {
		return "ticket_scope s JOIN ticket t ON t.id = s.ticket_id", "s.updated_at", "s.ticket_id"
	}
	return "ticket t", "t.updated_at", "t.id"
}

// openIn is the condition of what is open in a tab. Scope rows say it themselves, in their own index.
func openIn(a who.Actor, tab string) string {
	if tab != TabDrafts && ranges(a, tab) == customers {
		return "t.is_open AND s.is_open"
	}
	return "t.is_open"
}

// turnIn is the condition of whose turn it is.
func turnIn(a who.Actor, tab string) string {
	if tab != TabDrafts && ranges(a, tab) == customers {
		return "s.turn = ?"
	}
	return "t.turn = ?"
}

package support

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// PageSize is how many requests a page of a list shows.
const PageSize = 50

// Tabs of the list.
const (
	TabMine   = "mine"   // opened by or for the actor; owned, for the vendor's people at their own number
	TabAll    = "all"    // of the family, or of all customers for the vendor
	TabOthers = "others" // of a partner's customers
	TabDrafts = "drafts"
	TabClosed = "closed"
	TabOver   = "own-closed" // of a partner's own organisation: its TabClosed are the customers'
)

// Filter says which requests are asked for. Empty fields do not restrict, but a list shows open ones unless told otherwise.
type Filter struct {
	Kind     string // ticket.Order; '' = requests
	Tab      string // '' = the actor's first
	Text     string // words, or a number
	State    string
	Turn     string
	Severity string
	Product  string // code
	Site     string // number of an organisation
	At       time.Time
	ID       string // with At: the row at the edge of the page before
	Back     bool   // towards newer ones
	Limit    int    // rows of a page; 0 = PageSize

	found []string // ids that Text has found already; nil: it is searched for
}

// anyKind is for finding.
const anyKind = "any"

// Filtered tells whether anything but the tab is asked for.
func (f Filter) Filtered() bool {
	return f.Text != "" || f.State != "" || f.Turn != "" || f.Severity != "" || f.Product != "" || f.Site != ""
}

// Row is a request in a list.
type Row struct {
	ID, Number, Title string
	Severity          int
	State             ticket.State
	Turn              ticket.Side
	Kind, Requester   string
	Owner             string // id
	NextOn            string
	CreatedAt         time.Time
	UpdatedAt         time.Time
	Org               string // id
	OrgNumber         int64
	OrgName, OrgCity  string
	Product           string
	Partner           string // name
	OwnerName         string
}

func (f Filter) kind() string { return cmp.Or(f.Kind, ticket.Request) }

// List is a page of requests.
type List struct {
	Kind         string
	Tab          string
	Tabs         []string
	Rows         []Row
	Newer, Older bool           // whether there are any
	Counts       map[string]int // by tab, open ones; above web.Cap means more
	NeedYou      int            // open ones whose turn is the actor's side
	Products     []Choice       // to filter by
	Sites        []Choice       // of the family, if there are several: Code is the number
	Vendor       string         // name
	Total        int            // open ones of the tab, whatever the filter
}

// List gives the requests or orders that the actor sees, most recently changed first. The actor needs ViewRequests, or Order. At the own
// number of a partner or of the vendor the rows are those of customers, with rights asked row by row; drafts are the
// actor's own everywhere.
func (s *Requests) List(ctx context.Context, a who.Actor, f Filter) (l List, err error) {
	l.Kind = f.kind()
	if err := a.Must(needs(ViewRequests, l.Kind)); err != nil {
		return l, err
	}
	l.Tabs = tabsFor(a)
	if l.Kind == ticket.Order {
		l.Tabs = slices.DeleteFunc(l.Tabs, func(tab string) bool { return tab == TabDrafts })
	}
	l.Tab = l.Tabs[0]
	for _, t := range l.Tabs {
		if t == f.Tab {
			l.Tab = t
		}
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if err := s.heads(tx, a, &l); err != nil {
			return err
		}
		return s.rows(tx, a, f, &l)
	})
	return l, err
}

// tabsFor are the views that an actor has; the first one is shown unless another is asked for.
func tabsFor(a who.Actor) []string {
	var tabs []string
	switch sp := spanOf(a); {
	case sp == customers:
		tabs = append(tabs, TabOthers)
		if a.May(ViewAllRequests) {
			tabs = append(tabs, TabAll)
		}
	case a.May(ViewAllRequests):
		tabs = append(tabs, TabAll)
	}
	tabs = append(tabs, TabMine, TabDrafts, TabClosed)
	if spanOf(a) == customers {
		tabs = append(tabs, TabOver)
	}
	return tabs
}

// closed tells whether a tab holds what is over.
func closed(tab string) bool { return tab == TabClosed || tab == TabOver }

// ranges is the span that a tab ranges over.
func ranges(a who.Actor, tab string) span {
	sp := spanOf(a)
	if sp == customers && (tab == TabAll || tab == TabMine || tab == TabOver) {
		return family // of the partner itself
	}
	return sp
}

// inTab restricts a list to a tab.
func (s *Requests) inTab(w *where, a who.Actor, tab string, tx *store.Tx) {
	sp := ranges(a, tab)
	if tab == TabDrafts {
		s.drafts(w, a, sp, tx)
		return
	}
	cond, own := s.seen(w, a, sp, tx)
	w.conds = append(w.conds, cond)
	if closed(tab) {
		w.and("NOT t.is_open")
	}
	if tab == TabMine && sp == everybody && !own {
		w.and("t.owner_id = ?", a.Person)
	}
	if own || tab == TabMine && sp != everybody {
		w.either = []string{w.fill("t.author_id = ?", a.Person), w.fill("t.requester_id = ?", a.Person)}
		if !own {
			w.either = append(w.either, w.fill("t.owner_id = ?", a.Person))
		}
	}
}

// drafts are those of the actor: of the family in view, or wherever he may act for customers.
func (s *Requests) drafts(w *where, a who.Actor, sp span, tx *store.Tx) {
	w.and("t.kind = 'request' AND t.state = 'draft' AND t.author_id = ? AND t.author_id <> ''", a.Person)
	switch sp {
	case family:
		w.and("t.org_id = ANY(?)", store.List(a.Reach.Orgs))
	case customers:
		_, own := s.partnerRoles(a)
		w.and("(t.org_id = ANY(?) OR "+account.Reaches("t.org_id", "?", "?", "?", "pr.role = ANY(?)")+")",
			store.List(a.Reach.Orgs), a.Reach.Scope, tx.Now, tx.Now, store.List(own))
	}
}

// narrow adds the filter's conditions. nothing is true if no request can match.
func narrow(tx *store.Tx, a who.Actor, w *where, f Filter, tab string) (nothing bool, err error) {
	if f.Text != "" {
		ids := f.found
		if ids == nil {
			if ids, err = search(tx, a, f.Text); err != nil {
				return true, err
			}
		}
		if len(ids) == 0 {
			return true, nil
		}
		w.and("t.id = ANY(?)", store.List(ids))
	}
	switch {
	case f.State != "" && ticket.State(f.State).Open():
		w.and(openIn(a, tab)+" AND t.state = ?", f.State) // the index over open ones
	case f.State != "":
		w.and("t.state = ?", f.State)
	case tab != TabDrafts && !closed(tab):
		w.and(openIn(a, tab))
	}
	if f.Turn != "" {
		w.and(turnIn(a, tab), f.Turn)
	}
	if n, err := strconv.Atoi(f.Severity); f.Severity != "" {
		if err != nil || n < 1 || n > 4 {
			return true, nil
		}
		w.and("t.severity = ?", n)
	}
	if f.Product != "" {
		w.and("t.product_id = (SELECT x.id FROM product x WHERE x.code = ?)", f.Product)
	}
	if n, err := strconv.ParseInt(f.Site, 10, 64); f.Site != "" {
		if err != nil {
			return true, nil
		}
		w.and("t.org_id = (SELECT x.id FROM organisation x WHERE x.number = ?)", n)
	}
	return false, nil
}

// mostFound is how many documents a search gives to a list.
const mostFound = 500

// search gives the tickets whose text the actor may find. The list's own conditions are asked all the same.
func search(tx *store.Tx, a who.Actor, text string) ([]string, error) {
	if n, err := number.ParseTicket(text); err == nil {
		text = n // as typed it may have O for 0
	}
	scope := store.Scope{Any: []string{ticket.ScopeOwn(a.Person)}}
	switch {
	case a.Reach.All && a.May(ViewAllRequests):
		scope.But = ticket.IsDraft
	case ticket.SideOf(a) == ticket.Vendor && a.May(ViewAllRequests):
		for _, org := range a.Reach.Orgs { // what is found at work for a customer is not cut by what others have
			scope.Any = append(scope.Any, ticket.ScopeOrg(org), ticket.ScopeDesk(org))
		}
	default:
		if a.Reach.Scope != "" {
			scope.Any = append(scope.Any, ticket.ScopePartner(a.Reach.Scope))
		}
		if a.May(ViewAllRequests) {
			for _, org := range a.Reach.Orgs {
				scope.Any = append(scope.Any, ticket.ScopeOrg(org))
			}
		}
	}
	docs, err := tx.Search(text, scope, mostFound)
	return ticket.Found(docs), err
}

// rows asks for the page itself and one row more, which tells whether there is another page.
func (s *Requests) rows(tx *store.Tx, a who.Actor, f Filter, l *List) error {
	at := f.At
	if at.IsZero() {
		at = clock.End
	}
	sp := ranges(a, l.Tab)
	if l.Tab == TabDrafts && sp == customers {
		sp = everybody // walks tickets: drafts have no scope rows, and the condition itself says whose they are
	}
	size := cmp.Or(f.Limit, PageSize)
	w := &where{args: []any{at, f.ID, size + 1}, kinds: []string{f.kind()}}
	if f.Kind == anyKind {
		w.kinds = kinds
	}
	if sp == family && !f.Back {
		w.args = append([]any{store.List(a.Reach.Orgs)}, w.args...) // as store.Newest has them
	}
	s.inTab(w, a, l.Tab, tx)
	nothing, err := narrow(tx, a, w, f, l.Tab)
	if err != nil || nothing {
		return err
	}
	inner := page(tx, w, sp, f.Back, size)
	order := "t.updated_at DESC, t.id DESC"
	l.Rows, err = store.Query[Row](tx, "SELECT "+rowColumns+" FROM ("+inner+") t"+rowJoins+" ORDER BY "+order, w.args...)
	if err != nil {
		return err
	}
	more := len(l.Rows) > size
	switch {
	case f.Back && more:
		l.Rows = l.Rows[1:]
	case more:
		l.Rows = l.Rows[:size]
	}
	l.Older, l.Newer = more, !f.At.IsZero()
	if f.Back {
		l.Older, l.Newer = true, more
	}
	return nil
}

// listed are the columns of ticket t that a row needs.
var listed = []string{"t.id", "t.number", "t.title", "t.severity", "t.state", "t.turn", "t.request_kind", "t.requester_name", "t.owner_id", "t.next_on",
	"t.created_at", "t.updated_at", "t.org_id", "t.product_id", "t.partner_id"}

// page gives the text that reads the tickets of a page, whose key stands in w.
func page(tx *store.Tx, w *where, sp span, back bool, size int) string {
	from, at, id := tables(sp)
	before, down := "<", " DESC"
	if back {
		before, down = ">", ""
	}
	plain := make([]string, len(listed))
	for i, c := range listed {
		plain[i] = strings.TrimPrefix(c, "t.")
	}
	text := w.each(func(cond string) string {
		if sp == family && !back {
			return store.Newest{Columns: plain, Table: "ticket t", Where: cond, Key: "updated_at"}.SQL(tx)
		}
		return "SELECT " + strings.Join(listed, ", ") + " FROM " + from + " WHERE (" + at + ", " + id + ") " + before + " ($1, $2) AND " + cond +
			" ORDER BY " + at + down + ", " + id + down + " LIMIT $3"
	}, strings.Join(plain, ", "))
	if len(w.either) > 0 {
		text += " ORDER BY updated_at" + down + ", id" + down + " LIMIT " + strconv.Itoa(size+1)
	}
	return text
}

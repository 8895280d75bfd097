package support

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// listPage is the list of requests.
type listPage struct {
	Heading, Sub web.Text
	New          string // address; empty where nothing can be opened
	Tabs         web.Tabs
	Bar          web.Bar
	Caption      web.Text
	Heads        web.Heads
	Rows         []listRow
	Empty        *web.Empty
	Pager        web.Pager
}

func (p listPage) PageTitle() web.Text { return p.Heading }

// listRow is one line of it.
type listRow struct {
	Href      string
	Title     web.Text
	Number    string
	Meta      []web.Text
	Requester string
	Turn      *web.Turn
	Status    web.Status
	Next      web.Status
	NextOn    string
	Updated   time.Time
}

var listing = web.Page[listPage]{Name: "support/requests", Title: "support.requests"}

type listQuery struct {
	Tab      string `form:"tab"`
	Text     string `form:"text"`
	State    string `form:"state"`
	Turn     string `form:"turn"`
	Severity string `form:"severity"`
	Product  string `form:"product"`
	Site     string `form:"site"`
	Before   string `form:"before"`
	After    string `form:"after"`
}

// List shows the requests in view.
func (p Pages) List(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.list(w, r, a, ticket.Request)
}

func (p Pages) list(w http.ResponseWriter, r *http.Request, a who.Actor, kind string) error {
	var q listQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	f := Filter{Kind: kind, Tab: q.Tab, Text: q.Text, State: q.State, Turn: q.Turn, Severity: q.Severity, Product: q.Product, Site: q.Site}
	edge := q.Before
	if q.After != "" {
		edge, f.Back = q.After, true
	}
	var err error
	if f.At, f.ID, err = web.ParseEdge(edge); err != nil {
		return err
	}
	l, err := p.Requests.List(r.Context(), a, f)
	if err != nil {
		return err
	}
	page := listPage{Heading: web.Say("support.requests"), Caption: web.Say("support.list_caption"), Tabs: p.tabs(r, a, l), Bar: p.bar(r, a, q, l), Heads: listHeads()}
	page.Heading, page.Sub = p.aboutList(a, l)
	if spanOf(a) == family && a.May(OpenRequests) && kind == ticket.Request {
		page.New = web.Path(r) + "/requests/new"
	}
	today := clock.Day(p.Site.Clock.Now(), a.Zone)
	for _, row := range l.Rows {
		page.Rows = append(page.Rows, p.row(r, a, l, row, today))
	}
	if len(l.Rows) == 0 {
		page.Empty = emptyList(f, l, page.New, pathOf(r, kind, url.Values{"tab": {l.Tab}}))
	}
	page.Pager = pager(r, q, l)
	return listing.Render(p.Site, w, r, a, http.StatusOK, page)
}

// aboutList says whose requests these are and why one sees them.
func (p Pages) aboutList(a who.Actor, l List) (heading, sub web.Text) {
	if l.Kind == ticket.Order {
		return web.Say("support.orders"), web.Say("support.orders_lead")
	}
	heading = web.Say("support.requests")
	switch {
	case spanOf(a) == everybody:
		return heading, web.Say("support.about_everybody")
	case l.Tab == TabOthers:
		return heading, web.Say("support.about_customers")
	case a.Source == who.Own:
		heading = web.Say("support.manage")
	}
	if !a.May(ViewAllRequests) {
		return heading, web.Say("support.about_own")
	}
	numbers := []string{strconv.FormatInt(a.Number, 10)}
	if len(l.Sites) > 1 {
		numbers = numbers[:0]
		for _, s := range l.Sites {
			numbers = append(numbers, s.Code)
		}
	}
	return heading, web.Say("support.about_family", "numbers", numbers)
}

func (p Pages) tabs(r *http.Request, a who.Actor, l List) web.Tabs {
	t := web.Tabs{Label: web.Say("support.tabs")}
	for _, tab := range l.Tabs {
		item := web.Tab{Href: pathOf(r, l.Kind, url.Values{"tab": {tab}}), Label: web.Say("support.tab_" + tab), Current: tab == l.Tab}
		if tab == TabAll && spanOf(a) == everybody {
			item.Label = web.Say("support.tab_everybody")
		}
		if !closed(tab) {
			item.Count = &web.Count{N: l.Counts[tab]}
		}
		t.Items = append(t.Items, item)
	}
	return t
}

func (p Pages) bar(r *http.Request, a who.Actor, q listQuery, l List) web.Bar {
	b := web.Bar{Action: pathOf(r, l.Kind, nil), Hidden: []web.Pair{{Name: "tab", Value: l.Tab}}, Text: q.Text, Find: web.Say("support.find")}
	b.Selects = append(b.Selects, web.Pick("product", "support.product", "support.product_any", q.Product, productOptions(l.Products)...))
	switch l.Tab {
	case TabDrafts:
		return b
	case TabClosed, TabOver:
		b.Selects = append(b.Selects, web.Pick("state", "support.state", "support.state_over", q.State, stateOptions(ticket.Closed, ticket.Cancelled)...))
	default:
		b.Selects = append(b.Selects, web.Pick("state", "support.state", "support.state_open", q.State, stateOptions(ticket.OpenStates...)...),
			web.Pick("turn", "support.turn", "support.turn_any", q.Turn, turnOptions()...))
	}
	b.Selects = append(b.Selects, web.Pick("severity", "support.severity", "support.severity_any", q.Severity, severityOptions()...))
	if len(l.Sites) > 1 {
		var sites []web.Option
		for _, s := range l.Sites {
			sites = append(sites, web.Option{Value: s.Code, Label: web.Data(s.Name)})
		}
		b.Selects = append(b.Selects, web.Pick("site", "support.site", "support.site_any", q.Site, sites...))
	}
	return b
}

func turnOptions() (all []web.Option) {
	for _, s := range ticket.Sides {
		all = append(all, web.Option{Value: string(s), Label: web.Say("ticket.side_" + string(s))})
	}
	return all
}

func listHeads() web.Heads {
	return web.Heads{Columns: []web.Column{
		{Label: web.Say("support.request")}, {Label: web.Say("support.requester"), Width: "w-120"}, {Label: web.Say("support.whose_turn"), Width: "w-150"},
		{Label: web.Say("support.state"), Width: "w-190"}, {Label: web.Say("support.next_action"), Width: "w-120"}, {Label: web.Say("support.updated"), Num: true, Width: "w-84"},
	}}
}

func (p Pages) row(r *http.Request, a who.Actor, l List, row Row, today string) listRow {
	base := web.Path(r)
	meta := []web.Text{}
	if row.Product != "" {
		meta = append(meta, web.Data(row.Product))
	}
	switch {
	case spanOf(a) != family && !in(a.Reach.Orgs, row.Org):
		base += "/for/" + strconv.FormatInt(row.OrgNumber, 10)
		meta = append(meta, web.Data(row.OrgName))
		if row.OrgCity != "" {
			meta = append(meta, web.Data(row.OrgCity))
		}
	case row.OrgCity != "":
		meta = append(meta, web.Data(row.OrgCity))
	}
	meta = append(meta, web.Say("support.severity_n", "n", int64(row.Severity)))
	out := listRow{Href: base + placeOf(row.Number), Title: title(row.Title), Number: row.Number, Meta: meta, Requester: row.Requester,
		Status: status(row.State), NextOn: row.NextOn, Updated: row.UpdatedAt, Next: web.Status{Tone: web.Idle, Icon: "calendar"}}
	if row.Turn != ticket.Nobody {
		t := turn(a, row.Turn, row.OrgName, row.Partner, l.Vendor)
		out.Turn = &t
	}
	if row.NextOn != "" && row.NextOn < today {
		out.Next.Tone = web.Warn
	}
	return out
}

func in(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

// turn names who acts next.
func turn(a who.Actor, t ticket.Side, customer, partner, vendor string) web.Turn {
	if turnOf(a, t) {
		return web.Turn{You: true}
	}
	return web.Turn{Name: sideName(t, customer, partner, vendor)}
}

func sideName(t ticket.Side, customer, partner, vendor string) string {
	switch t {
	case ticket.Customer:
		return customer
	case ticket.Partner:
		return partner
	}
	return vendor
}

// emptyList says what is missing: nothing there yet, or nothing that the filter lets through.
func emptyList(f Filter, l List, open, clear string) *web.Empty {
	if f.Filtered() {
		e := &web.Empty{Title: web.Say("support.none_match"), Acts: []web.Act{{Label: web.Say("support.clear_filter"), Href: clear}}}
		if f.Text != "" {
			e.Title = web.Say("support.none_match_text", "text", f.Text)
		}
		if l.Tab != TabDrafts && !closed(l.Tab) && l.Total > 0 {
			e.Text = web.Text{Key: count("support.hidden_by_filter", "support.hidden_by_filter_many", l.Total)}
		}
		return e
	}
	if l.Kind == ticket.Order {
		return &web.Empty{Title: web.Say("support.none_orders"), Text: web.Say("support.none_orders_text")}
	}
	e := &web.Empty{Title: web.Say("support.none_" + l.Tab), Text: web.Say("support.none_" + l.Tab + "_text")}
	if open != "" && !closed(l.Tab) {
		e.Acts = []web.Act{{Label: web.Say("support.new_request"), Icon: "plus", Href: open}}
	}
	return e
}

// pager leads on by the key of the first or last row, and says how many are open.
func pager(r *http.Request, q listQuery, l List) web.Pager {
	p := web.Pager{Time: true, Note: web.Say("support.list_note", "open", count("support.open_count", "support.open_count_many", l.Total), "need", count("support.need_count", "support.need_count_many", l.NeedYou))}
	if l.Tab == TabDrafts || closed(l.Tab) || l.Kind == ticket.Order {
		p.Note = web.Text{}
	}
	link := func(name string, row Row) string {
		v := r.URL.Query()
		v.Del("before")
		v.Del("after")
		v.Set(name, web.Edge(row.UpdatedAt, row.ID))
		return pathOf(r, l.Kind, v)
	}
	if len(l.Rows) > 0 {
		if l.Older {
			p.Older = link("before", l.Rows[len(l.Rows)-1])
		}
		if l.Newer {
			p.Newer = link("after", l.Rows[0])
		}
	} else if q.Before != "" || q.After != "" {
		p.Newer = pathOf(r, l.Kind, url.Values{"tab": {l.Tab}})
	}
	return p
}

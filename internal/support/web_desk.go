package support

import (
	"net/http"
	"strconv"
	"time"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// deskPage is the helpdesk's queue.
type deskPage struct {
	Now     time.Time
	Note    web.Text
	Tabs    web.Tabs
	Bar     web.Bar
	Heads   web.Heads
	Rows    []deskRow
	Empty   *web.Empty
	Pager   web.Pager
	Planned []plannedRow
}

type deskRow struct {
	Href    string
	Title   web.Text
	Number  string
	Meta    []web.Text
	Due     web.Status
	On      string // civil day of the next action; ''
	With    web.Text
	Status  web.Status
	Updated time.Time
}

type plannedRow struct {
	Title, Number, Customer, Href, Done string
	On                                  string
	Late                                bool
	Version                             int64
}

var deskOf = web.Page[deskPage]{Name: "support/desk", Title: "support.desk"}

type deskQuery struct {
	View     string `form:"view"`
	Text     string `form:"text"`
	State    string `form:"state"`
	Turn     string `form:"turn"`
	Severity string `form:"severity"`
	Product  string `form:"product"`
	After    string `form:"after"`
}

// Desk shows the queue.
func (p Pages) Desk(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var d deskQuery
	if err := web.Query(r, &d); err != nil {
		return err
	}
	f := QueueFilter{View: d.View, Text: d.Text, State: d.State, Turn: d.Turn, Severity: d.Severity, Product: d.Product}
	var err error
	if f.After, err = ParseQueueKey(d.After); err != nil {
		return err
	}
	q, err := p.Requests.Desk(r.Context(), a, f)
	if err != nil {
		return err
	}
	at := web.Path(r) + "/desk"
	page := deskPage{Now: p.Site.Clock.Now(), Tabs: web.Tabs{Label: web.Say("support.queues")}, Heads: deskHeadsOf()}
	if q.Overdue > 0 {
		page.Note = web.Text{Key: count("support.desk_overdue", "support.desk_overdue_many", q.Overdue)}
	}
	for _, v := range deskViews {
		page.Tabs.Items = append(page.Tabs.Items, web.Tab{Href: at + "?view=" + v, Label: web.Say("support.desk_" + v), Count: &web.Count{N: q.Counts[v]}, Current: v == q.View})
	}
	page.Bar = web.Bar{Action: at, Hidden: []web.Pair{{Name: "view", Value: q.View}}, Text: d.Text, Find: web.Say("support.find"), Selects: []web.Select{
		web.Pick("product", "support.product", "support.product_any", d.Product, productOptions(q.Products)...),
		web.Pick("state", "support.state", "support.state_open", d.State, stateOptions(ticket.OpenStates...)...),
		web.Pick("turn", "support.turn", "support.turn_any", d.Turn, turnOptions()...),
		web.Pick("severity", "support.severity", "support.severity_any", d.Severity, severityOptions()...),
	}}
	for _, row := range q.Rows {
		page.Rows = append(page.Rows, deskRowOf(a, q, row, web.Path(r)))
	}
	for _, c := range q.Planned {
		to := web.Path(r) + "/for/" + strconv.FormatInt(c.Customer, 10) + placeOf(c.Number)
		page.Planned = append(page.Planned, plannedRow{Title: c.Title, Number: c.Number, Customer: c.CustomerName, Href: to, Done: to + "/actions/" + c.ID + "/done",
			On: c.On, Late: c.On < q.Today, Version: c.Version})
	}
	if len(q.Rows) == 0 {
		page.Empty = emptyDesk(f, q, at)
	}
	page.Pager = web.Pager{Note: web.Text{Key: count("support.open_count", "support.open_count_many", q.Counts[DeskAll])}}
	if q.More {
		v := r.URL.Query()
		v.Set("after", q.Rows[len(q.Rows)-1].Key().String())
		page.Pager.Older = at + "?" + v.Encode()
	}
	if d.After != "" {
		v := r.URL.Query()
		v.Del("after")
		page.Pager.Newer = at + "?" + v.Encode() // the top: the queue moves while one reads
	}
	return deskOf.Render(p.Site, w, r, a, http.StatusOK, page)
}

func deskHeadsOf() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("support.request")}, {Label: web.Say("support.next_action"), Width: "w-180"}, {Label: web.Say("support.state_owner"), Width: "w-190"}}}
}

func deskRowOf(a who.Actor, q Queue, row Row, base string) deskRow {
	out := deskRow{Href: base + "/for/" + strconv.FormatInt(row.OrgNumber, 10) + placeOf(row.Number), Title: title(row.Title), Number: row.Number,
		Status: status(row.State), Due: web.Status{Tone: web.Idle, Icon: "calendar"}, On: row.NextOn, Updated: row.UpdatedAt}
	name := row.OrgName
	if row.OrgCity != "" {
		name += ", " + row.OrgCity
	}
	out.Meta = []web.Text{web.Data(name), web.Say("support.severity_n", "n", int64(row.Severity))}
	if row.Product != "" {
		out.Meta = append(out.Meta, web.Data(row.Product))
	}
	out.Status.Note = web.Say("support.nobody")
	if row.OwnerName != "" {
		out.Status.Note = web.Data(row.OwnerName)
	}
	t := turn(a, row.Turn, row.OrgName, row.Partner, q.Vendor)
	out.With = web.Say("support.turn_of", "name", t.Name)
	if t.You {
		out.With = web.Say("support.turn_you")
	}
	switch {
	case row.NextOn == "" && row.Turn == ticket.Vendor:
		out.Due = web.Status{Tone: web.Warn, Icon: "calendar-x"}
	case row.NextOn != "" && row.NextOn < q.Today:
		out.Due = web.Status{Tone: web.Bad, Icon: "alarm"}
	case row.NextOn == q.Today:
		out.Due.Tone = web.Warn
	}
	return out
}

func emptyDesk(f QueueFilter, q Queue, at string) *web.Empty {
	if f.Filtered() {
		e := &web.Empty{Title: web.Say("support.none_match"), Acts: []web.Act{{Label: web.Say("support.clear_filter"), Href: at + "?view=" + q.View}}}
		if f.Text != "" {
			e.Title = web.Say("support.none_match_text", "text", f.Text)
		}
		e.Text = web.Text{Key: count("support.hidden_by_filter", "support.hidden_by_filter_many", q.Counts[q.View])}
		return e
	}
	return &web.Empty{Title: web.Say("support.desk_empty"), Text: web.Say("support.desk_empty_text")}
}

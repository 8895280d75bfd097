package provision

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages are the handlers of customers; package app gives them their addresses.
type Pages struct {
	Provisions *Provisions
	Site       *web.Site
	Shelves    func(base string, a who.Actor, current string) web.Segment // what stands beside the resellers in the catalogue
}

// listPage is the list of customers.
type listPage struct {
	Lead   web.Text
	New    string // address; empty for those who make none
	Export string
	Bar    web.Bar
	Heads  web.Heads
	Rows   []listRow
	Empty  *web.Empty
	Pager  web.Pager
}

type listRow struct {
	Line
	Href, Edit string
	EditWord   web.Text
	State      web.Status
	Open       *web.Meter // of what is not complete
	OpenWord   web.Text
}

var listing = web.Page[listPage]{Name: "provision/customers", Title: "provision.customers"}

type listQuery struct {
	Text     string `form:"text"`
	State    string `form:"state"`
	Product  string `form:"product"`
	Progress string `form:"progress"`
	Sort     string `form:"sort"`
	Down     string `form:"down"`
	After    string `form:"after"`
}

func (q listQuery) filter() Filter {
	return Filter{Text: q.Text, Status: q.State, Type: q.Product, Progress: q.Progress, Sort: q.Sort, Down: q.Down != "", After: q.After}
}

// List shows the customers in reach.
func (p Pages) List(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q listQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	lines, more, err := p.Provisions.List(r.Context(), a, q.filter())
	if err != nil {
		return err
	}
	types, err := p.Provisions.Types(r.Context(), a)
	if err != nil {
		return err
	}
	at := web.Path(r) + "/customers"
	page := listPage{Lead: web.Say("provision.lead_vendor"), Heads: heads(at, r.URL.Query(), q), Export: at + "/export.csv"}
	if a.Reach.Scope != "" {
		page.Lead = web.Say("provision.lead_partner")
	}
	if a.May(CreateCustomers) {
		page.New = at + "/new"
	}
	var offered []web.Option
	for _, t := range types {
		offered = append(offered, web.Option{Value: t.Code, Label: web.Data(t.Name)})
	}
	page.Bar = listBar(at, q, offered)
	print := p.Site.Printer(r, a)
	for _, l := range lines {
		page.Rows = append(page.Rows, rowOf(web.Path(r), l, print))
	}
	if len(lines) == 0 {
		page.Empty = emptyList(at, q, page.New)
	}
	v := r.URL.Query()
	page.Pager.Note = web.Say("provision.shown", "n", len(lines))
	if v.Del("after"); q.After != "" {
		page.Pager.Newer = at + "?" + v.Encode()
	}
	if len(v) > 0 {
		page.Export += "?" + v.Encode()
	}
	if more {
		v.Set("after", lines[len(lines)-1].Key(q.Sort))
		page.Pager.Older = at + "?" + v.Encode()
	}
	return listing.Render(p.Site, w, r, a, http.StatusOK, page)
}

func rowOf(base string, l Line, print *lang.Printer) listRow {
	row := listRow{Line: l, State: statusOf(l.Status), OpenWord: web.Say("provision.complete")}
	at := base + "/customers/"
	switch {
	case l.Status == Draft:
		step, done := "user", 1
		row.OpenWord = web.Say("provision.step_user")
		if l.Progress == DetailsMissing {
			step, done, row.OpenWord = "details", 0, web.Say("provision.step_details")
		}
		row.Open = &web.Meter{Value: 2*done + 1, Max: 4, Label: web.Say("provision.steps_done", "n", done, "all", 2)}
		if l.Editable {
			row.Href, row.EditWord = at+"new/"+l.ID+"/"+step, web.Say("provision.go_on")
			row.Edit = row.Href
		}
		return row
	case l.Enterable:
		row.Href = base + "/for/" + print.Value(l.Number) + "/"
	}
	row.Edit, row.EditWord = at+print.Value(l.Number), web.Say("provision.show")
	if l.Editable {
		row.EditWord = web.Say("provision.edit")
	}
	return row
}

// statusOf is a status in the one vocabulary.
func statusOf(status string) web.Status {
	switch status {
	case Draft:
		return web.Status{Tone: web.Idle, Icon: "circle-dashed", Word: web.Say("provision.status_draft")}
	case "disabled":
		return web.Status{Tone: web.Warn, Icon: "player-pause", Word: web.Say("provision.status_disabled"), Note: web.Say("provision.still_billed")}
	case "terminated":
		return web.Status{Tone: web.Idle, Icon: "circle-off", Word: web.Say("provision.status_terminated")}
	}
	return web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("provision.status_active")}
}

// heads are links that sort; the second click reverses.
func heads(at string, v url.Values, q listQuery) (h web.Heads) {
	v = cloned(v)
	v.Del("after")
	now := q.Sort
	if now == "" {
		now = ByName
	}
	for _, c := range []struct{ sort, label, width string }{{ByName, "provision.customer", ""}, {ByCreated, "provision.created", "w-120"}, {ByStatus, "provision.status", "w-150"},
		{ByReference, "provision.reference", "w-120"}, {ByType, "provision.product_type", "w-150"}, {ByProgress, "provision.progress", "w-180"}} {
		column := web.Column{Label: web.Say(c.label), Width: c.width}
		v.Set("sort", c.sort)
		if v.Del("down"); now == c.sort {
			column.Sorted = "ascending"
			if q.Down != "" {
				column.Sorted = "descending"
			} else {
				v.Set("down", "1")
			}
		}
		column.Sort = at + "?" + v.Encode()
		h.Columns = append(h.Columns, column)
	}
	h.Columns = append(h.Columns, web.Column{Label: web.Say("provision.acts"), Hidden: true, Num: true, Width: "w-84"})
	return h
}

func cloned(v url.Values) url.Values {
	c := url.Values{}
	for name, all := range v {
		c[name] = slices.Clone(all)
	}
	return c
}

func listBar(at string, q listQuery, types []web.Option) web.Bar {
	b := web.Bar{Action: at, Find: web.Say("provision.find"), Text: q.Text, Selects: []web.Select{
		web.Pick("state", "provision.status", "provision.status_any", q.State, web.Words("provision.status_", Draft, "active", "disabled", "terminated")...),
		web.Pick("product", "provision.product_type", "provision.product_type_any", q.Product, types...),
		web.Pick("progress", "provision.progress", "provision.progress_any", q.Progress, web.Option{Value: DetailsMissing, Label: web.Say("provision.step_details")}, web.Option{Value: UserMissing, Label: web.Say("provision.step_user")},
			web.Option{Value: Complete, Label: web.Say("provision.complete")}),
	}}
	for name, value := range map[string]string{"sort": q.Sort, "down": q.Down} {
		if value != "" {
			b.Hidden = append(b.Hidden, web.Pair{Name: name, Value: value})
		}
	}
	slices.SortFunc(b.Hidden, func(x, y web.Pair) int { return strings.Compare(x.Name, y.Name) })
	return b
}

func emptyList(at string, q listQuery, add string) *web.Empty {
	if q.Text != "" || q.State != "" || q.Product != "" || q.Progress != "" || q.After != "" {
		return &web.Empty{Title: web.Say("provision.none_match"), Acts: []web.Act{{Label: web.Say("provision.clear_filter"), Href: at}}}
	}
	e := &web.Empty{Title: web.Say("provision.none_yet"), Text: web.Say("provision.none_yet_text")}
	if add != "" {
		e.Acts = []web.Act{{Label: web.Say("provision.create"), Icon: "plus", Href: add}}
	}
	return e
}

// Export is the list as a file, with what the list was asked for.
func (p Pages) Export(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q listQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	print := p.Site.Printer(r, a)
	columns := []string{"number", "name", "created", "status", "reference", "country", "product_type", "trial_until", "progress"}
	return p.Site.Export(w, a, "customers.csv", columns, func(yield func([]string, error) bool) {
		for l, err := range p.Provisions.All(r.Context(), a, q.filter()) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(exported(l, print), nil) {
				return
			}
		}
	})
}

func exported(l Line, print *lang.Printer) []string {
	number := ""
	if l.Number != 0 {
		number = print.Value(l.Number)
	}
	reference := cmp.Or(l.Reference, number) // one without a reference goes by its number
	return []string{number, l.Name, l.CreatedOn, l.Status, reference, l.Country, l.Type, l.TrialUntil, l.Progress[2:]}
}

// conflicts are refusals that a form shows itself, with what was typed.
var conflicts = []string{"provision.name_taken", "provision.changed", "provision.draft_changed", "provision.drafts_many", "subscription.type_fixed", "once.other_body"}

// refused puts the messages at their fields and gives the notice above the form.
func refused(no *fault.Error, fields []web.Field, more ...web.Field) []web.Notice {
	return web.Summary(no, append(slices.Clip(web.Told(no, fields)), more...)...)
}

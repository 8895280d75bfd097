package home

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// logRow is a line of the log.
type logRow struct {
	LogEntry
	What web.Text
	Who  web.Text
	As   web.Text // why somebody of another organisation was there
	How  web.Text // before and after, in words
	Raw  bool     // the vendor's people read what is stored
	Only string   // address of what the same person did; '' where that is the list already
}

type logView struct {
	Rows   []logRow
	Pager  web.Pager
	All    bool // the reader sees everybody's
	Bar    web.Bar
	Link   string
	Export string // address of the same as a file
	Of     string // the contact whose history it is
	By     string // name of the person whose acts alone are shown
	Filter bool   // something was asked for

	Notices []web.Notice
}

// Heads are the columns.
func (v logView) Heads() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("home.when"), Width: "w-150"}, {Label: web.Say("home.what")}, {Label: web.Say("home.who")}, {Label: web.Say("home.from_where"), Width: "w-150"}}}
}

// Empty says what an empty log means.
func (v logView) Empty() web.Empty {
	if v.Filter {
		return web.Empty{Title: web.Say("home.log_none_match"), Acts: []web.Act{{Label: web.Say("web.clear_filter"), Href: v.Link}}}
	}
	return web.Empty{Title: web.Say("home.log_empty"), Text: web.Say("home.log_empty_text")}
}

var logPage = web.Page[logView]{Name: "home/events", Title: "home.events"}

// what says what happened: of an order in its own words, where a request's would be wrong.
func (p Pages) what(e LogEntry) web.Text {
	if order, ok := strings.CutPrefix(e.Name, "ticket."); ok && strings.HasPrefix(e.Ticket, "OR-") {
		if key := "home.event.order." + order; p.Site.Catalogue.Has(lang.Fallback, key) {
			return web.Say(key)
		}
	}
	return web.Say("home.event." + e.Name)
}

// how says what an event changed, in words: ids and counters of the program are left out.
func (p Pages) how(e LogEntry, r *http.Request, a who.Actor) web.Text {
	var body struct {
		Before, After, Role, Day any
	}
	if json.Unmarshal([]byte(e.Body), &body) != nil {
		return web.Text{}
	}
	print := p.Site.Printer(r, a)
	word := func(v any) any {
		s, isText := v.(string)
		switch {
		case !isText && v != nil:
			return fmt.Sprint(v)
		case !isText || s == "" || id.MatchString(s):
			return ""
		case day.MatchString(s):
			return print.Day(s)
		}
		for _, key := range []string{"ticket.state_" + strings.ReplaceAll(s, "-", "_"), "account.role." + s, "home.action." + s} {
			if p.Site.Catalogue.Has(lang.Fallback, key) {
				return fault.Msg(key)
			}
		}
		return s
	}
	before, after := word(body.Before), word(body.After)
	if e.Name == (account.RolesChanged{}).EventName() {
		before, after = rolesIn(print, body.Before), rolesIn(print, body.After)
	}
	switch {
	case before != "" && after != "":
		return web.Say("home.change", "before", before, "after", after)
	case word(body.Role) != "":
		return web.Say("home.one", "what", word(body.Role))
	case word(body.Day) != "":
		return web.Say("home.one", "what", word(body.Day))
	}
	return web.Text{}
}

// rolesIn are the names of the roles that an event has as words of the program.
func rolesIn(print *lang.Printer, words any) string {
	s, _ := words.(string)
	names := []string{}
	for role := range strings.FieldsSeq(s) {
		names = append(names, print.T("account.role."+role))
	}
	if len(names) == 0 {
		return print.T("account.role.none")
	}
	return strings.Join(names, ", ")
}

var (
	id  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	day = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
)

// logQuery is what the address asks for: civil days of the reader.
type logQuery struct {
	From    string `form:"from"`
	Until   string `form:"until"`
	Contact string `form:"contact"`
	Person  string `form:"person"`
	Kind    string `form:"kind"`
	At      string `form:"at"`
	ID      string `form:"id"`
}

// filter reads the days. Invalid at from or until for what is none.
func (q logQuery) filter(zone *time.Location) (f LogFilter, err error) {
	f.Contact, f.Person, f.Kind = q.Contact, q.Person, q.Kind
	var c fault.Check
	read := func(field, day string) (at time.Time) {
		if day != "" {
			at, err = time.ParseInLocation(time.DateOnly, day, zone)
			c.Need(err == nil, field, "home.day_unknown")
		}
		return at
	}
	f.From = read("from", q.From)
	if f.Until = read("until", q.Until); !f.Until.IsZero() {
		f.Until = f.Until.AddDate(0, 0, 1)
	}
	return f, c.Err()
}

// values are the filter as an address has it.
func (q logQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"from": q.From, "until": q.Until, "contact": q.Contact, "person": q.Person, "kind": q.Kind} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// EventsPage shows who did what.
func (p Pages) EventsPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q logQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	before := event.Before{ID: q.ID}
	if t, err := time.Parse(time.RFC3339Nano, q.At); err == nil {
		before.At = t
	}
	f, err := q.filter(a.Zone)
	no, again := web.Refused(err)
	var all []LogEntry
	if !again {
		if all, err = p.Log(r.Context(), a, f, before); err != nil {
			return err
		}
	}
	asked := q.values()
	v := logView{All: a.May(account.ViewAllEvents), Pager: web.Pager{Time: true}, Link: web.Path(r) + "/events", Filter: len(asked) > 0, Of: q.Contact}
	v.Export = v.Link + "/export.csv?" + asked.Encode()
	v.Bar = web.Bar{Action: v.Link, Dates: []web.Field{{Name: "from", ID: "f-from", Label: web.Say("home.from"), Value: q.From}, {Name: "until", ID: "f-until", Label: web.Say("home.until"), Value: q.Until}}}
	v.Bar.Selects = []web.Select{web.Pick("kind", "home.kind", "home.kind_any", q.Kind, web.Words("home.kind.", Kinds...)...)}
	for _, hidden := range []web.Pair{{Name: "contact", Value: q.Contact}, {Name: "person", Value: q.Person}} {
		if hidden.Value != "" {
			v.Bar.Hidden = append(v.Bar.Hidden, hidden)
		}
	}
	if q.Person != "" && len(all) > 0 {
		v.By = all[0].Person
	}
	if v.Filter {
		v.Bar.Clear = v.Link
	}
	if !before.At.IsZero() {
		v.Pager.Newer = v.Link + "?" + asked.Encode()
	}
	if len(all) > event.PageSize {
		all = all[:event.PageSize]
		last := all[event.PageSize-1]
		asked.Set("at", last.At.Format(time.RFC3339Nano))
		asked.Set("id", last.ID)
		v.Pager.Older = v.Link + "?" + asked.Encode()
	}
	for _, e := range all {
		row := p.logRow(e, r, a)
		if v.All && q.Person == "" && e.PersonID != "" {
			only := q.values()
			only.Set("person", e.PersonID)
			row.Only = v.Link + "?" + only.Encode()
		}
		v.Rows = append(v.Rows, row)
	}
	if again {
		v.Notices = web.Summary(no, web.Told(no, v.Bar.Dates)...)
		return logPage.Render(p.Site, w, r, a, int(no.Kind), v)
	}
	return logPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// logRow is an event as the reader may see it.
func (p Pages) logRow(e LogEntry, r *http.Request, a who.Actor) logRow {
	row := logRow{LogEntry: e, What: p.what(e), Who: web.Data(e.Person), How: p.how(e, r, a)}
	if e.Person == "" {
		row.Who = web.Say("home.program")
	}
	row.Raw = a.Reach.All || a.Source == who.Staff
	if e.Source == who.Staff || e.Source == who.Partnership {
		row.As = web.Say("home.acting_for", "organisation", e.ActingFor)
		if !row.Raw {
			row.Address = "" // where other organisations' people sit is theirs
		}
	}
	return row
}

// ExportEvents is the log as a file, with what it was asked for.
func (p Pages) ExportEvents(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q logQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	f, err := q.filter(a.Zone)
	if err != nil {
		return err
	}
	print := p.Site.Printer(r, a)
	columns := []string{"at", "event", "text", "change", "person", "acting_for", "source", "address", "request", "subject"}
	return p.Site.Export(w, a, "events.csv", columns, func(yield func([]string, error) bool) {
		for e, err := range p.Whole(r.Context(), a, f) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := p.logRow(e, r, a)
			subject := ""
			if row.Raw {
				subject = e.Subject
			}
			if !yield([]string{e.At.UTC().Format(time.RFC3339), e.Name, row.What.In(print), row.How.In(print), e.Person, row.As.In(print), string(e.Source), row.Address, e.Ticket, subject}, nil) {
				return
			}
		}
	})
}

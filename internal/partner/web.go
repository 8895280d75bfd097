package partner

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages are the doors that people use.
type Pages struct {
	Partners *Partners
	Site     *web.Site
}

// At is the address of the list below the organisation's, AskAt of what a partner asks.
const (
	At    = "/partners"
	AskAt = "/partner-asks"
)

// listRow is a partnership in the list.
type listRow struct {
	Row
	Href   string
	Roles  []web.Text
	Status web.Status
}

type askRow struct {
	Ask
	Href     string // where it is answered; '' for what was sent
	Withdraw string // where it is taken back; '' if it cannot be
	Roles    []web.Text
	Status   web.Status
}

// part is one table of partnerships.
type part struct {
	Title web.Text
	Heads web.Heads
	Rows  []listRow
}

type listView struct {
	Lead    web.Text
	Ask     string // address of the form, for partners
	Notices []web.Notice
	Tabs    web.Tabs
	Came    []askRow
	Sent    []askRow
	Parts   []part
	Empty   *web.Empty
	Pager   web.Pager
}

var listPage = web.Page[listView]{Name: "partner/list", Title: "partner.partners"}

// statusOf is how the states of partnerships and asks are shown.
func statusOf(state string) web.Status {
	word := web.Say("partner.state." + state)
	switch state {
	case Coming:
		return web.Status{Tone: web.Info, Icon: "calendar", Word: word}
	case Active, "agreed":
		return web.Status{Tone: web.OK, Icon: "circle-check", Word: word}
	case Open:
		return web.Status{Tone: web.Warn, Icon: "alert-triangle", Word: word}
	case "waiting":
		return web.Status{Tone: web.Idle, Icon: "clock-pause", Word: word}
	case "refused":
		return web.Status{Tone: web.Bad, Icon: "circle-x", Word: word}
	}
	return web.Status{Tone: web.Idle, Icon: "circle-off", Word: word}
}

// words are the names of roles in the order in which people read them.
func words(roles []string) (all []web.Text) {
	for _, r := range Ordered(roles) {
		all = append(all, account.RoleWord(r))
	}
	return all
}

// List shows who acts for the organisation and for whom it acts.
func (p Pages) List(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q struct {
		Tab   string `form:"tab"`
		After string `form:"after"`
	}
	if err := web.Query(r, &q); err != nil {
		return err
	}
	f := Filter{Past: q.Tab == "past", After: q.After}
	o, err := p.Partners.Overview(r.Context(), a, f)
	if err != nil {
		return err
	}
	at, now := web.Path(r)+At, p.Site.Clock.Now()
	v := listView{Lead: web.Say("partner.lead_" + string(o.Side)), Tabs: web.Tabs{Label: web.Say("partner.partners"), Items: []web.Tab{
		{Href: at, Label: web.Say("partner.current"), Current: !f.Past}, {Href: at + "?tab=past", Label: web.Say("partner.past"), Current: f.Past}}}}
	if o.Kind == account.Partner && !o.Site && a.May(Manage) {
		v.Ask = at + "/ask"
	}
	if len(o.Rows) > PageSize {
		o.Rows = o.Rows[:PageSize]
		v.Pager.Older = at + "?" + url.Values{"tab": {q.Tab}, "after": {o.Rows[PageSize-1].ID}}.Encode()
	}
	if q.After != "" {
		v.Pager.Newer = at + "?" + url.Values{"tab": {q.Tab}}.Encode()
	}
	v.add(at, o.Side, o.Rows, now)
	if q.After == "" {
		v.add(at, AsCustomer, o.Others[:min(len(o.Others), PageSize)], now)
	}
	if !f.Past && q.After == "" {
		v.asks(web.Path(r)+AskAt, o, a, now)
	}
	if len(v.Parts) == 0 && len(v.Came) == 0 && len(v.Sent) == 0 {
		v.Empty = &web.Empty{Title: web.Say("partner.none_" + string(o.Side)), Text: web.Say("partner.none_text_" + string(o.Side))}
		if v.Ask != "" {
			v.Empty.Acts = []web.Act{{Label: web.Say("partner.ask"), Icon: "plus", Href: v.Ask}}
		}
	}
	return listPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// add is a table more, if there is anything in it, and a notice if some of it has no end.
func (v *listView) add(at string, side Side, rows []Row, now time.Time) {
	if len(rows) == 0 {
		return
	}
	t := part{Title: web.Say("partner.part_" + string(side)), Heads: web.Heads{Columns: []web.Column{{Label: web.Say("partner.side_" + string(side))}, {Label: web.Say("partner.may")},
		{Label: web.Say("partner.until"), Width: "w-150"}, {Label: web.Say("partner.state"), Width: "w-190"}}}}
	open := 0
	for _, row := range rows {
		state := row.State(now)
		if state == Open && side == AsCustomer {
			open++
		}
		t.Rows = append(t.Rows, listRow{Row: row, Href: at + "/" + row.ID, Roles: words(row.Roles()), Status: statusOf(state)})
	}
	v.Parts = append(v.Parts, t)
	if open > 0 {
		v.Notices = append(v.Notices, web.Notice{Tone: web.Warn, Title: web.Say("partner.open_some", "n", open), Text: web.Say("partner.open_text")})
	}
}

func (v *listView) asks(at string, o Overview, a who.Actor, now time.Time) {
	for _, k := range o.Came {
		row := askRow{Ask: k, Roles: words(k.Roles()), Status: statusOf(k.State(now))}
		if a.May(Manage) {
			row.Href = at + "/" + k.ID
		}
		v.Came = append(v.Came, row)
	}
	for _, k := range o.Sent {
		row := askRow{Ask: k, Roles: words(k.Roles()), Status: statusOf(k.State(now))}
		if a.May(Manage) && k.State(now) == "waiting" {
			row.Withdraw = at + "/" + k.ID + "/withdraw"
		}
		v.Sent = append(v.Sent, row)
	}
}

// wishView is the form in which a partner asks.
type wishView struct {
	Crumbs  web.Crumbs
	Notices []web.Notice
	Fields  []web.Field
	Link    string
}

var wishPage = web.Page[wishView]{Name: "partner/ask", Title: "partner.ask"}

type wishForm struct {
	Number string   `form:"number"`
	Roles  []string `form:"roles"`
	Months string   `form:"months"`
	Reason string   `form:"reason"`
}

// AskForm shows the form.
func (p Pages) AskForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Partners.MayAsk(r.Context(), a); err != nil {
		return err
	}
	return p.showWish(w, r, a, http.StatusOK, wishForm{Months: "12", Roles: []string{account.SupportAdvanced}}, nil)
}

// lengths are how long a partner may ask for, in months.
var lengths = []int{3, 6, 12, 24}

func (p Pages) showWish(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f wishForm, no *fault.Error) error {
	at := web.Path(r) + At
	months := web.Field{Name: "months", Type: "select", Label: web.Say("partner.months"), Hint: web.Say("partner.months_hint"), Required: true}
	for _, n := range lengths {
		months.Options = append(months.Options, web.Option{Value: strconv.Itoa(n), Label: web.Say("partner.months_n", "n", n), Chosen: f.Months == strconv.Itoa(n)})
	}
	v := wishView{Link: at, Fields: []web.Field{
		{Name: "number", Label: web.Say("partner.number"), Hint: web.Say("partner.number_hint"), Value: f.Number, Required: true, Short: true, InputMode: "numeric", Autocomplete: "off"},
		rolesField(Roles, f.Roles, "partner.roles", "partner.roles_hint", func(string) bool { return true }), months,
		{Name: "reason", Type: "textarea", Label: web.Say("partner.reason"), Hint: web.Say("partner.reason_hint"), Value: f.Reason, Optional: true, Max: maxReason, Rows: 4}}}
	v.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("partner.partners")}, {Label: web.Say("partner.ask")}}}
	if no != nil {
		v.Notices = web.Summary(no, web.Told(no, v.Fields)...)
	}
	return wishPage.Render(p.Site, w, r, a, status, v)
}

func rolesField(of, chosen []string, label, hint string, may func(role string) bool) web.Field {
	f := web.Field{Name: "roles", Type: "checks", Label: web.Say(label), Hint: web.Say(hint)}
	for _, role := range Ordered(of) {
		o := web.Option{Value: role, Label: account.RoleWord(role), Hint: web.Say("account.role_hint." + role), Chosen: has(chosen, role)}
		if !may(role) {
			o.Disabled, o.Chosen, o.Hint = true, false, web.Say("account.role_of."+account.Giver(account.Grants(role)))
		}
		f.Options = append(f.Options, o)
	}
	return f
}

// AskPost asks.
func (p Pages) AskPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f wishForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	_, err := p.Partners.Ask(r.Context(), a, Wish{Number: web.Whole(f.Number), Roles: f.Roles, Months: int(web.Whole(f.Months)), Reason: f.Reason})
	if no, ok := web.Refused(err, "partner.asked_already", "partner.asks_many", "once.other_body"); ok {
		return p.showWish(w, r, a, int(no.Kind), f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At, fault.Msg("partner.done_asked"))
}

// Withdraw takes an ask back.
func (p Pages) Withdraw(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Partners.Withdraw(r.Context(), a, r.PathValue("ask")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At, fault.Msg("partner.done_withdrawn"))
}

// in is a civil day as the reader's language writes it.
func in(print *lang.Printer, day string) web.Text { return web.Data(print.Day(day)) }

package support

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// requestPage is a request as customer and partner read it. There is no place in it for a note.
type requestPage struct {
	Number    string
	Heading   web.Text
	Crumbs    web.Crumbs
	Formerly  string
	Status    web.Status
	Turn      *web.Turn
	Severity  web.Text
	At        string // address of the request
	Whole     string // the same with the portal's name, for paper
	Summary   []web.Notice
	Decision  *decisionPart
	Actions   []actionRow
	Finished  int // of the actions
	Plan      *planPart
	Order     web.Link
	Entries   []web.Entry
	Reply     *replyPart
	Over      *web.Notice // instead of a reply, when it is closed
	Left      *leftPart   // an unsent reply, then
	Facts     web.Facts
	People    []personRow
	Audience  []audienceRow
	Withhold  *withholdPart
	Files     []web.Attached
	Move      *movePart
	Rate      *ratePart
	Cancel    *web.Field
	CancelNow bool
}

func (p requestPage) PageTitle() web.Text { return p.Heading }

// staffPage is a request as the vendor's people read it.
type staffPage struct {
	requestPage
	Customer web.Facts
	Own      bool // can be taken
	Show     web.Segment
	Note     *notePart
}

var (
	requestOf = web.Page[requestPage]{Name: "support/request", Title: "support.request"}
	staffOf   = web.Page[staffPage]{Name: "support/request-staff", Title: "support.request"}
)

type decisionPart struct {
	Refuse, Reopen *web.Field // the text of it; nil until it is asked for
	CanReopen      bool
	Ask            string // address that opens the text
}

type actionRow struct {
	ID, Title, Owner, Side string
	On, WasOn              string
	Status                 web.Status
	DoneAt                 string // with the status
	Result                 string
	Change                 string // address of the form that moves it; '' if the reader may not
	Done                   string // address; '' if the reader may not
	Over                   bool   // done or dropped
	Version                int64
}

type planPart struct {
	Open   bool
	Fields []web.Field
}

type notePart struct {
	web.Field
	Unsent unsentPart
}

type replyPart struct {
	Text   web.Field
	Unsent unsentPart
	Upload web.Upload
	Kept   []kept
	Then   []web.Option // of the helpdesk
	Hint   web.Text
	Send   web.Text
	Helper bool
}

type movePart struct {
	State web.Field
	Text  web.Field
}

type ratePart struct {
	Severity web.Field
	Reason   web.Field
}

type withholdPart struct {
	Withheld bool
	Vendor   string
}

type personRow struct {
	Name string
	As   web.Text
}

type audienceRow struct {
	Name string
	Note web.Text
	Lock bool
}

// typed is what a refused form of a request's page had in it.
type typed struct {
	form   string // reply, note, plan, move, severity, decision
	fields map[string]string
	then   string
	files  []ticket.Upload
	no     *fault.Error
}

func (y typed) in(form string) bool { return y.form == form }

// of is a field of one form with what was typed into it.
func (y typed) of(form string, f web.Field) web.Field {
	if y.form != form {
		return f
	}
	f.Value = y.fields[f.Name]
	for i := range f.Options {
		f.Options[i].Chosen = f.Options[i].Value == f.Value
	}
	return f.With(y.no)
}

// Show shows a request; a draft as the form it came from. A number as people type it, or as an older system gave it, leads
// to the request's own address, and a customer's request at the own number of a helper to where he can work on it.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	q, err := p.Requests.Show(r.Context(), a, r.PathValue("ticket"))
	if fault.Is(err, "fault.not_found") {
		customer, elsewhere := p.Requests.Elsewhere(r.Context(), a, r.PathValue("ticket"))
		if elsewhere != nil {
			return err
		}
		return p.Site.Redirect(w, r, web.Path(r)+"/for/"+strconv.FormatInt(customer, 10)+placeOf(r.PathValue("ticket")))
	}
	if err != nil {
		return err
	}
	if !q.Typed || !strings.HasPrefix(r.URL.Path, web.Path(r)+folder(q.Ticket.Kind)+"/") {
		return p.to(w, r, q.Ticket.Number)
	}
	if q.Ticket.State == ticket.Draft {
		return p.showDraft(w, r, a, q)
	}
	return p.render(w, r, a, http.StatusOK, q, typed{})
}

// listOf leads to the list of a kind.
func listOf(r *http.Request, kind string) web.Link {
	if kind == ticket.Order {
		return web.Link{Href: web.Path(r) + folder(kind), Label: web.Say("support.orders")}
	}
	return web.Link{Href: web.Path(r) + folder(kind), Label: web.Say("support.requests")}
}

// again shows the request with a refused form.
func (p Pages) again(w http.ResponseWriter, r *http.Request, a who.Actor, y typed) error {
	q, err := p.Requests.Show(r.Context(), a, r.PathValue("ticket"))
	if err != nil {
		return err
	}
	return p.render(w, r, a, int(y.no.Kind), q, y)
}

func (p Pages) render(w http.ResponseWriter, r *http.Request, a who.Actor, status int, q Request, y typed) error {
	page := p.common(r, a, q, y)
	if ticket.SideOf(a) != ticket.Vendor {
		return requestOf.Render(p.Site, w, r, a, status, page)
	}
	staff := staffPage{requestPage: page, Customer: customerFacts(p.Site.Printer(r, a), q), Own: a.May(Handle) && q.Ticket.Owner != a.Person}
	staff.Show, staff.Entries = segment(r, page, q)
	if a.May(WriteNotes) {
		staff.Note = &notePart{Field: y.of("note", web.Field{Name: "note", Type: "textarea", Rows: 4, Label: web.Say("support.note_label", "vendor", q.Facts.Vendor), Hint: web.Say("support.note_hint")})}
		staff.Note.Unsent = p.unsentOf(r, a, Internal, q.Note, page.At, y, &staff.Note.Field)
	}
	return staffOf.Render(p.Site, w, r, a, status, staff)
}

// common is what all three sides have.
func (p Pages) common(r *http.Request, a who.Actor, q Request, y typed) requestPage {
	t, side := q.Ticket, ticket.SideOf(a)
	page := requestPage{
		Number: t.Number, Heading: title(t.Title), Formerly: q.Facts.Aliases, Status: status(t.State), At: web.Path(r) + placeOf(t.Number),
		Severity: web.Say("support.severity_n", "n", int64(t.Severity)),
		Crumbs:   web.Crumbs{Items: []web.Link{listOf(r, t.Kind), {Label: web.Data(t.Number)}}},
	}
	page.Whole = p.Site.BaseURL + page.At
	if t.Turn != ticket.Nobody {
		who := turn(a, t.Turn, q.Facts.OrgName, q.Facts.Partner, q.Facts.Vendor)
		page.Turn = &who
	}
	today := clock.Day(p.Site.Clock.Now(), clock.Place(q.Facts.Zone))
	pr := p.Site.Printer(r, a)
	for _, act := range q.Actions {
		row := actionRowOf(a, q, act, page.At, today, pr.MomentTime(act.DoneAt, p.Site.Clock.Now()))
		if row.Over {
			page.Finished++
		}
		page.Actions = append(page.Actions, row)
	}
	page.Entries = p.entries(r, a, q, page.At)
	page.Order = web.Link{Href: page.At + "?order=new", Label: web.Say("support.newest_first")}
	if r.URL.Query().Get("order") == "new" {
		slices.Reverse(page.Entries)
		page.Order = web.Link{Href: page.At, Label: web.Say("support.oldest_first")}
	}
	page.Facts, page.People, page.Audience = requestFacts(pr, a, q), participants(q), audience(q)
	for _, f := range q.Files {
		page.Files = append(page.Files, attached(f, page.At))
	}
	helper := side == ticket.Vendor || side == ticket.Partner
	if t.State.Open() {
		if a.May(needs(Answer, t.Kind)) {
			page.Reply = replyOf(a, q, y)
			page.Reply.Unsent = p.unsentOf(r, a, Shared, q.Reply, page.At, y, &page.Reply.Text)
		}
		if helper && a.May(PlanActions) {
			page.Plan = planOf(q, y)
		}
		if a.May(ChangeSeverity) {
			page.Rate = rateOf(t, helper, y)
		}
	} else {
		page.Over = &web.Notice{Icon: "circle-check", Title: web.Say("support.over_"+t.State.Key(), "at", t.ClosedAt)}
		page.Left = left(a, q, page.At)
	}
	page.Move = moveOf(a, t, y)
	if side == ticket.Customer {
		p.customers(r, a, q, y, &page)
	}
	page.Summary = summary(y)
	return page
}

// customers adds what only the customer's people do.
func (p Pages) customers(r *http.Request, a who.Actor, q Request, y typed, page *requestPage) {
	t, asked := q.Ticket, r.URL.Query()
	if a.May(Decide) {
		d := &decisionPart{CanReopen: t.State == ticket.Closed, Ask: page.At}
		text := func(id, label string) *web.Field {
			f := y.of("decision", web.Field{Name: "text", ID: id, Type: "textarea", Rows: 4, Label: web.Say(label)})
			return &f
		}
		refusing, reopening := asked.Has("refuse") || y.in("decision") && y.fields["decision"] == string(Refuse), asked.Has("reopen") || y.in("decision") && y.fields["decision"] == string(Reopen)
		if t.State == ticket.SolutionProposed && refusing {
			d.Refuse = text("refuse", "support.refuse_why")
		}
		if d.CanReopen && reopening {
			d.Reopen = text("reopen", "support.reopen_why")
		}
		if t.State == ticket.SolutionProposed || d.CanReopen {
			page.Decision = d
		}
		if t.State.Open() {
			page.Cancel = text("cancel", "support.cancel_why")
			page.Cancel.Optional = true
			page.CancelNow = y.in("decision") && y.fields["decision"] == string(Cancel)
		}
	}
	if a.May(Withhold) && (t.Partner != "" || t.VendorOnly) {
		page.Withhold = &withholdPart{t.VendorOnly, q.Facts.Vendor}
	}
}

func summary(y typed) []web.Notice {
	if y.no == nil {
		return nil
	}
	ids := map[string][]web.Field{
		"reply":    {{Name: "text", ID: "reply", Label: web.Say("support.reply")}, {Name: "files", Label: web.Say("support.files")}},
		"note":     {{Name: "note", Label: web.Say("support.note")}},
		"plan":     {{Name: "title", Label: web.Say("support.action")}, {Name: "date", Label: web.Say("support.date")}, {Name: "side", Label: web.Say("support.who")}},
		"move":     {{Name: "state", Label: web.Say("support.next_state")}, {Name: "text", ID: "move-text", Label: web.Say("support.message")}},
		"severity": {{Name: "severity", Label: web.Say("support.severity")}, {Name: "reason", Label: web.Say("support.reason")}},
		"decision": {{Name: "text", ID: y.fields["decision"], Label: web.Say("support.message")}},
	}
	return web.Summary(y.no, ids[y.form]...)
}

func actionRowOf(a who.Actor, q Request, act ticket.Action, at, today, done string) actionRow {
	row := actionRow{ID: act.ID, Title: act.Title, Owner: act.OwnerName, Side: sideName(act.Side, q.Facts.OrgName, q.Facts.Partner, q.Facts.Vendor),
		On: act.On, WasOn: act.WasOn, Result: act.Result, Version: act.Version, Over: act.State == ticket.Done || act.State == ticket.Dropped}
	switch act.State {
	case ticket.Done:
		row.Status = web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("support.action_done"), Note: web.Data(done)}
	case ticket.Dropped:
		row.Status = web.Status{Tone: web.Idle, Icon: "circle-off", Word: web.Say("support.action_dropped"), Note: web.Data(done)}
	default:
		row.Status = web.Status{Tone: web.Idle, Icon: "calendar", Word: web.Say("support.action_planned")}
		if act.On < today {
			row.Status = web.Status{Tone: web.Warn, Icon: "calendar", Word: web.Say("support.action_late")}
		}
		helper := ticket.SideOf(a) != ticket.Customer
		if q.Ticket.State.Open() && helper && a.May(PlanActions) {
			row.Change = at + "/actions/" + act.ID
		}
		if q.Ticket.State.Open() && !helper && a.May(needs(Answer, q.Ticket.Kind)) && act.Side == ticket.Customer {
			row.Done = at + "/actions/" + act.ID + "/done"
		}
	}
	return row
}

func planOf(q Request, y typed) *planPart {
	sides := []web.Option{}
	for _, s := range ticket.Sides {
		if s == ticket.Partner && (q.Ticket.Partner == "" || q.Ticket.VendorOnly) {
			continue
		}
		sides = append(sides, web.Option{Value: string(s), Label: web.Data(sideName(s, q.Facts.OrgName, q.Facts.Partner, q.Facts.Vendor)), Chosen: s == ticket.Vendor})
	}
	return &planPart{Open: y.in("plan"), Fields: []web.Field{
		y.of("plan", web.Field{Name: "title", Label: web.Say("support.action"), Max: ticket.MaxTitle, Autocomplete: "off"}),
		y.of("plan", web.Field{Name: "date", Type: "date", Label: web.Say("support.date"), Short: true}),
		y.of("plan", web.Field{Name: "side", Type: "select", Label: web.Say("support.who"), Options: sides}),
	}}
}

func replyOf(a who.Actor, q Request, y typed) *replyPart {
	part := &replyPart{Helper: ticket.SideOf(a) != ticket.Customer, Send: web.Say("support.send_reply"), Hint: sees(q),
		Text:   y.of("reply", web.Field{Name: "text", ID: "reply", Type: "textarea", Rows: 4, Label: web.Say("support.reply")}),
		Upload: web.Upload{Name: "files"}}
	if y.in("reply") {
		part.Kept = keep(y.files)
		if y.no != nil {
			part.Upload.Error = y.no.At("files")
		}
	}
	if ticket.SideOf(a) != ticket.Vendor {
		return part
	}
	part.Text.Label = web.Say("support.reply_to_all")
	part.Send = web.Say("support.send_to", "name", q.Facts.OrgName)
	if q.Ticket.Partner != "" && !q.Ticket.VendorOnly {
		part.Send = web.Say("support.send_to_both", "name", q.Facts.OrgName, "partner", q.Facts.Partner)
	}
	for _, then := range []ticket.State{"", ticket.Waiting, ticket.SolutionProposed} {
		label := web.Say("support.then_nothing")
		if then != "" {
			label = web.Say("support.then_" + then.Key())
		}
		part.Then = append(part.Then, web.Option{Value: string(then), Label: label, Chosen: string(then) == y.then})
	}
	return part
}

// sees says who will read a message.
func sees(q Request) web.Text {
	names := []string{q.Facts.OrgName}
	for _, o := range q.Audience {
		if o.Kind == account.Partner && o.Name != q.Facts.OrgName {
			names = append(names, o.Name)
		}
	}
	return web.Say("support.sees", "names", append(names, q.Facts.Vendor))
}

package home

import (
	"embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/partner"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/support"
	"lodge/internal/ticket"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// Pages are the doors that people use.
type Pages struct {
	*Home
	Site *web.Site
}

// attention is one line of what needs the reader.
type attention struct {
	Icon  string
	Tone  web.Tone
	Title web.Text
	Text  web.Text
	Note  web.Text
	Href  string
	Act   web.Text
}

type requestRow struct {
	support.Row
	Href   string
	Turn   web.Turn
	Status web.Status
}

type productRow struct {
	Supported
	Status web.Status
}

type homeView struct {
	Overview
	Line      []web.Text // under the name
	You       []web.Text // roles of the reader
	Attention []attention
	Open      []requestRow
	Count     int // of open requests
	Rows      []productRow
	Base      string
	MayOpen   bool
}

// PageTitle is the organisation.
func (v homeView) PageTitle() web.Text { return web.Data(v.Place.Name) }

// NoRequests says what an empty list means.
func (v homeView) NoRequests() web.Empty {
	e := web.Empty{Title: web.Say("home.no_requests"), Text: web.Say("home.no_requests_text")}
	if v.MayOpen {
		e.Acts = []web.Act{{Label: web.Say("home.new_request"), Href: v.Base + "/requests/new", Icon: "plus"}}
	}
	return e
}

var homePage = web.Page[homeView]{Name: "home/home", Title: "home.title"}

// shownOpen is how many open requests the home page lists.
const shownOpen = 5

// HomePage shows the organisation in view.
func (p Pages) HomePage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	o, err := p.Overview(r.Context(), a)
	if err != nil {
		return err
	}
	print := p.Site.Printer(r, a)
	v := homeView{Overview: o, Base: web.Path(r), MayOpen: a.May(support.OpenRequests) && o.Place.Kind != account.Vendor, Count: o.Requests.Total}
	v.Line, v.You = line(o.Place), roleWords(a.Roles)
	for _, row := range o.Requests.Rows {
		if len(v.Open) < shownOpen {
			v.Open = append(v.Open, p.row(r, a, row, o.Requests.Vendor))
		}
	}
	for _, s := range o.Products {
		v.Rows = append(v.Rows, productRow{s, statusOf(s.Support, print)})
	}
	v.Attention = p.attention(r, a, v, print)
	return homePage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// line is what stands under the name: number, town, who helps.
func line(o Place) []web.Text {
	words := []web.Text{web.Say("home.number."+o.Kind, "number", o.Number)}
	if o.City != "" {
		key := "home.head_office"
		if o.IsSite {
			key = "home.site"
		}
		words = append(words, web.Say(key, "city", o.City))
	}
	if o.Partners != "" {
		words = append(words, web.Say("home.supported_by", "partners", o.Partners))
	}
	return words
}

// roleWords are what the reader is here.
func roleWords(roles []string) []web.Text {
	var words []web.Text
	for _, role := range roles {
		words = append(words, account.RoleWord(role))
	}
	return words
}

func (p Pages) row(r *http.Request, a who.Actor, row support.Row, vendor string) requestRow {
	return requestRow{Row: row, Href: support.HrefOf(r, a, row), Turn: support.TurnOf(a, row, vendor), Status: support.StatusOf(row.State)}
}

func statusOf(s contract.Support, print *lang.Printer) web.Status {
	status := web.Status{Word: web.Text{Key: s.Text(print.Day)}}
	switch s.State {
	case contract.Running:
		status.Tone, status.Icon = web.OK, "circle-check"
	case contract.Ending:
		status.Tone, status.Icon, status.Note = web.Warn, "alert-triangle", web.Data(print.Day(s.Until))
	case contract.Expired:
		status.Tone, status.Icon = web.Bad, "circle-x"
	default:
		status.Tone, status.Icon = web.Idle, "circle-off"
	}
	return status
}

// attention are the things that wait for the reader, the most severe first.
func (p Pages) attention(r *http.Request, a who.Actor, v homeView, print *lang.Printer) []attention {
	var all []attention
	for _, yours := range v.Yours.Rows {
		row := p.row(r, a, yours, v.Requests.Vendor)
		t := attention{Icon: "message-question", Tone: web.Info, Title: web.Say("home.your_turn"), Text: web.Data(row.Title),
			Note: web.Data(strings.Trim(row.Number+" · "+row.Product, " ·")), Href: row.Href, Act: web.Say("home.open")}
		switch row.State {
		case ticket.SolutionProposed:
			t.Icon, t.Title, t.Act = "checklist", web.Say("home.check_solution"), web.Say("home.review")
		case ticket.Waiting:
			t.Title, t.Act = web.Say("home.answer_question"), web.Say("home.answer")
		}
		all = append(all, t)
	}
	for _, row := range v.Rows {
		switch row.Support.State {
		case contract.Ending, contract.Expired:
			all = append(all, attention{Icon: row.Status.Icon, Tone: row.Status.Tone, Title: row.Status.Word, Text: web.Data(row.Name)})
		}
	}
	if v.Waiting.Asks > 0 && a.Source == who.Own && a.May(partner.Manage) {
		all = append(all, attention{Icon: "user-question", Tone: web.Info, Title: web.Say("home.partners_ask", "n", v.Waiting.Asks), Href: v.Base + partner.At, Act: web.Say("home.review")})
	}
	if v.Waiting.Open > 0 && a.Source == who.Own && a.May(partner.Manage) {
		all = append(all, attention{Icon: "alert-triangle", Tone: web.Warn, Title: web.Say("partner.open_some", "n", v.Waiting.Open), Href: v.Base + partner.At, Act: web.Say("home.review")})
	}
	if v.Waiting.Roles > 0 && a.Source == who.Own && a.May(account.StageRoles) {
		all = append(all, attention{Icon: "user-question", Tone: web.Info, Title: web.Say("home.roles_asked", "n", v.Waiting.Roles), Href: v.Base + account.AsksAt, Act: web.Say("home.review")})
	}
	if v.Waiting.Expired > 0 && a.May(account.Invite) {
		all = append(all, attention{Icon: "mail-x", Tone: web.Warn, Title: web.Say("home.expired_invitations", "n", v.Waiting.Expired), Href: v.Base + "/contacts", Act: web.Say("home.review")})
	}
	if v.Parked > 0 {
		all = append(all, attention{Icon: "hand-stop", Tone: web.Bad, Title: web.Say("home.parked", "n", v.Parked), Note: web.Say("home.parked_text")})
	}
	for _, s := range v.Steps {
		all = append(all, s.line(a, v.Base))
	}
	for _, l := range v.Lonely {
		all = append(all, attention{Icon: "users", Tone: web.Warn, Title: web.Say("home.without_administrator"), Text: web.Data(strings.Trim(l.Name+", "+l.City, ", ")),
			Note: web.Data(strconv.FormatInt(l.Number, 10)), Href: fmt.Sprintf("%s/for/%d/contacts", v.Base, l.Number), Act: web.Say("home.review")})
	}
	return all
}

package token

import (
	"embed"
	"net/http"
	"slices"
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// Pages are the doors that people use.
type Pages struct {
	*Tokens
	Site *web.Site
}

// At is the address of the page below the organisation's.
const At = "/settings/api"

// row is a line of a list.
type row struct {
	Token
	Status  web.Status
	By      web.Text
	Replace string // address; '' = not
	Revoke  string
}

func (p Pages) rows(all []Token, at string, may func(Token) bool, replace bool) (rows []row) {
	now := p.Site.Clock.Now()
	for _, t := range all {
		r := row{Token: t, By: web.Data(t.MakerName)}
		if t.Maker == "" {
			r.By = web.Say("token.console")
		}
		state := t.State(now)
		r.Status = web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("token.state." + state)}
		if state != Valid {
			r.Status.Tone, r.Status.Icon = web.Idle, "circle-off"
		} else {
			if may(t) {
				r.Revoke = at + "/" + t.ID + "/revoke"
			}
			if replace {
				r.Replace = at + "/" + t.ID + "/replace"
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func heads(last string) web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("token.name")}, {Label: web.Say("token.scopes")}, {Label: web.Say("token.state"), Width: "w-108"},
		{Label: web.Say("token.expires"), Width: "w-108"}, {Label: web.Say("token.used"), Width: "w-150"}, {Label: web.Say(last)}, {Label: web.Say("token.acts"), Hidden: true}}}
}

type listView struct {
	Rows  []row
	Link  string
	Text  string // of a token that has been made this moment
	Heads web.Heads

	Replaced bool // it takes the place of another one
}

// Empty says what no tokens mean.
func (v listView) Empty() web.Empty {
	return web.Empty{Title: web.Say("token.empty"), Text: web.Say("token.empty_text")}
}

var listPage = web.Page[listView]{Name: "token/list", Title: "token.tokens"}

// ListPage shows the tokens of the own organisation.
func (p Pages) ListPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.list(w, r, a, "", false)
}

func (p Pages) list(w http.ResponseWriter, r *http.Request, a who.Actor, text string, replaced bool) error {
	all, err := p.List(r.Context(), a)
	if err != nil {
		return err
	}
	link := web.Path(r) + At
	may := func(t Token) bool { return MayRevoke(a, t) }
	return listPage.Render(p.Site, w, r, a, http.StatusOK, listView{Rows: p.rows(all, link, may, true), Link: link, Text: text, Replaced: replaced, Heads: heads("token.maker")})
}

type newView struct {
	Name   string   `form:"name"`
	Scopes []string `form:"scopes"`
	Days   string   `form:"days"`

	Offered []string
	Link    string
	Refused *fault.Error
}

// lives are the choices of a token's life in days.
var lives = []int{30, 90, 180, 365}

// Fields are the inputs in reading order.
func (v newView) Fields() []web.Field {
	var scopes, days []web.Option
	for _, s := range v.Offered {
		scopes = append(scopes, web.Option{Value: s, Label: web.Data(s), Hint: web.Say("token.scope." + s), Chosen: slices.Contains(v.Scopes, s)})
	}
	for _, n := range lives {
		text := strconv.Itoa(n)
		days = append(days, web.Option{Value: text, Label: web.Say("token.days_n", "n", n), Chosen: v.Days == text})
	}
	fields := []web.Field{
		{Name: "name", Label: web.Say("token.name"), Hint: web.Say("token.name_hint"), Value: v.Name, Required: true, Max: maxName, Autocomplete: "off"},
		{Name: "scopes", Type: "checks", Label: web.Say("token.scopes"), Hint: web.Say("token.scopes_hint"), Options: scopes},
		{Name: "days", Type: "select", Label: web.Say("token.days"), Options: days, Short: true},
	}
	for i := range fields {
		fields[i] = fields[i].With(v.Refused)
	}
	return fields
}

// Notices is what is wrong, on top.
func (v newView) Notices() []web.Notice { return web.Summary(v.Refused, v.Fields()...) }

// Crumbs lead back to the list.
func (v newView) Crumbs() web.Crumbs {
	return web.Crumbs{Items: []web.Link{{Href: v.Link, Label: web.Say("token.tokens")}, {Label: web.Say("token.add")}}}
}

var newPage = web.Page[newView]{Name: "token/new", Title: "token.add"}

// NewForm shows the form.
func (p Pages) NewForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.form(w, r, a, http.StatusOK, newView{Days: "90"})
}

func (p Pages) form(w http.ResponseWriter, r *http.Request, a who.Actor, status int, v newView) error {
	if err := own(a); err != nil {
		return err
	}
	v.Link, v.Offered = web.Path(r)+At, p.Scopes.Offered(a.Rights)
	return newPage.Render(p.Site, w, r, a, status, v)
}

// NewPost makes a token and shows it: this page is the only one that ever does, so there is nothing to be led to.
func (p Pages) NewPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var v newView
	if err := web.Form(r, &v); err != nil {
		return err
	}
	days, err := strconv.Atoi(v.Days)
	if err != nil {
		days = 0 // the use case refuses it
	}
	text, err := p.Make(r.Context(), a, New{Name: v.Name, Scopes: v.Scopes, Days: days})
	var again bool
	if v.Refused, again = web.Refused(err, "token.many", "token.shown"); again {
		return p.form(w, r, a, int(v.Refused.Kind), v)
	}
	if err != nil {
		return err
	}
	return p.list(w, r, a, text, false)
}

// ReplacePost makes a token in place of one and shows it.
func (p Pages) ReplacePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	text, err := p.Replace(r.Context(), a, r.PathValue("key"))
	if err != nil {
		return err
	}
	return p.list(w, r, a, text, true)
}

// RevokePost ends a token.
func (p Pages) RevokePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Revoke(r.Context(), a, r.PathValue("key")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At, fault.Msg("token.done_revoked"))
}

type mineView struct {
	Rows  []row
	Heads web.Heads
}

// Empty says what no tokens mean.
func (v mineView) Empty() web.Empty { return web.Empty{Title: web.Say("token.empty")} }

var minePage = web.Page[mineView]{Name: "token/mine", Title: "token.mine"}

// MineAt is the address of a person's own tokens.
const MineAt = "/me/tokens"

// MinePage shows the tokens that the reader has made.
func (p Pages) MinePage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.Mine(r.Context(), a)
	if err != nil {
		return err
	}
	return minePage.Render(p.Site, w, r, a, http.StatusOK, mineView{p.rows(all, MineAt, func(Token) bool { return true }, false), heads("token.organisation")})
}

// RevokeMinePost ends one of them.
func (p Pages) RevokeMinePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.RevokeMine(r.Context(), a, r.PathValue("key")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, MineAt, fault.Msg("token.done_revoked"))
}

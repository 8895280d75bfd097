package account

import (
	"fmt"
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// asksView lists those who ask for a right.
type asksView struct {
	Rows    []askRow
	Refused *fault.Error
	Link    string // of the page
}

type askRow struct {
	RoleAsk
	Name   string
	Place  web.Text // of another organisation
	Right  web.Text
	Roles  []web.Text // by which it is given
	Change string     // address of the form that gives it
	Reason web.Field
}

func (v asksView) Notices() []web.Notice {
	for _, row := range v.Rows {
		if row.Reason.Error.Key != "" {
			return web.Summary(v.Refused, row.Reason)
		}
	}
	return web.Summary(v.Refused)
}

var asksPage = web.Page[asksView]{Name: "account/asks", Title: "account.asks"}

// AsksPage shows what waits for an answer here, or at the desk.
func (p Pages) AsksPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.asks(w, r, a, "", "", nil)
}

// asks is the page, with what was typed about one of them if it was refused.
func (p Pages) asks(w http.ResponseWriter, r *http.Request, a who.Actor, id, reason string, no *fault.Error) error {
	all, err := p.RoleAsks(r.Context(), a)
	if err != nil {
		return err
	}
	v := asksView{Link: web.Path(r) + AsksAt, Refused: no}
	for _, ask := range all {
		row := askRow{RoleAsk: ask, Name: ask.First + " " + ask.Last, Right: web.Say("app.right." + ask.Action), Change: web.Path(r) + "/contacts"}
		if ask.Org != a.Org {
			row.Place = web.Data(fmt.Sprintf("%d – %s", ask.Number, ask.OrgName))
			row.Change = fmt.Sprintf("/o/%d/for/%d/contacts", a.Acting, ask.Number)
		}
		row.Change += "?change=" + ask.Membership + "#c-" + ask.Membership
		for _, role := range p.Giving(ask.Kind, ask.Action) {
			row.Roles = append(row.Roles, RoleWord(role))
		}
		row.Reason = web.Field{Name: "reason", ID: "reason-" + ask.ID, Label: web.Say("account.ask_reason"), Required: true, Max: maxAskText}
		if ask.ID == id {
			row.Reason.Value = reason
			row.Reason = row.Reason.With(no)
		}
		v.Rows = append(v.Rows, row)
	}
	status := http.StatusOK
	if no != nil {
		status = int(no.Kind)
	}
	return asksPage.Render(p.Site, w, r, a, status, v)
}

// Empty says what it means that nobody asks.
func (v asksView) Empty() web.Empty {
	return web.Empty{Title: web.Say("account.asks_none"), Text: web.Say("account.asks_none_text")}
}

// AskPost asks for a right that a refusal named.
func (p Pages) AskPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Right string `form:"right"`
		Text  string `form:"text"`
		Desk  bool   `form:"desk"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if err := p.AskRole(r.Context(), a, NewRoleAsk{f.Right, f.Text, f.Desk}); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/", fault.Msg("account.ask_sent"))
}

// AskRefuse says no.
func (p Pages) AskRefuse(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Reason string `form:"reason"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id := r.PathValue("ask")
	err := p.RefuseRole(r.Context(), a, id, f.Reason)
	if refused, again := web.Refused(err); again {
		return p.asks(w, r, a, id, f.Reason, refused)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+AsksAt, fault.Msg("account.ask_refused"))
}

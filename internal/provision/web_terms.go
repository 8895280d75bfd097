package provision

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// resellersPage is the vendor's list of partners with what they may.
type resellersPage struct {
	Shelves web.Segment
	Heads   web.Heads
	Rows    []resellersRow
	Empty   *web.Empty
	Pager   web.Pager
}

type resellersRow struct {
	Terms
	Href  string
	Trial web.Text
	May   []web.Text // roles
	Types web.Text
}

var resellersOf = web.Page[resellersPage]{Name: "provision/resellers", Title: "provision.resellers"}

type resellersQuery struct {
	Name   string `form:"name"`
	Number string `form:"number"`
}

// Resellers shows the partners.
func (p Pages) Resellers(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q resellersQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	all, more, err := p.Provisions.Resellers(r.Context(), a, ResellersFrom{Name: q.Name, Number: web.Whole(q.Number)})
	if err != nil {
		return err
	}
	at := web.Path(r) + "/catalogue/resellers"
	page := resellersPage{Shelves: p.Shelves(web.Path(r), a, "resellers"), Heads: web.Heads{Columns: []web.Column{{Label: web.Say("provision.reseller")},
		{Label: web.Say("provision.trial_days"), Width: "w-150"}, {Label: web.Say("provision.standing")}, {Label: web.Say("provision.types"), Width: "w-190"}}}}
	for _, t := range all {
		page.Rows = append(page.Rows, resellersRow{Terms: t, Href: at + "/" + strconv.FormatInt(t.Number, 10), Trial: trialWord(t.TrialDays), May: roleWords(t.Roles()),
			Types: web.Say("provision.types_n", "n", len(t.Types()))})
	}
	if len(all) == 0 {
		page.Empty = &web.Empty{Title: web.Say("provision.resellers_none"), Text: web.Say("provision.resellers_none_text")}
	}
	if q.Name != "" {
		page.Pager.Newer = at
	}
	if more {
		last := all[len(all)-1]
		page.Pager.Older = at + "?" + url.Values{"name": {last.Name}, "number": {strconv.FormatInt(last.Number, 10)}}.Encode()
	}
	return resellersOf.Render(p.Site, w, r, a, http.StatusOK, page)
}

func trialWord(days int) web.Text {
	if days == 0 {
		return web.Say("provision.trial_none")
	}
	return web.Say("provision.trial_up_to", "n", days)
}

func roleWords(roles []string) (all []web.Text) {
	for _, role := range roles {
		all = append(all, account.RoleWord(role))
	}
	return all
}

// resellerPage is the form of what one partner may.
type resellerPage struct {
	Heading web.Text
	Crumbs  web.Crumbs
	Action  string
	Cancel  string
	Version string
	Summary []web.Notice
	Facts   web.Facts
	Fields  []web.Field
}

func (p resellerPage) PageTitle() web.Text { return p.Heading }

var resellerOf = web.Page[resellerPage]{Name: "provision/reseller", Title: "provision.reseller"}

// resellerForm is what a partner may, as it was typed.
type resellerForm struct {
	TrialDays string   `form:"trial_days"`
	Roles     []string `form:"roles"`
	Types     []string `form:"product_types"`
	Seen      string   `form:"seen"`
}

// Reseller shows what one partner may.
func (p Pages) Reseller(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.reseller(w, r, a, http.StatusOK, nil, nil)
}

func (p Pages) reseller(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *resellerForm, no *fault.Error) error {
	c, err := p.Provisions.Reseller(r.Context(), a, web.Whole(r.PathValue("reseller")))
	if err != nil {
		return err
	}
	if f == nil {
		f = &resellerForm{strconv.Itoa(c.TrialDays), c.Roles(), c.Types(), strconv.FormatInt(c.Version, 10)}
	}
	at := web.Path(r) + "/catalogue/resellers"
	page := resellerPage{Heading: web.Data(c.Name), Action: at + "/" + strconv.FormatInt(c.Number, 10), Cancel: at, Version: f.Seen,
		Crumbs: web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("provision.resellers")}, {Label: web.Data(c.Name)}}}}
	page.Facts = web.Facts{Items: []web.Fact{{Label: web.Say("provision.number"), Value: web.Data(strconv.FormatInt(c.Number, 10))}}}
	var roles, types []web.Option
	for _, role := range MayStand {
		roles = append(roles, web.Option{Value: role, Label: account.RoleWord(role), Chosen: slices.Contains(f.Roles, role)})
	}
	for _, t := range c.Offer {
		types = append(types, web.Option{Value: t.Code, Label: web.Data(t.Name), Hint: priceOf(t.Type), Chosen: slices.ContainsFunc(f.Types, func(code string) bool { return strings.EqualFold(code, t.Code) })})
	}
	page.Fields = []web.Field{
		{Name: "trial_days", Label: web.Say("provision.trial_days"), Hint: web.Say("provision.trial_days_hint"), Value: f.TrialDays, Required: true, Short: true, InputMode: "numeric", Autocomplete: "off"},
		{Name: "roles", Type: "checks", Label: web.Say("provision.standing"), Hint: web.Say("provision.standing_hint"), Options: roles},
		{Name: "product_types", Type: "checks", Label: web.Say("provision.types"), Hint: web.Say("provision.types_hint"), Options: types}}
	if len(types) == 0 {
		page.Fields = page.Fields[:2]
	}
	page.Summary = refused(no, page.Fields)
	return resellerOf.Render(p.Site, w, r, a, status, page)
}

// SetReseller says what one partner may from now on.
func (p Pages) SetReseller(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f resellerForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	days, err := strconv.Atoi(f.TrialDays)
	if err != nil {
		days = -1 // the use case refuses it
	}
	number := web.Whole(r.PathValue("reseller"))
	err = p.Provisions.SetTerms(r.Context(), a, number, web.Whole(f.Seen), Allowance{TrialDays: &days, Roles: &f.Roles, Types: &f.Types})
	if no, ok := web.Refused(err, "provision.terms.changed", "once.other_body"); ok {
		return p.reseller(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/catalogue/resellers/"+strconv.FormatInt(number, 10), fault.Msg("provision.done_terms"))
}

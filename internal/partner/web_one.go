package partner

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Ordered are roles in the order in which people read them.
func Ordered(roles []string) []string {
	all := slices.Clone(roles)
	slices.SortStableFunc(all, func(a, b string) int { return slices.Index(Roles, a) - slices.Index(Roles, b) })
	return all
}

func has(roles []string, role string) bool { return slices.Contains(roles, role) }

// termsForm is what a customer agrees to, as it was typed.
type termsForm struct {
	Roles   []string `form:"roles"`
	Until   string   `form:"until"`
	Extends bool     `form:"extends"`
	Seen    string   `form:"seen"` // count of changes that the form showed
}

func (f termsForm) days() []web.Field {
	return []web.Field{
		{Name: "until", Type: "date", Label: web.Say("partner.until"), Hint: web.Say("partner.until_hint"), Value: f.Until, Required: true, Short: true},
		{Name: "extends", Type: "checkbox", Label: web.Say("partner.extends"), Hint: web.Say("partner.extends_hint"), Checked: f.Extends}}
}

// oneView is an ask that waits for an answer, or a partnership.
type oneView struct {
	Heading web.Text
	Status  web.Status
	Crumbs  web.Crumbs
	Notices []web.Notice
	Facts   web.Facts
	Reason  string
	Action  string // of the form; '' = none
	Button  web.Text
	Refuse  string
	End     string
	Seen    string
	Fields  []web.Field
	Uses    []Use
	HasUses bool // the reader is told of them, be there none
	Link    string
}

func (v oneView) PageTitle() web.Text { return v.Heading }

var onePage = web.Page[oneView]{Name: "partner/one", Title: "partner.partnership"}

func rolesFact(roles []string, r *http.Request, p Pages, a who.Actor) web.Fact {
	print := p.Site.Printer(r, a)
	var names []string
	for _, w := range words(roles) {
		names = append(names, w.In(print))
	}
	return web.Fact{Label: web.Say("partner.may"), Value: web.Data(strings.Join(names, ", "))}
}

// ShowAsk shows what a partner asks, with the answer's form.
func (p Pages) ShowAsk(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.showAsk(w, r, a, http.StatusOK, nil, nil)
}

func (p Pages) showAsk(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *termsForm, no *fault.Error) error {
	k, today, err := p.Partners.Came(r.Context(), a, r.PathValue("ask"))
	if err != nil {
		return err
	}
	print, at := p.Site.Printer(r, a), web.Path(r)+AskAt+"/"+k.ID
	if f == nil {
		f = &termsForm{Roles: k.Roles(), Until: after(today, k.Months)}
	}
	v := oneView{Heading: web.Say("partner.asks", "partner", k.PartnerName), Status: statusOf("waiting"), Reason: k.Reason, Action: at + "/agree", Button: web.Say("partner.agree"),
		Refuse: at + "/refuse", Link: web.Path(r) + At, Fields: append([]web.Field{rolesField(k.Roles(), f.Roles, "partner.agree_roles", "partner.agree_roles_hint", func(role string) bool { return a.May(account.Grants(role)) })}, f.days()...)}
	v.Facts = web.Facts{Items: []web.Fact{{Label: web.Say("partner.side_customer"), Value: web.Data(k.PartnerName + ", " + k.City), Note: web.Say("partner.number_of", "number", k.PartnerNumber)},
		{Label: web.Say("partner.asked_on"), Value: web.Data(print.Date(k.At))}, {Label: web.Say("partner.answer_until"), Value: web.Data(print.Date(k.Expires))}}}
	v.crumbs()
	if no != nil {
		v.Notices = web.Summary(no, web.Told(no, v.Fields)...)
	}
	return onePage.Render(p.Site, w, r, a, status, v)
}

func (v *oneView) crumbs() {
	v.Crumbs = web.Crumbs{Items: []web.Link{{Href: v.Link, Label: web.Say("partner.partners")}, {Label: v.Heading}}}
}

// Agree answers yes.
func (p Pages) Agree(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f termsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id, err := p.Partners.Agree(r.Context(), a, r.PathValue("ask"), Terms{f.Roles, f.Until, f.Extends})
	if no, ok := web.Refused(err); ok {
		return p.showAsk(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+id, fault.Msg("partner.done_agreed"))
}

// Refuse answers no.
func (p Pages) Refuse(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Partners.Refuse(r.Context(), a, r.PathValue("ask")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At, fault.Msg("partner.done_refused"))
}

// Show shows one partnership.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.show(w, r, a, http.StatusOK, nil, nil)
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *termsForm, no *fault.Error) error {
	s, err := p.Partners.Show(r.Context(), a, r.PathValue("partnership"))
	if err != nil {
		return err
	}
	print, now, at := p.Site.Printer(r, a), p.Site.Clock.Now(), web.Path(r)+At+"/"+s.ID
	state := s.State(now)
	acts := "partner.acts_"
	if state == Over {
		acts = "partner.acted_"
	}
	v := oneView{Heading: web.Say(acts+string(s.Side), "name", s.Name), Status: statusOf(state), Link: web.Path(r) + At, Uses: s.Uses, HasUses: s.Side == AsCustomer}
	until := web.Fact{Label: web.Say("partner.until"), Value: web.Say("partner.no_end")}
	if s.Until != "" {
		until.Value = in(print, s.Until)
	}
	switch {
	case s.EndedBy != "":
		until.Note = web.Say("partner.ended_early")
	case s.Extends && state != Over:
		until.Note = web.Say("partner.extends_note")
	}
	v.Facts = web.Facts{Items: []web.Fact{{Label: web.Say("partner.side_" + string(s.Side)), Value: web.Data(s.Name + ", " + s.City), Note: web.Say("partner.number_of", "number", s.Number)},
		rolesFact(s.Roles(), r, p, a), {Label: web.Say("partner.from"), Value: in(print, s.From)}, until,
		{Label: web.Say("partner.given_by"), Value: web.Say("partner.by_" + s.GivenBy)}}}
	if state != Over && a.May(Manage) && !s.Site {
		v.End = at + "/end"
		if s.Side == AsCustomer {
			if f == nil {
				f = &termsForm{Until: s.Until, Extends: s.Extends}
			}
			v.Action, v.Button, v.Fields, v.Seen = at, web.Say("partner.save"), f.days(), strconv.FormatInt(s.Version, 10)
		}
	}
	if state == Open && s.Side == AsCustomer {
		v.Notices = append(v.Notices, web.Notice{Tone: web.Warn, Title: web.Say("partner.open_one"), Text: web.Say("partner.open_text")})
	}
	v.crumbs()
	if no != nil {
		v.Notices = append(web.Summary(no, web.Told(no, v.Fields)...), v.Notices...)
	}
	return onePage.Render(p.Site, w, r, a, status, v)
}

// Change sets the last day, and whether it moves by itself.
func (p Pages) Change(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f termsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id := r.PathValue("partnership")
	err := p.Partners.Change(r.Context(), a, id, web.Whole(f.Seen), f.Until, f.Extends)
	if no, ok := web.Refused(err, "partner.changed"); ok {
		return p.show(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+id, fault.Msg("partner.done_changed"))
}

// End ends it at once.
func (p Pages) End(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	id := r.PathValue("partnership")
	if err := p.Partners.End(r.Context(), a, id); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+id, fault.Msg("partner.done_ended"))
}

package provision

import (
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// stepPage is one step of the wizard.
type stepPage struct {
	Lead    web.Text
	Crumbs  web.Crumbs
	Steps   web.Steps
	Summary []web.Notice
	Action  string
	Version string // of the draft; empty before there is one
	Name    []web.Field
	Types   []option // of the first step
	TypeNo  fault.Message
	Fields  []web.Field
	Trial   []web.Field
	Cost    *cost
	Accept  *web.Field // of the second step
	User    bool       // the second step
	Cancel  string
	Discard string
}

// option is a product type to choose.
type option struct {
	subscription.Type
	ID             string
	Price          web.Text
	Notes          []web.Text
	Chosen, Danger bool
}

// cost is what a product type costs, before anybody accepts it.
type cost struct {
	Type, Text web.Text
	Monthly    web.Text
	First      web.Text
}

var stepOf = web.Page[stepPage]{Name: "provision/new", Title: "provision.create"}

// detailsForm is the first step as it was typed.
type detailsForm struct {
	Name       string `form:"name"`
	Type       string `form:"product_type"`
	Country    string `form:"country"`
	Language   string `form:"language"`
	Reference  string `form:"reference"`
	Notes      string `form:"notes"`
	Trial      bool   `form:"trial"`
	TrialUntil string `form:"trial_until"`
	Then       string `form:"then"` // draft: no more for now
	Seen       string `form:"seen"`
}

func (f detailsForm) draft() Unfinished {
	return Unfinished{Details: Details{Name: f.Name, ProductType: f.Type, Reference: f.Reference, Country: f.Country, Language: f.Language, Notes: f.Notes},
		Trial: f.Trial, TrialUntil: f.TrialUntil}
}

func (u Unfinished) form() detailsForm {
	return detailsForm{Name: u.Name, Type: u.ProductType, Country: u.Country, Language: u.Language, Reference: u.Reference, Notes: u.Notes, Trial: u.Trial,
		TrialUntil: u.TrialUntil, Seen: strconv.FormatInt(u.Version, 10)}
}

// New shows the first step before anything is saved.
func (p Pages) New(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.details(w, r, a, http.StatusOK, "", detailsForm{}, nil)
}

// Create saves the first step as a new draft.
func (p Pages) Create(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f detailsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id, err := p.Provisions.Draft(r.Context(), a, f.draft(), f.Then != "draft")
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.details(w, r, a, int(no.Kind), "", f, no)
	}
	if err != nil {
		return err
	}
	return p.next(w, r, id, "user", f.Then, f.Name)
}

// next leads to the step that follows, or back to the list.
func (p Pages) next(w http.ResponseWriter, r *http.Request, id, step, then, name string) error {
	at := web.Path(r) + "/customers"
	if then == "draft" {
		return p.Site.Redirect(w, r, at, fault.Msg("provision.done_kept", "name", name))
	}
	return p.Site.Redirect(w, r, at+"/new/"+id+"/"+step)
}

// Step shows a step of a draft.
func (p Pages) Step(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	u, err := p.Provisions.Unfinished(r.Context(), a, r.PathValue("draft"))
	if err != nil {
		return err
	}
	switch r.PathValue("step") {
	case "details":
		return p.details(w, r, a, http.StatusOK, u.ID, u.form(), nil)
	case "user":
		return p.user(w, r, a, http.StatusOK, u, userForm{u.User.FirstName, u.User.LastName, u.User.Email, false, "", strconv.FormatInt(u.Version, 10)}, nil)
	}
	return fault.Missing()
}

// Save saves a step of a draft; the last one makes the customer.
func (p Pages) Save(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	switch r.PathValue("step") {
	case "details":
		return p.saveDetails(w, r, a)
	case "user":
		return p.saveUser(w, r, a)
	}
	return fault.Missing()
}

func (p Pages) saveDetails(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f detailsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id := r.PathValue("draft")
	err := p.Provisions.SaveDetails(r.Context(), a, id, web.Whole(f.Seen), f.draft(), f.Then != "draft")
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.details(w, r, a, int(no.Kind), id, f, no)
	}
	if err != nil {
		return err
	}
	return p.next(w, r, id, "user", f.Then, f.Name)
}

// details shows the first step as it is or was typed.
func (p Pages) details(w http.ResponseWriter, r *http.Request, a who.Actor, status int, id string, f detailsForm, no *fault.Error) error {
	choices, err := p.Provisions.Choices(r.Context(), a)
	if err != nil {
		return err
	}
	page := p.page(r, id, "details")
	page.Lead, page.Version = web.Say("provision.lead_details"), f.Seen
	print := p.Site.Printer(r, a)
	page.Name = []web.Field{{Name: "name", Label: web.Say("provision.name"), Hint: web.Say("provision.name_hint"), Value: f.Name, Required: true, Max: maxName, Autocomplete: "off"}}
	today := clock.Day(p.Site.Clock.Now(), a.Zone)
	for i, t := range choices.Types {
		o := option{Type: t, ID: "type-" + strconv.Itoa(i), Price: priceOf(t), Chosen: subscription.Key(t.Code) == subscription.Key(f.Type)}
		o.Notes = notesOf(t, choices.Regions[t.ID], print)
		page.Types = append(page.Types, o)
		if o.Chosen {
			page.Cost = costOf(t, today, trialOf(f.Trial, f.TrialUntil), print)
		}
	}
	page.TypeNo = atOf(no, "product_type")
	page.Fields = append(placeFields(f.Country, f.Language, today, print),
		web.Field{Name: "reference", Label: web.Say("provision.reference"), Hint: web.Say("provision.reference_hint"), Value: f.Reference, Optional: true, Max: maxReference},
		web.Field{Name: "notes", Type: "textarea", Label: web.Say("provision.notes"), Hint: web.Say("provision.notes_hint"), Value: f.Notes, Optional: true, Rows: 3, Max: maxNotes})
	if choices.TrialDays > 0 {
		until := f.TrialUntil
		if until == "" {
			until = clock.Day(p.Site.Clock.Now().AddDate(0, 0, choices.TrialDays), a.Zone)
		}
		page.Trial = []web.Field{
			{Name: "trial", Type: "checkbox", Label: web.Say("provision.trial"), Hint: web.Say("provision.trial_hint"), Checked: f.Trial},
			{Name: "trial_until", Type: "date", Label: web.Say("provision.trial_until"), Hint: web.Say("provision.trial_until_hint", "n", choices.TrialDays), Value: until, Short: true}}
	}
	page.Summary = refused(no, page.Name, append([]web.Field{{Name: "product_type", ID: "type-0", Label: web.Say("provision.product_type")}}, append(page.Fields, page.Trial...)...)...)
	page.Fields, page.Trial = web.Told(no, page.Fields), web.Told(no, page.Trial)
	return stepOf.Render(p.Site, w, r, a, status, page)
}

func atOf(no *fault.Error, field string) fault.Message {
	if no == nil {
		return fault.Message{}
	}
	return no.At(field)
}

// page is what both steps have in common.
func (p Pages) page(r *http.Request, id, step string) stepPage {
	at := web.Path(r) + "/customers"
	page := stepPage{Action: at + "/new", Cancel: at}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("provision.customers")}, {Label: web.Say("provision.create")}}}
	page.Steps = web.Steps{Label: web.Say("provision.steps"), Items: []web.Step{{Label: web.Say("provision.step_details"), Current: step == "details"},
		{Label: web.Say("provision.step_user"), Current: step == "user"}}}
	if id != "" {
		page.Action = at + "/new/" + id + "/" + step
		page.Discard = at + "/new/" + id + "/discard"
		if step == "user" {
			page.Steps.Items[0].Done, page.Steps.Items[0].Href = true, at+"/new/"+id+"/details"
		}
	}
	return page
}

// placeFields are country and language; the hint shows what the country does.
func placeFields(country, language, today string, print *lang.Printer) []web.Field {
	countries := []web.Option{{Label: web.Say("provision.choose_country")}}
	for _, c := range print.Countries() {
		countries = append(countries, web.Option{Value: c.Code, Label: web.Data(c.Name), Chosen: c.Code == country})
	}
	languages := []web.Option{{Label: web.Say("provision.language_of_country"), Chosen: language == ""}}
	for _, l := range lang.Languages {
		languages = append(languages, web.Option{Value: l, Label: web.Data(lang.Name(l)), Chosen: l == language})
	}
	hint := web.Say("provision.country_hint")
	if lang.IsCountry(country) {
		hint = web.Say("provision.formats", "example", exampleOf(lang.FormatOf(country), today))
	}
	return []web.Field{{Name: "country", Type: "select", Label: web.Say("provision.country"), Hint: hint, Options: countries, Required: true},
		{Name: "language", Type: "select", Label: web.Say("provision.language"), Options: languages}}
}

func priceOf(t subscription.Type) web.Text {
	if t.Price == 0 {
		return web.Say("provision.free")
	}
	return web.Say("provision.per_month", "price", t.Monthly())
}

// notesOf are what one should know before one chooses a product type.
func notesOf(t subscription.Type, regions []string, print *lang.Printer) (notes []web.Text) {
	if t.About != "" {
		notes = append(notes, web.Data(strings.TrimSuffix(t.About, ".")+"."))
	}
	word := "provision.can_change"
	if t.Immutable {
		word = "provision.cannot_change"
	}
	notes = append(notes, web.Say(word))
	if len(regions) > 0 {
		names := make([]string, len(regions))
		for i, r := range regions {
			names[i] = print.Country(r)
		}
		notes = append(notes, web.Say("provision.offered_in", "countries", names))
	}
	return notes
}

func trialOf(trial bool, until string) string {
	if trial {
		return until
	}
	return ""
}

// costOf says what a product type costs that begins today; nil for one that costs nothing.
func costOf(t subscription.Type, today, trialUntil string, print *lang.Printer) *cost {
	if t.Price == 0 {
		return nil
	}
	first := t.First(today, trialUntil)
	c := &cost{Type: web.Data(t.Name), Monthly: web.Text{Data: print.Money(first.Monthly)}, Text: web.Say("provision.net")}
	c.First = web.Say("provision.first_invoice", "day", print.LongDay(first.InvoiceOn), "days", print.Days(first.From, first.Until), "part", first.Part, "price", first.Monthly)
	return c
}

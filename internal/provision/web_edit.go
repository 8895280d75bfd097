package provision

import (
	"net/http"
	"strconv"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// customerPage is one customer as it can be changed.
type customerPage struct {
	Heading web.Text
	Crumbs  web.Crumbs
	State   web.Status
	Summary []web.Notice
	Action  string // empty for those who only look
	Version string
	Fields  []web.Field
	Facts   web.Facts
	Notes   string // for those who only look
	Open    string // address of the customer's own pages
	Cancel  string
}

func (p customerPage) PageTitle() web.Text { return p.Heading }

var customerOf = web.Page[customerPage]{Name: "provision/customer", Title: "provision.customer"}

// editForm is a customer as it was typed; a field that the form lacks stays as it is.
type editForm struct {
	Name      string `form:"name"`
	Type      string `form:"product_type"`
	Country   string `form:"country"`
	Language  string `form:"language"`
	Reference string `form:"reference"`
	Notes     string `form:"notes"`
	Seen      string `form:"seen"`
}

// Show shows one customer.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.show(w, r, a, http.StatusOK, nil, nil)
}

func number(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("account"), 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != r.PathValue("account") {
		return 0, fault.Missing()
	}
	return n, nil
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *editForm, no *fault.Error) error {
	n, err := number(r)
	if err != nil {
		return err
	}
	c, err := p.Provisions.Get(r.Context(), a, n)
	if err != nil {
		return err
	}
	at := web.Path(r) + "/customers"
	page := customerPage{Heading: web.Data(c.Name), State: statusOf(c.Status), Version: strconv.FormatInt(c.Version, 10), Cancel: at,
		Crumbs: web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("provision.customers")}, {Label: web.Data(c.Name)}}}}
	if c.Status != "terminated" || a.Reach.Scope == "" {
		page.Open = web.Path(r) + "/for/" + strconv.FormatInt(c.Number, 10) + "/"
	}
	page.Facts = p.facts(r, a, c)
	if !c.Editable {
		page.Notes = c.Notes
		return customerOf.Render(p.Site, w, r, a, status, page)
	}
	if f == nil {
		f = &editForm{c.Name, c.ProductType, c.Country, c.Language, c.Reference, c.Notes, page.Version}
	}
	choices, err := p.Provisions.Choices(r.Context(), a)
	if err != nil {
		return err
	}
	page.Action, page.Version = at+"/"+strconv.FormatInt(n, 10), f.Seen
	page.Fields = p.editFields(r, a, c, *f, choices)
	page.Summary = refused(no, page.Fields, web.Field{Name: "product_type", Label: web.Say("provision.product_type")})
	return customerOf.Render(p.Site, w, r, a, status, page)
}

func (p Pages) editFields(r *http.Request, a who.Actor, c Customer, f editForm, choices Choice) []web.Field {
	fields := []web.Field{{Name: "name", Label: web.Say("provision.name"), Hint: web.Say("provision.name_hint"), Value: f.Name, Required: true, Max: maxName, Autocomplete: "off"}}
	if !c.Fixed && c.ProductType != "" {
		var options []web.Option
		known := false
		for _, t := range choices.Types {
			known = known || t.Code == c.ProductType
			options = append(options, web.Option{Value: t.Code, Label: web.Say("provision.type_at", "type", t.Name, "price", t.Monthly()), Chosen: t.Code == f.Type})
		}
		if !known { // one that nobody gets any more
			options = append(options, web.Option{Value: c.ProductType, Label: web.Data(c.TypeName), Chosen: c.ProductType == f.Type})
		}
		fields = append(fields, web.Field{Name: "product_type", Type: "select", Label: web.Say("provision.product_type"), Hint: web.Say("provision.type_hint"), Options: options})
	}
	fields = append(fields, placeFields(f.Country, f.Language, clock.Day(p.Site.Clock.Now(), a.Zone), p.Site.Printer(r, a))...)
	fields = append(fields, web.Field{Name: "reference", Label: web.Say("provision.reference"), Hint: web.Say("provision.reference_hint"), Value: f.Reference, Optional: true, Max: maxReference})
	if c.Reseller != "" {
		fields = append(fields, web.Field{Name: "notes", Type: "textarea", Label: web.Say("provision.notes"), Hint: web.Say("provision.notes_hint"), Value: f.Notes, Optional: true, Rows: 3, Max: maxNotes})
	}
	return fields
}

func (p Pages) facts(r *http.Request, a who.Actor, c Customer) web.Facts {
	print := p.Site.Printer(r, a)
	f := web.Facts{Items: []web.Fact{{Label: web.Say("provision.number"), Value: web.Data(strconv.FormatInt(c.Number, 10))}}}
	add := func(label, value string) {
		if value != "" {
			f.Items = append(f.Items, web.Fact{Label: web.Say(label), Value: web.Data(value)})
		}
	}
	add("provision.created", print.Day(c.CreatedOn))
	add("provision.country", print.Country(c.Country))
	add("provision.reference", c.Reference)
	if c.TypeName != "" {
		fact := web.Fact{Label: web.Say("provision.product_type"), Value: web.Data(c.TypeName)}
		if c.Fixed {
			fact.Note = web.Say("provision.cannot_change_any_more")
		}
		f.Items = append(f.Items, fact)
	}
	add("provision.payable_from", print.Day(c.TrialUntil))
	add("provision.formats_label", exampleOf(c.Format, clock.Day(p.Site.Clock.Now(), a.Zone)))
	add("provision.zone", c.Zone)
	add("provision.step_user", c.UserName)
	return f
}

// Change changes a customer.
func (p Pages) Change(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f editForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	n, err := number(r)
	if err != nil {
		return err
	}
	var in Edit
	for name, field := range map[string]struct {
		to   **string
		text *string
	}{"name": {&in.Name, &f.Name}, "product_type": {&in.ProductType, &f.Type}, "country": {&in.Country, &f.Country}, "language": {&in.Language, &f.Language},
		"reference": {&in.Reference, &f.Reference}, "notes": {&in.Notes, &f.Notes}} {
		if r.PostForm.Has(name) {
			*field.to = field.text
		}
	}
	err = p.Provisions.Change(r.Context(), a, n, web.Whole(f.Seen), in)
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.show(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/customers/"+strconv.FormatInt(n, 10), fault.Msg("provision.done_changed"))
}

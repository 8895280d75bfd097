package subscription

import (
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages are the handlers of product types; package app gives them their addresses.
type Pages struct {
	Subscriptions *Subscriptions
	Site          *web.Site
	Shelves       func(base string, a who.Actor, current string) web.Segment // what stands beside this list in the catalogue
}

// At is the address of the list below the organisation's.
const At = "/catalogue/types"

// typesPage is the vendor's list of product types.
type typesPage struct {
	Shelves web.Segment
	New     string // address
	Heads   web.Heads
	Rows    []typesRow
	Empty   *web.Empty
}

type typesRow struct {
	Row
	Href    string
	Price   web.Text
	Where   web.Text
	Status  web.Status
	Holders web.Text
}

var typesOf = web.Page[typesPage]{Name: "subscription/types", Title: "subscription.types"}

// ListTypes shows all product types.
func (p Pages) ListTypes(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.Subscriptions.List(r.Context(), a)
	if err != nil {
		return err
	}
	at := web.Path(r) + At
	page := typesPage{Shelves: p.Shelves(web.Path(r), a, "types"), New: at + "/new", Heads: web.Heads{Columns: []web.Column{{Label: web.Say("subscription.type")},
		{Label: web.Say("subscription.price"), Width: "w-150"}, {Label: web.Say("subscription.regions"), Width: "w-190"}, {Label: web.Say("subscription.holders"), Width: "w-150"},
		{Label: web.Say("subscription.state"), Width: "w-150"}}}}
	print := p.Site.Printer(r, a)
	for _, t := range all {
		row := typesRow{Row: t, Href: at + "/" + t.Code, Price: priceOf(t.Type), Where: web.Say("subscription.everywhere"), Status: statusOf(t.Status), Holders: holdersOf(t)}
		if len(t.Regions) > 0 {
			row.Where = web.Data(strings.Join(named(t.Regions, print), ", "))
		}
		page.Rows = append(page.Rows, row)
	}
	if len(all) == 0 {
		page.Empty = &web.Empty{Title: web.Say("subscription.none"), Text: web.Say("subscription.none_text"),
			Acts: []web.Act{{Label: web.Say("subscription.new"), Icon: "plus", Href: page.New}}}
	}
	return typesOf.Render(p.Site, w, r, a, http.StatusOK, page)
}

func named(regions []string, print *lang.Printer) []string {
	names := make([]string, len(regions))
	for i, code := range regions {
		names[i] = print.Country(code)
	}
	return names
}

func priceOf(t Type) web.Text {
	if t.Price == 0 {
		return web.Say("subscription.free")
	}
	return web.Say("subscription.per_month", "price", t.Monthly())
}

// holdersOf counts who has a type: beyond a hundred nobody counts.
func holdersOf(t Row) web.Text {
	if t.Customers > web.Cap {
		return web.Say("subscription.customers_many", "n", web.Cap)
	}
	return web.Say("subscription.customers", "n", t.Customers)
}

func statusOf(state string) web.Status {
	st := web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("subscription.status_" + state)}
	if state == Retired {
		st.Tone, st.Icon = web.Idle, "archive"
	}
	return st
}

// typePage is the form of a product type.
type typePage struct {
	Heading web.Text
	Crumbs  web.Crumbs
	Status  *web.Status
	Action  string // address
	Cancel  string
	Version string // of one that exists
	Summary []web.Notice
	Facts   *web.Facts
	Fields  []web.Field
}

func (p typePage) PageTitle() web.Text { return p.Heading }

var typeOf = web.Page[typePage]{Name: "subscription/type", Title: "subscription.type"}

// typeForm is a product type as it was typed.
type typeForm struct {
	Code      string `form:"code"`
	Name      string `form:"name"`
	About     string `form:"about"`
	Price     string `form:"price"`
	Currency  string `form:"currency"`
	Regions   string `form:"regions"` // codes with anything between them
	Immutable bool   `form:"immutable"`
	Status    string `form:"status"`
	Seen      string `form:"seen"` // count of changes that the form showed
}

// noPrice is what the use case refuses: the form cannot be read as an amount.
const noPrice = -1

func (f typeForm) terms() Terms {
	t := Terms{Type: Type{Code: f.Code, Name: f.Name, About: f.About, Price: noPrice, Currency: f.Currency, Immutable: f.Immutable, Status: f.Status}}
	if m, ok := lang.ParseMoney(f.Price, f.Currency); ok {
		t.Price = m.Minor
	}
	t.Regions = strings.FieldsFunc(strings.ToUpper(f.Regions), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' })
	return t
}

func (t Row) form() typeForm {
	amount, _, _ := strings.Cut(t.Monthly().Plain(), " ")
	return typeForm{t.Code, t.Name, t.About, amount, t.Currency, strings.Join(t.Regions, ", "), t.Immutable, t.Status, strconv.FormatInt(t.Version, 10)}
}

func (f typeForm) fields(withCode bool) (all []web.Field) {
	if withCode {
		all = append(all, web.Field{Name: "code", Label: web.Say("subscription.code"), Hint: web.Say("subscription.code_hint"), Value: f.Code, Required: true, Short: true, Max: maxCode, Autocomplete: "off"})
	}
	var currencies []web.Option
	for _, code := range lang.Currencies() {
		currencies = append(currencies, web.Option{Value: code, Label: web.Data(code), Chosen: code == f.Currency})
	}
	return append(all,
		web.Field{Name: "name", Label: web.Say("subscription.name"), Value: f.Name, Required: true, Max: maxName, Autocomplete: "off"},
		web.Field{Name: "about", Label: web.Say("subscription.about"), Hint: web.Say("subscription.about_hint"), Value: f.About, Optional: true, Max: maxAbout, Autocomplete: "off"},
		web.Field{Name: "price", Label: web.Say("subscription.price"), Hint: web.Say("subscription.price_hint"), Value: f.Price, Required: true, InputMode: "decimal", Autocomplete: "off"},
		web.Field{Name: "currency", Type: "select", Label: web.Say("subscription.currency"), Options: currencies, Short: true},
		web.Field{Name: "regions", Label: web.Say("subscription.regions"), Hint: web.Say("subscription.regions_hint"), Value: f.Regions, Optional: true, Autocomplete: "off"},
		web.Field{Name: "immutable", Type: "checkbox", Label: web.Say("subscription.immutable"), Hint: web.Say("subscription.immutable_hint"), Checked: f.Immutable},
		web.Field{Name: "status", Type: "select", Label: web.Say("subscription.state"), Hint: web.Say("subscription.state_hint"),
			Options: web.Chosen(web.Words("subscription.status_", Active, Retired), f.Status)})
}

// NewType shows the form of a new product type.
func (p Pages) NewType(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.newType(w, r, a, http.StatusOK, typeForm{Status: Active, Currency: "EUR"}, nil)
}

func (p Pages) newType(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f typeForm, no *fault.Error) error {
	at := web.Path(r) + At
	page := typePage{Heading: web.Say("subscription.new"), Action: at + "/new", Cancel: at, Fields: f.fields(true)}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("subscription.types")}, {Label: page.Heading}}}
	page.refuse(no)
	return typeOf.Render(p.Site, w, r, a, status, page)
}

func (p *typePage) refuse(no *fault.Error) {
	if no == nil {
		return
	}
	p.Summary = web.Summary(no, web.Told(no, p.Fields)...)
}

// conflicts are refusals that the form shows itself.
var conflicts = []string{"subscription.code_taken", "subscription.changed", "subscription.flag_fixed", "once.other_body"}

// CreateType adds the product type.
func (p Pages) CreateType(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f typeForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	_, err := p.Subscriptions.Make(r.Context(), a, f.terms())
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.newType(w, r, a, int(no.Kind), f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+f.Code, fault.Msg("subscription.done_made", "name", f.Name))
}

// ShowType shows one product type.
func (p Pages) ShowType(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.showType(w, r, a, http.StatusOK, nil, nil)
}

func (p Pages) showType(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *typeForm, no *fault.Error) error {
	t, err := p.Subscriptions.One(r.Context(), a, r.PathValue("type"))
	if err != nil {
		return err
	}
	at, st := web.Path(r)+At, statusOf(t.Status)
	page := typePage{Heading: web.Data(t.Name), Status: &st, Action: at + "/" + t.Code, Cancel: at, Version: strconv.FormatInt(t.Version, 10)}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("subscription.types")}, {Label: page.Heading}}}
	page.Facts = &web.Facts{Items: []web.Fact{{Label: web.Say("subscription.code"), Value: web.Data(t.Code)}, {Label: web.Say("subscription.holders"), Value: holdersOf(t)},
		{Label: web.Say("subscription.partners"), Value: web.Say("subscription.partners_n", "n", len(t.Partners)), Href: web.Path(r) + "/catalogue/resellers"}}}
	if f == nil {
		shown := t.form()
		f = &shown
	}
	page.Fields = f.fields(false)
	page.refuse(no)
	return typeOf.Render(p.Site, w, r, a, status, page)
}

// ChangeType changes a product type.
func (p Pages) ChangeType(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f typeForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	code := r.PathValue("type")
	err := p.Subscriptions.Edit(r.Context(), a, code, web.Whole(f.Seen), f.terms())
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.showType(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+code, fault.Msg("subscription.done_changed"))
}

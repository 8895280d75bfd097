package product

import (
	"net/http"
	"net/url"
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages are the handlers of the catalogue; package app gives them their addresses.
type Pages struct {
	Products *Products
	Site     *web.Site
	Shelves  func(base string, a who.Actor, current string) web.Segment // what stands beside the products in the catalogue
}

// cataloguePage is the vendor's list of products.
type cataloguePage struct {
	Shelves web.Segment
	New     string // address; empty unless the reader may add one
	Tabs    web.Tabs
	Heads   web.Heads
	Rows    []catalogueRow
	Empty   *web.Empty
	Pager   web.Pager
}

type catalogueRow struct {
	Product
	Href   string
	Status web.Status
	Scheme web.Text
	About  []web.Text
}

var catalogueOf = web.Page[cataloguePage]{Name: "product/catalogue", Title: "product.catalogue"}

type catalogueQuery struct {
	Status string `form:"status"`
	After  string `form:"after"` // id
	Name   string `form:"name"`
}

// List shows the catalogue.
func (p Pages) List(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q catalogueQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	all, more, err := p.Products.Catalogue(r.Context(), a, Filter{Status: q.Status, Name: q.Name, ID: q.After})
	if err != nil {
		return err
	}
	at := web.Path(r) + "/catalogue"
	page := cataloguePage{Shelves: p.Shelves(web.Path(r), a, "products"), Tabs: web.Tabs{Label: web.Say("product.state")}, Heads: web.Heads{Columns: []web.Column{{Label: web.Say("product.product")},
		{Label: web.Say("product.scheme"), Width: "w-190"}, {Label: web.Say("product.releases"), Width: "w-230"}, {Label: web.Say("product.state"), Width: "w-150"}}}}
	for _, s := range []string{"", Active, Retired} {
		item := web.Tab{Href: at, Label: web.Say("product.tab_all"), Current: q.Status == s}
		if s != "" {
			item.Href, item.Label = at+"?status="+s, web.Say("product.tab_"+s)
		}
		page.Tabs.Items = append(page.Tabs.Items, item)
	}
	if a.May(Manage) {
		page.New = at + "/new"
	}
	for _, x := range all {
		page.Rows = append(page.Rows, rowOf(at, x))
	}
	if len(all) == 0 {
		page.Empty = &web.Empty{Title: web.Say("product.none"), Text: web.Say("product.none_text")}
		if page.New != "" {
			page.Empty.Acts = []web.Act{{Label: web.Say("product.new"), Icon: "plus", Href: page.New}}
		}
	}
	v := url.Values{}
	if q.Status != "" {
		v.Set("status", q.Status)
	}
	if q.After != "" {
		page.Pager.Newer = at + "?" + v.Encode()
	}
	if more {
		last := all[len(all)-1]
		v.Set("name", last.Name)
		v.Set("after", last.ID)
		page.Pager.Older = at + "?" + v.Encode()
	}
	return catalogueOf.Render(p.Site, w, r, a, http.StatusOK, page)
}

func rowOf(at string, x Product) catalogueRow {
	row := catalogueRow{Product: x, Href: at + "/" + x.ID, Scheme: web.Say("product.scheme_" + x.Scheme), Status: statusOf(x)}
	if x.Free {
		row.About = append(row.About, web.Say("product.is_free"))
	}
	if x.Signed {
		row.About = append(row.About, web.Say("product.is_signed"))
	}
	return row
}

func statusOf(x Product) web.Status {
	st := web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("product.status_" + x.Status)}
	if x.Status == Retired {
		st.Tone, st.Icon = web.Idle, "archive"
	}
	return st
}

// productPage is the form of a product.
type productPage struct {
	Heading web.Text
	Crumbs  web.Crumbs
	Status  *web.Status
	Action  string // address; empty for those who only look
	Cancel  string
	Version string
	Summary []web.Notice
	Facts   *web.Facts
	Fields  []web.Field
}

func (p productPage) PageTitle() web.Text { return p.Heading }

var productOf = web.Page[productPage]{Name: "product/product", Title: "product.product"}

// form is a product as it was typed.
type form struct {
	Code   string `form:"code"`
	Name   string `form:"name"`
	Status string `form:"status"`
	Portal string `form:"portal"`
	Scheme string `form:"scheme"`
	Free   bool   `form:"free"`
	Signed bool   `form:"signed"`
	Seen   string `form:"seen"` // count of changes that the form showed
}

func (f form) product() Product {
	return Product{Code: f.Code, Name: f.Name, Status: f.Status, PortalURL: f.Portal, Scheme: f.Scheme, Free: f.Free, Signed: f.Signed, Version: web.Whole(f.Seen)}
}

func (f form) fields(withCode bool) (all []web.Field) {
	if withCode {
		all = append(all, web.Field{Name: "code", Label: web.Say("product.code"), Hint: web.Say("product.code_hint"), Value: f.Code, Required: true, Short: true, Max: maxCode, Autocomplete: "off"})
	}
	pick := func(name, label, hint, prefix, value string, options ...string) web.Field {
		field := web.Field{Name: name, Type: "select", Label: web.Say(label), Hint: web.Say(hint), Short: true}
		for _, o := range options {
			field.Options = append(field.Options, web.Option{Value: o, Label: web.Say(prefix + o), Chosen: o == value})
		}
		return field
	}
	return append(all,
		web.Field{Name: "name", Label: web.Say("product.name"), Value: f.Name, Required: true, Max: maxName, Autocomplete: "off"},
		pick("status", "product.state", "product.state_hint", "product.status_", f.Status, Active, Retired),
		pick("scheme", "product.scheme", "product.scheme_hint", "product.scheme_", f.Scheme, Natural, SemVer),
		web.Field{Name: "free", Type: "checkbox", Label: web.Say("product.free"), Hint: web.Say("product.free_hint"), Checked: f.Free},
		web.Field{Name: "signed", Type: "checkbox", Label: web.Say("product.signed"), Hint: web.Say("product.signed_hint"), Checked: f.Signed},
		web.Field{Name: "portal", Type: "url", Label: web.Say("product.portal"), Hint: web.Say("product.portal_hint"), Value: f.Portal, Optional: true, Max: maxURL})
}

// New shows the form of a new product.
func (p Pages) New(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.newPage(w, r, a, http.StatusOK, form{Status: Active, Scheme: Natural}, nil)
}

func (p Pages) newPage(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f form, no *fault.Error) error {
	at := web.Path(r) + "/catalogue"
	page := productPage{Heading: web.Say("product.new"), Action: at + "/new", Cancel: at, Fields: f.fields(true)}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("product.catalogue")}, {Label: page.Heading}}}
	page.refuse(no)
	return productOf.Render(p.Site, w, r, a, status, page)
}

func (p *productPage) refuse(no *fault.Error) {
	if no == nil {
		return
	}
	p.Summary = web.Summary(no, web.Told(no, p.Fields)...)
}

// conflicts are refusals that the form shows itself.
var conflicts = []string{"product.code_taken", "product.changed", "once.other_body"}

// Create adds the product.
func (p Pages) Create(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f form
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id, err := p.Products.Add(r.Context(), a, f.product())
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.newPage(w, r, a, int(no.Kind), f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/catalogue/"+id, fault.Msg("product.done_made", "name", f.Name))
}

// Show shows one product.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.show(w, r, a, http.StatusOK, nil, nil)
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *form, no *fault.Error) error {
	x, err := p.Products.One(r.Context(), a, r.PathValue("product"))
	if err != nil {
		return err
	}
	at, st := web.Path(r)+"/catalogue", statusOf(x)
	page := productPage{Heading: web.Data(x.Name), Status: &st, Cancel: at, Version: strconv.FormatInt(x.Version, 10)}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("product.catalogue")}, {Label: page.Heading}}}
	page.Facts = &web.Facts{Items: []web.Fact{{Label: web.Say("product.code"), Value: web.Data(x.Code)}, {Label: web.Say("product.slug"), Value: web.Data(x.Slug)},
		{Label: web.Say("product.id"), Value: web.Data(x.ID)}}}
	if !a.May(Manage) {
		row := rowOf(at, x)
		page.Facts.Items = append(page.Facts.Items, web.Fact{Label: web.Say("product.scheme"), Value: row.Scheme})
		for _, about := range row.About {
			page.Facts.Items = append(page.Facts.Items, web.Fact{Label: web.Say("product.releases"), Value: about})
		}
		return productOf.Render(p.Site, w, r, a, status, page)
	}
	if f == nil {
		f = &form{Name: x.Name, Status: x.Status, Portal: x.PortalURL, Scheme: x.Scheme, Free: x.Free, Signed: x.Signed}
	}
	page.Action, page.Fields = at+"/"+x.ID, f.fields(false)
	page.refuse(no)
	return productOf.Render(p.Site, w, r, a, status, page)
}

// Change changes a product.
func (p Pages) Change(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f form
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id := r.PathValue("product")
	err := p.Products.Edit(r.Context(), a, id, f.product())
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.show(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/catalogue/"+id, fault.Msg("product.done_changed"))
}

package support

import (
	"net/http"
	"net/url"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// renewPage asks before an order of a renewal is made.
type renewPage struct {
	Heading web.Text
	Crumbs  web.Crumbs
	Action  string
	Cancel  string
	Summary []web.Notice
	Facts   web.Facts
	Product string // code
	Text    web.Field
}

func (p renewPage) PageTitle() web.Text { return p.Heading }

var renewOf = web.Page[renewPage]{Name: "support/renew", Title: "support.renew"}

type renewForm struct {
	Product string `form:"product"`
	Text    string `form:"text"`
}

// Orders shows the orders in view.
func (p Pages) Orders(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.list(w, r, a, ticket.Order)
}

// RenewForm asks whether to order. An order that is open already is shown instead.
func (p Pages) RenewForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f renewForm
	if err := web.Query(r, &f); err != nil {
		return err
	}
	return p.renew(w, r, a, http.StatusOK, f, nil)
}

func (p Pages) renew(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f renewForm, no *fault.Error) error {
	q, err := p.Requests.Renewal(r.Context(), a, f.Product)
	if err != nil {
		return err
	}
	if q.Running != "" {
		return p.to(w, r, q.Running)
	}
	at := web.Path(r) + "/downloads"
	page := renewPage{Heading: web.Say("support.renew_product", "product", q.Product.Name), Action: at + "/renew", Cancel: at, Product: q.Product.Code,
		Facts: renewFacts(p.Site.Printer(r, a), q)}
	page.Crumbs = web.Crumbs{Items: []web.Link{listOf(r, ticket.Order), {Label: page.Heading}}}
	page.Text = web.Field{Name: "text", Type: "textarea", Rows: 4, Label: web.Say("support.message"), Hint: web.Say("support.renew_hint"), Value: f.Text, Optional: true}.With(no)
	page.Summary = web.Summary(no, page.Text)
	return renewOf.Render(p.Site, w, r, a, status, page)
}

func renewFacts(pr *lang.Printer, q Renewal) (f web.Facts) {
	add := func(label string, value web.Text) {
		f.Items = append(f.Items, web.Fact{Label: web.Say(label), Value: value})
	}
	add("support.product", web.Data(q.Product.Name))
	if q.Support.Number == "" {
		add("support.contract", web.Say("support.contract_none"))
		return f
	}
	add("support.contract", web.Data(q.Support.Number))
	add("support.covered_until", web.Data(pr.Day(q.Support.Until)))
	return f
}

// Renew makes the order.
func (p Pages) Renew(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f renewForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	number, made, err := p.Requests.Renew(r.Context(), a, f.Product, f.Text)
	if no, ok := refused(err, "support.renewal_running", "once.other_body"); ok {
		return p.renew(w, r, a, int(no.Kind), f, no)
	}
	if err != nil {
		return err
	}
	if !made {
		return p.to(w, r, number, fault.Msg("support.ordered_before", "number", number))
	}
	return p.to(w, r, number, fault.Msg("support.done_ordered", "number", number))
}

// pathOf is the address of a list of a kind, with what it is asked for.
func pathOf(r *http.Request, kind string, v url.Values) string {
	at := web.Path(r) + folder(kind)
	if len(v) == 0 {
		return at
	}
	return at + "?" + v.Encode()
}

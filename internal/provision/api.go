package provision

import (
	"context"
	"net/http"
	"strconv"

	"lodge/internal/platform/api"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// API is the door for programs.
type API struct{ Provisions *Provisions }

const chapter = "Customers"

// Register adds the operations of customers and of the product types that they can have. They are the business of partners and the vendor,
// at their own number only.
func (p API) Register(s *api.API) {
	api.Register(s, api.Op{ID: "list-product-types", Method: "GET", Path: "/product-types", Tag: chapter, Summary: "List product types",
		Text: "Those that the owner of the token may give to customers, by name."}, subscription.ViewTypes, p.types)
	api.Register(s, api.Op{ID: "list-customers", Method: "GET", Path: "/customers", Tag: chapter, Summary: "List customers",
		Text: "For a partner those for whom it may act today, for the vendor all; by name unless `sort` says otherwise."}, ViewCustomers, p.list)
	api.Register(s, api.Op{ID: "create-customer", Method: "POST", Path: "/customers", Tag: chapter, Summary: "Create a customer", Status: http.StatusCreated,
		Text: "Organisation, subscription and the first person, who is invited at once: all or nothing. What costs money needs `Accept-Charges: true`; without it the answer is a 422 that names the price. " +
			"A name that one of the reseller’s customers has, in whatever case, spacing and Unicode form, is a 409."}, CreateCustomers, p.create)
	api.Register(s, api.Op{ID: "get-customer", Method: "GET", Path: "/customers/{number}", Tag: chapter, Summary: "Read a customer"}, ViewCustomers, p.get)
	api.Register(s, api.Op{ID: "change-customer", Method: "PATCH", Path: "/customers/{number}", Tag: chapter, Summary: "Change a customer",
		Text: "A new country brings its time zone and formats. A product type that is immutable stays: 409.", Errors: []int{409, 412, 428}}, EditCustomers, p.change)
	p.registerTerms(s)
}

// APrice is an amount of money.
type APrice struct {
	Amount   int64  `json:"amount" doc:"In the smallest unit of the currency, net of VAT: 4000 are 40.00 EUR."`
	Currency string `json:"currency" doc:"ISO 4217."`
}

type aType struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	About     string   `json:"about,omitempty"`
	Price     APrice   `json:"price" doc:"Of a customer and month."`
	Immutable bool     `json:"immutable" doc:"A customer who has it keeps it."`
	Countries []string `json:"countries" doc:"In which it is offered, ISO 3166-1; none means everywhere."`
}

type typeAt struct{ Next int }

func (p API) types(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[aType], error) {
	var at typeAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	c, err := p.Provisions.Choices(ctx, a)
	if err != nil {
		return nil, err
	}
	items := []aType{}
	for i := at.Next; i < len(c.Types); i++ {
		if len(items) == in.Limit {
			return api.Of(ctx, items, typeAt{i})
		}
		t := c.Types[i]
		countries := c.Regions[t.ID]
		if countries == nil {
			countries = []string{}
		}
		items = append(items, aType{t.Code, t.Name, t.About, APrice{t.Price, t.Currency}, t.Immutable, countries})
	}
	return api.Of(ctx, items, nil)
}

// ALine is a customer in the list.
type ALine struct {
	Number      int64  `json:"number"`
	Name        string `json:"name"`
	Created     string `json:"created,omitempty" format:"date"`
	Status      string `json:"status" enum:"active,disabled,terminated"`
	Reference   string `json:"reference"`
	Country     string `json:"country" doc:"ISO 3166-1."`
	ProductType string `json:"product_type,omitempty" doc:"Code."`
	TrialUntil  string `json:"trial_until,omitempty" format:"date" doc:"Day from which the trial is payable."`
}

type customersAsked struct {
	api.Paging
	Text        string `query:"text" doc:"In name, number, reference or product type."`
	Status      string `query:"status" enum:"active,disabled,terminated"`
	ProductType string `query:"product_type" doc:"Code."`
	Sort        string `query:"sort" enum:"name,number,created,status,reference,type"`
	Descending  bool   `query:"descending"`
}

type customerAt struct{ Key string }

func (p API) list(ctx context.Context, a who.Actor, in *customersAsked) (*api.List[ALine], error) {
	var at customerAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	// A customer that is not made yet is the business of the pages: only what is complete has a number.
	f := Filter{Text: in.Text, Status: in.Status, Type: in.ProductType, Progress: Complete, Sort: in.Sort, Down: in.Descending, After: at.Key, Limit: in.Limit}
	lines, more, err := p.Provisions.List(ctx, a, f)
	if err != nil {
		return nil, err
	}
	var next any
	items := make([]ALine, 0, len(lines))
	for _, l := range lines {
		items = append(items, ALine{l.Number, l.Name, l.CreatedOn, l.Status, l.Reference, l.Country, l.Type, l.TrialUntil})
		if more {
			next = customerAt{l.Key(in.Sort)}
		}
	}
	return api.Of(ctx, items, next)
}

// AUser is the first person of a customer.
type AUser struct {
	FirstName string `json:"first_name" required:"true"`
	LastName  string `json:"last_name" required:"true"`
	Email     string `json:"email" required:"true" format:"email"`
}

type aCustomer struct {
	ALine
	Language string `json:"language" enum:"en,fr,pl,es"`
	Zone     string `json:"zone" doc:"IANA name."`
	Format   string `json:"format" doc:"How dates and numbers are written, BCP 47: de-DE."`
	Notes    string `json:"notes" doc:"For those who support the customer; never shown to it."`
	User     string `json:"primary_user,omitempty" doc:"E-mail address."`
}

type theCustomer struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     aCustomer
}

func (p API) read(ctx context.Context, a who.Actor, number int64) (*theCustomer, error) {
	c, err := p.Provisions.Get(ctx, a, number)
	if err != nil {
		return nil, err
	}
	return &theCustomer{ETag: api.ETag(c.Version), Body: aCustomer{ALine{c.Number, c.Name, c.CreatedOn, c.Status, c.Reference, c.Country, c.ProductType, c.TrialUntil},
		c.Language, c.Zone, c.Format, c.Notes, c.UserEmail}}, nil
}

// OneCustomer names a customer: embedded, so exported for the reader of parameters.
type OneCustomer struct {
	Number string `path:"number" doc:"Of the organisation."`
}

func (c OneCustomer) number() (int64, error) {
	n, err := strconv.ParseInt(c.Number, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != c.Number {
		return 0, fault.Missing()
	}
	return n, nil
}

func (p API) get(ctx context.Context, a who.Actor, in *OneCustomer) (*theCustomer, error) {
	n, err := in.number()
	if err != nil {
		return nil, err
	}
	return p.read(ctx, a, n)
}

// accepts is the header that says that the price is known and accepted.
const accepts = "Accept-Charges"

type newBody struct {
	AcceptCharges string `header:"Accept-Charges" doc:"true: the price is known and accepted."`
	Body          struct {
		Name        string `json:"name" required:"true"`
		ProductType string `json:"product_type" required:"true" doc:"Code."`
		Reference   string `json:"reference,omitempty" doc:"The reseller’s own number for the customer."`
		Country     string `json:"country" required:"true" doc:"ISO 3166-1; decides language, time zone and formats."`
		Language    string `json:"language,omitempty" enum:"en,fr,pl,es"`
		Notes       string `json:"notes,omitempty" doc:"For those who support the customer; never shown to it."`
		TrialDays   int    `json:"trial_days,omitempty" doc:"Days without charge, at most as many as the reseller may give; 0 = no trial."`
		PrimaryUser AUser  `json:"primary_user" required:"true" doc:"Is invited at once, with the roles Security administrator and Licence supervisor."`
	}
}

func (p API) create(ctx context.Context, a who.Actor, in *newBody) (*theCustomer, error) {
	b := in.Body
	number, err := p.Provisions.Create(ctx, a, NewCustomer{
		Details: Details{Name: b.Name, ProductType: b.ProductType, Reference: b.Reference, Country: b.Country, Language: b.Language, Notes: b.Notes},
		Trial:   b.TrialDays != 0, TrialDays: b.TrialDays, User: User{b.PrimaryUser.FirstName, b.PrimaryUser.LastName, b.PrimaryUser.Email}, AcceptCharges: in.AcceptCharges == "true"})
	if err != nil {
		return nil, api.Called(err, map[string]string{"accept_charges": accepts})
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, err
	}
	out, err := p.read(ctx, a, n)
	if err == nil {
		out.Location = api.Address(ctx) + "/" + number
	}
	return out, err
}

type changeBody struct {
	OneCustomer
	api.Conditional
	Body struct {
		Name        api.Change[string] `json:"name,omitempty"`
		ProductType api.Change[string] `json:"product_type,omitempty" doc:"Code."`
		Reference   api.Change[string] `json:"reference,omitempty"`
		Country     api.Change[string] `json:"country,omitempty" doc:"ISO 3166-1."`
		Language    api.Change[string] `json:"language,omitempty" doc:"null = as usual in the country."`
		Notes       api.Change[string] `json:"notes,omitempty"`
		TrialDays   api.Change[int]    `json:"trial_days,omitempty" doc:"A trial is given only when a customer is created: 422."`
	} `contentType:"application/merge-patch+json"`
}

func (p API) change(ctx context.Context, a who.Actor, in *changeBody) (*theCustomer, error) {
	n, err := in.number()
	if err != nil {
		return nil, err
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	var c fault.Check
	c.Need(!b.TrialDays.Set, "trial_days", "provision.trial_later")
	c.Need(b.Language.Value == "" || lang.Known(b.Language.Value), "language", "provision.language_unknown")
	if err := c.Err(); err != nil {
		return nil, err
	}
	pointer := func(c api.Change[string]) *string {
		if !c.Set {
			return nil
		}
		return &c.Value
	}
	if err := p.Provisions.Change(ctx, a, n, version, Edit{Name: pointer(b.Name), ProductType: pointer(b.ProductType), Reference: pointer(b.Reference), Country: pointer(b.Country),
		Language: pointer(b.Language), Notes: pointer(b.Notes)}); err != nil {
		return nil, err
	}
	return p.read(ctx, a, n)
}

package subscription

import (
	"context"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Subscriptions *Subscriptions }

const chapter = "Product types"

// Register adds the operations by which the vendor keeps its product types. What a reseller may choose from is listed by package provision.
func (p API) Register(s *api.API) {
	api.Register(s, api.Op{ID: "make-product-type", Method: "POST", Path: "/product-types", Tag: chapter, Summary: "Add a product type", Status: http.StatusCreated,
		Text: "The vendor may give it at once; what partners may, their terms say."}, ManageTypes, p.create)
	api.Register(s, api.Op{ID: "get-product-type", Method: "GET", Path: "/product-types/{code}", Tag: chapter, Summary: "Read a product type with its terms"}, ManageTypes, p.get)
	api.Register(s, api.Op{ID: "change-product-type", Method: "PATCH", Path: "/product-types/{code}", Tag: chapter, Summary: "Change or retire a product type",
		Text: "Its code stays. Whether it is immutable changes only while no customer has it: 409.", Errors: []int{409, 412, 428}}, ManageTypes, p.change)
}

// aPrice is an amount of money.
type aPrice struct {
	Amount   int64  `json:"amount" required:"true" doc:"Of a customer and month, in the smallest unit of the currency, net of VAT: 4000 are 40.00 EUR."`
	Currency string `json:"currency" required:"true" doc:"ISO 4217."`
}

// aPlan is a product type as the vendor keeps it.
type aPlan struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	About     string   `json:"about"`
	Price     aPrice   `json:"price"`
	Immutable bool     `json:"immutable" doc:"A customer who has it keeps it."`
	Countries []string `json:"countries" doc:"In which it is offered, ISO 3166-1; none means everywhere."`
	Status    string   `json:"status" enum:"active,retired"`
	Customers int      `json:"customers" doc:"That have it; at most a hundred are counted."`
	Partners  int      `json:"partners" doc:"That may give it to their customers."`
}

type thePlan struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     aPlan
}

func (p API) read(ctx context.Context, a who.Actor, code string) (*thePlan, error) {
	t, err := p.Subscriptions.One(ctx, a, code)
	if err != nil {
		return nil, err
	}
	return &thePlan{ETag: api.ETag(t.Version), Body: aPlan{t.Code, t.Name, t.About, aPrice{t.Price, t.Currency}, t.Immutable, append([]string{}, t.Regions...), t.Status, t.Customers, len(t.Partners)}}, nil
}

// OnePlan names a product type: embedded, so exported for the reader of parameters.
type OnePlan struct {
	Code string `path:"code" doc:"In any letter case."`
}

func (p API) get(ctx context.Context, a who.Actor, in *OnePlan) (*thePlan, error) {
	return p.read(ctx, a, in.Code)
}

type newPlan struct {
	Body struct {
		Code      string   `json:"code" required:"true" doc:"Fixed: letters, digits and - . _"`
		Name      string   `json:"name" required:"true"`
		About     string   `json:"about,omitempty" doc:"What it gives, in a sentence."`
		Price     aPrice   `json:"price" required:"true"`
		Immutable bool     `json:"immutable,omitempty" doc:"A customer who has it keeps it."`
		Countries []string `json:"countries,omitempty" doc:"In which it is offered, ISO 3166-1; none means everywhere."`
		Status    string   `json:"status,omitempty" enum:"active,retired"`
	}
}

// members are what the body calls fields of the use case.
var members = map[string]string{"regions": "countries", "price": "price.amount", "currency": "price.currency"}

func (p API) create(ctx context.Context, a who.Actor, in *newPlan) (*thePlan, error) {
	b := in.Body
	if _, err := p.Subscriptions.Make(ctx, a, Terms{Type: Type{Code: b.Code, Name: b.Name, About: b.About, Price: b.Price.Amount, Currency: b.Price.Currency, Immutable: b.Immutable, Status: b.Status},
		Regions: b.Countries}); err != nil {
		return nil, api.Called(err, members)
	}
	out, err := p.read(ctx, a, b.Code)
	if err == nil {
		out.Location = api.Address(ctx) + "/" + out.Body.Code
	}
	return out, err
}

type planChange struct {
	OnePlan
	api.Conditional
	Body struct {
		Name      api.Change[string]   `json:"name,omitempty"`
		About     api.Change[string]   `json:"about,omitempty"`
		Price     api.Change[aPrice]   `json:"price,omitempty"`
		Immutable api.Change[bool]     `json:"immutable,omitempty"`
		Countries api.Change[[]string] `json:"countries,omitempty" doc:"All of them; null = everywhere."`
		Status    api.Change[string]   `json:"status,omitempty" enum:"active,retired"`
	} `contentType:"application/merge-patch+json"`
}

func (p API) change(ctx context.Context, a who.Actor, in *planChange) (*thePlan, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	was, err := p.Subscriptions.One(ctx, a, in.Code)
	if err != nil {
		return nil, err
	}
	b := in.Body
	price := b.Price.Or(aPrice{was.Price, was.Currency})
	err = p.Subscriptions.Edit(ctx, a, in.Code, version, Terms{Type: Type{Name: b.Name.Or(was.Name), About: b.About.Or(was.About), Price: price.Amount, Currency: price.Currency,
		Immutable: b.Immutable.Or(was.Immutable), Status: b.Status.Or(was.Status)}, Regions: b.Countries.Or(was.Regions)})
	if err != nil {
		return nil, api.Called(err, members)
	}
	return p.read(ctx, a, in.Code)
}

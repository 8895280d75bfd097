package product

import (
	"context"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Products *Products }

// Register adds the operations of the catalogue. What an organisation has of it is listed by package home.
func (p API) Register(s *api.API) {
	const chapter = "Catalogue"
	api.Register(s, api.Op{ID: "list-catalogue", Method: "GET", Path: "/catalogue", Tag: chapter, Summary: "List all products", Text: "By name, retired ones too."}, ViewCatalogue, p.list)
	api.Register(s, api.Op{ID: "add-product", Method: "POST", Path: "/catalogue", Tag: chapter, Summary: "Add a product", Status: http.StatusCreated,
		Text: "Code and slug never change."}, Manage, p.create)
	api.Register(s, api.Op{ID: "get-product", Method: "GET", Path: "/catalogue/{product}", Tag: chapter, Summary: "Read a product"}, ViewCatalogue, p.get)
	api.Register(s, api.Op{ID: "change-product", Method: "PATCH", Path: "/catalogue/{product}", Tag: chapter, Summary: "Change or retire a product", Errors: []int{412, 428}}, Manage, p.change)
}

// aProduct is a product as programs see it.
type aProduct struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Slug   string `json:"slug" doc:"In addresses."`
	Name   string `json:"name"`
	Status string `json:"status" enum:"active,retired"`
	Scheme string `json:"scheme" enum:"natural,semver" doc:"How its versions are put in order."`
	Free   bool   `json:"free" doc:"Its releases need no support."`
	Signed bool   `json:"signed" doc:"A release is published only when every file is signed."`
	Portal string `json:"portal" doc:"Where its licences are managed, if elsewhere."`
}

func productOut(p Product) aProduct {
	return aProduct{p.ID, p.Code, p.Slug, p.Name, p.Status, p.Scheme, p.Free, p.Signed, p.PortalURL}
}

type listAsked struct {
	api.Paging
	Status string `query:"status" enum:"active,retired"`
}

type rowAt struct{ Name, ID string }

func (p API) list(ctx context.Context, a who.Actor, in *listAsked) (*api.List[aProduct], error) {
	var at rowAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, more, err := p.Products.Catalogue(ctx, a, Filter{Status: in.Status, Name: at.Name, ID: at.ID, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	items := make([]aProduct, 0, len(all))
	for _, x := range all {
		items = append(items, productOut(x))
		if more {
			next = rowAt{x.Name, x.ID}
		}
	}
	return api.Of(ctx, items, next)
}

type theProduct struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     aProduct
}

func (p API) read(ctx context.Context, a who.Actor, id string) (*theProduct, error) {
	x, err := p.Products.One(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return &theProduct{ETag: api.ETag(x.Version), Body: productOut(x)}, nil
}

// OneProduct names a product: embedded, so exported for the reader of parameters.
type OneProduct struct {
	Product string `path:"product" doc:"Id."`
}

func (p API) get(ctx context.Context, a who.Actor, in *OneProduct) (*theProduct, error) {
	return p.read(ctx, a, in.Product)
}

type newBody struct {
	Body struct {
		Code   string `json:"code" required:"true"`
		Name   string `json:"name" required:"true"`
		Status string `json:"status,omitempty" enum:"active,retired" default:"active"`
		Scheme string `json:"scheme,omitempty" enum:"natural,semver" default:"natural"`
		Free   bool   `json:"free,omitempty"`
		Signed bool   `json:"signed,omitempty"`
		Portal string `json:"portal,omitempty"`
	}
}

func (p API) create(ctx context.Context, a who.Actor, in *newBody) (*theProduct, error) {
	b := in.Body
	if b.Status == "" {
		b.Status = Active
	}
	if b.Scheme == "" {
		b.Scheme = Natural
	}
	id, err := p.Products.Add(ctx, a, Product{Code: b.Code, Name: b.Name, Status: b.Status, Scheme: b.Scheme, Free: b.Free, Signed: b.Signed, PortalURL: b.Portal})
	if err != nil {
		return nil, err
	}
	out, err := p.read(ctx, a, id)
	if err == nil {
		out.Location = api.Address(ctx) + "/" + id
	}
	return out, err
}

type changeBody struct {
	OneProduct
	api.Conditional
	Body struct {
		Name   api.Change[string] `json:"name,omitempty"`
		Status api.Change[string] `json:"status,omitempty" enum:"active,retired"`
		Scheme api.Change[string] `json:"scheme,omitempty" enum:"natural,semver"`
		Free   api.Change[bool]   `json:"free,omitempty"`
		Signed api.Change[bool]   `json:"signed,omitempty"`
		Portal api.Change[string] `json:"portal,omitempty"`
	} `contentType:"application/merge-patch+json"`
}

func (p API) change(ctx context.Context, a who.Actor, in *changeBody) (*theProduct, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	was, err := p.Products.One(ctx, a, in.Product)
	if err != nil {
		return nil, err
	}
	b := in.Body
	err = p.Products.Edit(ctx, a, in.Product, Product{Version: version, Name: b.Name.Or(was.Name), Status: b.Status.Or(was.Status), Scheme: b.Scheme.Or(was.Scheme),
		Free: b.Free.Or(was.Free), Signed: b.Signed.Or(was.Signed), PortalURL: b.Portal.Or(was.PortalURL)})
	if err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.Product)
}

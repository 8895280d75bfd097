package product

import (
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Rights of this package, given to roles in package app: the vendor's people only.
const (
	ViewCatalogue who.Action = "product.view_catalogue"
	Manage        who.Action = "product.manage"
)

// PageSize is how many products a page of the catalogue shows.
const PageSize = 50

const (
	maxCode = 40
	maxName = 120
	maxURL  = 400
)

// Filter says which products are asked for. Empty fields do not restrict.
type Filter struct {
	Status   string
	Name, ID string // of the product at the end of the page before
	Limit    int    // 0 = PageSize
}

// Catalogue gives products by name, retired ones too, and whether there are more. The actor needs ViewCatalogue. One statement.
func (s *Products) Catalogue(ctx context.Context, a who.Actor, f Filter) (all []Product, more bool, err error) {
	if err := a.Must(ViewCatalogue); err != nil {
		return nil, false, err
	}
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = store.Query[Product](tx, selectCatalogue, f.Name, f.ID, f.Limit+1, f.Status)
		return err
	})
	if len(all) > f.Limit {
		all, more = all[:f.Limit], true
	}
	return all, more, err
}

// One gives a product by its id. The actor needs ViewCatalogue.
func (s *Products) One(ctx context.Context, a who.Actor, id string) (p Product, err error) {
	if err := a.Must(ViewCatalogue); err != nil {
		return p, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		p, err = Get(tx, id)
		return err
	})
	return p, err
}

// Add makes a product and gives its id. The actor needs Manage. Invalid at code, name, portal, scheme, status; Conflict of code
// product.code_taken at code.
func (s *Products) Add(ctx context.Context, a who.Actor, in Product) (id string, err error) {
	if err := a.Must(Manage); err != nil {
		return "", err
	}
	if err := in.check(true); err != nil {
		return "", err
	}
	// Free: the unique columns decide.
	err = s.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		id, err = once.Do(tx, a, "product.add", in, func() (string, error) {
			made, err := s.Make(tx, a, in)
			return made.ID, err
		})
		return err
	})
	if f := fault.Of(err); f != nil && f.Code == "product.code_taken" {
		f.Fields = []fault.Field{{Name: "code", Text: f.Text}}
	}
	return id, err
}

// Edit changes a product; code and slug stay. The actor needs Manage; in.Version is what the form showed. As Add, and Conflict of code
// product.changed.
func (s *Products) Edit(ctx context.Context, a who.Actor, id string, in Product) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	if err := in.check(false); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("product", id), func(tx *store.Tx) error {
		was, err := Get(tx, id)
		if err != nil {
			return err
		}
		if was.Version != in.Version {
			return fault.New(fault.Conflict, "product.changed")
		}
		return s.Update(tx, a, id, func(p *Product) {
			p.Name, p.Status, p.PortalURL, p.Scheme, p.Free, p.Signed = in.Name, in.Status, in.PortalURL, in.Scheme, in.Free, in.Signed
		})
	})
}

// check looks at what everybody may have typed wrong.
func (p Product) check(withCode bool) error {
	var c fault.Check
	if withCode {
		c.Need(p.Code != "", "code", "product.code_missing")
		c.Need(utf8.RuneCountInString(p.Code) <= maxCode && !strings.ContainsFunc(p.Code, lang.Unprintable), "code", "product.code_odd", "max", maxCode)
	}
	c.Need(p.Name != "", "name", "product.name_missing")
	c.Need(utf8.RuneCountInString(p.Name) <= maxName && !strings.ContainsFunc(p.Name, lang.Unprintable), "name", "product.name_odd", "max", maxName)
	c.Need(p.Status == Active || p.Status == Retired, "status", "product.status_unknown")
	c.Need(p.Scheme == Natural || p.Scheme == SemVer, "scheme", "product.scheme_unknown")
	u, err := url.Parse(p.PortalURL)
	c.Need(p.PortalURL == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(p.PortalURL) <= maxURL, "portal", "product.portal_odd")
	return c.Err()
}

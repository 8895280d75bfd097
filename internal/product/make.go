package product

import (
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Make adds a product and gives it its slug: a step. Conflict of code product.code_taken if the code is in use, in whatever
// letter case. Its door needs no key: the unique columns decide.
func (s *Products) Make(tx *store.Tx, a who.Actor, in Product) (Product, error) {
	in.ID, in.Version = tx.NewID(), 1
	if in.Status == "" {
		in.Status = Active
	}
	if in.Scheme == "" {
		in.Scheme = Natural
	}
	if _, taken, err := ByCode(tx, in.Code); err != nil || taken {
		if err == nil {
			err = fault.New(fault.Conflict, "product.code_taken", "code", in.Code)
		}
		return Product{}, err
	}
	base := Slug(in.Code)
	in.Slug = base
	for n := 2; ; n++ {
		used, err := store.One[int](tx, countSlug, in.Slug)
		if err != nil {
			return Product{}, err
		}
		if used == 0 {
			break
		}
		in.Slug = base + "-" + strconv.Itoa(n)
	}
	if _, err := tx.Exec(insertProduct, in.ID, in.Code, Key(in.Code), in.Slug, in.Name, in.Status, in.PortalURL, in.Scheme, in.Free, in.Signed, tx.Now); err != nil {
		return Product{}, err
	}
	return in, s.Events.Emit(tx, a, "", Made{in.ID})
}

// Update changes name, status, portal, scheme and price as change says: a step. Code and slug stay. Nothing is written if nothing differs.
func (s *Products) Update(tx *store.Tx, a who.Actor, id string, change func(*Product)) error {
	was, err := Get(tx, id)
	if err != nil {
		return err
	}
	now := was
	change(&now)
	if now.ID, now.Code, now.Slug, now.Version = was.ID, was.Code, was.Slug, was.Version; now == was {
		return nil
	}
	if _, err := tx.Exec(updateProduct, id, now.Name, now.Status, now.PortalURL, now.Scheme, now.Free, now.Signed, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", Changed{id, was.about(), now.about()})
}

// Get gives a product by id, NotFound if there is none.
func Get(tx *store.Tx, id string) (Product, error) {
	p, ok, err := store.Maybe[Product](tx, selectProduct, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return p, err
}

// ByCode gives the product with this code, in whatever letter case.
func ByCode(tx *store.Tx, code string) (Product, bool, error) {
	return store.Maybe[Product](tx, selectByKey, Key(code))
}

// BySlug gives the product with this slug.
func BySlug(tx *store.Tx, slug string) (Product, bool, error) {
	return store.Maybe[Product](tx, selectBySlug, slug)
}

// All are the active products by name, at most a thousand.
func All(tx *store.Tx) ([]Product, error) { return store.Query[Product](tx, selectAll) }

// Give notes that an organisation (the head of a family) has a product by this source: a step. Twice is once.
func Give(tx *store.Tx, org, product, source string) error {
	return tx.Later(insertOfOrg, org, product, source)
}

// OfOrg are the products of an organisation or site, by name: what its family has from any source. Who asks is the
// caller's business.
func OfOrg(tx *store.Tx, org string) ([]Product, error) {
	return store.Query[Product](tx, selectOfOrg, org)
}

// Made tells of a new product.
type Made struct{ Product string }

func (Made) EventName() string { return "product.made" }
func (e Made) Subject() string { return "product:" + e.Product }

// Changed tells what a product was and is.
type Changed struct {
	Product       string
	Before, After About
}

// About is what an event says of a product.
type About struct {
	Name, Status, PortalURL, Scheme string
	Free, Signed                    bool
}

func (p Product) about() About {
	return About{p.Name, p.Status, p.PortalURL, p.Scheme, p.Free, p.Signed}
}

func (Changed) EventName() string { return "product.changed" }
func (e Changed) Subject() string { return "product:" + e.Product }

package app

import (
	"lodge/internal/contract"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/support"
)

// What packages ask of others that they do not know; each is a field of theirs.

// choices are the products that the organisation in view can ask about.
func choices(tx *store.Tx, a who.Actor) ([]support.Choice, error) {
	products, err := product.OfOrg(tx, a.Org)
	all := make([]support.Choice, len(products))
	for i, p := range products {
		all[i] = support.Choice{ID: p.ID, Code: p.Code, Name: p.Name}
	}
	return all, err
}

// covered gives the contract under which a request is opened: one that covers the product, or none if only others are active, which is enough to ask.
func covered(tx *store.Tx, org, wanted, day string) (string, bool, error) {
	if wanted != "" {
		if id, ok, err := contract.Entitled(tx, org, wanted, day); err != nil || ok {
			return id, ok, err
		}
	}
	_, ok, err := contract.InForce(tx, org, day)
	return "", ok, err
}

// supported is the support of a product as a renewal needs to know it.
func supported(tx *store.Tx, org, product, day string) (support.Support, error) {
	all, err := contract.Supports(tx, org, day, product)
	if err != nil || all[product].Contract == "" {
		return support.Support{}, err
	}
	now := all[product]
	c, err := contract.Get(tx, now.Contract)
	return support.Support{Contract: c.ID, Number: c.Number, Until: now.Until, Over: now.State == contract.Expired}, err
}

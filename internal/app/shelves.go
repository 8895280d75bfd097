package app

import (
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/subscription"
)

// shelves are the lists of the vendor's catalogue that the reader may open; each belongs to a package of its own.
func shelves(base string, me who.Actor, current string) web.Segment {
	s := web.Segment{Label: web.Say("app.shelves")}
	for _, shelf := range []struct {
		name, path string
		right      who.Action
	}{{"products", "/catalogue", product.ViewCatalogue}, {"types", subscription.At, subscription.ManageTypes}, {"resellers", "/catalogue/resellers", provision.ManageResellers}} {
		if me.May(shelf.right) {
			s.Items = append(s.Items, web.Tab{Href: base + shelf.path, Label: web.Say("app.shelf_" + shelf.name), Current: shelf.name == current})
		}
	}
	return s
}

package home

import (
	"fmt"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/subscription"
)

// step is something that a new portal lacks.
type step struct {
	Name   string
	Right  who.Action // to mend that
	Path   string     // of the form
	Role   string     // to give to somebody if the reader lacks the right
	lacked string     // what there is none of: a table, or a part of one
}

var steps = []step{
	{"product", product.Manage, "/catalogue/new", account.ReleaseManager, "product"},
	{"release", release.Manage, "/releases/new", account.ReleaseManager, "release WHERE state = 'published'"},
	{"type", subscription.ManageTypes, "/catalogue/types/new", account.BillingDesk, "product_type"},
	{"customer", provision.CreateCustomers, "/customers/new", account.BillingDesk, "organisation WHERE kind = 'customer'"},
}

// firstSteps are those that the portal lacks and the reader may take, or may let somebody take.
func firstSteps(tx *store.Tx, a who.Actor) (all []step, err error) {
	var parts []string
	for _, s := range steps {
		if a.May(s.Right) || a.May(account.GrantVendor) {
			parts = append(parts, fmt.Sprintf("SELECT '%s' WHERE NOT EXISTS (SELECT 1 FROM %s LIMIT 1)", s.Name, s.lacked))
		}
	}
	if parts == nil {
		return nil, nil
	}
	lacking, err := store.Query[string](tx, strings.Join(parts, "\nUNION ALL\n"))
	for _, s := range steps {
		for _, name := range lacking {
			if s.Name == name {
				all = append(all, s)
			}
		}
	}
	return all, err
}

// line is the step as one of the things that need the reader.
func (s step) line(a who.Actor, base string) attention {
	t := attention{Icon: "plus", Tone: web.Info, Title: web.Say("home.step_" + s.Name), Note: web.Say("home.step_" + s.Name + "_text"), Href: base + s.Path, Act: web.Say("home.begin")}
	if !a.May(s.Right) {
		t.Note, t.Href, t.Act = web.Say("home.step_role", "role", fault.Msg("account.role."+s.Role)), base+"/contacts", web.Say("home.give_role")
	}
	return t
}

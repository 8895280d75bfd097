package support

import (
	"cmp"
	"slices"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// head is one line of what stands around a list: a count, a product, a site, a name.
type head struct {
	Kind, Code, Name string
	N                int
}

// heads asks in one statement for all that stands around the rows.
func (s *Requests) heads(tx *store.Tx, a who.Actor, l *List) error {
	w := &where{kinds: []string{l.Kind}}
	var parts []string
	count := func(kind, code string, sp span, fill func(*where)) {
		inner := &where{args: w.args, kinds: w.kinds}
		fill(inner)
		w.args = inner.args
		from, at, id := tables(sp)
		order := " ORDER BY " + at + " DESC, " + id + " DESC" // the way of the list: without it the planner may read all tickets until it has a hundred
		if sp == family {
			order = ""
		}
		parts = append(parts, "SELECT '"+kind+"', '"+code+"', '', (SELECT count(*) FROM ("+inner.each(func(cond string) string {
			return "SELECT " + id + " AS id FROM " + from + " WHERE " + cond + order + " LIMIT 100"
		}, "id")+") x)")
	}
	for _, tab := range l.Tabs {
		if closed(tab) {
			continue // nobody needs to know how many
		}
		sp := ranges(a, tab)
		if tab == TabDrafts {
			sp = family // drafts have no scope rows
		}
		count("tab", tab, sp, func(w *where) {
			s.inTab(w, a, tab, tx)
			if tab != TabDrafts {
				w.and(openIn(a, tab))
			}
		})
	}
	side := sideHere(a)
	open := firstOpen(l.Tab, l.Tabs)
	count("need", "", ranges(a, open), func(w *where) {
		s.inTab(w, a, open, tx)
		w.and(openIn(a, open)+" AND "+turnIn(a, open), side)
	})
	parts = append(parts, "SELECT 'vendor', '', o.name, 0 FROM organisation o WHERE o.kind = 'vendor' AND NOT o.is_site")
	parts = append(parts, "SELECT 'product', p.code, p.name, 0 FROM product p"+s.productsOf(w, a, tx))
	if spanOf(a) == family && len(a.Reach.Orgs) > 1 {
		parts = append(parts, w.fill("SELECT 'site', CAST(o.number AS TEXT), o.name || ' ' || o.city, 0 FROM organisation o WHERE o.id = ANY(?)", store.List(a.Reach.Orgs)))
	}
	all, err := store.Query[head](tx, strings.Join(parts, "\nUNION ALL\n")+"\nORDER BY 1, 3, 2", w.args...)
	if err != nil {
		return err
	}
	l.take(all)
	return nil
}

// take puts into the list what was counted around it.
func (l *List) take(all []head) {
	l.Counts = map[string]int{}
	for _, h := range all {
		switch h.Kind {
		case "tab":
			l.Counts[h.Code] = h.N
		case "need":
			l.NeedYou = h.N
		case "vendor":
			l.Vendor = h.Name
		case "product":
			l.Products = append(l.Products, Choice{Code: h.Code, Name: h.Name})
		case "site":
			l.Sites = append(l.Sites, Choice{Code: h.Code, Name: h.Code + " " + h.Name})
		}
	}
	slices.SortFunc(l.Sites, func(x, y Choice) int { return cmp.Compare(x.Code, y.Code) })
	l.Total = l.Counts[firstOpen(l.Tab, l.Tabs)]
}

// firstOpen is the tab itself if it counts open requests, else the actor's first.
func firstOpen(tab string, tabs []string) string {
	if tab == TabDrafts || closed(tab) {
		return tabs[0]
	}
	return tab
}

// productsOf restricts the products to filter by to those that the organisations in view have.
func (s *Requests) productsOf(w *where, a who.Actor, tx *store.Tx) string {
	_, own := s.partnerRoles(a)
	switch spanOf(a) {
	case everybody:
		return " WHERE TRUE"
	case customers:
		return w.fill(" WHERE p.id IN (SELECT f.product_id FROM scope x JOIN product_of_org f ON f.org_id = x.org_id WHERE x.scope_id = ? AND "+
			account.Reaches("x.org_id", "?", "?", "?", "pr.role = ANY(?)")+")", a.Reach.Scope, a.Reach.Scope, tx.Now, tx.Now, store.List(own))
	}
	return w.fill(" WHERE p.id IN (SELECT f.product_id FROM product_of_org f WHERE f.org_id = ANY(?))", store.List(a.Reach.Orgs))
}

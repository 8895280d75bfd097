package isolation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lodge/internal/account"
	"lodge/internal/home"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/search"
	"lodge/internal/support"
	"lodge/internal/ticket"
)

// Portal is what is asked: the same use cases that pages and API stand on.
type Portal struct {
	Store      *store.DB
	Accounts   *account.Accounts
	Requests   *support.Requests
	Search     *search.Search
	Home       *home.Home
	Releases   *release.Releases
	Provisions *provision.Provisions
	Roles      who.Table
}

// Difference is something that somebody gets and should not, or should and does not.
type Difference struct {
	Person string // id
	Place  string // numbers: 10010/for/20417
	What   string
}

func (d Difference) String() string {
	return fmt.Sprintf("person %s at %s: %s", d.Person, d.Place, d.What)
}

// Places are all where somebody may try to work: each organisation by itself and through each other one. It is for small worlds.
func (f *Facts) Places() (all []Place) {
	for own := range f.Orgs {
		all = append(all, Place{Own: own})
		for customer := range f.Orgs {
			if customer != own {
				all = append(all, Place{own, customer})
			}
		}
	}
	return all
}

// watch is one person at one place.
type watch struct {
	*Portal
	f      *Facts
	person string
	at     Place
	a      who.Actor
	found  []Difference
}

func (w *watch) differ(format string, args ...any) {
	place := fmt.Sprint(w.f.Orgs[w.at.Own].Number)
	if w.at.Customer != "" {
		place += fmt.Sprint("/for/", w.f.Orgs[w.at.Customer].Number)
	}
	w.found = append(w.found, Difference{w.person, place, fmt.Sprintf(format, args...)})
}

// Check asks everything that one person can ask at one place. It only reads. The error is a failure of the portal, not a difference.
func (p *Portal) Check(ctx context.Context, f *Facts, person string, at Place) ([]Difference, error) {
	w := &watch{Portal: p, f: f, person: person, at: at}
	var err error
	readErr := p.Store.Read(ctx, func(tx *store.Tx) error {
		w.a, err = p.Accounts.Of(tx, person, account.Asked{Number: f.Orgs[at.Own].Number, Customer: f.Orgs[at.Customer].Number})
		return nil
	})
	if readErr != nil {
		return nil, readErr
	}
	roles, ok := f.rolesAt(person, at)
	switch {
	case fault.Status(err) == 404 && !ok:
		return nil, nil
	case fault.Status(err) == 404:
		w.differ("should come in and does not")
		return w.found, nil
	case err != nil:
		return nil, err
	case !ok:
		w.differ("comes in and should not")
		return w.found, nil
	}
	for _, ask := range []func(context.Context, []string) error{w.pages, w.lists, w.desk, w.finds, w.customers, w.grid, w.downloads} {
		if err := ask(ctx, roles); err != nil {
			return w.found, err
		}
	}
	return w.found, nil
}

// pages opens each request of the sample by its number.
func (w *watch) pages(ctx context.Context, _ []string) error {
	view := w.f.Orgs[w.a.Org].Root
	for _, t := range w.f.Tickets {
		want := w.f.Orgs[t.Org].Root == view && w.f.Sees(w.person, w.at, t) && w.a.May(t.shows())
		_, err := w.Requests.Show(ctx, w.a, t.Number)
		switch {
		case err == nil && !want:
			w.differ("opens %s", t.Number)
		case want && (fault.Status(err) == 404 || fault.Status(err) == 403):
			w.differ("cannot open %s", t.Number)
		case err != nil && fault.Of(err) == nil:
			return err
		}
	}
	return nil
}

// lists walks all tabs to their end; counts are held against what was walked.
func (w *watch) lists(ctx context.Context, _ []string) error {
	for kind, right := range map[string]who.Action{ticket.Request: support.ViewRequests, ticket.Order: support.Order} {
		if !w.a.May(right) {
			continue
		}
		if err := w.list(ctx, kind); err != nil {
			return err
		}
	}
	return nil
}

func (w *watch) list(ctx context.Context, kind string) error {
	first, err := w.Requests.List(ctx, w.a, support.Filter{Kind: kind})
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, tab := range first.Tabs {
		n := 0
		f := support.Filter{Kind: kind, Tab: tab}
		for {
			l, err := w.Requests.List(ctx, w.a, f)
			if err != nil {
				return err
			}
			for _, r := range l.Rows {
				listed[r.ID] = true
				n++
			}
			if !l.Older || n > walked {
				break
			}
			last := l.Rows[len(l.Rows)-1]
			f.At, f.ID = last.UpdatedAt, last.ID
		}
		if counted, ok := first.Counts[tab]; ok && counted != min(n, 100) && tab != support.TabDrafts {
			w.differ("%d in tab %s, counted %d", n, tab, counted)
		}
	}
	for _, t := range w.f.Tickets {
		want := w.f.Sees(w.person, w.at, t) && t.Kind == kind
		if listed[t.ID] && !want {
			w.differ("has %s in a list", t.Number)
		}
		if !listed[t.ID] && want && len(listed) < walked {
			w.differ("has not %s in any list", t.Number)
		}
	}
	return nil
}

// walked is how many rows of a list are looked at.
const walked = 2000

// desk is the vendor's queue.
func (w *watch) desk(ctx context.Context, _ []string) error {
	q, err := w.Requests.Desk(ctx, w.a, support.QueueFilter{})
	switch {
	case err == nil && !w.a.May(support.ViewDesk):
		w.differ("sees the desk")
	case fault.Status(err) == 403 && !w.a.May(support.ViewDesk), fault.Status(err) == 404 && w.at.Customer != "":
		return nil
	case err != nil:
		return err
	}
	for _, r := range q.Rows {
		if i := slices.IndexFunc(w.f.Tickets, func(t Ticket) bool { return t.ID == r.ID }); i >= 0 && !w.f.Sees(w.person, w.at, w.f.Tickets[i]) {
			w.differ("has %s on the desk", r.Number)
		}
	}
	return nil
}

// finds searches for each request's number.
func (w *watch) finds(ctx context.Context, _ []string) error {
	for _, t := range w.f.Tickets {
		found, err := w.Search.Find(ctx, w.a, t.Number)
		if err != nil {
			return err
		}
		got := slices.ContainsFunc(append(found.Open, found.Closed...), func(r support.Row) bool { return r.ID == t.ID })
		if want := w.f.Sees(w.person, w.at, t) && !t.Draft; got && !want {
			w.differ("finds %s", t.Number)
		} else if want && !got && w.a.May(t.shows()) {
			w.differ("does not find %s", t.Number)
		}
		if len(found.Organisations) > 0 && w.at.Customer != "" {
			w.differ("finds organisations while working for one")
		}
	}
	return nil
}

// customers searches for each organisation by its number, and looks at the lists in which customers and their products are named.
func (w *watch) customers(ctx context.Context, _ []string) error {
	if w.at.Customer != "" {
		return nil
	}
	o, err := w.Home.Overview(ctx, w.a)
	if err != nil {
		return err
	}
	for _, org := range w.f.some() {
		found, err := w.Search.Find(ctx, w.a, fmt.Sprint(org.Number))
		if err != nil {
			return err
		}
		told := slices.ContainsFunc(found.Organisations, func(x search.Organisation) bool { return x.Number == org.Number })
		if want := w.f.Knows(w.person, w.at.Own, org.ID); told != want {
			w.differ("finds organisation %d: %v, and may: %v", org.Number, told, want)
		}
		listed := slices.ContainsFunc(o.Customers, func(x home.CustomerRow) bool { return x.Number == org.Number })
		if listed && !w.f.Knows(w.person, w.at.Own, org.ID) {
			w.differ("has %d among the customers of the home page", org.Number)
		}
	}
	if !w.a.May(support.ViewRequests) {
		return nil
	}
	l, err := w.Requests.List(ctx, w.a, support.Filter{})
	if err != nil {
		return err
	}
	for _, p := range l.Products {
		if !w.f.knowsProduct(w.person, w.at.Own, p.Code) {
			w.differ("can filter by the product %s", p.Code)
		}
	}
	return nil
}

// grid walks the list of customers, as pages, the export and the API give it.
func (w *watch) grid(ctx context.Context, _ []string) error {
	listed := map[string]bool{}
	for l, err := range w.Provisions.All(ctx, w.a, provision.Filter{}) {
		if status := fault.Status(err); status == 403 || status == 404 {
			break
		}
		if err != nil {
			return err
		}
		if len(listed) > walked {
			return nil
		}
		listed[l.ID] = true
		switch {
		case l.Status == provision.Draft && l.Reseller != w.f.Orgs[w.at.Own].Root:
			w.differ("has the draft %s of another in the list of customers", l.Name)
		case l.Status != provision.Draft && (w.at.Customer != "" || !w.f.Lists(w.person, w.at.Own, l.ID)):
			w.differ("has %d in the list of customers", l.Number)
		}
	}
	for _, org := range w.f.some() {
		if w.at.Customer == "" && w.f.Lists(w.person, w.at.Own, org.ID) && !listed[org.ID] {
			w.differ("has not %d in the list of customers", org.Number)
		}
	}
	return nil
}

// downloads asks for what is offered and for each file that is.
func (w *watch) downloads(ctx context.Context, _ []string) error {
	o, err := w.Releases.Offered(ctx, w.a, release.Query{Limit: walked})
	if fault.Status(err) == 403 && !w.a.May(release.Take) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, item := range o.Items {
		if !w.f.Offers(w.person, w.at, item.Product.ID) {
			w.differ("is offered %s of %s", item.Name, item.Product.Code)
		}
		_, _, err := w.Releases.Fetch(ctx, w.a, item.File.ID)
		switch {
		case (err == nil) != item.Right.Included():
			w.differ("is told %q of %s and gets %v", item.Right.Why, item.Name, err)
		case err != nil && fault.Of(err) == nil:
			return err
		}
	}
	return nil
}

// Live asks for a sample of people and requests of a portal that runs, and gives how many people were asked.
func (p *Portal) Live(ctx context.Context, people, tickets int) (asked int, found []Difference, err error) {
	var f *Facts
	err = p.Store.Read(ctx, func(tx *store.Tx) error {
		f, err = Load(tx, p.Roles, tickets)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	step := max(1, len(f.Members)/max(1, people))
	for i := 0; i < len(f.Members); i += step {
		m := f.Members[i]
		asked++
		for _, at := range f.worthAsking(m) {
			d, err := p.Check(ctx, f, m.Person, at)
			if found = append(found, d...); err != nil {
				return asked, found, errors.Join(err, ctx.Err())
			}
		}
	}
	return asked, found, nil
}

// worthAsking are the own organisation, a customer of each kind, and one that is none of the member's business.
func (f *Facts) worthAsking(m Member) []Place {
	all := []Place{{Own: m.Org}}
	for i, t := range f.Tickets {
		if at := (Place{m.Org, t.Org}); i < 5 && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	for _, p := range f.Partnerships {
		if at := (Place{m.Org, p.Customer}); p.Partner == f.Orgs[m.Org].Root && len(all) < 10 && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}

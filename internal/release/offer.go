package release

import (
	"context"
	"strings"
	"time"

	"lodge/internal/contract"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// Query says which files are looked for. Empty fields do not restrict.
type Query struct {
	Text    string // in version, file name or product
	Product string // code
	Kind    string
	After   string // id of the file at the end of the page before
	Limit   int    // 0 = PageSize
}

// Filtered tells whether anything is asked for.
func (q Query) Filtered() bool { return q.Text != "" || q.Product != "" || q.Kind != "" }

// Offer is a file that an organisation may download, or may not and why.
type Offer struct {
	File
	Version     string
	Title       string
	Channel     string
	ReleasedOn  string
	Mandatory   bool
	NotesHTML   string // cleaned
	PublishedAt time.Time
	Product     product.Product
	Right       Right
}

// Offers is a page of them, by product, the latest version first.
type Offers struct {
	Items    []Offer
	More     bool
	Products []product.Product // of the organisation
	History  []Taken           // the actor's own, the latest first
}

// offered is one row of the list.
type offered struct {
	File
	Version, Title, Channel, ReleasedOn string
	Mandatory                           bool
	NotesHTML                           string
	PublishedAt                         time.Time
	Product                             string // id
}

// Offered gives the published files of what the organisation in view has, each with its right, and the actor's downloads of two years.
// The actor needs Take. BadRequest for an After that is no file of the list. Five statements.
func (s *Releases) Offered(ctx context.Context, a who.Actor, q Query) (o Offers, err error) {
	if err := a.Must(Take); err != nil {
		return o, err
	}
	if q.Limit == 0 {
		q.Limit = PageSize
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		st, err := standingOf(tx, a)
		if err != nil {
			return err
		}
		o.Products = st.products
		rows, err := store.Query[offered](tx, selectOffered, st.ids, q.Limit+1, q.After, like(q.Text), product.Key(q.Product), q.Kind, st.named(q.Text))
		if err != nil {
			return err
		}
		if o.More = len(rows) > q.Limit; o.More {
			rows = rows[:q.Limit]
		}
		for _, r := range rows {
			o.Items = append(o.Items, Offer{r.File, r.Version, r.Title, r.Channel, r.ReleasedOn, r.Mandatory, r.NotesHTML, r.PublishedAt, st.byID[r.Product],
				st.right(r.Product, r.ReleasedOn)})
		}
		o.History, err = history(tx, a, st)
		return err
	})
	return o, err
}

// like is a pattern for what somebody types: anywhere, in whatever letter case, its own wildcards meaning nothing.
func like(text string) string {
	if text == "" {
		return ""
	}
	var b []rune
	for _, r := range Key(text) {
		if r == '%' || r == '_' || r == '\\' {
			b = append(b, '\\')
		}
		b = append(b, r)
	}
	return "%" + string(b) + "%"
}

// named are the products whose name holds a text.
func (st standing) named(text string) (ids store.List) {
	for _, p := range st.products {
		if text != "" && strings.Contains(Key(p.Name), Key(text)) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// standing is what an organisation has and how its support stands today.
type standing struct {
	products []product.Product
	ids      store.List
	byID     map[string]product.Product
	supports map[string]contract.Support
}

func standingOf(tx *store.Tx, a who.Actor) (st standing, err error) {
	if st.products, err = product.OfOrg(tx, a.Org); err != nil {
		return st, err
	}
	st.byID = map[string]product.Product{}
	for _, p := range st.products {
		st.ids, st.byID[p.ID] = append(st.ids, p.ID), p
	}
	zone, err := zoneOf(tx, a.Org)
	if err != nil {
		return st, err
	}
	st.supports, err = contract.Supports(tx, a.Org, clock.Day(tx.Now, zone), st.ids...)
	return st, err
}

// zoneOf is where the day of an organisation begins and ends.
func zoneOf(tx *store.Tx, org string) (*time.Location, error) {
	name, err := store.One[string](tx, selectZone, org)
	return clock.Place(name), err
}

// right is how the organisation stands to a release of a product of that day.
func (st standing) right(product, releasedOn string) Right {
	p, has := st.byID[product]
	if !has {
		return Right{Why: NotTheirs}
	}
	return RightTo(p, st.supports[product], releasedOn)
}

// Refused is a download that the support of the organisation does not cover.
type Refused struct {
	Right   Right
	Product product.Product
}

// Fetch gives a file that the actor may download for the organisation in view now. The actor needs Take. NotFound for what is not
// published, withdrawn, or of a product that the organisation has not got; Forbidden of code release.too_new or release.no_support
// otherwise, with what is missing in no.
func (s *Releases) Fetch(ctx context.Context, a who.Actor, file string) (f Offer, no *Refused, err error) {
	if err := a.Must(Take); err != nil {
		return f, nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		st, err := standingOf(tx, a)
		if err != nil {
			return err
		}
		row, ok, err := store.Maybe[offered](tx, selectFetch, file, st.ids)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		f = Offer{row.File, row.Version, row.Title, row.Channel, row.ReleasedOn, row.Mandatory, row.NotesHTML, row.PublishedAt, st.byID[row.Product], st.right(row.Product, row.ReleasedOn)}
		if !f.Right.Included() {
			no = &Refused{f.Right, f.Product}
			code := "release.refused_" + f.Right.Why
			if f.Right.Why == TooNew {
				return fault.New(fault.Forbidden, code, "product", f.Product.Name, "version", f.Version, "until", fault.Day(f.Right.Until))
			}
			return fault.New(fault.Forbidden, code, "product", f.Product.Name)
		}
		return nil
	})
	return f, no, err
}

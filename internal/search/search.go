package search

import (
	"context"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/support"
)

// Search finds.
type Search struct {
	Store    *store.DB
	Requests *support.Requests
}

// Organisation is a customer that was found.
type Organisation struct {
	Number     int64
	Name, City string
}

// Found is everything that a text finds.
type Found struct {
	Open, Closed  []support.Row
	Vendor        string // name, for whose turn it is
	Organisations []Organisation
}

// Empty tells whether there is nothing.
func (f Found) Empty() bool { return len(f.Open)+len(f.Closed)+len(f.Organisations) == 0 }

const longest = 200 // runes of a text that are looked at

// Find looks for the text in everything that the actor sees. Any text is a search; one without words finds nothing.
func (s *Search) Find(ctx context.Context, a who.Actor, text string) (f Found, err error) {
	if err := a.Must(account.ViewHome); err != nil {
		return f, err
	}
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest])
	}
	if strings.TrimSpace(text) == "" {
		return f, nil
	}
	if a.May(support.ViewRequests) {
		for _, tab := range []string{"", support.TabClosed} {
			l, err := s.Requests.List(ctx, a, support.Filter{Text: text, Tab: tab})
			if err != nil {
				return f, err
			}
			if tab == "" {
				f.Open, f.Vendor = l.Rows, l.Vendor
			} else {
				f.Closed = l.Rows
			}
		}
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		f.Organisations, err = organisations(tx, a, text)
		return err
	})
	return f, err
}

// organisations are those that staff see, or for whom a partner may act today.
func organisations(tx *store.Tx, a who.Actor, text string) ([]Organisation, error) {
	number, _ := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	prefix := like(account.NameKey(text))
	switch {
	case a.Source != who.Own:
		return nil, nil
	case a.Reach.All && a.May(account.EnterCustomers):
		return store.Query[Organisation](tx, selectAll, number, prefix)
	case a.Reach.Scope != "":
		return store.Query[Organisation](tx, selectOfPartner, number, prefix, a.Reach.Scope, tx.Now)
	}
	return nil, nil
}

// like makes a pattern of a beginning; what means something in a pattern means itself.
func like(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

const selectAll = `
	SELECT number, name, city FROM organisation
	WHERE kind <> 'vendor' AND (number = $1 OR name_key LIKE $2 ESCAPE '\')
	ORDER BY name_key, number
	LIMIT 20`

const selectOfPartner = `
	SELECT o.number, o.name, o.city FROM organisation o
	WHERE (o.number = $1 OR o.name_key LIKE $2 ESCAPE '\') AND EXISTS (
		SELECT 1 FROM scope c WHERE c.scope_id = $3 AND c.org_id = o.id AND c.from_at <= $4 AND c.until_at > $4)
	ORDER BY o.name_key, o.number
	LIMIT 20`

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
	if support.MaySee(a) {
		found, err := s.Requests.Find(ctx, a, text)
		if err != nil {
			return f, err
		}
		f.Open, f.Closed, f.Vendor = found.Open, found.Closed, found.Vendor
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
	from := account.NameKey(text)
	to := from + string(rune(0x10FFFF)) // after all that begin with it
	switch {
	case a.Source != who.Own:
		return nil, nil
	case a.Reach.All && a.May(account.EnterCustomers):
		return store.Query[Organisation](tx, selectAll, number, from, to)
	case a.Reach.Scope != "":
		return store.Query[Organisation](tx, selectOfPartner, number, from, to, a.Reach.Scope, tx.Now, store.List(account.Acting(a.Roles)))
	}
	return nil, nil
}

// A beginning is a range of the index by name. It and the number are two walks: an OR of them would read all organisations.
const selectAll = `
	SELECT f.number, f.name, f.city FROM (
		SELECT number, name, city, name_key FROM (
			SELECT o.number, o.name, o.city, o.name_key FROM organisation o
			WHERE o.name_key >= $2 AND o.name_key < $3 AND o.kind <> 'vendor'
			ORDER BY o.name_key, o.id LIMIT 20) n
		UNION SELECT o.number, o.name, o.city, o.name_key FROM organisation o WHERE o.number = $1 AND o.kind <> 'vendor') f
	ORDER BY f.name_key, f.number
	LIMIT 20`

// selectOfPartner looks at the customers for whom this person of the partner acts today.
var selectOfPartner = `
	SELECT o.number, o.name, o.city
	FROM (SELECT DISTINCT x.org_id FROM scope x WHERE x.scope_id = $4) r
	JOIN organisation o ON o.id = r.org_id AND (o.number = $1 OR o.name_key >= $2 AND o.name_key < $3)
	WHERE ` + account.Reaches("o.id", "$4", "$5", "$5", "pr.role = ANY($6)") + `
	ORDER BY o.name_key, o.number
	LIMIT 20`

package support

import (
	"context"
	"slices"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Finds are requests that a text finds, the most recently changed first.
type Finds struct {
	Open, Closed []Row
	Vendor       string // name, for whose turn it is
}

// Find looks for a text in all requests that the actor sees: a page of each tab but the drafts. The actor needs ViewRequests or Order.
func (s *Requests) Find(ctx context.Context, a who.Actor, text string) (f Finds, err error) {
	if !MaySee(a) {
		return f, a.Must(ViewRequests)
	}
	tabs := tabsFor(a)
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		ids, err := search(tx, a, text) // once for all tabs: each asks its own rows of what is found
		if err != nil {
			return err
		}
		if f.Vendor, err = store.One[string](tx, selectVendorName); err != nil || len(ids) == 0 {
			return err
		}
		for _, tab := range tabs {
			if tab == TabDrafts || tab == TabMine && slices.Contains(tabs, TabAll) {
				continue // one's own stand among all
			}
			l := List{Tab: tab}
			if err := s.rows(tx, a, Filter{Kind: anyKind, Text: text, found: ids}, &l); err != nil {
				return err
			}
			if closed(tab) {
				f.Closed = append(f.Closed, l.Rows...)
			} else {
				f.Open = append(f.Open, l.Rows...)
			}
		}
		return nil
	})
	for _, rows := range [][]Row{f.Open, f.Closed} {
		slices.SortStableFunc(rows, func(x, y Row) int { return y.UpdatedAt.Compare(x.UpdatedAt) })
	}
	return f, err
}

const selectVendorName = `SELECT o.name FROM organisation o WHERE o.kind = 'vendor' AND NOT o.is_site`

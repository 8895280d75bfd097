package support

import (
	"context"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Yours is what waits for the actor's side.
type Yours struct {
	Rows    []Row      // open requests whose turn it is, the most recently changed first
	Planned []Upcoming // actions planned for it, the next first
}

// Upcoming is an action that lies ahead.
type Upcoming struct{ Ticket, Title, Owner, On string }

// shownYours is how much of each is told.
const shownYours = 5

// Yours gives what waits for the actor's side among all open requests that the actor sees. The actor needs ViewRequests. Two statements.
func (s *Requests) Yours(ctx context.Context, a who.Actor) (y Yours, err error) {
	if err := a.Must(ViewRequests); err != nil {
		return y, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		l := List{Tab: tabsFor(a)[0], Kind: ticket.Request}
		if err := s.rows(tx, a, Filter{Turn: string(sideHere(a)), Limit: shownYours}, &l); err != nil {
			return err
		}
		y.Rows = l.Rows[:min(len(l.Rows), shownYours)]
		sp := spanOf(a)
		w := &where{kinds: []string{ticket.Request}}
		from, _, _ := tables(sp)
		cond := s.visibleIn(w, a, sp, tx)
		y.Planned, err = store.Query[Upcoming](tx, `SELECT t.number, c.title, c.owner_name, c.planned_on FROM `+from+`
			JOIN ticket_action c ON c.ticket_id = t.id AND c.state = 'planned' AND `+w.fill("c.side = ?", string(sideHere(a)))+`
			WHERE `+openIn(a, TabOthers)+` AND t.next_on <> '' AND `+cond+` ORDER BY c.planned_on, c.id LIMIT `+w.with(shownYours), w.args...)
		return err
	})
	return y, err
}

// sideHere is the side for which the actor works: at the own number of the vendor or of a partner it is that, whoever's requests are seen.
func sideHere(a who.Actor) ticket.Side {
	switch spanOf(a) {
	case everybody:
		return ticket.Vendor
	case customers:
		return ticket.Partner
	}
	return ticket.SideOf(a)
}

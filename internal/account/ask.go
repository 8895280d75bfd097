package account

import (
	"context"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Person is somebody to ask.
type Person struct{ ID, FirstName, LastName, Email string }

// WhomToAsk names who can give the actor a missing right: own supervisors for licence privileges, own administrators for all else; else the
// desk of a partner that may repair roles; else the vendor's desk.
type WhomToAsk struct {
	People []Person
	Role   string       // which they hold
	Desk   Organisation // if there is nobody
}

// Ask looks up whom the actor asks for the right. It costs at most three statements and is called for refusals only.
func (s *Accounts) Ask(ctx context.Context, a who.Actor, right who.Action) (w WhomToAsk, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		w = WhomToAsk{Role: SecurityAdministrator}
		for _, held := range s.Roles.Holders(right) {
			if held == Licensing || held == Reporting || held == LicenceSupervisor {
				w.Role = LicenceSupervisor
			}
		}
		if a.Member != "" && a.Source == who.Own {
			if w.People, err = store.Query[Person](tx, selectHolders, a.Org, tx.Now, store.List{w.Role}); err != nil {
				return err
			}
			if len(w.People) == 0 && w.Role == LicenceSupervisor {
				w.Role = SecurityAdministrator
				if w.People, err = store.Query[Person](tx, selectHolders, a.Org, tx.Now, store.List{w.Role}); err != nil {
					return err
				}
			}
			if len(w.People) > 0 {
				return nil
			}
			partner, ok, err := store.Maybe[Organisation](tx, selectRepairers, a.Org, tx.Now)
			if err != nil || ok {
				w.Desk = partner
				return err
			}
		}
		w.Desk, _, err = VendorOf(tx)
		return err
	})
	return w, err
}

package account

import (
	"context"
	"slices"

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

// Ask looks up whom the actor asks for the right: the people of his own organisation first, also where he works for a
// customer. It costs at most four statements and is called for refusals only.
func (s *Accounts) Ask(ctx context.Context, a who.Actor, right who.Action) (w WhomToAsk, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		for _, w.Role = range s.givers(right) {
			if a.Member == "" || s.vendorsOnly(right) {
				break
			}
			if w.People, err = store.Query[Person](tx, selectHolders, a.Member, tx.Now, w.Role, a.Person); err != nil || len(w.People) > 0 {
				return err
			}
		}
		if a.Source == who.Own && !s.vendorsOnly(right) {
			partner, ok, err := store.Maybe[Organisation](tx, selectRepairers, a.Member, tx.Now)
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

// vendorsOnly tells whether only the vendor's own people can hold a right: nobody else can give it.
func (s *Accounts) vendorsOnly(right who.Action) bool {
	holders := s.Roles.Holders(right)
	for _, held := range holders {
		if !slices.Contains(VendorRoles, held) {
			return false
		}
	}
	return len(holders) > 0
}

// givers are the roles whose holders can help, the best first. As long as nobody supervises licences, an administrator can
// name somebody who does.
func (s *Accounts) givers(right who.Action) []string {
	for _, held := range s.Roles.Holders(right) {
		if slices.Contains(licencePrivileges, held) {
			return []string{LicenceSupervisor, SecurityAdministrator}
		}
	}
	return []string{SecurityAdministrator}
}

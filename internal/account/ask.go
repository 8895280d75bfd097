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
	Self   bool         // nobody else can, so the actor may give it to himself
}

// Ask looks up whom the actor asks for the right: the people of his own organisation first, also where he works for a
// customer; nobody of an organisation whose people cannot have the right. It costs at most five statements and is called for refusals only.
func (s *Accounts) Ask(ctx context.Context, a who.Actor, right who.Action) (w WhomToAsk, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		own, kind := false, "" // somebody of his organisation could have it
		if a.Member != "" {
			org, err := Get(tx, a.Member)
			if err != nil {
				return err
			}
			own, kind = s.heldIn(org.Kind, right), org.Kind
		}
		for _, w.Role = range s.givers(kind, right) {
			if !own {
				break
			}
			if w.People, err = store.Query[Person](tx, selectHolders, a.Member, tx.Now, w.Role, a.Person); err != nil || len(w.People) > 0 {
				return err
			}
			if w.Self = a.Source == who.Own && a.Is(w.Role); w.Self {
				break
			}
		}
		w.Desk, err = deskOf(tx, a, own)
		return err
	})
	return w, err
}

// deskOf is whose desk the actor asks where his own people cannot help: that of a partner that may repair roles, if somebody of his organisation could have the right; else
// the vendor's.
func deskOf(tx *store.Tx, a who.Actor, own bool) (Organisation, error) {
	if a.Source == who.Own && own {
		partner, ok, err := store.Maybe[Organisation](tx, selectRepairers, a.Member, tx.Now)
		if err != nil || ok {
			return partner, err
		}
	}
	vendor, _, err := VendorOf(tx)
	return vendor, err
}

// heldIn tells whether people of an organisation of this kind can have a right: otherwise nobody there can give it.
func (s *Accounts) heldIn(kind string, right who.Action) bool {
	return slices.ContainsFunc(s.Roles.Holders(right), func(role string) bool { return slices.Contains(RolesOf(kind), role) })
}

// givers are the roles whose holders in an organisation of this kind can help, the best first. As long as nobody supervises licences, an administrator can
// name somebody who does.
func (s *Accounts) givers(kind string, right who.Action) []string {
	if kind == Vendor {
		return []string{Operator}
	}
	for _, held := range s.Roles.Holders(right) {
		if slices.Contains(licencePrivileges, held) {
			return []string{LicenceSupervisor, SecurityAdministrator}
		}
	}
	return []string{SecurityAdministrator}
}

package account

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Apply brings the actor's own changes of roles in the organisation in view into force, all or none, and tells how many there were. They
// hold at the next request of each contact, who is told by mail.
//
// The actor needs StageRoles, and the rights at this moment, whatever he had when he staged. Conflict of code account.changes_stale with a message
// for each contact that somebody else changed since, named contacts.ID, and as Stage.
func (s *Accounts) Apply(ctx context.Context, a who.Actor) (n int, err error) {
	if err := a.Must(StageRoles); err != nil {
		return 0, err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return 0, err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		done, err := once.Do(tx, a, "account.apply", nil, func() (string, error) {
			n, err := s.apply(tx, a)
			return strconv.Itoa(n), err
		})
		if err == nil {
			n, err = strconv.Atoi(done)
		}
		return err
	})
	return n, err
}

func (s *Accounts) apply(tx *store.Tx, a who.Actor) (n int, err error) {
	now, err := s.today(tx, a)
	if err != nil {
		return 0, err
	}
	if err := now.Must(StageRoles); err != nil {
		return 0, err
	}
	org, err := Get(tx, a.Org)
	if err != nil {
		return 0, err
	}
	all, err := store.Query[Staged](tx, selectStaged, a.Org, a.Person)
	if err != nil {
		return 0, err
	}
	if err := s.stale(tx, a, all); err != nil {
		return 0, err
	}
	for _, c := range all {
		if err := s.mayChange(tx, now, org, membership{ID: c.Membership, Person: c.Person}, c.Before(), c.After()); err != nil {
			return 0, err
		}
	}
	if err := s.leaves(tx, now, org, all); err != nil {
		return 0, err
	}
	for _, c := range all {
		if err := s.give(tx, a, org, c); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(deleteAllStaged, a.Org, a.Person)
	return len(all), err
}

// today is the actor with no more than the rights that he has now: a request that waited for another may have begun with more. A key
// made on the console belongs to nobody who could have lost any.
func (s *Accounts) today(tx *store.Tx, a who.Actor) (who.Actor, error) {
	if a.Person == "" {
		return a, nil
	}
	asked := Asked{Number: a.Acting}
	if a.Number != a.Acting {
		asked.Customer = a.Number
	}
	now, err := s.Of(tx, a.Person, asked)
	if err != nil {
		return a, err
	}
	rights := who.Rights{}
	for right := range a.Rights {
		rights[right] = a.May(right) && now.May(right)
	}
	a.Rights, a.Roles = rights, now.Roles
	return a, nil
}

// stale is a Conflict if somebody else changed one of the contacts since its change was staged.
func (s *Accounts) stale(tx *store.Tx, a who.Actor, all []Staged) error {
	f := fault.New(fault.Conflict, "account.changes_stale")
	for _, c := range all {
		if c.Stale(tx.Now) {
			f.Fields = append(f.Fields, fault.Field{Name: "contacts." + c.Membership, Text: fault.Msg("account.change_stale", "name", c.First+" "+c.Last,
				"before", s.words(a.Language, c.Before()), "now", s.words(a.Language, c.Now()))})
		}
	}
	if f.Fields == nil {
		return nil
	}
	return f
}

// give makes one change: roles, event, letter.
func (s *Accounts) give(tx *store.Tx, a who.Actor, org Organisation, c Staged) error {
	if err := setRoles(tx, c.Membership, c.After()...); err != nil {
		return err
	}
	if _, err := tx.Exec(updateVersion, c.Membership, tx.Now); err != nil {
		return err
	}
	if err := s.Events.Emit(tx, a, org.ID, RolesChanged{c.Membership, c.Base, c.Wants}); err != nil {
		return err
	}
	if err := s.fulfil(tx, a, org.ID, c.Membership, c.After()); err != nil {
		return err
	}
	if c.State != Active { // reads of its roles when it comes
		return nil
	}
	if err := withFactor(tx, c.Person, c.After()); err != nil {
		return err
	}
	language := c.Language
	if language == "" {
		language = org.Language
	}
	_, err := s.Office.Post(tx, mail.Letter{To: c.Email, Person: c.Person, Org: org.ID, Language: language, Kind: "account.mail.roles",
		Args: []any{"name", mail.Name(c.First), "by", mail.Name(a.Name), "organisation", mail.Name(org.Name), "roles", s.words(language, c.After())}})
	return err
}

// words are the names of roles in a language, for letters.
func (s *Accounts) words(language string, roles []string) string {
	p := s.Office.Catalogue.For(language)
	if len(roles) == 0 {
		return p.T("account.role.none")
	}
	names := make([]string, len(roles))
	for i, r := range inOrder(roles) {
		names[i] = p.T("account.role." + r)
	}
	return strings.Join(names, ", ")
}

// inOrder is roles in the order in which people read them.
func inOrder(roles []string) []string {
	rank := func(r string) int {
		return slices.Index(slices.Concat(VendorRoles, CustomerRoles, PartnerRoles), r)
	}
	return slices.SortedFunc(slices.Values(roles), func(x, y string) int { return rank(x) - rank(y) })
}

const updateVersion = `UPDATE membership SET updated_at = $2, version = version + 1 WHERE id = $1`

// RolesChanged tells which roles a contact had and has: words of the program, with spaces between.
type RolesChanged struct{ Membership, Before, After string }

func (RolesChanged) EventName() string { return "account.roles_changed" }
func (e RolesChanged) Subject() string { return "membership:" + e.Membership }

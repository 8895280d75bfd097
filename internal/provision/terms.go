package provision

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// MayStand are the roles that a partner may be given for a customer whom it makes: those that open something there.
var MayStand = []string{account.PartnerOperator, account.PartnerBilling, account.SupportRestricted, account.SupportAdvanced, account.SupportAdministrator, account.SecurityAdministrator}

// Terms are what a partner may as a reseller, as the vendor sees it.
type Terms struct {
	ID        string
	Number    int64
	Name      string
	Status    string // of the organisation
	TrialDays int    // the longest trial; 0 = none
	Version   int64  // 0 = nothing was said yet
	RoleNames string
	TypeCodes string
}

// Roles are those that it has for a customer whom it makes, in reading order.
func (t Terms) Roles() []string {
	said := strings.Fields(t.RoleNames)
	if len(said) == 0 {
		said = StandingRoles
	}
	return slices.DeleteFunc(slices.Clone(MayStand), func(role string) bool { return !slices.Contains(said, role) })
}

// Types are the codes of the active product types that it may have for its customers.
func (t Terms) Types() []string { return slices.Sorted(strings.FieldsSeq(t.TypeCodes)) }

// ResellersPage is how many partners a page shows.
const ResellersPage = 50

// ResellersFrom says where a page begins.
type ResellersFrom struct {
	Name   string // of the partner at the end of the page before
	Number int64
	Limit  int // 0 = ResellersPage
}

// Resellers gives the partners by name with what they may, and whether there are more. The actor needs ManageResellers. One statement.
func (s *Provisions) Resellers(ctx context.Context, a who.Actor, from ResellersFrom) (all []Terms, more bool, err error) {
	if err := a.Must(ManageResellers); err != nil {
		return nil, false, err
	}
	limit := cmp.Or(from.Limit, ResellersPage)
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = store.Query[Terms](tx, selectResellers, from.Name, from.Number, limit+1, 0)
		return err
	})
	if len(all) > limit {
		all, more = all[:limit], true
	}
	return all, more, err
}

// Catalogue is what a reseller can be given.
type Catalogue struct {
	Terms
	Offer []subscription.Row // the active product types
}

// Reseller gives what a partner may, by its number, and what it could be given. The actor needs ManageResellers. NotFound for what is no partner.
func (s *Provisions) Reseller(ctx context.Context, a who.Actor, number int64) (c Catalogue, err error) {
	if err := a.Must(ManageResellers); err != nil {
		return c, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if c.Terms, err = termsOf(tx, number); err != nil {
			return err
		}
		all, err := subscription.All(tx)
		c.Offer = slices.DeleteFunc(all, func(t subscription.Row) bool { return t.Status != subscription.Active })
		return err
	})
	return c, err
}

func termsOf(tx *store.Tx, number int64) (Terms, error) {
	if number <= 0 {
		return Terms{}, fault.Missing()
	}
	t, ok, err := store.Maybe[Terms](tx, selectResellers, "", 0, 1, number)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return t, err
}

// Allowance is what a partner is to be allowed; a nil field stays.
type Allowance struct {
	TrialDays *int
	Roles     *[]string
	Types     *[]string // codes of active product types
}

// SetTerms says what a partner may as a reseller from now on. The actor needs ManageResellers; version is what was shown. NotFound for what is no partner; Invalid at
// trial_days, roles, product_types; Conflict of code provision.terms.changed. Customers that it has made keep what they have.
func (s *Provisions) SetTerms(ctx context.Context, a who.Actor, number, version int64, in Allowance) error {
	if err := a.Must(ManageResellers); err != nil {
		return err
	}
	seen, err := s.Reseller(ctx, a, number) // whose keys are taken
	if err != nil {
		return err
	}
	keys := store.Lock("org", seen.ID)
	if in.Types != nil {
		for _, code := range slices.Concat(seen.Types(), *in.Types) {
			keys = keys.And(subscription.Lock(code))
		}
	}
	return s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "provision.terms", struct {
			Number, Version int64
			Allowance
		}{number, version, in}, func() (string, error) { return seen.ID, s.setTerms(tx, a, number, version, in) })
		return err
	})
}

func (s *Provisions) setTerms(tx *store.Tx, a who.Actor, number, version int64, in Allowance) error {
	was, err := termsOf(tx, number)
	if err != nil {
		return err
	}
	if was.Version != version {
		return fault.New(fault.Conflict, "provision.terms.changed")
	}
	now := Reseller{ID: was.ID, Partner: true, TrialDays: was.TrialDays, Roles: was.Roles(), Types: was.Types()}
	if in.TrialDays != nil {
		now.TrialDays = *in.TrialDays
	}
	if in.Roles != nil {
		now.Roles = *in.Roles
	}
	var c fault.Check
	c.Need(len(now.Roles) > 0, "roles", "provision.roles_missing")
	if err := c.Err(); err != nil {
		return err
	}
	if in.Types != nil {
		now.Types = *in.Types
		if err := s.Subscriptions.Offer(tx, was.ID, now.Types); err != nil {
			return err
		}
	}
	return s.Allow(tx, a, now)
}

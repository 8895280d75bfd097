package provision

import (
	"slices"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// Reseller is what somebody who makes customers may.
type Reseller struct {
	ID        string // of a partner, or of the vendor
	Partner   bool
	TrialDays int      // the longest trial; 0 = none
	Roles     []string // that a partner has for a customer whom it makes
	Types     []string // codes of what it may have for them, as far as an event tells it
}

// StandingRoles are those of a partner about whom nothing else was said: it follows its customers and helps them first.
var StandingRoles = []string{account.PartnerOperator, account.SupportAdvanced}

// shop is the reseller as the catalogue of product types asks for it.
func (r Reseller) shop(country string) subscription.Shop {
	if !r.Partner {
		return subscription.Shop{Country: country}
	}
	return subscription.Shop{Partner: r.ID, Country: country}
}

// sells tells whether the actor works at a partner's or the vendor's own number. NotFound behind /for/ and for everybody else.
func sells(a who.Actor) error {
	if a.Source != who.Own || a.Org != a.Member || a.Reach.Scope == "" && !a.Reach.All {
		return fault.Missing()
	}
	return nil
}

// reseller is for whom the actor sells.
func reseller(tx *store.Tx, a who.Actor) (r Reseller, err error) {
	if err := sells(a); err != nil {
		return r, err
	}
	r.ID, r.Partner = a.Reach.Scope, a.Reach.Scope != ""
	if !r.Partner {
		vendor, _, err := account.VendorOf(tx)
		if err != nil {
			return r, err
		}
		r.ID = vendor.ID
	}
	if r.TrialDays, _, err = store.Maybe[int](tx, selectTrialDays, r.ID); err != nil {
		return r, err
	}
	if r.Roles, err = store.Query[string](tx, selectStanding, r.ID); len(r.Roles) == 0 {
		r.Roles = StandingRoles
	}
	return r, err
}

// Allow says what a reseller may from now on: a step of the vendor's doors; they hold the reseller's key. No roles means StandingRoles.
func (s *Provisions) Allow(tx *store.Tx, a who.Actor, r Reseller) error {
	var c fault.Check
	c.Need(r.TrialDays >= 0 && r.TrialDays <= 366, "trial_days", "provision.trial_days_odd")
	for _, role := range r.Roles {
		c.Need(slices.Contains(MayStand, role), "roles", "provision.role_unknown", "role", role)
	}
	if err := c.Err(); err != nil {
		return err
	}
	if _, err := tx.Exec(upsertReseller, r.ID, r.TrialDays, tx.Now); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteStanding, r.ID); err != nil {
		return err
	}
	for _, role := range r.Roles {
		if _, err := tx.Exec(insertStanding, r.ID, role); err != nil {
			return err
		}
	}
	return s.Events.Emit(tx, a, r.ID, Allowed{r.ID, r.TrialDays, r.Roles, r.Types})
}

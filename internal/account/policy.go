package account

import (
	"context"
	"slices"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// FactorPolicy says who must have a second factor.
type FactorPolicy string

// The vendor's people always must.
const (
	FactorStaff          FactorPolicy = "staff"          // nobody else
	FactorAdministrators FactorPolicy = "administrators" // everybody, too, who can change others' rights
)

// factorRoles are those by which somebody changes others' rights.
var factorRoles = []string{SecurityAdministrator, LicenceSupervisor}

// Policy is the one in force.
func Policy(tx *store.Tx) (FactorPolicy, error) {
	p, _, err := store.Maybe[string](tx, selectPolicy)
	if p == "" {
		p = string(FactorStaff)
	}
	return FactorPolicy(p), err
}

// SetPolicy puts another in force. Who now must have a second factor and has shown none is signed out, and sets one up at the next sign-in. The actor needs GrantVendor. Invalid at policy.
func (s *Accounts) SetPolicy(ctx context.Context, a who.Actor, to FactorPolicy) error {
	if err := a.Must(GrantVendor); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	var c fault.Check
	c.Need(to == FactorStaff || to == FactorAdministrators, "policy", "account.policy_unknown")
	if err := c.Err(); err != nil {
		return err
	}
	err := s.Store.Write(ctx, store.Lock("policy", "factor"), func(tx *store.Tx) error {
		was, err := Policy(tx)
		if err != nil || was == to {
			return err
		}
		v, _, err := VendorOf(tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(upsertPolicy, string(to)); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, v.ID, PolicyChanged{v.ID, string(was), string(to)})
	})
	if err != nil || to != FactorAdministrators {
		return err
	}
	for after := ""; ; {
		var some []string
		err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			some, err = store.Query[string](tx, selectUnproven, after, store.List(factorRoles), tx.Now, 500)
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		// Free: one conditional statement; a sign-in that comes in between asks for the factor by itself.
		if err := s.Store.Write(ctx, store.Free, func(tx *store.Tx) error { return identity.EndWithoutFactor(tx, some) }); err != nil {
			return err
		}
		after = some[len(some)-1]
	}
}

// MustFactor tells whether a person must have a second factor: identity asks.
func MustFactor(tx *store.Tx, person string) (bool, error) {
	if staff, err := Staff(tx, person); err != nil || staff {
		return staff, err
	}
	n, err := store.One[int](tx, countFactorRoles, person, store.List(factorRoles), tx.Now)
	return n > 0, err
}

// shownFactor tells whether a session has shown a second factor.
func shownFactor(tx *store.Tx, session string) (bool, error) {
	n, err := store.One[int](tx, selectShown, session)
	return n > 0, err
}

// withFactor ends the sessions of somebody who gets roles for which he must show a second factor, and has shown none.
func withFactor(tx *store.Tx, person string, roles []string) error {
	if !slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(factorRoles, r) }) {
		return nil
	}
	p, err := Policy(tx)
	if err != nil || p != FactorAdministrators {
		return err
	}
	return identity.EndWithoutFactor(tx, []string{person})
}

const selectShown = `SELECT count(*) FROM session WHERE id = $1 AND factor_at IS NOT NULL`

const selectPolicy = `SELECT value FROM meta WHERE name = 'policy.factor'`

const upsertPolicy = `INSERT INTO meta (name, value) VALUES ('policy.factor', $1) ON CONFLICT (name) DO UPDATE SET value = $1`

const countFactorRoles = `
	SELECT count(*) FROM membership m
	WHERE m.person_id = $1 AND m.state IN ('active', 'invited', 'imported') AND (m.until_at IS NULL OR m.until_at > $3)
		AND EXISTS (SELECT 1 FROM membership_role r WHERE r.membership_id = m.id AND r.role = ANY($2))
		AND EXISTS (SELECT 1 FROM meta WHERE name = 'policy.factor' AND value = 'administrators')`

const selectUnproven = `
	SELECT DISTINCT s.person_id
	FROM session s
	JOIN membership m ON m.person_id = s.person_id AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $3)
	JOIN membership_role r ON r.membership_id = m.id AND r.role = ANY($2)
	WHERE s.revoked_at IS NULL AND s.factor_at IS NULL AND s.person_id > $1
	ORDER BY s.person_id
	LIMIT $4`

// PolicyChanged tells who must have a second factor from now on: words of the program.
type PolicyChanged struct{ Vendor, Before, After string }

func (PolicyChanged) EventName() string { return "account.policy_changed" }
func (e PolicyChanged) Subject() string { return "organisation:" + e.Vendor }

package account

import (
	"slices"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// NewPartnership lets a partner act for a customer.
type NewPartnership struct {
	Partner, Customer string   // ids of organisations, not of sites
	GivenBy           string   // customer, vendor or import
	Roles             []string // of CustomerRoles, PartnerOperator, PartnerBilling
	From, Until       string   // civil days of the customer, both included; Until '' = open (imported ones only)
	Extends           bool     // by itself, before it ends
}

// GivePartnership is a step: the partner may act for the customer, sites and all, from the first to the last day. Its door holds
// the customer's key. Invalid at partner, customer, roles, from or until.
func (s *Accounts) GivePartnership(tx *store.Tx, a who.Actor, in NewPartnership) (id string, err error) {
	customer, err := Get(tx, in.Customer)
	if err != nil {
		return "", err
	}
	partner, err := Get(tx, in.Partner)
	if err != nil {
		return "", err
	}
	var c fault.Check
	c.Need(partner.Kind == Partner && !partner.IsSite, "partner", "account.not_a_partner")
	c.Need(customer.Kind != Vendor && !customer.IsSite && customer.ID != partner.ID, "customer", "account.not_a_customer")
	from, err := beginOf(in.From, customer.Zone)
	c.Need(err == nil, "from", "account.day_invalid")
	until := clock.End
	var untilAt *time.Time
	if in.Until != "" {
		until, err = endOf(in.Until, customer.Zone)
		c.Need(err == nil && until.After(from), "until", "account.day_invalid")
		untilAt = &until
	}
	allowed := append(slices.Clip(CustomerRoles), PartnerOperator, PartnerBilling)
	for _, r := range in.Roles {
		c.Need(slices.Contains(allowed, r), "roles", "account.role_unknown")
	}
	c.Need(len(in.Roles) > 0, "roles", "account.role_missing")
	c.Need(in.GivenBy == "import" || in.Until != "" && !until.After(from.AddDate(2, 0, 1)), "until", "account.partnership_too_long")
	if err := c.Err(); err != nil {
		return "", err
	}
	id = tx.NewID()
	if _, err := tx.Exec(insertPartnership, id, in.Partner, in.Customer, in.GivenBy, in.From, in.Until, from, untilAt, a.Person, tx.Now, in.Extends); err != nil {
		return "", err
	}
	for _, r := range in.Roles {
		if err := tx.Later(insertPartnershipRole, id, r); err != nil {
			return "", err
		}
	}
	if err := tx.Later(insertScope, in.Partner, id, from, until, in.Customer); err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, in.Customer, PartnershipGiven{id, in.Partner, in.Roles, in.From, in.Until})
}

// widenScopes gives a new site to all partners of its organisation.
func widenScopes(tx *store.Tx, root, site string) error {
	return tx.Later(widenScope, root, site)
}

// Acting are the roles that somebody with these roles in a partner can have for a customer, if a partnership names them.
func Acting(own []string) []string {
	return InPartnership(own, append(slices.Clone(CustomerRoles), PartnerRoles...))
}

// Reaches is a condition in SQL: a partner acts for the organisation in column org now, which is not terminated. scope, from and until are the
// parameters for the partner's id and, twice, for now; roles is a condition on pr.role. It is a value and not an EXISTS, so that it is asked row
// by row: as a join a planner may begin with it, and compare all with all.
func Reaches(org, scope, from, until, roles string) string {
	return `COALESCE((
			SELECT 1 FROM scope c
			JOIN partnership_role pr ON pr.partnership_id = c.partnership_id
			JOIN organisation co ON co.id = c.org_id AND co.status <> 'terminated'
			JOIN organisation ch ON ch.id = co.root_id AND ch.status <> 'terminated'
			WHERE c.scope_id = ` + scope + ` AND c.org_id = ` + org + ` AND c.from_at <= ` + from + ` AND c.until_at > ` + until + ` AND (` + roles + `) LIMIT 1), 0) <> 0`
}

package account

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/store"
)

// Given is how a contact came by a role.
type Given struct {
	Role string
	How  string // changed, invited, imported; made: with the membership itself
	By   string // name; '' = the program or its console
	For  string // organisation acted for, if it is another
	At   time.Time
}

// deed is an event of a membership that gave or took roles.
type deed struct {
	At             time.Time
	Name, Body     string
	Person, Acting string
}

// givenTo says of each role that a membership has how it came, from the log of its organisation: the newest giving counts. A role of which no event tells came with the first.
func givenTo(tx *store.Tx, org, membership string, roles []string) ([]Given, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	deeds, err := store.Query[deed](tx, selectDeeds, org, "membership:"+membership)
	if err != nil {
		return nil, err
	}
	slices.Reverse(deeds)
	given := map[string]Given{}
	var first Given
	for i, d := range deeds {
		gave, how := d.gave()
		g := Given{How: how, By: d.Person, For: d.Acting, At: d.At}
		if i == 0 || how == "invited" {
			first = g
			clear(given) // asked in anew, without what was before
		}
		for _, role := range gave {
			g.Role = role
			given[role] = g
		}
	}
	var all []Given
	for _, role := range inOrder(roles) {
		g, ok := given[role]
		if !ok {
			g = first
		}
		if g.Role = role; !g.At.IsZero() {
			all = append(all, g)
		}
	}
	return all, nil
}

// gave reads which roles an event gave, and how.
func (d deed) gave() (roles []string, how string) {
	var e struct {
		Role                    string
		Before, After           string
		Roles                   []string
		RolesBefore, RolesAfter []string
	}
	json.Unmarshal([]byte(d.Body), &e) // written by this package; what cannot be read gave nothing
	more := func(before, after []string) []string {
		return slices.DeleteFunc(after, func(r string) bool { return slices.Contains(before, r) })
	}
	switch d.Name {
	case ContactInvited{}.EventName():
		return strings.Fields(e.Role), "invited"
	case ContactImported{}.EventName():
		return e.Roles, "imported"
	case ContactRevised{}.EventName():
		return more(e.RolesBefore, e.RolesAfter), "imported"
	case RolesChanged{}.EventName():
		return more(strings.Fields(e.Before), strings.Fields(e.After)), "changed"
	}
	return nil, "made"
}

// selectDeeds reads the newest; who has more of them than that has a role since before them.
const selectDeeds = `
	SELECT e.at, e.name, e.body, COALESCE(p.first_name || ' ' || p.last_name, ''), COALESCE(o.name, '')
	FROM event e
	LEFT JOIN person p ON p.id = e.person_id
	LEFT JOIN organisation o ON o.id = e.member_id AND e.member_id <> e.org_id
	WHERE e.org_id = $1 AND e.subject = $2
		AND e.name IN ('account.contact_invited', 'account.contact_imported', 'account.contact_revised', 'account.roles_changed', 'account.contact_active')
	ORDER BY e.at DESC, e.id DESC
	LIMIT 200`

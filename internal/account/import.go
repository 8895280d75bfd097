package account

import (
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// The steps below are what an import of old portals does here. None of them mails or invites anybody. What they are told to
// change they change only where Lodge still has what the import brought before: a cell changed here stays.

// LastNumber is the highest organisation number ever given, at least 9999. Its door holds Numbers.
func LastNumber(tx *store.Tx) (int64, error) {
	n, err := NextNumber(tx)
	return n - 1, err
}

// RaiseNumbers sees to it that no number up to this one is given to anybody who does not ask for it. Its door holds Numbers.
func RaiseNumbers(tx *store.Tx, to int64) error { return noteNumber(tx, to) }

// Revise changes the cells of an organisation or site as change says: a step; its door holds the organisation's key. Number, kind, family
// and zone stay. Nothing is written if nothing differs.
func (s *Accounts) Revise(tx *store.Tx, a who.Actor, id string, change func(*NewOrganisation)) error {
	type row struct {
		Name, Country, Street, Postcode, City, VATID, Language, Reference, Status, CreatedOn, Notes string
	}
	r, ok, err := store.Maybe[row](tx, selectCells, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	o := NewOrganisation{Name: r.Name, Country: r.Country, Street: r.Street, Postcode: r.Postcode, City: r.City, VATID: r.VATID,
		Language: r.Language, Reference: r.Reference, Status: r.Status, CreatedOn: r.CreatedOn, Notes: r.Notes}
	change(&o)
	now := row{o.Name, o.Country, o.Street, o.Postcode, o.City, o.VATID, o.Language, o.Reference, o.Status, o.CreatedOn, o.Notes}
	if now == r {
		return nil
	}
	if _, err := tx.Exec(updateCells, id, now.Name, NameKey(now.Name), now.Country, now.Street, now.Postcode, now.City, now.VATID, now.Language,
		now.Reference, now.Status, now.CreatedOn, now.Notes, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, id, Revised{id, r.Status, now.Status})
}

// Brought is what all rows of old portals that mean a membership say together.
type Brought struct {
	Obsolete     bool
	Roles        []string
	Since, Until string // civil days, '' = not known, open
}

// Held is a membership as it stands.
type Held struct {
	ID, Person, Org, State string
	Primary                bool
	Since, Until           string
	RoleNames              string
	SignedIn               bool   // the person has been here
	Zone                   string // of the organisation
}

// HeldBy gives the memberships of these people.
func HeldBy(tx *store.Tx, people []string) ([]Held, error) {
	return store.Query[Held](tx, selectHeld, store.List(people))
}

// Leads tells whether the membership makes its organisation one with an administrator.
func (h Held) Leads() bool {
	return (h.State == Active || h.State == Imported || h.State == Invited) && slices.Contains(strings.Fields(h.RoleNames), SecurityAdministrator)
}

// Merge is the membership after an import that said was before, the zero value if it did not know it, and says now. made tells
// whether the import made it: of one made in Lodge only the roles grow. State, days and roles that differ from what the
// import said before were changed in Lodge, and stay.
func (h Held) Merge(made bool, was, now Brought) Held {
	roles := strings.Fields(h.RoleNames)
	if !made || sameSet(roles, was.Roles) {
		roles = slices.DeleteFunc(roles, func(r string) bool { return slices.Contains(was.Roles, r) && !slices.Contains(now.Roles, r) })
		h.RoleNames = strings.Join(sorted(append(roles, now.Roles...)), " ")
	}
	if !made {
		// An invitation would hold no longer: the inviter need not have the right to give what the import adds.
		if (h.State == Invited || h.State == Expired) && !now.Obsolete {
			h.State = h.brought(false)
		}
		return h
	}
	if h.State == h.brought(was.Obsolete) {
		h.State = h.brought(now.Obsolete)
	}
	if h.Since == was.Since {
		h.Since = now.Since
	}
	if h.Until == was.Until {
		h.Until = now.Until
	}
	return h
}

// brought is the state that an import gives: it waits for the person's first sign-in.
func (h Held) brought(obsolete bool) string {
	switch {
	case obsolete:
		return Obsolete
	case h.SignedIn:
		return Active
	}
	return Imported
}

func sorted(roles []string) []string {
	slices.Sort(roles)
	return slices.Compact(roles)
}

func sameSet(a, b []string) bool {
	return slices.Equal(sorted(slices.Clone(a)), sorted(slices.Clone(b)))
}

// ImportMembership makes a membership that waits for the person's first sign-in, or is active if that has been: a step; its
// door holds the person's and the organisation's key. A membership of the same person there, or another primary one, is
// store.ErrExists, from a later statement or the commit.
func (s *Accounts) ImportMembership(tx *store.Tx, a who.Actor, h Held, b Brought) error {
	h.State, h.Since, h.Until = h.brought(b.Obsolete), b.Since, b.Until
	until, err := h.untilAt()
	if err != nil {
		return err
	}
	var activated any
	if h.State == Active {
		activated = tx.Now
	}
	if err := tx.Later(insertMembership, h.ID, h.Person, h.Org, h.State, h.Primary, "", "", h.Since, h.Until, until, "", tx.Now, activated); err != nil {
		return err
	}
	for _, r := range b.Roles {
		if err := tx.Later(insertRole, h.ID, r); err != nil {
			return err
		}
	}
	return s.Events.Emit(tx, a, h.Org, ContactImported{h.ID, h.State, sorted(slices.Clone(b.Roles)), h.Primary})
}

// ReviseMembership writes what Merge gave: a step; its door holds the person's and the organisation's key. Nothing is
// written if nothing differs.
func (s *Accounts) ReviseMembership(tx *store.Tx, a who.Actor, was, now Held) error {
	if was == now {
		return nil
	}
	until, err := now.untilAt()
	if err != nil {
		return err
	}
	if _, err := tx.Exec(updateHeld, now.ID, now.State, now.Since, now.Until, until, tx.Now); err != nil {
		return err
	}
	if was.State == Invited && now.State != Invited {
		if _, err := tx.Exec(endInvitations, now.ID, tx.Now); err != nil {
			return err
		}
	}
	if was.RoleNames != now.RoleNames {
		if err := setRoles(tx, now.ID, strings.Fields(now.RoleNames)...); err != nil {
			return err
		}
	}
	return s.Events.Emit(tx, a, now.Org, ContactRevised{now.ID, was.State, now.State, strings.Fields(was.RoleNames), strings.Fields(now.RoleNames)})
}

// untilAt is the instant at which the membership is over.
func (h Held) untilAt() (*time.Time, error) {
	if h.Until == "" {
		return nil, nil
	}
	t, err := endOf(h.Until, h.Zone)
	return &t, err
}

// ClearPrimary leaves the person without a primary membership, until the next step gives one: its door holds the person's key.
func (s *Accounts) ClearPrimary(tx *store.Tx, person string) error {
	_, err := tx.Exec(clearPrimaries, person)
	return err
}

// ImportPrimary makes a membership primary of a person who has none: a step; its door holds the person's key.
func (s *Accounts) ImportPrimary(tx *store.Tx, a who.Actor, before, membership string) error {
	if _, err := tx.Exec(setPrimary, membership); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, "", PrimaryChosen{before, membership})
}

// RevisePartnership changes roles and days of a partnership as change says, and where the partner reaches: a step; its door
// holds the customer's key. Nothing is written if nothing differs.
func (s *Accounts) RevisePartnership(tx *store.Tx, a who.Actor, id string, change func(*NewPartnership)) error {
	was, ok, err := store.Maybe[partnershipRow](tx, selectPartnership, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	if was.EndedBy != "" {
		return nil // for good
	}
	now := NewPartnership{Roles: sorted(strings.Fields(was.Roles)), From: was.From, Until: was.Until, Extends: was.Extends}
	before := slices.Clone(now.Roles)
	change(&now)
	now.Roles = sorted(now.Roles)
	if slices.Equal(before, now.Roles) && now.From == was.From && now.Until == was.Until && now.Extends == was.Extends {
		return nil
	}
	from, err := beginOf(now.From, was.Zone)
	if err != nil {
		return err
	}
	until, untilAt := clock.End, (*time.Time)(nil)
	if now.Until != "" {
		if until, err = endOf(now.Until, was.Zone); err != nil {
			return err
		}
		untilAt = &until
	}
	if _, err := tx.Exec(updatePartnership, id, now.From, now.Until, from, untilAt, now.Extends); err != nil {
		return err
	}
	if _, err := tx.Exec(deletePartnershipRoles, id); err != nil {
		return err
	}
	for _, r := range now.Roles {
		if err := tx.Later(insertPartnershipRole, id, r); err != nil {
			return err
		}
	}
	if err := tx.Later(insertScope, was.Partner, id, from, until, was.Customer); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, was.Customer, PartnershipRevised{id, was.Partner, before, now.Roles, now.From, now.Until, now.Extends})
}

type partnershipRow struct {
	Partner, Customer, From, Until, Zone, Roles string
	Extends                                     bool
	EndedBy                                     string
}

// WithoutAdministrator are the customers and partners of which nobody is, or will be after the first sign-in, security
// administrator of the head office, by number from a number on (0 for the first page).
func WithoutAdministrator(tx *store.Tx, after int64, limit int) ([]Organisation, error) {
	return store.Query[Organisation](tx, selectLeaderless, after, limit)
}

// Revised tells that an import changed an organisation's cells.
type Revised struct{ Organisation, Before, After string }

func (Revised) EventName() string { return "account.organisation_revised" }
func (e Revised) Subject() string { return "organisation:" + e.Organisation }

// ContactImported tells of a membership that an import made.
type ContactImported struct {
	Membership, State string
	Roles             []string
	Primary           bool
}

func (ContactImported) EventName() string { return "account.contact_imported" }
func (e ContactImported) Subject() string { return "membership:" + e.Membership }

// ContactRevised tells what an import changed in a membership.
type ContactRevised struct {
	Membership, Before, After string
	RolesBefore, RolesAfter   []string
}

func (ContactRevised) EventName() string { return "account.contact_revised" }
func (e ContactRevised) Subject() string { return "membership:" + e.Membership }

// PartnershipRevised tells what an import changed in a partnership.
type PartnershipRevised struct {
	Partnership, Partner    string
	RolesBefore, RolesAfter []string
	From, Until             string
	Extends                 bool `json:",omitempty"`
}

func (PartnershipRevised) EventName() string { return "account.partnership_revised" }
func (e PartnershipRevised) Subject() string { return "partnership:" + e.Partnership }

const selectCells = `
	SELECT name, country, street, postcode, city, vat_id, language, reference, status, created_on, notes
	FROM organisation WHERE id = $1`

const updateCells = `
	UPDATE organisation SET name = $2, name_key = $3, country = $4, street = $5, postcode = $6, city = $7, vat_id = $8, language = $9,
		reference = $10, status = $11, created_on = $12, notes = $13, updated_at = $14, version = version + 1
	WHERE id = $1`

const selectHeld = `
	SELECT m.id, m.person_id, m.org_id, m.state, m.is_primary, m.since_on, m.until_on,
		COALESCE((SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM membership_role r WHERE r.membership_id = m.id), ''),
		p.first_sign_in_at IS NOT NULL, o.zone
	FROM membership m
	JOIN person p ON p.id = m.person_id
	JOIN organisation o ON o.id = m.org_id
	WHERE m.person_id = ANY($1)
	ORDER BY m.created_at, m.id`

const updateHeld = `
	UPDATE membership SET state = $2, since_on = $3, until_on = $4, until_at = $5, updated_at = $6, version = version + 1,
		activated_at = CASE WHEN $2 = 'active' THEN COALESCE(activated_at, $6) ELSE activated_at END,
		is_primary = is_primary AND $2 <> 'obsolete'
	WHERE id = $1`

const selectPartnership = `
	SELECT pa.partner_id, pa.customer_id, pa.from_on, pa.until_on, c.zone,
		(SELECT string_agg(pr.role, ' ') FROM partnership_role pr WHERE pr.partnership_id = pa.id), pa.extends, pa.ended_by
	FROM partnership pa
	JOIN organisation c ON c.id = pa.customer_id
	WHERE pa.id = $1`

const updatePartnership = `
	UPDATE partnership SET from_on = $2, until_on = $3, from_at = $4, until_at = $5, extends = $6, version = version + 1 WHERE id = $1`

const deletePartnershipRoles = `DELETE FROM partnership_role WHERE partnership_id = $1`

const selectLeaderless = `
	SELECT ` + organisationColumns + `
	FROM organisation o
	WHERE o.kind <> 'vendor' AND NOT o.is_site AND o.number > $1 AND NOT EXISTS (
		SELECT 1 FROM membership m JOIN membership_role r ON r.membership_id = m.id AND r.role = 'security-administrator'
		WHERE m.org_id = o.id AND m.state IN ('active', 'imported', 'invited'))
	ORDER BY o.number
	LIMIT $2`

// StaffAmong are those of the people who belong to the vendor, in whatever state their membership is.
func StaffAmong(tx *store.Tx, people []string) ([]string, error) {
	return store.Query[string](tx, selectStaffAmong, store.List(people))
}

const selectStaffAmong = `
	SELECT DISTINCT m.person_id FROM membership m JOIN organisation o ON o.id = m.org_id
	WHERE m.person_id = ANY($1) AND o.kind = 'vendor'`

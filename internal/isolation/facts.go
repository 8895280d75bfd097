package isolation

import (
	"slices"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Load reads the facts about a sample: the tickets, everybody who is a member anywhere, all organisations and partnerships that are in force.
// sample is how many tickets; 0 means all. The newest are taken: those are in use.
func Load(tx *store.Tx, roles who.Table, sample int) (*Facts, error) {
	f := &Facts{Roles: roles, Orgs: map[string]Org{}, Has: map[string][]string{}, Codes: map[string][]string{}}
	orgs, err := store.Query[orgFact](tx, selectOrgs)
	if err != nil {
		return nil, err
	}
	for _, o := range orgs {
		f.Orgs[o.ID] = Org{o.ID, o.Root, o.Kind, o.Number, o.Status == "active" && o.RootStatus == "active", o.Status == "terminated" || o.RootStatus == "terminated"}
	}
	members, err := store.Query[struct{ Person, Org, Roles string }](tx, selectMembers, tx.Now)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		f.Members = append(f.Members, Member{m.Person, m.Org, strings.Fields(m.Roles)})
	}
	partnerships, err := store.Query[struct{ Partner, Customer, Roles string }](tx, selectPartnerships, tx.Now)
	if err != nil {
		return nil, err
	}
	for _, p := range partnerships {
		f.Partnerships = append(f.Partnerships, Partnership{p.Partner, p.Customer, strings.Fields(p.Roles)})
	}
	if sample == 0 {
		sample = 1 << 30
	}
	if f.Tickets, err = store.Query[Ticket](tx, selectTickets, sample); err != nil {
		return nil, err
	}
	has, err := store.Query[struct{ Org, Product, Code string }](tx, selectHas)
	for _, h := range has {
		f.Has[h.Org], f.Codes[h.Org] = append(f.Has[h.Org], h.Product), append(f.Codes[h.Org], h.Code)
	}
	return f, err
}

// some are organisations to be asked for: those of the sample's tickets, and all of a small world.
func (f *Facts) some() (all []Org) {
	const small = 50
	for _, o := range f.Orgs {
		if len(f.Orgs) <= small || slices.ContainsFunc(f.Tickets[:min(len(f.Tickets), small)], func(t Ticket) bool { return t.Org == o.ID }) {
			all = append(all, o)
		}
	}
	return all
}

// knowsProduct tells whether somebody at an own organisation may learn that a product is had: by his family, or by a customer that he is told of.
func (f *Facts) knowsProduct(person, own, code string) bool {
	if f.Orgs[own].Kind == account.Vendor {
		return true
	}
	for head, codes := range f.Codes {
		if !slices.Contains(codes, code) {
			continue
		}
		if head == f.Orgs[own].Root || f.Knows(person, own, head) {
			return true
		}
	}
	return false
}

type orgFact struct {
	ID, Root, Kind     string
	Number             int64
	Status, RootStatus string
}

const selectOrgs = `SELECT o.id, o.root_id, o.kind, o.number, o.status, r.status FROM organisation o JOIN organisation r ON r.id = o.root_id`

const selectMembers = `
	SELECT m.person_id, m.org_id, COALESCE((SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id), '')
	FROM membership m JOIN person p ON p.id = m.person_id AND p.state <> 'disabled'
	WHERE m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $1)`

const selectPartnerships = `
	SELECT pa.partner_id, pa.customer_id, COALESCE((SELECT string_agg(r.role, ' ') FROM partnership_role r WHERE r.partnership_id = pa.id), '')
	FROM partnership pa WHERE pa.from_at <= $1 AND (pa.until_at IS NULL OR pa.until_at > $1)`

const selectTickets = `
	SELECT t.id, t.kind, t.number, t.org_id, t.author_id, t.requester_id, t.vendor_only, t.state = 'draft'
	FROM ticket t WHERE t.kind IN ('request', 'order') ORDER BY t.updated_at DESC, t.id DESC LIMIT $1`

const selectHas = `SELECT f.org_id, f.product_id, p.code FROM product_of_org f JOIN product p ON p.id = f.product_id`

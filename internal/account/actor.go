package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Asked is what a request says about itself.
type Asked struct {
	Token    string // of the session's cookie
	Number   int64  // of the organisation acted for; 0 on personal pages
	Customer int64  // after /for/; 0 = none
	Address  string // network address
}

// seen is the row of the one statement that makes an actor of a session.
type seen struct {
	Session, Step string
	Factor        bool // the session has shown a second factor
	Switches      int64
	Begun, Proved time.Time // when password and factor were shown, and shown again
	Policy        string    // who must have shown one
	ActorRow
}

// ActorRow is what ActorColumns read.
type ActorRow struct {
	Person, First, Last, Email, Language, Zone string
	OrgID, RootID, Kind, Status, RootStatus    string
	Membership, Roles                          string
	CustomerID, CustomerKind                   string
	CustomerStatus, CustomerRootStatus         string
	Partnership                                string // roles
	Family, CustomerFamily                     string // ids
}

// Resolve makes the actor of a request, with one statement. SignIn if nobody is signed in; NotFound where the person may
// not even know of the address: not a member, ended, no partnership, a wrong number.
func (s *Accounts) Resolve(ctx context.Context, q Asked) (a who.Actor, err error) {
	if !crypt.Plausible(q.Token) {
		return who.Actor{From: q.Address, Zone: time.UTC}, fault.New(fault.SignIn, "fault.sign_in")
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		row, ok, err := store.Maybe[seen](tx, selectActor, crypt.HashToken(q.Token), tx.Now, q.Customer, q.Number)
		if err != nil {
			return err
		}
		if !ok || row.Step != "" {
			a = who.Actor{From: q.Address, Zone: time.UTC}
			return fault.New(fault.SignIn, "fault.sign_in")
		}
		a, err = s.actor(row, q)
		return err
	})
	return a, err
}

// actor reads the row: the context is by membership, by partnership, or by the vendor's own people.
func (s *Accounts) actor(row seen, q Asked) (who.Actor, error) {
	a := who.Actor{Person: row.Person, Name: row.First + " " + row.Last, Email: row.Email, Session: row.Session, Seen: row.Switches, Proved: later(row.Begun, row.Proved),
		From: q.Address, Language: row.Language, Zone: clock.Place(row.Zone)}
	if q.Number == 0 {
		return a, nil
	}
	vendor := row.Kind == Vendor
	if row.Membership == "" || row.Status != "active" || row.RootStatus != "active" || !row.Factor && row.mustFactor() {
		return a, fault.Missing()
	}
	a.Member, a.Org, a.Number, a.Acting, a.Source = row.OrgID, row.OrgID, q.Number, q.Number, who.Own
	if q.Customer != 0 {
		return s.forCustomer(a, row, q.Customer)
	}
	a.Roles = sorted(strings.Fields(row.Roles))
	a.Rights = s.Roles.Rights(a.Roles)
	a.Reach = who.Reach{All: vendor && a.May(EnterCustomers), Orgs: strings.Fields(row.Family)}
	if row.Kind == Partner {
		a.Reach.Scope = row.RootID
	}
	return a, nil
}

// mustFactor tells whether this membership is of no use to a session without a second factor.
func (r seen) mustFactor() bool {
	return r.Kind == Vendor || r.Policy == string(FactorAdministrators) && slices.ContainsFunc(strings.Fields(r.Roles), func(role string) bool { return slices.Contains(factorRoles, role) })
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// forCustomer is the actor behind /for/: as staff, or by a partnership. The error keeps who asks, for its page, and
// nothing of where.
func (s *Accounts) forCustomer(a who.Actor, row seen, number int64) (who.Actor, error) {
	own, missing := strings.Fields(row.Roles), a
	if row.CustomerID == "" || row.CustomerKind == Vendor {
		return missing, fault.Missing()
	}
	a.Org, a.Number, a.Reach = row.CustomerID, number, who.Reach{Orgs: strings.Fields(row.CustomerFamily)}
	if row.Kind == Vendor {
		a.Source, a.Roles = who.Staff, sorted(asStaff(own))
		if a.Rights = s.Roles.Rights(a.Roles); !a.May(EnterCustomers) {
			return missing, fault.Missing()
		}
		return a, nil
	}
	a.Source, a.Roles = who.Partnership, InPartnership(own, strings.Fields(row.Partnership))
	if len(a.Roles) == 0 || row.CustomerStatus == "terminated" || row.CustomerRootStatus == "terminated" {
		return missing, fault.Missing()
	}
	a.Rights = s.Roles.Rights(a.Roles)
	return a, nil
}

// Of returns the actor that somebody would be at an address, signed in with a second factor. NotFound as Resolve. It is for those who check
// what others may see; no door for people leads here.
func (s *Accounts) Of(tx *store.Tx, person string, q Asked) (who.Actor, error) {
	row, ok, err := store.Maybe[seen](tx, selectActorOf, person, tx.Now, q.Customer, q.Number)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return who.Actor{Zone: time.UTC}, err
	}
	return s.actor(row, q)
}

// OfKey is the actor of a key that organisation number owns: with the rights of its maker, or made on the console with those of all roles that
// may be held there. SignIn where the maker, the membership or the organisation is out; NotFound as Resolve for a customer.
func (s *Accounts) OfKey(row ActorRow, number int64, console bool, customer int64) (who.Actor, error) {
	if console {
		row.Membership, row.Roles = "console", strings.Join(RolesOf(row.Kind), " ")
	}
	if row.Membership == "" || row.Person == "" && !console || row.Status != "active" || row.RootStatus != "active" {
		return who.Actor{Zone: time.UTC}, fault.New(fault.SignIn, "fault.sign_in")
	}
	return s.actor(seen{Factor: true, ActorRow: row}, Asked{Number: number, Customer: customer})
}

// ActorColumns and ActorJoins are what an actor is made of: person p, the own organisation o, the customer with
// number $3, at $2. Zone and language fall back from the person's to the organisation's, on personal pages to the primary one's.
const ActorColumns = `p.id, p.first_name, p.last_name, p.email,
		CASE WHEN p.language <> '' THEN p.language ELSE COALESCE(o.language, (SELECT z.language FROM membership pm JOIN organisation z ON z.id = pm.org_id WHERE pm.person_id = p.id AND pm.is_primary), '') END,
		CASE WHEN p.zone <> '' THEN p.zone ELSE COALESCE(o.zone, (SELECT z.zone FROM membership pm JOIN organisation z ON z.id = pm.org_id WHERE pm.person_id = p.id AND pm.is_primary), '') END,
		o.id, o.root_id, o.kind, o.status, r.status,
		m.id, (SELECT string_agg(mr.role, ' ') FROM membership_role mr WHERE mr.membership_id = m.id),
		c.id, c.kind, c.status, h.status,
		(SELECT string_agg(pr.role, ' ') FROM partnership pa JOIN partnership_role pr ON pr.partnership_id = pa.id
			WHERE pa.partner_id = o.root_id AND pa.customer_id = c.root_id AND pa.from_at <= $2 AND (pa.until_at IS NULL OR pa.until_at > $2)),
		(SELECT string_agg(f.id, ' ') FROM organisation f WHERE f.root_id = o.root_id),
		(SELECT string_agg(f.id, ' ') FROM organisation f WHERE f.root_id = c.root_id)`

// ActorJoins stand after p and o.
const ActorJoins = `
	LEFT JOIN organisation r ON r.id = o.root_id
	LEFT JOIN membership m ON m.org_id = o.id AND m.person_id = p.id AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2)
	LEFT JOIN organisation c ON c.number = $3 AND o.id IS NOT NULL AND c.root_id <> o.root_id
	LEFT JOIN organisation h ON h.id = c.root_id`

// selectActor is the first statement of every request: all of it by token and numbers. A company's word begins a session, and proves nothing that is asked of the person.
const selectActor = `
	SELECT s.id, s.step, s.factor_at IS NOT NULL, s.switches, CASE WHEN s.connection_id = '' OR s.factor_at IS NOT NULL THEN s.created_at END, s.proved_at, (SELECT value FROM meta WHERE name = 'policy.factor'), ` + ActorColumns + `
	FROM session s
	JOIN person p ON p.id = s.person_id AND p.state <> 'disabled'
	LEFT JOIN organisation o ON o.number = $4` + ActorJoins + `
	WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.idle_until > $2 AND s.absolute_until > $2`

const selectActorOf = `
	SELECT '', '', TRUE, 0, CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ), '', ` + ActorColumns + `
	FROM person p
	LEFT JOIN organisation o ON o.number = $4` + ActorJoins + `
	WHERE p.id = $1 AND p.state <> 'disabled'`

package importer

import (
	"errors"
	"slices"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
)

// visit is the database in the eyes of an import, in one transaction: it is thrown away with it.
type visit struct {
	*run
	tx    *store.Tx
	locks store.Keys // that the transaction holds; nil while it only reads

	own       map[RowKey]*record   // rows of this source
	before    map[string][]*record // rows by the person or membership that they mean, as they were
	after     map[string][]*record // and as they are with what was taken
	people    map[string]identity.Person
	held      map[string]account.Held // memberships
	orgs      map[string]orgRow
	products  map[string]string // product of a licence
	contracts map[string]string // organisation of a contract

	fresh   map[string]bool // keys of what this transaction made: nobody else can hold them
	seq     int64
	save    []*record
	touched []string // people and memberships whose rows changed, in order
	seen    map[string]bool
	made    map[string]account.Held // memberships that are to be made
	staff   map[string]bool
}

type orgRow struct {
	ID             string
	Number         int64
	Kind, Country  string
	Site           bool
	Root           string
	Language, Zone string
	Name           string
}

// errReplan says that more must be held than was foreseen: something was made in Lodge meanwhile.
var errReplan = errors.New("importer: the world changed between plan and transaction")

func (r *run) visit(tx *store.Tx, locks store.Keys) *visit {
	return &visit{run: r, tx: tx, locks: locks,
		own: map[RowKey]*record{}, before: map[string][]*record{}, after: map[string][]*record{}, people: map[string]identity.Person{},
		held: map[string]account.Held{}, orgs: map[string]orgRow{}, products: map[string]string{}, contracts: map[string]string{},
		staff: map[string]bool{}, fresh: map[string]bool{}, seen: map[string]bool{}, made: map[string]account.Held{}}
}

// keys are what must be held to take a row.
func (v *visit) keys(row *Row, d Decision) store.Keys {
	org := func(ids ...string) store.Keys { return store.Lock("org", ids...) }
	switch row.File.Name {
	case Organisations, Sites:
		k := account.Numbers()
		if d.Target != "" {
			k = k.And(org(d.Target))
		}
		if parent := d.Refs["organisation_id"]; parent != "" {
			k = k.And(org(parent))
		}
		return k
	case People:
		if d.Target == "" {
			return store.Free // Free: the unique address decides
		}
		return store.Lock("person", d.Target)
	case Memberships:
		return store.Lock("person", d.Refs["person_id"]).And(org(place(d)))
	case Relations:
		return org(d.Refs["customer_id"])
	case Licences, SupportContracts:
		return org(d.Refs["organisation_id"])
	case Entitlements:
		return org(v.contracts[d.Refs["contract_id"]])
	}
	return store.Free // Free: of products the unique code decides, downloads are lines that nothing is decided by
}

// holds tells whether all that a row needs is held.
func (v *visit) holds(row *Row, d Decision) bool {
	return !slices.ContainsFunc(v.keys(row, d), func(k string) bool {
		_, found := slices.BinarySearch(v.locks, k)
		return !found && !v.fresh[k]
	})
}

package importer

import "lodge/internal/platform/store"

// RowKey names a row of the source that is being imported.
type RowKey struct{ File, ID string }

// Known is what is kept of a row that was taken, by this import or by an earlier one of the same source.
type Known struct {
	Sum    Sum
	Fixed  []string // Row.Fixed when it was taken
	Notes  []string // notes of the import that took it
	Target string   // id of the thing that it means
	Made   bool     // it made the thing and has the say over it; false: it was joined
	Email  string   // people: key of the address in the row, whatever the person's is by now
	Usable bool     // people: it brought a password that can be signed in with, whatever became of it
}

// Org is an organisation or a site in the eyes of an import.
type Org struct {
	ID            string
	Number        int64
	Kind, Country string
	Parent        string // organisation of a site; "" of an organisation
	Brought
}

// Brought tells which sources' rows mean a thing.
type Brought struct {
	Here      bool // a row of the source that is being imported
	Elsewhere bool // a row of another source
}

// joinable is "brought by another source, and no row of this source means it yet".
func (b Brought) joinable() bool { return b.Elsewhere && !b.Here }

// Person is a person in the eyes of an import.
type Person struct {
	ID     string
	Email  string   // key of the address in Lodge
	Kept   bool     // no import changes the e-mail any more: signed in, or the e-mail was changed in Lodge
	Usable []string // source_ids of this source's rows that brought a usable password
}

// Membership is a membership in the eyes of an import.
type Membership struct {
	ID       string
	Person   string
	Place    string   // id of the site, or of the organisation for its head office
	Obsolete []string // RowName of each row that says so, or InLodge; it is obsolete if there is one
	Claims   []string // RowName of each row whose yes was taken, or InLodge where it is primary and no row means it
}

// Place is where a person is a member.
type Place struct{ Person, Place string }

// InLodge stands for Lodge itself among the rows that mean a thing.
const InLodge = ""

// RowName names a row among those of all sources.
func RowName(source, id string) string { return source + "/" + id }

// Relation is a partnership of any date. Days are YYYY-MM-DD, both included; Until is "" while it is open.
type Relation struct {
	ID                string
	Partner, Customer string
	From, Until       string
}

// Product is a product in the eyes of an import.
type Product struct {
	ID  string
	Key string // of its code, as Fold gives it
	Brought
}

// Licence is a licence in the eyes of an import.
type Licence struct {
	ID      string
	Number  string
	Org     string // the organisation, also where a site has it
	Product string
	Brought
}

// Ledger is what the decisions know: what World.Load found, and what has been decided since as if it were written.
//
// It is in layers. A batch decides on a layer of its own, which is thrown away if its transaction is run again; the lowest one
// of a dry run, which remembers all rows, is on disk. An empty string as id says that something was looked for and is not there.
type Ledger struct {
	rows        *layer[RowKey, *Known]
	orgs        *layer[string, Org]
	numbers     *layer[int64, string] // organisation by its number
	people      *layer[string, Person]
	emails      *layer[string, string] // person by e-mail key
	memberships *layer[string, Membership]
	places      *layer[Place, string]  // membership by person and place
	primary     *layer[string, string] // membership that holds the person's yes, by person
	relations   *layer[string, Relation]
	incoming    *layer[string, []string] // relations by customer
	products    *layer[string, Product]
	codes       *layer[string, string] // product by the key of its code
	licences    *layer[string, Licence]
	licenceNos  *layer[string, string] // licence by its number
	contracts   *layer[string, string] // organisation of a support contract
}

// ledgerOn gives the lowest layer: on disk, or in memory without one.
func ledgerOn(disk *store.Scratch) *Ledger {
	return &Ledger{
		rows: onDisk[RowKey, *Known](disk, "rows"), orgs: onDisk[string, Org](disk, "orgs"), numbers: onDisk[int64, string](disk, "numbers"),
		people: onDisk[string, Person](disk, "people"), emails: onDisk[string, string](disk, "emails"),
		memberships: onDisk[string, Membership](disk, "memberships"), places: onDisk[Place, string](disk, "places"),
		primary: onDisk[string, string](disk, "primary"), relations: onDisk[string, Relation](disk, "relations"),
		incoming: onDisk[string, []string](disk, "incoming"), products: onDisk[string, Product](disk, "products"),
		codes: onDisk[string, string](disk, "codes"), licences: onDisk[string, Licence](disk, "licences"),
		licenceNos: onDisk[string, string](disk, "licence_numbers"), contracts: onDisk[string, string](disk, "contracts"),
	}
}

// over gives a layer over l.
func (l *Ledger) over() *Ledger {
	return &Ledger{
		rows: on(l.rows), orgs: on(l.orgs), numbers: on(l.numbers), people: on(l.people), emails: on(l.emails),
		memberships: on(l.memberships), places: on(l.places), primary: on(l.primary), relations: on(l.relations),
		incoming: on(l.incoming), products: on(l.products), codes: on(l.codes), licences: on(l.licences),
		licenceNos: on(l.licenceNos), contracts: on(l.contracts),
	}
}

func on[K comparable, V any](under *layer[K, V]) *layer[K, V] { return &layer[K, V]{under: under} }

// merge gives what the layer holds to the one under it.
func (l *Ledger) merge() {
	l.rows.merge()
	l.orgs.merge()
	l.numbers.merge()
	l.people.merge()
	l.emails.merge()
	l.memberships.merge()
	l.places.merge()
	l.primary.merge()
	l.relations.merge()
	l.incoming.merge()
	l.products.merge()
	l.codes.merge()
	l.licences.merge()
	l.licenceNos.merge()
	l.contracts.merge()
}

package importer

// The methods below are how World.Load tells what the database holds. What the run has decided since is never overwritten, so
// a load may tell things twice.

// Row tells that a row of this source was taken earlier.
func (l *Ledger) Row(k RowKey, known Known) { l.rows.learn(k, &known) }

// Org tells of an organisation or site.
func (l *Ledger) Org(o Org) {
	l.orgs.learn(o.ID, o)
	l.numbers.learn(o.Number, o.ID)
}

// Person tells of a person and of the keys that lead there: the e-mail in Lodge, and those that rows which made the person
// have by now, should the person keep another.
func (l *Ledger) Person(p Person, emails ...string) {
	l.people.learn(p.ID, p)
	for _, e := range emails {
		l.emails.learn(e, p.ID)
	}
}

// Membership tells of a membership.
func (l *Ledger) Membership(m Membership) {
	l.memberships.learn(m.ID, m)
	l.places.learn(Place{m.Person, m.Place}, m.ID)
}

// Primary tells which membership holds a person's yes: one with Claims that is not obsolete, and if there are several the
// one that is primary now.
func (l *Ledger) Primary(person, membership string) { l.primary.learn(person, membership) }

// Relation tells of a partnership.
func (l *Ledger) Relation(r Relation) {
	l.relations.learn(r.ID, r)
	l.comeIn(r)
}

// Product tells of a product.
func (l *Ledger) Product(p Product) {
	l.products.learn(p.ID, p)
	l.codes.learn(p.Key, p.ID)
}

// Licence tells of a licence.
func (l *Ledger) Licence(x Licence) {
	l.licences.learn(x.ID, x)
	l.licenceNos.learn(x.Number, x.ID)
}

// Contract tells of a support contract and its organisation.
func (l *Ledger) Contract(id, org string) { l.contracts.learn(id, org) }

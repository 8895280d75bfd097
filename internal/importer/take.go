package importer

import "slices"

// Taken is what the database made of a row.
type Taken struct {
	ID     string // of the thing that was made; of no use for a row that was updated
	Number int64  // that Lodge gave to an organisation without one, or 0
}

// take notes a row as written, and gives the id of what it means. source is the one that is being imported.
func (l *Ledger) take(source string, row *Row, d Decision, t Taken) (target string) {
	target = d.Target
	if target == "" {
		target = t.ID
	}
	k := Known{
		Sum: row.Sum, Fixed: row.Fixed(), Notes: d.Notes, Target: target,
		Made: d.Outcome == Created || d.Known != nil && d.Known.Made,
	}
	switch row.File.Name {
	case Organisations:
		l.takeOrg(row, k, Org{ID: target, Number: t.Number, Kind: row.Text("kind"), Country: row.Text("country")})
	case Sites:
		l.takeOrg(row, k, Org{ID: target, Number: t.Number, Country: row.Text("country"), Parent: d.Refs["organisation_id"]})
	case People:
		k.Email, k.Usable = row.Text("email"), row.Usable
		l.takePerson(row, d, k)
	case Memberships:
		l.takeMembership(RowName(source, row.ID), row, d, target)
	case Relations:
		l.takeRelation(Relation{target, d.Refs["partner_id"], d.Refs["customer_id"], row.Text("from"), row.Text("until")})
	case Products:
		p, ok := l.products.get(target)
		if !ok {
			p = Product{ID: target, Key: row.Value("code").Key}
		}
		p.Here = true
		l.products.set(target, p)
		l.codes.set(p.Key, target)
	case Licences:
		x, ok := l.licences.get(target)
		if !ok {
			x = Licence{ID: target, Number: row.Text("number"), Org: d.Refs["organisation_id"], Product: d.Refs["product_id"]}
		}
		x.Here = true
		l.licences.set(target, x)
		l.licenceNos.set(x.Number, target)
	case SupportContracts:
		l.contracts.set(target, d.Refs["organisation_id"])
	}
	l.rows.set(RowKey{row.File.Name, row.ID}, &k)
	return target
}

// takeOrg: made is the organisation as the row says it, for one that the ledger does not have yet.
func (l *Ledger) takeOrg(row *Row, k Known, made Org) {
	o, ok := l.orgs.get(k.Target)
	if !ok {
		o = made
		if n := row.Value("number").Int; n != 0 {
			o.Number = n
		}
		if o.Number != 0 {
			l.numbers.set(o.Number, o.ID)
		}
	} else if k.Made {
		o.Country = made.Country
	}
	o.Here = true
	l.orgs.set(o.ID, o)
}

func (l *Ledger) takePerson(row *Row, d Decision, k Known) {
	p, ok := l.people.get(k.Target)
	if !ok {
		p.ID = k.Target
	}
	p.Usable = with(p.Usable, row.ID, row.Usable)
	if k.Made && !p.Kept {
		p.Email = k.Email
	}
	l.people.set(p.ID, p)
	if !k.Made {
		return
	}
	if d.Known != nil && d.Known.Email != k.Email && d.Known.Email != p.Email {
		if by, _ := l.emails.get(d.Known.Email); by == p.ID {
			l.emails.set(d.Known.Email, "")
		}
	}
	l.emails.set(k.Email, p.ID)
}

func (l *Ledger) takeMembership(name string, row *Row, d Decision, target string) {
	m, ok := l.memberships.get(target)
	if !ok {
		m = Membership{ID: target, Person: d.Refs["person_id"], Place: place(d)}
		l.places.set(Place{m.Person, m.Place}, m.ID)
	}
	m.Obsolete = with(m.Obsolete, name, row.Text("status") == "obsolete")
	m.Claims = with(m.Claims, name, d.Primary)
	l.memberships.set(m.ID, m)
	holds := len(m.Claims) > 0 && len(m.Obsolete) == 0
	switch holder, _ := l.primary.get(m.Person); {
	case holds && holder == "":
		l.primary.set(m.Person, m.ID)
	case !holds && holder == m.ID:
		l.primary.set(m.Person, "")
	}
}

// place is where a row of memberships.csv makes its person a member.
func place(d Decision) string {
	if site := d.Refs["site_id"]; site != "" {
		return site
	}
	return d.Refs["organisation_id"]
}

func (l *Ledger) takeRelation(r Relation) {
	l.relations.set(r.ID, r)
	l.comeIn(r)
}

// comeIn notes a relation with its customer.
func (l *Ledger) comeIn(r Relation) {
	in, _ := l.incoming.get(r.Customer)
	if !slices.Contains(in, r.ID) {
		l.incoming.set(r.Customer, append(slices.Clip(in), r.ID))
	}
}

// with is the set with the name in it, or not; the given slice stays as it is, for layers share it.
func with(set []string, name string, in bool) []string {
	i := slices.Index(set, name)
	switch {
	case in && i < 0:
		return append(slices.Clip(set), name)
	case !in && i >= 0:
		return slices.Delete(slices.Clone(set), i, i+1)
	}
	return set
}

// others are the relations of a pair but for one.
func (l *Ledger) others(partner, customer, but string) []Relation {
	var all []Relation
	in, _ := l.incoming.get(customer)
	for _, id := range in {
		if r, _ := l.relations.get(id); r.Partner == partner && id != but {
			all = append(all, r)
		}
	}
	return all
}

// reaches tells whether relations of any date lead from one organisation to another, or whether they are the same one. It walks from
// the customer up: an organisation has few partners, but a partner may have all the customers.
func (l *Ledger) reaches(from, to string) bool {
	found := false
	l.above([]string{to}, func(org string) { found = found || org == from })
	return found
}

// above calls f for these organisations and for everybody who acts for them, by way of whomever, each once.
func (l *Ledger) above(orgs []string, f func(org string)) {
	seen := map[string]bool{}
	for todo := slices.Clone(orgs); len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		f(todo[0])
		in, _ := l.incoming.get(todo[0])
		for _, id := range in {
			r, _ := l.relations.get(id)
			todo = append(todo, r.Partner)
		}
	}
}

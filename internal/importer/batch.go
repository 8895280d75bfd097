package importer

import "slices"

// World is the database in the eyes of an import, inside one transaction.
type World struct {
	// Load tells the ledger what is wanted and there. What is not told is not there. Nil is an empty installation.
	Load func(Want, *Ledger) error
	// Take writes a row that is created or updated and gives the id of what it made. Nil writes nothing: a dry run.
	Take func(*Row, Decision) (Taken, error)
	// Noted is told of each row that is taken and of the id that it means now, in a dry run too; or is nil.
	Noted func(row *Row, d Decision, target string)
}

// Want is what the decisions on a batch must know. All lists are sorted and hold nothing twice.
type Want struct {
	Rows     []RowKey // of this source: each with the thing that it means, be it an Org, Person, Membership, Product, …
	Numbers  []int64  // organisations and sites
	Emails   []string // people, by what Ledger.Person says
	Codes    []string // products, by key
	Licences []string // licences, by number
	Places   []Place  // memberships
	Holders  []string // people of whom Primary is to be told
	Above    []string // organisations: the relations to them and to everybody who acts for them, of any date
	Alone    bool     // Rows without their things, which are told when they are asked for once more
}

// batch decides rows on a layer of its own.
type batch struct {
	source string
	world  World
	ledger *Ledger
	lost   *layer[RowKey, bool] // refused or skipped in this folder
}

// run decides and writes rows in their order.
func (b *batch) run(rows []*Row) ([]Line, error) {
	open, err := b.open(rows)
	if err != nil {
		return nil, err
	}
	if len(open) > 0 {
		if err := b.load(b.wanted(open)); err != nil {
			return nil, err
		}
		more := map[string]func([]*Row) Want{Memberships: b.wantedPlaces, Relations: b.wantedAbove}[rows[0].File.Name]
		if more != nil {
			if err := b.load(more(open)); err != nil {
				return nil, err
			}
		}
	}
	lines := make([]Line, 0, len(rows))
	for _, row := range rows {
		d := b.decide(row)
		if d.Taken() {
			taken := Taken{ID: "dry/" + row.File.Name + "/" + row.ID}
			if b.world.Take != nil {
				var err error
				if taken, err = b.world.Take(row, d); err != nil {
					return nil, err
				}
			}
			target := b.ledger.take(b.source, row, d, taken)
			if b.world.Noted != nil {
				b.world.Noted(row, d, target)
			}
		}
		lines = append(lines, Line{row.File.Name, row.Line, row.ID, d})
	}
	return lines, nil
}

// open are the rows about which more must be known than that they were taken: whoever imports a folder again asks for little
// else.
func (b *batch) open(rows []*Row) (open []*Row, err error) {
	own := Want{Alone: true}
	for _, row := range rows {
		if row.Early == nil {
			own.Rows = append(own.Rows, RowKey{row.File.Name, row.ID})
		}
	}
	slices.SortFunc(own.Rows, compareRows)
	if err := b.load(own); err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Early != nil {
			continue
		}
		known, _ := b.ledger.rows.get(RowKey{row.File.Name, row.ID})
		if _, done := decideKnown(row, known); !done {
			open = append(open, row)
		}
	}
	return open, nil
}

func (b *batch) load(w Want) error {
	if b.world.Load == nil {
		return nil
	}
	return b.world.Load(w, b.ledger)
}

// wanted is what can be asked with nothing but the rows.
func (b *batch) wanted(rows []*Row) Want {
	var w Want
	for _, row := range rows {
		w.Rows = append(w.Rows, RowKey{row.File.Name, row.ID})
		for i, c := range row.File.Columns {
			v := row.Values[i]
			if v.Text == "" {
				continue
			}
			switch c.Kind {
			case Ref:
				w.Rows = append(w.Rows, RowKey{c.Of, v.Text})
			case OrgNumber:
				w.Numbers = append(w.Numbers, v.Int)
			case Email:
				w.Emails = append(w.Emails, v.Key)
			case Code:
				w.Codes = append(w.Codes, v.Key)
			case LicenceNumber:
				w.Licences = append(w.Licences, v.Key)
			}
		}
	}
	slices.SortFunc(w.Rows, compareRows)
	w.Rows = slices.Compact(w.Rows)
	w.Numbers, w.Emails, w.Codes, w.Licences = set(w.Numbers), set(w.Emails), set(w.Codes), set(w.Licences)
	return w
}

// wantedPlaces is what can be asked about memberships once the references are known.
func (b *batch) wantedPlaces(rows []*Row) Want {
	var w Want
	for _, row := range rows {
		refs, bad := b.references(row)
		if bad != nil {
			continue
		}
		w.Places = append(w.Places, Place{refs["person_id"], place(Decision{Refs: refs})})
		w.Holders = append(w.Holders, refs["person_id"])
	}
	slices.SortFunc(w.Places, comparePlaces)
	w.Places, w.Holders = slices.Compact(w.Places), set(w.Holders)
	return w
}

// wantedAbove is what can be asked about relations then.
func (b *batch) wantedAbove(rows []*Row) Want {
	var w Want
	for _, row := range rows {
		if refs, bad := b.references(row); bad == nil {
			w.Above = append(w.Above, refs["partner_id"], refs["customer_id"])
		}
	}
	w.Above = set(w.Above)
	return w
}

// decide is the one place where a row's outcome comes from.
func (b *batch) decide(row *Row) Decision {
	if row.Early != nil {
		return *row.Early
	}
	known, _ := b.ledger.rows.get(RowKey{row.File.Name, row.ID})
	if d, done := decideKnown(row, known); done {
		return d
	}
	refs, bad := b.references(row)
	if bad != nil {
		return refused(bad)
	}
	d := b.rules(row, known, refs)
	d.Refs = refs
	return d
}

// rules gathers the facts for the rules of the row's file.
func (b *batch) rules(row *Row, known *Known, refs map[string]string) Decision {
	l := b.ledger
	switch row.File.Name {
	case Organisations:
		return decideOrganisation(row, known, l.orgOf(row.Value("number").Int))
	case Sites:
		return decideSite(row, known, refs["organisation_id"], l.orgOf(row.Value("number").Int))
	case People:
		f := PersonFacts{Known: known, Same: l.personOf(row.Text("email"))}
		if known != nil {
			f.Self = found(l.people, known.Target)
		}
		return decidePerson(row, f)
	case Memberships:
		return decideMembership(row, b.membershipFacts(row, known, refs))
	case Relations:
		partner, customer := refs["partner_id"], refs["customer_id"]
		f := RelationFacts{Known: known, Circle: l.reaches(customer, partner)}
		o, _ := l.orgs.get(partner)
		f.Partner = o.Kind == "partner"
		own := ""
		if known != nil {
			own = known.Target
		}
		f.Others = l.others(partner, customer, own)
		return decideRelation(row, f)
	case Products:
		id, _ := l.codes.get(row.Value("code").Key)
		return decideProduct(row, known, found(l.products, id))
	case Licences:
		id, _ := l.licenceNos.get(row.Text("number"))
		return decideLicence(row, known, refs["organisation_id"], refs["product_id"], found(l.licences, id))
	}
	return begin(known)
}

func (b *batch) membershipFacts(row *Row, known *Known, refs map[string]string) MembershipFacts {
	l := b.ledger
	f := MembershipFacts{Known: known, Name: RowName(b.source, row.ID)}
	o, _ := l.orgs.get(refs["organisation_id"])
	f.Partner = o.Kind == "partner"
	id, _ := l.places.get(Place{refs["person_id"], place(Decision{Refs: refs})})
	if known != nil {
		id = known.Target
	}
	f.Same = found(l.memberships, id)
	f.Holder, _ = l.primary.get(refs["person_id"])
	return f
}

func (l *Ledger) orgOf(number int64) *Org {
	if number == 0 {
		return nil
	}
	id, _ := l.numbers.get(number)
	return found(l.orgs, id)
}

func (l *Ledger) personOf(email string) *Person {
	id, _ := l.emails.get(email)
	return found(l.people, id)
}

// found gives what stands under an id, nil for "" and for what is not there.
func found[V any](l *layer[string, V], id string) *V {
	if v, ok := l.get(id); ok && id != "" {
		return &v
	}
	return nil
}

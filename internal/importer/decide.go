package importer

import "slices"

// decideKnown decides what does not depend on the rules of a file: a row known unchanged, a bad cell, a fixed cell that differs.
func decideKnown(row *Row, known *Known) (Decision, bool) {
	if known != nil && known.Sum == row.Sum {
		return Decision{Outcome: Unchanged, Notes: known.Notes, Known: known, Target: known.Target}, true
	}
	if row.Bad != nil {
		return refused(row.Bad), true
	}
	if known == nil {
		return Decision{}, false
	}
	at := 0
	for i, c := range row.File.Columns {
		if !c.Fixed {
			continue
		}
		if before := known.Fixed[at]; before != row.Values[i].Key {
			return refused(&Refusal{"fixed_changed", c.Name, row.Cells[i], []any{"before", orNothing(before)}}), true
		}
		at++
	}
	return Decision{}, false
}

// begin is the decision for a row that its file's rules let through: a known row is updated, another one created.
func begin(known *Known) Decision {
	if known == nil {
		return Decision{Outcome: Created}
	}
	d := Decision{Outcome: Updated, Known: known, Target: known.Target}
	if !known.Made {
		d.join(known.Target)
	}
	return d
}

// join lets the row mean a thing that another one made.
func (d *Decision) join(target string) {
	d.Outcome, d.Target, d.Joined = Updated, target, true
	d.note("joined")
}

// decideOrganisation: the thing with the row's number, if there is one, decides.
func decideOrganisation(row *Row, known *Known, same *Org) Decision {
	d := begin(known)
	if known != nil || same == nil {
		return d // a known row's number is fixed, and so its own
	}
	if !same.joinable() || same.Parent != "" || same.Kind != row.Text("kind") || same.Country != row.Text("country") {
		return refuse(row, "number_taken", "number")
	}
	d.join(same.ID)
	return d
}

// decideSite is the same for sites; parent is the organisation that the row names.
func decideSite(row *Row, known *Known, parent string, same *Org) Decision {
	d := begin(known)
	if known != nil || same == nil {
		return d
	}
	if !same.joinable() || same.Parent != parent {
		return refuse(row, "number_taken", "number")
	}
	d.join(same.ID)
	return d
}

// PersonFacts are what decides about a row of people.csv.
type PersonFacts struct {
	Known *Known
	Self  *Person // the person whom a known row means
	Same  *Person // the person with the row's e-mail
}

// decidePerson joins by e-mail, whatever the source, unless two rows of one source both bring a usable password.
func decidePerson(row *Row, f PersonFacts) Decision {
	d := begin(f.Known)
	meant := f.Self
	if f.Known == nil {
		meant = f.Same
	} else if row.Text("email") != f.Known.Email && f.Same != nil && f.Same.ID != f.Known.Target {
		return refuse(row, "email_taken", "email")
	}
	if meant != nil && row.Usable && slices.ContainsFunc(meant.Usable, func(id string) bool { return id != row.ID }) {
		return refuse(row, "email_taken", "email")
	}
	if f.Known == nil && meant != nil {
		d.join(meant.ID)
	}
	if row.PasswordNote != "" {
		d.note(row.PasswordNote)
	}
	return d
}

// MembershipFacts are what decides about a row of memberships.csv.
type MembershipFacts struct {
	Known   *Known
	Name    string      // RowName of the row
	Partner bool        // the organisation is a partner
	Same    *Membership // the one that a known row means, or that has the same person and place
	Holder  string      // the membership that holds the person's yes; "" for none
}

func decideMembership(row *Row, f MembershipFacts) Decision {
	d := begin(f.Known)
	listed := row.Value("roles").Words
	if role, found := vendorRole(listed); found {
		return refuse(row, "role_forbidden", "roles", "role", role)
	}
	lists := []string{customerRoles}
	if f.Partner {
		lists = append(lists, partnerRoles)
	}
	var dropped bool
	if d.Roles, dropped = keepRoles(listed, lists...); dropped {
		d.note("role_dropped")
	}
	if f.Known == nil && f.Same != nil {
		d.join(f.Same.ID)
	}
	if row.Text("primary") == "yes" {
		obsolete := row.Text("status") == "obsolete" ||
			f.Same != nil && slices.ContainsFunc(f.Same.Obsolete, func(by string) bool { return by != f.Name })
		if d.Primary = !obsolete && (f.Holder == "" || f.Same != nil && f.Holder == f.Same.ID); !d.Primary {
			d.note("primary_dropped")
		}
	}
	return d
}

// RelationFacts are what decides about a row of relations.csv.
type RelationFacts struct {
	Known   *Known
	Partner bool       // partner_id is of kind partner
	Circle  bool       // the partner is reached from the customer
	Others  []Relation // of the same pair, the row's own left out
}

func decideRelation(row *Row, f RelationFacts) Decision {
	d := begin(f.Known)
	listed := row.Value("roles").Words
	if role, found := vendorRole(listed); found {
		return refuse(row, "role_forbidden", "roles", "role", role)
	}
	var dropped bool
	if d.Roles, dropped = keepRoles(listed, customerRoles, relationRoles); dropped {
		d.note("role_dropped")
	}
	switch {
	case len(d.Roles) == 0:
		return refuse(row, "value_invalid", "roles", "wanted", wantedRole())
	case !f.Partner:
		return refuse(row, "kind_mismatch", "partner_id")
	case f.Circle:
		return refuse(row, "relation_cycle", "customer_id")
	}
	for _, o := range f.Others {
		if o.sharesDay(row.Text("from"), row.Text("until")) {
			return refuse(row, "period_overlap", "from")
		}
	}
	return d
}

// sharesDay tells whether a day lies in both periods; an empty end is later than every day.
func (r Relation) sharesDay(from, until string) bool {
	return (until == "" || r.From <= until) && (r.Until == "" || from <= r.Until)
}

func decideProduct(row *Row, known *Known, same *Product) Decision {
	d := begin(known)
	if known != nil || same == nil {
		return d
	}
	if !same.joinable() {
		return refuse(row, "code_taken", "code")
	}
	d.join(same.ID)
	return d
}

// decideLicence: org and product are the things that the row names.
func decideLicence(row *Row, known *Known, org, product string, same *Licence) Decision {
	d := begin(known)
	if known != nil || same == nil {
		return d
	}
	if !same.joinable() || same.Org != org || same.Product != product {
		return refuse(row, "licence_taken", "number")
	}
	d.join(same.ID)
	return d
}

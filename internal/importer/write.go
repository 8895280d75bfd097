package importer

import (
	"fmt"
	"slices"
	"strconv"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/identity"
	"lodge/internal/licence"
	"lodge/internal/platform/store"
	"lodge/internal/product"
	"lodge/internal/release"
)

// take is World.Take over the steps of the packages. What several rows say together (standing of people, memberships) is
// written by flush.
func (v *visit) take(row *Row, d Decision) (t Taken, err error) {
	if !v.holds(row, d) {
		return Taken{}, errReplan
	}
	rec := remember(v.source, row, d)
	c := change{row: row}
	if old := v.own[rec.key()]; old != nil {
		rec.Seq, c.was = old.Seq, old.said()
	} else if rec.Seq, err = v.nextSeq(); err != nil {
		return Taken{}, err
	}
	write := map[string]func(*Row, Decision, change) (Taken, error){
		Organisations: v.takeOrganisation, Sites: v.takeOrganisation, People: v.takePerson, Memberships: v.takeMembership,
		Relations: v.takeRelation, Products: v.takeProduct, Licences: v.takeLicence, SupportContracts: v.takeContract, Entitlements: v.takeEntitlement,
		Downloads: v.takeDownload,
	}[row.File.Name]
	c.record = rec
	if t, err = write(row, d, c); err != nil {
		return Taken{}, fmt.Errorf("line %d: %w", row.Line, err)
	}
	if rec.Target == "" {
		rec.Target = t.ID
		v.fresh["person:"+t.ID], v.fresh["org:"+t.ID] = true, true
	}
	v.own[rec.key()] = rec
	v.save = append(v.save, rec)
	if rec.File == People || rec.File == Memberships {
		v.after[rec.Target] = replaced(v.after[rec.Target], rec)
		if !v.seen[rec.Target] {
			v.seen[rec.Target] = true
			v.touched = append(v.touched, rec.Target)
		}
	}
	return t, nil
}

func (v *visit) nextSeq() (int64, error) {
	if v.seq == 0 {
		last, err := store.One[int64](v.tx, selectLastSeq)
		if err != nil {
			return 0, err
		}
		v.seq = last
	}
	v.seq++
	return v.seq, nil
}

func (v *visit) takeOrganisation(row *Row, d Decision, c change) (Taken, error) {
	switch {
	case d.Joined:
		return Taken{}, nil
	case d.Known != nil:
		return Taken{}, v.Accounts.Revise(v.tx, v.actor, d.Target, func(o *account.NewOrganisation) { revise(row, c, o) })
	}
	o := account.NewOrganisation{Number: row.Value("number").Int, Kind: account.Customer}
	revise(row, c, &o)
	if row.File.Name == Sites {
		parent := v.orgs[d.Refs["organisation_id"]]
		o.Root, o.Kind, o.Language = parent.ID, parent.Kind, parent.Language
	} else {
		o.Kind = row.Text("kind")
	}
	if o.Number == 0 {
		last, err := account.LastNumber(v.tx)
		if err != nil {
			return Taken{}, err
		}
		o.Number = FirstFree(last, v.high)
	}
	made, err := v.Accounts.Make(v.tx, v.actor, o)
	return Taken{ID: made.ID, Number: made.Number}, err
}

// revise sets the cells that both organisations and sites have, and those that only the former have.
func revise(row *Row, c change, o *account.NewOrganisation) {
	for column, cell := range map[string]*string{
		"name": &o.Name, "country": &o.Country, "street": &o.Street, "postcode": &o.Postcode, "city": &o.City, "vat_id": &o.VATID,
		"language": &o.Language, "reference": &o.Reference, "status": &o.Status, "created_on": &o.CreatedOn, "notes": &o.Notes,
	} {
		if row.File.column(column) >= 0 {
			*cell = c.cell(column, *cell)
		}
	}
}

func (v *visit) takePerson(row *Row, d Decision, c change) (t Taken, err error) {
	person := d.Target
	switch {
	case person == "":
		b := identity.Brought{CreatedAt: row.Value("created_at").Time, LastSignInAt: row.Value("last_sign_in_at").Time,
			Stand: standing([]*record{c.record})}
		reviseCells(c, &b)
		if person, err = v.Identities.Import(v.tx, v.actor, v.source, row.ID, b); err != nil {
			return Taken{}, err
		}
		v.before[person] = []*record{c.record}
	case d.Known != nil && d.Known.Made:
		if err = v.Identities.Revise(v.tx, v.actor, person, func(b *identity.Brought) {
			reviseCells(c, b)
			if at := row.Value("last_sign_in_at").Time; !at.IsZero() {
				b.LastSignInAt = at
			}
		}); err != nil {
			return Taken{}, err
		}
	}
	joined := d.Target != "" && d.Known == nil
	if err := v.Identities.Link(v.tx, v.actor, person, v.source, row.ID, row.Value("email_verified_at").Time, joined); err != nil {
		return Taken{}, err
	}
	return Taken{ID: person}, v.takePassword(row, d, person)
}

func reviseCells(c change, b *identity.Brought) {
	b.Email = identity.Email(c.cell("email", string(b.Email)))
	b.First, b.Last = c.cell("first_name", b.First), c.cell("last_name", b.Last)
	b.Language, b.Phone = c.cell("language", b.Language), c.cell("phone", b.Phone)
}

// takePassword: the people of the vendor get none by an import, whatever the file says; the row is taken all the same.
func (v *visit) takePassword(row *Row, d Decision, person string) error {
	switch {
	case row.Usable && !v.staff[person]:
		secret, ok := v.secrets[row.ID]
		if !ok {
			return errReplan
		}
		return v.Identities.KeepOld(v.tx, person, v.source, row.Text("password_scheme"), secret)
	case !row.Usable && d.Known != nil && d.Known.Usable:
		return v.Identities.KeepOld(v.tx, person, v.source, "", "")
	}
	return nil
}

// takeMembership only notes one that is to be made: rows behind it may say more about it.
func (v *visit) takeMembership(_ *Row, d Decision, _ change) (Taken, error) {
	if d.Target != "" {
		return Taken{}, nil
	}
	person, org := v.people[d.Refs["person_id"]], v.orgs[place(d)]
	h := account.Held{ID: v.tx.NewID(), Person: person.ID, Org: org.ID, Zone: org.Zone, SignedIn: !person.FirstSignInAt.IsZero()}
	v.made[h.ID] = h
	return Taken{ID: h.ID}, nil
}

func (v *visit) takeRelation(row *Row, d Decision, c change) (t Taken, err error) {
	if d.Known != nil {
		return Taken{}, v.Accounts.RevisePartnership(v.tx, v.actor, d.Target, func(p *account.NewPartnership) {
			p.From, p.Until = c.cell("from", p.From), c.cell("until", p.Until)
			if oneText(p.Roles) == c.was["roles"] {
				p.Roles = slices.Clone(d.Roles)
			}
		})
	}
	t.ID, err = v.Accounts.GivePartnership(v.tx, v.actor, account.NewPartnership{Partner: d.Refs["partner_id"], Customer: d.Refs["customer_id"],
		GivenBy: "import", Roles: d.Roles, From: row.Text("from"), Until: row.Text("until")})
	return t, err
}

func (v *visit) takeProduct(row *Row, d Decision, c change) (Taken, error) {
	cells := func(p *product.Product) {
		p.Name, p.Status, p.PortalURL = c.cell("name", p.Name), c.cell("status", p.Status), c.cell("external_portal_url", p.PortalURL)
	}
	switch {
	case d.Joined:
		return Taken{}, nil
	case d.Known != nil:
		return Taken{}, v.Products.Update(v.tx, v.actor, d.Target, cells)
	}
	p := product.Product{Code: row.Text("code")}
	cells(&p)
	p, err := v.Products.Make(v.tx, v.actor, p)
	return Taken{ID: p.ID}, err
}

func (v *visit) takeLicence(row *Row, d Decision, c change) (t Taken, err error) {
	cells := func(x *licence.Licence) {
		if d.Known == nil || strconv.Itoa(x.Quantity) == c.was["quantity"] {
			x.Quantity = int(row.Value("quantity").Int)
		}
		x.Term, x.Status, x.OrderRef = c.cell("term", x.Term), c.cell("status", x.Status), c.cell("order_reference", x.OrderRef)
		x.IssuedOn, x.ValidUntil = c.cell("issued_on", x.IssuedOn), c.cell("valid_until", x.ValidUntil)
	}
	switch {
	case d.Joined:
		return Taken{}, nil
	case d.Known != nil:
		return Taken{}, v.Licences.Update(v.tx, v.actor, d.Target, cells)
	}
	x := licence.Licence{Number: row.Text("number"), Org: d.Refs["organisation_id"], Site: d.Refs["site_id"], Product: d.Refs["product_id"]}
	cells(&x)
	t.ID, err = v.Licences.Make(v.tx, v.actor, x)
	return t, err
}

func (v *visit) takeContract(row *Row, d Decision, c change) (t Taken, err error) {
	cells := func(k *contract.Contract) {
		k.Number, k.Level, k.Status = c.cell("number", k.Number), c.cell("level", k.Level), c.cell("status", k.Status)
		k.StartsOn, k.EndsOn = c.cell("starts_on", k.StartsOn), c.cell("ends_on", k.EndsOn)
	}
	if d.Known != nil {
		return Taken{}, v.Contracts.Update(v.tx, v.actor, d.Target, cells)
	}
	k := contract.Contract{Org: d.Refs["organisation_id"]}
	cells(&k)
	t.ID, err = v.Contracts.Make(v.tx, v.actor, k)
	return t, err
}

// takeEntitlement: all cells are fixed, so a known row never comes here.
func (v *visit) takeEntitlement(_ *Row, d Decision, _ change) (t Taken, err error) {
	e := contract.Entitlement{Contract: d.Refs["contract_id"], Licence: d.Refs["licence_id"], Product: d.Refs["product_id"]}
	if e.Org = v.contracts[e.Contract]; e.Product == "" {
		e.Product = v.products[e.Licence]
	}
	t.ID, err = v.Contracts.Entitle(v.tx, v.actor, e)
	return t, err
}

// takeDownload keeps a line of somebody's history; a changed row stands in its place.
func (v *visit) takeDownload(row *Row, d Decision, _ change) (Taken, error) {
	source := RowName(v.source, row.ID)
	return Taken{ID: Downloads + "/" + source}, v.Releases.Remember(v.tx, release.Old{Person: d.Refs["person_id"], Org: d.Refs["organisation_id"], Product: d.Refs["product_id"],
		FileName: row.Text("file_name"), Name: row.Text("version"), On: row.Text("file_date"), At: row.Value("downloaded_at").Time, Source: source})
}

// flush writes what the rows say together, and the rows.
func (v *visit) flush() error {
	var people []string // whose memberships rows speak of
	for _, id := range v.touched {
		if v.after[id][0].File == People {
			if err := v.Identities.Stand(v.tx, v.actor, id, standing(v.before[id]), standing(v.after[id])); err != nil {
				return err
			}
			continue
		}
		h, made := v.made[id]
		if !made {
			h = v.held[id]
		}
		people = append(people, h.Person)
	}
	if err := v.flushMemberships(people); err != nil {
		return err
	}
	return saveRecords(v.tx, v.save)
}

// flushMemberships writes the memberships of people of whom rows speak. Which one is primary is worked out before the first
// is written.
func (v *visit) flushMemberships(people []string) error {
	all := map[string][]account.Held{} // as they will be, by person
	for _, held := range []map[string]account.Held{v.held, v.made} {
		for id, h := range held {
			now, made := brought(v.after[id])
			if _, fresh := v.made[id]; !fresh {
				was, _ := brought(v.before[id])
				h = h.Merge(made, was, now)
			}
			all[h.Person] = append(all[h.Person], h)
		}
	}
	primary := map[string]bool{}
	for _, person := range set(people) {
		chosen, err := v.choosePrimary(person, all[person])
		if err != nil {
			return err
		}
		primary[chosen] = true
	}
	for _, id := range v.touched {
		if v.after[id][0].File != Memberships {
			continue
		}
		now, made := brought(v.after[id])
		h, fresh := v.made[id]
		if fresh {
			h.Primary = primary[id]
			if err := v.Accounts.ImportMembership(v.tx, v.actor, h, now); err != nil {
				return err
			}
			continue
		}
		was, _ := brought(v.before[id])
		h = v.held[id]
		if err := v.Accounts.ReviseMembership(v.tx, v.actor, h, h.Merge(made, was, now)); err != nil {
			return err
		}
	}
	return nil
}

// choosePrimary gives a person the primary membership that the rows ask for, where Lodge has the one that they asked for
// before, or none that is open. One that is still to be made is given back, to be made as such.
func (v *visit) choosePrimary(person string, held []account.Held) (toMake string, err error) {
	current, open := "", false
	for _, h := range held {
		if h.Primary {
			current, open = h.ID, h.State != account.Obsolete
		}
	}
	before, after := primary(held, current, v.before), primary(held, current, v.after)
	if current == after || open && current != before {
		return "", nil
	}
	if current != "" {
		if err := v.Accounts.ClearPrimary(v.tx, person); err != nil {
			return "", err
		}
	}
	if _, fresh := v.made[after]; fresh || after == "" {
		return after, nil
	}
	return "", v.Accounts.ImportPrimary(v.tx, v.actor, current, after)
}

// primary is the membership that holds a yes, else the first in the order of the rows that is not obsolete.
func primary(held []account.Held, current string, rows map[string][]*record) (id string) {
	first := int64(0)
	holder := ""
	for _, h := range held {
		mine := rows[h.ID]
		if len(mine) == 0 {
			continue
		}
		claimed, obsolete := false, h.State == account.Obsolete || h.State == account.Withdrawn
		for _, r := range mine {
			c := r.said()
			claimed, obsolete = claimed || c["primary"] == "yes", obsolete || c["status"] == "obsolete"
		}
		switch {
		case obsolete:
		case claimed && (holder == "" || h.ID == current):
			holder = h.ID
		case first == 0 || mine[0].Seq < first:
			id, first = h.ID, mine[0].Seq
		}
	}
	if holder != "" {
		return holder
	}
	return id
}

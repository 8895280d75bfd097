package importer

import (
	"slices"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
)

// load is World.Load over the tables: a handful of statements, however many rows are asked for.
func (v *visit) load(w Want, l *Ledger) error {
	known, err := v.loadRows(w.Rows, l)
	if err != nil || w.Alone {
		return err
	}
	for _, f := range []func(Want, map[string][]string, *Ledger) error{
		v.loadOrganisations, v.loadPeople, v.loadMemberships, v.loadRelations, v.loadProducts, v.loadLicences, v.loadContracts,
	} {
		if err := f(w, known, l); err != nil {
			return err
		}
	}
	return nil
}

// loadRows gives the ids of the things that the rows mean, by file.
func (v *visit) loadRows(keys []RowKey, l *Ledger) (things map[string][]string, err error) {
	var ask store.List
	for _, k := range keys {
		if _, asked := v.own[k]; !asked {
			v.own[k] = nil
			ask = append(ask, rowKey(v.source, k))
		}
	}
	if len(ask) > 0 {
		rows, err := store.Query[record](v.tx, selectOwn, ask)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			known, err := r.known()
			if err != nil {
				return nil, err
			}
			v.own[r.key()] = &r
			l.Row(r.key(), known)
		}
	}
	things = map[string][]string{}
	for _, k := range keys {
		if r := v.own[k]; r != nil {
			things[k.File] = append(things[k.File], r.Target)
		}
	}
	return things, nil
}

// rowsOf are the rows of all sources that mean these things, in the order in which they were taken first.
func (v *visit) rowsOf(ids []string) (map[string][]*record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := store.Query[record](v.tx, selectByTarget, store.List(set(ids)))
	all := map[string][]*record{}
	for _, r := range rows {
		all[r.Target] = append(all[r.Target], &r)
	}
	return all, err
}

func (v *visit) brought(rows []*record) (b Brought) {
	for _, r := range rows {
		b.Here = b.Here || r.Source == v.source
		b.Elsewhere = b.Elsewhere || r.Source != v.source
	}
	return b
}

// numbersAtOnce is how many are asked for in one statement, which has always the same text.
const numbersAtOnce = 100

func (v *visit) loadOrganisations(w Want, known map[string][]string, l *Ledger) error {
	ids := store.List(set(slices.Concat(known[Organisations], known[Sites])))
	found, err := v.organisations(len(ids) > 0, selectOrganisations, ids)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(w.Numbers, numbersAtOnce) {
		args := make([]any, numbersAtOnce)
		for i := range args {
			args[i] = chunk[min(i, len(chunk)-1)]
		}
		more, err := v.organisations(true, selectByNumbers+places(1, numbersAtOnce), args...)
		if err != nil {
			return err
		}
		found = append(found, more...)
	}
	by := map[string][]*record{}
	if len(w.Numbers) > 0 && len(found) > 0 {
		ids = nil
		for _, o := range found {
			ids = append(ids, o.ID)
		}
		if by, err = v.rowsOf(ids); err != nil {
			return err
		}
	}
	for _, o := range found {
		told := Org{ID: o.ID, Number: o.Number, Kind: o.Kind, Country: o.Country, Brought: v.brought(by[o.ID])}
		if o.Site {
			told.Kind, told.Parent = "", o.Root
		}
		v.orgs[o.ID] = o
		l.Org(told)
	}
	return nil
}

func (v *visit) organisations(ask bool, query string, args ...any) ([]orgRow, error) {
	if !ask {
		return nil, nil
	}
	return store.Query[orgRow](v.tx, query, args...)
}

// loadPeople tells of people, and where rows of people are decided also whose each address is: the person's who has it in
// Lodge, else that of the row that made a person whose address was changed here.
func (v *visit) loadPeople(w Want, known map[string][]string, l *Ledger) error {
	if len(known[People]) == 0 && len(w.Emails) == 0 {
		return nil
	}
	found, err := v.known(known[People])
	if err != nil {
		return err
	}
	if len(w.Emails) == 0 {
		return v.tellPeople(found, l)
	}
	emails := slices.Clone(w.Emails)
	for _, p := range found {
		emails = append(emails, p.Email)
	}
	for _, r := range v.own {
		if r != nil && r.File == People {
			emails = append(emails, r.Email)
		}
	}
	emails = set(emails)
	owners, err := identity.FindAll(v.tx, emails)
	if err != nil {
		return err
	}
	made, err := store.Query[record](v.tx, selectMadeByEmail, store.List(emails))
	if err != nil {
		return err
	}
	var more []string
	for _, r := range made {
		more = append(more, r.Target)
	}
	others, err := v.known(more)
	if err != nil {
		return err
	}
	all := slices.Concat(found, owners, others)
	ids := make([]string, 0, len(all))
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	if err := v.rememberRows(ids); err != nil {
		return err
	}
	if err := v.tellPeople(all, l); err != nil {
		return err
	}
	for _, r := range made {
		l.Person(Person{ID: r.Target}, r.Email)
	}
	if len(ids) == 0 {
		return nil
	}
	staff, err := account.StaffAmong(v.tx, set(ids))
	for _, id := range staff {
		v.staff[id] = true
	}
	return err
}

func (v *visit) known(ids []string) ([]identity.Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return identity.Known(v.tx, set(ids))
}

// rememberRows keeps which rows mean these people or memberships.
func (v *visit) rememberRows(ids []string) error {
	by, err := v.rowsOf(ids)
	for id, rows := range by {
		v.before[id] = rows
		if _, taken := v.after[id]; !taken {
			v.after[id] = rows
		}
	}
	return err
}

func (v *visit) tellPeople(all []identity.Person, l *Ledger) error {
	for _, p := range all {
		v.people[p.ID] = p
		told := Person{ID: p.ID, Email: p.Email, Kept: !p.FirstSignInAt.IsZero()}
		for _, r := range v.before[p.ID] {
			told.Kept = told.Kept || r.Made && r.Email != p.Email
			if r.Usable && r.Source == v.source {
				told.Usable = append(told.Usable, r.ID)
			}
		}
		l.Person(told, p.Email)
	}
	return nil
}

func (v *visit) loadMemberships(w Want, _ map[string][]string, l *Ledger) error {
	if len(w.Holders) == 0 {
		return nil
	}
	held, err := account.HeldBy(v.tx, w.Holders)
	if err != nil || len(held) == 0 {
		return err
	}
	ids := make([]string, 0, len(held))
	for _, h := range held {
		v.held[h.ID] = h
		ids = append(ids, h.ID)
	}
	if err := v.rememberRows(ids); err != nil {
		return err
	}
	holder := map[string]account.Held{}
	for _, h := range held {
		m := v.membership(h)
		l.Membership(m)
		if _, have := holder[h.Person]; len(m.Claims) > 0 && len(m.Obsolete) == 0 && (!have || h.Primary) {
			holder[h.Person] = h
		}
	}
	for person, h := range holder {
		l.Primary(person, h.ID)
	}
	return nil
}

// membership is one as the decisions see it: by the rows that mean it, and by what was changed in Lodge.
func (v *visit) membership(h account.Held) Membership {
	m := Membership{ID: h.ID, Person: h.Person, Place: h.Org}
	rows := v.before[h.ID]
	for _, r := range rows {
		cells := r.said()
		if cells["status"] == "obsolete" {
			m.Obsolete = append(m.Obsolete, RowName(r.Source, r.ID))
		}
		if cells["primary"] == "yes" {
			m.Claims = append(m.Claims, RowName(r.Source, r.ID))
		}
	}
	if len(m.Obsolete) == 0 && (h.State == account.Obsolete || h.State == account.Withdrawn) {
		m.Obsolete = append(m.Obsolete, InLodge)
	}
	if len(rows) == 0 && h.Primary {
		m.Claims = append(m.Claims, InLodge)
	}
	return m
}

func (v *visit) loadRelations(w Want, _ map[string][]string, l *Ledger) error {
	asked := map[string]bool{}
	for {
		var ask store.List
		l.above(w.Above, func(org string) {
			if !asked[org] {
				asked[org], ask = true, append(ask, org)
			}
		})
		if len(ask) == 0 {
			return nil
		}
		all, err := store.Query[Relation](v.tx, selectRelationsTo, ask)
		if err != nil {
			return err
		}
		for _, r := range all {
			l.Relation(r)
		}
	}
}

func (v *visit) loadProducts(w Want, known map[string][]string, l *Ledger) error {
	type row struct{ ID, Key string }
	found, err := asked[row](v.tx, selectProducts, known[Products], selectByCodes, w.Codes)
	if err != nil || len(found) == 0 {
		return err
	}
	by := map[string][]*record{}
	if len(w.Codes) > 0 {
		var ids []string
		for _, p := range found {
			ids = append(ids, p.ID)
		}
		if by, err = v.rowsOf(ids); err != nil {
			return err
		}
	}
	for _, p := range found {
		l.Product(Product{p.ID, p.Key, v.brought(by[p.ID])})
	}
	return nil
}

func (v *visit) loadLicences(w Want, known map[string][]string, l *Ledger) error {
	type row struct{ ID, Number, Org, Product string }
	found, err := asked[row](v.tx, selectLicences, known[Licences], selectByLicences, w.Licences)
	if err != nil || len(found) == 0 {
		return err
	}
	by := map[string][]*record{}
	if len(w.Licences) > 0 {
		var ids []string
		for _, x := range found {
			ids = append(ids, x.ID)
		}
		if by, err = v.rowsOf(ids); err != nil {
			return err
		}
	}
	for _, x := range found {
		v.products[x.ID] = x.Product
		l.Licence(Licence{x.ID, x.Number, x.Org, x.Product, v.brought(by[x.ID])})
	}
	return nil
}

func (v *visit) loadContracts(_ Want, known map[string][]string, l *Ledger) error {
	found, err := asked[struct{ ID, Org string }](v.tx, selectContracts, known[SupportContracts], "", nil)
	for _, c := range found {
		v.contracts[c.ID] = c.Org
		l.Contract(c.ID, c.Org)
	}
	return err
}

// asked asks by ids and by keys, each only if there are any.
func asked[T any](tx *store.Tx, byID string, ids []string, byKey string, keys []string) (all []T, err error) {
	if len(ids) > 0 {
		if all, err = store.Query[T](tx, byID, store.List(set(ids))); err != nil {
			return nil, err
		}
	}
	if len(keys) > 0 {
		more, err := store.Query[T](tx, byKey, store.List(keys))
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

package importer

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// memory is an installation without a database: it keeps what Take gives it and tells it when Load asks, as the tables will.
type memory struct {
	rows   map[string]map[RowKey]*kept // by source
	things map[string]*thing
	source string
	high   int64 // highest number in the folder
	seq    int
	told   int // Load was asked
}

// kept is one row that was taken.
type kept struct {
	seq   int
	known Known
	row   *Row
	d     Decision
}

// thing is whatever rows mean.
type thing struct {
	id, file string
	number   int64
	by       []*kept
}

func newMemory() *memory {
	return &memory{rows: map[string]map[RowKey]*kept{}, things: map[string]*thing{}}
}

func (m *memory) transact(_ context.Context, do func(World) error) error {
	return do(World{Load: m.load, Take: m.take})
}

func (m *memory) take(row *Row, d Decision) (Taken, error) {
	if m.rows[m.source] == nil {
		m.rows[m.source] = map[RowKey]*kept{}
	}
	key := RowKey{row.File.Name, row.ID}
	if d.Known != nil {
		k := m.rows[m.source][key]
		k.known.Sum, k.known.Notes, k.known.Email, k.known.Usable = row.Sum, d.Notes, "", row.Usable
		if row.File.Name == People {
			k.known.Email = row.Text("email")
		}
		k.row, k.d = row, d
		return Taken{}, nil
	}
	m.seq++
	t := m.things[d.Target]
	if t == nil {
		t = &thing{id: fmt.Sprintf("%06d", m.seq), file: row.File.Name}
		if row.File.Name == Organisations || row.File.Name == Sites {
			if t.number = row.Value("number").Int; t.number == 0 {
				t.number = m.firstFree()
			}
		}
		m.things[t.id] = t
	}
	k := &kept{m.seq, Known{Sum: row.Sum, Fixed: row.Fixed(), Notes: d.Notes, Target: t.id, Made: d.Outcome == Created}, row, d}
	if row.File.Name == People {
		k.known.Email, k.known.Usable = row.Text("email"), row.Usable
	}
	t.by = append(t.by, k)
	m.rows[m.source][key] = k
	return Taken{ID: t.id, Number: t.number}, nil
}

func (m *memory) firstFree() int64 {
	var inUse int64
	for _, t := range m.things {
		inUse = max(inUse, t.number)
	}
	return FirstFree(inUse, m.high)
}

func (m *memory) load(w Want, l *Ledger) error {
	m.told++
	for _, key := range w.Rows {
		if k := m.rows[m.source][key]; k != nil {
			l.Row(key, k.known)
			m.tell(l, m.things[k.known.Target])
		}
	}
	for _, t := range m.things {
		made := t.by[0].row
		switch t.file {
		case Organisations, Sites:
			if slices.Contains(w.Numbers, t.number) {
				m.tell(l, t)
			}
		case People:
			if slices.Contains(w.Emails, made.Text("email")) {
				m.tell(l, t)
			}
		case Products:
			if slices.Contains(w.Codes, made.Value("code").Key) {
				m.tell(l, t)
			}
		case Licences:
			if slices.Contains(w.Licences, made.Text("number")) {
				m.tell(l, t)
			}
		case Relations:
			if len(w.Above) > 0 { // more than is asked for does no harm
				m.tell(l, t)
			}
		case Memberships:
			x := m.membership(t)
			if slices.Contains(w.Places, Place{x.Person, x.Place}) {
				m.tell(l, t)
			}
			if slices.Contains(w.Holders, x.Person) && len(x.Claims) > 0 && len(x.Obsolete) == 0 {
				m.tell(l, t)
				l.Primary(x.Person, x.ID)
			}
		}
	}
	return nil
}

func (m *memory) tell(l *Ledger, t *thing) {
	row, refs := t.by[0].row, t.by[0].d.Refs
	switch t.file {
	case Organisations:
		l.Org(Org{ID: t.id, Number: t.number, Kind: row.Text("kind"), Country: row.Text("country"), Brought: m.brought(t)})
	case Sites:
		l.Org(Org{ID: t.id, Number: t.number, Country: row.Text("country"), Parent: refs["organisation_id"], Brought: m.brought(t)})
	case People:
		p := Person{ID: t.id}
		for _, k := range t.by {
			if k.known.Usable && m.rows[m.source][RowKey{People, k.row.ID}] == k {
				p.Usable = append(p.Usable, k.row.ID)
			}
		}
		l.Person(p, row.Text("email"))
	case Memberships:
		l.Membership(m.membership(t))
	case Relations:
		l.Relation(Relation{t.id, refs["partner_id"], refs["customer_id"], row.Text("from"), row.Text("until")})
	case Products:
		l.Product(Product{t.id, row.Value("code").Key, m.brought(t)})
	case Licences:
		l.Licence(Licence{t.id, row.Text("number"), refs["organisation_id"], refs["product_id"], m.brought(t)})
	case SupportContracts:
		l.Contract(t.id, refs["organisation_id"])
	}
}

func (m *memory) brought(t *thing) (b Brought) {
	for _, k := range t.by {
		if m.sourceOf(k) == m.source {
			b.Here = true
		} else {
			b.Elsewhere = true
		}
	}
	return b
}

func (m *memory) sourceOf(k *kept) string {
	for source, rows := range m.rows {
		if rows[RowKey{k.row.File.Name, k.row.ID}] == k {
			return source
		}
	}
	return ""
}

func (m *memory) membership(t *thing) Membership {
	x := Membership{ID: t.id, Person: t.by[0].d.Refs["person_id"], Place: place(t.by[0].d)}
	for _, k := range t.by {
		name := RowName(m.sourceOf(k), k.row.ID)
		if k.row.Text("status") == "obsolete" {
			x.Obsolete = append(x.Obsolete, name)
		}
		if k.d.Primary {
			x.Claims = append(x.Claims, name)
		}
	}
	return x
}

// of are the things of a file in the order in which they were made.
func (m *memory) of(file string) []*thing {
	var all []*thing
	for _, id := range slices.Sorted(maps.Keys(m.things)) {
		if m.things[id].file == file {
			all = append(all, m.things[id])
		}
	}
	return all
}

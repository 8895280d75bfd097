package importer

import (
	"cmp"
	"maps"
	"slices"

	"lodge/internal/account"
	"lodge/internal/platform/store"
)

// Leaderless is an organisation without a security administrator.
type Leaderless struct {
	Number int64 // 0: a dry run gives none
	Name   string
}

// leaders is what a dry run knows about who would lead which organisation, on top of what the database says.
type leaders struct {
	made    map[string]Leaderless // organisations that would be made, by id
	members map[string]*wouldBe   // memberships that rows speak of
	change  map[string]int        // of the number of leaders, by organisation
	names   map[string]string     // that organisations would have
}

// wouldBe is a membership in a dry run.
type wouldBe struct {
	held  account.Held // as the database has it; the zero value if it would be made
	was   account.Brought
	rows  []*record
	leads bool
}

func newLeaders() *leaders {
	return &leaders{map[string]Leaderless{}, map[string]*wouldBe{}, map[string]int{}, map[string]string{}}
}

// note takes in a row of a dry run. Only the head office counts.
func (l *leaders) note(v *visit, row *Row, d Decision, target string) {
	switch {
	case row.File.Name == Organisations && d.Outcome == Created:
		l.made[target] = Leaderless{row.Value("number").Int, row.Text("name")}
	case row.File.Name == Organisations && !d.Joined:
		c := change{was: v.own[RowKey{Organisations, row.ID}].said(), row: row}
		l.names[target] = c.cell("name", v.orgs[target].Name)
	case row.File.Name == Memberships && d.Refs["site_id"] == "":
		m := l.members[target]
		if m == nil {
			m = &wouldBe{held: v.held[target], rows: v.before[target]}
			m.was, _ = brought(m.rows)
			m.leads = m.held.Leads()
			l.members[target] = m
		}
		rec := remember(v.source, row, d)
		m.rows = replaced(m.rows, rec)
		leads := m.now()
		if leads && !m.leads {
			l.change[d.Refs["organisation_id"]]++
		} else if m.leads && !leads {
			l.change[d.Refs["organisation_id"]]--
		}
		m.leads = leads
	}
}

func (m *wouldBe) now() bool {
	b, made := brought(m.rows)
	if m.held.ID == "" {
		return !b.Obsolete && slices.Contains(b.Roles, account.SecurityAdministrator)
	}
	return m.held.Merge(made, m.was, b).Leads()
}

const leaderlessPage = 1000

// leaderless are the organisations without an administrator as the database has them; l, if not nil, is on top of it.
func leaderless(tx *store.Tx, l *leaders) (all []Leaderless, err error) {
	for after := int64(0); ; {
		page, err := account.WithoutAdministrator(tx, after, leaderlessPage)
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if after = o.Number; l == nil || l.change[o.ID] <= 0 {
				all = append(all, Leaderless{o.Number, l.name(o.ID, o.Name)})
			}
		}
		if len(page) < leaderlessPage {
			break
		}
	}
	if l == nil {
		return all, nil
	}
	for id, o := range l.made {
		if l.change[id] <= 0 {
			all = append(all, o)
		}
	}
	lost, err := l.lost(tx)
	all = append(all, lost...)
	slices.SortFunc(all, func(a, b Leaderless) int {
		return cmp.Or(cmp.Compare(b2i(a.Number == 0), b2i(b.Number == 0)), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Name, b.Name))
	})
	return all, err
}

// lost are the organisations that have a leader and would have none.
func (l *leaders) lost(tx *store.Tx) (all []Leaderless, err error) {
	var fewer store.List
	for _, id := range slices.Sorted(maps.Keys(l.change)) {
		if l.change[id] < 0 {
			fewer = append(fewer, id)
		}
	}
	if len(fewer) == 0 {
		return nil, nil
	}
	counts, err := store.Query[struct {
		Org string
		N   int
	}](tx, countLeaders, fewer)
	if err != nil {
		return nil, err
	}
	var none store.List
	for _, c := range counts {
		if c.N+l.change[c.Org] <= 0 {
			none = append(none, c.Org)
		}
	}
	heads, err := store.Query[struct {
		ID     string
		Number int64
		Name   string
	}](tx, selectHeads, none)
	for _, h := range heads {
		all = append(all, Leaderless{h.Number, l.name(h.ID, h.Name)})
	}
	return all, err
}

// name is what an organisation is called, or would be.
func (l *leaders) name(id, name string) string {
	if l != nil && l.names[id] != "" {
		return l.names[id]
	}
	return name
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

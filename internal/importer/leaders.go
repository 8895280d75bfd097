package importer

import (
	"context"
	"encoding/json"
	"fmt"
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
	made    *layer[string, Leaderless] // organisations that would be made, by id
	members *layer[string, wouldBe]    // memberships that rows speak of
	change  *layer[string, int]        // of the number of leaders, by organisation
	names   *layer[string, string]     // that organisations would have
}

// wouldBe is a membership in a dry run.
type wouldBe struct {
	Held  account.Held // as the database has it; the zero value if it would be made
	Was   account.Brought
	Rows  []*record
	Leads bool
}

func newLeaders(disk *store.Scratch) *leaders {
	return &leaders{onDisk[string, Leaderless](disk, "made"), onDisk[string, wouldBe](disk, "would_be"), onDisk[string, int](disk, "change"), onDisk[string, string](disk, "names")}
}

func (l *leaders) flush() {
	l.made.flush()
	l.members.flush()
	l.change.flush()
	l.names.flush()
}

// note takes in a row of a dry run. Only the head office counts.
func (l *leaders) note(v *visit, row *Row, d Decision, target string) {
	switch {
	case row.File.Name == Organisations && d.Outcome == Created:
		l.made.set(target, Leaderless{row.Value("number").Int, row.Text("name")})
	case row.File.Name == Organisations && !d.Joined:
		c := change{was: v.own[RowKey{Organisations, row.ID}].said(), row: row}
		l.names.set(target, c.cell("name", v.orgs[target].Name))
	case row.File.Name == Memberships && d.Refs["site_id"] == "":
		m, known := l.members.get(target)
		if !known {
			m = wouldBe{Held: v.held[target], Rows: v.before[target]}
			m.Was, _ = brought(m.Rows)
			m.Leads = m.Held.Leads()
		}
		m.Rows = replaced(m.Rows, remember(v.source, row, d))
		leads := m.now()
		by := b2i(leads) - b2i(m.Leads)
		if m.Leads = leads; by != 0 {
			n, _ := l.change.get(d.Refs["organisation_id"])
			l.change.set(d.Refs["organisation_id"], n+by)
		}
		l.members.set(target, m)
	}
}

func (m *wouldBe) now() bool {
	b, made := brought(m.Rows)
	if m.Held.ID == "" {
		return !b.Obsolete && slices.Contains(b.Roles, account.SecurityAdministrator)
	}
	return m.Held.Merge(made, m.Was, b).Leads()
}

// without are the organisations without an administrator, in a table because there may be as many as there are organisations: those
// with a number first, by it, then by name.
type without struct {
	N    int
	disk *store.Scratch
}

const (
	leaderlessPage = 1000
	withoutKey     = "without/"
)

func (w *without) add(id string, o Leaderless) {
	b, _ := json.Marshal(o) // a number and a text: cannot fail
	w.disk.Set(store.Pair{Key: fmt.Sprintf("%s%d/%019d/%s/%s", withoutKey, b2i(o.Number == 0), o.Number, o.Name, id), Value: b})
	w.N++
}

// Each gives them in their order.
func (w *without) Each(ctx context.Context, f func(Leaderless) error) error {
	return w.disk.Each(ctx, withoutKey, func(_ string, b []byte) error {
		var o Leaderless
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
		return f(o)
	})
}

// leaderless finds the organisations without an administrator as the database has them; l, if not nil, is on top of it.
func leaderless(ctx context.Context, db *store.DB, disk *store.Scratch, l *leaders) (*without, error) {
	all := &without{disk: disk}
	for after := int64(0); ; {
		var page []account.Organisation
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			page, err = account.WithoutAdministrator(tx, after, leaderlessPage)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if after = o.Number; l == nil || l.gain(o.ID) <= 0 {
				all.add(o.ID, Leaderless{o.Number, l.name(o.ID, o.Name)})
			}
		}
		if len(page) < leaderlessPage {
			break
		}
	}
	if l == nil {
		return all, disk.Err()
	}
	err := disk.Each(ctx, l.made.name, func(key string, b []byte) error {
		id := key[len(l.made.name):]
		var o Leaderless
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
		if l.gain(id) <= 0 {
			all.add(id, o)
		}
		return nil
	})
	if err == nil {
		err = l.lost(ctx, db, disk, all)
	}
	return all, err
}

func (l *leaders) gain(org string) int {
	n, _ := l.change.get(org)
	return n
}

// lost adds the organisations that have a leader and would have none.
func (l *leaders) lost(ctx context.Context, db *store.DB, disk *store.Scratch, all *without) error {
	var fewer store.List
	look := func() error {
		some := fewer
		fewer = nil
		return db.Read(ctx, func(tx *store.Tx) error { return l.lostOf(tx, some, all) })
	}
	err := disk.Each(ctx, l.change.name, func(key string, _ []byte) error {
		id := key[len(l.change.name):]
		if l.gain(id) >= 0 {
			return nil
		}
		if fewer = append(fewer, id); len(fewer) < leaderlessPage {
			return nil
		}
		return look()
	})
	if err == nil && len(fewer) > 0 {
		err = look()
	}
	return err
}

func (l *leaders) lostOf(tx *store.Tx, fewer store.List, all *without) error {
	counts, err := store.Query[struct {
		Org string
		N   int
	}](tx, countLeaders, fewer)
	if err != nil {
		return err
	}
	var none store.List
	for _, c := range counts {
		if c.N+l.gain(c.Org) <= 0 {
			none = append(none, c.Org)
		}
	}
	heads, err := store.Query[struct {
		ID     string
		Number int64
		Name   string
	}](tx, selectHeads, none)
	for _, h := range heads {
		all.add(h.ID, Leaderless{h.Number, l.name(h.ID, h.Name)})
	}
	return err
}

// name is what an organisation is called, or would be.
func (l *leaders) name(id, name string) string {
	if l == nil {
		return name
	}
	if now, _ := l.names.get(id); now != "" {
		return now
	}
	return name
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

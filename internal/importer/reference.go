package importer

import (
	"cmp"
	"slices"
)

// references finds what a row's references mean, in the order of the columns, or refuses the row for the first that leads
// nowhere or to something of another organisation than the row's own.
func (b *batch) references(row *Row) (map[string]string, *Refusal) {
	refs := map[string]string{}
	own := "" // the organisation that the row belongs to, once a reference has told
	for i, c := range row.File.Columns {
		if c.Kind != Ref || row.Values[i].Text == "" {
			continue
		}
		refuse := func(code string) (map[string]string, *Refusal) {
			return nil, &Refusal{code, c.Name, row.Cells[i], []any{"file", c.Of}}
		}
		key := RowKey{c.Of, row.Values[i].Text}
		known, ok := b.ledger.rows.get(key)
		if !ok {
			if _, lost := b.lost.get(key); lost {
				return refuse("reference_refused")
			}
			return refuse("reference_unknown")
		}
		refs[c.Name] = known.Target
		switch c.Of {
		case Organisations:
			own = known.Target
		case SupportContracts:
			own, _ = b.ledger.contracts.get(known.Target)
		case Sites:
			if site, _ := b.ledger.orgs.get(known.Target); site.Parent != own {
				return refuse("reference_mismatch")
			}
		case Licences:
			if licence, _ := b.ledger.licences.get(known.Target); licence.Org != own {
				return refuse("reference_mismatch")
			}
		}
	}
	return refs, nil
}

// set sorts a list and leaves each value in it once.
func set[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

func compareRows(a, b RowKey) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.ID, b.ID))
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Place, b.Place))
}

package support

import (
	"context"
	"slices"
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// MaxBulk is how many requests one act may be for.
const MaxBulk = 100

// Bulk is one act for many requests of the organisation in view: a state to set, or a severity.
type Bulk struct {
	Numbers  []string
	To       ticket.State // with Text: as Move
	Severity int          // with Text as the reason: as SetSeverity
	Text     string
	Whole    bool // all of them or none
}

// BulkRow is what came of one of them, in the order in which they were named.
type BulkRow struct {
	Number string       // as typed
	No     *fault.Error // nil = done
}

// Bulk carries an act out for each of the requests, as Move and SetSeverity do for one: what the actor does not see is NotFound, whoever has it. The actor needs Handle
// for a state, ChangeSeverity for a severity. Invalid at requests, or at state if not exactly one act is asked for.
//
// Each has its own transaction and its own result. With Whole all have one: if any is refused nothing is done, and the Conflict of code support.bulk_refused says
// at requests.N why.
func (s *Requests) Bulk(ctx context.Context, a who.Actor, in Bulk) (rows []BulkRow, err error) {
	right := Handle
	if in.To == "" {
		right = ChangeSeverity
	}
	if err := a.Must(right); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Whole {
		return s.bulkWhole(ctx, a, in)
	}
	key := a.Key
	for _, n := range in.Numbers {
		if key != "" {
			a.Key = key + " " + n // each is deduplicated for itself
		}
		if in.To != "" {
			err = s.act(ctx, a, right, n, s.moving(a, in.To, in.Text))
		} else {
			err = s.act(ctx, a, right, n, s.rating(a, in.Severity, in.Text))
		}
		no, err := rowOnly(err)
		if err != nil {
			return nil, err
		}
		rows = append(rows, BulkRow{n, no})
	}
	return rows, nil
}

// rowOnly tells what concerns one row from what ends the call: a database that is away says nothing about a request, and the call is repeated with its key.
func rowOnly(err error) (no *fault.Error, end error) {
	if no = fault.Of(err); no == nil || no.Kind == fault.Unavailable {
		return nil, err
	}
	return no, nil
}

func (in Bulk) check() error {
	var c fault.Check
	c.Need(len(in.Numbers) > 0 && len(in.Numbers) <= MaxBulk, "requests", "support.bulk_count", "max", MaxBulk)
	sorted := slices.Clone(in.Numbers)
	for i, typed := range sorted {
		if _, number, err := parsed(typed); err == nil {
			sorted[i] = number
		}
	}
	slices.Sort(sorted)
	c.Need(len(slices.Compact(sorted)) == len(in.Numbers), "requests", "support.bulk_twice")
	c.Need((in.To == "") != (in.Severity == 0), "state", "support.bulk_one_act")
	return c.Err()
}

// bulkWhole does all or nothing. All are looked at, so that one answer tells everything that stands in the way.
func (s *Requests) bulkWhole(ctx context.Context, a who.Actor, in Bulk) (rows []BulkRow, err error) {
	var keys store.Keys
	for _, n := range in.Numbers {
		if _, number, err := parsed(n); err == nil {
			keys = keys.And(ticket.Lock(number))
		}
	}
	refused := fault.New(fault.Conflict, "support.bulk_refused")
	err = s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		rows, refused.Fields = nil, nil
		key := a.Key
		for i, n := range in.Numbers {
			a := a
			if key != "" {
				a.Key = key + " " + n
			}
			t, err := find(tx, a, n)
			if err == nil && in.To != "" {
				err = s.moving(a, in.To, in.Text)(tx, &t)
			} else if err == nil {
				err = s.rating(a, in.Severity, in.Text)(tx, &t)
			}
			no, err := rowOnly(err)
			switch {
			case err != nil:
				return err
			case no != nil && no.Kind == fault.NotFound:
				refused.Fields = append(refused.Fields, fault.Field{Name: "requests." + strconv.Itoa(i), Text: fault.Msg("support.bulk_unknown")})
			case no != nil:
				refused.Fields = append(refused.Fields, fault.Field{Name: "requests." + strconv.Itoa(i), Text: no.Text})
			}
			rows = append(rows, BulkRow{Number: n})
		}
		if len(refused.Fields) > 0 {
			return refused
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

package provision

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// PageSize is how many lines a page of the list shows.
const PageSize = 50

// Sorts are what the list can be sorted by.
const (
	ByName      = "name"
	ByNumber    = "number"
	ByCreated   = "created"
	ByStatus    = "status"
	ByReference = "reference"
	ByType      = "type"
	ByProgress  = "progress"
)

// sorts are the column of each, of which there is an index with the id.
var sorts = map[string]string{ByName: "name_key", ByNumber: "number", ByCreated: "created_on", ByStatus: "status", ByReference: "reference_key", ByType: "type_key", ByProgress: "progress"}

// Filter says which lines are asked for, and in which order. Empty fields do not restrict.
type Filter struct {
	Text     string // in name, number, reference or product type
	Status   string
	Type     string // code
	Progress string
	Sort     string // one of the words above; '' = ByName
	Down     bool   // from the end
	After    string // Key of the last line of the page before
	Limit    int    // 0 = PageSize
}

// Line is a customer or a draft in the list, with what the actor may do with it.
type Line struct {
	Entry
	Editable, Enterable bool
}

// Entry is a line as it is stored.
type Entry struct {
	ID                 string
	Number             int64 // 0 of a draft
	Name, CreatedOn    string
	Status, Reference  string
	Type, TypeName     string // of a draft, as chosen
	TrialUntil         string
	Progress, Reseller string
	Country            string
	Text               string // what it is sorted by, of all sorts but ByNumber
}

// Key is the place of the line in a list, for Filter.After.
func (l Line) Key(sort string) string {
	if sort == ByNumber {
		return strconv.FormatInt(l.Number, 10) + "_" + l.ID
	}
	return l.Text + "_" + l.ID
}

// edge is the place after which a page begins. BadRequest for what no list has given.
func (f Filter) edge() (key any, id string, err error) {
	i := strings.LastIndexByte(f.After, '_')
	switch {
	case f.After != "" && i < 0:
		return nil, "", fault.New(fault.BadRequest, "web.page_unknown")
	case f.After != "" && f.Sort == ByNumber:
		n, err := strconv.ParseInt(f.After[:i], 10, 64)
		if err != nil {
			return nil, "", fault.New(fault.BadRequest, "web.page_unknown")
		}
		return n, f.After[i+1:], nil
	case f.After != "":
		return f.After[:i], f.After[i+1:], nil
	case f.Sort == ByNumber && f.Down:
		return int64(1) << 62, "", nil
	case f.Sort == ByNumber:
		return int64(-1), "", nil
	case f.Down:
		return "\U0010ffff", "", nil // after every text
	}
	return "", "", nil
}

// List gives customers and drafts in reach, and whether there are more. The actor needs ViewCustomers at a partner's or the vendor's own number. A partner
// sees those for whom it may act today and its own drafts, the vendor all and its own drafts. One statement, and one more to find a text.
func (s *Provisions) List(ctx context.Context, a who.Actor, f Filter) (lines []Line, more bool, err error) {
	if err := cmp.Or(a.Must(ViewCustomers), sells(a)); err != nil {
		return nil, false, err
	}
	f.Sort, f.Limit = cmp.Or(f.Sort, ByName), cmp.Or(f.Limit, PageSize)
	key, id, err := f.edge()
	if err != nil {
		return nil, false, err
	}
	column, ok := sorts[f.Sort]
	if !ok {
		return nil, false, fault.New(fault.BadRequest, "web.page_unknown")
	}
	than, down := ">", ""
	if f.Down {
		than, down = "<", " DESC"
	}
	q := fmt.Sprintf(selectLines, column, than, down, inReach)
	args := []any{key, id, f.Limit + 1, f.Status, subscription.Key(f.Type), f.Progress, "", store.List(nil), store.List(a.Reach.Orgs)}
	if a.Reach.Scope != "" {
		q, args[8] = fmt.Sprintf(selectLines, column, than, down, inScope), a.Reach.Scope
	}
	var entries []Entry
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if f.Text != "" {
			text := account.NameKey(f.Text)
			args[6] = "%" + likely.Replace(text) + "%"
			if args[7], err = typesLike(tx, text); err != nil {
				return err
			}
		}
		if a.Reach.Scope != "" {
			args = append(args, tx.Now)
		}
		entries, err = store.Query[Entry](tx, q, args...)
		return err
	})
	if more = len(entries) > f.Limit; more {
		entries = entries[:f.Limit]
	}
	for _, e := range entries {
		l := Line{Entry: e}
		l.Enterable = l.Status != Draft && (l.Status != "terminated" || a.Reach.Scope == "")
		l.Editable = l.Status != "terminated" && a.May(EditCustomers) && (a.Reach.Scope == "" || a.Reach.Scope == l.Reseller)
		if l.Status == Draft {
			l.Editable = a.May(CreateCustomers)
		}
		lines = append(lines, l)
	}
	return lines, more, err
}

var likely = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// typesLike are the keys of product types whose name holds the text.
func typesLike(tx *store.Tx, text string) (keys store.List, err error) {
	types, err := store.Query[struct{ Key, Name string }](tx, selectTypes)
	for _, t := range types {
		if strings.Contains(account.NameKey(t.Name), text) {
			keys = append(keys, t.Key)
		}
	}
	return keys, err
}

// exportedAtOnce is how many lines an export reads at a time.
const exportedAtOnce = 1000

// All gives every line that the filter asks for, one after the other, for an export: in pages that are read as they are asked for, so that no
// reader, however slow, holds a transaction. What is renamed meanwhile may come twice or not at all.
func (s *Provisions) All(ctx context.Context, a who.Actor, f Filter) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		f.After, f.Limit = "", exportedAtOnce
		for more := true; more; {
			var lines []Line
			var err error
			if lines, more, err = s.List(ctx, a, f); err != nil {
				yield(Line{}, err)
				return
			}
			for _, l := range lines {
				if !yield(l, nil) {
					return
				}
			}
			if more {
				f.After = lines[len(lines)-1].Key(f.Sort)
			}
		}
	}
}

// Choice is what the form of a new customer offers.
type Choice struct {
	Types     []subscription.Type // that the reseller may have, by name
	Regions   map[string][]string // of those that are not offered everywhere
	TrialDays int                 // the longest trial; 0 = none
}

// Choices are what the actor may choose from for a customer. The actor needs subscription.ViewTypes at a partner's or the vendor's own number.
func (s *Provisions) Choices(ctx context.Context, a who.Actor) (c Choice, err error) {
	if err := cmp.Or(a.Must(subscription.ViewTypes), sells(a)); err != nil {
		return c, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		r, err := reseller(tx, a)
		if err != nil {
			return err
		}
		c.TrialDays = r.TrialDays
		if c.Types, err = subscription.Offered(tx, r.shop("")); err != nil {
			return err
		}
		c.Regions, err = subscription.OfferedIn(tx, c.Types)
		return err
	})
	return c, err
}

// Types are the product types that customers in reach may have, for a filter. The actor needs ViewCustomers.
func (s *Provisions) Types(ctx context.Context, a who.Actor) (all []subscription.Type, err error) {
	if err := cmp.Or(a.Must(ViewCustomers), sells(a)); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = subscription.Offered(tx, subscription.Shop{Partner: a.Reach.Scope})
		return err
	})
	return all, err
}

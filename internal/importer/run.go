package importer

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// run is one import of a folder into the database.
type run struct {
	*Command
	im     *Import
	source string
	high   int64 // highest customer number in the folder
	actor  who.Actor
	wraps  func(done, of int)                     // is told how many weak password hashes of a batch are wrapped
	tally  func(tx *store.Tx, taken Totals) error // is told in a batch's transaction what it took

	taken   map[string]int    // rows by file
	batches int               // transactions that wrote
	longest time.Duration     // of them
	secrets map[string]string // passwords of the rows of a batch, as they may rest
	dry     *leaders          // of a dry run: who would lead which organisation
}

const (
	// shortest and longest are how long the transaction of a batch should take; a longer one makes the next batch smaller:
	// people work while an import runs, and wait behind it.
	shortest = 80 * time.Millisecond
	longest  = 200 * time.Millisecond

	firstBatch = 100
	leastBatch = 10
	patience   = 8 // times that a batch is tried
)

// plan is what a batch is going to write, found on a snapshot: what must be held, and which passwords must be wrapped, before the
// transaction begins.
type plan struct {
	keys  store.Keys
	file  string
	taken int // rows
	old   map[string]crypt.Old
}

// transact is Import.Transact. What is unchanged costs no transaction that writes.
func (r *run) transact(ctx context.Context, do func(World) error) error {
	for try := 1; ; try++ {
		p := plan{keys: store.Keys{}, old: map[string]crypt.Old{}}
		err := r.Store.Read(ctx, func(tx *store.Tx) error {
			v := r.visit(tx, nil)
			w := World{Load: v.load, Take: p.foresee(v)}
			if r.dry != nil {
				w.Noted = func(row *Row, d Decision, target string) { r.dry.note(v, row, d, target) }
			}
			return do(w)
		})
		if err != nil || p.taken == 0 {
			r.im.Batch = min(DefaultBatch, r.im.Batch*2) // nobody waits behind a batch that only reads
			if r.dry != nil {
				r.dry.flush()
			}
			return err
		}
		if r.secrets, err = r.wrap(ctx, p.old); err != nil {
			return err
		}
		began := r.Store.Clock.Now()
		err = r.Store.Write(ctx, p.keys, func(tx *store.Tx) error {
			v := r.visit(tx, slices.Sorted(slices.Values(p.keys)))
			taken := Totals{}
			noted := func(row *Row, d Decision, _ string) { taken.Add(row.File.Name, d.Outcome, 1) }
			if err := do(World{Load: v.load, Take: v.take, Noted: noted}); err != nil {
				return err
			}
			if err := v.flush(); err != nil {
				return err
			}
			return r.tally(tx, taken)
		})
		if err == nil {
			took := r.Store.Clock.Now().Sub(began)
			r.batches, r.longest = r.batches+1, max(r.longest, took)
			r.adapt(took)
			return r.grow(ctx, p.file, p.taken)
		}
		again := errors.Is(err, errReplan) || errors.Is(err, store.ErrExists)
		f := fault.Of(err)
		busy := f != nil && f.Kind == fault.Unavailable
		if try == patience || !again && !busy || ctx.Err() != nil {
			return err
		}
		if busy {
			r.im.Batch = max(leastBatch, r.im.Batch/2)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(try) * 200 * time.Millisecond):
			}
		}
	}
}

// foresee is World.Take of the plan: it writes nothing.
func (p *plan) foresee(v *visit) func(*Row, Decision) (Taken, error) {
	return func(row *Row, d Decision) (Taken, error) {
		p.file, p.taken = row.File.Name, p.taken+1
		p.keys = append(p.keys, v.keys(row, d)...)
		if row.Usable {
			p.old[row.ID] = crypt.Old{Scheme: row.Text("password_scheme"), Hash: row.Text("password_hash")}
		}
		if row.File.Name == People && d.Target == "" {
			return Taken{ID: "planned/" + row.ID}, nil
		}
		return Taken{ID: "planned/" + row.File.Name + "/" + row.ID}, nil
	}
}

// tables are where the rows of a file go, but for import_row.
var tables = map[string][]string{
	Organisations: {"organisation"}, Sites: {"organisation"}, People: {"person", "linked_identity", "credential"}, Memberships: {"membership", "membership_role"},
	Relations: {"partnership", "partnership_role", "scope"}, Products: {"product"}, Licences: {"licence", "product_of_org"},
	SupportContracts: {"support_contract"}, Entitlements: {"entitlement"}, Downloads: {"download"},
}

// grow tells the database when a file has made its tables several times larger than they were.
func (r *run) grow(ctx context.Context, file string, rows int) error {
	const first, factor = 100, 5
	before := r.taken[file]
	r.taken[file] += rows
	for n := first; n <= r.taken[file]; n *= factor {
		if n > before {
			return r.Store.Grown(ctx, append([]string{"import_row"}, tables[file]...)...)
		}
	}
	return nil
}

// adapt makes the next batch such that its transaction is neither long nor too short to be worth it.
func (r *run) adapt(took time.Duration) {
	switch {
	case took > longest:
		r.im.Batch = max(leastBatch, int(int64(r.im.Batch)*int64(shortest)/int64(took)))
	case took < shortest:
		r.im.Batch = min(DefaultBatch, r.im.Batch*2)
	}
}

// wrap makes of the passwords of a batch what may rest in the database: Argon2id around weak ones, on all cores and outside
// of any transaction.
func (r *run) wrap(ctx context.Context, old map[string]crypt.Old) (map[string]string, error) {
	secrets, weak, done := map[string]string{}, 0, 0
	for _, o := range old {
		if o.Weak() {
			weak++
		}
	}
	var mu sync.Mutex
	var failed error
	var all sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for id, o := range old {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			secret, err := r.Hasher.Wrap(ctx, o)
			mu.Lock()
			defer mu.Unlock()
			secrets[id], failed = secret, errors.Join(failed, err)
			if o.Weak() {
				if done++; r.wraps != nil {
					r.wraps(done, weak)
				}
			}
		})
	}
	all.Wait()
	return secrets, failed
}

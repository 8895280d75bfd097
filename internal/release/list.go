package release

import (
	"context"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// PageSize is how many lines a page of a list shows.
const PageSize = 50

// Full is a release with its product and files.
type Full struct {
	Release
	Of    product.Product
	Files []File
}

// Row is a release in the vendor's list.
type Row struct {
	ID, Name, Title, Channel, State, ReleasedOn string
	Mandatory                                   bool
	UpdatedAt                                   time.Time
	Product                                     string // name
	Files                                       int
	Size                                        int64 // bytes of all files
}

// Filter says which releases are asked for. Empty fields do not restrict.
type Filter struct {
	Product, Channel, State string    // code of the product
	At                      time.Time // with ID: the row at the edge of the page before
	ID                      string
	Limit                   int // 0 = PageSize
}

// List gives releases, most recently changed first, and whether there are more. The actor needs ViewReleases. Two statements.
func (s *Releases) List(ctx context.Context, a who.Actor, f Filter) (rows []Row, more bool, err error) {
	if err := a.Must(ViewReleases); err != nil {
		return nil, false, err
	}
	if f.At.IsZero() {
		f.At = clock.End
	}
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err = store.Query[Row](tx, selectRows, f.At, f.ID, f.Limit+1, product.Key(f.Product), f.Channel, f.State)
		return err
	})
	if len(rows) > f.Limit {
		rows, more = rows[:f.Limit], true
	}
	return rows, more, err
}

// Get gives a release with its files. The actor needs ViewReleases. Three statements.
func (s *Releases) Get(ctx context.Context, a who.Actor, id string) (r Full, err error) {
	if err := a.Must(ViewReleases); err != nil {
		return r, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if r.Release, err = get(tx, id); err != nil {
			return err
		}
		if r.Of, err = product.Get(tx, r.Product); err != nil {
			return err
		}
		r.Files, err = store.Query[File](tx, selectFiles, id)
		return err
	})
	return r, err
}

// File gives one file of a release for the vendor's people, whatever its state. The actor needs ViewReleases.
func (s *Releases) File(ctx context.Context, a who.Actor, id, file string) (f File, err error) {
	if err := a.Must(ViewReleases); err != nil {
		return f, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		var ok bool
		if f, ok, err = store.Maybe[File](tx, selectFile, file, id); err == nil && !ok {
			err = fault.Missing()
		}
		return err
	})
	return f, err
}

// Products are all products of the vendor by name. The actor needs ViewReleases.
func (s *Releases) Products(ctx context.Context, a who.Actor) (all []product.Product, err error) {
	if err := a.Must(ViewReleases); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = product.All(tx)
		return err
	})
	return all, err
}

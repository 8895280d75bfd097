package release

import (
	"context"
	"errors"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/markdown"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// Plan is what somebody asks for when making a release or changing one.
type Plan struct {
	Product   string // code; fixed once the release exists
	Channel   string
	Name      string // version
	Date      string // civil day
	Title     string
	Notes     string // Markdown
	Mandatory bool
	Minimum   string
}

func (p Plan) on(r Release) Release {
	r.Channel, r.Name, r.ReleasedOn, r.Title, r.Notes, r.Mandatory, r.Minimum = p.Channel, p.Name, p.Date, p.Title, p.Notes, p.Mandatory, p.Minimum
	r.NotesHTML = string(markdown.HTML(r.Notes))
	return r
}

// Make adds a draft and gives its id. The actor needs Manage. Invalid at product, channel, version, date, title, notes, minimum;
// Conflict of code release.version_taken at version.
func (s *Releases) Make(ctx context.Context, a who.Actor, in Plan) (id string, err error) {
	if err := a.Must(Manage); err != nil {
		return "", err
	}
	// Free: the unique index of product and version decides.
	err = s.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		id, err = once.Do(tx, a, "release.make", in, func() (string, error) { return s.make(tx, a, in) })
		return err
	})
	return id, taken(err, in.Name)
}

func (s *Releases) make(tx *store.Tx, a who.Actor, in Plan) (id string, err error) {
	p, ok, err := product.ByCode(tx, in.Product)
	if err != nil {
		return "", err
	}
	r := in.on(Release{ID: tx.NewID(), Product: p.ID, State: Draft})
	err = r.check(p)
	if !ok {
		var c fault.Check
		c.Need(false, "product", "release.product_unknown")
		return "", also(c.Err(), err)
	}
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(insertRelease, r.ID, r.Product, r.Channel, r.Name, Key(r.Name), SortKey(p.Scheme, r.Name), r.ReleasedOn, r.Title, r.Notes, r.NotesHTML, r.Mandatory,
		r.Minimum, r.State, tx.Now); err != nil {
		return "", err
	}
	return r.ID, s.Events.Emit(tx, a, a.Org, Made{r.ID, p.ID, r.Name})
}

// also adds the fields of the second refusal to the first.
func also(first, second error) error {
	a, b := fault.Of(first), fault.Of(second)
	if second != nil && b != nil {
		a.Fields = append(a.Fields, b.Fields...)
	}
	return a
}

// taken is the one refusal that the database decides.
func taken(err error, name string) error {
	if !errors.Is(err, store.ErrExists) {
		return err
	}
	f := fault.New(fault.Conflict, "release.version_taken", "version", name)
	f.Fields = []fault.Field{{Name: "version", Text: f.Text}}
	return f
}

// Edit changes a release as planned; of one that was published only title and notes. The actor needs Manage; version is what the form
// showed. As Make, and Conflict of code release.changed.
func (s *Releases) Edit(ctx context.Context, a who.Actor, id string, version int64, in Plan) error {
	return taken(s.act(ctx, a, id, func(tx *store.Tx, was Release) error {
		if was.Version != version {
			return fault.New(fault.Conflict, "release.changed")
		}
		p, err := product.Get(tx, was.Product)
		if err != nil {
			return err
		}
		now := in.on(was)
		if was.State == Published || was.State == Withdrawn {
			said := now
			now = was
			now.Title, now.Notes, now.NotesHTML = said.Title, said.Notes, said.NotesHTML
		}
		if err := now.check(p); err != nil || now == was {
			return err
		}
		if _, err := tx.Exec(updateRelease, id, now.Channel, now.Name, Key(now.Name), SortKey(p.Scheme, now.Name), now.ReleasedOn, now.Title, now.Notes,
			now.NotesHTML, now.Mandatory, now.Minimum, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, Changed{id, was.about(), now.about()})
	}), in.Name)
}

// act is what all changes of a release have in common: the right, its key, the release.
func (s *Releases) act(ctx context.Context, a who.Actor, id string, f func(tx *store.Tx, r Release) error) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("release", id), func(tx *store.Tx) error {
		r, err := get(tx, id)
		if err != nil {
			return err
		}
		return f(tx, r)
	})
}

func get(tx *store.Tx, id string) (Release, error) {
	r, ok, err := store.Maybe[Release](tx, selectRelease, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return r, err
}

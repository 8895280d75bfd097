package release

import (
	"context"
	"errors"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// ReleaseKey is the public half of a key that signs files of releases.
type ReleaseKey struct {
	ID      string
	Name    string // as customers read it: "Signed by …"
	Public  string // Ed25519, hex
	From    string // civil days of the vendor, both included
	Until   string // '' = until further notice
	Version int64
}

// On tells whether it signs on a civil day.
func (k ReleaseKey) On(day string) bool { return k.From <= day && (k.Until == "" || day <= k.Until) }

const maxKeys = 100

// Keys are all release keys, the newest first. The actor needs ViewReleases.
func (s *Releases) Keys(ctx context.Context, a who.Actor) (all []ReleaseKey, err error) {
	if err := a.Must(ViewReleases); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = store.Query[ReleaseKey](tx, selectKeys)
		return err
	})
	return all, err
}

// inForce are the keys that sign today.
func (s *Releases) inForce(tx *store.Tx, a who.Actor) ([]ReleaseKey, error) {
	all, err := store.Query[ReleaseKey](tx, selectKeys)
	if err != nil {
		return nil, err
	}
	zone, err := zoneOf(tx, a.Org)
	if err != nil {
		return nil, err
	}
	var now []ReleaseKey
	for _, k := range all {
		if k.On(clock.Day(tx.Now, zone)) {
			now = append(now, k)
		}
	}
	return now, nil
}

// NewKey is what somebody asks for when adding a key.
type NewKey struct {
	Name, Public string // Public as ParsePublic reads it
	From, Until  string // civil days; Until may be ''
}

// AddKey adds a release key. The actor needs Manage. Invalid at name, public, from, until; Conflict of code release.key_taken at public.
func (s *Releases) AddKey(ctx context.Context, a who.Actor, in NewKey) (id string, err error) {
	if err := a.Must(Manage); err != nil {
		return "", err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return "", err
	}
	public, odd := ParsePublic(in.Public)
	var c fault.Check
	c.Need(in.Name != "", "name", "release.key_name_missing")
	c.Need(len([]rune(in.Name)) <= maxName, "name", "release.key_name_long", "max", maxName)
	c.Need(!errors.Is(odd, ErrPrivate), "public", "release.key_private")
	c.Need(odd == nil || errors.Is(odd, ErrPrivate), "public", "release.key_odd")
	c.Need(civil(in.From), "from", "release.date_odd")
	c.Need(in.Until == "" || civil(in.Until) && in.Until >= in.From, "until", "release.key_until_odd")
	if err := c.Err(); err != nil {
		return "", err
	}
	// Free: the unique public key decides.
	err = s.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		id, err = once.Do(tx, a, "release.add_key", in, func() (string, error) {
			all, err := store.Query[ReleaseKey](tx, selectKeys)
			if err == nil && len(all) >= maxKeys {
				err = fault.New(fault.Conflict, "release.keys_many", "max", maxKeys)
			}
			if err != nil {
				return "", err
			}
			id := tx.NewID()
			if _, err := tx.Exec(insertKey, id, in.Name, public, in.From, in.Until, a.Person, tx.Now); err != nil {
				return "", err
			}
			return id, s.Events.Emit(tx, a, a.Org, KeyAdded{id, public, in.From, in.Until})
		})
		return err
	})
	if errors.Is(err, store.ErrExists) {
		f := fault.New(fault.Conflict, "release.key_taken")
		f.Fields = []fault.Field{{Name: "public", Text: f.Text}}
		err = f
	}
	return id, err
}

// EndKey gives a key its last day; what it has signed and is not published must be signed anew. The actor needs Manage. Invalid at
// until; NotFound for an unknown key.
func (s *Releases) EndKey(ctx context.Context, a who.Actor, id, until string) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("release_key", id), func(tx *store.Tx) error {
		k, ok, err := store.Maybe[ReleaseKey](tx, selectKey, id)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		var c fault.Check
		c.Need(civil(until), "until", "release.key_until_odd")
		if err := c.Err(); err != nil || k.Until == until {
			return err
		}
		if _, err := tx.Exec(updateKey, id, until, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, KeyEnded{id, k.Until, until})
	})
}

package openid

import (
	"context"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Access is a website that may know the actor.
type Access struct {
	Client    string // id
	Name      string
	Redirects string    // one address a line
	AgreedAt  time.Time // zero: it is trusted, nobody was asked
	LastAt    time.Time // of the last sign-in that still holds; zero: none does
}

// Host is where the website is.
func (a Access) Host() string { return Client{Redirects: a.Redirects}.Host() }

// Mine are the websites that the actor has agreed to, and those at which he is signed in, by name.
func (p *Provider) Mine(ctx context.Context, a who.Actor) (all []Access, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Access](tx, selectMine, a.Person)
		return err
	})
	return all, err
}

// Forget ends all sign-ins of the actor at a website, which is told of it, and what he agreed to. NotFound for a website that is not one of Mine.
func (p *Provider) Forget(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	return p.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		n, err := tx.Exec(deleteConsent, a.Person, id)
		if err != nil {
			return err
		}
		open, err := store.Query[ended](tx, selectOpen, a.Person, id)
		if err != nil {
			return err
		}
		if n == 0 && len(open) == 0 {
			return fault.Missing()
		}
		if err := p.end(tx, open); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, "", Forgotten{a.Person, id})
	})
}

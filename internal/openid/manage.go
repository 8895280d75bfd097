package openid

import (
	"context"
	"strings"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// List gives the clients, the oldest first. The actor needs Manage and works at the vendor's number.
func (p *Provider) List(ctx context.Context, a who.Actor) (all []Client, err error) {
	if err := own(a); err != nil {
		return nil, err
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Client](tx, selectClients, maxClients)
		return err
	})
	return all, err
}

// Get gives one. As List; NotFound for one that there is not.
func (p *Provider) Get(ctx context.Context, a who.Actor, id string) (c Client, err error) {
	if err := own(a); err != nil {
		return c, err
	}
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = client(tx, id)
		return err
	})
	return c, err
}

func client(tx *store.Tx, id string) (Client, error) {
	c, ok, err := store.Maybe[Client](tx, selectClient, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return c, err
}

// Make connects a website, which has no secret yet, and gives its id. The actor needs Manage, works at the vendor's number and has proved lately who
// he is. Invalid at name, redirects, returns, front_channel, back_channel; Conflict of code openid.many.
func (p *Provider) Make(ctx context.Context, a who.Actor, in Settings) (id string, err error) {
	if err := p.may(a); err != nil {
		return "", err
	}
	in = in.clean()
	if err := in.check(); err != nil {
		return "", err
	}
	err = p.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) (err error) {
		id, err = once.Do(tx, a, "openid.make", in, func() (string, error) {
			n, err := store.One[int](tx, countClients)
			if err == nil && n >= maxClients {
				err = fault.New(fault.Conflict, "openid.many", "max", maxClients)
			}
			if err != nil {
				return "", err
			}
			id := tx.NewID()
			if _, err := tx.Exec(insertClient, id, in.Name, strings.Join(in.Redirects, "\n"), strings.Join(in.Returns, "\n"), in.FrontChannel, in.BackChannel, in.Trusted, a.Person, tx.Now); err != nil {
				return "", err
			}
			return id, p.Events.Emit(tx, a, a.Org, Made{id})
		})
		return err
	})
	return id, err
}

func (p *Provider) may(a who.Actor) error {
	if err := own(a); err != nil {
		return err
	}
	return a.MustProve(p.Store.Clock.Now())
}

// change is what all changes of a client have in common: the actor may, it is there, an event tells of it.
func (p *Provider) change(ctx context.Context, a who.Actor, id string, f func(tx *store.Tx, was Client) error) error {
	if err := p.may(a); err != nil {
		return err
	}
	return p.Store.Write(ctx, store.Lock("openid", id), func(tx *store.Tx) error {
		was, err := client(tx, id)
		if err != nil {
			return err
		}
		return f(tx, was)
	})
}

// Change changes name and addresses. As Make; NotFound for a client that there is not, Conflict of code openid.changed if it is not the version that
// was read.
func (p *Provider) Change(ctx context.Context, a who.Actor, id string, version int64, in Settings) error {
	in = in.clean()
	return p.change(ctx, a, id, func(tx *store.Tx, was Client) error {
		if err := in.check(); err != nil {
			return err
		}
		if was.Version != version {
			return fault.New(fault.Conflict, "openid.changed")
		}
		if _, err := tx.Exec(updateClient, id, in.Name, strings.Join(in.Redirects, "\n"), strings.Join(in.Returns, "\n"), in.FrontChannel, in.BackChannel, in.Trusted, tx.Now); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, a.Org, Changed{id})
	})
}

// Secret makes the client's secret and gives it, which nobody can have again; an older one is void at once. As Change.
func (p *Provider) Secret(ctx context.Context, a who.Actor, id string) (secret string, err error) {
	err = p.change(ctx, a, id, func(tx *store.Tx, _ Client) error {
		clear, hash := crypt.Token()
		secret = clear
		if _, err := tx.Exec(updateSecret, id, hash, tx.Now); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, a.Org, SecretMade{id})
	})
	return secret, err
}

// Disable ends every sign-in at the client and refuses new ones, until Enable. As Change.
func (p *Provider) Disable(ctx context.Context, a who.Actor, id string) error {
	return p.change(ctx, a, id, func(tx *store.Tx, was Client) error {
		if was.Disabled() {
			return nil
		}
		if _, err := tx.Exec(disableClient, id, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(endGrantsOfClient, id, tx.Now); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, a.Org, Disabled{id})
	})
}

// Enable lets people sign in at the client again. As Change.
func (p *Provider) Enable(ctx context.Context, a who.Actor, id string) error {
	return p.change(ctx, a, id, func(tx *store.Tx, was Client) error {
		if !was.Disabled() {
			return nil
		}
		if _, err := tx.Exec(enableClient, id, tx.Now); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, a.Org, Enabled{id})
	})
}

// Delete takes the client away for good, with what people have agreed to. As Change.
func (p *Provider) Delete(ctx context.Context, a who.Actor, id string) error {
	return p.change(ctx, a, id, func(tx *store.Tx, _ Client) error {
		for _, q := range []string{deleteClient, endGrantsOfClient} {
			if _, err := tx.Exec(q, id, tx.Now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(deleteConsents, id); err != nil {
			return err
		}
		return p.Events.Emit(tx, a, a.Org, Deleted{id})
	})
}

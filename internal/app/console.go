package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/importer"
	"lodge/internal/isolation"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Initialised is nil once lodge init has made the vendor.
func (a *App) Initialised(ctx context.Context) error {
	return a.Store.Read(ctx, func(tx *store.Tx) error {
		_, done, err := account.VendorOf(tx)
		if err == nil && !done {
			err = errors.New("this database has no vendor yet; run: lodge init --vendor NAME --country CC")
		}
		return err
	})
}

// InviteFromConsole invites a person on the word of whoever may read the key file.
func (a *App) InviteFromConsole(ctx context.Context, number int64, in account.NewContact) error {
	var c fault.Check
	email := identity.NeedEmail(&c, "email", in.Email)
	identity.NeedName(&c, "first_name", in.FirstName)
	identity.NeedName(&c, "last_name", in.LastName)
	if err := c.Err(); err != nil {
		return err
	}
	var org account.Organisation
	err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		var ok bool
		if org, ok, err = account.ByNumber(tx, number); err == nil && !ok {
			err = fmt.Errorf("there is no organisation %d", number)
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.Store.Write(ctx, store.Lock("org", org.ID).And(store.Lock("email", string(email))), func(tx *store.Tx) error {
		v, _, err := account.VendorOf(tx)
		if err != nil {
			return err
		}
		console := who.Program(org.ID, Roles.All())
		console.Name = v.Name
		_, err = a.Accounts.InviteStep(tx, console, email, in)
		return err
	})
}

// FactorPolicy is who must have a second factor, and puts another policy in force unless to is "".
func (a *App) FactorPolicy(ctx context.Context, to account.FactorPolicy) (now account.FactorPolicy, err error) {
	if to != "" {
		if err := a.Accounts.SetPolicy(ctx, who.Program("", Roles.All()), to); err != nil {
			return "", err
		}
	}
	err = a.Store.Read(ctx, func(tx *store.Tx) error {
		now, err = account.Policy(tx)
		return err
	})
	return now, err
}

// Import takes over an old portal's export; what it says is English.
func (a *App) Import(ctx context.Context, o importer.Options) error {
	c := a.Imports.Engine
	c.Text = a.Catalogue.For(lang.Fallback).T
	return c.Run(ctx, o)
}

// Said turns a fault into the English sentence that a page would show.
func (a *App) Said(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	p := a.Catalogue.For(lang.Fallback)
	said := []string{}
	for _, field := range f.Fields {
		said = append(said, p.Msg(field.Text))
	}
	if len(said) == 0 {
		said = append(said, p.Msg(f.Text))
	}
	return errors.New(strings.Join(said, "; "))
}

// Finding is one thing that doctor looked at.
type Finding struct {
	What string
	Err  error
	Note string // said instead of ok
}

// Examine looks at everything that the portal needs, and changes nothing.
func (a *App) Examine(ctx context.Context) []Finding {
	return []Finding{
		{What: "configuration"}, // Open has checked it
		a.counts(ctx),
		{What: "database", Err: a.Store.Ping(ctx)},
		{What: "vendor", Err: a.Initialised(ctx)},
		{What: "clock", Err: a.clockAgrees(ctx)},
		{What: "events", Err: event.Verify(ctx, a.Store)},
		{What: "jobs", Err: a.noneParked(ctx)},
		{What: "files", Err: a.Blobs.Check(ctx)},
		a.sends(ctx),
	}
}

// sends tells whether letters leave.
func (a *App) sends(ctx context.Context) Finding {
	f := Finding{What: "mail", Err: a.Office.Sender.Check(ctx)}
	switch {
	case a.Capture != nil:
		f.Note = "captured: no letter leaves; name a mail server with --mail"
	case f.Err != nil:
		f.Err = fmt.Errorf("%w; --mail names the mail server", f.Err)
	}
	return f
}

// counts tells whether this is the portal that counts, or a restored copy.
func (a *App) counts(ctx context.Context) Finding {
	f := Finding{What: "portal"}
	since, err := a.held(ctx)
	if f.Err = err; since != "" {
		f.Note = "a copy restored at " + since + ": no job runs and nothing is sent until lodge restore --confirm and a restart"
	}
	return f
}

// Isolation holds what people see against what they may.
func (a *App) Isolation() *isolation.Portal {
	return &isolation.Portal{Store: a.Store, Accounts: a.Accounts, Requests: a.Requests, Search: a.Search, Home: a.Home, Releases: a.Releases, Provisions: a.Provisions, Roles: Roles}
}

// noneParked tells whether jobs wait for somebody to decide.
func (a *App) noneParked(ctx context.Context) error {
	return a.Store.Read(ctx, func(tx *store.Tx) error {
		kinds, err := job.ParkedKinds(tx)
		if err == nil && len(kinds) > 0 {
			err = fmt.Errorf("jobs failed too often and are parked: %s", strings.Join(kinds, ", "))
		}
		return err
	})
}

// clockAgrees compares the machine's clock with the newest event: a clock that was set back breaks sessions and order.
func (a *App) clockAgrees(ctx context.Context) error {
	return a.Store.Read(ctx, func(tx *store.Tx) error {
		last, ok, err := store.Maybe[time.Time](tx, `SELECT at FROM event ORDER BY at DESC, id DESC LIMIT 1`)
		if err == nil && ok && last.After(tx.Now.Add(time.Minute)) {
			err = fmt.Errorf("the clock stands at %s, but something happened at %s already", tx.Now.Format(time.RFC3339), last.Format(time.RFC3339))
		}
		return err
	})
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

// version is set when a release is built.
var version = "development"

type migrateCmd struct{}

func (migrateCmd) Run(ctx context.Context, s *shared, out *console) error {
	db, err := store.Open(ctx, s.Database, s.DatabaseDirect)
	if err != nil {
		return err
	}
	steps, err := db.Migrate(ctx, schema.Files)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out.out, "The database is up to date (%d steps taken).\n", steps)
	return nil
}

type initCmd struct {
	Vendor  string `required:"" help:"Name of the vendor." placeholder:"NAME"`
	Country string `required:"" help:"Country of the vendor, two capital letters." placeholder:"CC"`
	Number  int64  `help:"Number of the vendor's organisation." default:"10000"`
	Email   string `help:"Address of the vendor's desk: refusals name it." placeholder:"ADDRESS"`
}

func (c initCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		v, token, err := a.Accounts.Init(ctx, account.NewVendor{Name: c.Vendor, Country: c.Country, Number: c.Number, Email: c.Email})
		if errors.Is(err, account.ErrInitialised) {
			return account.ErrInitialised
		}
		if err != nil {
			return a.Said(err)
		}
		fmt.Fprintf(out.out, "%s is organisation %d.\nThe first operator sets a password here, within two hours:\n%s/invitation/%s\n", v.Name, v.Number, a.Config.BaseURL, token)
		fmt.Fprintf(out.out, "Later: lodge invite EMAIL --organisation %d --role operator\n", v.Number)
		return nil
	})
}

// opened runs f with the portal's parts wired and nothing started; log lines go nowhere.
func opened(ctx context.Context, s *shared, f func(*app.App) error) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close(context.WithoutCancel(ctx)))
}

type inviteCmd struct {
	Email        string `arg:"" help:"Address of the person."`
	Organisation int64  `required:"" help:"Number of the organisation." placeholder:"NUMBER"`
	Role         string `required:"" help:"Role in it: support-restricted, support-advanced, support-administrator, security-administrator, licence-supervisor, licensing, reporting; in a partner also partner-operator, partner-billing; in the vendor helpdesk, licensing-desk, release-manager, billing-desk, operator." placeholder:"ROLE"`
	FirstName    string `help:"First name." default:"New"`
	LastName     string `help:"Last name." default:"Contact"`
}

func (c inviteCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		if err := a.Initialised(ctx); err != nil {
			return err
		}
		if err := a.InviteFromConsole(ctx, c.Organisation, account.NewContact{FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Role: c.Role}); err != nil {
			return a.Said(err)
		}
		fmt.Fprintln(out.out, "The invitation is queued; the running portal sends it.")
		return nil
	})
}

type doctorCmd struct {
	Isolation bool `help:"Ask as a sample of people for what others have, too. It only reads, and takes a while."`
}

func (c doctorCmd) Run(ctx context.Context, s *shared, out *console) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	ok := true
	err := opened(ctx, s, func(a *app.App) error {
		for _, f := range a.Examine(ctx) {
			state := cmp.Or(f.Note, "ok")
			if f.Err != nil {
				state, ok = "FAILED: "+sentence(f.Err), false
			}
			fmt.Fprintf(out.out, "%-14s %s\n", f.What, state)
		}
		if !c.Isolation {
			return nil
		}
		asked, found, err := a.Isolation().Live(ctx, 200, 50)
		for _, d := range found {
			fmt.Fprintln(out.out, d)
		}
		if ok = ok && len(found) == 0; err == nil {
			fmt.Fprintf(out.out, "%-14s %d people asked for 50 requests and all downloads: %d differences\n", "isolation", asked, len(found))
		}
		return err
	})
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("something is wrong; see above")
	}
	return nil
}

type versionCmd struct{}

func (versionCmd) Run(out *console) error {
	commit := "unknown commit"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	fmt.Fprintf(out.out, "lodge %s (%s)\n", version, commit)
	return nil
}

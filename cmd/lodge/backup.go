package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"lodge/internal/app"
)

type backupCmd struct {
	File string `arg:"" help:"File to write; it must not exist." placeholder:"FILE"`
}

func (c backupCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		m, err := a.Backup(ctx, c.File, version, out.steps())
		if err != nil {
			return err
		}
		fmt.Fprintf(out.out, "%s holds the state of %s: %d rows, %d files. It is sealed with the key file %s, which is not in it: keep both, in two places.\n",
			c.File, m.At.Format("2006-01-02 15:04:05 MST"), rows(m.Tables), len(m.Files), a.Config.Secrets)
		return nil
	})
}

func rows(tables map[string]int64) (n int64) {
	for _, r := range tables {
		n += r
	}
	return n
}

type restoreCmd struct {
	File    string `arg:"" optional:"" help:"Backup to bring back." placeholder:"FILE"`
	Confirm bool   `help:"Let a restored copy go on as the portal that counts. Restart it afterwards."`
}

func (c restoreCmd) Run(ctx context.Context, s *shared, out *console) error {
	if c.Confirm == (c.File != "") {
		return errors.New("name a backup to restore, or --confirm what was restored")
	}
	if c.Confirm {
		return opened(ctx, s, func(a *app.App) error {
			if err := a.Confirm(ctx); err != nil {
				return err
			}
			fmt.Fprintln(out.out, "This is the portal that counts from now on. Restart it: then jobs run and letters are sent.")
			return nil
		})
	}
	cfg, err := s.config()
	if err != nil {
		return err
	}
	m, err := app.Restore(ctx, cfg, c.File, out.steps())
	if err != nil {
		return err
	}
	fmt.Fprintf(out.out, "The state of %s is back: %d rows, %d files, the events up to seal %d. All counted and compared.\n", m.At.Format("2006-01-02 15:04:05 MST"), rows(m.Tables), len(m.Files), m.Seal.N)
	fmt.Fprintln(out.out, "Everybody must sign in again; mailed links are void. Nothing is sent until: lodge restore --confirm")
	return nil
}

// steps shows on a terminal what a long command does.
func (c *console) steps() func(what string, done, of int64) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || c.err != os.Stderr {
		return func(string, int64, int64) {}
	}
	return func(what string, done, of int64) { fmt.Fprintf(c.err, "\r\033[K%s %d of %d", what, done, of) }
}

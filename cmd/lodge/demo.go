package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/demo"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
	"lodge/internal/schema"
)

type demoCmd struct {
	Data string `help:"Folder for the demo's data; made anew at each start." default:"var/demo" placeholder:"DIR"`
	JSON string `name:"json" help:"File that is written once the demo answers: who, what, where." placeholder:"FILE"`
	At   string `help:"Start at this time (RFC 3339) instead of now, for pictures." placeholder:"TIME"`
	observed
}

func (c demoCmd) Run(ctx context.Context, s *shared, out *console) error {
	l, err := net.Listen("tcp", s.Listen) // before a demo that runs there loses its data
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	cfg, err := c.config(s)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Database, "")
	if err != nil {
		return err
	}
	if _, err := db.Migrate(ctx, schema.Files); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	var world demo.World
	return serve(ctx, cfg, func(a *app.App) (err error) {
		if world, err = demo.Make(ctx, a); err != nil {
			return err
		}
		return c.begin(ctx, a)
	}, func(a *app.App) error {
		world.BaseURL = a.Config.BaseURL
		world.Print(out.out)
		if c.JSON == "" {
			return nil
		}
		b, err := json.MarshalIndent(world, "", "  ")
		if err != nil {
			return err
		}
		tmp := c.JSON + ".new" // whoever waits for the file finds it whole
		if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
			return err
		}
		return os.Rename(tmp, c.JSON)
	})
}

// made is the file by which a folder is known to be a demo's.
const made = "made-by-lodge-demo"

// own refuses a folder in which something stands that no demo has made: what is in it is about to be removed.
func (c demoCmd) own() error {
	if _, err := os.Stat(filepath.Join(c.Data, made)); err == nil || c.Data == "var/demo" {
		return nil
	}
	for _, name := range []string{"lodge.db", "lodge.key", "files"} {
		if _, err := os.Lstat(filepath.Join(c.Data, name)); err == nil {
			return fmt.Errorf("--data: %s holds %s, which no demo has made; name another folder", c.Data, name)
		}
	}
	return nil
}

// config puts everything of the demo into one folder. Only what a demo made itself is removed from it.
func (c demoCmd) config(s *shared) (app.Config, error) {
	if err := c.own(); err != nil {
		return app.Config{}, err
	}
	s.Secrets, s.Mail = filepath.Join(c.Data, "lodge.key"), "capture:"
	if s.Database == "sqlite:var/lodge.db" {
		s.Database = "sqlite:" + filepath.Join(c.Data, "lodge.db")
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(filepath.Join(c.Data, "lodge.db"+suffix)); err != nil && !os.IsNotExist(err) {
				return app.Config{}, err
			}
		}
		if err := os.RemoveAll(filepath.Join(c.Data, "files")); err != nil {
			return app.Config{}, err
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return app.Config{}, fmt.Errorf("--data: %w", err)
	}
	if err := os.WriteFile(filepath.Join(c.Data, made), nil, 0o600); err != nil {
		return app.Config{}, fmt.Errorf("--data: %w", err)
	}
	abs, err := filepath.Abs(c.Data)
	if err != nil {
		return app.Config{}, err
	}
	s.Files = "file://" + filepath.ToSlash(filepath.Join(abs, "files"))
	cfg, err := s.config()
	cfg.Demo = true
	if c.At != "" && err == nil {
		at, parseErr := time.Parse(time.RFC3339, c.At)
		if parseErr != nil {
			return cfg, fmt.Errorf("--at: %w", parseErr)
		}
		cfg.Clock = clock.Shifted{By: time.Until(at)}
	}
	return cfg, err
}

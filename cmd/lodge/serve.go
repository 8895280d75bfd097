package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"lodge/internal/app"
	"lodge/internal/platform/web"
)

// patience is how long a stopping portal lets requests and jobs finish.
const patience = 25 * time.Second

type serveCmd struct{}

func (serveCmd) Run(ctx context.Context, s *shared, out *console) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	return serve(ctx, cfg, nil, func(a *app.App) error {
		if err := a.Initialised(ctx); err != nil {
			return err
		}
		fmt.Fprintf(out.err, "Lodge %s listens on %s as %s\n", version, cfg.Listen, a.Config.BaseURL)
		return nil
	})
}

// serve opens the portal, takes the port, and answers until ctx ends; then it lets everything finish. prepare runs when the database is
// open and jobs do not run yet, begun when the portal answers; both may be nil.
func serve(ctx context.Context, cfg app.Config, prepare, begun func(*app.App) error) (err error) {
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return err
	}
	closing := context.WithoutCancel(ctx)
	defer func() {
		late, cancel := context.WithTimeout(closing, patience)
		defer cancel()
		err = errors.Join(err, a.Close(late))
	}()
	if prepare != nil {
		if err := prepare(a); err != nil {
			return err
		}
	}
	h, err := a.Site.Handler()
	if err != nil {
		return err
	}
	if err := a.Site.AssetsBuilt(); err != nil {
		fmt.Fprintln(os.Stderr, "lodge:", err)
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	server := web.Server(h)
	if err := a.Start(closing); err != nil {
		return errors.Join(err, l.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	if begun != nil {
		if err := begun(a); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintln(os.Stderr, "stopping")
	late, cancel := context.WithTimeout(closing, patience)
	defer cancel()
	if err := server.Shutdown(late); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, server.Close())
	}
	return nil
}

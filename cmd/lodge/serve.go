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
	"lodge/internal/platform/api"
	"lodge/internal/platform/web"
)

// patience is how long a stopping portal lets requests and jobs finish.
const patience = 25 * time.Second

type serveCmd struct {
	observed
	APIRates []string `name:"api-rates" help:"Calls of the API that one node lets through, as WHO=PER_MINUTE/BURST with commas between; WHO is token, person, organisation or network. Default: token=600/300, person=900/450, organisation=1800/900, network=3000/1500." placeholder:"RATES"`
}

// observed are the flags by which others watch a portal.
type observed struct {
	Metrics string `help:"Address for Prometheus, host:port, apart from the portal's: who reaches it reads it. Default: none." placeholder:"ADDRESS"`
	Traces  string `help:"OpenTelemetry receiver for traces, OTLP over HTTP: http://127.0.0.1:4318. Default: none." placeholder:"URL"`
}

func (c serveCmd) Run(ctx context.Context, s *shared, out *console) error {
	cfg, err := s.config()
	if err == nil {
		cfg.Rates, err = api.ParseRates(c.APIRates)
	}
	if err != nil {
		return err
	}
	return serve(ctx, cfg, func(a *app.App) error { return c.begin(ctx, a) }, func(a *app.App) error {
		if err := a.Initialised(ctx); err != nil {
			return err
		}
		fmt.Fprintf(out.err, "Lodge %s listens on %s as %s\n", version, cfg.Listen, a.Config.BaseURL)
		return nil
	})
}

// begin answers Prometheus until ctx ends, and sends traces.
func (c observed) begin(ctx context.Context, a *app.App) error {
	if c.Traces != "" {
		if err := a.Traces(ctx, c.Traces, version); err != nil {
			return err
		}
	}
	if c.Metrics == "" {
		return nil
	}
	l, err := net.Listen("tcp", c.Metrics)
	if err != nil {
		return fmt.Errorf("--metrics: %w", err)
	}
	server := web.Server(a.Metrics(version))
	go server.Serve(l)
	context.AfterFunc(ctx, func() { server.Close() })
	return nil
}

// unlessStopped is nil for an error that says no more than that the program was told to stop.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// serve opens the portal, takes the port, and answers until ctx ends; then it lets everything finish. prepare runs when the database is
// open and jobs do not run yet, begun when the portal answers; both may be nil. Being told to stop while it starts is no error.
func serve(ctx context.Context, cfg app.Config, prepare, begun func(*app.App) error) (err error) {
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	closing := context.WithoutCancel(ctx)
	defer func() {
		late, cancel := context.WithTimeout(closing, patience)
		defer cancel()
		err = errors.Join(err, a.Close(late))
	}()
	if prepare != nil {
		if err := prepare(a); err != nil {
			return unlessStopped(ctx, err)
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
			return errors.Join(unlessStopped(ctx, err), server.Close())
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

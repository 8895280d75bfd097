package main

import (
	"context"
	"os"

	"lodge/internal/app"
	"lodge/internal/importer"
)

type importCmd struct {
	Path   string `arg:"" help:"Folder or ZIP file of one old portal's export."`
	DryRun bool   `help:"Check everything and write nothing."`
	Report string `help:"File for the report, one line per row." placeholder:"FILE"`
}

func (c importCmd) Run(ctx context.Context, s *shared, out *console) error {
	return opened(ctx, s, func(a *app.App) error {
		if err := a.Initialised(ctx); err != nil {
			return err
		}
		return a.Said(a.Import(ctx, importer.Options{Path: c.Path, Dry: c.DryRun, Report: c.Report, Out: out.out, Terminal: terminal(out.out)}))
	})
}

// terminal tells whether somebody watches: then progress is shown.
func terminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

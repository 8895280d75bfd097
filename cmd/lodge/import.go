package main

import (
	"context"
	"errors"
)

type importCmd struct {
	Path   string `arg:"" help:"Folder or ZIP file of one old portal's export."`
	DryRun bool   `help:"Check everything and write nothing."`
	Report string `help:"File for the report, one line per row." placeholder:"FILE"`
}

func (c importCmd) Run(ctx context.Context, s *shared, out *console) error {
	return errors.New("wait")
}

package demo

import (
	"context"

	"lodge/internal/app"
)

// makeContents adds what the organisations have and what their people have asked.
func (w *World) makeContents(ctx context.Context, a *app.App) error {
	return nil
}

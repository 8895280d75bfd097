package main

import (
	"context"
	"testing"

	"lodge/internal/app"
	"lodge/internal/platform/store/storetest"
)

func TestServe_told_to_stop_while_it_starts_ends_without_an_error(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	cfg := app.Config{Listen: "127.0.0.1:0", Database: "sqlite:" + storetest.LitePath(t), Files: "file://" + t.TempDir(), Secrets: t.TempDir() + "/lodge.key", Mail: "capture:"}
	began := false
	err := serve(ctx, cfg, nil, func(a *app.App) error {
		began = true
		stop()
		return a.Initialised(ctx)
	})
	if err != nil || !began {
		t.Errorf("%v, began: %v", err, began)
	}
}

package demo

import (
	"context"

	"lodge/internal/app"
	"lodge/internal/openid"
)

// makeWebsites connects a training site of the vendor's.
func (w *World) makeWebsites(ctx context.Context, a *app.App) error {
	operator := w.actor("operator", "vendor")
	id, err := a.OpenID.Make(ctx, operator, openid.Settings{Name: "Halden Academy", Redirects: []string{"https://academy.halden.example/oidc/callback"},
		Returns: []string{"https://academy.halden.example/"}, BackChannel: "https://academy.halden.example/oidc/logout", Trusted: true})
	if err != nil {
		return err
	}
	_, err = a.OpenID.Secret(ctx, operator, id) // which only the training site would know
	return err
}

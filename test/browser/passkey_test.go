package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"lodge/internal/app/apptest"
)

// named goes on at the portal's name, because browsers make passkeys for names only, and signs in there.
func (b *tab) named(p *apptest.Portal) {
	b.Helper()
	b.base = strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	if b.who != "" {
		b.signIn(p)
	}
}

// finger is the owner of a device that makes and shows passkeys: on it or not.
type finger func(on bool)

// authenticator gives the tab such a device, with the finger on it.
func (b *tab) authenticator() finger {
	b.Helper()
	var id webauthn.AuthenticatorID
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		made, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		id = made.AuthenticatorID
		return err
	}))
	return func(on bool) {
		b.Helper()
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: id, Enabled: on})
			return err
		}))
	}
}

// A passkey is added under Security and signs in: at the field of the address, as the second factor after a password, and by its button.
func TestPasskey_signs_in_at_the_field_of_the_address_as_factor_and_by_its_button(t *testing.T) {
	p := portal(t)
	b := open(t, chrome(t), p, "")
	b.who = "helpdesk"
	b.named(p)
	touch := b.authenticator()
	b.get("/me/security")
	b.sees("Passkeys", "Add a passkey")
	b.typed(`form[action="/me/passkeys"] [name=name]`, "Ingrid's key")
	b.press(`form[action="/me/passkeys"] button`)
	b.sees("The passkey was added", "Ingrid's key", "Never")

	signOut := func() {
		b.click(`details.l-menu:has(form[action="/sign-out"]) summary`)
		b.press(`form[action="/sign-out"] button`)
	}
	home := func() { b.until("home", `location.pathname.startsWith("/o/") && document.readyState === "complete"`) }
	signOut() // the browser offers the passkey at once, and its owner takes it
	home()
	touch(false)
	signOut()
	b.sees("Sign in with a passkey")
	for _, x := range p.World.People {
		if x.Key == "helpdesk" {
			b.typed("#email", x.Email)
			b.typed("#password", x.Password)
		}
	}
	b.press("main button.btn-primary")
	b.sees("Use a passkey instead")
	touch(true)
	b.press("main form[data-passkey] button")
	home()
	touch(false)
	signOut()
	b.until("the offer", `!document.querySelector("form[data-passkey-fill]").hidden`)
	touch(true)
	b.press("main form[data-passkey-fill] button")
	home()
	b.get("/me/security")
	b.seesNot("Never")
	touch(false)
	b.press(`form[action^="/me/passkeys/"] button`)
	b.sees("The passkey was removed")
}

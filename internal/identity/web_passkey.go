package identity

import (
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// passkeysView is the part of the security page about passkeys.
type passkeysView struct {
	All     []Passkey
	Options string // what a browser needs to make another
	Field   web.Field
}

// passkeys makes it; nil where the portal's address is a number. refused is a form that was.
func (p Pages) passkeys(r *http.Request, a who.Actor, refused *fault.Error) (v *passkeysView, err error) {
	v = &passkeysView{}
	if v.All, v.Options, err = p.Passkeys(r.Context(), a); err != nil || v.Options == "" {
		return nil, err
	}
	v.Field = web.Field{Name: "name", Label: web.Say("identity.passkey_name"), Hint: web.Say("identity.passkey_name_hint"), Value: deviceName(r.UserAgent()), Required: true, Max: 60}
	if refused != nil {
		v.Field.Value = r.PostForm.Get("name")
	}
	v.Field = v.Field.With(refused)
	return v, nil
}

// PasskeyAdd keeps the passkey that the browser has made.
func (p Pages) PasskeyAdd(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Name    string `form:"name"`
		Passkey string `form:"passkey,raw"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.AddPasskey(r.Context(), a, f.Name, f.Passkey)
	if refused, again := web.Refused(err, "identity.passkeys_full"); again {
		return p.security(w, r, a, securityView{Passkey: refused})
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/security", fault.Msg("identity.passkey_is_added"))
}

// PasskeyRemove takes one away.
func (p Pages) PasskeyRemove(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	err := p.RemovePasskey(r.Context(), a, r.PathValue("passkey"))
	if refused, again := web.Refused(err, "identity.last_way", "identity.factor_needed"); again {
		return p.security(w, r, a, securityView{Passkey: refused})
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/security", fault.Msg("identity.passkey_is_removed"))
}

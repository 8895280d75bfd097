package app

import (
	"net/http"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

const keysAt = "/me/keys"

// keys is the page on which somebody chooses which single keys act. Lists by j and k are for the vendor's people.
type keys struct {
	Mode web.Field
	List []web.Shortcut // everywhere; an organisation's own page lists those that act on it
}

var keysPage = web.Page[keys]{Name: "app/keys", Title: "app.keys"}

func (a *App) keysForm(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	var staff bool
	err := a.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		staff, err = account.Staff(tx, me.Person)
		return err
	})
	if err != nil {
		return err
	}
	now := a.Site.Keys(r)
	if now == web.KeysRows && !staff {
		now = web.KeysOn
	}
	f := web.Field{Name: "keys", Type: "radio", Label: web.Say("app.keys_mode")}
	for _, k := range []web.Keys{web.KeysOn, web.KeysRows, web.KeysOff} {
		if k == web.KeysRows && !staff {
			continue
		}
		o := web.Option{Value: string(k), Label: web.Say("app.keys_" + string(k)), Chosen: k == now}
		if k != web.KeysOn {
			o.Hint = web.Say("app.keys_" + string(k) + "_hint")
		}
		f.Options = append(f.Options, o)
	}
	all := web.KeysOn
	if staff {
		all = web.KeysRows
	}
	list := web.Shortcuts(all, true, a.navigation(me, "/", "", ""))
	return keysPage.Render(a.Site, w, r, me, http.StatusOK, keys{f, list})
}

func (a *App) keysPost(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
	var f struct {
		Keys string `form:"keys"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	a.Site.SetKeys(w, web.Keys(f.Keys))
	return a.Site.Redirect(w, r, keysAt, fault.Msg("app.keys_saved"))
}

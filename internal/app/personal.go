package app

import (
	"io"
	"net/http"
	"slices"
	"time"

	"lodge/internal/account"
	"lodge/internal/home"
	"lodge/internal/identity"
	"lodge/internal/importer"
	"lodge/internal/openid"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/personal"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/release"
	"lodge/internal/support"
	"lodge/internal/ticket"
	"lodge/internal/token"
)

// dataAt is the page of what is stored about a person.
const dataAt = "/me/data"

// PersonalFormat names the shape of the file, which docs/personal-data.md describes field by field.
const PersonalFormat = "lodge-person/1"

// PersonalParts are what all packages store about a person, in the order of the file.
func PersonalParts() []personal.Part {
	return slices.Concat(identity.Personal(), account.Personal(), token.Personal(), openid.Personal(), ticket.Personal(), support.Personal(), release.Personal(), mail.Personal(), importer.Personal(), home.Personal())
}

// data is that page: the file, and the end of the account.
type data struct {
	Confirm string `form:"confirm"`

	Email   string
	Refused *fault.Error
}

func (d data) Field() web.Field {
	return web.Field{Name: "confirm", Type: "email", Label: web.Say("app.close_confirm", "email", d.Email), Value: d.Confirm, Autocomplete: "off", Required: true}.With(d.Refused)
}

func (d data) Notices() []web.Notice { return web.Summary(d.Refused, d.Field()) }

var dataPage = web.Page[data]{Name: "app/data", Title: "app.data"}

func (a *App) dataForm(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	return dataPage.Render(a.Site, w, r, me, http.StatusOK, data{Email: identity.Email(me.Email).Shown()})
}

// dataPost asks for password or second factor, and leads to the file.
func (a *App) dataPost(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	if err := a.Identities.TakeData(r.Context(), me); err != nil {
		return err
	}
	return a.Site.Redirect(w, r, dataAt+"/file")
}

// dataFile is the file, for those who have come from the form: others are led there.
func (a *App) dataFile(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	now := a.Config.Clock.Now()
	took, err := a.Identities.TookData(r.Context(), me)
	if err != nil {
		return err
	}
	if !took || me.MustProve(now) != nil {
		return a.Site.Redirect(w, r, dataAt)
	}
	head := personal.Head{Format: PersonalFormat, Portal: a.Config.BaseURL, MadeAt: now.UTC().Format(time.RFC3339)}
	return a.Site.ExportJSON(w, me, "personal-data.json", func(out io.Writer) error {
		return personal.Write(r.Context(), out, a.Store, me.Person, head, PersonalParts())
	})
}

// closePost ends the account.
func (a *App) closePost(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	var d data
	if err := web.Form(r, &d); err != nil {
		return err
	}
	err := a.Accounts.CloseAccount(r.Context(), me, d.Confirm)
	var again bool
	if d.Refused, again = web.Refused(err, "account.close_last", "account.close_again", "identity.close_settling"); again {
		d.Email = identity.Email(me.Email).Shown()
		return dataPage.Render(a.Site, w, r, me, int(d.Refused.Kind), d)
	}
	if err != nil {
		return err
	}
	a.Site.ClearSession(w)
	return a.Site.Redirect(w, r, "/sign-in", fault.Msg("app.closed"))
}

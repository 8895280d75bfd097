package identity

import (
	"cmp"
	"html/template"
	"net/http"
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

type profileForm struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Language  string `form:"language"`
	Zone      string `form:"zone"`
	Phone     string `form:"phone"`
	Version   string `form:"version"`

	Email     string
	Languages []string
	Refused   *fault.Error
}

func (f profileForm) Fields() []web.Field {
	options := []web.Option{{Value: "", Label: web.Say("identity.language_of_organisation"), Chosen: f.Language == ""}}
	for _, l := range f.Languages {
		options = append(options, web.Option{Value: l, Label: web.Data(lang.Name(l)), Chosen: f.Language == l})
	}
	return append(NameFields(f.FirstName, f.LastName, f.Refused),
		web.Field{Name: "language", Type: "select", Label: web.Say("identity.language"), Options: options}.With(f.Refused),
		web.Field{Name: "zone", Label: web.Say("identity.zone"), Hint: web.Say("identity.zone_hint"), Value: f.Zone, Optional: true, Placeholder: web.Data("Europe/Warsaw")}.With(f.Refused),
		web.Field{Name: "phone", Type: "tel", Label: web.Say("identity.phone"), Value: f.Phone, Optional: true, Autocomplete: "tel", Max: 40}.With(f.Refused))
}

func (f profileForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

var profilePage = web.Page[profileForm]{Name: "identity/profile", Title: "identity.profile_title"}

// ProfileForm shows what the person says about himself.
func (p Pages) ProfileForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	me, err := p.Profile(r.Context(), a)
	if err != nil {
		return err
	}
	return profilePage.Render(p.Site, w, r, a, http.StatusOK, profileForm{FirstName: me.FirstName, LastName: me.LastName, Language: me.Language,
		Zone: me.Zone, Phone: me.Phone, Version: strconv.FormatInt(me.Version, 10), Email: me.Email, Languages: p.Languages})
}

// ProfilePost saves it.
func (p Pages) ProfilePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f profileForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	version, _ := strconv.ParseInt(f.Version, 10, 64) // no number is no present version: a conflict
	err := p.SaveProfile(r.Context(), a, Profile{FirstName: f.FirstName, LastName: f.LastName, Language: f.Language, Zone: f.Zone, Phone: f.Phone, Version: version}, p.Languages)
	var again bool
	if f.Refused, again = web.Refused(err, "identity.profile_changed_meanwhile"); again {
		now, err := p.Profile(r.Context(), a)
		if err != nil {
			return err
		}
		// The same form can be sent again: it says now that its sender has seen the change.
		f.Email, f.Languages, f.Version = now.Email, p.Languages, strconv.FormatInt(now.Version, 10)
		return profilePage.Render(p.Site, w, r, a, int(f.Refused.Kind), f)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/", fault.Msg("identity.profile_saved"))
}

// securityView is the page of password, second factor and sessions.
type securityView struct {
	HasFactor bool
	Recovery  int    // recovery codes that are left
	Pending   *SetUp // a factor is being set up
	Picture   template.URL
	Sessions  []Session
	Keys      *passkeysView // nil where browsers make none
	Beside    []web.Link
	Password  *fault.Error // of the form that was refused
	Factor    *fault.Error
	Passkey   *fault.Error
}

func (v securityView) PasswordFields() []web.Field {
	return []web.Field{
		web.Field{Name: "current", Type: "password", Label: web.Say("identity.current_password"), Autocomplete: "current-password", Required: true}.With(v.Password),
		NewPasswordField(v.Password),
	}
}

func (v securityView) FactorField() web.Field {
	f := web.Field{Name: "code", Label: web.Say("identity.code"), Autocomplete: "one-time-code", InputMode: "numeric", Required: true, Short: true}
	if v.HasFactor && v.Pending == nil {
		f.Label, f.InputMode = web.Say("identity.code_or_recovery"), ""
	}
	return f.With(v.Factor)
}

func (v securityView) Notices() []web.Notice {
	notices := append(web.Summary(v.Password, v.PasswordFields()...), web.Summary(v.Factor, v.FactorField())...)
	if v.Keys != nil {
		notices = append(notices, web.Summary(v.Passkey, v.Keys.Field)...)
	}
	return notices
}

var securityPage = web.Page[securityView]{Name: "identity/security", Title: "identity.security_title"}

func (p Pages) security(w http.ResponseWriter, r *http.Request, a who.Actor, v securityView) error {
	me, err := p.Profile(r.Context(), a)
	if err != nil {
		return err
	}
	v.HasFactor, v.Beside = me.HasFactor, p.Beside
	if v.Sessions, err = p.Sessions(r.Context(), a); err != nil {
		return err
	}
	if me.HasFactor {
		if v.Recovery, err = p.RecoveryLeft(r.Context(), a); err != nil {
			return err
		}
	}
	if v.Keys, err = p.passkeys(r, a, v.Passkey); err != nil {
		return err
	}
	setUp, err := p.PendingSetUp(r.Context(), a.Person, a.Session, a.Email)
	if err == nil {
		v.Pending = &setUp
		if v.Picture, err = picture(setUp.URI); err != nil {
			return err
		}
	} else if fault.Of(err) == nil {
		return err
	}
	status := http.StatusOK
	if f := cmp.Or(v.Password, v.Factor, v.Passkey); f != nil {
		status = int(f.Kind)
	}
	return securityPage.Render(p.Site, w, r, a, status, v)
}

// SecurityPage shows password, second factor and sessions.
func (p Pages) SecurityPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.security(w, r, a, securityView{})
}

// PasswordChange sets another password.
func (p Pages) PasswordChange(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Current  string `form:"current,raw"`
		Password string `form:"password,raw"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.ChangePassword(r.Context(), a, f.Current, f.Password)
	if refused, again := web.Refused(err); again {
		return p.security(w, r, a, securityView{Password: refused})
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/security", fault.Msg("identity.password_changed"))
}

// FactorBegin starts to set up a second factor.
func (p Pages) FactorBegin(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.BeginFactor(r.Context(), a); err != nil && !fault.Is(err, "identity.factor_exists") {
		return err
	}
	return p.Site.Redirect(w, r, "/me/security")
}

// FactorCancel ends what FactorBegin or FactorReplace began.
func (p Pages) FactorCancel(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.CancelFactor(r.Context(), a); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/security", fault.Msg("identity.factor_cancelled"))
}

// FactorConfirm takes the first code.
func (p Pages) FactorConfirm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.factor(w, r, a, func(code string) ([]string, error) { return p.EnableFactor(r.Context(), a, code) }, "identity.factor_on")
}

// FactorRemove takes the last one.
func (p Pages) FactorRemove(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.factor(w, r, a, func(code string) ([]string, error) { return nil, p.DisableFactor(r.Context(), a, code) }, "identity.factor_off")
}

// FactorReplace begins with another app.
func (p Pages) FactorReplace(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.factor(w, r, a, func(code string) ([]string, error) { return nil, p.ReplaceFactor(r.Context(), a, code) }, "identity.factor_replacing")
}

// RecoveryRenew makes new recovery codes.
func (p Pages) RecoveryRenew(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.factor(w, r, a, func(code string) ([]string, error) { return p.NewRecovery(r.Context(), a, code) }, "")
}

// recoveryView shows recovery codes: once.
type recoveryView struct {
	Codes []string
	Next  string // where the reader goes on
}

var recoveryPage = web.Page[recoveryView]{Name: "identity/recovery", Title: "identity.recovery", Public: true}

func (p Pages) factor(w http.ResponseWriter, r *http.Request, a who.Actor, act func(code string) ([]string, error), done string) error {
	var f struct {
		Code string `form:"code"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	codes, err := act(f.Code)
	if refused, again := web.Refused(err, "identity.factor_needed", "identity.factor_exists"); again {
		return p.security(w, r, a, securityView{Factor: refused})
	}
	if err != nil {
		return err
	}
	if len(codes) > 0 {
		return recoveryPage.Render(p.Site, w, r, a, http.StatusOK, recoveryView{codes, "/me/security"})
	}
	return p.Site.Redirect(w, r, "/me/security", fault.Msg(done))
}

// SessionRevoke ends one of the person's own sessions.
func (p Pages) SessionRevoke(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Revoke(r.Context(), a, r.PathValue("session")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/security", fault.Msg("identity.session_ended"))
}

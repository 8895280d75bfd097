package identity

import (
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// emailForm is the page of a person's own address.
type emailForm struct {
	Email string `form:"email"`

	Now     string // the present address
	Open    *EmailChange
	Refused *fault.Error
}

func (f emailForm) Field() web.Field {
	return web.Field{Name: "email", Type: "email", Label: web.Say("identity.new_email"), Hint: web.Say("identity.new_email_hint"), Value: f.Email,
		Autocomplete: "email", Required: true}.With(f.Refused)
}

func (f emailForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Field()) }

// Waits is the address whose mailbox is not proved yet.
func (f emailForm) Waits() string { return Email(f.Open.New).Shown() }

var emailPage = web.Page[emailForm]{Name: "identity/email", Title: "identity.email_title"}

func (p Pages) showEmail(w http.ResponseWriter, r *http.Request, a who.Actor, f emailForm) error {
	open, ok, err := p.OpenEmailChange(r.Context(), a)
	if err != nil {
		return err
	}
	if ok {
		f.Open = &open
	}
	status := http.StatusOK
	if f.Refused != nil {
		status = int(f.Refused.Kind)
	}
	f.Now = Email(a.Email).Shown()
	return emailPage.Render(p.Site, w, r, a, status, f)
}

// EmailForm shows the address, and a change that waits.
func (p Pages) EmailForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.showEmail(w, r, a, emailForm{})
}

// EmailPost begins a change.
func (p Pages) EmailPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f emailForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.AskEmail(r.Context(), a, f.Email)
	var again bool
	if f.Refused, again = web.Refused(err); again {
		return p.showEmail(w, r, a, f)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/email", fault.Msg("identity.email_sent"))
}

// EmailCancel ends a change that waits.
func (p Pages) EmailCancel(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.CancelEmail(r.Context(), a); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/email", fault.Msg("identity.email_stopped"))
}

// changeView is a change of address, before it is confirmed or stopped.
type changeView struct {
	Old, New string
	Done     bool
	Refused  *fault.Error
}

func viewOf(c EmailChange) changeView {
	return changeView{Old: Email(c.Old).Shown(), New: Email(c.New).Shown(), Done: !c.DoneAt.IsZero()}
}

func (v changeView) Notices() []web.Notice { return web.Summary(v.Refused) }

var (
	newEmailPage = web.Page[changeView]{Name: "identity/new-email", Title: "identity.email_confirm_title"}
	oldEmailPage = web.Page[changeView]{Name: "identity/old-email", Title: "identity.email_stop_title", Public: true}
)

// NewEmailForm asks who has come with the secret that was mailed to the new address whether it shall be his.
func (p Pages) NewEmailForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	c, err := p.NewEmail(r.Context(), a, p.Site.CarriedLink(r))
	if err != nil {
		return err
	}
	web.NoReferrer(w)
	return newEmailPage.Render(p.Site, w, r, a, http.StatusOK, viewOf(c))
}

// NewEmailPost makes it his.
func (p Pages) NewEmailPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	secret := p.Site.CarriedLink(r)
	c, err := p.NewEmail(r.Context(), a, secret)
	if err != nil {
		return err
	}
	err = p.ConfirmEmail(r.Context(), a, secret)
	if refused, again := web.Refused(err, "identity.email_taken"); again {
		v := viewOf(c)
		v.Refused = refused
		return newEmailPage.Render(p.Site, w, r, a, int(refused.Kind), v)
	}
	if err != nil {
		return err
	}
	p.Site.DropLink(w)
	return p.Site.Redirect(w, r, "/me/", fault.Msg("identity.email_done"))
}

// OldEmailForm asks who has come with the secret that was mailed to the old address whether the change shall end.
func (p Pages) OldEmailForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	c, err := p.OldEmail(r.Context(), p.Site.CarriedLink(r))
	if err != nil {
		return err
	}
	web.NoReferrer(w)
	return oldEmailPage.Render(p.Site, w, r, a, http.StatusOK, viewOf(c))
}

// OldEmailPost ends it.
func (p Pages) OldEmailPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	c, err := p.StopEmail(r.Context(), p.Site.CarriedLink(r), p.visit(r))
	if refused, again := web.Refused(err, "identity.email_taken"); again {
		v := viewOf(c)
		v.Refused = refused
		return oldEmailPage.Render(p.Site, w, r, a, int(refused.Kind), v)
	}
	if err != nil {
		return err
	}
	p.Site.DropLink(w)
	if c.DoneAt.IsZero() {
		return p.Site.Redirect(w, r, "/sign-in", fault.Msg("identity.email_stopped"))
	}
	return p.Site.Redirect(w, r, "/sign-in", fault.Msg("identity.email_is_back", "email", Email(c.Old).Shown()))
}

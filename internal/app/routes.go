package app

import (
	"embed"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// routes is every address of the portal, each with the right it needs.
func (a *App) routes() {
	s := a.Site
	door := identity.Pages{Identities: a.Identities, Site: s, Languages: lang.Languages}
	people := account.Pages{Accounts: a.Accounts, Site: s, SignIn: door}

	s.Handle("GET /{$}", who.Person, a.start)
	s.Handle("GET /sign-in", who.Anybody, door.SignInForm)
	s.Handle("POST /sign-in", who.Anybody, door.SignInPost)
	for path, step := range map[string]string{"code": identity.StepCode, "factor": identity.StepTOTP, "set-up": identity.StepSetUp} {
		s.Handle("GET /sign-in/"+path, who.Anybody, door.StepForm(step))
		s.Handle("POST /sign-in/"+path, who.Anybody, door.StepPost(step))
	}
	s.Handle("POST /sign-out", who.Anybody, door.SignOutPost)
	for path, purpose := range map[string]string{"forgotten": identity.Reset, "register": identity.Register} {
		s.Handle("GET /"+path, who.Anybody, door.AskForm(purpose))
		s.Handle("POST /"+path, who.Anybody, door.AskPost(purpose))
		s.Handle("GET /"+path+"/{token}", who.Anybody, door.Link("/"+path+"/new"))
		s.Handle("GET /"+path+"/new", who.Anybody, door.PasswordForm(purpose))
		s.Handle("POST /"+path+"/new", who.Anybody, door.PasswordPost(purpose))
	}
	s.Handle("GET /invitation/{token}", who.Anybody, door.Link("/invitation/open"))
	s.Handle("GET /invitation/open", who.Anybody, people.InvitationForm)
	s.Handle("POST /invitation/open", who.Anybody, people.InvitationPost)

	s.Handle("GET /me/{$}", who.Person, door.ProfileForm)
	s.Handle("POST /me/{$}", who.Person, door.ProfilePost)
	s.Handle("GET /me/security", who.Person, door.SecurityPage)
	s.Handle("GET /me/sessions", who.Person, door.SecurityPage)
	s.Handle("POST /me/password", who.Person, door.PasswordChange)
	s.Handle("POST /me/factor/begin", who.Person, door.FactorBegin)
	s.Handle("POST /me/factor/confirm", who.Person, door.FactorConfirm)
	s.Handle("POST /me/factor/remove", who.Person, door.FactorRemove)
	s.Handle("POST /me/sessions/{session}/revoke", who.Person, door.SessionRevoke)
	s.Handle("POST /me/context", who.Person, people.SwitchPost)

	s.Context("GET", "contacts", account.ViewContacts, people.ContactsList)
	s.Context("GET", "contacts/new", account.Invite, people.ContactForm)
	s.Context("POST", "contacts/new", account.Invite, people.ContactPost)
	s.Context("POST", "contacts/{contact}/resend", account.Invite, people.ContactResend)
	s.Context("POST", "contacts/{contact}/withdraw", account.Invite, people.ContactWithdraw)

	s.Mount("GET /healthz", health, nil)
	s.Mount("GET /readyz", a.ready(), nil)
	if a.Config.Demo {
		s.Handle("GET /-/gallery", who.Anybody, web.Gallery(s))
		s.Handle("GET /-/mail", who.Anybody, a.mailPage)
		s.Mount("GET /-/mail.json", a.mailJSON(), nil)
	}
}

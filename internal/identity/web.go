package identity

import (
	"cmp"
	"context"
	"embed"
	"html/template"
	"net/http"
	"net/url"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// Pages are the doors that people use: sign-in and its steps, forgotten passwords, registration, a person's own pages.
type Pages struct {
	*Identities
	Site      *web.Site
	Languages []string

	// Beside are further pages about the reader's own sign-in, linked below his sessions.
	Beside []web.Link

	// After gives the page that follows a sign-out of the actor instead of the sign-in page, '' for none. Nil: there is none ever.
	After func(ctx context.Context, a who.Actor) (string, error)

	// Company sends an address without a password to its company's sign-in, if its domain has one: sent then. Nil where there is none.
	Company func(w http.ResponseWriter, r *http.Request, email Email, next string) (sent bool, err error)
}

type signInForm struct {
	Email    string `form:"email"`
	Password string `form:"password,raw"`
	Next     string `form:"next"`

	Refused   *fault.Error
	AskedOnly bool   // the address was typed, the password not yet
	Passkey   string // what a browser needs to sign in by one
}

// Fields are the inputs in reading order. The password is never shown again.
func (f signInForm) Fields() []web.Field {
	email := web.Field{Name: "email", Type: "email", Label: web.Say("identity.email"), Hint: web.Say("identity.email_hint"), Value: f.Email,
		Autocomplete: "username webauthn", Required: true}
	password := web.Field{Name: "password", Type: "password", Label: web.Say("identity.password"), Hint: web.Say("identity.password_or_company"), Autocomplete: "current-password"}
	if f.AskedOnly {
		password.Autofocus = true
		password.Error = fault.Msg("identity.password_missing")
	}
	return []web.Field{email.With(f.Refused), password.With(f.Refused)}
}

// Notices is what is wrong, on top.
func (f signInForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

// Suffix keeps where the person wanted to go.
func (f signInForm) Suffix() string {
	if f.Next == "" {
		return ""
	}
	return "?" + url.Values{"next": {f.Next}}.Encode()
}

var signInPage = web.Page[signInForm]{Name: "identity/sign-in", Title: "identity.sign_in_title", Public: true}

// SignInForm shows the sign-in page; who is signed in goes on.
func (p Pages) SignInForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f signInForm
	if err := web.Query(r, &f); err != nil {
		return err
	}
	f.Password, f.Next = "", web.OwnPath(f.Next)
	if a.Person != "" {
		return p.Site.Redirect(w, r, onward(f.Next))
	}
	return p.showSignIn(w, r, a, http.StatusOK, f)
}

// SignInPost checks address and password. Without a password the domain of the address alone decides where it goes on.
func (p Pages) SignInPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f signInForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	f.Next = web.OwnPath(f.Next)
	if f.Password == "" {
		if email, err := ParseEmail(f.Email); err == nil && p.Company != nil {
			if sent, err := p.Company(w, r, email, f.Next); err != nil || sent {
				return err
			}
		}
		f.AskedOnly = true
		return p.showSignIn(w, r, a, http.StatusUnprocessableEntity, f)
	}
	out, err := p.SignIn(r.Context(), f.Email, f.Password, p.visit(r))
	return p.signedIn(w, r, a, f, out, err)
}

// PasskeyPost signs in whoever has the passkey.
func (p Pages) PasskeyPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Passkey string `form:"passkey,raw"`
		Next    string `form:"next"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	out, err := p.SignInByPasskey(r.Context(), f.Passkey, p.visit(r))
	return p.signedIn(w, r, a, signInForm{Next: web.OwnPath(f.Next)}, out, err)
}

// signedIn is the answer to a sign-in: its page again, or the way onward.
func (p Pages) signedIn(w http.ResponseWriter, r *http.Request, a who.Actor, f signInForm, out Started, err error) error {
	if refused, again := web.Refused(err); again {
		f.Refused, f.Password = refused, ""
		return p.showSignIn(w, r, a, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	if a.Session != "" { // the browser forgets it now, so nobody else shall use it
		if err := p.SignOut(r.Context(), a); err != nil {
			return err
		}
	}
	return p.Onward(w, r, a, out, f.Next)
}

func (p Pages) showSignIn(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f signInForm) (err error) {
	if f.Passkey, err = p.SignInOptions(); err != nil {
		return err
	}
	return signInPage.Render(p.Site, w, r, a, status, f)
}

func (p Pages) visit(r *http.Request) Visit {
	return Visit{Address: web.RemoteIP(r), Device: r.UserAgent()}
}

// Onward gives the browser its new session and leads to the missing step, or where the person wanted to go: also for another
// package's door that ends in a sign-in.
func (p Pages) Onward(w http.ResponseWriter, r *http.Request, a who.Actor, out Started, next string) error {
	p.Site.SetSession(w, out.Token, absolute)
	if len(out.Recovery) > 0 {
		return recoveryPage.Render(p.Site, w, r, a, http.StatusOK, recoveryView{out.Recovery, onward(next)})
	}
	if out.Step == StepDone {
		return p.Site.Redirect(w, r, onward(next))
	}
	to := map[string]string{StepCode: "/sign-in/code", StepTOTP: "/sign-in/factor", StepSetUp: "/sign-in/set-up"}[out.Step]
	if next != "" {
		to += "?" + url.Values{"next": {next}}.Encode()
	}
	return p.Site.Redirect(w, r, to)
}

func onward(next string) string {
	if next == "" {
		return "/"
	}
	return next
}

type stepForm struct {
	Code string `form:"code"`
	Next string `form:"next"`
	With string `form:"with"` // withRecovery: the field takes a recovery code

	Passkey string `form:"passkey,raw"` // the authenticator's answer, in place of a code

	Step    string
	Email   string // to which a code was sent
	SetUp   SetUp
	Picture template.URL // of the secret
	Options string       // what a browser needs to show a passkey instead
	Refused *fault.Error
}

const withRecovery = "recovery"

func (f stepForm) Fields() []web.Field {
	if f.ByRecovery() {
		return []web.Field{web.Field{Name: "code", Label: web.Say("identity.recovery_code"), Hint: web.Say("identity.recovery_code_hint"), Autocomplete: "off", Required: true, Autofocus: true}.With(f.Refused)}
	}
	return []web.Field{web.Field{Name: "code", Label: web.Say("identity.code"), Autocomplete: "one-time-code", InputMode: "numeric",
		Required: true, Autofocus: true, Short: true}.With(f.Refused)}
}

// ByRecovery tells whether a recovery code is typed in place of the app's.
func (f stepForm) ByRecovery() bool { return f.Step == StepTOTP && f.With == withRecovery }

// Other leads to the other way of showing the second factor.
func (f stepForm) Other() string {
	v := url.Values{}
	if f.Next != "" {
		v.Set("next", f.Next)
	}
	if !f.ByRecovery() {
		v.Set("with", withRecovery)
	}
	if len(v) == 0 {
		return "/sign-in/factor"
	}
	return "/sign-in/factor?" + v.Encode()
}

func (f stepForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

// PageTitle says which step it is.
func (f stepForm) PageTitle() web.Text { return web.Say("identity.step_title." + stepWord(f.Step)) }

func stepWord(step string) string {
	switch step {
	case StepTOTP:
		return "factor"
	case StepSetUp:
		return "set_up"
	}
	return "code"
}

var stepPage = web.Page[stepForm]{Name: "identity/step", Title: "identity.sign_in_title", Public: true}

// StepForm shows the step that a half-authenticated session misses.
func (p Pages) StepForm(step string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		h, err := p.halfOf(r, step)
		if err != nil {
			return err
		}
		var f stepForm
		if err := web.Query(r, &f); err != nil {
			return err
		}
		f.Code = ""
		return p.showStep(w, r, a, http.StatusOK, h, f)
	}
}

// StepPost takes the code of a step.
func (p Pages) StepPost(step string) web.Handler {
	take := map[string]func(*http.Request, string, stepForm) (Started, error){
		StepCode: func(r *http.Request, token string, f stepForm) (Started, error) {
			return p.Code(r.Context(), token, f.Code, p.visit(r))
		},
		StepTOTP: func(r *http.Request, token string, f stepForm) (Started, error) {
			if f.Passkey != "" {
				return p.PasskeyFactor(r.Context(), token, f.Passkey, p.visit(r))
			}
			return p.TOTP(r.Context(), token, f.Code, p.visit(r))
		},
		StepSetUp: func(r *http.Request, token string, f stepForm) (Started, error) {
			return p.ConfirmSetUp(r.Context(), token, f.Code, p.visit(r))
		},
	}[step]
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		h, err := p.halfOf(r, step)
		if err != nil {
			return err
		}
		var f stepForm
		if err := web.Form(r, &f); err != nil {
			return err
		}
		token, err := p.Site.Session(r)
		if err != nil {
			return err
		}
		out, err := take(r, token, f)
		if refused, again := web.Refused(err); again {
			f.Refused, f.Code = refused, ""
			return p.showStep(w, r, a, http.StatusUnprocessableEntity, h, f)
		}
		if err != nil {
			return err
		}
		return p.Onward(w, r, a, out, web.OwnPath(f.Next))
	}
}

func (p Pages) halfOf(r *http.Request, step string) (Half, error) {
	token, err := p.Site.Session(r)
	if err != nil {
		return Half{}, err
	}
	h, err := p.Half(r.Context(), token)
	if err == nil && h.Step != step {
		err = fault.New(fault.SignIn, "fault.sign_in")
	}
	return h, err
}

func (p Pages) showStep(w http.ResponseWriter, r *http.Request, a who.Actor, status int, h Half, f stepForm) error {
	f.Step, f.Email, f.Next = h.Step, Email(h.Email).Shown(), web.OwnPath(f.Next)
	var err error
	if h.Step == StepTOTP {
		if f.Options, err = p.FactorOptions(r.Context(), h); err != nil {
			return err
		}
	}
	if h.Step == StepSetUp {
		if f.SetUp, err = p.PendingSetUp(r.Context(), h.Person, h.Session, h.Email); err != nil {
			return err
		}
		if f.Picture, err = picture(f.SetUp.URI); err != nil {
			return err
		}
	}
	return stepPage.Render(p.Site, w, r, a, status, f)
}

// SignOutPost ends the session.
func (p Pages) SignOutPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Next string `form:"next"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if a.Person != "" {
		if err := p.SignOut(r.Context(), a); err != nil {
			return err
		}
	}
	p.Site.ClearSession(w)
	next := web.OwnPath(f.Next)
	if next == "" && a.Person != "" && p.After != nil {
		var err error
		if next, err = p.After(r.Context(), a); err != nil {
			return err
		}
	}
	return p.Site.Redirect(w, r, cmp.Or(next, "/sign-in"), fault.Msg("identity.signed_out"))
}

package identity

import (
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// askForm asks for an address to which a link is mailed.
type askForm struct {
	Email string `form:"email"`

	Purpose string
	Sent    string // the address, once the question is answered
	Refused *fault.Error
}

func (f askForm) Fields() []web.Field {
	return []web.Field{web.Field{Name: "email", Type: "email", Label: web.Say("identity.email"), Hint: web.Say("identity." + f.Purpose + "_email_hint"),
		Value: f.Email, Autocomplete: "username", Required: true}.With(f.Refused)}
}

func (f askForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

// PageTitle says what the link is for.
func (f askForm) PageTitle() web.Text { return web.Say("identity." + f.Purpose + "_title") }

var askPage = web.Page[askForm]{Name: "identity/ask", Title: "identity.reset_title", Public: true}

// AskForm shows the field for the address.
func (p Pages) AskForm(purpose string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		return askPage.Render(p.Site, w, r, a, http.StatusOK, askForm{Purpose: purpose})
	}
}

// AskPost mails a link. The answer is the same for every address that can be read.
func (p Pages) AskPost(purpose string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		var f askForm
		if err := web.Form(r, &f); err != nil {
			return err
		}
		f.Purpose = purpose
		email, err := p.Ask(r.Context(), f.Email, purpose, p.Site.Printer(r, a).Language(), p.visit(r))
		var again bool
		if f.Refused, again = web.Refused(err); again {
			return askPage.Render(p.Site, w, r, a, http.StatusUnprocessableEntity, f)
		}
		if err != nil {
			return err
		}
		f.Sent = email.Shown()
		return askPage.Render(p.Site, w, r, a, http.StatusOK, f)
	}
}

// Link takes the secret of a mailed link out of the address.
func (p Pages) Link(to string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
		return p.Site.CarryLink(w, r, r.PathValue("token"), to)
	}
}

// passwordForm sets a password with a mailed secret.
type passwordForm struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Password  string `form:"password,raw"`

	Purpose string
	Email   string
	Named   bool // the account exists, so its names are not asked
	Refused *fault.Error
}

func (f passwordForm) Fields() []web.Field {
	var fields []web.Field
	if !f.Named {
		fields = NameFields(f.FirstName, f.LastName, f.Refused)
	}
	return append(fields, NewPasswordField(f.Refused))
}

// NameFields ask for a name; NewPasswordField for a password that is set.
func NameFields(first, last string, refused *fault.Error) []web.Field {
	return []web.Field{
		web.Field{Name: "first_name", Label: web.Say("identity.first_name"), Value: first, Autocomplete: "given-name", Required: true, Max: 100}.With(refused),
		web.Field{Name: "last_name", Label: web.Say("identity.last_name"), Value: last, Autocomplete: "family-name", Required: true, Max: 100}.With(refused),
	}
}

// NewPasswordField asks for a password that is set.
func NewPasswordField(refused *fault.Error) web.Field {
	return web.Field{Name: "password", Type: "password", Label: web.Say("identity.new_password"), Hint: web.Say("identity.new_password_hint", "min", minPassword),
		Autocomplete: "new-password", Required: true, Min: minPassword}.With(refused)
}

func (f passwordForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

// PageTitle says what the password is for.
func (f passwordForm) PageTitle() web.Text { return web.Say("identity." + f.Purpose + "_title") }

var passwordPage = web.Page[passwordForm]{Name: "identity/password", Title: "identity.reset_title", Public: true}

// PasswordForm shows the fields for the password, as long as the mailed secret holds.
func (p Pages) PasswordForm(purpose string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		proof, err := p.Proof(r.Context(), purpose, p.Site.CarriedLink(r))
		if err != nil {
			return err
		}
		web.NoReferrer(w)
		return passwordPage.Render(p.Site, w, r, a, http.StatusOK,
			passwordForm{Purpose: purpose, Email: Email(proof.Email).Shown(), Named: proof.Person != "" || purpose == Reset})
	}
}

// PasswordPost sets the password and signs in.
func (p Pages) PasswordPost(purpose string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		var f passwordForm
		if err := web.Form(r, &f); err != nil {
			return err
		}
		secret := p.Site.CarriedLink(r)
		proof, err := p.Proof(r.Context(), purpose, secret)
		if err != nil {
			return err
		}
		out, err := p.Take(r.Context(), purpose, secret, NewPassword{f.FirstName, f.LastName, f.Password}, p.visit(r))
		var again bool
		if f.Refused, again = web.Refused(err); again {
			f.Purpose, f.Email, f.Named, f.Password = purpose, Email(proof.Email).Shown(), proof.Person != "" || purpose == Reset, ""
			web.NoReferrer(w)
			return passwordPage.Render(p.Site, w, r, a, http.StatusUnprocessableEntity, f)
		}
		if err != nil {
			return err
		}
		p.Site.DropLink(w)
		return p.Onward(w, r, a, out, "")
	}
}

package account

import (
	"cmp"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// Pages are the doors that people use: contacts, invitations, the switcher.
type Pages struct {
	*Accounts
	Site   *web.Site
	SignIn identity.Pages // where an accepted invitation ends
}

// RoleWord is the key of a role's name.
func RoleWord(role string) web.Text { return web.Say("account.role." + role) }

type contactForm struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Email     string `form:"email"`
	Role      string `form:"role"`

	Instead   string   // id of the contact whose invitation it corrects; '' = a new one
	Grantable []string // roles that the reader may give
	Link      string
	Refused   *fault.Error
}

// Fields are the inputs in reading order.
func (f contactForm) Fields() []web.Field {
	roles := []web.Option{{Label: web.Say("account.role.none"), Hint: web.Say("account.role_hint.none"), Chosen: f.Role == ""}}
	for _, role := range f.Grantable {
		roles = append(roles, web.Option{Value: role, Label: RoleWord(role), Hint: web.Say("account.role_hint." + role), Chosen: f.Role == role})
	}
	fields := []web.Field{
		{Name: "first_name", Label: web.Say("identity.first_name"), Value: f.FirstName, Required: true, Max: 100, Autocomplete: "off"},
		{Name: "last_name", Label: web.Say("identity.last_name"), Value: f.LastName, Required: true, Max: 100, Autocomplete: "off"},
		{Name: "email", Type: "email", Label: web.Say("identity.email"), Hint: web.Say("account.email_hint"), Value: f.Email, Required: true, Autocomplete: "off"},
		{Name: "role", Type: "radio", Label: web.Say("account.role"), Options: roles},
	}
	if f.Instead != "" {
		fields = fields[:3] // the roles stay
	}
	for i := range fields {
		fields[i] = fields[i].With(f.Refused)
	}
	return fields
}

// Notices is what is wrong, on top.
func (f contactForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

// Crumbs lead back to the list.
func (f contactForm) Crumbs() web.Crumbs {
	return web.Crumbs{Items: []web.Link{{Href: f.Link, Label: web.Say("account.contacts")}, {Label: f.PageTitle()}}}
}

// PageTitle says whether somebody new is asked in.
func (f contactForm) PageTitle() web.Text {
	if f.Instead != "" {
		return web.Say("account.correct_title")
	}
	return web.Say("account.add_contact")
}

// Action is where the form goes.
func (f contactForm) Action() string {
	if f.Instead != "" {
		return f.Link + "/" + f.Instead + "/correct"
	}
	return f.Link + "/new"
}

var contactPage = web.Page[contactForm]{Name: "account/contact-new", Title: "account.add_contact"}

// ContactForm shows the form.
func (p Pages) ContactForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.showContact(w, r, a, http.StatusOK, contactForm{Role: SupportRestricted})
}

func (p Pages) showContact(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f contactForm) (err error) {
	f.Link = web.Path(r) + "/contacts"
	if f.Grantable, err = p.Grantable(r.Context(), a); err != nil {
		return err
	}
	if f.Refused == nil && !slices.Contains(f.Grantable, f.Role) {
		f.Role = ""
	}
	return contactPage.Render(p.Site, w, r, a, status, f)
}

// ContactPost invites.
func (p Pages) ContactPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f contactForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	_, err := p.Invite(r.Context(), a, NewContact{FirstName: f.FirstName, LastName: f.LastName, Email: f.Email, Role: f.Role})
	var again bool
	if f.Refused, again = web.Refused(err, "account.contact_exists", "account.invitations_many"); again {
		return p.showContact(w, r, a, int(f.Refused.Kind), f)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.invited", "email", f.Email))
}

// CorrectForm shows the form with what the invitation was made of.
func (p Pages) CorrectForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	c, err := p.Correcting(r.Context(), a, r.PathValue("contact"))
	if err != nil {
		return err
	}
	f := contactForm{FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Instead: c.ID}
	return p.showContact(w, r, a, http.StatusOK, f)
}

// CorrectPost asks the person in at the right address.
func (p Pages) CorrectPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f contactForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	f.Instead = r.PathValue("contact")
	_, err := p.Correct(r.Context(), a, f.Instead, NewContact{FirstName: f.FirstName, LastName: f.LastName, Email: f.Email})
	var again bool
	if f.Refused, again = web.Refused(err, "account.contact_exists", "account.no_invitation", "account.invitations_many", "account.last_administrator", "account.last_supervisor", "account.last_operator", "once.other_body"); again {
		return p.showContact(w, r, a, int(f.Refused.Kind), f)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.invited", "email", f.Email))
}

// ContactResend sends the invitation once more.
func (p Pages) ContactResend(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	err := p.Resend(r.Context(), a, r.PathValue("contact"))
	if no, again := web.Refused(err, "account.no_invitation"); again {
		return p.contacts(w, r, a, int(no.Kind), nil, web.Summary(no))
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.resent"))
}

// ContactWithdraw ends the invitation.
func (p Pages) ContactWithdraw(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	err := p.Withdraw(r.Context(), a, r.PathValue("contact"))
	if no, again := web.Refused(err, "account.no_invitation", "account.last_administrator", "account.last_supervisor", "account.last_operator"); again {
		return p.contacts(w, r, a, int(no.Kind), nil, web.Summary(no))
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.withdrawn"))
}

// SwitchPost is the switcher: another of one's own memberships becomes the session's context.
func (p Pages) SwitchPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		To      string `form:"to"`
		Next    string `form:"next"`
		Primary bool   `form:"primary"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	number, err := strconv.ParseInt(f.To, 10, 64)
	if err != nil {
		return fault.Missing()
	}
	if f.Primary {
		if err := p.MakePrimary(r.Context(), a, number); err != nil {
			return err
		}
	}
	if err := p.Switch(r.Context(), a, number); err != nil {
		return err
	}
	to := "/o/" + strconv.FormatInt(number, 10) + "/"
	if next := web.OwnPath(f.Next); strings.HasPrefix(next, to) {
		to = next // the page that asked
	}
	return p.Site.Redirect(w, r, to)
}

// StayPost goes on with the session's context and back to the page that asked.
func (p Pages) StayPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Next string `form:"next"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if err := p.Stay(r.Context(), a); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, cmp.Or(web.OwnPath(f.Next), "/"))
}

package account

import (
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// invitationForm is the page behind a mailed invitation.
type invitationForm struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Password  string `form:"password,raw"`

	I           Invitation
	HasPassword bool   // signs in instead of setting one
	Other       string // somebody else is signed in with this address
	Me          bool   // the invited person is signed in
	Refused     *fault.Error
}

func (f invitationForm) Fields() []web.Field {
	return append(identity.NameFields(f.FirstName, f.LastName, f.Refused), identity.NewPasswordField(f.Refused))
}

// Notices is what is wrong, on top.
func (f invitationForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

// PageTitle names the organisation.
func (f invitationForm) PageTitle() web.Text {
	return web.Say("account.join", "organisation", f.I.OrgName)
}

// Facts say what is offered.
func (f invitationForm) Facts() web.Facts {
	name := strconv.FormatInt(f.I.Number, 10) + " – " + f.I.OrgName
	if f.I.City != "" {
		name += ", " + f.I.City
	}
	facts := web.Facts{Items: []web.Fact{{Label: web.Say("account.organisation"), Value: web.Data(name)}}}
	roles := strings.Fields(f.I.Roles)
	if len(roles) == 0 {
		facts.Items = append(facts.Items, web.Fact{Label: web.Say("account.your_role"), Value: web.Say("account.role.none"), Note: web.Say("account.role_hint.none")})
	}
	for _, role := range roles {
		facts.Items = append(facts.Items, web.Fact{Label: web.Say("account.your_role"), Value: RoleWord(role), Note: web.Say("account.role_hint." + role)})
	}
	facts.Items = append(facts.Items, web.Fact{Label: web.Say("account.invited_address"), Value: web.Data(identity.Email(f.I.Email).Shown()), Note: web.Say("account.only_this_address")})
	return facts
}

var invitationPage = web.Page[invitationForm]{Name: "account/invitation", Title: "account.invitation", Public: true}

// InvitationForm shows what is offered and how to accept it. The first operator's link leads here too.
func (p Pages) InvitationForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	secret := p.Site.CarriedLink(r)
	web.NoReferrer(w)
	if _, err := p.Identities.Proof(r.Context(), identity.Operator, secret); err == nil {
		return p.showOperator(w, r, a, http.StatusOK, operatorForm{})
	}
	i, hasPassword, err := p.Invitation(r.Context(), secret)
	if fault.Is(err, "identity.link_over") {
		return p.usedInvitation(w, r, a, secret)
	}
	if err != nil {
		return err
	}
	return p.showInvitation(w, r, a, http.StatusOK, invitationForm{FirstName: i.FirstName, LastName: i.LastName, I: i, HasPassword: hasPassword})
}

func (p Pages) showInvitation(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f invitationForm) error {
	f.Me = a.Person != "" && a.Person == f.I.Person
	if a.Person != "" && !f.Me {
		f.Other, status = identity.Email(a.Email).Shown(), http.StatusForbidden
	}
	web.NoReferrer(w)
	return invitationPage.Render(p.Site, w, r, a, status, f)
}

// usedInvitation leads on whoever has accepted this invitation; it is over for everybody else.
func (p Pages) usedInvitation(w http.ResponseWriter, r *http.Request, a who.Actor, secret string) error {
	number, err := p.Joined(r.Context(), a, secret)
	if err != nil {
		return err
	}
	if number == 0 {
		return linkOver()
	}
	return p.Site.Redirect(w, r, "/o/"+strconv.FormatInt(number, 10)+"/")
}

// InvitationPost accepts.
func (p Pages) InvitationPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	secret := p.Site.CarriedLink(r)
	if _, err := p.Identities.Proof(r.Context(), identity.Operator, secret); err == nil {
		return p.operatorPost(w, r, a, secret)
	}
	var f invitationForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if a.Person != "" {
		out, i, err := p.AcceptSignedIn(r.Context(), a, secret, identity.Visit{Address: web.RemoteIP(r), Device: r.UserAgent()})
		if fault.Is(err, "account.invitation_for_another") {
			f.I = i
			return p.showInvitation(w, r, a, http.StatusForbidden, f)
		}
		if fault.Is(err, "identity.link_over") {
			return p.usedInvitation(w, r, a, secret)
		}
		if err != nil {
			return err
		}
		p.Site.DropLink(w)
		if out.Token != "" {
			return p.SignIn.Onward(w, r, a, out, "/o/"+strconv.FormatInt(i.Number, 10)+"/")
		}
		return p.Site.Redirect(w, r, "/o/"+strconv.FormatInt(i.Number, 10)+"/", fault.Msg("account.joined", "organisation", i.OrgName))
	}
	out, i, err := p.Accept(r.Context(), a, secret, identity.NewPassword{FirstName: f.FirstName, LastName: f.LastName, Password: f.Password},
		identity.Visit{Address: web.RemoteIP(r), Device: r.UserAgent()})
	if refused, again := web.Refused(err, "account.sign_in_to_accept"); again {
		f.I, f.Refused, f.Password, f.HasPassword = i, refused, "", refused.Code == "account.sign_in_to_accept"
		return p.showInvitation(w, r, a, int(refused.Kind), f)
	}
	if err != nil {
		return err
	}
	p.Site.DropLink(w)
	return p.SignIn.Onward(w, r, a, out, "/o/"+strconv.FormatInt(i.Number, 10)+"/")
}

// operatorForm is the page of the first operator, behind the link that lodge init printed.
type operatorForm struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Email     string `form:"email"`
	Password  string `form:"password,raw"`

	Refused *fault.Error
}

func (f operatorForm) Fields() []web.Field {
	email := web.Field{Name: "email", Type: "email", Label: web.Say("identity.email"), Value: f.Email, Required: true, Autocomplete: "username"}.With(f.Refused)
	return append(identity.NameFields(f.FirstName, f.LastName, f.Refused), email, identity.NewPasswordField(f.Refused))
}

// Notices is what is wrong, on top.
func (f operatorForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

var operatorPage = web.Page[operatorForm]{Name: "account/operator", Title: "account.first_operator", Public: true}

func (p Pages) showOperator(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f operatorForm) error {
	web.NoReferrer(w)
	return operatorPage.Render(p.Site, w, r, a, status, f)
}

func (p Pages) operatorPost(w http.ResponseWriter, r *http.Request, a who.Actor, secret string) error {
	var f operatorForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	out, err := p.FirstOperator(r.Context(), secret, NewContact{FirstName: f.FirstName, LastName: f.LastName, Email: f.Email}, f.Password,
		identity.Visit{Address: web.RemoteIP(r), Device: r.UserAgent()})
	if refused, again := web.Refused(err); again {
		f.Refused, f.Password = refused, ""
		return p.showOperator(w, r, a, int(refused.Kind), f)
	}
	if err != nil {
		return err
	}
	p.Site.DropLink(w)
	return p.SignIn.Onward(w, r, a, out, "")
}

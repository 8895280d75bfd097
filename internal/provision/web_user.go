package provision

import (
	"net/http"
	"strconv"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// userForm is the second step as it was typed.
type userForm struct {
	FirstName string `form:"first_name"`
	LastName  string `form:"last_name"`
	Email     string `form:"email"`
	Accept    bool   `form:"accept_charges"`
	Then      string `form:"then"` // draft: no more for now; back: to the first step; else the customer is made
	Seen      string `form:"seen"`
}

// user shows the second step as it is or was typed.
func (p Pages) user(w http.ResponseWriter, r *http.Request, a who.Actor, status int, u Unfinished, f userForm, no *fault.Error) error {
	choices, err := p.Provisions.Choices(r.Context(), a)
	if err != nil {
		return err
	}
	page := p.page(r, u.ID, "user")
	page.User, page.Version = true, f.Seen
	page.Lead = web.Say("provision.lead_user", "name", u.Name)
	page.Fields = []web.Field{
		{Name: "first_name", Label: web.Say("identity.first_name"), Value: f.FirstName, Required: true, Max: 100, Autocomplete: "off"},
		{Name: "last_name", Label: web.Say("identity.last_name"), Value: f.LastName, Required: true, Max: 100, Autocomplete: "off"},
		{Name: "email", Type: "email", Label: web.Say("identity.email"), Hint: web.Say("provision.email_hint"), Value: f.Email, Required: true, Autocomplete: "off"}}
	for _, t := range choices.Types {
		if subscription.Key(t.Code) != subscription.Key(u.ProductType) {
			continue
		}
		today := clock.Day(p.Site.Clock.Now(), a.Zone)
		if page.Cost = costOf(t, today, u.payableOn(), p.Site.Printer(r, a)); page.Cost != nil {
			accept := web.Field{Name: "accept_charges", Type: "checkbox", Label: web.Say("provision.accept", "type", t.Name, "price", t.Monthly()), Checked: f.Accept}.With(no)
			page.Accept = &accept
		}
	}
	page.Summary = refused(no, page.Fields, web.Field{Name: "accept_charges", Label: web.Say("provision.charges_label")})
	return stepOf.Render(p.Site, w, r, a, status, page)
}

func (p Pages) saveUser(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f userForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id, user := r.PathValue("draft"), User{f.FirstName, f.LastName, f.Email}
	if f.Then != "" {
		err := p.Provisions.SaveUser(r.Context(), a, id, web.Whole(f.Seen), user)
		if no, ok := web.Refused(err, conflicts...); ok {
			return p.again(w, r, a, id, f, no)
		}
		if err != nil {
			return err
		}
		return p.next(w, r, id, "details", f.Then, f.FirstName+" "+f.LastName)
	}
	number, err := p.Provisions.Finish(r.Context(), a, id, user, f.Accept)
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.again(w, r, a, id, f, no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/customers", fault.Msg("provision.done_created", "number", number, "email", f.Email))
}

// again shows the step that was refused. What belongs to the first step is shown there; what was typed is saved before, so that nothing is lost.
func (p Pages) again(w http.ResponseWriter, r *http.Request, a who.Actor, id string, f userForm, no *fault.Error) error {
	u, err := p.Provisions.Unfinished(r.Context(), a, id)
	if err != nil {
		return err
	}
	elsewhere := false
	for _, field := range no.Fields {
		switch field.Name {
		case "first_name", "last_name", "email", "accept_charges":
		default:
			elsewhere = true
		}
	}
	if !elsewhere {
		return p.user(w, r, a, int(no.Kind), u, f, no)
	}
	if err := p.Provisions.SaveUser(r.Context(), a, id, u.Version, User{f.FirstName, f.LastName, f.Email}); err != nil && fault.Of(err) == nil {
		return err
	}
	form := u.form()
	form.Seen = strconv.FormatInt(u.Version+1, 10)
	r.SetPathValue("step", "details")
	return p.details(w, r, a, int(no.Kind), id, form, no)
}

// Discard removes a draft.
func (p Pages) Discard(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Provisions.Discard(r.Context(), a, r.PathValue("draft")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/customers", fault.Msg("provision.done_discarded"))
}

// exampleOf shows a format; the amount is in euros wherever one reads it.
func exampleOf(format, today string) string {
	day, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return format
	}
	return lang.Example(format, day, lang.Money{Minor: 123450, Currency: "EUR"})
}

package account

import (
	"net/http"
	"slices"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// delta is a role of a contact in the list: as it is, or staged to be given (+) or taken (-).
type delta struct {
	Sign string
	Word web.Text
}

// deltas show what a staged change would do: what is taken, what is given, what stays.
func deltas(c Staged) (all []delta) {
	for _, r := range inOrder(c.Before()) {
		if !slices.Contains(c.After(), r) {
			all = append(all, delta{"-", RoleWord(r)})
		}
	}
	for _, r := range inOrder(c.After()) {
		sign := "+"
		if slices.Contains(c.Before(), r) {
			sign = ""
		}
		all = append(all, delta{sign, RoleWord(r)})
	}
	if len(c.After()) == 0 {
		all = append(all, delta{"", RoleWord("none")})
	}
	return all
}

// changeForm is the form below the line of a contact whose roles are being changed.
type changeForm struct {
	Of           Contact
	Seen         string // roles that the form shows as the present ones
	Contact      string // id
	Action, Name string
	Obsolete     string // address that ends the membership; "" unless the reader may
	Groups       []web.Field
	Given        []web.Text // how each present role came
}

// changeLink leads to the form of a contact's roles, or to its history.
type changeLink struct{ Href, Name string }

// rolesForm is what it sends: the roles of support are one choice, all others are ticked.
type rolesForm struct {
	Support string   `form:"support"`
	Roles   []string `form:"roles"`
	Cancel  bool     `form:"cancel"`
}

// groups are the roles in the order and the company in which people read them.
var groups = []struct {
	name  string
	roles []string
}{
	{"administration", []string{SecurityAdministrator}}, {"licences", licencePrivileges}, {"agents", []string{AgentViewer, AgentOperator, AgentConfigurator}},
	{"partner", PartnerRoles}, {"vendor", VendorRoles},
}

// formOf is the form with these roles ticked.
func formOf(c Changing, wants []string, r *http.Request, a who.Actor, no *fault.Error) *changeForm {
	at, part := web.Path(r)+"/contacts/"+c.Contact.ID, ""
	if v := shownPart(r); len(v) > 0 {
		part = "?" + v.Encode()
	}
	f := &changeForm{Of: c.Contact, Seen: joined(sorted(c.Contact.Roles())), Contact: c.Contact.ID, Action: at + "/roles" + part, Name: c.Contact.FirstName + " " + c.Contact.LastName}
	if a.May(GrantRoles) && mayAdminister(a, c.Kind) {
		f.Obsolete = at + "/obsolete" + part
	}
	held := func(role string) bool { return slices.Contains(wants, role) }
	option := func(role string) web.Option {
		o := web.Option{Value: role, Label: RoleWord(role), Hint: web.Say("account.role_hint." + role), Chosen: held(role), Disabled: !slices.Contains(c.May, role)}
		if o.Disabled && !slices.Contains(closed, role) {
			o.Hint = web.Say("account.role_of." + Giver(Grants(role)))
		}
		return o
	}
	known := RolesOf(c.Kind)
	if slices.Contains(known, SupportRestricted) {
		field := web.Field{Name: "support", Type: "radio", Label: web.Say("account.group.support"),
			Options: []web.Option{{Label: RoleWord("none"), Hint: web.Say("account.role_hint.none"), Chosen: len(support(wants)) == 0, Disabled: !slices.Contains(c.May, SupportRestricted)}}}
		for _, r := range []string{SupportRestricted, SupportAdvanced, SupportAdministrator} {
			field.Options = append(field.Options, option(r))
		}
		f.Groups = append(f.Groups, field)
	}
	for _, g := range groups {
		field := web.Field{Name: "roles", ID: "roles-" + g.name, Type: "checks", Label: web.Say("account.group." + g.name)}
		for _, r := range g.roles {
			if slices.Contains(known, r) && (!slices.Contains(closed, r) || held(r)) {
				field.Options = append(field.Options, option(r))
			}
		}
		if len(field.Options) > 0 {
			f.Groups = append(f.Groups, field)
		}
	}
	for _, g := range c.Given {
		f.Given = append(f.Given, g.text())
	}
	if no != nil {
		f.Groups[0].Error = no.At("roles")
	}
	return f
}

// text says how a role came.
func (g Given) text() web.Text {
	role := fault.Msg("account.role." + g.Role)
	switch {
	case g.How == "imported":
		return web.Say("account.given_imported", "role", role, "day", g.At)
	case g.By == "":
		return web.Say("account.given_console", "role", role, "day", g.At)
	case g.For != "":
		return web.Say("account.given_for", "role", role, "by", g.By, "organisation", g.For, "day", g.At)
	case g.How == "invited":
		return web.Say("account.given_invited", "role", role, "by", g.By, "day", g.At)
	}
	return web.Say("account.given_by", "role", role, "by", g.By, "day", g.At)
}

// wanted are the roles that the form asks for. What its reader may not take stays: such boxes are not sent.
func (f rolesForm) wanted(c Changing) (all []string) {
	all = slices.Clone(f.Roles)
	if f.Support != "" {
		all = append(all, f.Support)
	}
	for _, r := range c.Contact.Roles() {
		if !slices.Contains(c.May, r) {
			all = append(all, r)
		}
	}
	return all
}

// ContactRoles stages the roles of a contact.
func (p Pages) ContactRoles(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f rolesForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id := r.PathValue("contact")
	if f.Cancel {
		return p.back(w, r)
	}
	c, err := p.Changing(r.Context(), a, id)
	if err != nil {
		return err
	}
	wants := f.wanted(c)
	var seen []string
	if r.PostForm.Has("seen") {
		seen = append([]string{}, strings.Fields(r.PostForm.Get("seen"))...)
	}
	err = p.Stage(r.Context(), a, id, wants, seen)
	if no, again := web.Refused(err, "account.contact_changed", "account.last_administrator", "account.last_supervisor", "account.last_operator", "account.staged_many"); again {
		return p.contacts(w, r, a, int(no.Kind), formOf(c, wants, r, a, no), web.Summary(no))
	}
	if err != nil {
		return err
	}
	return p.back(w, r)
}

// ContactsApply brings the reader's changes into force.
func (p Pages) ContactsApply(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	n, err := p.Apply(r.Context(), a)
	if no, again := web.Refused(err, "account.changes_stale", "account.last_administrator", "account.last_supervisor", "account.last_operator"); again {
		var rows []web.Field
		for _, f := range no.Fields {
			rows = append(rows, web.Field{Name: f.Name, ID: "c-" + strings.TrimPrefix(f.Name, "contacts."), Label: web.Text{Key: f.Text}})
		}
		return p.contacts(w, r, a, int(no.Kind), nil, web.Summary(no, rows...))
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.applied", "n", n))
}

// ContactsDiscard forgets the reader's changes.
func (p Pages) ContactsDiscard(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	n, err := p.Discard(r.Context(), a)
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.discarded", "n", n))
}

// StagedBar is the bar of the reader's changes, for every page of the organisation. names are those of the contacts, one a line.
func StagedBar(base, names string) *web.Staged {
	if names == "" {
		return nil
	}
	all := strings.Split(names, "\n")
	bar := &web.Staged{Title: web.Say("account.staged", "n", len(all)), Acts: []web.Act{
		{Label: web.Say("account.discard"), Post: base + "/contacts/changes/discard"},
		{Label: web.Say("account.apply"), Post: base + "/contacts/changes/apply", Primary: true}}}
	switch more := len(all) - shownNames; {
	case more > 0:
		bar.Text = web.Say("account.staged_more", "names", strings.Join(all[:shownNames], ", "), "n", more)
	default:
		bar.Text = web.Say("account.staged_names", "n", len(all), "names", strings.Join(all, ", "))
	}
	return bar
}

// shownNames is how many names the bar has.
const shownNames = 3

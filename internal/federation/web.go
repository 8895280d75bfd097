package federation

import (
	"net/http"
	"strconv"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages are the doors that people use.
type Pages struct {
	*Federations
	Site   *web.Site
	SignIn identity.Pages
}

// SettingsAt is the address of the administrators' page below the organisation's, LinksAt that of a person's own links.
const (
	SettingsAt = "/settings/sign-in"
	LinksAt    = "/me/security/company"
)

// domainRow is a line of the table of domains.
type domainRow struct {
	Name         string
	Status       web.Status
	Record, Text string // of the TXT record
	Check        string // address
	Remove       string
}

// Type is that of the record, as name servers call it.
func (domainRow) Type() string { return "TXT" }

// settingsView is the page of domains and connection.
type settingsView struct {
	State   State
	At      string
	Rows    []domainRow
	Domain  web.Field
	Fields  []web.Field
	Status  web.Status
	Facts   web.Facts // addresses that the company's administrator types in there
	Notices []web.Notice
}

var settingsPage = web.Page[settingsView]{Name: "federation/settings", Title: "federation.title"}

// settingsForm is what the two forms of the page send.
type settingsForm struct {
	Domain     string `form:"domain"`
	Issuer     string `form:"issuer"`
	ClientID   string `form:"client_id"`
	Secret     string `form:"client_secret,raw"`
	Joins      bool   `form:"joins"`
	TrustsMail bool   `form:"trusts_mail"`
	Version    string `form:"version"`
}

// Settings shows domains and connection.
func (p Pages) Settings(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.settings(w, r, a, http.StatusOK, nil, nil)
}

// settings shows the page; of a form that was refused with what was typed.
func (p Pages) settings(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *settingsForm, no *fault.Error) error {
	o, err := p.Overview(r.Context(), a)
	if err != nil {
		return err
	}
	c := o.Connection
	if f == nil || f.Domain != "" {
		typed := ""
		if f != nil {
			typed = f.Domain
		}
		f = &settingsForm{Domain: typed, Issuer: c.Issuer, ClientID: c.ClientID, Joins: c.Joins, TrustsMail: c.TrustsMail}
	}
	v := settingsView{State: o, At: web.Path(r) + SettingsAt, Status: connectionStatus(c.State)}
	now := p.Site.Clock.Now()
	for _, d := range o.Domains {
		row := domainRow{Name: d.Name, Check: v.At + "/domains/" + d.ID + "/check", Remove: v.At + "/domains/" + d.ID + "/remove"}
		row.Record, row.Text = d.Record()
		row.Status = web.Status{Tone: web.Idle, Icon: "clock-pause", Word: web.Say("federation.domain_waits")}
		switch {
		case !d.MissingAt.IsZero():
			row.Status = web.Status{Tone: web.Warn, Icon: "alert-triangle", Word: web.Say("federation.domain_missing"), Note: web.Say("federation.domain_missing_until", "until", d.MissingAt.Add(Grace))}
		case !d.ProvenAt.IsZero():
			row.Status = web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("federation.domain_proven")}
		case !d.CheckedAt.IsZero() && now.After(d.CheckedAt):
			row.Status.Note = web.Say("federation.domain_not_found")
		}
		v.Rows = append(v.Rows, row)
	}
	v.Domain = web.Field{Name: "domain", Label: web.Say("federation.domain"), Hint: web.Say("federation.domain_hint"), Value: f.Domain, Required: true, Autocomplete: "off", Max: 253,
		Placeholder: web.Data("kowalski.example")}.With(no)
	v.Fields = []web.Field{
		web.Field{Name: "issuer", Type: "url", Label: web.Say("federation.issuer"), Hint: web.Say("federation.issuer_hint"), Value: f.Issuer, Required: true, Autocomplete: "off", Max: maxAddress}.With(no),
		web.Field{Name: "client_id", Label: web.Say("federation.client_id"), Value: f.ClientID, Required: true, Autocomplete: "off", Max: maxClient}.With(no),
		secretField(c).With(no),
		{Name: "joins", Type: "checkbox", Label: web.Say("federation.joins"), Hint: web.Say("federation.joins_hint"), Checked: f.Joins},
		{Name: "trusts_mail", Type: "checkbox", Label: web.Say("federation.trusts_mail"), Hint: web.Say("federation.trusts_mail_hint"), Checked: f.TrustsMail},
	}
	v.Facts = web.Facts{Wide: true, Items: []web.Fact{
		{Label: web.Say("federation.callback"), Value: web.Data(p.Callback(c.ID)), Mono: true},
		{Label: web.Say("federation.logout"), Value: web.Data(p.Logout(c.ID)), Mono: true},
		{Label: web.Say("federation.scopes"), Value: web.Data("openid email profile"), Mono: true},
	}}
	if no != nil {
		v.Notices = web.Summary(no, append([]web.Field{v.Domain}, v.Fields...)...)
	}
	return settingsPage.Render(p.Site, w, r, a, status, v)
}

func secretField(c Connection) web.Field {
	f := web.Field{Name: "client_secret", Type: "password", Label: web.Say("federation.secret"), Autocomplete: "off", Max: maxSecret, Required: c.Secret == ""}
	if c.Secret != "" {
		f.Hint = web.Say("federation.secret_kept")
	}
	return f
}

// connectionStatus is how the states of a connection are shown.
func connectionStatus(state string) web.Status {
	switch state {
	case On:
		return web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("federation.state.on")}
	case Off:
		return web.Status{Tone: web.Idle, Icon: "circle-off", Word: web.Say("federation.state.off")}
	}
	return web.Status{Tone: web.Idle, Icon: "clock-pause", Word: web.Say("federation.state.draft")}
}

// back leads to the page after an act that succeeded.
func (p Pages) back(w http.ResponseWriter, r *http.Request, done string, args ...any) error {
	return p.Site.Redirect(w, r, web.Path(r)+SettingsAt, fault.Msg(done, args...))
}

// conflicts are the refusals that the page itself shows.
var conflicts = []string{"federation.domain_taken", "federation.domain_there", "federation.domains_many", "federation.changed_meanwhile", "federation.domain_first",
	"federation.not_set_up", "federation.at_head"}

// DomainPost adds a domain.
func (p Pages) DomainPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f settingsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	_, err := p.AddDomain(r.Context(), a, f.Domain)
	if no, again := web.Refused(err, conflicts...); again {
		return p.settings(w, r, a, int(no.Kind), &settingsForm{Domain: f.Domain}, no)
	}
	if err != nil {
		return err
	}
	return p.back(w, r, "federation.done_domain")
}

// DomainCheck asks for a domain's record.
func (p Pages) DomainCheck(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	proven, err := p.CheckDomain(r.Context(), a, r.PathValue("domain"))
	if no, again := web.Refused(err, conflicts...); again {
		return p.settings(w, r, a, int(no.Kind), nil, no)
	}
	if err != nil {
		return err
	}
	if !proven {
		return p.Site.Redirect(w, r, web.Path(r)+SettingsAt)
	}
	return p.back(w, r, "federation.done_proven")
}

// DomainRemove takes a domain away.
func (p Pages) DomainRemove(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.RemoveDomain(r.Context(), a, r.PathValue("domain")); err != nil {
		return err
	}
	return p.back(w, r, "federation.done_domain_removed")
}

// SettingsPost tests and saves the connection.
func (p Pages) SettingsPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f settingsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	version, _ := strconv.ParseInt(f.Version, 10, 64) // no number is no present version: a conflict
	err := p.Save(r.Context(), a, Settings{Issuer: f.Issuer, ClientID: f.ClientID, Secret: f.Secret, Joins: f.Joins, TrustsMail: f.TrustsMail, Version: version})
	if no, again := web.Refused(err, conflicts...); again {
		f.Domain = ""
		return p.settings(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.back(w, r, "federation.done_saved")
}

// Turn switches the connection on or off.
func (p Pages) Turn(state string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		err := p.Switch(r.Context(), a, state)
		if no, again := web.Refused(err, conflicts...); again {
			return p.settings(w, r, a, int(no.Kind), nil, no)
		}
		if err != nil {
			return err
		}
		return p.back(w, r, "federation.done_"+state)
	}
}

// RemovePost takes the connection away.
func (p Pages) RemovePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Remove(r.Context(), a); err != nil {
		return err
	}
	return p.back(w, r, "federation.done_removed")
}

package openid

import (
	"embed"
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// Pages are the doors that people use.
type Pages struct {
	*Provider
	Site *web.Site
}

// At is the address of the page of connected websites below the organisation's.
const At = "/settings/websites"

type clientRow struct {
	Client
	Href   string
	Status web.Status
}

func (c Client) status() web.Status {
	switch {
	case c.Disabled():
		return web.Status{Tone: web.Idle, Icon: "circle-off", Word: web.Say("openid.state.disabled")}
	case c.SecretAt.IsZero():
		return web.Status{Tone: web.Warn, Icon: "alert-circle", Word: web.Say("openid.state.no_secret")}
	}
	return web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("openid.state.in_use")}
}

type listView struct {
	Rows   []clientRow
	Link   string
	Issuer string
	Key    SigningKey
	HasKey bool
	Heads  web.Heads
}

// Empty says what no websites mean.
func (v listView) Empty() web.Empty {
	return web.Empty{Title: web.Say("openid.empty"), Text: web.Say("openid.empty_text")}
}

var listPage = web.Page[listView]{Name: "openid/list", Title: "openid.websites"}

// ListPage shows the connected websites and the key that signs.
func (p Pages) ListPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.List(r.Context(), a)
	if err != nil {
		return err
	}
	v := listView{Link: web.Path(r) + At, Issuer: p.BaseURL, Heads: web.Heads{Columns: []web.Column{{Label: web.Say("openid.name")}, {Label: web.Say("openid.address")}, {Label: web.Say("openid.asks")}, {Label: web.Say("openid.state"), Width: "w-150"}}}}
	if v.Key, v.HasKey, err = p.Key(r.Context(), a); err != nil {
		return err
	}
	for _, c := range all {
		v.Rows = append(v.Rows, clientRow{c, v.Link + "/" + c.ID, c.status()})
	}
	return listPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// KeyPost changes the key that signs.
func (p Pages) KeyPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.ChangeKey(r.Context(), a); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At, fault.Msg("openid.done_key"))
}

// settingsForm is what is typed.
type settingsForm struct {
	Name         string `form:"name"`
	Redirects    string `form:"redirects"`
	Returns      string `form:"returns"`
	FrontChannel string `form:"front_channel"`
	BackChannel  string `form:"back_channel"`
	Trusted      bool   `form:"trusted"`
	Version      string `form:"version"`

	Refused *fault.Error
}

func (f settingsForm) settings() Settings {
	return Settings{f.Name, split(f.Redirects), split(f.Returns), f.FrontChannel, f.BackChannel, f.Trusted}
}

func split(text string) []string { return strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") }

func formOf(c Client) settingsForm {
	return settingsForm{Name: c.Name, Redirects: c.Redirects, Returns: c.Returns, FrontChannel: c.FrontChannel, BackChannel: c.BackChannel, Trusted: c.Trusted,
		Version: strconv.FormatInt(c.Version, 10)}
}

// Fields are the inputs in reading order.
func (f settingsForm) Fields() []web.Field {
	fields := []web.Field{
		{Name: "name", Label: web.Say("openid.name"), Hint: web.Say("openid.name_hint"), Value: f.Name, Required: true, Max: maxName, Autocomplete: "off"},
		{Name: "redirects", Type: "textarea", Label: web.Say("openid.redirects"), Hint: web.Say("openid.redirects_hint"), Value: f.Redirects, Required: true, Rows: 3},
		{Name: "returns", Type: "textarea", Label: web.Say("openid.returns"), Hint: web.Say("openid.returns_hint"), Value: f.Returns, Optional: true, Rows: 2},
		{Name: "back_channel", Label: web.Say("openid.back_channel"), Hint: web.Say("openid.back_channel_hint"), Value: f.BackChannel, Optional: true, InputMode: "url", Autocomplete: "off"},
		{Name: "front_channel", Label: web.Say("openid.front_channel"), Hint: web.Say("openid.front_channel_hint"), Value: f.FrontChannel, Optional: true, InputMode: "url", Autocomplete: "off"},
		{Name: "trusted", Type: "checkbox", Label: web.Say("openid.trusted"), Hint: web.Say("openid.trusted_hint"), Checked: f.Trusted},
	}
	for i := range fields {
		fields[i] = fields[i].With(f.Refused)
	}
	return fields
}

// Notices is what is wrong, on top.
func (f settingsForm) Notices() []web.Notice { return web.Summary(f.Refused, f.Fields()...) }

type newView struct {
	settingsForm
	Link string
}

// Crumbs lead back to the list.
func (v newView) Crumbs() web.Crumbs {
	return web.Crumbs{Items: []web.Link{{Href: v.Link, Label: web.Say("openid.websites")}, {Label: web.Say("openid.add")}}}
}

var newPage = web.Page[newView]{Name: "openid/new", Title: "openid.add"}

// NewForm shows the form.
func (p Pages) NewForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := own(a); err != nil {
		return err
	}
	return newPage.Render(p.Site, w, r, a, http.StatusOK, newView{Link: web.Path(r) + At})
}

// NewPost connects a website.
func (p Pages) NewPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	v := newView{Link: web.Path(r) + At}
	if err := web.Form(r, &v.settingsForm); err != nil {
		return err
	}
	id, err := p.Make(r.Context(), a, v.settings())
	var again bool
	if v.Refused, again = web.Refused(err, "openid.many"); again {
		return newPage.Render(p.Site, w, r, a, int(v.Refused.Kind), v)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, v.Link+"/"+id, fault.Msg("openid.done_made"))
}

// oneView is a website with its settings and its secret.
type oneView struct {
	settingsForm
	Client Client
	Status web.Status
	Facts  web.Facts
	Secret string // made this moment; shown on no other page
	Unsent []Unsent
	Link   string
	At     string
}

func (v oneView) PageTitle() web.Text { return web.Data(v.Client.Name) }

// Crumbs lead back to the list.
func (v oneView) Crumbs() web.Crumbs {
	return web.Crumbs{Items: []web.Link{{Href: v.Link, Label: web.Say("openid.websites")}, {Label: web.Data(v.Client.Name)}}}
}

var onePage = web.Page[oneView]{Name: "openid/one", Title: "openid.websites"}

// Show shows one website.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.show(w, r, a, http.StatusOK, nil, "")
}

func (p Pages) show(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *settingsForm, secret string) error {
	c, err := p.Get(r.Context(), a, r.PathValue("website"))
	if err != nil {
		return err
	}
	v := oneView{settingsForm: formOf(c), Client: c, Status: c.status(), Secret: secret, Link: web.Path(r) + At}
	v.At = v.Link + "/" + c.ID
	if v.Unsent, err = p.Unsent(r.Context(), a, c.ID); err != nil {
		return err
	}
	if f != nil {
		f.Version = v.Version // the same form can be sent again: its sender has seen now what there is
		v.settingsForm = *f
	}
	print := p.Site.Printer(r, a)
	made := web.Fact{Label: web.Say("openid.secret"), Value: web.Say("openid.secret_none")}
	if !c.SecretAt.IsZero() {
		made.Value = web.Say("openid.secret_since", "day", print.Date(c.SecretAt))
	}
	v.Facts = web.Facts{Items: []web.Fact{{Label: web.Say("openid.issuer"), Value: web.Data(p.BaseURL), Mono: true}, {Label: web.Say("openid.client_id"), Value: web.Data(c.ID), Mono: true}, made}}
	return onePage.Render(p.Site, w, r, a, status, v)
}

// Save changes name and addresses.
func (p Pages) Save(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f settingsForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	version, _ := strconv.ParseInt(f.Version, 10, 64) // no number is no present version: a conflict
	err := p.Change(r.Context(), a, r.PathValue("website"), version, f.settings())
	var again bool
	if f.Refused, again = web.Refused(err, "openid.changed"); again {
		return p.show(w, r, a, int(f.Refused.Kind), &f, "")
	}
	return p.done(w, r, err, "openid.done_changed")
}

func (p Pages) done(w http.ResponseWriter, r *http.Request, err error, what string) error {
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+r.PathValue("website"), fault.Msg(what))
}

// SecretPost makes a secret and shows it: this page is the only one that ever does, so there is nothing to be led to.
func (p Pages) SecretPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	secret, err := p.Secret(r.Context(), a, r.PathValue("website"))
	if err != nil {
		return err
	}
	return p.show(w, r, a, http.StatusOK, nil, secret)
}

// DisablePost ends sign-ins at a website.
func (p Pages) DisablePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.done(w, r, p.Disable(r.Context(), a, r.PathValue("website")), "openid.done_disabled")
}

// EnablePost allows them again.
func (p Pages) EnablePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.done(w, r, p.Enable(r.Context(), a, r.PathValue("website")), "openid.done_enabled")
}

// DeletePost takes a website away.
func (p Pages) DeletePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Delete(r.Context(), a, r.PathValue("website")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At, fault.Msg("openid.done_deleted"))
}

package account

import (
	"io"
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// MaxList is the largest file with a list of contacts, in bytes.
const MaxList = 1 << 20

// manyForm is the page on which many contacts are asked in at once, and what came of them.
type manyForm struct {
	Contacts string    `form:"contacts,raw"`
	File     *web.File `form:"file"`

	Link    string
	Roles   []string // that the reader may give
	Rows    []manyRow
	Refused *fault.Error
}

// manyRow is a line of what came of them.
type manyRow struct {
	No       int64
	Name     string
	Email    string
	Status   web.Status
	Messages []fault.Message
}

// Fields are the inputs in reading order.
func (f manyForm) Fields() []web.Field {
	return []web.Field{
		{Name: "file", Type: "file", Label: web.Say("account.many_file"), Accept: ".csv,text/csv", Optional: true},
		web.Field{Name: "contacts", Type: "textarea", Label: web.Say("account.many_text"), Hint: web.Say("account.many_hint", "max", MaxMany), Value: f.Contacts, Rows: 8,
			Placeholder: web.Data("first_name,last_name,email,role")}.With(f.Refused),
	}
}

// Notices is what is wrong, on top, or what came of it.
func (f manyForm) Notices() []web.Notice {
	if len(f.Rows) > 0 {
		bad := 0
		for _, r := range f.Rows {
			bad += min(len(r.Messages), 1)
		}
		return []web.Notice{{Tone: web.Warn, Title: web.Say("account.many_some", "n", bad, "of", len(f.Rows)), Text: web.Say("account.many_mend"), Alert: true}}
	}
	return web.Summary(f.Refused, f.Fields()...)
}

// Heads are those of what came of them.
func (f manyForm) Heads() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("account.many_row"), Width: "w-84"}, {Label: web.Say("account.name")}, {Label: web.Say("account.many_result")}}}
}

// Crumbs lead back to the list.
func (f manyForm) Crumbs() web.Crumbs {
	return web.Crumbs{Items: []web.Link{{Href: f.Link, Label: web.Say("account.contacts")}, {Label: web.Say("account.many_title")}}}
}

var manyPage = web.Page[manyForm]{Name: "account/contacts-many", Title: "account.many_title"}

// ManyForm shows the form.
func (p Pages) ManyForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.showMany(w, r, a, http.StatusOK, manyForm{})
}

func (p Pages) showMany(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f manyForm) (err error) {
	f.Link = web.Path(r) + "/contacts"
	if f.Roles, err = p.Grantable(r.Context(), a); err != nil {
		return err
	}
	return manyPage.Render(p.Site, w, r, a, status, f)
}

// ManyPost asks them in. What was refused stands in the form again, to be mended; a file's text, too.
func (p Pages) ManyPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f manyForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	if f.File != nil {
		text, err := content(f.File)
		if err != nil {
			return err
		}
		f.Contacts = text
	}
	all, err := ReadContacts([]byte(f.Contacts))
	var rows []ManyRow
	if err == nil {
		rows, err = p.InviteMany(r.Context(), a, all)
	}
	var again bool
	if f.Refused, again = web.Refused(err, "account.invitations_many"); again {
		if f.Refused.At("contacts").Key == "account.many_encoding" {
			f.Contacts = "" // a browser would show something else
		}
		return p.showMany(w, r, a, int(f.Refused.Kind), f)
	}
	if err != nil {
		return err
	}
	var refused []ManyRow
	for i, row := range rows {
		shown := manyRow{No: int64(i + 1), Name: row.FirstName + " " + row.LastName, Email: row.Email, Status: statusOf(Invited)}
		if row.No != nil {
			refused = append(refused, row)
			shown.Status, shown.Messages = web.Status{Tone: web.Bad, Icon: "alert-circle", Word: web.Say("account.many_refused")}, reasons(row.No)
		}
		f.Rows = append(f.Rows, shown)
	}
	if len(refused) == 0 {
		return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.many_invited", "n", len(rows)))
	}
	f.Contacts = writeContacts(refused)
	return p.showMany(w, r, a, http.StatusOK, f)
}

func content(f *web.File) (string, error) {
	in, err := f.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	return string(text), err
}

// reasons are what a refusal says of a row: of its cells, or of all of it.
func reasons(no *fault.Error) (all []fault.Message) {
	for _, f := range no.Fields {
		all = append(all, f.Text)
	}
	if len(all) == 0 {
		all = append(all, no.Text)
	}
	return all
}

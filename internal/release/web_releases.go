package release

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// releasePage is one release as the release manager works on it.
type releasePage struct {
	Heading web.Text
	Crumbs  web.Crumbs
	Status  *web.Status
	Version string // count of changes
	Action  string // address that the form posts to; empty for those who only look
	Cancel  string
	Summary []web.Notice
	Fields  []web.Field
	Facts   *web.Facts
	Notes   template.HTML
	Files   []fileRow
	Add     []web.Field // of a further file
	AddTo   string      // address; empty if nothing can be added
	Parts   *uploading
	Choose  web.Field // the files themselves
	Publish string
	Discard string
	Back    *web.Field // why it is withdrawn
	BackTo  string
	Sign    *signing // of a draft with files
	Keys    string   // address of the keys
}

type fileRow struct {
	File
	About  []web.Text
	Href   string
	Remove string
	Sums   web.Disclosure
	Signed *web.Status
}

func (p releasePage) PageTitle() web.Text { return p.Heading }

var releaseOf = web.Page[releasePage]{Name: "release/release", Title: "release.release"}

// form is a release as it was typed.
type form struct {
	Product   string `form:"product"`
	Channel   string `form:"channel"`
	Version   string `form:"version"`
	Date      string `form:"date"`
	Title     string `form:"title"`
	Notes     string `form:"notes"`
	Mandatory bool   `form:"mandatory"`
	Minimum   string `form:"minimum"`
	Seen      string `form:"seen"` // count of changes that the form showed
}

func (f form) plan() Plan {
	return Plan{f.Product, f.Channel, f.Version, f.Date, f.Title, f.Notes, f.Mandatory, f.Minimum}
}

// New shows the form of a new release.
func (p Pages) New(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f form
	if err := web.Query(r, &f); err != nil {
		return err
	}
	f.Channel, f.Date = or(f.Channel, Stable), or(f.Date, clock.Day(p.Site.Clock.Now(), a.Zone))
	return p.newPage(w, r, a, http.StatusOK, f, nil)
}

func (p Pages) newPage(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f form, no *fault.Error) error {
	products, err := p.Releases.Products(r.Context(), a)
	if err != nil {
		return err
	}
	at := web.Path(r) + "/releases"
	page := releasePage{Heading: web.Say("release.new"), Action: at + "/new", Cancel: at}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("release.releases")}, {Label: page.Heading}}}
	options := append([]web.Option{{Label: web.Say("release.choose_product")}}, productOptions(products)...)
	page.Fields = append([]web.Field{{Name: "product", Type: "select", Label: web.Say("release.product"), Options: web.Chosen(options, f.Product), Required: true}}, fields(f, false)...)
	page.refuse(no)
	return releaseOf.Render(p.Site, w, r, a, status, page)
}

// fields are the inputs in reading order; of a published release only title and notes can change.
func fields(f form, fixed bool) []web.Field {
	all := []web.Field{
		{Name: "version", Label: web.Say("release.version"), Hint: web.Say("release.version_hint"), Value: f.Version, Required: true, Short: true, Max: maxName},
		{Name: "channel", Type: "select", Label: web.Say("release.channel"), Options: web.Chosen(web.Words("release.channel_", Channels...), f.Channel), Short: true},
		{Name: "date", Type: "date", Label: web.Say("release.date"), Hint: web.Say("release.date_hint"), Value: f.Date, Required: true, Short: true},
		{Name: "mandatory", Type: "checkbox", Label: web.Say("release.mandatory"), Hint: web.Say("release.mandatory_hint"), Checked: f.Mandatory},
		{Name: "minimum", Label: web.Say("release.minimum"), Hint: web.Say("release.minimum_hint"), Value: f.Minimum, Optional: true, Short: true, Max: maxName},
	}
	if fixed {
		all = nil
	}
	return append(all,
		web.Field{Name: "title", Label: web.Say("release.title"), Hint: web.Say("release.title_hint"), Value: f.Title, Optional: true, Max: maxTitle},
		web.Field{Name: "notes", Type: "textarea", Label: web.Say("release.notes"), Hint: web.Say("release.notes_hint"), Value: f.Notes, Optional: true, Rows: 10})
}

// refuse puts the messages at their fields and above the form.
func (p *releasePage) refuse(no *fault.Error) {
	if no == nil {
		return
	}
	fields := append(slices.Clip(p.Fields), p.Add...)
	if p.Back != nil {
		fields = append(fields, *p.Back)
	}
	p.Summary = web.Summary(no, append(fields, web.Field{Name: "files", Label: web.Say("release.files")}, web.Field{Name: "signatures", Label: web.Say("release.signatures")})...)
	p.Choose = p.Choose.With(no)
	if p.Sign != nil {
		p.Sign.Field = p.Sign.Field.With(no)
	}
	web.Told(no, p.Fields)
	web.Told(no, p.Add)
	if p.Back != nil {
		f := p.Back.With(no)
		p.Back = &f
	}
}

// conflicts are refusals that the page shows itself, with what was typed.
var conflicts = []string{"release.version_taken", "release.changed", "release.no_files", "release.file_damaged", "release.not_a_draft", "release.not_published",
	"release.files_many", "release.not_signed", "release.signature_over", "once.other_body", "blob.file_too_large", "blob.quota", "blob.disk_full", "blob.size_differs"}

// Create makes the draft.
func (p Pages) Create(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f form
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id, err := p.Releases.Make(r.Context(), a, f.plan())
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.newPage(w, r, a, int(no.Kind), f, no)
	}
	if err != nil {
		return err
	}
	return p.to(w, r, id, fault.Msg("release.done_made", "version", f.Version))
}

// Show shows one release with its files.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.show(w, r, a, http.StatusOK, nil, nil)
}

// show shows it as it is, or as it was typed with what is wrong about it.
func (p Pages) show(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *form, no *fault.Error) error {
	id := r.PathValue("release")
	rel, err := p.Releases.Get(r.Context(), a, id)
	if err != nil {
		return err
	}
	if f == nil {
		f = &form{rel.Of.Code, rel.Channel, rel.Name, rel.ReleasedOn, rel.Title, rel.Notes, rel.Mandatory, rel.Minimum, ""}
	}
	at, st := web.Path(r)+"/releases", statusOf(rel.State, rel.Mandatory, rel.Reason)
	page := releasePage{Heading: web.Data(rel.Of.Name + " " + rel.Name), Status: &st, Cancel: at, Keys: at + "/keys", Version: strconv.FormatInt(rel.Version, 10)}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: at, Label: web.Say("release.releases")}, {Label: page.Heading}}}
	page.facts(rel)
	page.Notes = template.HTML(rel.NotesHTML)
	at += "/" + id
	draft := rel.State == Draft || rel.State == Signed
	for _, file := range rel.Files {
		row := fileRow{File: file, About: about("", file), Href: at + "/files/" + file.ID, Sums: web.Disclosure{Summary: web.Say("release.checksums"),
			Text: "SHA-256 " + file.SHA256 + "\nSHA-512 " + file.SHA512, Copy: true}}
		if draft && a.May(Manage) {
			row.Remove = row.Href + "/remove"
		}
		row.Signed = signedOf(file, rel.Of.Signed)
		page.Files = append(page.Files, row)
	}
	if a.May(Manage) {
		page.Action, page.Fields = at, fields(*f, !draft)
		switch {
		case draft:
			page.AddTo, page.Add, page.Discard, page.Parts = at+"/files", fileFields(), at+"/discard", uploadingTo(at)
			page.Choose = web.Field{Name: "files", Type: "file", Label: web.Say("release.add_file"), Multiple: true}
			if len(rel.Files) > 0 {
				page.Publish, page.Sign = at+"/publish", signingOf(at, rel)
			}
		case rel.State == Published:
			page.BackTo, page.Back = at+"/withdraw", &web.Field{Name: "reason", Label: web.Say("release.reason"), Hint: web.Say("release.reason_hint"), Required: true, Max: 2 * maxTitle}
		}
	}
	page.refuse(no)
	return releaseOf.Render(p.Site, w, r, a, status, page)
}

func (p *releasePage) facts(rel Full) {
	p.Facts = &web.Facts{Items: []web.Fact{{Label: web.Say("release.product"), Value: web.Data(rel.Of.Name)}, {Label: web.Say("release.channel"), Value: web.Say("release.channel_" + rel.Channel)}}}
	if rel.PublishedAt != nil {
		p.Facts.Items = append(p.Facts.Items, web.Fact{Label: web.Say("release.date"), Value: web.Data(rel.ReleasedOn)})
	}
}

func fileFields() []web.Field {
	return []web.Field{
		{Name: "kind", Type: "select", Label: web.Say("release.kind"), Options: web.Chosen(web.Words("release.kind_", Kinds...), Kinds[0]), Short: true},
		{Name: "platform", Type: "select", Label: web.Say("release.platform"), Options: web.Chosen(web.Words("release.platform_", Platforms...), "any"), Short: true},
		{Name: "arch", Type: "select", Label: web.Say("release.arch"), Options: web.Chosen(web.Words("release.arch_", Archs...), "any"), Short: true},
	}
}

// Change changes a release.
func (p Pages) Change(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f form
	if err := web.Form(r, &f); err != nil {
		return err
	}
	id := r.PathValue("release")
	return p.done(w, r, a, &f, p.Releases.Edit(r.Context(), a, id, web.Whole(f.Seen), f.plan()), fault.Msg("release.done_changed"))
}

// done shows what became of a change.
func (p Pages) done(w http.ResponseWriter, r *http.Request, a who.Actor, f *form, err error, said fault.Message) error {
	if no, ok := web.Refused(err, conflicts...); ok {
		return p.show(w, r, a, int(no.Kind), f, no)
	}
	if err != nil {
		return err
	}
	return p.to(w, r, r.PathValue("release"), said)
}

// fileForm is a file for a release.
type fileForm struct {
	Files    []*web.File `form:"files"`
	Kind     string      `form:"kind"`
	Platform string      `form:"platform"`
	Arch     string      `form:"arch"`
}

// AddFiles takes files into a draft.
func (p Pages) AddFiles(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f fileForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	var c fault.Check
	c.Need(len(f.Files) > 0, "files", "release.file_missing")
	err := c.Err()
	for _, file := range f.Files {
		if err == nil {
			err = p.addFile(r, a, f, file)
		}
	}
	return p.done(w, r, a, nil, err, fault.Msg("release.done_added", "n", len(f.Files)))
}

func (p Pages) addFile(r *http.Request, a who.Actor, f fileForm, file *web.File) error {
	body, err := file.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	b, err := p.Releases.PutFile(r.Context(), a, file.Size, body)
	if err != nil {
		return err
	}
	_, err = p.Releases.AddFile(r.Context(), a, r.PathValue("release"), Upload{Blob: b.ID, Name: file.Name, Kind: f.Kind, Platform: f.Platform, Arch: f.Arch})
	return err
}

// RemoveFile takes a file off a draft.
func (p Pages) RemoveFile(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.done(w, r, a, nil, p.Releases.RemoveFile(r.Context(), a, r.PathValue("release"), r.PathValue("file")), fault.Msg("release.done_removed"))
}

// Publish offers the release.
func (p Pages) Publish(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f form
	if err := web.Form(r, &f); err != nil {
		return err
	}
	return p.done(w, r, a, nil, p.Releases.Publish(r.Context(), a, r.PathValue("release"), web.Whole(f.Seen)), fault.Msg("release.done_published"))
}

// Withdraw takes it back.
func (p Pages) Withdraw(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Reason string `form:"reason"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	return p.done(w, r, a, nil, p.Releases.Withdraw(r.Context(), a, r.PathValue("release"), f.Reason), fault.Msg("release.done_withdrawn"))
}

// Discard removes a draft.
func (p Pages) Discard(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Releases.Discard(r.Context(), a, r.PathValue("release")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/releases", fault.Msg("release.done_discarded"))
}

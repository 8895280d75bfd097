package support

import (
	"net/http"
	"slices"
	"strconv"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// newPage is the form of a new request and of a draft.
type newPage struct {
	Heading web.Text
	Number  string // of a draft
	Action  string
	Discard string // address; '' unless it is a draft
	Cancel  string
	Version string
	Summary []web.Notice
	Fields  []web.Field // product to description
	Upload  web.Upload
	Kept    []kept
	Files   []draftFile // that the draft has already
	Others  []web.Field // requester, vendor_only
	Sees    web.Text    // who will see it
}

func (p newPage) PageTitle() web.Text { return p.Heading }

type draftFile struct {
	Name   string
	Size   int64
	Href   string
	Remove string // address
}

var newRequest = web.Page[newPage]{Name: "support/new", Title: "support.new_request"}

// newForm is a request as it was typed.
type newForm struct {
	Product     string      `form:"product"`
	Kind        string      `form:"kind"`
	Title       string      `form:"title"`
	Description string      `form:"description"`
	Severity    string      `form:"severity"`
	Requester   string      `form:"requester"`
	VendorOnly  bool        `form:"vendor_only"`
	Files       []*web.File `form:"files"`
	Kept        []string    `form:"kept"`
	Draft       bool        `form:"draft"`
	Version     string      `form:"version"`
}

func (f newForm) opening(files []ticket.Upload) Opening {
	o := Opening{Product: f.Product, Kind: f.Kind, Title: f.Title, Description: f.Description, Severity: whole(f.Severity), Requester: f.Requester,
		VendorOnly: f.VendorOnly, Files: files, Draft: f.Draft}
	if f.Draft && f.Severity == "" {
		o.Severity = usual
	}
	return o
}

// usual is the severity that the form begins with.
const usual = 3

// New shows the form.
func (p Pages) New(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f newForm
	if err := web.Query(r, &f); err != nil { // links fill fields in: ?product=CAL
		return err
	}
	f.Files, f.Kept = nil, nil
	if f.Severity == "" {
		f.Severity = strconv.Itoa(usual)
	}
	return p.form(w, r, a, http.StatusOK, f, nil, nil, nil)
}

// Create opens the request, or keeps it as a draft.
func (p Pages) Create(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f newForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	files, err := p.upload(r.Context(), a, f.Files, f.Kept)
	number := ""
	if err == nil {
		number, err = p.Requests.Open(r.Context(), a, f.opening(files))
	}
	if no, ok := refused(err, conflicts...); ok {
		return p.form(w, r, a, int(no.Kind), f, files, no, nil)
	}
	if err != nil {
		return err
	}
	if f.Draft {
		return p.to(w, r, number, fault.Msg("support.done_kept", "number", number))
	}
	return p.to(w, r, number, fault.Msg("support.done_opened", "number", number))
}

// ChangeDraft keeps a draft once more, or sends it.
func (p Pages) ChangeDraft(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f newForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	number := r.PathValue("ticket")
	files, err := p.upload(r.Context(), a, f.Files, f.Kept)
	if err == nil {
		err = p.Requests.ChangeDraft(r.Context(), a, number, int64(whole(f.Version)), f.opening(files))
	}
	if no, ok := refused(err, conflicts...); ok {
		draft, err := p.Requests.Show(r.Context(), a, number)
		if err != nil {
			return err
		}
		return p.form(w, r, a, int(no.Kind), f, files, no, &draft)
	}
	if err != nil {
		return err
	}
	if f.Draft {
		return p.to(w, r, number, fault.Msg("support.done_kept", "number", number))
	}
	return p.to(w, r, number, fault.Msg("support.done_opened", "number", number))
}

// DiscardDraft removes a draft.
func (p Pages) DiscardDraft(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	number := r.PathValue("ticket")
	if err := p.Requests.DiscardDraft(r.Context(), a, number); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/requests?tab="+TabDrafts, fault.Msg("support.done_discarded", "number", number))
}

// RemoveDraftFile takes a file off a draft.
func (p Pages) RemoveDraftFile(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	number := r.PathValue("ticket")
	if err := p.Requests.RemoveDraftFile(r.Context(), a, number, r.PathValue("file")); err != nil {
		return err
	}
	return p.to(w, r, number, fault.Msg("support.done_file_removed"))
}

// showDraft shows a draft as the form it came from.
func (p Pages) showDraft(w http.ResponseWriter, r *http.Request, a who.Actor, draft Request) error {
	t := draft.Ticket
	f := newForm{Product: draft.Facts.ProductCode, Kind: t.RequestKind, Title: t.Title, Description: t.DraftText, Severity: strconv.Itoa(t.Severity), VendorOnly: t.VendorOnly}
	if t.Requester != t.Author {
		f.Requester = t.Requester
	}
	return p.form(w, r, a, http.StatusOK, f, nil, nil, &draft)
}

// form shows what was typed, with what is wrong about it.
func (p Pages) form(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f newForm, files []ticket.Upload, no *fault.Error, draft *Request) error {
	o, err := p.Requests.Options(r.Context(), a)
	if err != nil {
		return err
	}
	page := newPage{Heading: web.Say("support.new_request"), Action: web.Path(r) + "/requests/new", Cancel: web.Path(r) + "/requests", Kept: keep(files)}
	if draft != nil {
		at := web.Path(r) + "/requests/" + draft.Ticket.Number
		page.Heading, page.Number, page.Action, page.Discard = title(draft.Ticket.Title), draft.Ticket.Number, at+"/draft", at+"/discard"
		page.Version = strconv.FormatInt(draft.Ticket.Version, 10)
		for _, file := range draft.Files {
			page.Files = append(page.Files, draftFile{file.Name, file.Size, at + "/files/" + file.ID, at + "/files/" + file.ID + "/remove"})
		}
	}
	page.Fields = fields(f, o, no)
	page.Upload = web.Upload{Name: "files", Label: web.Say("support.attach_files"), Hint: web.Say("support.files_hint", "max", ticket.MaxFiles, "size", fault.Msg("lang.megabytes", "size", int(blob.MaxFile>>20)))}
	if no != nil {
		page.Upload.Error = no.At("files")
	}
	page.Others = furtherFields(a, f, o, no)
	page.Summary = web.Summary(no, append(append(page.Fields, web.Field{Name: "files", Label: web.Say("support.files")}), page.Others...)...)
	if o.Unserved {
		n := web.Notice{Tone: web.Warn, Title: web.Say("support.unserved"), Text: web.Say("support.unserved_text")}
		if a.May(Order) {
			n.Acts = []web.Act{{Label: web.Say("support.to_renewal"), Href: web.Path(r) + "/downloads"}}
		}
		page.Summary = append(page.Summary, n)
	}
	page.Sees = web.Say("support.sees", "names", slices.Concat([]string{o.Customer}, o.Partners, []string{o.Vendor}))
	return newRequest.Render(p.Site, w, r, a, status, page)
}

func fields(f newForm, o Options, no *fault.Error) []web.Field {
	product := web.Field{Name: "product", Type: "select", Label: web.Say("support.product"), Required: true, Options: []web.Option{{Label: web.Say("support.choose_product")}}}
	product.Options = append(product.Options, productOptions(o.Products)...)
	if len(o.Products) == 0 {
		product.Hint = web.Say("support.no_products")
	}
	for i := range product.Options {
		product.Options[i].Chosen = product.Options[i].Value == f.Product
	}
	kind := web.Field{Name: "kind", Type: "radio", Label: web.Say("support.kind")}
	for _, k := range ticket.RequestKinds {
		kind.Options = append(kind.Options, web.Option{Value: k, Label: web.Say("ticket.kind_" + k), Hint: web.Say("support.kind_" + k + "_hint"), Chosen: f.Kind == k})
	}
	severity := web.Field{Name: "severity", Type: "radio", Label: web.Say("support.severity")}
	for n := 1; n <= 4; n++ {
		s := strconv.Itoa(n)
		severity.Options = append(severity.Options, web.Option{Value: s, Label: web.Say("ticket.severity_" + s), Hint: web.Say("support.severity_" + s + "_hint"), Chosen: f.Severity == s})
	}
	all := []web.Field{
		product, kind,
		{Name: "title", Label: web.Say("support.title"), Hint: web.Say("support.title_hint"), Value: f.Title, Required: true, Max: ticket.MaxTitle, Autocomplete: "off"},
		severity,
		{Name: "description", Type: "textarea", Rows: 10, Label: web.Say("support.description"), Hint: web.Say("support.description_hint"), Value: f.Description, Required: true},
	}
	for i := range all {
		all[i] = all[i].With(no)
		all[i].Required = false // a draft may lack anything; what is missing is said by the server
	}
	return all
}

// furtherFields are the fields that not everybody has.
func furtherFields(a who.Actor, f newForm, o Options, no *fault.Error) (all []web.Field) {
	if len(o.Colleagues) > 0 {
		requester := web.Field{Name: "requester", Type: "select", Label: web.Say("support.requester"), Hint: web.Say("support.requester_hint"), Options: []web.Option{{Label: web.Say("support.requester_me")}}}
		for _, c := range o.Colleagues {
			requester.Options = append(requester.Options, web.Option{Value: c.ID, Label: web.Data(c.Name), Chosen: c.ID == f.Requester})
		}
		all = append(all, requester.With(no))
	}
	if o.Partner != "" && a.Source == who.Own {
		all = append(all, web.Field{Name: "vendor_only", Type: "checkbox", Label: web.Say("support.vendor_only", "vendor", o.Vendor), Hint: web.Say("support.vendor_only_hint", "partner", o.Partner), Checked: f.VendorOnly})
	}
	return all
}

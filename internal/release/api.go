package release

import (
	"context"
	"net/http"
	"time"

	"lodge/internal/platform/api"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Releases *Releases }

const (
	shelfChapter   = "Downloads"
	releaseChapter = "Releases"
	octets         = "application/octet-stream"
)

// Register adds the operations of downloads and, for the vendor, of releases.
func (p API) Register(s *api.API) {
	api.Context(s, api.Op{ID: "list-downloads", Method: "GET", Path: "/downloads", Tag: shelfChapter, Summary: "List downloads",
		Text: "The published files of what the organisation has, by product, the latest version first; each says whether it is included and why."}, Take, p.downloads)
	api.Context(s, api.Op{ID: "list-download-history", Method: "GET", Path: "/downloads/history", Tag: shelfChapter, Summary: "List what was downloaded",
		Text: "By the maker of the token, in two years."}, Take, p.history)
	api.Stream(s, api.Op{ID: "fetch-download", Method: "GET", Path: "/downloads/{file}", Tag: shelfChapter, Summary: "Fetch a file",
		Text: "Range, If-Range and HEAD work. A file that support does not cover is a 403 that says why.", Gives: octets, Parts: true}, Take, true, p.fetch)
	api.Register(s, api.Op{ID: "list-releases", Method: "GET", Path: "/releases", Tag: releaseChapter, Summary: "List releases", Text: "Most recently changed first, drafts too."}, ViewReleases, p.list)
	api.Register(s, api.Op{ID: "make-release", Method: "POST", Path: "/releases", Tag: releaseChapter, Summary: "Make a draft of a release", Status: http.StatusCreated}, Manage, p.create)
	api.Register(s, api.Op{ID: "get-release", Method: "GET", Path: "/releases/{id}", Tag: releaseChapter, Summary: "Read a release"}, ViewReleases, p.get)
	api.Register(s, api.Op{ID: "change-release", Method: "PATCH", Path: "/releases/{id}", Tag: releaseChapter, Summary: "Change a release",
		Text: "Of one that was published only `title` and `notes` change: anything else is a 409 at its member.", Errors: []int{409, 412, 428}}, Manage, p.change)
	api.Register(s, api.Op{ID: "discard-release", Method: "DELETE", Path: "/releases/{id}", Tag: releaseChapter, Summary: "Discard a draft", Status: http.StatusNoContent, Errors: []int{409}}, Manage, p.discard)
	api.Register(s, api.Op{ID: "publish-release", Method: "POST", Path: "/releases/{id}/publish", Tag: releaseChapter, Summary: "Publish a release",
		Text: "With the ETag that was read in `If-Match`. Each file is read once more and held against its hash.", Errors: []int{412, 428}}, Manage, p.publish)
	api.Register(s, api.Op{ID: "withdraw-release", Method: "POST", Path: "/releases/{id}/withdraw", Tag: releaseChapter, Summary: "Withdraw a release"}, Manage, p.withdraw)
	p.registerFiles(s)
	p.registerUploads(s)
	p.registerSigning(s)
}

// AFile is a file of a release as programs see it.
type AFile struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind" enum:"installer,archive,package,image,document,other"`
	Platform string `json:"platform" enum:"any,windows,linux,macos"`
	Arch     string `json:"arch" enum:"any,x64,x86,arm64"`
	Size     int64  `json:"size" doc:"Bytes."`
	SHA256   string `json:"sha256" doc:"Hex."`
	SHA512   string `json:"sha512" doc:"Hex."`
	Date     string `json:"date" format:"date" doc:"Civil day of the file."`
}

func apiFile(f File) AFile {
	return AFile{f.ID, f.Name, f.Kind, f.Platform, f.Arch, f.Size, f.SHA256, f.SHA512, f.On}
}

// aDownload is a file with the release that it belongs to and the right to it.
type aDownload struct {
	AFile
	Product     string    `json:"product" doc:"Code."`
	ProductName string    `json:"product_name"`
	Version     string    `json:"version"`
	Title       string    `json:"title,omitempty"`
	Channel     string    `json:"channel" enum:"stable,beta,hotfix"`
	ReleasedOn  string    `json:"released_on" format:"date"`
	Mandatory   bool      `json:"mandatory"`
	Notes       string    `json:"notes_html,omitempty"`
	PublishedAt time.Time `json:"published_at"`
	Included    bool      `json:"included" doc:"Whether it may be fetched."`
	Why         string    `json:"why" enum:"free,running,was_running,too_new,no_support"`
	Until       string    `json:"support_until,omitempty" format:"date" doc:"Last covered day."`
}

type downloadsAsked struct {
	api.Paging
	Text    string `query:"text" doc:"In version, file name or product."`
	Product string `query:"product" doc:"Code."`
	Kind    string `query:"kind" enum:"installer,archive,package,image,document,other"`
}

type fileAt struct{ ID string }

func (p API) downloads(ctx context.Context, a who.Actor, in *downloadsAsked) (*api.List[aDownload], error) {
	var at fileAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	o, err := p.Releases.Offered(ctx, a, Query{Text: in.Text, Product: in.Product, Kind: in.Kind, After: at.ID, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	items := make([]aDownload, 0, len(o.Items))
	for _, f := range o.Items {
		items = append(items, aDownload{apiFile(f.File), f.Product.Code, f.Product.Name, f.Version, f.Title, f.Channel, f.ReleasedOn, f.Mandatory, f.NotesHTML, f.PublishedAt,
			f.Right.Included(), f.Right.Why, f.Right.Until})
		if o.More {
			next = fileAt{f.ID}
		}
	}
	return api.Of(ctx, items, next)
}

type takenFile struct {
	At      time.Time `json:"at"`
	Name    string    `json:"name" doc:"Of the file."`
	Product string    `json:"product" doc:"Name."`
	Version string    `json:"version"`
	Date    string    `json:"date,omitempty" format:"date" doc:"Civil day of the file."`
	File    string    `json:"file,omitempty" doc:"Id, if it can be fetched again."`
	News    string    `json:"news" enum:"latest,newer,locked,gone,nothing"`
	Newer   string    `json:"newer_version,omitempty"`
	Reason  string    `json:"reason,omitempty" doc:"Of a withdrawal."`
}

type lineAt struct{ Next int }

func (p API) history(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[takenFile], error) {
	var at lineAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, err := p.Releases.History(ctx, a)
	if err != nil {
		return nil, err
	}
	items := []takenFile{}
	for i := at.Next; i < len(all); i++ {
		if len(items) == in.Limit {
			return api.Of(ctx, items, lineAt{i})
		}
		t := all[i]
		items = append(items, takenFile{t.At, t.FileName, t.Product, t.Version, t.On, t.File, string(t.News), t.NewVersion, t.Reason})
	}
	return api.Of(ctx, items, nil)
}

type oneFile struct {
	File string `path:"file" doc:"Id."`
}

func (p API) fetch(w http.ResponseWriter, r *http.Request, a who.Actor, in *oneFile) error {
	f, _, err := p.Releases.Fetch(r.Context(), a, in.File)
	if err != nil {
		return err
	}
	return p.Releases.send(w, r, a, f)
}

// aRelease is a release as programs see it.
type aRelease struct {
	ID          string     `json:"id"`
	Product     string     `json:"product" doc:"Code."`
	Channel     string     `json:"channel" enum:"stable,beta,hotfix"`
	Version     string     `json:"version"`
	Date        string     `json:"date" format:"date" doc:"Civil day, against which support is held."`
	Title       string     `json:"title"`
	Notes       string     `json:"notes" doc:"Markdown."`
	Mandatory   bool       `json:"mandatory"`
	Minimum     string     `json:"minimum" doc:"Agents below this version take another way."`
	State       string     `json:"state" enum:"draft,signed,published,withdrawn"`
	Reason      string     `json:"reason,omitempty" doc:"Of a withdrawal."`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
	UpdatedAt   time.Time  `json:"updated_at"`
	Files       []AFile    `json:"files"`
}

type theRelease struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     aRelease
}

func (p API) read(ctx context.Context, a who.Actor, id string) (*theRelease, error) {
	r, err := p.Releases.Get(ctx, a, id)
	if err != nil {
		return nil, err
	}
	out := &theRelease{ETag: api.ETag(r.Version), Body: aRelease{ID: r.ID, Product: r.Of.Code, Channel: r.Channel, Version: r.Name, Date: r.ReleasedOn, Title: r.Title, Notes: r.Notes,
		Mandatory: r.Mandatory, Minimum: r.Minimum, State: r.State, Reason: r.Reason, PublishedAt: r.PublishedAt, WithdrawnAt: r.WithdrawnAt, UpdatedAt: r.UpdatedAt, Files: []AFile{}}}
	for _, f := range r.Files {
		out.Body.Files = append(out.Body.Files, apiFile(f))
	}
	return out, nil
}

type listAsked struct {
	api.Paging
	Product string `query:"product" doc:"Code."`
	Channel string `query:"channel" enum:"stable,beta,hotfix"`
	State   string `query:"state" enum:"draft,signed,published,withdrawn"`
}

type listed struct {
	ID        string    `json:"id"`
	Product   string    `json:"product" doc:"Name."`
	Channel   string    `json:"channel"`
	Version   string    `json:"version"`
	Date      string    `json:"date" format:"date"`
	Title     string    `json:"title"`
	State     string    `json:"state" enum:"draft,signed,published,withdrawn"`
	Mandatory bool      `json:"mandatory"`
	Files     int       `json:"files" doc:"How many."`
	Size      int64     `json:"size" doc:"Bytes of all files."`
	UpdatedAt time.Time `json:"updated_at"`
}

type rowAt struct {
	At time.Time
	ID string
}

func (p API) list(ctx context.Context, a who.Actor, in *listAsked) (*api.List[listed], error) {
	var at rowAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	rows, more, err := p.Releases.List(ctx, a, Filter{Product: in.Product, Channel: in.Channel, State: in.State, At: at.At, ID: at.ID, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	items := make([]listed, 0, len(rows))
	for _, r := range rows {
		items = append(items, listed{r.ID, r.Product, r.Channel, r.Name, r.ReleasedOn, r.Title, r.State, r.Mandatory, r.Files, r.Size, r.UpdatedAt})
		if more {
			next = rowAt{r.UpdatedAt, r.ID}
		}
	}
	return api.Of(ctx, items, next)
}

// OneRelease names a release: embedded, so exported for the reader of parameters.
type OneRelease struct {
	ID string `path:"id"`
}

func (p API) get(ctx context.Context, a who.Actor, in *OneRelease) (*theRelease, error) {
	return p.read(ctx, a, in.ID)
}

type makeBody struct {
	Body struct {
		Product   string `json:"product" required:"true" doc:"Code."`
		Channel   string `json:"channel" required:"true" enum:"stable,beta,hotfix"`
		Version   string `json:"version" required:"true"`
		Date      string `json:"date" required:"true" format:"date"`
		Title     string `json:"title,omitempty"`
		Notes     string `json:"notes,omitempty" doc:"Markdown."`
		Mandatory bool   `json:"mandatory,omitempty"`
		Minimum   string `json:"minimum,omitempty"`
	}
}

func (p API) create(ctx context.Context, a who.Actor, in *makeBody) (*theRelease, error) {
	b := in.Body
	id, err := p.Releases.Make(ctx, a, Plan{Product: b.Product, Channel: b.Channel, Name: b.Version, Date: b.Date, Title: b.Title, Notes: b.Notes, Mandatory: b.Mandatory, Minimum: b.Minimum})
	if err != nil {
		return nil, err
	}
	out, err := p.read(ctx, a, id)
	if err == nil {
		out.Location = api.Address(ctx) + "/" + id
	}
	return out, err
}

type changeBody struct {
	OneRelease
	api.Conditional
	Body struct {
		Channel   api.Change[string] `json:"channel,omitempty" enum:"stable,beta,hotfix"`
		Version   api.Change[string] `json:"version,omitempty"`
		Date      api.Change[string] `json:"date,omitempty" format:"date"`
		Title     api.Change[string] `json:"title,omitempty"`
		Notes     api.Change[string] `json:"notes,omitempty" doc:"Markdown."`
		Mandatory api.Change[bool]   `json:"mandatory,omitempty"`
		Minimum   api.Change[string] `json:"minimum,omitempty"`
	} `contentType:"application/merge-patch+json"`
}

func (p API) change(ctx context.Context, a who.Actor, in *changeBody) (*theRelease, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	if err := a.Must(Manage); err != nil {
		return nil, err
	}
	was, err := p.Releases.Get(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if err := in.fixed(was.Release); err != nil {
		return nil, err
	}
	err = p.Releases.Edit(ctx, a, in.ID, version, Plan{Product: was.Of.Code, Channel: b.Channel.Or(was.Channel), Name: b.Version.Or(was.Name), Date: b.Date.Or(was.ReleasedOn),
		Title: b.Title.Or(was.Title), Notes: b.Notes.Or(was.Notes), Mandatory: b.Mandatory.Or(was.Mandatory), Minimum: b.Minimum.Or(was.Minimum)})
	if err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.ID)
}

// fixed is a Conflict at each member that cannot change any more and is asked to be another.
func (in *changeBody) fixed(was Release) error {
	if was.State != Published && was.State != Withdrawn {
		return nil
	}
	b, f := in.Body, fault.New(fault.Conflict, "release.published_fixed")
	for _, member := range []struct {
		name  string
		stays bool
	}{{"channel", b.Channel.Or(was.Channel) == was.Channel}, {"version", b.Version.Or(was.Name) == was.Name}, {"date", b.Date.Or(was.ReleasedOn) == was.ReleasedOn},
		{"mandatory", b.Mandatory.Or(was.Mandatory) == was.Mandatory}, {"minimum", b.Minimum.Or(was.Minimum) == was.Minimum}} {
		if !member.stays {
			f.Fields = append(f.Fields, fault.Field{Name: member.name, Text: f.Text})
		}
	}
	if len(f.Fields) == 0 {
		return nil
	}
	return f
}

func (p API) discard(ctx context.Context, a who.Actor, in *OneRelease) (*struct{}, error) {
	return &struct{}{}, p.Releases.Discard(ctx, a, in.ID)
}

type publishAsked struct {
	OneRelease
	api.Conditional
}

func (p API) publish(ctx context.Context, a who.Actor, in *publishAsked) (*theRelease, error) {
	version, err := in.Version()
	if err == nil {
		err = p.Releases.Publish(ctx, a, in.ID, version)
	}
	if err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.ID)
}

type withdrawBody struct {
	OneRelease
	Body struct {
		Reason string `json:"reason" required:"true"`
	}
}

func (p API) withdraw(ctx context.Context, a who.Actor, in *withdrawBody) (*theRelease, error) {
	if err := p.Releases.Withdraw(ctx, a, in.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.ID)
}

package release

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"time"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// downloadsPage is what an organisation may download, and what the reader has.
type downloadsPage struct {
	Bar     web.Bar
	Heads   web.Heads
	Groups  []group
	Empty   *web.Empty
	Pager   web.Pager
	History []takenRow
	Then    web.Heads
	CSV     string // address of the history as CSV
}

// group is the files of one product.
type group struct {
	Product string
	Rows    []offerRow
}

type offerRow struct {
	Version   string
	About     []web.Text
	Mandatory bool
	On        string // civil day
	Size      int64
	Right     web.Status
	Name      string
	Href      string // empty unless it is included
	Renew     string // address; empty if there is nothing to renew
	Notes     template.HTML
	Sums      web.Disclosure
	Signed    *web.Status
	Signature string // address of it
}

type takenRow struct {
	Taken
	Href   string
	Status web.Status
}

var downloads = web.Page[downloadsPage]{Name: "release/downloads", Title: "release.downloads"}

type downloadsQuery struct {
	Text    string `form:"text"`
	Product string `form:"product"`
	Kind    string `form:"kind"`
	After   string `form:"after"`
}

// Downloads shows what the organisation in view may download, why not the rest, and what the reader has downloaded.
func (p Pages) Downloads(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q downloadsQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	o, err := p.Releases.Offered(r.Context(), a, Query{Text: q.Text, Product: q.Product, Kind: q.Kind, After: q.After})
	if err != nil {
		return err
	}
	at := web.Path(r) + "/downloads"
	page := downloadsPage{Bar: downloadsBar(at, q, o), Heads: offerHeads(), Then: historyHeads(), CSV: at + "/history.csv"}
	day := p.Site.Printer(r, a).Day
	for _, item := range o.Items {
		if n := len(page.Groups); n == 0 || page.Groups[n-1].Product != item.Product.Name {
			page.Groups = append(page.Groups, group{Product: item.Product.Name})
		}
		g := &page.Groups[len(page.Groups)-1]
		g.Rows = append(g.Rows, offerOf(at, item, day))
	}
	for _, t := range o.History {
		row := takenRow{Taken: t, Status: newsOf(t)}
		if t.File != "" {
			row.Href = at + "/" + t.File
		}
		page.History = append(page.History, row)
	}
	if len(o.Items) == 0 {
		page.Empty = nothingOffered(at, q, o)
	}
	page.Pager = downloadsPager(at, q, o)
	return downloads.Render(p.Site, w, r, a, http.StatusOK, page)
}

func downloadsBar(at string, q downloadsQuery, o Offers) web.Bar {
	var products []web.Option
	for _, p := range o.Products {
		products = append(products, web.Option{Value: p.Code, Label: web.Data(p.Name)})
	}
	return web.Bar{Action: at, Find: web.Say("release.find"), Text: q.Text, Selects: []web.Select{
		web.Pick("product", "release.product", "release.product_any", q.Product, products...),
		web.Pick("kind", "release.kind", "release.kind_any", q.Kind, web.Words("release.kind_", Kinds...)...),
	}}
}

func offerHeads() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("release.release")}, {Label: web.Say("release.date"), Width: "w-120"},
		{Label: web.Say("release.size"), Num: true, Width: "w-84"}, {Label: web.Say("release.your_right"), Width: "w-230"}, {Label: web.Say("release.act"), Hidden: true, Width: "w-150"}}}
}

func historyHeads() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("release.file")}, {Label: web.Say("release.version"), Width: "w-108"},
		{Label: web.Say("release.file_date"), Width: "w-120"}, {Label: web.Say("release.downloaded"), Width: "w-150", Sorted: "descending"}, {Label: web.Say("release.newer"), Width: "w-230"}}}
}

func offerOf(at string, o Offer, day func(string) string) offerRow {
	row := offerRow{Version: o.Version, About: about(o.Title, o.File), Mandatory: o.Mandatory, On: o.ReleasedOn, Size: o.Size, Name: o.Name, Right: rightOf(o.Right, day),
		Notes: template.HTML(o.NotesHTML),
		Sums:  web.Disclosure{Summary: web.Say("release.checksums"), Text: "SHA-256 " + o.SHA256 + "\nSHA-512 " + o.SHA512, Copy: true}}
	if o.Signature != "" {
		row.Sums.Text += "\nlodge release verify --key release.key.pub --product " + o.Product.ID + " " + quoted(o.Name)
	}
	if o.Right.Included() {
		row.Href = at + "/" + o.File.ID
		if row.Signed = signedOf(o.File, false); row.Signed != nil {
			row.Signature = row.Href + "/signature"
		}
	} else {
		row.Renew = at + "/renew?product=" + url.QueryEscape(o.Product.Code)
	}
	return row
}

// rightOf says a right in the one vocabulary.
func rightOf(r Right, day func(string) string) web.Status {
	if r.Included() {
		s := web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("release.included")}
		switch r.Why {
		case Running:
			s.Note = web.Say("release.why_running", "until", day(r.Until))
		case WasRunning:
			s.Note = web.Say("release.why_was_running")
		case Free:
			s.Note = web.Say("release.why_free")
		}
		return s
	}
	s := web.Status{Tone: web.Bad, Icon: "lock", Word: web.Say("release.not_included"), Note: web.Say("release.why_no_support")}
	if r.Why == TooNew {
		s.Note = web.Say("release.why_too_new", "until", day(r.Until))
	}
	return s
}

// newsOf says what there is beyond a downloaded version.
func newsOf(t Taken) web.Status {
	switch t.News {
	case Latest:
		return web.Status{Tone: web.OK, Icon: "circle-check", Word: web.Say("release.latest")}
	case Newer:
		return web.Status{Tone: web.Info, Icon: "circle-arrow-up", Word: web.Say("release.available", "version", t.NewVersion)}
	case Locked:
		return web.Status{Tone: web.Bad, Icon: "lock", Word: web.Say("release.locked")}
	case Gone:
		s := web.Status{Tone: web.Warn, Icon: "ban", Word: web.Say("release.gone"), Note: web.Data(t.Reason)}
		if t.NewVersion != "" {
			s.Word = web.Say("release.gone_use", "version", t.NewVersion)
		}
		return s
	}
	return web.Status{Tone: web.Idle, Icon: "circle-off", Word: web.Say("release.nothing_newer")}
}

func nothingOffered(at string, q downloadsQuery, o Offers) *web.Empty {
	switch {
	case q.Text != "" || q.Product != "" || q.Kind != "":
		return &web.Empty{Title: web.Say("release.none_match"), Acts: []web.Act{{Label: web.Say("release.clear_filter"), Href: at}}}
	case len(o.Products) == 0:
		return &web.Empty{Title: web.Say("release.no_products"), Text: web.Say("release.no_products_text")}
	}
	return &web.Empty{Title: web.Say("release.none_published"), Text: web.Say("release.none_published_text")}
}

func downloadsPager(at string, q downloadsQuery, o Offers) web.Pager {
	p := web.Pager{Note: web.Say("release.shown", "n", len(o.Items))}
	v := url.Values{}
	for name, value := range map[string]string{"text": q.Text, "product": q.Product, "kind": q.Kind} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.After != "" {
		p.Newer = at + "?" + v.Encode()
	}
	if o.More {
		v.Set("after", o.Items[len(o.Items)-1].File.ID)
		p.Older = at + "?" + v.Encode()
	}
	return p
}

// Fetch sends a file that is included, whole or in parts, and notes that it was taken. Each part asks for the right anew.
func (p Pages) Fetch(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	f, no, err := p.Releases.Fetch(r.Context(), a, r.PathValue("file"))
	if no != nil {
		renew := web.Act{Label: web.Say("release.renew"), Href: web.Path(r) + "/downloads/renew?product=" + url.QueryEscape(no.Product.Code), Primary: true}
		return &web.Instead{Err: err, Acts: []web.Act{renew, {Label: web.Say("release.downloads"), Href: web.Path(r) + "/downloads"}}}
	}
	if err != nil {
		return err
	}
	return p.Releases.send(w, r, a, f)
}

// send is a download within what the organisation may take at once, with its line in the history.
func (s *Releases) send(w http.ResponseWriter, r *http.Request, a who.Actor, f Offer) error {
	if r.Method != http.MethodHead {
		leave, err := s.Gate.Enter(a, s.Store.Clock.Now())
		if err != nil {
			return err
		}
		defer leave()
	}
	file := Pages{Releases: s}.attachment(f.File)
	file.Begin = func(ctx context.Context, part bool) error { return s.Took(ctx, a, f, part) }
	return web.SendFile(w, r, file)
}

// attachment is a file as it is sent: from here, or from the bucket by an address that is good for a short time.
func (p Pages) attachment(f File) web.Attachment {
	elsewhere := func(ctx context.Context) (string, error) { return p.Releases.Blobs.Signed(ctx, f.Blob, f.Name) }
	return web.Attachment{Name: f.Name, Size: f.Size, SHA256: f.SHA256, Open: p.open(f), Elsewhere: elsewhere}
}

func (p Pages) open(f File) func(context.Context, int64, int64) (io.ReadCloser, error) {
	return func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return p.Releases.Blobs.Open(ctx, f.Blob, offset, length)
	}
}

// HistoryCSV is the reader's downloads of two years as a file.
func (p Pages) HistoryCSV(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.Releases.History(r.Context(), a)
	if err != nil {
		return err
	}
	columns := []string{"product", "file", "version", "file_date", "downloaded_at", "newer_version"}
	return p.Site.Export(w, a, "downloads.csv", columns, func(yield func([]string, error) bool) {
		for _, t := range all {
			if !yield([]string{t.Product, t.FileName, t.Version, t.On, t.At.In(a.Zone).Format(time.RFC3339), t.NewVersion}, nil) {
				return
			}
		}
	})
}

package importer

import (
	"context"
	"embed"
	"io"
	"net/http"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

//go:embed pages/*.tmpl
var Templates embed.FS

// At is the address of the pages below the vendor's.
const At = "/settings/import"

// Pages are the doors that people use.
type Pages struct {
	Intakes *Intakes
	Site    *web.Site
}

// listPage is the form and what came before.
type listPage struct {
	To      string // address
	Notices []web.Notice
	Field   web.Field
	Heads   web.Heads
	Rows    []listRow
	Pager   web.Pager
}

type listRow struct {
	Intake
	Href            string
	Status          web.Status
	Written, Barred int // rows: created or updated, refused or skipped
}

var listing = web.Page[listPage]{Name: "importer/list", Title: "importer.imports"}

// List shows the form and what came before.
func (p Pages) List(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.list(w, r, a, http.StatusOK, nil)
}

func (p Pages) list(w http.ResponseWriter, r *http.Request, a who.Actor, status int, no *fault.Error) error {
	var q struct {
		Before string `form:"before"`
	}
	if err := web.Query(r, &q); err != nil {
		return err
	}
	all, more, err := p.Intakes.List(r.Context(), a, Page{Before: q.Before})
	if err != nil {
		return err
	}
	at := web.Path(r) + At
	page := listPage{To: at, Heads: web.Heads{Columns: []web.Column{{Label: web.Say("importer.export")}, {Label: web.Say("importer.state"), Width: "w-190"},
		{Label: web.Say("importer.handed_in")}, {Label: web.Say("importer.written"), Num: true, Width: "w-108"}, {Label: web.Say("importer.not_taken"), Num: true, Width: "w-108"}}}}
	page.Field = web.Field{Name: "file", Type: "file", Label: web.Say("importer.file"), Hint: web.Say("importer.file_hint", "max", fault.Msg("lang.megabytes", "size", MaxExport>>20)), Accept: ".zip,application/zip",
		Required: true}.With(no)
	page.Notices = web.Summary(no, page.Field)
	for _, in := range all {
		row := listRow{Intake: in, Href: at + "/" + in.ID, Status: statusOf(in)}
		row.Written, row.Barred = in.counts()
		page.Rows = append(page.Rows, row)
	}
	if page.Pager.Time = true; more {
		page.Pager.Older = at + "?before=" + all[len(all)-1].ID
	}
	if q.Before != "" {
		page.Pager.Newer = at
	}
	return listing.Render(p.Site, w, r, a, status, page)
}

// counts are rows that were written, or would be, and such that were not taken.
func (in Intake) counts() (written, barred int) {
	of := in.Came
	if of == nil {
		of = in.Found
	}
	if of == nil {
		return 0, 0
	}
	for _, by := range of.Totals {
		written, barred = written+by[Created]+by[Updated], barred+by[Refused]+by[Skipped]
	}
	if in.Came == nil {
		written = 0
	}
	return written, barred
}

// statusOf is a state in its colour.
func statusOf(in Intake) web.Status {
	s := map[string]web.Status{
		Checking: {Tone: web.Info, Icon: "loader-2"}, Turned: {Tone: web.Bad, Icon: "circle-x"}, Ready: {Tone: web.Warn, Icon: "hand-stop"}, Running: {Tone: web.Info, Icon: "loader-2"},
		Stopped: {Tone: web.Warn, Icon: "player-pause"}, Failed: {Tone: web.Bad, Icon: "alert-triangle"}, Done: {Tone: web.OK, Icon: "circle-check"}, Discarded: {Tone: web.Idle, Icon: "circle-off"},
	}[in.State]
	s.Word = web.Say("importer.state_" + in.State)
	return s
}

// HandIn takes an export.
func (p Pages) HandIn(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		File *web.File `form:"file"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	var c fault.Check
	c.Need(f.File != nil, "file", "importer.choose_file")
	err := c.Err()
	var id string
	if err == nil {
		id, err = p.handIn(r.Context(), a, f.File)
	}
	if no, ok := web.Refused(err, "blob.file_too_large", "blob.quota", "blob.disk_full"); ok {
		return p.list(w, r, a, int(no.Kind), no)
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+id)
}

func (p Pages) handIn(ctx context.Context, a who.Actor, f *web.File) (string, error) {
	body, err := f.Open()
	if err != nil {
		return "", err
	}
	defer body.Close()
	return p.Intakes.HandIn(ctx, a, f.Name, f.Size, body)
}

// intakePage is one import.
type intakePage struct {
	Intake
	At       string // address
	Crumbs   web.Crumbs
	Notices  []web.Notice
	Status   web.Status
	Progress under
	Start    web.Text // label of the button; empty = there is none
	Stop     bool
	Discard  bool
	Fetch    string // address of the report
	Shown    *Result
	Files    []fileRow
	Totals   web.Heads
	Lines    web.Heads
	Foreign  string // language of the sentences, where it is not the reader's
}

func (p intakePage) PageTitle() web.Text { return web.Data(p.FileName) }

// fileRow is what the rows of a file came to.
type fileRow struct {
	Name                                                string
	Rows, Created, Updated, Unchanged, Skipped, Refused int
}

// under is the part that is asked for again and again.
type under struct {
	At       string // address; '' = nothing is under way
	File     string // '' = the files are being checked
	Done     int
	Rows     int
	Dry      bool
	Stopping bool
	Trying   bool // after a failure
}

var (
	intakeOf   = web.Page[intakePage]{Name: "importer/intake", Title: "importer.imports"}
	progressOf = web.Part[under]{Name: "importer/progress"}
)

// Show shows one import; the script asks again and again for how far it is.
func (p Pages) Show(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	in, err := p.Intakes.Get(r.Context(), a, r.PathValue("import"))
	if err != nil {
		return err
	}
	at := web.Path(r) + At + "/" + in.ID
	if web.Fragment(r) {
		return progressOf.Render(p.Site, w, r, a, http.StatusOK, progressIn(in, at))
	}
	page := intakePage{Intake: in, At: at, Status: statusOf(in), Progress: progressIn(in, at), Stop: in.Working() && !in.Stopping, Discard: in.MayStart(), Totals: totalHeads(), Lines: lineHeads()}
	page.Crumbs = web.Crumbs{Items: []web.Link{{Href: web.Path(r) + At, Label: web.Say("importer.imports")}, {Label: web.Data(in.FileName)}}}
	if in.Report != "" {
		page.Fetch = at + "/report.csv"
	}
	switch {
	case in.State == Ready:
		page.Start = web.Say("importer.run")
	case in.MayStart() && in.Found == nil:
		page.Start = web.Say("importer.check_again")
	case in.MayStart():
		page.Start = web.Say("importer.go_on")
	}
	if page.Shown = in.Came; page.Shown == nil && !in.Working() {
		page.Shown = in.Found
	}
	if page.Shown != nil {
		page.Files = fileRows(page.Shown.Totals)
	}
	if in.Language != a.Language {
		page.Foreign = in.Language
	}
	page.Notices = noticesOf(in)
	return intakeOf.Render(p.Site, w, r, a, http.StatusOK, page)
}

func progressIn(in Intake, at string) under {
	if !in.Working() {
		return under{}
	}
	return under{At: at, File: in.AtFile, Done: int(in.Done), Rows: int(in.Rows), Dry: in.State == Checking, Stopping: in.Stopping, Trying: in.Tries > 0}
}

// noticesOf says what the state means and what comes next.
func noticesOf(in Intake) []web.Notice {
	n := web.Notice{Tone: web.Info, Text: web.Say("importer.say_" + in.State)}
	switch in.State {
	case Ready:
		if _, barred := in.counts(); barred > 0 {
			n.Tone, n.Text = web.Warn, web.Say("importer.say_checked_some", "n", barred)
		}
	case Turned:
		n.Tone = web.Bad
	case Failed:
		n.Tone, n.Text = web.Bad, web.Say("importer.say_failed", "reference", in.Reference)
	case Stopped:
		if n.Tone = web.Warn; in.Found == nil {
			n.Text = web.Say("importer.say_stopped_check")
		}
	case Done:
		n.Tone = web.OK
	default:
		return nil
	}
	return []web.Notice{n}
}

func fileRows(t Totals) (all []fileRow) {
	for _, f := range Files() {
		by, ok := t[f.Name]
		if !ok {
			continue
		}
		row := fileRow{Name: f.Name, Created: by[Created], Updated: by[Updated], Unchanged: by[Unchanged], Skipped: by[Skipped], Refused: by[Refused]}
		for _, n := range by {
			row.Rows += n
		}
		all = append(all, row)
	}
	return all
}

func totalHeads() web.Heads {
	h := web.Heads{Columns: []web.Column{{Label: web.Say("importer.file_of_export")}}}
	for _, word := range []string{"rows", "created", "updated", "unchanged", "skipped", "refused"} {
		h.Columns = append(h.Columns, web.Column{Label: web.Say("importer.head_" + word), Num: true, Width: "w-108"})
	}
	return h
}

func lineHeads() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("importer.line"), Width: "w-230"}, {Label: web.Say("importer.column"), Width: "w-150"}, {Label: web.Say("importer.sentence")}}}
}

// Start lets it run, or go on.
func (p Pages) Start(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.done(w, r, p.Intakes.Start(r.Context(), a, r.PathValue("import")))
}

// Stop ends what is under way after its batch.
func (p Pages) Stop(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.done(w, r, p.Intakes.Stop(r.Context(), a, r.PathValue("import")))
}

// Discard removes the export.
func (p Pages) Discard(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.done(w, r, p.Intakes.Discard(r.Context(), a, r.PathValue("import")), fault.Msg("importer.done_discarded"))
}

func (p Pages) done(w http.ResponseWriter, r *http.Request, err error, said ...fault.Message) error {
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+At+"/"+r.PathValue("import"), said...)
}

// Report sends the report as CSV.
func (p Pages) Report(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.Intakes.sendReport(w, r, a, r.PathValue("import"))
}

func (s *Intakes) sendReport(w http.ResponseWriter, r *http.Request, a who.Actor, id string) error {
	in, err := s.FetchReport(r.Context(), a, id)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(in.FileName, ".zip") + ".csv"
	return web.SendFile(w, r, web.Attachment{Name: name, Size: in.ReportSize, SHA256: in.ReportSHA, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return s.Blobs.Open(ctx, in.Report, offset, length)
	}})
}

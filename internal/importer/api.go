package importer

import (
	"context"
	"net/http"
	"time"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Intakes *Intakes }

const chapter = "Imports"

// Register adds the operations of imports: the vendor's operators only.
func (p API) Register(s *api.API) {
	api.Stream(s, api.Op{ID: "hand-in-import", Method: "POST", Path: "/imports", Tag: chapter, Summary: "Hand in an export", Status: http.StatusCreated, Brings: "application/zip",
		Answer: AnImport{}, Largest: MaxExport, Errors: []int{411}, Text: "The body is the ZIP of an export in the format lodge-import/1. It is checked by itself, which takes a while: read the import until `state` is `checked` or `refused`. Nothing is written until it is started."},
		Manage, false, p.handIn)
	api.Register(s, api.Op{ID: "list-imports", Method: "GET", Path: "/imports", Tag: chapter, Summary: "List imports", Text: "The newest first."}, Manage, p.list)
	api.Register(s, api.Op{ID: "get-import", Method: "GET", Path: "/imports/{id}", Tag: chapter, Summary: "Read an import", Text: "While it is under way, `progress` says how far it is."}, Manage, p.get)
	api.Stream(s, api.Op{ID: "fetch-import-report", Method: "GET", Path: "/imports/{id}/report", Tag: chapter, Summary: "Fetch the report", Gives: octets,
		Text: "CSV with a line for each row: of the run, before it of the check."}, Manage, false, p.report)
	api.Register(s, api.Op{ID: "start-import", Method: "POST", Path: "/imports/{id}/start", Tag: chapter, Summary: "Run an import",
		Text: "One that was checked runs; one that was stopped or failed goes on. What was taken is not taken twice."}, Manage, p.start)
	api.Register(s, api.Op{ID: "stop-import", Method: "POST", Path: "/imports/{id}/stop", Tag: chapter, Summary: "Stop an import after the batch that is under way"}, Manage, p.stop)
	api.Register(s, api.Op{ID: "discard-import", Method: "DELETE", Path: "/imports/{id}", Tag: chapter, Summary: "Remove an export that shall not run", Status: http.StatusNoContent,
		Errors: []int{409}}, Manage, p.discard)
}

const octets = "application/octet-stream"

// AnImport is an import as programs see it.
type AnImport struct {
	ID        string     `json:"id"`
	FileName  string     `json:"file_name"`
	Size      int64      `json:"size" doc:"Bytes."`
	State     string     `json:"state" enum:"checking,refused,checked,running,stopped,failed,done,discarded"`
	Stopping  bool       `json:"stopping" doc:"It stops after the batch that is under way."`
	Source    string     `json:"source,omitempty" doc:"Name of the old system."`
	CreatedAt time.Time  `json:"created_at"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	Reference string     `json:"reference,omitempty" doc:"In the log: of what went wrong."`
	Progress  *AProgress `json:"progress,omitempty"`
	Check     *AResult   `json:"check,omitempty" doc:"What the dry run came to."`
	Run       *AResult   `json:"run,omitempty" doc:"What the run came to."`
}

// AProgress says how far it is.
type AProgress struct {
	File string `json:"file"`
	Done int64  `json:"done" doc:"Rows."`
	Rows int64  `json:"rows"`
}

// AResult is what a pass came to.
type AResult struct {
	Files    []AFile     `json:"files"`
	Faults   []ShownLine `json:"faults,omitempty" doc:"Faults of whole files: nothing is imported."`
	NotTaken []ShownLine `json:"not_taken,omitempty" doc:"Rows that were not taken, at most 50; all of them stand in the report."`
	Without  int         `json:"organisations_without_administrator"`
}

// AFile counts what the rows of a file came to.
type AFile struct {
	Name      string `json:"name"`
	Rows      int    `json:"rows"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	Skipped   int    `json:"skipped"`
	Refused   int    `json:"refused"`
}

func apiImport(in Intake) AnImport {
	out := AnImport{ID: in.ID, FileName: in.FileName, Size: in.Size, State: in.State, Stopping: in.Stopping, Source: in.Source, CreatedAt: in.CreatedAt, Reference: in.Reference,
		StartedAt: moment(in.StartedAt), EndedAt: moment(in.EndedAt), Check: apiResult(in.Found), Run: apiResult(in.Came)}
	if in.Working() && in.AtFile != "" {
		out.Progress = &AProgress{in.AtFile, in.Done, in.Rows}
	}
	return out
}

func apiResult(r *Result) *AResult {
	if r == nil {
		return nil
	}
	out := &AResult{Files: []AFile{}, Faults: r.Findings, NotTaken: r.Lines, Without: r.Leading}
	for _, f := range fileRows(r.Totals) {
		out.Files = append(out.Files, AFile(f))
	}
	return out
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type handInAsked struct {
	Name string `query:"name" doc:"Of the file, as people read it. Default: export.zip."`
}

func (p API) handIn(w http.ResponseWriter, r *http.Request, a who.Actor, in *handInAsked) error {
	if in.Name == "" {
		in.Name = "export.zip"
	}
	id, err := p.Intakes.HandIn(r.Context(), a, in.Name, r.ContentLength, r.Body)
	if err != nil {
		return err
	}
	made, err := p.Intakes.Get(r.Context(), a, id)
	if err != nil {
		return err
	}
	return api.Send(w, http.StatusCreated, r.URL.Path+"/"+id, apiImport(made))
}

type importAt struct{ ID string }

func (p API) list(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[AnImport], error) {
	var at importAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, more, err := p.Intakes.List(ctx, a, Page{Before: at.ID, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	var items []AnImport
	for _, one := range all {
		items = append(items, apiImport(one))
		if more {
			next = importAt{one.ID}
		}
	}
	return api.Of(ctx, items, next)
}

// OneImport names an import.
type OneImport struct {
	ID string `path:"id"`
}

type importBody struct{ Body AnImport }

func (p API) get(ctx context.Context, a who.Actor, in *OneImport) (*importBody, error) {
	found, err := p.Intakes.Get(ctx, a, in.ID)
	if err != nil {
		return nil, err
	}
	return &importBody{apiImport(found)}, nil
}

// after gives the import as it is once err is nil.
func (p API) after(ctx context.Context, a who.Actor, id string, err error) (*importBody, error) {
	if err != nil {
		return nil, err
	}
	return p.get(ctx, a, &OneImport{id})
}

func (p API) start(ctx context.Context, a who.Actor, in *OneImport) (*importBody, error) {
	return p.after(ctx, a, in.ID, p.Intakes.Start(ctx, a, in.ID))
}

func (p API) stop(ctx context.Context, a who.Actor, in *OneImport) (*importBody, error) {
	return p.after(ctx, a, in.ID, p.Intakes.Stop(ctx, a, in.ID))
}

func (p API) discard(ctx context.Context, a who.Actor, in *OneImport) (*struct{}, error) {
	return &struct{}{}, p.Intakes.Discard(ctx, a, in.ID)
}

func (p API) report(w http.ResponseWriter, r *http.Request, a who.Actor, in *OneImport) error {
	return p.Intakes.sendReport(w, r, a, in.ID)
}

package importer

import (
	"encoding/json"
	"log/slog"
	"time"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Manage is the right to import by browser and API: the vendor's operators only.
const Manage who.Action = "importer.manage"

// Intakes are the use cases of exports that are handed in by browser or API. Each is checked by a dry run first; somebody reads what that
// found and lets it run. The work is done by one node at a time (Work).
type Intakes struct {
	Store    *store.DB
	Events   *event.Log
	Keys     *crypt.Keys
	Engine   Command // its Text is set by the language of each intake
	Blobs    *blob.Store
	Language func(language string) func(key string, args ...any) string // gives Command.Text

	Log  *slog.Logger
	Wake chan struct{} // of Work, with room for one: something was asked for on this node
}

// States of an intake.
const (
	Checking  = "checking"  // the dry run is under way, or waits for its turn
	Turned    = "refused"   // the export as a whole is refused
	Ready     = "checked"   // somebody may let it run
	Running   = "running"   // the run is under way, or waits for its turn
	Stopped   = "stopped"   // by a person, between two batches
	Failed    = "failed"    // the portal could not, many times
	Done      = "done"      // all rows came to something
	Discarded = "discarded" // the export is gone, and never ran
)

const (
	// MaxExport is how many bytes an export may have that is handed in; the command takes larger ones.
	MaxExport = 2 << 30

	exportKept = 7 * 24 * time.Hour  // that nobody lets run
	reportKept = 90 * 24 * time.Hour // after the last change
	linesShown = 50                  // rows that were not taken, and organisations without administrator, of each pass
)

// limits of what an export and its report may take.
var limits = blob.Limits{File: 20 << 30, Org: 1 << 40}

// Intake is an export that was handed in.
type Intake struct {
	Stored
	Taken Totals  // rows that its runs have written so far
	Found *Result // what the dry run came to; nil = it has not ended
	Came  *Result // what the run came to; nil
}

// Stored is an intake as it is stored.
type Stored struct {
	ID         string
	FileName   string
	Size       int64  // bytes
	Export     string // blob; '' = gone
	Language   string
	State      string
	Stopping   bool
	Source     string // name of the old portal; '' = not known yet
	MadeBy     string // id of a person
	Maker      string // name
	StartedBy  string // id; ''
	Starter    string // name; ''
	AtFile     string // what is being read; ''
	Done, Rows int64  // rows of it: read, and all
	TakenText  string // JSON of Intake.Taken, Found and Came
	FoundText  string
	CameText   string
	Report     string // blob; ''
	ReportSize int64
	ReportSHA  string
	Tries      int
	AgainAt    time.Time
	Reference  string // of the failure in the log; ''
	CreatedAt  time.Time
	StartedAt  time.Time
	EndedAt    time.Time
	TouchedAt  time.Time
}

// Working tells whether it is under way or waits for its turn.
func (in Intake) Working() bool { return in.State == Checking || in.State == Running }

// MayStart tells whether somebody can let it go on: its check if that has not ended, else its run.
func (in Intake) MayStart() bool {
	return in.Export != "" && (in.State == Ready || in.State == Stopped || in.State == Failed)
}

// Result is what a pass came to.
type Result struct {
	Totals   Totals        `json:"totals"`
	Findings []ShownLine   `json:"findings,omitempty"` // faults of whole files
	Lines    []ShownLine   `json:"lines,omitempty"`    // rows that were not taken: the first of them
	More     int           `json:"more,omitempty"`     // rows that were not taken and are not among them
	Later    []string      `json:"later,omitempty"`    // files whose rows this version does not import
	Without  []Leaderless  `json:"without,omitempty"`  // organisations without an administrator: the first of them
	Leading  int           `json:"leading,omitempty"`  // how many there are
	Took     time.Duration `json:"took,omitempty"`
	Batches  int           `json:"batches,omitempty"` // transactions that wrote
	Longest  time.Duration `json:"longest,omitempty"` // of them
}

// ShownLine is a line of the report as a page shows it, in the intake's language.
type ShownLine struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	ID       string `json:"source_id"`
	Outcome  string `json:"outcome"`
	Code     string `json:"code"`
	Column   string `json:"column,omitempty"`
	Sentence string `json:"sentence"`
}

// read reads what is stored as JSON.
func (s Stored) read() (Intake, error) {
	in := Intake{Stored: s, Taken: Totals{}}
	var err error
	for _, one := range []struct {
		text string
		to   any
	}{{s.TakenText, &in.Taken}, {s.FoundText, &in.Found}, {s.CameText, &in.Came}} {
		if one.text != "" && err == nil {
			err = json.Unmarshal([]byte(one.text), one.to)
		}
	}
	return in, err
}

// get gives one of the organisation's, if it is there.
func get(tx *store.Tx, org, id string) (in Intake, ok bool, err error) {
	row, ok, err := store.Maybe[Stored](tx, selectIntake, id, org)
	if err == nil && ok {
		in, err = row.read()
	}
	return in, ok, err
}

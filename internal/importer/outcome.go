package importer

import (
	"slices"
	"strings"
)

// Outcome is what a row comes to.
type Outcome string

const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Skipped   Outcome = "skipped"
	Refused   Outcome = "refused"
)

// outcomes are all of them, in the order of the totals.
var outcomes = [...]Outcome{Created, Updated, Unchanged, Skipped, Refused}

// Decision is what is to become of a row.
type Decision struct {
	Outcome Outcome
	Notes   []string // of a row that is taken, in alphabetical order
	Refusal *Refusal // of one that is refused or skipped

	Known  *Known            // what is kept of the row, if it was taken before
	Target string            // id of the thing that the row means; "" if it is to be made
	Joined bool              // the row meets a thing that another row made, or that was made in Lodge
	Refs   map[string]string // ids of the things that its references name, by column

	Roles   []string // of memberships and relations: those that may be taken
	Primary bool     // of memberships: the yes that holds
}

// Taken tells whether the row is to be written.
func (d Decision) Taken() bool { return d.Outcome == Created || d.Outcome == Updated }

// Code is the word of the report: the refusal's, or the notes.
func (d Decision) Code() string {
	if d.Refusal != nil {
		return d.Refusal.Code
	}
	return strings.Join(d.Notes, ";")
}

// note adds a note in its place.
func (d *Decision) note(code string) {
	if i, found := slices.BinarySearch(d.Notes, code); !found {
		d.Notes = slices.Insert(d.Notes, i, code)
	}
}

func refused(r *Refusal) Decision { return Decision{Outcome: Refused, Refusal: r} }

// refuse refuses a row for one of its cells.
func refuse(row *Row, code, column string, args ...any) Decision {
	return refused(&Refusal{code, column, row.Cell(column), args})
}

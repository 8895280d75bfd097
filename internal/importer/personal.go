package importer

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what the rows of old portals said of a person.
func Personal() []personal.Part {
	return []personal.Part{personal.List("old_portals", selectOwnRows, func(r ownRow) []any { return []any{r.Seq} }, 0)}
}

type ownRow struct {
	Seq     int64         `json:"row"`
	Source  string        `json:"portal"`
	ID      string        `json:"id_there"`
	Cells   personal.JSON `json:"cells"`
	TakenAt time.Time     `json:"taken_at"`
}

const selectOwnRows = `
	SELECT seq, source, source_id, cells, taken_at FROM import_row
	WHERE target = $1 AND file = 'people.csv' AND seq > $2
	ORDER BY seq LIMIT $3`

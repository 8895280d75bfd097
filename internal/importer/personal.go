package importer

import (
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/personal"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
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

// OnClosed forgets what rows of old portals said of a person: the reaction to identity.Closed, in its transaction. The rows stay, so that they are known again and nobody is
// made of them anew; the address does not, so that nobody else is taken for him.
func OnClosed(tx *store.Tx, _ who.Actor, _ string, e event.Event) error {
	_, err := tx.Exec(`UPDATE import_row SET email = '', cells = '{}' WHERE target = $1 AND file = 'people.csv'`, e.(identity.Closed).Person)
	return err
}

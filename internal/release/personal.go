package release

import (
	"time"

	"lodge/internal/platform/personal"
)

// Personal is what this package stores about a person: what he downloaded.
func Personal() []personal.Part {
	return []personal.Part{personal.List("downloads", selectOwnDownloads, func(r ownDownload) []any { return []any{r.At, r.FileName, r.Source} }, personal.Start, "", "")}
}

type ownDownload struct {
	At       time.Time `json:"at"`
	FileName string    `json:"file"`
	Source   string    `json:"old_portal"`
	Number   int64     `json:"organisation,omitzero"`
	Version  string    `json:"version"`
}

const selectOwnDownloads = `
	SELECT d.at, d.file_name, d.source, COALESCE(o.number, 0), d.name
	FROM download d
	LEFT JOIN organisation o ON o.id = d.org_id
	WHERE d.person_id = $1 AND (d.at, d.file_name, d.source) > ($2, $3, $4)
	ORDER BY d.at, d.file_name, d.source LIMIT $5`

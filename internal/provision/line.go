package provision

import (
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// What a customer still needs, in the order of the steps.
const (
	DetailsMissing = "0-details"
	UserMissing    = "1-user"
	Complete       = "9-complete"
)

// Draft is the status of what is no customer yet; the others are those of organisations.
const Draft = "draft"

// Reline writes the line of a customer anew: the reaction to everything that changes what the list shows of an organisation, in its transaction. What is no
// customer has no line.
func Reline(tx *store.Tx, _ who.Actor, org string, _ event.Event) error {
	row, ok, err := store.Maybe[struct {
		Number                     int64
		Name, NameKey, CreatedOn   string
		CreatedAt                  time.Time
		Zone, Status, Reference    string
		Reseller, Type, TrialUntil string
	}](tx, selectForLine, org)
	if err != nil || !ok {
		return err
	}
	if row.CreatedOn == "" {
		row.CreatedOn = clock.Day(row.CreatedAt, clock.Place(row.Zone))
	}
	_, err = tx.Exec(upsertLine, org, row.Reseller, row.Number, row.Name, row.NameKey, row.CreatedOn, row.Status, row.Reference, Key(row.Reference), row.Type,
		row.TrialUntil, Complete)
	return err
}

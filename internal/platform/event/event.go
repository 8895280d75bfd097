// Package event writes what happened beside what changed, in the same transaction, and seals it afterwards.
//
// A change inserts one event; a job that only one node runs at a time gives the events their sequence, in the order of
// commits, and a Merkle proof. Only that sequence may be followed by feeds. Bodies hold ids and words of the program,
// never names, so that a person can be forgotten.
package event

import (
	"encoding/json"
	"fmt"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Event is anything with a name; its fields are stored as JSON and shown in the organisation's log.
type Event interface {
	EventName() string // "ticket.opened"
	Subject() string   // kind and id of what changed: "ticket:0190…"
}

// Reaction is what another package does because of an event, in the same transaction.
type Reaction func(tx *store.Tx, a who.Actor, org string, e Event) error

// Log is where use cases emit. Reactions are all in one place, package app.
type Log struct {
	Reactions map[string][]Reaction // by name of the event
}

// Emit records e for the organisation it concerns ("" for a person's own affairs) and runs the reactions to it.
func (l *Log) Emit(tx *store.Tx, a who.Actor, org string, e Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.EventName(), err)
	}
	source := a.Source
	if source == "" {
		source = who.Own // on personal pages there is no organisation to act for
	}
	id := tx.NewID()
	if err := tx.Later(insertEvent, tx.Now, id, org, a.Person, "", a.Member, string(source), a.Session, a.From, e.EventName(), e.Subject(), string(body)); err != nil {
		return err
	}
	if err := tx.Later(insertNew, tx.Now, id); err != nil {
		return err
	}
	for _, react := range l.Reactions[e.EventName()] {
		if err := react(tx, a, org, e); err != nil {
			return fmt.Errorf("reaction to %s: %w", e.EventName(), err)
		}
	}
	return nil
}

// Entry is one event as it is read.
type Entry struct {
	At       time.Time
	ID       string
	Org      string // id
	Person   string // id; '' = the program
	AsPerson string
	Member   string // id of the organisation acted for
	Source   who.Source
	Address  string
	Name     string
	Subject  string
	Body     string // JSON
}

// PageSize is how many events a page shows.
const PageSize = 50

// Before is the key of the last row of the page before; the zero value starts at the newest.
type Before struct {
	At    time.Time
	ID    string
	Limit int // rows of a page; 0 = PageSize
}

// Size is how many rows a page has.
func (b Before) Size() int {
	if b.Limit == 0 {
		return PageSize
	}
	return b.Limit
}

func (b Before) key() (time.Time, string) {
	if b.At.IsZero() {
		return clock.End, ""
	}
	return b.At, b.ID
}

// OfOrg lists what concerned the organisation, newest first. Who may read it is the caller's business.
func OfOrg(tx *store.Tx, org string, b Before) ([]Entry, error) {
	at, id := b.key()
	return store.Query[Entry](tx, selectOfOrg, org, at, id, PageSize+1)
}

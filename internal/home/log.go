package home

import (
	"context"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// LogEntry is an event as people read it.
type LogEntry struct {
	At                time.Time
	ID                string
	Person, ActingFor string // names; '' = the program
	Source            who.Source
	Address           string
	Name              string // "account.contact_invited"
	Subject, Body     string
	Ticket            string // number of what it is about; ''
}

// Log lists the events of the organisation in view, newest first, one more than a page if there are more. Administrators and staff
// read all, everybody else his own. The actor needs account.ViewEvents.
func (h *Home) Log(ctx context.Context, a who.Actor, before event.Before) (all []LogEntry, err error) {
	if err := a.Must(account.ViewEvents); err != nil {
		return nil, err
	}
	at := before.At
	if at.IsZero() {
		at = clock.End
	}
	staff := a.Source == who.Staff || a.Reach.All
	err = h.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if a.May(account.ViewAllEvents) {
			all, err = store.Query[LogEntry](tx, selectEvents, a.Org, at, before.ID, staff, before.Size()+1)
			return err
		}
		all, err = store.Query[LogEntry](tx, selectOwnEvents, a.Org, at, before.ID, staff, before.Size()+1, a.Person)
		return err
	})
	return all, err
}

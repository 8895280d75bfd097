package home

import (
	"context"
	"iter"
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

// LogFilter is what to show of the log; the zero value is all of it.
type LogFilter struct {
	From, Until time.Time // from the one up to and without the other; zero = open
	Contact     string    // id of a membership: what happened to it
}

// Log lists the events of the organisation in view, newest first, one more than a page if there are more. Administrators and staff
// read all, everybody else his own. The actor needs account.ViewEvents.
func (h *Home) Log(ctx context.Context, a who.Actor, f LogFilter, before event.Before) (all []LogEntry, err error) {
	if err := a.Must(account.ViewEvents); err != nil {
		return nil, err
	}
	at, id := before.At, before.ID
	if at.IsZero() {
		at = clock.End
	}
	if !f.Until.IsZero() && f.Until.Before(at) {
		at, id = f.Until, ""
	}
	if f.From.IsZero() {
		f.From = time.Unix(0, 0).UTC()
	}
	staff := a.Source == who.Staff || a.Reach.All
	query, args := selectOwnEvents, []any{a.Org, at, id, staff, before.Size() + 1, f.From, a.Person}
	switch {
	case a.May(account.ViewAllEvents) && f.Contact != "":
		query, args[6] = selectEventsOf, "membership:"+f.Contact
	case a.May(account.ViewAllEvents):
		query, args = selectEvents, args[:6]
	case f.Contact != "":
		query, args = selectOwnEventsOf, append(args, "membership:"+f.Contact)
	}
	err = h.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[LogEntry](tx, query, args...)
		return err
	})
	return all, err
}

// Whole gives all that Log lists, page by page as it is read.
func (h *Home) Whole(ctx context.Context, a who.Actor, f LogFilter) iter.Seq2[LogEntry, error] {
	return func(yield func(LogEntry, error) bool) {
		for at := (event.Before{Limit: event.PageSize}); ; { // as many as a page: of more PostgreSQL reads everybody's
			all, err := h.Log(ctx, a, f, at)
			if err != nil {
				yield(LogEntry{}, err)
				return
			}
			for _, e := range all[:min(len(all), at.Limit)] {
				if !yield(e, nil) {
					return
				}
			}
			if len(all) <= at.Limit {
				return
			}
			at.At, at.ID = all[at.Limit-1].At, all[at.Limit-1].ID
		}
	}
}

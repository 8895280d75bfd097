package home

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// LogEntry is an event as people read it.
type LogEntry struct {
	At                time.Time
	ID                string
	PersonID          string
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
	Person      string    // id: what somebody did
	Kind        string    // one of Kinds: what it is about
}

// Kinds are what events of an organisation are about: the packages that emit them.
var Kinds = []string{"ticket", "account", "partner", "provision", "contract", "licence", "release", "subscription", "token", "openid", "federation", "importer"}

// Log lists the events of the organisation in view, newest first, one more than a page if there are more. Administrators and staff
// read all, everybody else his own. The actor needs account.ViewEvents. Invalid at kind for one that is none.
func (h *Home) Log(ctx context.Context, a who.Actor, f LogFilter, before event.Before) (all []LogEntry, err error) {
	if err := a.Must(account.ViewEvents); err != nil {
		return nil, err
	}
	var c fault.Check
	c.Need(f.Kind == "" || slices.Contains(Kinds, f.Kind), "kind", "home.kind_unknown")
	if err := c.Err(); err != nil {
		return nil, err
	}
	if !a.May(account.ViewAllEvents) {
		if f.Person != "" && f.Person != a.Person {
			return nil, nil // what others did is not his to read
		}
		f.Person = a.Person
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
	query, args := eventColumns+eventsFrom, []any{a.Org, at, id, staff, before.Size() + 1, f.From}
	kind, of := eventsOf, f.Kind+"."
	if f.Person != "" || f.Contact != "" {
		kind, of = eventsOfAmong, f.Kind+".%"
	}
	for _, asked := range []struct{ condition, by, value string }{{eventsBy, f.Person, f.Person}, {eventsAbout, f.Contact, "membership:" + f.Contact}, {kind, f.Kind, of}} {
		if asked.by != "" {
			args = append(args, asked.value)
			query += asked.condition + "$" + strconv.Itoa(len(args))
		}
	}
	query += eventsInOrder
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

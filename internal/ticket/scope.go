package ticket

import (
	"context"

	"lodge/internal/platform/job"
	"lodge/internal/platform/store"
)

// Rescope brings the scope rows of an organisation's tickets in line with account's: a partner that reaches it has a row
// for each ticket that is not withheld, others have none. Whether a partnership is in force today is asked again by
// every list, so this only has to be complete. Call it where a partnership is given, ended or widened to a new site; it
// also has the search index renewed by a job.
func (s *Tickets) Rescope(tx *store.Tx, org string) error {
	gone, err := tx.Exec(deleteScopes, org)
	if err != nil {
		return err
	}
	come, err := tx.Exec(insertScopes, org)
	if err != nil || gone+come == 0 || s.Jobs == nil {
		return err // without rows there is nothing that anybody finds otherwise than before
	}
	return s.Jobs.Insert(tx, reindex{Org: org})
}

// Reindex renews the search index of all tickets, organisation by organisation, by jobs.
func (s *Tickets) Reindex(tx *store.Tx) error {
	orgs, err := store.Query[string](tx, selectOrgs)
	for _, org := range orgs {
		if err == nil {
			err = s.Jobs.Insert(tx, reindex{Org: org})
		}
	}
	return err
}

const selectOrgs = `SELECT DISTINCT org_id FROM ticket`

// rescopeOne does the same for one ticket.
func rescopeOne(tx *store.Tx, t Ticket) error {
	if t.VendorOnly {
		_, err := tx.Exec(deleteScope, t.ID)
		return err
	}
	_, err := tx.Exec(insertScope, t.ID)
	return err
}

// reindex renews the search index of an organisation's tickets, a hundred at a time.
type reindex struct {
	Org   string `json:"org"`   // for erasure, too
	After string `json:"after"` // id of the last ticket that is done
}

func (reindex) Kind() string { return "ticket.reindex" }

const reindexAtOnce = 100

// Work lets this process renew the search index.
func (s *Tickets) Work(db *store.DB) {
	job.Handle(s.Jobs, func(ctx context.Context, j job.Job[reindex]) error {
		// The organisation's key: partnerships do not change while their tokens are written.
		return db.Write(ctx, store.Lock("org", j.Args.Org), func(tx *store.Tx) error {
			first, err := j.Done(tx)
			if err != nil || !first {
				return err
			}
			return s.reindex(tx, j.Args)
		})
	})
}

func (s *Tickets) reindex(tx *store.Tx, from reindex) error {
	all, err := store.Query[Ticket](tx, selectToIndex, from.Org, from.After, reindexAtOnce)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := s.index(tx, t); err != nil {
			return err
		}
	}
	if len(all) < reindexAtOnce {
		return nil
	}
	return s.Jobs.Insert(tx, reindex{from.Org, all[len(all)-1].ID})
}

package release

import (
	"context"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// resume is how long parts of a file belong to the download that began it.
const resume = 24 * time.Hour

// Took writes a line into the actor's history: a file was sent for the organisation in view. Parts of a file are one download for a day.
func (s *Releases) Took(ctx context.Context, a who.Actor, f Offer, part bool) error {
	since := clock.End                                               // no earlier line counts
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error { // Free: a line of one's own that nothing is decided by
		if part {
			since = tx.Now.Add(-resume)
		}
		_, err := tx.Exec(insertTaken, a.Person, tx.Now, f.Name, a.Org, f.Product.ID, f.ID, f.Version, f.On, since)
		return err
	})
}

// Old is a download of an old portal.
type Old struct {
	Person, Org, Product string // ids; Org may be ''
	FileName, Name, On   string // Name is the version; On may be ''
	At                   time.Time
	Source               string // the portal and its row: unique for a person
}

// Remember adds a download of an old portal: a step. What the same source said before is replaced.
func (s *Releases) Remember(tx *store.Tx, o Old) error {
	if _, err := tx.Exec(deleteOld, o.Person, o.Source); err != nil {
		return err
	}
	_, err := tx.Exec(insertOld, o.Person, o.At, o.FileName, o.Source, o.Org, o.Product, o.Name, o.On)
	return err
}

// News is what there is beyond a downloaded version.
type News string

const (
	Latest   News = "latest"
	Newer    News = "newer"   // and included
	Locked   News = "locked"  // newer, but not included
	Gone     News = "gone"    // what was downloaded has been withdrawn
	NoneSeen News = "nothing" // nothing of the product is published here
)

// Taken is a line of somebody's history.
type Taken struct {
	At          time.Time
	FileName    string
	Version     string
	On          string // civil day of the file; '' = not known
	File        string // id if it can be downloaded again, else ''
	Product     string // name
	News        News
	NewVersion  string // of Newer, Locked and Gone; '' = none
	Reason      string // of a withdrawal
	WithdrawnAt *time.Time
}

// took is a row of it.
type took struct {
	At                            time.Time
	FileName, Version, On         string
	File, State, Reason           string // of the file's release, '' if it is not known here
	ReleasedOn                    string
	WithdrawnAt                   *time.Time
	Product, ProductName, Scheme  string
	NewVersion, NewOn, NewSortKey string // the latest one that is no beta
}

// History gives the actor's downloads of the last two calendar years for the family in view, the latest first. The actor needs Take.
func (s *Releases) History(ctx context.Context, a who.Actor) (all []Taken, err error) {
	if err := a.Must(Take); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		st, err := standingOf(tx, a)
		if err != nil {
			return err
		}
		all, err = history(tx, a, st)
		return err
	})
	return all, err
}

func history(tx *store.Tx, a who.Actor, st standing) ([]Taken, error) {
	rows, err := store.Query[took](tx, selectTaken, a.Person, TwoYearsBefore(tx.Now.In(a.Zone)), store.List(a.Reach.Orgs))
	if err != nil {
		return nil, err
	}
	all := make([]Taken, len(rows))
	for i, r := range rows {
		all[i] = r.judge(st)
	}
	return all, nil
}

// TwoYearsBefore is the same day and time two years ago; of 29 February the 28th.
func TwoYearsBefore(now time.Time) time.Time {
	day := now.Day()
	if now.Month() == time.February && day == 29 {
		day = 28
	}
	return time.Date(now.Year()-2, now.Month(), day, now.Hour(), now.Minute(), now.Second(), now.Nanosecond(), now.Location())
}

func (r took) judge(st standing) Taken {
	t := Taken{At: r.At, FileName: r.FileName, Version: r.Version, On: r.On, Product: r.ProductName, News: NoneSeen}
	newer := r.NewVersion != "" && r.NewSortKey > SortKey(r.Scheme, r.Version)
	included := st.right(r.Product, r.NewOn).Included()
	switch {
	case r.State == Withdrawn:
		t.News, t.Reason, t.WithdrawnAt = Gone, r.Reason, r.WithdrawnAt
		if r.NewVersion != "" && included {
			t.NewVersion = r.NewVersion
		}
	case newer && included:
		t.News, t.NewVersion = Newer, r.NewVersion
	case newer:
		t.News, t.NewVersion = Locked, r.NewVersion
	case r.NewVersion != "":
		t.News = Latest
	}
	if r.State == Published && st.right(r.Product, r.ReleasedOn).Included() {
		t.File = r.File
	}
	return t
}

package partner

import (
	"context"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Partners has the use cases.
type Partners struct {
	Store    *store.DB
	Events   *event.Log
	Accounts *account.Accounts
	Office   *mail.Office
	Jobs     *job.Queue
	BaseURL  string
}

// Rights of this package, given to roles in package app.
const (
	View   who.Action = "partner.view"   // who acts for the organisation, and for whom it acts
	Manage who.Action = "partner.manage" // ask, agree, extend, end
)

const (
	askTime    = 90 * 24 * time.Hour
	askAgain   = 7 * 24 * time.Hour // after a refusal, or after taking one back
	askKept    = 365 * 24 * time.Hour
	mostMonths = 24
	maxReason  = 1000
	mostAsks   = 50 // of one partner in a day
)

// Roles are what a partner may be let do, in the order in which people read them.
var Roles = []string{account.SupportRestricted, account.SupportAdvanced, account.SupportAdministrator, account.PartnerOperator, account.PartnerBilling,
	account.SecurityAdministrator, account.LicenceSupervisor, account.Licensing, account.Reporting}

// Row is a partnership, of any date, as one of the two sides sees it.
type Row struct {
	ID                string
	Partner, Customer string // ids
	Zone              string // the customer's
	Number            int64  // of the other side
	Name, City        string // likewise
	RoleNames         string
	From, Until       string // civil days of the customer; Until '' = open
	FromAt            time.Time
	UntilAt           *time.Time
	Extends           bool
	GivenBy           string
	EndedBy           string // organisation; '' = nobody ended it early
	MadeAt            time.Time
	Version           int64
}

// States of a partnership, which follow from its days.
const (
	Coming = "coming"
	Active = "active"
	Open   = "open" // active without a last day: to be confirmed or ended
	Over   = "over"
)

// State is what it is at a time.
func (r Row) State(now time.Time) string {
	switch {
	case r.UntilAt != nil && !r.UntilAt.After(now):
		return Over
	case r.FromAt.After(now):
		return Coming
	case r.UntilAt == nil:
		return Open
	}
	return Active
}

// Roles are what the partner may.
func (r Row) Roles() []string { return strings.Fields(r.RoleNames) }

// Side tells on which side of a partnership an organisation stands.
type Side string

const (
	AsCustomer Side = "customer" // others act for it
	AsPartner  Side = "partner"  // it acts for others
)

// PageSize is how many partnerships a page shows.
const PageSize = 50

// Filter chooses among partnerships.
type Filter struct {
	Side  Side
	Past  bool   // those that are over instead of the others
	After string // id of the last row of the page before
	Limit int    // 0 = PageSize
}

// Overview is what the list's page says.
type Overview struct {
	Kind       string // of the organisation in view
	Site       bool   // which sees what its organisation has, and decides nothing
	Side       Side
	Rows       []Row
	Others     []Row // of a partner that is a customer, too: who acts for it
	Sent, Came []Ask
}

// Overview gives the partnerships of the organisation in view from its own side, and the asks. The actor needs View.
func (s *Partners) Overview(ctx context.Context, a who.Actor, f Filter) (v Overview, err error) {
	if err := a.Must(View); err != nil {
		return v, err
	}
	err = s.Store.Snapshot(ctx, func(ctx context.Context) error {
		var org account.Organisation
		err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			org, err = account.Get(tx, a.Org)
			return err
		})
		if err != nil {
			return err
		}
		v.Kind, v.Side, v.Site = org.Kind, AsCustomer, org.IsSite
		if v.Kind == account.Partner {
			v.Side = AsPartner
			if v.Others, err = s.List(ctx, a, Filter{Side: AsCustomer, Past: f.Past}); err != nil {
				return err
			}
		}
		f.Side = v.Side
		if v.Rows, err = s.List(ctx, a, f); err == nil {
			v.Sent, v.Came, err = s.Asks(ctx, a)
		}
		return err
	})
	return v, err
}

// List gives the partnerships of the organisation in view, newest first, and one row more than the limit if there are more.
func (s *Partners) List(ctx context.Context, a who.Actor, f Filter) (all []Row, err error) {
	if err := a.Must(View); err != nil {
		return nil, err
	}
	if f.After == "" {
		f.After = "~" // behind every id
	}
	if f.Limit == 0 {
		f.Limit = PageSize
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		org, err := account.Get(tx, a.Org)
		if err == nil {
			all, err = store.Query[Row](tx, selectList[f.Side][f.Past], org.RootID, f.After, tx.Now, f.Limit+1)
		}
		return err
	})
	return all, err
}

// Use is a time at which somebody of the partner opened the customer's pages, or a program with its key.
type Use struct {
	At          time.Time
	First, Last string // '' = a program
	Number      int64  // of the organisation or site
}

// mostUses is how many times are shown.
const mostUses = 50

// Shown is a partnership with what only its page says.
type Shown struct {
	Row
	Side Side
	Site bool  // the organisation in view is a site
	Uses []Use // the newest; for the customer
}

// Show gives one partnership of the organisation in view. NotFound for another's.
func (s *Partners) Show(ctx context.Context, a who.Actor, id string) (v Shown, err error) {
	if err := a.Must(View); err != nil {
		return v, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		org, err := account.Get(tx, a.Org)
		if err != nil {
			return err
		}
		v.Site = org.IsSite
		if v.Row, v.Side, err = one(tx, org.RootID, id); err != nil || v.Side == AsPartner {
			return err
		}
		family, err := account.Family(tx, org.RootID)
		if err == nil {
			end := tx.Now
			if v.UntilAt != nil && v.UntilAt.Before(end) {
				end = *v.UntilAt
			}
			begin := v.FromAt // of one that took another's place today: later than its first day began
			if v.MadeAt.After(begin) && v.GivenBy == "customer" {
				begin = v.MadeAt
			}
			v.Uses, err = store.Query[Use](tx, selectUses, store.List(family), account.UseOf(v.Partner), mostUses, begin, end)
		}
		return err
	})
	return v, err
}

// one is a partnership of an organisation, and on which side of it that stands.
func one(tx *store.Tx, org, id string) (Row, Side, error) {
	for _, side := range []Side{AsCustomer, AsPartner} {
		if r, ok, err := store.Maybe[Row](tx, selectOne[side], org, id); err != nil || ok {
			return r, side, err
		}
	}
	return Row{}, "", fault.Missing()
}

package contract

import (
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

// Contracts are the use cases of support contracts.
type Contracts struct {
	Store  *store.DB
	Events *event.Log
}

// States of a contract.
const (
	Active    = "active"
	Cancelled = "cancelled" // gives support on no day
)

// Contract is a maintenance period.
type Contract struct {
	ID               string
	Number           string // as the vendor writes it; not unique
	Org              string // head of a family
	Level            string // standard, 24x7, premier
	StartsOn, EndsOn string // civil days, both included
	Status           string
	Version          int64
}

// Covers tells whether the contract gives support on a day.
func (c Contract) Covers(day string) bool {
	return c.Status == Active && c.StartsOn <= day && day <= c.EndsOn
}

// Words for the state of support.
const (
	Running = "active"
	Ending  = "ending" // within the warning
	Expired = "expired"
	None    = "none"
)

// warning is how many days before its end support is shown as ending.
const warning = 60

// Support is how things stand with the support of a product, or of an organisation, on a day.
type Support struct {
	State    string
	Contract string // id of the one that covers the day; of an expired one the last; '' = none
	Level    string
	Until    string // last covered day
	Days     int    // from the day to Until: 0 is the last day
}

// Text is the state as people read it; day writes a civil day for the reader (lang.Printer.Day).
func (s Support) Text(day func(civil string) string) fault.Message {
	switch s.State {
	case Running:
		return fault.Msg("contract.support_active", "until", day(s.Until))
	case Ending:
		if s.Days == 0 {
			return fault.Msg("contract.support_last_day")
		}
		return fault.Msg("contract.support_ending", "n", s.Days)
	case Expired:
		return fault.Msg("contract.support_expired", "on", day(s.Until))
	}
	return fault.Msg("contract.support_none")
}

// judge says how support stands by contracts that cover the thing in question. Contracts that follow each other without
// a gap are one period, so that a renewed one is not shown as ending.
func judge(contracts []Contract, day string) Support {
	slices.SortFunc(contracts, func(a, b Contract) int {
		if c := strings.Compare(a.StartsOn, b.StartsOn); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	var best, last Contract
	until := ""
	for _, c := range contracts {
		switch {
		case c.Status != Active:
			continue
		case c.Covers(day):
			if best.ID == "" || c.EndsOn > best.EndsOn {
				best = c
			}
			until = max(until, c.EndsOn)
		case until != "" && c.StartsOn <= dayAfter(until):
			until = max(until, c.EndsOn)
		case c.EndsOn < day && c.EndsOn > last.EndsOn:
			last = c
		}
	}
	switch {
	case best.ID != "":
		s := Support{State: Running, Contract: best.ID, Level: best.Level, Until: until, Days: between(day, until)}
		if s.Days <= warning {
			s.State = Ending
		}
		return s
	case last.ID != "":
		return Support{State: Expired, Contract: last.ID, Level: last.Level, Until: last.EndsOn, Days: between(day, last.EndsOn)}
	}
	return Support{State: None}
}

func dayAfter(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// between counts the days from one to the other.
func between(from, to string) int {
	a, _ := time.Parse(time.DateOnly, from)
	b, _ := time.Parse(time.DateOnly, to)
	return int(b.Sub(a) / (24 * time.Hour))
}

// Package clock is where the time comes from, so that tests and the demo world can move it.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. Nothing in the program calls time.Now but this package.
type Clock interface{ Now() time.Time }

// Real is the clock of the machine.
type Real struct{}

func (Real) Now() time.Time { return time.Now() }

// Fake stands still until it is moved. The zero value stands at the zero time.
type Fake struct {
	mu sync.Mutex
	at time.Time
}

// At is a clock that stands at t.
func At(t time.Time) *Fake { return &Fake{at: t} }

func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

// Set moves the clock to t, back as well as forth.
func (f *Fake) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = t
}

// Add moves the clock by d.
func (f *Fake) Add(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = f.at.Add(d)
}

// Shifted runs with the machine's clock, from another start: pictures of a fixed day.
type Shifted struct{ By time.Duration }

func (s Shifted) Now() time.Time { return time.Now().Add(s.By) }

// End is after every moment: open ends, and the place before the newest row of a list.
var End = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// places keeps the zones that were read: each is a file, and every page asks for one. There are some six hundred.
var places sync.Map

// Slip is how far a machine's clock may run wrong for a while before anything is forgotten: what is over is removed that much later.
const Slip = 25 * time.Hour

// Place is a zone by its IANA name, UTC if there is none of that name: stored names were checked, but zone data change.
func Place(zone string) *time.Location {
	if l, ok := places.Load(zone); ok {
		return l.(*time.Location)
	}
	if zone != "" && zone != "Local" {
		if l, err := time.LoadLocation(zone); err == nil {
			places.Store(zone, l)
			return l
		}
	}
	return time.UTC
}

// Day is the civil day of t in a place, YYYY-MM-DD.
func Day(t time.Time, place *time.Location) string { return t.In(place).Format(time.DateOnly) }

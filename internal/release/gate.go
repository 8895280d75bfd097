package release

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// What one organisation may take from one process; settings later. Parts of a file count one by one: download programs ask for many.
const (
	TakesAtOnce   = 24              // downloads under way
	TakesBurst    = 240             // begun at any one time after a pause
	takesEach     = time.Second / 4 // another one
	waitForSlot   = 10 * time.Second
	gatesMost     = 10_000 // organisations that are remembered
	forgottenFrom = 10 * time.Minute
)

// Gate counts the downloads of organisations, each by itself. The zero value is ready.
type Gate struct {
	mu   sync.Mutex
	orgs map[string]*lane
}

// lane is what is known of one organisation.
type lane struct {
	pace *rate.Limiter
	busy int
	last time.Time
}

// Enter begins a download for the organisation in view at a moment; leave ends it. TooMany of code release.too_many_at_once or
// release.too_many, with the time after which another try is worth it.
func (g *Gate) Enter(a who.Actor, now time.Time) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lane(a.Org, now)
	l.last = now
	if l.busy >= TakesAtOnce {
		f := fault.New(fault.TooMany, "release.too_many_at_once", "max", TakesAtOnce)
		f.RetryAfter = waitForSlot
		return nil, f
	}
	r := l.pace.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		f := fault.New(fault.TooMany, "release.too_many")
		f.RetryAfter = max(wait.Round(time.Second), time.Second)
		return nil, f
	}
	l.busy++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		l.busy--
	}), nil
}

func (g *Gate) lane(org string, now time.Time) *lane {
	if l := g.orgs[org]; l != nil {
		return l
	}
	if g.orgs == nil {
		g.orgs = map[string]*lane{}
	}
	if len(g.orgs) >= gatesMost {
		for id, l := range g.orgs {
			if l.busy == 0 && now.Sub(l.last) > forgottenFrom {
				delete(g.orgs, id) // its pace is whole again
			}
		}
	}
	l := &lane{pace: rate.NewLimiter(rate.Every(takesEach), TakesBurst)}
	g.orgs[org] = l
	return l
}

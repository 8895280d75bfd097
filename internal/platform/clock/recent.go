package clock

import (
	"sync"
	"time"
)

// mostRecent is how many keys are remembered before those that are over, or all of them, are forgotten.
const mostRecent = 20_000

// Recent remembers until when something need not be asked again, so that what is due once a minute costs nothing in between. It is this process's
// own: nothing may be decided by it. The zero value remembers nothing.
type Recent struct {
	mu    sync.Mutex
	until map[string]rest
}

type rest struct{ from, until time.Time }

// over tells whether now is outside: a clock that was put back would rest too long.
func (r rest) over(now time.Time) bool { return now.Before(r.from) || !now.Before(r.until) }

// Rest remembers the key until a time.
func (r *Recent) Rest(key string, now, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until == nil {
		r.until = map[string]rest{}
	}
	if len(r.until) >= mostRecent {
		for k, at := range r.until {
			if at.over(now) {
				delete(r.until, k)
			}
		}
		if len(r.until) >= mostRecent {
			clear(r.until)
		}
	}
	r.until[key] = rest{now, until}
}

// Due tells whether the key is not, or no longer, remembered.
func (r *Recent) Due(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.until[key].over(now)
}

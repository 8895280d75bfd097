package api

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/limit"
)

// Rate is how many calls may come: Burst at once, and PerMinute in the long run.
type Rate struct{ PerMinute, Burst int }

// Rates are the limits of one node. A call counts for its network before anything is looked up, then for its token, for whoever made that, and
// for the organisation that owns it, so that neither new tokens nor new people widen what an organisation may do.
type Rates struct{ Token, Person, Organisation, Network Rate }

// Usual are the rates of a portal that says nothing else.
var Usual = Rates{Token: Rate{600, 300}, Person: Rate{900, 450}, Organisation: Rate{1800, 900}, Network: Rate{3000, 1500}}

// ParseRates reads rates as an operator writes them, "token=600/300": calls a minute, and at once. What is not said is as usual.
func ParseRates(texts []string) (Rates, error) {
	r := Usual
	of := map[string]*Rate{"token": &r.Token, "person": &r.Person, "organisation": &r.Organisation, "network": &r.Network}
	for _, text := range texts {
		who, numbers, _ := strings.Cut(strings.TrimSpace(text), "=")
		minute, burst, _ := strings.Cut(numbers, "/")
		perMinute, odd := strconv.Atoi(minute)
		atOnce, odder := strconv.Atoi(burst)
		rate := of[who]
		if rate == nil || odd != nil || odder != nil || perMinute < 1 || atOnce < 1 {
			return r, fmt.Errorf("--api-rates %q: want token, person, organisation or network, then =PER_MINUTE/BURST, such as token=600/300", text)
		}
		*rate = Rate{perMinute, atOnce}
	}
	return r, nil
}

// most is how many buckets are kept; the full ones go first, which changes nothing.
const most = 50_000

type buckets struct {
	mu   sync.Mutex
	byID map[string]*rate.Limiter
}

func network(address string) string { return "network " + limit.Network(address) }

// limits counts a call whose token is known.
func (s *API) limits(c *call) error {
	h := c.w.Header()
	if err := s.limit(h, s.Rates.Token, "token "+c.Token); err != nil {
		return err
	}
	if c.Actor.Person != "" {
		if err := s.limit(h, s.Rates.Person, "person "+c.Actor.Person); err != nil {
			return err
		}
	}
	return s.limit(h, s.Rates.Organisation, "organisation "+c.Owner)
}

// limit takes one call out of a bucket and says in the header how it stands, unless a narrower one was said before. TooMany if it is empty.
func (s *API) limit(h http.Header, r Rate, id string) error {
	now := s.now()
	b := s.buckets.get(id, r, now)
	ok := b.AllowN(now, 1)
	left := b.TokensAt(now)
	perSecond := float64(b.Limit())
	if said, err := strconv.Atoi(h.Get("RateLimit-Remaining")); err != nil || !ok || int(left) < said {
		h.Set("RateLimit-Limit", strconv.Itoa(r.Burst))
		h.Set("RateLimit-Remaining", strconv.Itoa(max(0, int(left))))
		h.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil((float64(r.Burst)-left)/perSecond))))
	}
	if ok {
		return nil
	}
	wait := time.Duration((1 - left) / perSecond * float64(time.Second))
	f := fault.New(fault.TooMany, "api.too_many", "wait", max(wait.Round(time.Second), time.Second))
	f.RetryAfter = wait
	return f
}

func (b *buckets) get(id string, r Rate, now time.Time) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	perSecond := rate.Limit(float64(r.PerMinute) / 60)
	if l, ok := b.byID[id]; ok {
		if l.Limit() != perSecond || l.Burst() != r.Burst {
			l.SetLimitAt(now, perSecond)
			l.SetBurstAt(now, r.Burst)
		}
		return l
	}
	if b.byID == nil {
		b.byID = map[string]*rate.Limiter{}
	}
	if len(b.byID) >= most {
		b.sweep(now)
	}
	l := rate.NewLimiter(perSecond, r.Burst)
	b.byID[id] = l
	return l
}

// sweep drops the full buckets: a new one is full too. If they are too few, any go: memory is bounded, come what may. It makes room for many,
// so that a flood does not sweep at each call.
func (b *buckets) sweep(now time.Time) {
	for id, l := range b.byID {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(b.byID, id)
		}
	}
	for id := range b.byID {
		if len(b.byID) < most*9/10 {
			return
		}
		delete(b.byID, id)
	}
}

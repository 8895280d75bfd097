package release

import (
	"testing"
	"time"

	"lodge/internal/contract"
	"lodge/internal/product"
)

func TestRightTo_follows_from_support_and_the_day_of_the_release(t *testing.T) {
	paid, free := product.Product{}, product.Product{Free: true}
	running := contract.Support{State: contract.Running, Until: "2026-12-31"}
	ending := contract.Support{State: contract.Ending, Until: "2026-12-01"}
	expired := contract.Support{State: contract.Expired, Until: "2026-10-31"}
	none := contract.Support{State: contract.None}
	for _, c := range []struct {
		name string
		p    product.Product
		s    contract.Support
		on   string
		want string
	}{
		{"active support has all", paid, running, "2027-05-01", Running},
		{"ending support too", paid, ending, "2020-01-01", Running},
		{"AC_14 on the last covered day", paid, expired, "2026-10-31", WasRunning},
		{"AC_14 the day after", paid, expired, "2026-11-01", TooNew},
		{"nothing ever", paid, none, "2020-01-01", NoSupport},
		{"free of charge", free, none, "2026-11-01", Free},
	} {
		r := RightTo(c.p, c.s, c.on)
		if r.Why != c.want || r.Included() != (c.want == Running || c.want == WasRunning || c.want == Free) {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

func TestTwoYearsBefore_is_the_same_day_and_of_a_leap_day_the_28th(t *testing.T) {
	for now, want := range map[string]string{
		"2026-11-21T10:11:12Z": "2024-11-21T10:11:12Z", "2028-02-29T23:59:59Z": "2026-02-28T23:59:59Z", "2026-02-28T00:00:00Z": "2024-02-28T00:00:00Z", "2030-03-01T00:00:00Z": "2028-03-01T00:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if got := TwoYearsBefore(at).Format(time.RFC3339); err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", now, got, want, err)
		}
	}
}

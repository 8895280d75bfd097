package release

import (
	"testing"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

func TestDownloads_are_limited_for_each_organisation_by_itself(t *testing.T) {
	var g Gate
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	one, other := who.Actor{Org: "one"}, who.Actor{Org: "other"}
	var leaves []func()
	for range TakesAtOnce {
		leave, err := g.Enter(one, now)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	if _, err := g.Enter(one, now); !fault.Is(err, "release.too_many_at_once") || fault.Of(err).RetryAfter <= 0 || fault.Status(err) != 429 {
		t.Errorf("one too many at once: %v", err)
	}
	if leave, err := g.Enter(other, now); err != nil {
		t.Errorf("another organisation: %v", err)
	} else {
		leave()
	}
	leaves[0]()
	leaves[0]() // twice is once
	again, err := g.Enter(one, now)
	if err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	if _, err := g.Enter(one, now); err == nil {
		t.Error("an end that is said twice makes two places")
	}
	again()
	for n := TakesAtOnce + 1; n < TakesBurst; n++ {
		leave, err := g.Enter(one, now)
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		leave()
	}
	if _, err := g.Enter(one, now); !fault.Is(err, "release.too_many") || fault.Of(err).RetryAfter != time.Second {
		t.Errorf("beyond the burst: %v", err)
	}
	if _, err := g.Enter(one, now.Add(time.Second)); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

func TestGate_forgets_organisations_that_take_nothing(t *testing.T) {
	var g Gate
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for n := range 3 * gatesMost {
		leave, err := g.Enter(who.Actor{Org: string(rune(n))}, now.Add(time.Duration(n)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
	if len(g.orgs) > gatesMost {
		t.Errorf("%d are remembered", len(g.orgs))
	}
}

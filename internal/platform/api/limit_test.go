package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
)

func TestAttack_API_10_a_bucket_empties_says_so_and_fills_again(t *testing.T) {
	ck := &clock.Fake{}
	ck.Set(time.Date(2026, 5, 3, 9, 0, 0, 0, time.UTC))
	s := &API{Clock: ck}
	r := Rate{PerMinute: 60, Burst: 3}
	for i := range 3 {
		h := http.Header{}
		if err := s.limit(h, r, "token a"); err != nil {
			t.Fatal(i, err)
		}
		if h.Get("RateLimit-Limit") != "3" || h.Get("RateLimit-Remaining") != fmt.Sprint(2-i) || h.Get("RateLimit-Reset") != fmt.Sprint(i+1) {
			t.Errorf("%d: %v", i, h)
		}
	}
	h := http.Header{}
	f := fault.Of(s.limit(h, r, "token a"))
	if f == nil || f.Kind != fault.TooMany || f.RetryAfter != time.Second || h.Get("RateLimit-Remaining") != "0" {
		t.Fatalf("%v %v", f, h)
	}
	if err := s.limit(http.Header{}, r, "token b"); err != nil {
		t.Error("another token waits too")
	}
	ck.Add(time.Second)
	if err := s.limit(http.Header{}, r, "token a"); err != nil {
		t.Error(err)
	}
}

func TestTheNarrowestLimitStandsInTheAnswer(t *testing.T) {
	ck := &clock.Fake{}
	s := &API{Clock: ck}
	h := http.Header{}
	s.limit(h, Rate{60, 2}, "token")
	s.limit(h, Rate{60, 50}, "organisation")
	if h.Get("RateLimit-Limit") != "2" || h.Get("RateLimit-Remaining") != "1" {
		t.Error(h)
	}
}

func TestBucketsAreBounded(t *testing.T) {
	ck := &clock.Fake{}
	s := &API{Clock: ck}
	for i := range most + 1000 {
		s.limit(http.Header{}, Rate{60, 2}, fmt.Sprint("network ", i))
	}
	if n := len(s.buckets.byID); n > most {
		t.Errorf("%d buckets", n)
	}
}

func TestAttack_API_10_rates_are_what_the_operator_says(t *testing.T) {
	got, err := ParseRates([]string{"token=5/2", " network=7/9"})
	want := Usual
	want.Token, want.Network = Rate{5, 2}, Rate{7, 9}
	if err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	for _, odd := range []string{"", "token", "token=5", "token=5/", "token=0/1", "token=1/0", "token=-1/1", "everybody=1/1", "token=1/1/1", "Token=1/1"} {
		if got, err := ParseRates([]string{odd}); err == nil {
			t.Errorf("%q passes as %+v", odd, got)
		}
	}
}

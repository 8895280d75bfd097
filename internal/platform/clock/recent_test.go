package clock

import (
	"fmt"
	"testing"
	"time"
)

func TestRecent_rests_until_its_time_and_never_grows_without_end(t *testing.T) {
	var r Recent
	now := time.Date(2026, 3, 15, 9, 30, 0, 0, time.UTC)
	if !r.Due("a", now) {
		t.Error("what was never done is not due")
	}
	r.Rest("a", now, now.Add(time.Minute))
	if r.Due("a", now.Add(59*time.Second)) || !r.Due("a", now.Add(time.Minute)) || !r.Due("b", now) {
		t.Error("a rests for a minute, and only a")
	}
	for i := range mostRecent {
		r.Rest(fmt.Sprint(i), now, now.Add(time.Duration(i%2)*time.Hour))
	}
	if n := len(r.until); n > mostRecent {
		t.Errorf("%d are remembered", n)
	}
	if !r.Due("0", now.Add(time.Second)) || r.Due(fmt.Sprint(mostRecent-1), now) {
		t.Error("what is over went, the latest stays")
	}
	if r.Rest("back", now, now.Add(time.Minute)); !r.Due("back", now.Add(-time.Second)) {
		t.Error("it rests on after the clock was put back")
	}
}

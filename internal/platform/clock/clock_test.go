package clock

import (
	"testing"
	"time"
)

func TestDay_is_the_civil_day_of_the_place(t *testing.T) {
	at := time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC)
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	if got := Day(at, time.UTC) + " " + Day(at, warsaw); got != "2026-03-28 2026-03-29" {
		t.Error(got)
	}
}

func TestFake_stands_until_moved(t *testing.T) {
	f := At(time.Unix(100, 0))
	f.Add(time.Minute)
	if f.Now() != time.Unix(160, 0) {
		t.Error(f.Now())
	}
	f.Set(time.Unix(5, 0))
	if f.Now() != time.Unix(5, 0) {
		t.Error(f.Now())
	}
}

package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store/storetest"
)

// TestBench runs every row in small worlds: each gives its figures, on each engine that there is. How fast anything is, a test does not ask.
func TestBench_each_row_yields_its_figures(t *testing.T) {
	b := &bench{quick: true, dir: t.TempDir(), log: io.Discard, engine: "sqlite"}
	figures, err := run(t.Context(), b, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		n := 0
		for _, f := range figures {
			if f.row != r.id {
				continue
			}
			n++
			if f.subject == "" || f.ours == "" || !(f.ratio > 0) {
				t.Errorf("%s: no figure in %+v", r.id, f)
			}
		}
		for _, engine := range b.engines() {
			if r.id != "P7" && !slices.ContainsFunc(figures, func(f figure) bool { return f.row == r.id && strings.Contains(f.subject, shown[engine]) }) {
				t.Errorf("%s says nothing of %s", r.id, shown[engine])
			}
		}
		if n == 0 {
			t.Errorf("%s has no figure", r.id)
		}
	}
	var table bytes.Buffer
	printMarkdown(&table, figures)
	if got := strings.Count(table.String(), "\n"); got != len(figures)+2 {
		t.Errorf("%d lines for %d figures:\n%s", got, len(figures), table.String())
	}
}

// On PostgreSQL one row of pages is enough to see that the bench knows it: make bench runs all.
func TestBench_knows_PostgreSQL(t *testing.T) {
	if storetest.PostgresURL(t) == "" {
		return
	}
	figures, err := run(t.Context(), &bench{quick: true, dir: t.TempDir(), log: io.Discard, engine: "postgres"}, "P6")
	if err != nil || len(figures) == 0 {
		t.Errorf("%d figures, %v", len(figures), err)
	}
}

func TestRun_refuses_a_row_that_there_is_not(t *testing.T) {
	if _, err := run(t.Context(), &bench{quick: true, dir: t.TempDir(), log: io.Discard}, "P1,P99"); err == nil || !strings.Contains(err.Error(), "P99") {
		t.Errorf("error is %v", err)
	}
}

func TestVerdict_is_about_the_ratio_and_its_side(t *testing.T) {
	for _, c := range []struct {
		ratio float64
		goal  goal
		want  string
	}{{5.9, atMost(6), "met"}, {6.1, atMost(6), "missed"}, {0.9, atLeast(0.9), "met"}, {0.89, atLeast(0.9), "missed"}, {100, goal{}, "–"}} {
		if got := (figure{ratio: c.ratio, goal: c.goal}).verdict(); got != c.want {
			t.Errorf("%v with %v: %s, want %s", c.ratio, c.goal, got, c.want)
		}
	}
}

func TestSummary_takes_the_time_that_one_in_twenty_passes(t *testing.T) {
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(100-i)*time.Millisecond)
	}
	if s := summary(all, 2*time.Second); s.p50 != 51*time.Millisecond || s.p95 != 96*time.Millisecond || s.rate != 50 || s.n != 100 {
		t.Errorf("summary is %+v", s)
	}
}

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one line of the table.
type figure struct {
	row     string
	subject string // with the engine, where there is one
	ours    string
	base    string  // the baseline in the same run, and what it is; "" = none
	ratio   float64 // ours to baseline, or the bare figure without one
	goal    goal    // zero: told for information
}

// goal is what the ratio must not pass.
type goal struct {
	limit float64
	least bool   // the ratio must be at least that; else at most
	unit  string // × or of what the bare figure is
}

func atMost(times float64) goal  { return goal{limit: times, unit: "×"} }
func atLeast(times float64) goal { return goal{limit: times, least: true, unit: "×"} }

func (g goal) String() string {
	switch {
	case g.limit == 0:
		return "–"
	case g.least:
		return fmt.Sprintf("≥ %.4g %s", g.limit, g.unit)
	}
	return fmt.Sprintf("≤ %.4g %s", g.limit, g.unit)
}

// verdict is met, missed, or – where there is no goal.
func (f figure) verdict() string {
	switch {
	case f.goal.limit == 0:
		return "–"
	case f.goal.least == (f.ratio >= f.goal.limit) || f.ratio == f.goal.limit:
		return "met"
	}
	return "missed"
}

func (f figure) cells() []string {
	ratio := fmt.Sprintf("%.2f %s", f.ratio, f.goal.unit)
	if f.goal.limit == 0 {
		ratio = fmt.Sprintf("%.2f ×", f.ratio)
	}
	if f.base == "" {
		ratio = ""
	}
	return []string{f.row, f.subject, f.ours, f.base, strings.TrimSpace(ratio), f.goal.String(), f.verdict()}
}

var heads = []string{"row", "subject", "ours", "baseline in the same run", "ratio", "goal", ""}

func printTable(w io.Writer, all []figure) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(heads, "\t"))
	for _, f := range all {
		fmt.Fprintln(t, strings.Join(f.cells(), "\t"))
	}
	t.Flush()
}

func printMarkdown(w io.Writer, all []figure) {
	fmt.Fprintln(w, "| "+strings.Join(heads, " | ")+" |\n"+strings.Repeat("|---", len(heads))+"|")
	for _, f := range all {
		fmt.Fprintln(w, "| "+strings.Join(f.cells(), " | ")+" |")
	}
}

// took spells a duration with three digits.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// rate spells how many there are in a second.
func rate(n float64, what string) string {
	if n < 100 {
		return fmt.Sprintf("%.1f %s/s", n, what)
	}
	return fmt.Sprintf("%.0f %s/s", n, what)
}

// megabytes spells bytes.
func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

package app_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store"
)

// plans tell what is wrong with the plan of a statement, by engine.
var plans = map[string]func(t *testing.T, db *store.DB, n int, q asked) []string{"sqlite": liteFaults, "postgres": pgFaults}

// How many rows a step of a statement may throw away: of a page as it stands, and of one that is asked to find or to filter,
// which at worst looks through what is open. And from how many on a table that is read through counts as large.
const (
	most      = 1_000
	mostFound = 200_000 / 7 // what is open: see large.Default
	largeFrom = 5_000
)

// filtered tells whether a page was asked for anything but a view.
var filtered = regexp.MustCompile(`[?&](q|text|state|turn|severity|product|site)=[^&]`)

// node is a step of PostgreSQL's plan.
type node struct {
	Type    string  `json:"Node Type"`
	Table   string  `json:"Relation Name"`
	Index   string  `json:"Index Name"`
	Cost    float64 `json:"Total Cost"`
	Loops   float64 `json:"Actual Loops"`
	Rows    float64 `json:"Actual Rows"`
	Removed float64 `json:"Rows Removed by Filter"`
	Joined  float64 `json:"Rows Removed by Join Filter"`
	Checked float64 `json:"Rows Removed by Index Recheck"`
	Plans   []node  `json:"Plans"`
}

// faults calls add for each step that reads a large table through, or throws away more than it may.
func (n node) faults(may float64, add func(string)) {
	gone := (n.Removed + n.Checked) * n.Loops
	for _, p := range n.Plans {
		if small[p.Table] == "" && len(n.Plans) == 2 && n.Joined*n.Loops > gone {
			gone = n.Joined * n.Loops
		}
		p.faults(may, add)
	}
	if n.Type == "Seq Scan" && n.Rows*n.Loops+gone >= largeFrom && small[n.Table] == "" {
		add("Seq Scan of " + n.Table)
	}
	if gone >= may && n.Type != "Seq Scan" {
		add(strings.TrimSpace(n.Type+" of "+n.Table+" "+n.Index) + fmt.Sprintf(" throws %.0f rows away", gone))
	}
}

// pgFaults asks PostgreSQL for the plan with these parameters, and for the one without them, which it takes from the sixth
// time on if it looks no dearer. What only reads is carried out.
func pgFaults(t *testing.T, db *store.DB, n int, q asked) (all []string) {
	t.Helper()
	if holds(q.query, known) || strings.Contains(q.query, "ticket_scope s") && filtered.MatchString(q.where) {
		return nil // a partner's filtered list may look at all scope rows of the partner: they do not say what a request is like
	}
	explain := "EXPLAIN (FORMAT JSON) "
	if reading.MatchString(q.query) {
		explain = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
	}
	literals := make([]string, len(q.args))
	for i, a := range q.args {
		literals[i] = literal(t, a)
	}
	name := fmt.Sprintf("plan_%d", n)
	execute := name
	if len(literals) > 0 {
		execute += "(" + strings.Join(literals, ", ") + ")"
	}
	err := db.Read(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec("PREPARE " + name + " AS " + q.query); err != nil {
			return err
		}
		var costs []float64
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			if _, err := tx.Exec("SET LOCAL plan_cache_mode = " + mode); err != nil {
				return err
			}
			said, err := store.One[string](tx, explain+"EXECUTE "+execute)
			if err != nil {
				return err
			}
			var plan []struct{ Plan node }
			if err := json.Unmarshal([]byte(said), &plan); err != nil {
				return err
			}
			costs = append(costs, plan[0].Plan.Cost)
			if mode == "force_generic_plan" && costs[1] > costs[0] {
				continue
			}
			may := float64(most)
			if filtered.MatchString(q.where) || holds(q.query, looks) {
				may = mostFound
			}
			plan[0].Plan.faults(may, func(fault string) { all = append(all, fault) })
		}
		_, err := tx.Exec("DEALLOCATE " + name)
		return err
	})
	if err != nil {
		all = append(all, err.Error())
	}
	return all
}

// holds tells whether the text has one of the parts.
func holds(text string, parts map[string]string) bool {
	for part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// literal spells a parameter for PostgreSQL.
func literal(t *testing.T, v any) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	switch v := v.(type) {
	case nil:
		return "NULL"
	case store.List:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = quote(s)
		}
		return "CAST(ARRAY[" + strings.Join(parts, ", ") + "] AS text[])"
	case []string:
		return literal(t, store.List(v))
	case time.Time:
		if v.IsZero() {
			return "NULL"
		}
		return quote(v.UTC().Format("2006-01-02 15:04:05.000000Z07"))
	case *time.Time:
		if v == nil {
			return "NULL"
		}
		return literal(t, *v)
	case bool, int, int64:
		return fmt.Sprint(v)
	}
	return quote(fmt.Sprint(v))
}

type step struct {
	ID, Parent, NotUsed int
	Detail              string
}

var (
	scanned = regexp.MustCompile(`^SCAN (\w+)( USING .*)?$`)
	sources = regexp.MustCompile(`(?:\bFROM|\bJOIN|\bUPDATE|\bINTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?`)
)

// liteFaults asks SQLite for the plan. A table is read in the order of an index only to stop soon: where there is a limit,
// and nothing that sorts.
func liteFaults(t *testing.T, db *store.DB, _ int, q asked) (all []string) {
	t.Helper()
	var steps []step
	err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		steps, err = store.Query[step](tx, "EXPLAIN QUERY PLAN "+q.query, q.args...)
		return err
	})
	if err != nil {
		return []string{err.Error()}
	}
	tables := map[string]string{}
	for _, m := range sources.FindAllStringSubmatch(q.query, -1) {
		tables[m[1]] = m[1]
		if m[2] != "" {
			tables[m[2]] = m[1]
		}
	}
	made := map[string]bool{} // of sub-selects
	for _, s := range steps {
		if kind, name, ok := strings.Cut(s.Detail, " "); ok && (kind == "CO-ROUTINE" || kind == "MATERIALIZE") {
			made[name] = true
		}
	}
	for _, s := range steps {
		m := scanned.FindStringSubmatch(s.Detail)
		if m == nil || made[m[1]] || m[1] == "CONSTANT" {
			continue
		}
		if _, known := small[tables[m[1]]]; known {
			continue
		}
		if m[2] == "" || !strings.Contains(q.query, "LIMIT") {
			all = append(all, s.Detail+" ("+tables[m[1]]+")")
		}
	}
	return all
}

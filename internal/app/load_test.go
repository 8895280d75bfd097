package app_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

// statementsOf are those of the requests that f makes.
func statementsOf(p *apptest.Portal, f func()) (all []string) {
	var mu sync.Mutex
	p.Store.Trace = func(ctx context.Context, q string) {
		if apptest.OfAPage(ctx) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, q)
		}
	}
	defer func() { p.Store.Trace = nil }()
	f()
	return all
}

var (
	rewriting = regexp.MustCompile(`^\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)`)
	counting  = regexp.MustCompile(`(?i)\bcount\(`)
)

// rewritten are the tables that statements write, each once.
func rewritten(all []string) (tables []string) {
	for _, q := range all {
		if m := rewriting.FindStringSubmatch(q); m != nil {
			tables = append(tables, m[1])
		}
	}
	slices.Sort(tables)
	return slices.Compact(tables)
}

func TestAttack_DOS_05_a_list_costs_the_same_however_many_requests_there_are_and_reading_it_writes_nothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		jan := p.As(t, "support-advanced")
		at := fmt.Sprintf("/o/%d/requests", p.World.Organisations["customer"].Number)
		page := func() (least []string) { // without the session's own mark, which comes once a minute
			for range 4 {
				all := statementsOf(p, func() {
					if got := jan.Get(t, at); got.Status != 200 {
						t.Fatalf("%d", got.Status)
					}
				})
				if least == nil || len(all) < len(least) {
					least = all
				}
			}
			return least
		}
		few := page()
		openMany(t, p, "customer", 300, "Load")
		many := page()
		if len(few) != len(many) || len(few) < 3 {
			t.Errorf("%d statements, with 300 requests more %d", len(few), len(many))
		}
		for _, q := range many {
			if counting.MatchString(q) && !strings.Contains(q, "LIMIT") {
				t.Errorf("it counts without end: %s", q)
			}
		}
		again := statementsOf(p, func() {
			for range 10 {
				jan.Get(t, at)
			}
		})
		if w := rewritten(again); len(w) > 0 {
			t.Errorf("reading again writes %v", w)
		}
	})
}

func TestAttack_DOS_14_changing_a_product_rewrites_no_request(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		openMany(t, p, "customer", 100, "Many")
		maja := p.As(t, "release-manager")
		base := fmt.Sprintf("/o/%d/catalogue", p.World.Organisations["vendor"].Number)
		var id string
		if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			id, err = store.One[string](tx, `SELECT id FROM product WHERE code = 'HAL-DES'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		page := maja.Get(t, base+"/"+id)
		form := page.Hidden()
		for _, m := range regexp.MustCompile(`name="(seen|scheme|status|portal)" value="([^"]*)"`).FindAllStringSubmatch(page.Body, -1) {
			form.Set(m[1], m[2])
		}
		form.Set("code", "HAL-DES")
		form.Set("name", "Designer of tomorrow")
		form.Set("status", "active")
		form.Set("scheme", "natural")
		var status int
		all := statementsOf(p, func() { status = maja.Post(t, base+"/"+id, form).Status })
		if w := rewritten(all); status != 303 || !slices.Contains(w, "product") {
			t.Fatalf("%d: %v", status, w)
		} else if slices.ContainsFunc(w, func(table string) bool {
			return !slices.Contains([]string{"product", "event", "event_new", "once_key", "session"}, table)
		}) {
			t.Errorf("the change writes %v", w)
		}
		if n := len(all); n > 20 {
			t.Errorf("%d statements", n)
		}
	})
}

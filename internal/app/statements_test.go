package app_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

func anyRelease(t *testing.T, p *apptest.Portal) (id string) {
	t.Helper()
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, `SELECT id FROM release WHERE state = 'draft'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

const statementsFile = "testdata/statements.txt"

// TestStatements counts the SQL statements of each page, session and frame included: what a page costs is part of what it
// is, and nothing on it may grow with the number of rows.
func TestStatements_of_each_page(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := func(key string) int64 { return p.World.Organisations[key].Number }
		customer, vendor, partner := o("customer"), o("vendor"), o("partner")
		pages := []struct {
			name, who, path string
			most            int
		}{
			{"home", "support-advanced", fmt.Sprintf("/o/%d/", customer), 10},
			{"home of a partner", "partner-operator", fmt.Sprintf("/o/%d/", partner), 10},
			{"home of staff", "helpdesk", fmt.Sprintf("/o/%d/", vendor), 10},
			{"requests", "support-advanced", fmt.Sprintf("/o/%d/requests", customer), 5},
			{"requests of a partner", "partner-operator", fmt.Sprintf("/o/%d/requests", partner), 5},
			{"requests of staff", "helpdesk", fmt.Sprintf("/o/%d/requests", vendor), 5},
			{"request", "support-advanced", fmt.Sprintf("/o/%d/requests/%s", customer, p.World.Example), 7},
			{"request of staff", "helpdesk", fmt.Sprintf("/o/%d/for/%d/requests/%s", vendor, customer, p.World.Example), 7},
			{"new request", "customer-support", fmt.Sprintf("/o/%d/requests/new", customer), 5},
			{"desk", "helpdesk", fmt.Sprintf("/o/%d/desk", vendor), 5},
			{"contacts", "customer-admin", fmt.Sprintf("/o/%d/contacts", customer), 5},
			{"new contact", "customer-admin", fmt.Sprintf("/o/%d/contacts/new", customer), 5},
			{"events", "customer-admin", fmt.Sprintf("/o/%d/events", customer), 5},
			{"search", "support-advanced", fmt.Sprintf("/o/%d/search?q=licence", customer), 9},
			{"search of a partner", "partner-operator", fmt.Sprintf("/o/%d/search?q=licence", partner), 13},
			{"downloads", "customer-support", fmt.Sprintf("/o/%d/downloads", customer), 8},
			{"releases", "release-manager", fmt.Sprintf("/o/%d/releases", vendor), 5},
			{"release", "release-manager", fmt.Sprintf("/o/%d/releases/%s", vendor, anyRelease(t, p)), 7},
			{"profile", "customer-admin", "/me/", 5},
			{"security", "customer-admin", "/me/security", 7},
			{"organisations", "two-numbers", "/me/organisations", 5},
		}
		for _, page := range pages {
			p.As(t, page.who).Get(t, page.path) // signed in, and everything parsed
		}
		var mu sync.Mutex
		var seen []string
		p.Store.Trace = func(ctx context.Context, q string) {
			if apptest.OfAPage(ctx) && !strings.Contains(q, "access_mark") && !strings.Contains(q, "idle_minutes FROM session") {
				mu.Lock()
				seen = append(seen, strings.Join(strings.Fields(q), " "))
				mu.Unlock()
			}
		}
		var b strings.Builder
		for _, page := range pages {
			mu.Lock()
			seen = nil
			mu.Unlock()
			if got := p.As(t, page.who).Get(t, page.path); got.Status != 200 {
				t.Errorf("%s: %d", page.name, got.Status)
			}
			mu.Lock()
			n, all := len(seen), strings.Join(seen, "\n\t")
			mu.Unlock()
			fmt.Fprintf(&b, "%2d %s\n", n, page.name)
			if n > page.most {
				t.Errorf("%s: %d statements, at most %d:\n\t%s", page.name, n, page.most, all)
			}
		}
		p.Store.Trace = nil
		if update {
			if strings.HasPrefix(p.Config.Database, "sqlite:") {
				if err := os.WriteFile(statementsFile, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		want, err := os.ReadFile(statementsFile)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("statements have changed:\n%s", diff(string(want), b.String()))
		}
	})
}

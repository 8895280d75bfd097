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
)

const apiStatementsFile = "testdata/api_statements.txt"

// TestAPIStatements counts the SQL statements of each call: one for the token, and those of the use case.
func TestAPIStatements_of_the_main_operations(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		unlimited(p)
		calls := []struct{ owner, method, path, body string }{
			{"customer", "GET", "/api/v1/requests", ""},
			{"partner", "GET", "/api/v1/requests", ""},
			{"vendor", "GET", "/api/v1/requests", ""},
			{"customer", "GET", "/api/v1/requests/" + p.World.Example, ""},
			{"vendor", "GET", behind(p, "customer", "/requests/"+p.World.Example), ""},
			{"vendor", "GET", "/api/v1/desk", ""},
			{"customer", "GET", "/api/v1/contacts", ""},
			{"customer", "GET", "/api/v1/events", ""},
			{"customer", "GET", "/api/v1/products", ""},
			{"customer", "GET", "/api/v1/downloads", ""},
			{"customer", "GET", "/api/v1/search?q=licences", ""},
			{"vendor", "GET", "/api/v1/releases", ""},
			{"customer", "POST", "/api/v1/requests", fmt.Sprintf(anIssue, "counted")},
		}
		var mu sync.Mutex
		var seen []string
		p.Store.Trace = func(ctx context.Context, q string) {
			if apptest.OfAPage(ctx) && !strings.Contains(q, "access_mark") && !strings.Contains(q, "UPDATE api_token") && !strings.Contains(q, "pg_advisory") {
				mu.Lock()
				seen = append(seen, strings.Join(strings.Fields(q), " "))
				mu.Unlock()
			}
		}
		defer func() { p.Store.Trace = nil }()
		var b strings.Builder
		for _, c := range calls {
			program := p.Program(p.World.Tokens[c.owner])
			if c.method == "GET" {
				program.Call(t, c.method, c.path, c.body)
			}
			settled(t, p)
			mu.Lock()
			seen = nil
			mu.Unlock()
			if got := program.Call(t, c.method, c.path, c.body); got.Status >= 300 {
				t.Errorf("%s: %d", c.path, got.Status)
			}
			mu.Lock()
			n, all := len(seen), strings.Join(seen, "\n\t")
			mu.Unlock()
			name := strings.NewReplacer(p.World.Example, "{number}", fmt.Sprint(p.World.Organisations["customer"].Number), "{customer}").Replace(c.path)
			fmt.Fprintf(&b, "%2d %s %s %s\n", n, c.owner, c.method, name)
			if most := 9; c.method == "GET" && n > most {
				t.Errorf("%s: %d statements:\n\t%s", c.path, n, all)
			}
		}
		if update {
			if strings.HasPrefix(p.Config.Database, "sqlite:") {
				if err := os.WriteFile(apiStatementsFile, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		want, err := os.ReadFile(apiStatementsFile)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("statements have changed:\n%s", diff(string(want), b.String()))
		}
	})
}

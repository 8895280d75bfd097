package app_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store/storetest"
)

// told is the connect_query of docs/operations.
var told = regexp.MustCompile(`(?m)^lodge = .*(connect_query=.*)$`)

// TestPooler: behind PgBouncer in transaction mode, as docs/operations sets it up, the portal migrates, makes the demo world, signs
// people in, takes a request once and sends its letters.
func TestPooler_the_portal_works_behind_one_that_shares_connections(t *testing.T) {
	t.Parallel()
	direct := storetest.PostgresURL(t)
	guide, err := os.ReadFile("../../docs/operations/README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := told.FindSubmatch(guide)
	if found == nil {
		t.Fatal("docs/operations does not say what PgBouncer needs")
	}
	cfg := apptest.Config(t.TempDir(), clock.Real{})
	cfg.DatabaseDirect = direct
	cfg.Database = storetest.PooledURL(t, direct, "")
	if _, err := app.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "connect_query") {
		t.Errorf("a pooler that tells nothing: %v", err)
	}
	cfg.Database = storetest.PooledURL(t, direct, string(found[1]))
	p := apptest.Make(t, cfg)
	anna := p.As(t, "customer-support")
	base := fmt.Sprintf("/o/%d", p.World.Organisations["customer"].Number)
	for _, path := range []string{"/", "/requests", "/requests?text=printer", "/downloads", "/events", "/search?q=a"} {
		for range 4 { // on another connection each time
			if page := anna.Get(t, base+path); page.Status != 200 {
				t.Errorf("%s: %d", path, page.Status)
			}
		}
	}
	form := anna.Get(t, base+"/requests/new").Hidden()
	for name, value := range map[string]string{"product": p.World.Products["main"], "kind": "question", "title": "Behind the pooler", "description": "Once.", "severity": "3"} {
		form.Set(name, value)
	}
	if got := anna.Post(t, base+"/requests/new", form); got.Status != 303 {
		t.Fatalf("%d %s", got.Status, said(got.Body))
	}
	anna.Post(t, base+"/requests/new", form)
	if n := count(t, p, `SELECT count(*) FROM ticket WHERE title = 'Behind the pooler'`); n != 1 {
		t.Errorf("%d requests", n)
	}
	for end := time.Now().Add(20 * time.Second); count(t, p, `SELECT count(*) FROM mail WHERE state = 'queued'`) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("letters wait")
		}
	}
}

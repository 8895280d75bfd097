package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/api"
)

// TestAttack_API_12: the store is closed underneath, and what resolves a token panics.
func TestAttack_API_12_a_store_that_is_gone_and_a_panic_say_nothing(t *testing.T) {
	var log apptest.Log
	p := apptest.StartLogged(t, apptest.Lite, &log)
	c := p.Program(p.World.Tokens["customer"])
	nothing := func(what string, got apptest.Answer) {
		t.Helper()
		pr := got.Problem(t)
		if got.Status != 500 && got.Status != 503 || !strings.Contains(log.String(), pr.Reference) {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
		var members map[string]any
		got.Into(t, &members)
		for name := range members {
			if !slices.Contains([]string{"type", "title", "status", "detail", "code", "reference"}, name) {
				t.Errorf("%s has the member %s", what, name)
			}
		}
		for _, word := range []string{"SELECT", "sql", "closed", "panic", "goroutine", ".go", "/srv", "secret-canary", "sqlite"} {
			if strings.Contains(strings.ToLower(strings.Replace(got.Body, p.URL, "", 1)), strings.ToLower(word)) {
				t.Errorf("%s tells %s: %s", what, word, got.Body)
			}
		}
	}
	resolve := p.API.Resolve
	p.API.Resolve = func(context.Context, api.Asked) (api.Caller, error) {
		panic("SELECT secret-canary FROM api_token at /srv/lodge.go:12")
	}
	nothing("a panic before the operation", c.Get(t, "/api/v1/requests"))
	nothing("a panic, and something is sent", c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "x"), "Idempotency-Key", "x"))
	p.API.Resolve = resolve
	if got := c.Get(t, "/api/v1/requests"); got.Status != 200 {
		t.Fatalf("after that: %d %s", got.Status, got.Body)
	}
	if err := p.Store.Close(); err != nil {
		t.Fatal(err)
	}
	nothing("a closed store", c.Get(t, "/api/v1/requests"))
	nothing("a closed store, and something is sent", c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "x"), "Idempotency-Key", "y"))
	if got := p.Nobody(t).Get(t, "/healthz"); got.Status != 200 {
		t.Errorf("it does not live: %d", got.Status)
	}
}

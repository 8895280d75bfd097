package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/api"
	"lodge/internal/platform/store"
)

const anIssue = `{"product":"HAL-DES","kind":"defect","title":"%s","description":"x","severity":2}`

func fiftyAtOnce(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	body := fmt.Sprintf(anIssue, "fifty at once")
	var wg sync.WaitGroup
	answers := make([]apptest.Answer, 50)
	for i := range answers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i] = c.Post(t, "/api/v1/requests", body, "Idempotency-Key", "fifty")
		}()
	}
	wg.Wait()
	first := ""
	for _, a := range answers {
		switch {
		case a.Status == 409:
			if a.Header.Get("Retry-After") == "" || a.Problem(t).Code != "once.running" {
				t.Errorf("%v %s", a.Header, a.Body)
			}
		case a.Status != 201:
			t.Errorf("%d %s", a.Status, a.Body)
		case first == "":
			first = a.Body
		case strings.TrimSpace(a.Body) != strings.TrimSpace(first):
			t.Errorf("two answers:\n%s\n%s", first, a.Body)
		}
	}
	var n int
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, `SELECT count(*) FROM ticket WHERE title = 'fifty at once'`)
		return err
	})
	if err != nil || n != 1 {
		t.Errorf("%d requests, %v", n, err)
	}
	again := c.Post(t, "/api/v1/requests", body, "Idempotency-Key", "fifty")
	if again.Status != 201 || again.Header.Get("Idempotency-Replayed") != "true" || strings.TrimSpace(again.Body) != strings.TrimSpace(first) {
		t.Errorf("%d %v", again.Status, again.Header)
	}
}

func keysAreBound(t *testing.T, p *apptest.Portal) {
	c, key := p.Program(p.World.Tokens["customer"]), "Idempotency-Key"
	first := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "one"), key, "k")
	if other := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "two"), key, "k"); other.Status != 422 || other.Problem(t).Code != "api.key_reused" {
		t.Errorf("%d %s", other.Status, other.Body)
	}
	twin := p.Program(newToken(t, p, "customer")).Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "one"), key, "k")
	if twin.Status != 201 || twin.Header.Get("Location") == first.Header.Get("Location") {
		t.Errorf("another token: %d %v", twin.Status, twin.Header)
	}
	if got := c.Post(t, first.Header.Get("Location")+"/messages", `{"text":"more"}`, key, "k"); got.Status != 201 {
		t.Errorf("another address: %d %s", got.Status, got.Body)
	}
	if bad := c.Post(t, "/api/v1/requests", `{}`, key, "refused"); bad.Status != 422 {
		t.Errorf("%d", bad.Status)
	}
	if good := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "after a refusal"), key, "refused"); good.Status != 201 {
		t.Errorf("a refused call holds its key: %d %s", good.Status, good.Body)
	}
	for _, odd := range []string{strings.Repeat("k", 256), "ż"} {
		if got := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "odd"), key, odd); got.Status != 400 {
			t.Errorf("%.10q: %d", odd, got.Status)
		}
	}
	// The answer was lost between the change and its keeping: the use case knows its own key.
	change(t, p, `DELETE FROM once_call`)
	if again := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "one"), key, "k"); again.Status != 201 || again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("%d %v", again.Status, again.Header)
	}
}

func ownLimits(t *testing.T, p *apptest.Portal) {
	defer func(r api.Rates) { p.API.Rates = r }(p.API.Rates)
	p.API.Rates.Organisation.PerMinute, p.API.Rates.Organisation.Burst = 1, 5
	c := p.Program(newToken(t, p, "other-partner"))
	for i := range 5 {
		if got := c.Get(t, "/api/v1/products"); got.Status != 200 || got.Header.Get("RateLimit-Remaining") != fmt.Sprint(4-i) {
			t.Fatalf("%d %v", got.Status, got.Header)
		}
	}
	other := p.Program(newToken(t, p, "other-partner"))
	for _, got := range []apptest.Answer{c.Get(t, "/api/v1/products"), other.Get(t, "/api/v1/products"), other.Get(t, "/api/v1/requests"), c.Get(t, "/api/v1/for/99999/products"),
		c.Get(t, "/api/v1/products", "X-Forwarded-For", "203.0.113.7")} {
		if got.Status != 429 || got.Header.Get("Retry-After") == "" || got.Problem(t).Code != "api.too_many" {
			t.Errorf("%d %v", got.Status, got.Header)
		}
	}
	if got := p.Program(p.World.Tokens["partner"]).Get(t, "/api/v1/products"); got.Status != 200 {
		t.Errorf("another organisation waits too: %d", got.Status)
	}
}

func noLostChange(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["vendor"])
	made := c.Post(t, "/api/v1/releases", `{"product":"HAL-DES","channel":"stable","version":"9.0.0","date":"2026-05-03"}`)
	at, tag := made.Header.Get("Location"), made.Header.Get("ETag")
	if made.Status != 201 || tag == "" {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	patch := func(body, match string) apptest.Answer {
		return c.Call(t, http.MethodPatch, at, body, "If-Match", match, "Content-Type", "application/merge-patch+json")
	}
	if got := patch(`{"title":"x"}`, ""); got.Status != 428 {
		t.Errorf("%d", got.Status)
	}
	for _, match := range []string{`"99"`, `W/"1"`, "1", `"x"`} {
		if got := patch(`{"title":"x"}`, match); got.Status != 412 {
			t.Errorf("%s: %d %s", match, got.Status, got.Body)
		}
	}
	var wg sync.WaitGroup
	won := make([]int, 10)
	for i := range won {
		wg.Add(1)
		go func() {
			defer wg.Done()
			won[i] = patch(fmt.Sprintf(`{"title":"by %d"}`, i), tag).Status
		}()
	}
	wg.Wait()
	n := 0
	for _, status := range won {
		if status == 200 {
			n++
		} else if status != 412 {
			t.Errorf("%d", status)
		}
	}
	if n != 1 {
		t.Errorf("%d changes of one version", n)
	}
	var r struct{ Title, Channel string }
	now := c.Get(t, at)
	now.Into(t, &r)
	if got := patch(`{"title":null}`, now.Header.Get("ETag")); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	c.Get(t, at).Into(t, &r)
	if r.Title != "" || r.Channel != "stable" {
		t.Errorf("%+v", r)
	}
}

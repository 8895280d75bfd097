package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/api"
	"lodge/internal/platform/store"
)

// protected are members by which a body might try to say more than it may.
var protected = []string{"role_id", "customer", "company_id", "verified", "is_staff", "author_id", "created_at", "sla_due", "price", "internal", "id", "version"}

// written counts the rows of everything that a call could leave behind.
func written(t *testing.T, p *apptest.Portal) (all string) {
	t.Helper()
	err := p.Store.Read(t.Context(), func(tx *store.Tx) error {
		for _, table := range []string{"event", "ticket", "ticket_entry", "ticket_action", "ticket_file", "membership", "invitation", "mail", "blob", "release", "release_file", "once_key", "once_call", "api_token", "organisation"} {
			n, err := store.One[int](tx, "SELECT count(*) FROM "+table)
			if err != nil {
				return err
			}
			all += fmt.Sprintf("%s %d\n", table, n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// settled is written once what comes after answers has come.
func settled(t *testing.T, p *apptest.Portal) string {
	t.Helper()
	now := written(t, p)
	for {
		time.Sleep(100 * time.Millisecond)
		next := written(t, p)
		if next == now {
			return now
		}
		now = next
	}
}

// unknownMembers is generated over all operations: what their body has not is refused, and nothing is written.
func unknownMembers(t *testing.T, p *apptest.Portal) {
	for _, owner := range []string{"partner", "vendor"} { // who enters a customer's context is an event, once
		p.Program(p.World.Tokens[owner]).Get(t, behind(p, "customer", "/requests"))
	}
	before, asked := settled(t, p), 0
	for _, op := range p.API.Operations {
		if op.Brings != "" || op.Method == http.MethodGet || op.Method == http.MethodDelete {
			continue
		}
		known := bodyOf(t, p, op.Method, op.Path)
		path, c := where(p, op), allowed(t, p, op)
		for _, member := range append(slices.Clone(protected), "visibility", "state", "role", "Title") {
			if slices.Contains(known, member) {
				continue
			}
			asked++
			got := c.Call(t, op.Method, path, fmt.Sprintf(`{%q:"x"}`, member), "If-Match", `"1"`, "Idempotency-Key", "k")
			if got.Status != 422 || !slices.Contains(got.Problem(t).At(), "/"+member) {
				t.Errorf("%s %s with %s: %d %s", op.Method, op.Path, member, got.Status, got.Body)
			}
		}
	}
	if after := written(t, p); after != before {
		t.Errorf("something was written:\n%s", diff(before, after))
	}
	if asked < 200 {
		t.Errorf("only %d were asked", asked)
	}
}

// allowed is a program that may carry the operation out.
func allowed(t *testing.T, p *apptest.Portal, op api.Operation) *apptest.Program {
	t.Helper()
	for _, owner := range []string{"customer", "partner", "vendor"} {
		c := p.Program(p.World.Tokens[owner])
		if got := c.Call(t, op.Method, where(p, op), "nonsense", "If-Match", `"1"`); got.Status == 400 {
			return c
		}
	}
	t.Fatalf("nobody may %s %s", op.Method, op.Path)
	return nil
}

// bodyOf are the members of an operation's body, from the description.
func bodyOf(t *testing.T, p *apptest.Portal, method, path string) (names []string) {
	t.Helper()
	b, err := json.Marshal(p.API.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Ref        string `json:"$ref"`
		Properties map[string]any
	}
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema schema }
			}
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for _, media := range doc.Paths[path][strings.ToLower(method)].RequestBody.Content {
		s := media.Schema
		if s.Ref != "" {
			s = doc.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		}
		for name := range s.Properties {
			names = append(names, name)
		}
	}
	return names
}

func mediaTypesAndOrigins(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	body := `{"product":"HAL-DES","kind":"defect","title":"It stops","description":"x","severity":2}`
	before := settled(t, p)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=utf-16", "application/merge-patch+json", "nonsense;;"} {
		if got := c.Post(t, "/api/v1/requests", body, "Content-Type", kind); got.Status != 415 {
			t.Errorf("%q: %d", kind, got.Status)
		}
	}
	if got := c.Post(t, "/api/v1/requests", body, "Content-Encoding", "gzip"); got.Status != 415 {
		t.Errorf("gzip: %d", got.Status)
	}
	for trap, status := range map[string]int{`{"title":"a","title":"b"}`: 400, `[]`: 422, `{"severity":1e400}`: 400, `{"title":null}`: 422, "\ufeff{}": 400, body + `{}`: 400,
		`{"Title":"a"}`: 422, `{"title":"\ud800"}`: 400, strings.Repeat("[", 10_000): 400} {
		if got := c.Post(t, "/api/v1/requests", trap); got.Status != status {
			t.Errorf("%.30q: %d %s", trap, got.Status, got.Body)
		}
	}
	for _, origin := range []string{"https://evil.example", "null"} {
		got := c.Get(t, "/api/v1/requests", "Origin", origin)
		if got.Header.Get("Access-Control-Allow-Origin") != "" || got.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s gets a grant: %v", origin, got.Header)
		}
		pre := c.Call(t, http.MethodOptions, "/api/v1/requests", "", "Origin", origin, "Access-Control-Request-Method", "POST")
		if pre.Status < 400 || pre.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", origin, pre.Status, pre.Header)
		}
	}
	if got := c.Post(t, "/api/v1/requests", body, "Origin", "https://evil.example"); got.Status != 403 {
		t.Errorf("a foreign page: %d", got.Status)
	}
	if after := written(t, p); after != before {
		t.Errorf("something was written:\n%s", diff(before, after))
	}
	if got := c.Post(t, "/api/v1/requests", body, "Content-Type", "application/json; charset=UTF-8"); got.Status != 201 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func bounded(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	large := `{"title":"` + strings.Repeat("a", 1<<20) + `"}`
	if got := c.Post(t, "/api/v1/requests", large); got.Status != 413 {
		t.Errorf("%d", got.Status)
	}
	if got := c.Get(t, "/api/v1/requests?text="+strings.Repeat("a", 9000)); got.Status != 414 || got.Problem(t).Code == "" {
		t.Errorf("%d", got.Status)
	}
	if got := c.Post(t, "/api/v1/requests", strings.Repeat(`{"a":`, 65)+"1"+strings.Repeat("}", 65)); got.Status != 400 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func cursors(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	next := c.Get(t, "/api/v1/requests?limit=1&view=all").Next()
	if next == "" {
		t.Fatal("there is no second page")
	}
	_, cursor, _ := strings.Cut(next, "after=")
	cursor, _, _ = strings.Cut(cursor, "&")
	other := newToken(t, p, "other-customer")
	for name, got := range map[string]apptest.Answer{
		"cut":                  c.Get(t, "/api/v1/requests?limit=1&view=all&after="+cursor[:len(cursor)-4]),
		"another letter":       c.Get(t, "/api/v1/requests?limit=1&view=all&after="+strings.Repeat("A", 4)+cursor[4:]),
		"made up":              c.Get(t, "/api/v1/requests?limit=1&view=all&after=eyJhdCI6IjIwMjYifQ"),
		"another filter":       c.Get(t, "/api/v1/requests?limit=1&view=all&state=new&after="+cursor),
		"another route":        c.Get(t, "/api/v1/contacts?limit=1&after="+cursor),
		"another organisation": p.Program(other).Get(t, "/api/v1/requests?limit=1&view=all&after="+cursor),
		"another person":       p.Program(madeBy(t, p, "customer-admin", "events:read")).Get(t, "/api/v1/events?after="+cursor),
	} {
		if got.Status != 400 || got.Problem(t).Code != "api.cursor_unreadable" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if got := c.Get(t, next); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func strictParameters(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	for query, at := range map[string]string{"limit=0": "/limit", "limit=-1": "/limit", "limit=1000000000": "/limit", "limit=201": "/limit", "limit=1e2": "/limit", "limit=": "/limit", "limit=01": "/limit",
		"limit=1&limit=2": "/limit", "sort=author_id": "/sort", "filter=org_id": "/filter", "include=organisation": "/include", "state=everything": "/state", "view=others": "/view", "Limit=5": "/Limit"} {
		got := c.Get(t, "/api/v1/requests?"+query)
		if got.Status != 422 || !slices.Contains(got.Problem(t).At(), at) {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
	if got := c.Get(t, "/api/v1/requests?limit=%zz"); got.Status != 400 {
		t.Errorf("%d", got.Status)
	}
	if got := c.Get(t, "/api/v1/requests?limit=200"); got.Status != 200 {
		t.Errorf("%d", got.Status)
	}
}

func pagingWhileRowsCome(t *testing.T, p *apptest.Portal) {
	c := p.Program(newToken(t, p, "other-customer"))
	make := func(title string) string {
		got := c.Post(t, "/api/v1/requests", fmt.Sprintf(`{"product":"HAL-DES","kind":"question","title":%q,"description":"x","severity":4}`, title))
		var r struct{ Number string }
		got.Into(t, &r)
		return r.Number
	}
	want := map[string]int{}
	for i := range 7 {
		want[make(fmt.Sprint("before ", i))] = 0
	}
	for path, n := "/api/v1/requests?limit=2", 0; path != ""; n++ {
		got := c.Get(t, path)
		var page struct{ Items []struct{ Number string } }
		got.Into(t, &page)
		for _, r := range page.Items {
			if _, was := want[r.Number]; was {
				want[r.Number]++
			}
		}
		make(fmt.Sprint("meanwhile ", n))
		if path = got.Next(); n > 20 {
			t.Fatal("the list has no end")
		}
	}
	for number, n := range want {
		if n != 1 {
			t.Errorf("%s came %d times", number, n)
		}
	}
}

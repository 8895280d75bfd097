package app_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/platform/api"
	"lodge/internal/platform/store"
	"lodge/internal/token"
)

const apiMatrixFile = "testdata/api.txt"

// roomy are limits that no test of answers comes near.
var roomy = api.Rate{PerMinute: 1_000_000, Burst: 100_000}

func unlimited(p *apptest.Portal) {
	p.API.Rates = api.Rates{Token: roomy, Person: roomy, Organisation: roomy, Network: roomy}
}

// newToken makes a token on the console; without scopes it has all that the organisation may have.
func newToken(t *testing.T, p *apptest.Portal, org string, scopes ...string) string {
	t.Helper()
	text, err := p.TokenFromConsole(t.Context(), p.World.Organisations[org].Number, token.New{Name: "test", Scopes: scopes, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// change runs SQL on the test's behalf: what no use case does yet.
func change(t *testing.T, p *apptest.Portal, q string, args ...any) {
	t.Helper()
	if err := p.Store.Write(t.Context(), store.Free, func(tx *store.Tx) error {
		n, err := tx.Exec(q, args...)
		if err == nil && n == 0 {
			t.Errorf("%s changes nothing", q)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// prefix is what is stored of a token's beginning.
func prefix(token string) string { return token[:12] }

// TestAPIMatrix asks every operation of the description with every kind of token. Answers stand in a golden file, so a new operation without an
// entry fails. What has an id gets a made-up one: 404 means that scope and right were enough to look.
func TestAPIMatrix_every_operation_with_every_kind_of_token(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		unlimited(p)
		got := apiMatrix(t, p)
		if update {
			if strings.HasPrefix(p.Config.Database, "sqlite:") {
				if err := os.WriteFile(apiMatrixFile, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		want, err := os.ReadFile(apiMatrixFile)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("which token gets which answer has changed; rewrite with -update and read the diff:\n%s", diff(string(want), got))
		}
	})
}

type kindOfToken struct{ name, token string }

func kindsOfToken(t *testing.T, p *apptest.Portal) []kindOfToken {
	all := []kindOfToken{{"nobody", ""}, {"vendor", p.World.Tokens["vendor"]}, {"partner", p.World.Tokens["partner"]}, {"customer", p.World.Tokens["customer"]},
		{"other-customer", newToken(t, p, "other-customer")}, {"other-partner", newToken(t, p, "other-partner")}}
	for _, scope := range app.Scopes.Names() {
		all = append(all, kindOfToken{"vendor:" + scope, newToken(t, p, "vendor", scope)})
		if slices.Contains(p.Tokens.Console("customer"), scope) {
			all = append(all, kindOfToken{"customer:" + scope, newToken(t, p, "customer", scope)})
		}
	}
	revoked, expired, disabled := newToken(t, p, "customer"), newToken(t, p, "customer"), newToken(t, p, "expired-customer")
	change(t, p, `UPDATE api_token SET revoked_at = created_at WHERE prefix = $1`, prefix(revoked))
	change(t, p, `UPDATE api_token SET expires_at = created_at WHERE prefix = $1`, prefix(expired))
	change(t, p, `UPDATE organisation SET status = 'disabled' WHERE number = $1`, p.World.Organisations["expired-customer"].Number)
	return append(all, kindOfToken{"revoked", revoked}, kindOfToken{"expired", expired}, kindOfToken{"disabled", disabled})
}

func apiMatrix(t *testing.T, p *apptest.Portal) string {
	kinds := kindsOfToken(t, p)
	var b strings.Builder
	for _, op := range p.API.Operations {
		answers := map[string][]string{}
		for _, kind := range kinds {
			status := fmt.Sprint(call(t, p, op, kind.token).Status)
			answers[status] = append(answers[status], kind.name)
		}
		fmt.Fprintf(&b, "%s %s (%s, %s)\n", op.Method, op.Path, op.Scope, op.Right)
		for _, status := range slices.Sorted(mapKeys(answers)) {
			fmt.Fprintf(&b, "\t%s: %s\n", status, strings.Join(others(answers[status], kinds, op.Scope), " "))
		}
	}
	return b.String()
}

// others shortens a line: "vendor:*" are the vendor's tokens with any one scope but the operation's own, if all of them are there.
func others(names []string, kinds []kindOfToken, scope string) (short []string) {
	for _, owner := range []string{"vendor:", "customer:"} {
		mark := owner + "*"
		for _, k := range kinds {
			if strings.HasPrefix(k.name, owner) && k.name != owner+scope && !slices.Contains(names, k.name) {
				mark = ""
			}
		}
		if mark != "" {
			names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.HasPrefix(n, owner) && n != owner+scope })
			names = append(names, mark)
		}
	}
	return names
}

func mapKeys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// ids that nothing has, for the parameters of an address.
var nobodys = strings.NewReplacer("{number}", "SR-0000-0007", "{action}", "0190000000007000800000000000ffff", "{file}", "0190000000007000800000000000ffff",
	"{contact}", "0190000000007000800000000000ffff", "{id}", "0190000000007000800000000000ffff", "{name}", "setup.exe")

// where is an operation's address with ids that nothing has, for the world's customer.
func where(p *apptest.Portal, op api.Operation) string {
	path := strings.ReplaceAll(op.Path, "{customer}", fmt.Sprint(p.World.Organisations["customer"].Number))
	if strings.HasSuffix(path, "/customers/{number}") {
		path = strings.ReplaceAll(path, "{number}", "99999")
	}
	return nobodys.Replace(path)
}

// call sends the least that an operation takes.
func call(t *testing.T, p *apptest.Portal, op api.Operation, token string) apptest.Answer {
	t.Helper()
	c := p.Program(token)
	if op.Brings == "multipart/form-data" {
		return c.Call(t, op.Method, where(p, op), "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nabc\r\n--x--\r\n", "Content-Type", "multipart/form-data; boundary=x")
	}
	if op.Brings != "" {
		return c.Call(t, op.Method, where(p, op), "abc", "Content-Type", op.Brings)
	}
	switch op.Method {
	case http.MethodGet, http.MethodDelete:
		return c.Call(t, op.Method, where(p, op), "")
	}
	return c.Call(t, op.Method, where(p, op), "{}", "If-Match", `"1"`)
}

// foreignLooksMadeUp: what a token may not know of looks like what does not exist, at every address.
func foreignLooksMadeUp(t *testing.T, p *apptest.Portal) {
	real, invented := fmt.Sprint(p.World.Organisations["customer"].Number), "99999"
	for _, owner := range []string{"other-customer", "other-partner", "customer"} {
		c := p.Program(newToken(t, p, owner))
		for _, op := range p.API.Operations {
			if !op.For || op.Method != http.MethodGet {
				continue
			}
			path := func(number string) string {
				return nobodys.Replace(strings.ReplaceAll(op.Path, "{customer}", number))
			}
			a, b := c.Get(t, path(real)), c.Get(t, path(invented))
			if a.Status != 404 || same(a) != same(b) {
				t.Errorf("%s %s: %d %s, and for nobody %d %s", owner, op.Path, a.Status, a.Body, b.Status, b.Body)
			}
		}
	}
	theirs := p.Program(p.World.Tokens["customer"]).Get(t, "/api/v1/requests/"+p.World.Example)
	foreign := p.Program(newToken(t, p, "other-customer")).Get(t, "/api/v1/requests/"+p.World.Example)
	made := p.Program(newToken(t, p, "other-customer")).Get(t, "/api/v1/requests/SR-0000-0007")
	if theirs.Status != 200 || foreign.Status != 404 || same(foreign) != same(made) {
		t.Errorf("%d, %d %s and %s", theirs.Status, foreign.Status, foreign.Body, made.Body)
	}
}

// same is an answer without its reference.
func same(a apptest.Answer) string {
	from := strings.Index(a.Body, `"reference"`)
	if from < 0 {
		return a.Body
	}
	return a.Body[:from]
}

// TestAttack_ACC_08_description: every operation that answers stands in the published description, and the other way round.
func TestAttack_ACC_08_API_the_description_is_whole(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Security    []map[string][]string
			Responses   map[string]struct {
				Description string
				Content     map[string]struct{ Schema struct{ Format string } }
			}
		}
	}
	got := p.Program("").Get(t, "/openapi.json")
	got.Into(t, &doc)
	if got.Status != 200 || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Fatalf("%d %s", got.Status, doc.OpenAPI)
	}
	n, ids := 0, map[string]bool{}
	for _, methods := range doc.Paths {
		n += len(methods)
	}
	if n != len(p.API.Operations) || n < 50 {
		t.Errorf("%d described, %d registered", n, len(p.API.Operations))
	}
	for _, op := range p.API.Operations {
		d, ok := doc.Paths[op.Path][strings.ToLower(op.Method)]
		switch {
		case !ok:
			t.Errorf("%s %s is not described", op.Method, op.Path)
		case ids[d.OperationID]:
			t.Errorf("%s stands for two operations", d.OperationID)
		case op.Scope == "" || len(d.Security) != 1 || len(d.Security[0]["token"]) != 1:
			t.Errorf("%s %s: no scope", op.Method, op.Path)
		case d.Responses["401"].Content == nil || d.Responses["403"].Content == nil || d.Summary == "":
			t.Errorf("%s %s: %v %q", op.Method, op.Path, d.Responses, d.Summary)
		}
		ids[d.OperationID] = true
		for status, r := range d.Responses {
			if r.Content["application/json"].Schema.Format == "binary" {
				t.Errorf("%s %s: the JSON of %s is not described", op.Method, op.Path, status)
			}
		}
	}
}

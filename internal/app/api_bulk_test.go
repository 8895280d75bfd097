package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// TestAttack_API_13: fifty requests at once, one of them somebody else's.
func TestAttack_API_13_of_many_rows_the_foreign_one_reads_unknown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		unlimited(p)
		customer, vendor := p.Program(p.World.Tokens["customer"]), p.Program(p.World.Tokens["vendor"])
		foreign := opened(t, p.Program(newToken(t, p, "other-customer")), "canary of the other customer")
		var numbers []string
		for i := range 48 {
			numbers = append(numbers, opened(t, customer, fmt.Sprint("bulk ", i)))
		}
		numbers = append(numbers, foreign, "SR-0000-0007")
		at := behind(p, "customer", "/requests/bulk")
		call := func(of []string, more string, header ...string) apptest.Answer {
			t.Helper()
			b, err := json.Marshal(of)
			if err != nil {
				t.Fatal(err)
			}
			return vendor.Post(t, at, `{"requests":`+string(b)+`,`+more+`}`, header...)
		}
		severities := func() (n int) {
			return count(t, p, `SELECT count(*) FROM ticket WHERE severity = 1 AND (title LIKE 'bulk %' OR title LIKE 'canary%')`)
		}
		const urgent = `"severity":1,"text":"Production stands still"`

		whole := call(numbers, urgent+`,"all_or_nothing":true`)
		if pr := whole.Problem(t); whole.Status != 409 || pr.Code != "support.bulk_refused" || fmt.Sprint(pr.At()) != "[/requests/48 /requests/49]" || pr.Errors[0].Message != pr.Errors[1].Message {
			t.Errorf("all or nothing: %d %s", whole.Status, whole.Body)
		}
		if n := severities(); n != 0 {
			t.Errorf("%d were changed by what was refused", n)
		}
		if n := count(t, p, `SELECT count(*) FROM ticket_entry e JOIN ticket t ON t.id = e.ticket_id WHERE t.title LIKE 'bulk %' AND e.kind = 'severity'`); n != 0 {
			t.Errorf("%d entries are left of it", n)
		}
		got := call(numbers, urgent, "Idempotency-Key", "bulk")
		var list struct {
			Items []struct{ Number, Result, Code, Message string }
		}
		got.Into(t, &list)
		if got.Status != 200 || len(list.Items) != 50 || strings.Contains(got.Body, "canary") {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		for i, row := range list.Items {
			want := "done"
			if i >= 48 {
				want = "unknown"
			}
			if row.Number != numbers[i] || row.Result != want || row.Code != "" || row.Message != "" {
				t.Errorf("row %d: %+v", i, row)
			}
		}
		if n := severities(); n != 48 {
			t.Errorf("%d were changed", n)
		}
		if again := call(numbers, urgent, "Idempotency-Key", "bulk"); again.Status != 200 || strings.TrimSpace(again.Body) != strings.TrimSpace(got.Body) {
			t.Errorf("the same call again: %d %s", again.Status, again.Body)
		}
		for what, more := range map[string]string{"each": "", "whole": `,"all_or_nothing":true`} { // a second move of one that has moved would be refused
			of := map[string][]string{"each": numbers[20:25], "whole": numbers[25:30]}[what]
			move := func() apptest.Answer { return call(of, `"state":"vendor-analysis"`+more, "Idempotency-Key", what) }
			first := move()
			change(t, p, `DELETE FROM once_call`) // the answer was lost: each row knows its own key
			if again := move(); first.Status != 200 || strings.Count(first.Body, `"done"`) != 5 || again.Body != first.Body {
				t.Errorf("%s after a lost answer: %d %s, and before %s", what, again.Status, again.Body, first.Body)
			}
		}
		if n := count(t, p, `SELECT count(*) FROM ticket_entry e JOIN ticket t ON t.id = e.ticket_id WHERE t.title LIKE 'bulk %' AND e.kind = 'severity'`); n != 48 {
			t.Errorf("%d changes, want one for each", n)
		}
		if ok := call(numbers[:10], `"state":"vendor-analysis","all_or_nothing":true`); ok.Status != 200 || strings.Count(ok.Body, `"done"`) != 10 {
			t.Errorf("all of them: %d %s", ok.Status, ok.Body)
		}
		if mixed := call(numbers[9:11], `"state":"vendor-analysis"`); strings.Count(mixed.Body, `"refused"`)+strings.Count(mixed.Body, `"done"`) != 2 || !strings.Contains(mixed.Body, `"code":"ticket.move_refused"`) {
			t.Errorf("one that is there already: %d %s", mixed.Status, mixed.Body)
		}
		for what, bad := range map[string]apptest.Answer{"none": call([]string{}, urgent), "too many": call(slices.Repeat([]string{numbers[0]}, 101), urgent), "twice": call([]string{numbers[0], numbers[0]}, urgent),
			"no act": call(numbers[:1], `"text":"x"`), "two acts": call(numbers[:1], urgent+`,"state":"cancelled"`)} {
			if bad.Status != 422 {
				t.Errorf("%s: %d %s", what, bad.Status, bad.Body)
			}
		}
		if got := p.Program(newToken(t, p, "other-partner")).Post(t, at, `{"requests":["`+numbers[0]+`"],"severity":1}`); got.Status != 404 {
			t.Errorf("another partner: %d", got.Status)
		}
	})
}

// opened opens a request and gives its number.
func opened(t *testing.T, c *apptest.Program, title string) string {
	t.Helper()
	got := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, title))
	var r struct{ Number string }
	got.Into(t, &r)
	if got.Status != 201 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	return r.Number
}

package app_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

const matrixFile = "testdata/matrix.txt"

// made-up ids: nothing has them.
var madeUp = strings.NewReplacer("{import}", "0190000000007000800000000000ffff", "{ticket}", "SR-0000-0007", "{contact}", "0190000000007000800000000000ffff", "{action}", "0190000000007000800000000000ffff",
	"{file}", "0190000000007000800000000000ffff", "{session}", "0190000000007000800000000000ffff", "{token}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

// TestMatrix asks every route as every kind of person, in the context of the world's customer: at its own address, and behind
// /for/ from the person's own organisation. Answers stand in a golden file, so a new route without an entry fails.
func TestMatrix_every_route_asked_by_every_kind_of_person(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		got := matrix(t, p)
		if update {
			if strings.HasPrefix(p.Config.Database, "sqlite:") {
				if err := os.WriteFile(matrixFile, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		want, err := os.ReadFile(matrixFile)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("who gets which answer has changed; rewrite with -update and read the diff:\n%s", diff(string(want), got))
		}
	})
}

func matrix(t *testing.T, p *apptest.Portal) string {
	kinds := []string{""}
	own := map[string]int64{"": p.World.Organisations["customer"].Number}
	for _, who := range p.World.People {
		kinds = append(kinds, who.Key)
		own[who.Key] = p.World.Organisations[who.Organisation].Number
	}
	customer := p.World.Organisations["customer"].Number
	twins := map[string]bool{} // pages that exist for a customer, too
	for _, r := range p.Site.Routes {
		twins[r.Method+" "+strings.Replace(r.Pattern, "/for/{customer}", "", 1)] = strings.Contains(r.Pattern, "/for/")
	}
	var b strings.Builder
	for _, r := range p.Site.Routes {
		if r.Pattern == "/sign-out" || r.Pattern == "/oauth/sign-out" {
			continue // ends what the others need; its own test is identity's
		}
		answers := map[string][]string{}
		for _, kind := range kinds {
			number := customer
			if strings.Contains(r.Pattern, "/for/") || !twins[r.Method+" "+r.Pattern] { // as from the own organisation
				number = own[kind]
			}
			path := strings.NewReplacer("{number}", fmt.Sprint(number), "{customer}", fmt.Sprint(customer)).Replace(madeUp.Replace(r.Pattern))
			c := p.As(t, kind)
			var page apptest.Page
			if r.Method == "POST" {
				page = c.Post(t, path, url.Values{})
			} else {
				page = c.Get(t, path)
			}
			answer := fmt.Sprint(page.Status)
			if page.Status == 303 && strings.HasPrefix(page.Location, "/sign-in") {
				answer = "sign-in"
			}
			if kind == "" {
				kind = "nobody"
			}
			answers[answer] = append(answers[answer], kind)
		}
		fmt.Fprintf(&b, "%s %s (%s)\n", r.Method, r.Pattern, r.Right)
		var words []string
		for answer := range answers {
			words = append(words, answer)
		}
		slices.Sort(words)
		for _, answer := range words {
			line := strings.Join(answers[answer], " ")
			if len(answers[answer]) == len(kinds) {
				line = "everybody"
			}
			fmt.Fprintf(&b, "\t%s: %s\n", answer, line)
		}
	}
	return b.String()
}

// diff shows the lines that differ.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for i := range max(len(w), len(g)) {
		var was, is string
		if i < len(w) {
			was = w[i]
		}
		if i < len(g) {
			is = g[i]
		}
		if was != is {
			fmt.Fprintf(&b, "line %d\n\twas %s\n\tis  %s\n", i+1, was, is)
		}
		if b.Len() > 4000 {
			break
		}
	}
	return b.String()
}

// TestAttack_ACC_08: what one may not know of looks like what does not exist.
func TestAttack_ACC_08_foreign_and_made_up_look_the_same(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer := p.World.Organisations["customer"].Number
		for _, stranger := range []string{"other-customer-admin", "other-partner"} {
			c := p.As(t, stranger)
			for _, path := range []string{"/o/%d/", "/o/%d/contacts", "/o/%d/contacts/new", "/o/%d/requests", "/o/%d/events"} {
				real, invented := fmt.Sprintf(path, customer), fmt.Sprintf(path, 99999)
				a, b := c.Get(t, real), c.Get(t, invented)
				if a.Status != 404 || b.Status != 404 {
					t.Errorf("%s: %s gives %d, %s gives %d", stranger, real, a.Status, invented, b.Status)
				}
				if a.Same(real) != b.Same(invented) {
					t.Errorf("%s: %s and %s differ:\n%s", stranger, real, invented, diff(a.Same(real), b.Same(invented)))
				}
			}
			own := map[string]string{"other-customer-admin": "other-customer", "other-partner": "other-partner"}[stranger]
			from := p.World.Organisations[own].Number
			real, invented := fmt.Sprintf("/o/%d/for/%d/contacts", from, customer), fmt.Sprintf("/o/%d/for/%d/contacts", from, 99999)
			a, b := c.Get(t, real), c.Get(t, invented)
			if a.Status != 404 || a.Same(real) != b.Same(invented) {
				t.Errorf("%s behind /for/: %d, equal: %v", stranger, a.Status, a.Same(real) == b.Same(invented))
			}
		}
		if page := p.As(t, "partner-operator").Get(t, fmt.Sprintf("/o/%d/for/%d/", p.World.Organisations["partner"].Number, customer)); page.Status == 404 {
			t.Error("the rightful partner gets 404 too")
		}
	})
}

package app_test

import (
	"fmt"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

// has compares what a page shows.
func has(t *testing.T, name string, page apptest.Page, yes, no []string) {
	t.Helper()
	if page.Status != 200 {
		t.Errorf("%s: status %d", name, page.Status)
	}
	for _, w := range yes {
		if !strings.Contains(page.Body, w) {
			t.Errorf("%s does not show %q", name, w)
		}
	}
	for _, w := range no {
		if strings.Contains(page.Body, w) {
			t.Errorf("%s shows %q", name, w)
		}
	}
}

func TestSearch_finds_for_each_what_he_sees(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := func(key string) int64 { return p.World.Organisations[key].Number }
		const floating, fonts, restored = "Floating licences are released too early", "Which fonts does the export need?", "Restored host asks for activation again"
		for _, c := range []struct {
			name, who string
			org       int64
			q         string
			yes, no   []string
		}{
			{"the requester", "customer-support", o("customer"), "floating", []string{floating, p.World.Example}, nil},
			{"the number of a request", "support-advanced", o("customer"), strings.ToLower(p.World.Example), []string{floating}, nil},
			{"a closed one", "customer-support", o("customer"), "language of the report", []string{"How to change the language of the report"}, nil},
			{"a colleague with restricted rights", "customer-support-2", o("customer"), "floating", nil, []string{floating}},
			{"one's own draft", "customer-support", o("customer"), "fonts", nil, nil},
			{"somebody else's draft (AC_22)", "support-advanced", o("customer"), "fonts", nil, []string{fonts}},
			{"another customer", "other-customer-admin", o("other-customer"), "floating", nil, []string{floating}},
			{"another customer's own", "other-customer-admin", o("other-customer"), "restored", []string{restored}, nil},
			{"the partner", "partner-operator", o("partner"), "floating", []string{floating}, []string{restored}},
			{"the partner's customers by name", "partner-operator", o("partner"), "KOWALSKI", []string{fmt.Sprintf("/for/%d/", o("customer"))}, nil},
			{"not the partner's customer", "partner-operator", o("partner"), "Dubois", nil, []string{fmt.Sprintf("/for/%d/", o("other-customer"))}},
			{"another partner", "other-partner", o("other-partner"), "floating", nil, []string{floating}},
			{"another partner, customers", "other-partner", o("other-partner"), "Kowalski", nil, []string{fmt.Sprintf("/for/%d/", o("customer"))}},
			{"staff", "helpdesk", o("vendor"), "restored", []string{restored}, nil},
			{"staff, customers by number", "helpdesk", o("vendor"), fmt.Sprint(o("expired-customer")), []string{"Talleres Serrano"}, nil},
			{"an internal note (SUP-03)", "support-advanced", o("customer"), "triads", nil, []string{floating}},
			{"an internal note, partner", "partner-operator", o("partner"), "triads", nil, []string{floating}},
			{"an internal note, staff", "helpdesk", o("vendor"), "triads", []string{floating}, nil},
			{"signs only", "helpdesk", o("vendor"), `"*' OR 1=1 --`, nil, nil},
			{"nobody's wildcard", "helpdesk", o("vendor"), `%`, nil, []string{"Talleres Serrano"}},
		} {
			at := fmt.Sprintf("/o/%d/search?q=%s", c.org, strings.NewReplacer(" ", "+", "%", "%25", `"`, "%22", "'", "%27").Replace(c.q))
			has(t, c.name, p.As(t, c.who).Get(t, at), c.yes, c.no)
		}
	})
}

func TestLog_is_everybodys_own_and_all_for_administrators(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["vendor"].Number
		at := fmt.Sprintf("/o/%d/events", customer)
		has(t, "the administrator's log", p.As(t, "customer-admin").Get(t, at),
			[]string{"State of a request changed", "Ingrid Berg", "for Halden Software", p.World.Example, "New → Partner analysis"},
			[]string{"Internal note", "&#34;Entry&#34;", "Ticket&#34;"})
		has(t, "a colleague's log", p.As(t, "customer-support").Get(t, at), []string{"Request sent"}, []string{"Ingrid Berg", "Jan Wrona"})
		has(t, "the vendor's log", p.As(t, "operator").Get(t, fmt.Sprintf("/o/%d/events", vendor)), []string{"Internal note written"}, nil)
		if page := p.As(t, "other-customer-admin").Get(t, at); page.Status != 404 {
			t.Errorf("another customer's administrator reads it: %d", page.Status)
		}
	})
}

func TestLog_is_filtered_by_person_and_by_what_it_is_about(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		at := fmt.Sprintf("/o/%d/events", p.World.Organisations["customer"].Number)
		person := func(key string) (id string) {
			for _, x := range p.World.People {
				if x.Key != key {
					continue
				}
				if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
					id, err = store.One[string](tx, `SELECT id FROM person WHERE email = $1`, x.Email)
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
			return id
		}
		ingrid, piotr := person("helpdesk"), person("customer-support")
		anna := p.As(t, "customer-admin")
		has(t, "all", anna.Get(t, at), []string{`href="` + at + `?person=` + ingrid + `"`, "Ingrid Berg", "Piotr Zieliński"}, nil)
		has(t, "one person", anna.Get(t, at+"?person="+ingrid), []string{"Only what Ingrid Berg did", "Ingrid Berg", "State of a request changed"}, []string{"Piotr Zieliński", "Internal note"})
		has(t, "one subject", anna.Get(t, at+"?kind=token"), []string{"API token"}, []string{"State of a request changed", "Request sent"})
		has(t, "both, and none", anna.Get(t, at+"?kind=token&person="+ingrid), []string{"Clear"}, []string{"Only what"})
		has(t, "the file", anna.Get(t, at+"/export.csv?person="+ingrid), []string{"Ingrid Berg"}, []string{"Piotr Zieliński"})
		has(t, "a colleague's own", p.As(t, "customer-support").Get(t, at+"?person="+piotr), []string{"Request sent"}, []string{"Ingrid Berg"})
		has(t, "what another did is not a colleague's to read", p.As(t, "customer-support").Get(t, at+"?person="+ingrid), nil, []string{"Ingrid Berg", "State of a request changed"})
		if got := anna.Get(t, at+"?kind=nonsense"); got.Status != 422 {
			t.Errorf("a kind that is none: %d", got.Status)
		}
		program := p.Program(madeBy(t, p, "customer-admin", "events:read"))
		has(t, "by program", apptest.Page{Status: 200, Body: program.Get(t, "/api/v1/events?kind=ticket&person="+ingrid).Body}, []string{"ticket.state_changed"}, []string{"Piotr", "account."})
		if got := program.Get(t, "/api/v1/events?kind=nonsense"); got.Status != 422 {
			t.Errorf("a kind that is none, by program: %d", got.Status)
		}
	})
}

func TestHome_says_number_roles_support_and_what_waits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := func(key string) int64 { return p.World.Organisations[key].Number }
		has(t, "a customer's home", p.As(t, "customer-support").Get(t, fmt.Sprintf("/o/%d/", o("customer"))),
			[]string{"Customer number 20417", "Łódź (head office)", "Supported by Brightwater Systems", "Support restricted", "Check the proposed solution",
				"Answer a question", "Support ends in 28 days", "Halden Collector", "Restart the licence server"},
			[]string{"Drawings over 4,000 parts", "Restored host"})
		has(t, "home without a role", p.As(t, "customer-member").Get(t, fmt.Sprintf("/o/%d/", o("customer"))), []string{"Halden Designer"}, []string{"Open requests", "Floating"})
		has(t, "a partner's home", p.As(t, "partner-operator").Get(t, fmt.Sprintf("/o/%d/", o("partner"))),
			[]string{"Customers you act for", "Kowalski Maszyny", "Move two node-locked licences"}, []string{"Dubois"})
		has(t, "another partner's home", p.As(t, "other-partner").Get(t, fmt.Sprintf("/o/%d/", o("other-partner"))), nil, []string{"Kowalski"})
		has(t, "the helpdesk's home", p.As(t, "helpdesk").Get(t, fmt.Sprintf("/o/%d/", o("vendor"))), []string{"Nobody can let people in", "Talleres Serrano"}, nil)
	})
}

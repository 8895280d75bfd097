package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/account"
	"lodge/internal/app/apptest"
)

// asks refuses somebody a page, and asks for the right with what the refusal's form holds.
func asks(t *testing.T, p *apptest.Portal, who, path string, more url.Values) {
	t.Helper()
	c := p.As(t, who)
	page := c.Get(t, path)
	action := regexp.MustCompile(`<form method="post" action="(/o/\d+/asks)"`).FindStringSubmatch(page.Body)
	right := regexp.MustCompile(`name="right" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if page.Status != 403 || action == nil || right == nil {
		t.Fatalf("%s at %s: %d, %v %v", who, path, page.Status, action, right)
	}
	form := page.Hidden()
	form.Set("right", right[1])
	for name := range more {
		form.Set(name, more.Get(name))
	}
	if got := c.Post(t, action[1], form); got.Status != 303 {
		t.Fatalf("%s asks: %d %s", who, got.Status, got.Body)
	}
	if home := c.Get(t, strings.TrimSuffix(action[1], "asks")); !strings.Contains(home.Body, "You get a mail as soon as there is an answer") {
		t.Error("nothing is said")
	}
}

// given gives a contact one role more by the pages' way, from the link of the page of asks.
func given(t *testing.T, p *apptest.Portal, c *apptest.Client, base, list, name string, roles url.Values) {
	t.Helper()
	page := c.Get(t, list)
	link := regexp.MustCompile(`href="([^"#]+)#c-[^"]+">Change roles of ` + name).FindStringSubmatch(page.Body)
	if link == nil {
		t.Fatalf("%s does not stand on %s: %d", name, list, page.Status)
	}
	form := c.Get(t, link[1])
	to := regexp.MustCompile(`action="([^"]+/contacts/[^"]+/roles[^"]*)"`).FindStringSubmatch(form.Body)
	seen := regexp.MustCompile(`name="seen" value="([^"]*)"`).FindStringSubmatch(form.Body)
	if to == nil || seen == nil {
		t.Fatalf("no form at %s: %d", link[1], form.Status)
	}
	v := form.Hidden()
	v.Set("seen", seen[1])
	for name, values := range roles {
		v[name] = values
	}
	if got := c.Post(t, strings.ReplaceAll(to[1], "&amp;", "&"), v); got.Status != 303 {
		t.Fatalf("staged: %d %s", got.Status, got.Body)
	}
	if got := c.Post(t, base+"/contacts/changes/apply", url.Values{}); got.Status != 303 {
		t.Fatalf("applied: %d %s", got.Status, got.Body)
	}
}

// A refusal asks on the spot: those who can give the right are told, and giving it answers.
func TestAsks_of_somebody_who_was_refused_reach_those_who_can_give_it(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer := p.World.Organisations["customer"].Number
		base := fmt.Sprintf("/o/%d", customer)
		member, anna := p.As(t, "customer-member"), p.As(t, "customer-admin")
		asks(t, p, "customer-member", base+"/requests", url.Values{"text": {"The compiler has stopped"}})
		asks(t, p, "customer-member", base+"/requests", nil) // twice is once
		if n := count(t, p, `SELECT count(*) FROM role_ask`); n != 1 {
			t.Errorf("%d asks", n)
		}
		if text, _ := p.Mail(t, addressOf(p, "customer-admin"), "/asks"); !strings.Contains(text, "Support restricted") || strings.Contains(text, "compiler") {
			t.Errorf("letter: %s", text)
		}
		if home := anna.Get(t, base+"/"); !strings.Contains(home.Body, "1 person asks for a right") {
			t.Error("the administrator's home page does not say it")
		}
		list := anna.Get(t, base+"/asks")
		if !strings.Contains(list.Body, "The compiler has stopped") || !strings.Contains(list.Body, "Support advanced") {
			t.Errorf("the list: %d %s", list.Status, list.Body)
		}
		for _, who := range []string{"customer-support", "reporting", "support-admin"} {
			if got := p.As(t, who).Get(t, base+"/asks"); got.Status != 403 {
				t.Errorf("%s sees who asks: %d", who, got.Status)
			}
		}
		if got := p.As(t, "other-customer-admin").Get(t, base+"/asks"); got.Status != 404 {
			t.Errorf("somebody else's administrator: %d", got.Status)
		}
		if got := p.As(t, "helpdesk").Get(t, fmt.Sprintf("/o/%d/asks", p.World.Organisations["vendor"].Number)); strings.Contains(got.Body, "compiler") {
			t.Error("the desk reads what it was not asked")
		}
		given(t, p, anna, base, base+"/asks", "Marek Lis", url.Values{"support": {account.SupportRestricted}})
		if got := member.Get(t, base+"/requests"); got.Status != 200 {
			t.Errorf("with the right: %d", got.Status)
		}
		if list := anna.Get(t, base+"/asks"); strings.Contains(list.Body, "compiler") || !strings.Contains(list.Body, "Nobody asks for a right") {
			t.Error("it still waits")
		}

		// Refused, with a reason; by page and by program.
		asks(t, p, "customer-member", base+"/contacts", nil)
		id := one(t, p, `SELECT id FROM role_ask WHERE answer = ''`)
		if got := anna.Post(t, base+"/asks/"+id+"/refuse", url.Values{"reason": {" "}}); got.Status != 422 || !strings.Contains(got.Body, "Say why") {
			t.Errorf("without a reason: %d", got.Status)
		}
		if got := p.As(t, "other-customer-admin").Post(t, fmt.Sprintf("/o/%d/asks/%s/refuse", p.World.Organisations["other-customer"].Number, id), url.Values{"reason": {"x"}}); got.Status != 404 {
			t.Errorf("refused by somebody else's administrator: %d", got.Status)
		}
		program := p.Program(madeBy(t, p, "customer-admin", "contacts:read", "contacts:write"))
		if got := program.Get(t, "/api/v1/role-asks"); got.Status != 200 || !strings.Contains(got.Body, id) || !strings.Contains(got.Body, `"right":"account.view_contacts"`) {
			t.Errorf("by program: %d %s", got.Status, got.Body)
		}
		if got := program.Post(t, "/api/v1/role-asks/"+id+"/refuse", `{"reason":"Ewa keeps the contacts"}`); got.Status != 204 {
			t.Errorf("refused by program: %d %s", got.Status, got.Body)
		}
		p.Mail(t, addressOf(p, "customer-member"), "Ewa keeps the contacts")
		if got := anna.Post(t, base+"/asks/"+id+"/refuse", url.Values{"reason": {"again"}}); got.Status != 404 {
			t.Errorf("answered twice: %d", got.Status)
		}
	})
}

// TestAsks_AC_77: nobody at the customer can be reached, so the vendor's desk is asked, repairs the role, and the customer's log says who did it.
func TestAsks_AC_77_the_desk_repairs_a_role_where_no_administrator_can_be_reached(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		customer, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["vendor"].Number
		base, desk := fmt.Sprintf("/o/%d", customer), fmt.Sprintf("/o/%d/asks", vendor)
		asks(t, p, "customer-member", base+"/requests", url.Values{"text": {"Anna is away for a month"}, "desk": {"1"}})
		ingrid := p.As(t, "helpdesk")
		if home := ingrid.Get(t, fmt.Sprintf("/o/%d/", vendor)); !strings.Contains(home.Body, "1 person asks for a right") {
			t.Error("the desk's home page does not say it")
		}
		if list := ingrid.Get(t, desk); !strings.Contains(list.Body, "Anna is away for a month") || !strings.Contains(list.Body, fmt.Sprint(customer)) {
			t.Fatalf("the desk's list: %d", list.Status)
		}
		given(t, p, ingrid, fmt.Sprintf("/o/%d/for/%d", vendor, customer), desk, "Marek Lis", url.Values{"support": {account.SupportRestricted}})
		if got := p.As(t, "customer-member").Get(t, base+"/requests"); got.Status != 200 {
			t.Errorf("with the right: %d", got.Status)
		}
		if log := p.As(t, "customer-admin").Get(t, base+"/events"); !strings.Contains(log.Body, "Roles of a contact changed") || !strings.Contains(log.Body, "Right asked for") {
			t.Errorf("the customer's log does not say it: %d", log.Status)
		}
		// A partner whose desk was asked reads it no longer once it does not act for the customer.
		asks(t, p, "customer-member", base+"/contacts", url.Values{"text": {"For the partner's desk"}})
		partner := p.World.Organisations["partner"].Number
		change(t, p, `UPDATE role_ask SET desk_id = (SELECT id FROM organisation WHERE number = $1) WHERE answer = ''`, partner)
		if list := p.As(t, "partner-operator").Get(t, fmt.Sprintf("/o/%d/asks", partner)); strings.Contains(list.Body, "partner&#39;s desk") {
			t.Errorf("a partner without the role reads it: %d", list.Status)
		}
		if list := ingrid.Get(t, desk); strings.Contains(list.Body, "Anna is away") {
			t.Error("it still waits at the desk")
		}
	})
}

// addressOf is somebody's mailbox.
func addressOf(p *apptest.Portal, key string) string {
	for _, x := range p.World.People {
		if x.Key == key {
			return x.Email
		}
	}
	return ""
}

package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
)

// registrar is somebody at the list of contacts of an organisation.
type registrar struct {
	t  *testing.T
	p  *apptest.Portal
	c  *apptest.Client
	at string
}

// registrarOf is the person with this key, at the contacts of the organisation: behind /for/ if it is not the person's own.
func registrarOf(t *testing.T, p *apptest.Portal, key, org string) registrar {
	t.Helper()
	number, own := p.World.Organisations[org].Number, int64(0)
	for _, who := range p.World.People {
		if who.Key == key {
			own = p.World.Organisations[who.Organisation].Number
		}
	}
	at := fmt.Sprintf("/o/%d", number)
	if own != number {
		at = fmt.Sprintf("/o/%d/for/%d", own, number)
	}
	return registrar{t, p, p.As(t, key), at + "/contacts"}
}

// member is the id of a person's membership in an organisation.
func member(t *testing.T, p *apptest.Portal, key, org string) string {
	t.Helper()
	return idOf(t, p, `SELECT m.id FROM membership m JOIN person x ON x.id = m.person_id JOIN organisation o ON o.id = m.org_id WHERE x.email = $1 AND o.number = $2`,
		emailOf(p, key), p.World.Organisations[org].Number)
}

func rolesOf(t *testing.T, p *apptest.Portal, membership string) string {
	t.Helper()
	return idOf(t, p, `SELECT COALESCE((SELECT string_agg(x.role, ' ') FROM (SELECT role FROM membership_role WHERE membership_id = $1 ORDER BY role) x), '')`, membership)
}

// stage ticks roles of a contact.
func (k registrar) stage(contact, support string, roles ...string) apptest.Page {
	k.t.Helper()
	form := k.c.Get(k.t, k.at+"?change="+contact).Hidden()
	form.Set("support", support)
	form["roles"] = roles
	return k.c.Post(k.t, k.at+"/"+contact+"/roles", form)
}

func (k registrar) post(path string) apptest.Page {
	k.t.Helper()
	return k.c.Post(k.t, k.at+path, k.c.Get(k.t, k.at).Hidden())
}

// TestAttack_ACC_14_AC_07: what is staged has no effect, and stays; applied, it holds at the next request, the log names who did it and the
// person is told.
func TestAttack_ACC_14_AC_07_roles_are_staged_then_applied(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, jan := registrarOf(t, p, "customer-admin", "customer"), p.As(t, "customer-member")
		contact := member(t, p, "customer-member", "customer")
		requests := fmt.Sprintf("/o/%d/requests/new", p.World.Organisations["customer"].Number)
		if got := jan.Get(t, requests).Status; got != 403 {
			t.Fatalf("before: %d", got)
		}
		if got := anna.stage(contact, "support-advanced", "reporting"); got.Status != 303 {
			t.Fatalf("stage: %d %s", got.Status, said(got.Body))
		}
		if got, has := jan.Get(t, requests).Status, rolesOf(t, p, contact); got != 403 || has != "" {
			t.Errorf("staged: %d, roles %q", got, has)
		}
		for _, path := range []string{"/", "/requests", "/contacts"} {
			if page := anna.c.Get(t, strings.TrimSuffix(anna.at, "/contacts")+path); !strings.Contains(page.Body, "1 change not applied") {
				t.Errorf("%s has no bar", path)
			}
		}
		if page := anna.c.Get(t, anna.at); !strings.Contains(page.Body, "<ins>+ Support advanced</ins>") || !strings.Contains(page.Body, "Staged, not in force") {
			t.Error("the list does not show what is staged")
		}
		if other := p.As(t, "helpdesk").Get(t, fmt.Sprintf("/o/%d/for/%d/contacts", p.World.Organisations["vendor"].Number, p.World.Organisations["customer"].Number)); strings.Contains(other.Body, "not applied") {
			t.Error("somebody else sees the bar")
		}
		if got := anna.post("/changes/apply"); got.Status != 303 {
			t.Fatalf("apply: %d %s", got.Status, said(got.Body))
		}
		if got, has := jan.Get(t, requests).Status, rolesOf(t, p, contact); got != 200 || has != "reporting support-advanced" {
			t.Errorf("applied: %d, roles %q", got, has)
		}
		if log := anna.c.Get(t, strings.TrimSuffix(anna.at, "/contacts")+"/events"); !strings.Contains(log.Body, "Roles of a contact changed") || !strings.Contains(log.Body, "Support advanced, Reporting") && !strings.Contains(log.Body, "Reporting, Support advanced") {
			t.Error("the log does not say what changed")
		}
		if text, _ := p.Mail(t, emailOf(p, "customer-member"), "changed what you may do"); !strings.Contains(text, "Support advanced, Reporting") {
			t.Errorf("letter: %s", text)
		}
		// Discarded, nothing is left of it; roles as they are take a change back.
		anna.stage(contact, "")
		if got := anna.post("/changes/discard"); got.Status != 303 {
			t.Errorf("discard: %d", got.Status)
		}
		anna.stage(contact, "")
		anna.stage(contact, "support-advanced", "reporting")
		if n := count(t, p, `SELECT count(*) FROM role_change`); n != 0 || rolesOf(t, p, contact) != "reporting support-advanced" {
			t.Errorf("%d changes left", n)
		}
	})
}

// TestAttack_ACC_14_stale: a change on what somebody else has changed is refused with the difference, whole sets are; who lost the right
// applies nothing.
func TestAttack_ACC_14_stale_and_dead_changes_are_refused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, ingrid := registrarOf(t, p, "customer-admin", "customer"), registrarOf(t, p, "helpdesk", "customer")
		one, two := member(t, p, "customer-member", "customer"), member(t, p, "customer-support-2", "customer")
		anna.stage(one, "support-restricted")
		anna.stage(two, "support-advanced")
		ingrid.stage(one, "support-advanced")
		if got := ingrid.post("/changes/apply"); got.Status != 303 {
			t.Fatalf("helpdesk: %d %s", got.Status, said(got.Body))
		}
		got := anna.post("/changes/apply")
		if got.Status != 409 || !strings.Contains(got.Body, "somebody else changed contacts since") || !strings.Contains(got.Body, `href="#c-`+one) || strings.Contains(got.Body, `href="#c-`+two) {
			t.Errorf("stale: %d %s", got.Status, said(got.Body))
		}
		if rolesOf(t, p, one) != "support-advanced" || rolesOf(t, p, two) != "support-restricted" {
			t.Error("half of the set was applied")
		}
		// A form that was opened before somebody else's change is refused with what was ticked.
		page := anna.c.Get(t, anna.at+"?change="+one)
		seen := regexp.MustCompile(`name="seen" value="([^"]*)"`).FindStringSubmatch(page.Body)
		if seen == nil {
			t.Fatal("the form does not say what it shows")
		}
		old := page.Hidden()
		old.Set("seen", seen[1])
		ingrid.stage(one, "support-restricted")
		ingrid.post("/changes/apply")
		old.Set("support", "support-administrator")
		if got := anna.c.Post(t, anna.at+"/"+one+"/roles", old); got.Status != 409 || !strings.Contains(got.Body, "By now: Support restricted") ||
			!strings.Contains(got.Body, `value="support-administrator" checked`) {
			t.Errorf("an old form: %d %s", got.Status, said(got.Body))
		}
		ingrid.stage(one, "support-advanced")
		ingrid.post("/changes/apply")
		anna.stage(one, "support-administrator") // on what is there now
		exec(t, p, `DELETE FROM membership_role WHERE membership_id = $1 AND role = 'security-administrator'`, member(t, p, "customer-admin", "customer"))
		form := url.Values{"_org": {fmt.Sprint(p.World.Organisations["customer"].Number)}}
		if got := anna.c.Post(t, anna.at+"/changes/apply", form); got.Status != 403 {
			t.Errorf("without the right: %d", got.Status)
		}
		if rolesOf(t, p, one) != "support-advanced" {
			t.Error("a dead change was applied")
		}
	})
}

// TestAttack_ACC_12_AC_08: nobody gives beyond the table, by hand or for himself; who asks is told who can.
func TestAttack_ACC_12_AC_08_nobody_gives_roles_beyond_the_table(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		contact, form := member(t, p, "customer-member", "customer"), url.Values{"support": {"support-advanced"}}
		at := fmt.Sprintf("/o/%d/contacts/%s/roles", p.World.Organisations["customer"].Number, contact)
		for _, key := range []string{"customer-member", "customer-support", "support-admin"} {
			got := p.As(t, key).Post(t, at, form)
			if got.Status != 403 || !strings.Contains(got.Body, "Anna Kowalska") {
				t.Errorf("%s: %d %s", key, got.Status, said(got.Body))
			}
		}
		anna := registrarOf(t, p, "customer-admin", "customer")
		for _, wrong := range []string{"operator", "helpdesk", "partner-operator", "agent-operator", "root"} {
			if got := anna.stage(contact, "", wrong); got.Status != 422 {
				t.Errorf("%s: %d", wrong, got.Status)
			}
		}
		// Nobody raises himself while somebody else can: two administrators.
		mine, piotr := member(t, p, "customer-admin", "customer"), member(t, p, "customer-support", "customer")
		if got := anna.stage(mine, "support-advanced", "security-administrator", "licence-supervisor"); got.Status != 303 {
			t.Errorf("the only one, himself: %d", got.Status)
		}
		anna.post("/changes/discard")
		exec(t, p, `INSERT INTO membership_role (membership_id, role) VALUES ($1, 'security-administrator')`, piotr)
		if got := anna.stage(mine, "support-advanced", "security-administrator", "licence-supervisor"); got.Status != 403 || !strings.Contains(got.Body, "Piotr Zieliński") {
			t.Errorf("himself: %d", got.Status)
		}
		// The vendor's own contacts are its administrators' business: a desk gives nothing there, and takes no supervisor from a customer.
		house, maja := registrarOf(t, p, "helpdesk", "vendor"), member(t, p, "release-manager", "vendor")
		if got := house.c.Post(t, house.at+"/"+maja+"/roles", url.Values{"roles": {"release-manager", "security-administrator"}}); got.Status != 403 {
			t.Errorf("a desk in the vendor: %d", got.Status)
		}
		if got := house.c.Post(t, house.at+"/"+maja+"/obsolete", url.Values{}); got.Status != 403 {
			t.Errorf("a desk ends a colleague: %d", got.Status)
		}
		exec(t, p, `DELETE FROM membership_role WHERE role = 'licence-supervisor' AND membership_id = $1`, member(t, p, "licence-supervisor", "customer"))
		desk := registrarOf(t, p, "helpdesk", "customer")
		if got := desk.c.Post(t, desk.at+"/"+mine+"/roles", url.Values{"roles": {"security-administrator"}}); got.Status != 303 || rolesOf(t, p, mine) != "licence-supervisor security-administrator" {
			t.Errorf("a desk takes the last supervisor: %d", got.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM role_change`); n != 0 {
			t.Errorf("%d changes", n)
		}
	})
}

// TestAttack_ACC_16_AC_10: the last administrator stays, also when two remove each other at once.
func TestAttack_ACC_16_AC_10_the_last_administrator_stays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna := registrarOf(t, p, "customer-admin", "customer")
		mine, other := member(t, p, "customer-admin", "customer"), member(t, p, "customer-support", "customer")
		var before []string
		for _, m := range strings.Fields(idOf(t, p, `SELECT string_agg(m.id, ' ') FROM membership m JOIN membership_role r ON r.membership_id = m.id AND r.role = 'security-administrator'
			WHERE m.org_id = (SELECT org_id FROM membership WHERE id = $1) AND m.state IN ('active', 'invited', 'imported')`, mine)) {
			if m != mine {
				before = append(before, m)
			}
		}
		for _, m := range before { // she is the only one
			exec(t, p, `DELETE FROM membership_role WHERE membership_id = $1 AND role = 'security-administrator'`, m)
		}
		if got := anna.stage(mine, "", "licence-supervisor"); got.Status != 409 || !strings.Contains(got.Body, "nobody who can give roles") {
			t.Errorf("AC_10: %d %s", got.Status, said(got.Body))
		}
		anna.stage(other, "support-restricted", "security-administrator")
		if got := anna.post("/changes/apply"); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, said(got.Body))
		}
		piotr := registrarOf(t, p, "customer-support", "customer")
		if got := anna.stage(other, "support-restricted"); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, said(got.Body))
		}
		if got := piotr.stage(mine, "", "licence-supervisor"); got.Status != 303 {
			t.Fatalf("%d %s", got.Status, said(got.Body))
		}
		a, b := anna.c.Get(t, anna.at).Hidden(), piotr.c.Get(t, piotr.at).Hidden()
		var wg sync.WaitGroup
		wg.Go(func() { anna.c.Post(t, anna.at+"/changes/apply", a) })
		wg.Go(func() { piotr.c.Post(t, piotr.at+"/changes/apply", b) })
		wg.Wait()
		left := 0
		for _, m := range []string{mine, other} {
			if strings.Contains(rolesOf(t, p, m), "security-administrator") {
				left++
			}
		}
		if left != 1 {
			t.Errorf("%d administrators are left", left)
		}
	})
}

// TestContacts_AC_09: a contact of another organisation is not there, and the log says who asked.
func TestContacts_AC_09_those_of_another_organisation_are_not_there(t *testing.T) {
	for name, engine := range map[string]apptest.Engine{"sqlite": apptest.Lite, "postgres": apptest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log apptest.Log
			p := apptest.StartLogged(t, engine, &log)
			anna, claire := registrarOf(t, p, "customer-admin", "customer"), member(t, p, "other-customer-admin", "other-customer")
			who := idOf(t, p, `SELECT id FROM person WHERE email = $1`, emailOf(p, "customer-admin"))
			for _, act := range []string{"roles", "obsolete", "bring-back", "resend", "withdraw"} {
				if got := anna.c.Post(t, anna.at+"/"+claire+"/"+act, url.Values{"support": {"support-advanced"}}); got.Status != 404 {
					t.Errorf("%s: %d", act, got.Status)
				}
			}
			if n := strings.Count(log.String(), "msg=refused"); n < 5 || !strings.Contains(log.String(), "person="+who) {
				t.Errorf("%d refusals are logged, with the person: %v", n, strings.Contains(log.String(), "person="+who))
			}
			program := p.Program(madeBy(t, p, "customer-admin", "contacts:write"))
			if got := program.Post(t, "/api/v1/contacts/"+claire+"/obsolete", ""); got.Status != 404 {
				t.Errorf("by a program: %d", got.Status)
			}
		})
	}
}

// TestContacts_end_and_come_back: who is obsolete has nothing of the organisation from the next request on, is in the other list, and comes
// back by an invitation.
func TestContacts_end_at_once_and_come_back_by_invitation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, piotr := registrarOf(t, p, "customer-admin", "customer"), p.As(t, "customer-support")
		contact, home := member(t, p, "customer-support", "customer"), strings.TrimSuffix(anna.at, "contacts")
		anna.stage(contact, "support-advanced")
		if got := anna.c.Get(t, anna.at+"?change="+contact); !strings.Contains(got.Body, "Make obsolete") {
			t.Error("the form does not offer it")
		}
		if got := anna.post("/" + contact + "/obsolete"); got.Status != 303 {
			t.Fatalf("obsolete: %d %s", got.Status, said(got.Body))
		}
		if got := piotr.Get(t, home); got.Status != 404 {
			t.Errorf("his next request: %d", got.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM role_change WHERE membership_id = $1`, contact) + count(t, p, `SELECT count(*) FROM membership_role WHERE membership_id = $1`, contact); n != 0 {
			t.Errorf("%d roles and changes are left", n)
		}
		email := emailOf(p, "customer-support")
		if text, _ := p.Mail(t, email, "ended your membership"); !strings.Contains(text, "Anna Kowalska") {
			t.Errorf("letter: %s", text)
		}
		if now, past := anna.c.Get(t, anna.at), anna.c.Get(t, anna.at+"?tab=past"); strings.Contains(now.Body, email) || !strings.Contains(past.Body, email) || !strings.Contains(past.Body, "Bring back") {
			t.Error("he is in the wrong list")
		}
		if got := anna.post("/" + contact + "/obsolete"); got.Status != 404 {
			t.Errorf("twice: %d", got.Status)
		}
		if got := anna.post("/" + contact + "/bring-back"); got.Status != 303 {
			t.Fatalf("back: %d %s", got.Status, said(got.Body))
		}
		p.Mail(t, email, "invited you")
		if got := anna.c.Get(t, anna.at+"?state=invited&text=ZIELIŃSKI"); !strings.Contains(got.Body, email) || strings.Contains(got.Body, "nowicka") {
			t.Error("the filter does not find him alone")
		}
		if got := anna.c.Get(t, anna.at+"?role=reporting"); !strings.Contains(got.Body, "tomasz.gil") || strings.Contains(got.Body, email) {
			t.Error("the filter by role")
		}
		if got := anna.c.Get(t, anna.at+"?text=unfindable"); !strings.Contains(got.Body, "No contact matches") {
			t.Error("nothing found says nothing")
		}
		if got := piotr.Get(t, home); got.Status != 404 {
			t.Errorf("invited, not signed in: %d", got.Status)
		}
	})
}

// TestAttack_ACC_16_obsolete: the last administrator cannot be made obsolete, by page or program; who had two organisations keeps a primary one.
func TestAttack_ACC_16_AC_10_the_last_administrator_is_not_made_obsolete(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, mine := registrarOf(t, p, "customer-admin", "customer"), member(t, p, "customer-admin", "customer")
		exec(t, p, `DELETE FROM membership_role WHERE role = 'security-administrator' AND membership_id IN (SELECT id FROM membership WHERE org_id = (SELECT org_id FROM membership WHERE id = $1)) AND membership_id <> $1`, mine)
		if got := anna.post("/" + mine + "/obsolete"); got.Status != 409 || !strings.Contains(got.Body, "nobody who can give roles") {
			t.Errorf("page: %d %s", got.Status, said(got.Body))
		}
		program := p.Program(madeBy(t, p, "customer-admin", "contacts:write"))
		if got := program.Post(t, "/api/v1/contacts/"+mine+"/obsolete", ""); got.Status != 409 || got.Problem(t).Code != "account.last_administrator" {
			t.Errorf("program: %d %s", got.Status, got.Body)
		}
		two := member(t, p, "two-numbers", "customer")
		if got := anna.post("/" + two + "/obsolete"); got.Status != 303 {
			t.Fatalf("%d", got.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM membership WHERE is_primary AND state = 'active' AND person_id = (SELECT person_id FROM membership WHERE id = $1)`, two); n != 1 {
			t.Errorf("%d primary memberships are left, want 1", n)
		}
	})
}

// TestContacts_AC_24: naming the first supervisor changes nobody else, and the page advises a second one.
func TestContacts_AC_24_INV_10_the_first_supervisor_changes_nobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, marek := registrarOf(t, p, "customer-admin", "customer"), member(t, p, "customer-member", "customer")
		const advice = "only one licence supervisor"
		if strings.Contains(anna.c.Get(t, anna.at).Body, advice) {
			t.Error("advised where there are two")
		}
		exec(t, p, `DELETE FROM membership_role WHERE role = 'licence-supervisor' AND membership_id IN (SELECT id FROM membership WHERE org_id = (SELECT org_id FROM membership WHERE id = $1))`, marek)
		all := func() string {
			return idOf(t, p, `SELECT string_agg(x.v, ' ') FROM (SELECT r.membership_id || ':' || r.role AS v FROM membership_role r JOIN membership m ON m.id = r.membership_id
				WHERE m.org_id = (SELECT org_id FROM membership WHERE id = $1) AND m.id <> $1 ORDER BY 1) x`, marek)
		}
		before := all()
		if !strings.Contains(before, ":licensing") || !strings.Contains(before, ":reporting") {
			t.Fatalf("nobody has a privilege: %s", before)
		}
		if got := anna.stage(marek, "", "licence-supervisor"); got.Status != 303 {
			t.Fatalf("stage: %d %s", got.Status, said(got.Body))
		}
		anna.post("/changes/apply")
		if rolesOf(t, p, marek) != "licence-supervisor" || all() != before {
			t.Errorf("before %s, after %s", before, all())
		}
		if page := anna.c.Get(t, anna.at); !strings.Contains(page.Body, advice) {
			t.Error("no second one is advised")
		}
		// From now on privileges are the supervisor's alone to give.
		if got := anna.stage(member(t, p, "customer-support", "customer"), "support-restricted", "reporting"); got.Status != 403 {
			t.Errorf("the administrator: %d", got.Status)
		}
	})
}

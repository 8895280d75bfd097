package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/store"
	"lodge/internal/token"
)

var shownToken = regexp.MustCompile(`<code id="token">(lodge_[a-z2-7]+)</code>`)

// madeBy makes a token on the page as one of the world's people.
func madeBy(t *testing.T, p *apptest.Portal, key string, scopes ...string) string {
	t.Helper()
	at := ""
	for _, who := range p.World.People {
		if who.Key == key {
			at = fmt.Sprintf("/o/%d/settings/api", p.World.Organisations[who.Organisation].Number)
		}
	}
	c := p.As(t, key)
	form := c.Get(t, at+"/new").Hidden()
	form["name"], form["days"], form["scopes"] = []string{"by " + key}, []string{"30"}, scopes
	page := c.Post(t, at+"/new", form)
	m := shownToken.FindStringSubmatch(page.Body)
	if page.Status != 200 || m == nil {
		t.Fatalf("%s makes no token: %d", key, page.Status)
	}
	return m[1]
}

func shownOnce(t *testing.T, p *apptest.Portal) {
	at := fmt.Sprintf("/o/%d/settings/api", p.World.Organisations["customer"].Number)
	text := madeBy(t, p, "customer-admin", "contacts:read", "products:read")
	if !token.Shaped(text) {
		t.Errorf("%s has no check sum", text)
	}
	list := p.As(t, "customer-admin").Get(t, at).Body
	if strings.Contains(list, text) || !strings.Contains(list, prefix(text)) || !strings.Contains(list, "Never used") {
		t.Error("the list shows the token, or not its beginning, or not that it was never used")
	}
	if got := p.Program(text).Get(t, "/api/v1/products"); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	for range 100 { // the use is noted after the answer
		if list = p.As(t, "customer-admin").Get(t, at).Body; !strings.Contains(list, "Never used") {
			break
		}
	}
	var row struct{ Hash, All string }
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		row, err = store.One[struct{ Hash, All string }](tx, `SELECT hash, id || name || prefix || hash || scopes || maker_id FROM api_token WHERE prefix = $1`, prefix(text))
		return err
	})
	if err != nil || row.Hash != crypt.HashToken(text) || strings.Contains(row.All, text[12:]) {
		t.Errorf("what rests: %+v %v", row, err)
	}
}

func TestAttack_API_01_a_token_in_an_address_is_refused_and_not_logged(t *testing.T) {
	var log apptest.Log
	p := apptest.StartLogged(t, apptest.Lite, &log)
	text := p.World.Tokens["customer"]
	for _, path := range []string{"/api/v1/requests?access_token=" + text, "/api/v1/requests?q=" + text, "/api/v1/requests/" + text, "/api/v1/requests?" + text,
		"/api/v1/requests?access_token=" + strings.ReplaceAll(url.QueryEscape(text), "lodge_", "lodge%5F")} {
		for _, c := range []*apptest.Program{p.Program(""), p.Program(text)} { // a good header does not make it better
			got := c.Get(t, path)
			if got.Status != 401 || got.Problem(t).Code != "api.token_in_address" || strings.Contains(got.Body, text) {
				t.Errorf("%.40s: %d %s", path, got.Status, got.Body)
			}
		}
	}
	if got := p.Program(text).Get(t, "/api/v1/requests"); got.Status != 200 {
		t.Errorf("%d", got.Status)
	}
	if strings.Contains(log.String(), text[12:]) {
		t.Error("the log holds a token")
	}
}

func reachesItsOwn(t *testing.T, p *apptest.Portal) {
	read := p.Program(madeBy(t, p, "other-customer-admin", "requests:read"))
	if got := read.Get(t, "/api/v1/requests/"+p.World.Example); got.Status != 404 {
		t.Errorf("another organisation's request: %d", got.Status)
	}
	got := read.Post(t, "/api/v1/requests", `{}`)
	if pr := got.Problem(t); got.Status != 403 || pr.Scope != "requests:write" || !strings.Contains(pr.Detail, "requests:write") || pr.Code != "api.scope_missing" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := read.Get(t, "/api/v1/requests"); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	// Neither pages nor the management of keys nor a cookie take a token.
	home := fmt.Sprintf("/o/%d/", p.World.Organisations["customer"].Number)
	text := p.World.Tokens["customer"]
	for _, path := range []string{home, home + "settings/api", "/me/"} {
		if got := p.Program(text).Get(t, path); got.Status != 303 || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in") {
			t.Errorf("%s: %d", path, got.Status)
		}
		if got := p.Program("").Get(t, path, "Cookie", "lodge="+text); got.Status != 303 {
			t.Errorf("%s with the token as a cookie: %d", path, got.Status)
		}
	}
	for _, op := range p.API.Operations {
		if op.Right == token.Manage || op.Scope == "" {
			t.Errorf("%s %s manages keys", op.Method, op.Path)
		}
	}
}

func neverWider(t *testing.T, p *apptest.Portal) {
	vendor := fmt.Sprintf("/o/%d/settings/api", p.World.Organisations["vendor"].Number)
	c := p.As(t, "helpdesk")
	page := c.Get(t, vendor+"/new")
	if strings.Contains(page.Body, `value="releases:write"`) || !strings.Contains(page.Body, `value="requests:write"`) {
		t.Error("the helpdesk is offered releases:write, or not requests:write")
	}
	form := page.Hidden()
	form["name"], form["days"], form["scopes"] = []string{"wide"}, []string{"30"}, []string{"releases:write"}
	if got := c.Post(t, vendor+"/new", form); got.Status != 403 {
		t.Errorf("%d", got.Status)
	}
	manager := p.Program(madeBy(t, p, "release-manager", "releases:write", "releases:read"))
	if got := manager.Get(t, "/api/v1/releases"); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	// In a customer's context nobody makes tokens, whatever he may there.
	behind := fmt.Sprintf("/o/%d/for/%d/settings/api", p.World.Organisations["vendor"].Number, p.World.Organisations["customer"].Number)
	if got := c.Get(t, behind); got.Status != 404 {
		t.Errorf("%d", got.Status)
	}
}

func oneAnswer(t *testing.T, p *apptest.Portal) {
	admin := p.World.Organisations["customer"].Number
	missing, good := p.Program(""), p.World.Tokens["customer"]
	want := missing.Get(t, "/api/v1/requests")
	if want.Status != 401 || want.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Fatalf("%d %v", want.Status, want.Header)
	}
	refuse := func(name string, got apptest.Answer) {
		t.Helper()
		if got.Status != 401 || same(got) != same(want) {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	revoked, expired := newToken(t, p, "customer"), newToken(t, p, "customer")
	change(t, p, `UPDATE api_token SET revoked_at = created_at WHERE prefix = $1`, prefix(revoked))
	change(t, p, `UPDATE api_token SET expires_at = created_at WHERE prefix = $1`, prefix(expired))
	refuse("revoked", p.Program(revoked).Get(t, "/api/v1/requests"))
	refuse("expired", p.Program(expired).Get(t, "/api/v1/requests"))
	refuse("malformed", p.Program(good[:len(good)-1]).Get(t, "/api/v1/requests"))
	refuse("upper case", p.Program(strings.ToUpper(good)).Get(t, "/api/v1/requests"))
	other := "x"
	if good[20] == 'x' {
		other = "y"
	}
	refuse("another check sum", p.Program(good[:20]+other+good[21:]).Get(t, "/api/v1/requests"))
	refuse("basic", missing.Get(t, "/api/v1/requests", "Authorization", "Basic "+good))
	refuse("without scheme", missing.Get(t, "/api/v1/requests", "Authorization", good))
	refuse("two", p.Program("").Get(t, "/api/v1/requests", "Authorization", "Bearer "+good+", Bearer "+good))
	refuse("for a customer", missing.Get(t, fmt.Sprintf("/api/v1/for/%d/requests", admin)))

	// Whoever is out takes his tokens along, at the next call.
	person, member, org := madeBy(t, p, "customer-admin", "contacts:read"), madeBy(t, p, "other-customer-admin", "contacts:read"), newToken(t, p, "other-partner")
	for name, text := range map[string]string{"person": person, "member": member} {
		if got := p.Program(text).Get(t, "/api/v1/contacts"); got.Status != 200 {
			t.Errorf("%s before: %d %s", name, got.Status, got.Body)
		}
	}
	change(t, p, `UPDATE person SET state = 'disabled' WHERE id = (SELECT maker_id FROM api_token WHERE prefix = $1)`, prefix(person))
	change(t, p, `UPDATE membership SET state = 'obsolete' WHERE person_id = (SELECT maker_id FROM api_token WHERE prefix = $1)`, prefix(member))
	change(t, p, `UPDATE organisation SET status = 'disabled' WHERE number = $1`, p.World.Organisations["other-partner"].Number)
	refuse("disabled person", p.Program(person).Get(t, "/api/v1/contacts"))
	refuse("ended membership", p.Program(member).Get(t, "/api/v1/contacts"))
	refuse("disabled organisation", p.Program(org).Get(t, "/api/v1/contacts"))
	if got := p.Program(good).Get(t, "/api/v1/requests"); got.Status != 200 {
		t.Errorf("%d", got.Status)
	}
}

func lostRole(t *testing.T, p *apptest.Portal) {
	c := p.Program(madeBy(t, p, "partner-operator", "requests:read", "contacts:read"))
	if got := c.Get(t, "/api/v1/contacts"); got.Status != 200 {
		t.Fatalf("%d", got.Status)
	}
	change(t, p, `DELETE FROM membership_role WHERE role IN ('security-administrator', 'support-advanced') AND membership_id IN (SELECT m.id FROM membership m JOIN organisation o ON o.id = m.org_id
		WHERE o.number = $1)`, p.World.Organisations["partner"].Number)
	got := c.Get(t, "/api/v1/contacts")
	if pr := got.Problem(t); got.Status != 403 || pr.Right != "account.view_contacts" || pr.Scope != "" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func endedPartnership(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["partner"])
	at := fmt.Sprintf("/api/v1/for/%d/requests", p.World.Organisations["customer"].Number)
	if got := c.Get(t, at); got.Status != 200 {
		t.Fatalf("%d", got.Status)
	}
	change(t, p, `UPDATE partnership SET until_at = from_at WHERE partner_id = (SELECT id FROM organisation WHERE number = $1)`, p.World.Organisations["partner"].Number)
	if got := c.Get(t, at); got.Status != 404 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func otherDoors(t *testing.T, p *apptest.Portal) {
	text := p.World.Tokens["customer"]
	c := p.As(t, "customer-admin")
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	session := ""
	for _, cookie := range c.HTTP.Jar.Cookies(u) {
		if cookie.Name == "lodge" {
			session = cookie.Value
		}
	}
	for _, as := range []string{session, "lodge_" + session, "", " ", "lodge_"} {
		if got := p.Program("").Get(t, "/api/v1/requests", "Authorization", "Bearer "+as); got.Status != 401 {
			t.Errorf("%q as a token: %d", as, got.Status)
		}
	}
	if session == "" {
		t.Fatal("no session was found")
	}
	if got := p.Program("").Get(t, "/api/v1/requests", "Cookie", "lodge="+session); got.Status != 401 {
		t.Errorf("a session's cookie at the API: %d", got.Status)
	}
	for _, door := range []string{"/invitation/", "/forgotten/", "/register/"} {
		page := p.Nobody(t)
		page.Get(t, door+text)
		if got := page.Get(t, map[string]string{"/invitation/": "/invitation/open", "/forgotten/": "/forgotten/new", "/register/": "/register/new"}[door]); got.Status == 200 && strings.Contains(got.Body, `name="password"`) {
			t.Errorf("a token opens %s", door)
		}
	}
	if got := p.Program(text).Get(t, "/api/v1/requests"); got.Status != 200 {
		t.Errorf("%d", got.Status)
	}
}

func review(t *testing.T, p *apptest.Portal) {
	text := madeBy(t, p, "customer-admin", "events:read", "contacts:read")
	c := p.As(t, "customer-admin")
	mine := c.Get(t, "/me/tokens")
	if !strings.Contains(mine.Body, prefix(text)) || strings.Contains(mine.Body, text) {
		t.Fatalf("%d", mine.Status)
	}
	if other := p.As(t, "other-customer-admin").Get(t, "/me/tokens"); strings.Contains(other.Body, prefix(text)) {
		t.Error("somebody else's list shows it")
	}
	m := regexp.MustCompile(`action="(/me/tokens/[0-9a-f]+/revoke)"`).FindStringSubmatch(mine.Body)
	if got := p.As(t, "other-customer-admin").Post(t, m[1], url.Values{}); got.Status != 404 {
		t.Errorf("somebody else revokes it: %d", got.Status)
	}
	if got := p.Program(text).Get(t, "/api/v1/contacts"); got.Status != 200 {
		t.Errorf("%d", got.Status)
	}
	if got := c.Post(t, m[1], mine.Hidden()); got.Status != 303 {
		t.Errorf("%d", got.Status)
	}
	if got := p.Program(text).Get(t, "/api/v1/contacts"); got.Status != 401 {
		t.Errorf("%d", got.Status)
	}
}

func TestAttack_ID_33_the_API_takes_no_password(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	for _, who := range p.World.People {
		if who.Key != "customer-admin" {
			continue
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/api/v1/requests", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(who.Email, who.Password)
		if got := apptest.Send(t, r); got.Status != 401 {
			t.Errorf("%d", got.Status)
		}
	}
	var runs int
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		runs, err = store.One[int](tx, `SELECT count(*) FROM limit_try`)
		return err
	})
	if err != nil || runs != 0 {
		t.Errorf("a failure was counted, so a password was looked at: %d %v", runs, err)
	}
}

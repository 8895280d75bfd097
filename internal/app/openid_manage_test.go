package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
)

var shownSecret = regexp.MustCompile(`<code id="secret">([a-z2-7]{32})</code>`)

// connectedByPage: an operator connects a website, which then signs people in.
func connectedByPage(t *testing.T, p *apptest.Portal) {
	operator := p.As(t, "operator")
	at := fmt.Sprintf("/o/%d%s", p.World.Organisations["vendor"].Number, openid.At)
	if list := operator.Get(t, at); list.Status != 200 || !strings.Contains(list.Body, "Halden Academy") {
		t.Errorf("the list: %d", list.Status)
	}
	form := operator.Get(t, at+"/new").Hidden()
	form.Set("name", "Forum by page")
	form.Set("redirects", "http://forum.halden.example/callback")
	wrong := operator.Post(t, at+"/new", form)
	if wrong.Status != 422 || !strings.Contains(wrong.Body, "http://forum.halden.example/callback is no complete https address") || !strings.Contains(wrong.Body, `value="Forum by page"`) {
		t.Errorf("an address that is none: %d %s", wrong.Status, text(wrong.Body))
	}
	form.Set("redirects", "https://forum.halden.example/callback\r\n\r\n https://forum.halden.example/other ")
	form.Set("trusted", "1")
	made := operator.Post(t, at+"/new", form)
	if made.Status != 303 || !strings.HasPrefix(made.Location, at+"/") {
		t.Fatalf("made: %d %s", made.Status, made.Location)
	}
	if again := operator.Post(t, at+"/new", form); again.Location != made.Location {
		t.Errorf("the same form makes another one: %s", again.Location)
	}
	one := made.Location
	shown := operator.Post(t, one+"/secret", operator.Get(t, one).Hidden())
	m := shownSecret.FindStringSubmatch(shown.Body)
	if shown.Status != 200 || m == nil || strings.Contains(operator.Get(t, one).Body, m[1]) {
		t.Fatalf("the secret is not shown, or twice: %d", shown.Status)
	}
	s := website{t, p, strings.TrimPrefix(one, at+"/"), m[1], "https://forum.halden.example/other"}
	member := p.As(t, "customer-member")
	got := s.signIn(member)
	if n := count(t, p, `SELECT count(*) FROM openid_client WHERE secret_hash = $1 OR secret_hash LIKE '%' || $1`, m[1]); n != 0 {
		t.Error("the secret rests as it is")
	}
	// A new secret voids the old one.
	next := shownSecret.FindStringSubmatch(operator.Post(t, one+"/secret", operator.Get(t, one).Hidden()).Body)
	if next == nil || refusedWith(s.refresh(got.Refresh)) != invalidClient {
		t.Error("the old secret is good")
	}
	s.secret = next[1]
	got = s.tokens(s.refresh(got.Refresh))
	changedByPage(t, p, operator, s, one)
	if page := operator.Post(t, one+"/disable", operator.Get(t, one).Hidden()); page.Status != 303 || !strings.Contains(operator.Get(t, one).Body, "Switched off") || s.userinfo(got.Access).Status != 401 {
		t.Errorf("switched off: %d", page.Status)
	}
	if page := operator.Post(t, one+"/enable", operator.Get(t, one).Hidden()); page.Status != 303 || s.code(member) == "" {
		t.Errorf("switched on: %d", page.Status)
	}
	if page := operator.Post(t, one+"/delete", operator.Get(t, one).Hidden()); page.Status != 303 || operator.Get(t, one).Status != 404 || member.Get(t, s.ask()).Status != 400 {
		t.Errorf("removed: %d", page.Status)
	}
	if key := operator.Post(t, at+"/key", operator.Get(t, at).Hidden()); key.Status != 303 {
		t.Errorf("another key: %d", key.Status)
	}
	strangersSeeNoWebsites(t, p, at)
}

func changedByPage(t *testing.T, p *apptest.Portal, operator *apptest.Client, s website, one string) {
	form := operator.Get(t, one).Hidden()
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(operator.Get(t, one).Body)
	if version == nil {
		t.Fatal("the form has no version")
	}
	form.Set("name", "Forum by page, renamed")
	form.Set("redirects", s.redirect)
	form.Set("trusted", "1")
	form.Set("version", version[1])
	if page := operator.Post(t, one, form); page.Status != 303 || !strings.Contains(operator.Get(t, one).Body, "Forum by page, renamed") {
		t.Errorf("changed: %d", page.Status)
	}
	stale := url.Values{"name": {"Lost"}, "redirects": {s.redirect}, "version": {version[1]}}
	if page := operator.Post(t, one, stale); page.Status != 409 || !strings.Contains(page.Body, `value="Lost"`) {
		t.Errorf("a change of an old version: %d", page.Status)
	}
}

func strangersSeeNoWebsites(t *testing.T, p *apptest.Portal, at string) {
	for _, key := range []string{"helpdesk", "release-manager"} {
		if page := p.As(t, key).Get(t, at); page.Status != 403 {
			t.Errorf("%s: %d", key, page.Status)
		}
	}
	for _, key := range []string{"customer-admin", "partner-operator"} {
		if page := p.As(t, key).Get(t, at); page.Status != 404 {
			t.Errorf("%s at the vendor's: %d", key, page.Status)
		}
	}
	if page := p.As(t, "customer-admin").Get(t, fmt.Sprintf("/o/%d%s", p.World.Organisations["customer"].Number, openid.At)); page.Status != 403 {
		t.Errorf("a customer's administrator at his own: %d", page.Status)
	}
}

// Attack_ID_41: a browser that was left alone makes no secret.
func secretsAskAgain(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "proved", nil)
	operator := p.As(t, "operator")
	change(t, p, `UPDATE session SET created_at = $1, proved_at = NULL WHERE person_id = (SELECT id FROM person WHERE email = 'karin.dahl@halden.example')`, time.Now().Add(-time.Hour).UTC())
	at := fmt.Sprintf("/o/%d%s", p.World.Organisations["vendor"].Number, openid.At)
	for _, path := range []string{"/key", "/" + s.id + "/secret", "/" + s.id + "/disable", "/" + s.id + "/delete"} {
		if page := operator.Post(t, at+path, operator.Get(t, at).Hidden()); page.Status != 403 || !strings.Contains(page.Body, `name="_prove"`) {
			t.Errorf("%s an hour later: %d", path, page.Status)
		}
	}
	if s.signIn(p.As(t, "customer-member")).Access == "" {
		t.Error("the secret was changed all the same")
	}
}

// connectedByProgram: the same by the API.
func connectedByProgram(t *testing.T, p *apptest.Portal) {
	vendor := p.Program(p.World.Tokens["vendor"])
	made := vendor.Post(t, "/api/v1/websites", `{"name":"Docs by program","redirects":["https://docs.halden.example/cb"],"trusted":true}`, "Idempotency-Key", "docs")
	var one struct{ ID, Name, State string }
	made.Into(t, &one)
	if made.Status != 201 || one.State != "no_secret" || made.Header.Get("Location") != "/api/v1/websites/"+one.ID {
		t.Fatalf("made: %d %v %s", made.Status, made.Header, made.Body)
	}
	at := "/api/v1/websites/" + one.ID
	var secret struct {
		ClientID string `json:"client_id"`
		Secret   string `json:"client_secret"`
	}
	vendor.Post(t, at+"/secret", "", "Idempotency-Key", "secret").Into(t, &secret)
	if n := count(t, p, `SELECT count(*) FROM once_call WHERE answer LIKE $1`, "%"+secret.Secret+"%"); n != 0 || secret.Secret == "" {
		t.Errorf("the secret rests in %d answers", n)
	}
	s := website{t, p, secret.ClientID, secret.Secret, "https://docs.halden.example/cb"}
	if s.signIn(p.As(t, "customer-member")).Access == "" {
		t.Error("nobody can sign in there")
	}
	read := vendor.Get(t, at)
	changed := vendor.Call(t, "PATCH", at, `{"back_channel":"https://docs.halden.example/logout","trusted":null}`, "If-Match", read.Header.Get("ETag"))
	if changed.Status != 200 || !strings.Contains(changed.Body, `"back_channel":"https://docs.halden.example/logout"`) || !strings.Contains(changed.Body, `"trusted":false`) || !strings.Contains(changed.Body, "docs.halden.example/cb") {
		t.Errorf("changed: %d %s", changed.Status, changed.Body)
	}
	if stale := vendor.Call(t, "PATCH", at, `{"name":"Lost"}`, "If-Match", read.Header.Get("ETag")); stale.Status != 412 {
		t.Errorf("an old version: %d", stale.Status)
	}
	if wrong := vendor.Post(t, "/api/v1/websites", `{"name":"","redirects":["http://docs.halden.example"]}`); wrong.Status != 422 || len(wrong.Problem(t).Errors) != 2 {
		t.Errorf("nothing right: %d %s", wrong.Status, wrong.Body)
	}
	if off := vendor.Post(t, at+"/disable", ""); off.Status != 204 || !strings.Contains(vendor.Get(t, at).Body, `"state":"disabled"`) {
		t.Errorf("disabled: %d", off.Status)
	}
	if on := vendor.Post(t, at+"/enable", ""); on.Status != 204 {
		t.Errorf("enabled: %d", on.Status)
	}
	first := vendor.Get(t, "/api/v1/websites?limit=1")
	if first.Status != 200 || first.Next() == "" || strings.Contains(first.Body, one.ID) || vendor.Get(t, first.Next()).Status != 200 {
		t.Errorf("the list: %d %s", first.Status, first.Body)
	}
	if gone := vendor.Call(t, "DELETE", at, ""); gone.Status != 204 || vendor.Get(t, at).Status != 404 {
		t.Errorf("removed: %d", gone.Status)
	}
	for _, key := range []string{"partner", "customer"} {
		if a := p.Program(p.World.Tokens[key]).Get(t, "/api/v1/websites"); a.Status != 403 {
			t.Errorf("a %s's token: %d", key, a.Status)
		}
	}
}

// signOutHere: an ordinary sign-out passes by the websites that only the browser can tell.
func signOutHere(t *testing.T, p *apptest.Portal) {
	plain, framed := connect(t, p, "plain", nil), connect(t, p, "framed", func(s *openid.Settings) { s.FrontChannel = "https://framed.halden.example/front?a=1" })
	c := fresh(t, p, "customer-member")
	plain.signIn(c)
	if page := c.Post(t, "/sign-out", url.Values{}); page.Location != "/sign-in" {
		t.Errorf("nobody to tell: %s", page.Location)
	}
	c = fresh(t, p, "customer-member")
	_, body := claimsOf(t, framed.signIn(c).ID)
	page := c.Post(t, "/sign-out", url.Values{})
	last := c.Get(t, page.Location)
	want := "https://framed.halden.example/front?a=1&amp;" + strings.ReplaceAll(url.Values{"iss": {p.URL}, "sid": {body["sid"].(string)}}.Encode(), "&", "&amp;")
	if last.Status != 200 || !strings.Contains(last.Body, want) || last.Header.Get("Refresh") != "" || c.Get(t, "/me/").Status != 303 {
		t.Errorf("after a sign-out here: %d %s\nwant %s", last.Status, text(last.Body), want)
	}
}

// keyFileChanges: signing goes on under another key file.
func keyFileChanges(t *testing.T, p *apptest.Portal) {
	s, c := connect(t, p, "keyfile", nil), p.As(t, "customer-member")
	before := s.signIn(c)
	kept, err := p.RotateKeys(t.Context(), func(int) {})
	if err != nil || len(kept) == 0 {
		t.Fatalf("%v %v", kept, err)
	}
	after := s.tokens(s.refresh(before.Refresh))
	head, _ := claimsOf(t, before.ID)
	next, _ := claimsOf(t, after.ID)
	if _, err := verified(t, p, after.ID); err != nil || head["kid"] != next["kid"] {
		t.Errorf("signed with %v, then %v: %v", head["kid"], next["kid"], err)
	}
}

// endsWhatHeHas: people see which websites know them, and sign out there alone.
func endsWhatHeHas(t *testing.T, p *apptest.Portal) {
	s := connect(t, p, "mine", func(s *openid.Settings) { s.Trusted = false })
	c := fresh(t, p, "licensing")
	form := c.Get(t, c.Get(t, s.ask()).Location).Hidden()
	form.Set("answer", "yes")
	to, err := url.Parse(led(c.Post(t, strings.Replace(s.ask(), openid.AuthorizeAt, "/oauth/consent", 1), form)))
	if err != nil {
		t.Fatal(err)
	}
	got := s.tokens(s.exchange(to.Query().Get("code")))
	mine := c.Get(t, "/me/websites")
	if mine.Status != 200 || !strings.Contains(mine.Body, "mine.halden.example") || !strings.Contains(c.Get(t, "/me/security").Body, `href="/me/websites"`) {
		t.Errorf("the list: %d %s", mine.Status, text(mine.Body))
	}
	stranger := fresh(t, p, "customer-member")
	at := "/me/websites/" + s.id + "/revoke"
	if page := stranger.Post(t, at, stranger.Get(t, "/me/websites").Hidden()); page.Status != 404 || s.userinfo(got.Access).Status != 200 {
		t.Errorf("a stranger ends it: %d", page.Status)
	}
	if page := c.Post(t, at, mine.Hidden()); page.Status != 303 || s.userinfo(got.Access).Status != 401 || refusedWith(s.refresh(got.Refresh)) != invalidGrant {
		t.Errorf("ended: %d", page.Status)
	}
	if c.Get(t, "/me/").Status != 200 || strings.Contains(c.Get(t, "/me/websites").Body, "mine.halden.example") || !strings.HasPrefix(c.Get(t, s.ask()).Location, "/oauth/consent?") {
		t.Error("the session here has ended, or the website knows him still")
	}
}

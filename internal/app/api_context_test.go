package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"lodge/internal/app/apptest"
)

func behind(p *apptest.Portal, org, path string) string {
	return fmt.Sprintf("/api/v1/for/%d%s", p.World.Organisations[org].Number, path)
}

// contextInAddress: neither body nor query nor header moves a call into another organisation.
func contextInAddress(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	other := fmt.Sprint(p.World.Organisations["other-customer"].Number)
	body := `{"product":"HAL-DES","kind":"defect","title":"whose","description":"x","severity":2,"organisation":` + other + `}`
	if got := c.Post(t, "/api/v1/requests", body); got.Status != 422 || got.Problem(t).At()[0] != "/organisation" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := c.Post(t, "/api/v1/requests?_org="+other, fmt.Sprintf(anIssue, "whose")); got.Status != 422 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	got := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "whose"), "X-Organisation", other)
	var r struct{ Organisation struct{ Number int64 } }
	got.Into(t, &r)
	if r.Organisation.Number != p.World.Organisations["customer"].Number {
		t.Errorf("%s", got.Body)
	}
}

// rightsElsewhere: the partner's own rights are not those it has for a customer, and nobody has any for whom he does not act.
func rightsElsewhere(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["partner"])
	if got := c.Post(t, "/api/v1/contacts", `{}`); got.Status != 422 {
		t.Errorf("at home: %d", got.Status)
	}
	if got := c.Post(t, behind(p, "customer", "/contacts"), `{}`); got.Status != 403 {
		t.Errorf("its partnership holds no administrator: %d", got.Status)
	}
	for _, org := range []string{"other-customer", "vendor", "partner", "other-partner"} {
		if got := c.Get(t, behind(p, org, "/requests")); got.Status != 404 {
			t.Errorf("for %s: %d", org, got.Status)
		}
	}
	var found struct {
		Organisations []struct{ Number int64 }
		Open          []struct{ Number string }
	}
	c.Get(t, "/api/v1/search?q=Dubois").Into(t, &found)
	if len(found.Organisations) != 0 {
		t.Errorf("%+v", found)
	}
	c.Get(t, "/api/v1/search?q=Kowalski").Into(t, &found)
	if len(found.Organisations) == 0 {
		t.Error("its own customer is not found")
	}
}

// otherSpellings: one address, one decision, whatever the method's name or the path's spelling.
func otherSpellings(t *testing.T, p *apptest.Portal) {
	stranger := p.Program(newToken(t, p, "other-customer"))
	good := p.Program(p.World.Tokens["customer"])
	at := "/api/v1/requests/" + p.World.Example
	for _, path := range []string{at, at + "/", at + ".json", at + ".csv", "/api/v1//requests/" + p.World.Example, "/api/v1/%72equests/" + p.World.Example, "/api/v1/requests%2f" + p.World.Example,
		"/API/v1/requests/" + p.World.Example, "/api/v1/x/../requests/" + p.World.Example, "/api/v1/x/%2e%2e/requests/" + p.World.Example} {
		if got := stranger.Get(t, path); got.Status == 200 || strings.Contains(got.Body, "messages") {
			t.Errorf("%s: %d", path, got.Status)
		}
		if got := p.Program("").Get(t, path); got.Status == 200 {
			t.Errorf("%s for nobody: %d", path, got.Status)
		}
	}
	if got := stranger.Call(t, http.MethodHead, at, ""); got.Status != 404 || got.Body != "" {
		t.Errorf("HEAD: %d", got.Status)
	}
	if got := good.Call(t, http.MethodHead, at, ""); got.Status != 200 || got.Body != "" {
		t.Errorf("HEAD: %d %q", got.Status, got.Body)
	}
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if got := good.Post(t, "/api/v1/contacts", "", header, "GET"); got.Status == 200 {
			t.Errorf("%s decides", header)
		}
	}
	if got := good.Call(t, http.MethodPut, "/api/v1/requests", "{}"); got.Status != 405 || !strings.Contains(got.Header.Get("Allow"), "POST") || got.Problem(t).Code != "api.method" {
		t.Errorf("%d %v", got.Status, got.Header)
	}
}

// notesStay: the canary word of a note is nowhere that the customer or the partner reads.
func notesStay(t *testing.T, p *apptest.Portal) {
	vendor := p.Program(p.World.Tokens["vendor"])
	at := behind(p, "customer", "/requests/"+p.World.Example)
	if got := vendor.Post(t, at+"/messages", `{"text":"zanzibar canary","visibility":"internal"}`); got.Status != 201 || !strings.Contains(got.Body, `"internal"`) {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if got := vendor.Post(t, at+"/messages", `{"text":"zanzibar canary","visibility":"internal","then":"solution-proposed"}`); got.Status != 422 {
		t.Errorf("a note changes what customers see: %d", got.Status)
	}
	for owner, base := range map[string]string{"customer": "/api/v1", "partner": fmt.Sprintf("/api/v1/for/%d", p.World.Organisations["customer"].Number)} {
		c := p.Program(p.World.Tokens[owner])
		for _, path := range []string{"/requests/" + p.World.Example, "/requests/" + p.World.Example + "/messages", "/requests", "/requests?text=zanzibar", "/search?q=zanzibar", "/events?limit=200"} {
			got := c.Get(t, base+path)
			if got.Status != 200 || strings.Contains(got.Body, "zanzibar") || strings.Contains(got.Body, "note_written") {
				t.Errorf("%s reads %s: %d %.300s", owner, path, got.Status, got.Body)
			}
		}
		if got := c.Get(t, base+"/search?q=zanzibar"); strings.Contains(got.Body, p.World.Example) {
			t.Errorf("%s finds the request by the note", owner)
		}
		if got := c.Post(t, base+"/requests/"+p.World.Example+"/messages", `{"text":"x","visibility":"internal"}`); got.Status != 403 {
			t.Errorf("%s writes a note: %d", owner, got.Status)
		}
	}
	if got := vendor.Get(t, at); !strings.Contains(got.Body, "zanzibar") {
		t.Error("the vendor does not read its own note")
	}
}

// nothingRuns: an answer is JSON that no browser takes for a page, and the cleaned text holds nothing that runs.
func nothingRuns(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	evil := `<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))`
	body, err := json.Marshal(map[string]any{"product": "HAL-DES", "kind": "defect", "title": evil, "description": evil, "severity": 2})
	if err != nil {
		t.Fatal(err)
	}
	made := c.Post(t, "/api/v1/requests", string(body))
	got := c.Get(t, made.Header.Get("Location"))
	if made.Status != 201 || !strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") || got.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(got.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d %v", made.Status, got.Header)
	}
	if strings.Contains(got.Body, "<script") {
		t.Errorf("%s", got.Body)
	}
	var r struct{ Messages []struct{ HTML string } }
	got.Into(t, &r)
	for _, m := range r.Messages {
		if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, `href="javascript`) {
			t.Errorf("%s", m.HTML)
		}
	}
	refused := c.Get(t, "/api/v1/requests/"+url.PathEscape(evil))
	if refused.Status != 404 || strings.Contains(refused.Body, "alert") {
		t.Errorf("%d %s", refused.Status, refused.Body)
	}
}

// filesComeAndGo: multipart in, bytes and ranges out, and not for strangers.
func filesComeAndGo(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	at := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "with files")).Header.Get("Location")
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("files", "log.txt")
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte("0123456789"))
	form.WriteField("text", "the log")
	form.Close()
	send := func(key string) apptest.Answer {
		return c.Post(t, at+"/files", b.String(), "Content-Type", form.FormDataContentType(), "Idempotency-Key", key)
	}
	got := send("one")
	var list struct {
		Items []struct{ ID, Name, SHA256 string }
	}
	got.Into(t, &list)
	if got.Status != 201 || len(list.Items) != 1 || list.Items[0].Name != "log.txt" {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	again := send("one")
	if again.Status != 201 || again.Body != got.Body {
		t.Errorf("again: %d %s", again.Status, again.Body)
	}
	if files := c.Get(t, at+"/files"); strings.Count(files.Body, "log.txt") != 1 {
		t.Errorf("%s", files.Body)
	}
	file := at + "/files/" + list.Items[0].ID
	if got := c.Get(t, file); got.Status != 200 || got.Body != "0123456789" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %s %v", got.Status, got.Body, got.Header)
	}
	if got := c.Get(t, file, "Range", "bytes=2-4"); got.Status != 206 || got.Body != "234" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := p.Program(newToken(t, p, "other-customer")).Get(t, file); got.Status != 404 {
		t.Errorf("a stranger: %d", got.Status)
	}
	if got := c.Post(t, at+"/files", "{}"); got.Status != 415 {
		t.Errorf("%d", got.Status)
	}
}

// releaseToDownload: made, filled, published by the vendor's token, taken by the customer's.
func releaseToDownload(t *testing.T, p *apptest.Portal) {
	vendor, customer := p.Program(p.World.Tokens["vendor"]), p.Program(p.World.Tokens["customer"])
	made := vendor.Post(t, "/api/v1/releases", `{"product":"HAL-DES","channel":"hotfix","version":"8.9.9","date":"2026-05-03","notes":"*Mended.*"}`)
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	at := made.Header.Get("Location")
	if got := vendor.Call(t, http.MethodPut, at+"/files/setup-8.9.9.exe?platform=windows&arch=x64", "the program", "Content-Type", "application/octet-stream"); got.Status != 201 || !strings.Contains(got.Body, `"sha512"`) {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	cut := vendor.Call(t, http.MethodPut, at+"/files/cut.exe?platform=plan9", "x", "Content-Type", "application/octet-stream")
	if cut.Status != 422 || cut.Problem(t).At()[0] != "/platform" {
		t.Errorf("%d %s", cut.Status, cut.Body)
	}
	if got := customer.Get(t, "/api/v1/downloads?text=8.9.9"); strings.Contains(got.Body, "setup-8.9.9") {
		t.Error("a draft is offered")
	}
	if got := vendor.Post(t, at+"/publish", ""); got.Status != 428 {
		t.Errorf("%d", got.Status)
	}
	tag := vendor.Get(t, at).Header.Get("ETag")
	if got := vendor.Post(t, at+"/publish", "", "If-Match", tag); got.Status != 200 || !strings.Contains(got.Body, `"published"`) {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	var list struct {
		Items []struct {
			ID, Name, Version string
			Included          bool
		}
	}
	customer.Get(t, "/api/v1/downloads?text=8.9.9").Into(t, &list)
	if len(list.Items) != 1 || !list.Items[0].Included {
		t.Fatalf("%+v", list)
	}
	if got := customer.Get(t, "/api/v1/downloads/"+list.Items[0].ID); got.Status != 200 || got.Body != "the program" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := customer.Get(t, "/api/v1/downloads/history"); !strings.Contains(got.Body, "setup-8.9.9.exe") {
		t.Errorf("%s", got.Body)
	}
	if got := vendor.Post(t, at+"/withdraw", `{"reason":"broken"}`); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := customer.Get(t, "/api/v1/downloads/"+list.Items[0].ID); got.Status != 404 {
		t.Errorf("%d", got.Status)
	}
}

// referenceForEverybody: without sign-in, without script, with every operation on it.
func referenceForEverybody(t *testing.T, p *apptest.Portal) {
	page := p.Nobody(t).Get(t, "/docs")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page.Body))
	if err != nil || page.Status != 200 {
		t.Fatalf("%d %v", page.Status, err)
	}
	doc.Find("script[src], link[href], img[src]").Each(func(_ int, s *goquery.Selection) {
		for _, name := range []string{"src", "href"} {
			if to, ok := s.Attr(name); ok && !strings.HasPrefix(to, "/assets/") {
				t.Errorf("the page loads %s", to)
			}
		}
	})
	for _, op := range p.API.Operations {
		if !op.For && !strings.Contains(page.Body, op.Method+" "+op.Path) {
			t.Errorf("%s %s is not on the page", op.Method, op.Path)
		}
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if ids[id] {
			t.Errorf("two elements are called %s", id)
		}
		ids[id] = true
	})
	doc.Find(`main a[href^="#"]`).Each(func(_ int, s *goquery.Selection) {
		if to, _ := s.Attr("href"); !ids[to[1:]] {
			t.Errorf("%s leads nowhere", to)
		}
	})
	if got := p.As(t, "customer-admin").Get(t, "/docs"); got.Status != 200 {
		t.Errorf("signed in: %d", got.Status)
	}
}

// nothingOfTheInside: a database that fails shows a reference and nothing else. It comes last: its portal has no database afterwards.
func nothingOfTheInside(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	secret := errors.New("SELECT secret FROM api_token at /srv/lodge.go:12")
	p.Store.Trace = func(ctx context.Context, q string) {
		if apptest.OfAPage(ctx) && strings.Contains(q, "ticket") {
			panic(secret)
		}
	}
	defer func() { p.Store.Trace = nil }()
	for _, language := range []string{"en", "pl"} {
		got := c.Get(t, "/api/v1/requests", "Accept-Language", language)
		pr := got.Problem(t)
		if got.Status != 500 || pr.Code != "fault.internal" || strings.Contains(got.Body, "SELECT") || strings.Contains(got.Body, ".go") || strings.Contains(got.Body, "panic") || got.Header.Get("Content-Language") != language {
			t.Errorf("%d %v %s", got.Status, got.Header, got.Body)
		}
	}
}

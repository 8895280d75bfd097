package app_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

func merge(c *apptest.Program, t *testing.T, at, body, match string) apptest.Answer {
	t.Helper()
	return c.Call(t, http.MethodPatch, at, body, "Content-Type", "application/merge-patch+json", "If-Match", match)
}

// TestAPI_doors: what pages can do beyond requests and customers.
func TestAPI_doors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		unlimited(p)
		for _, test := range []struct {
			name string
			run  func(*testing.T, *apptest.Portal)
		}{
			{"a_product_is_added_changed_and_retired", catalogueByProgram},
			{"an_order_is_placed_followed_and_answered", ordersByProgram},
			{"Attack_ACC_05_the_right_to_orders_shows_no_request", ordersOnly},
			{"keys_and_signatures_of_releases", signedByProgram},
			{"Attack_API_04_what_a_published_release_keeps_is_refused", publishedStays},
			{"FILE_03_an_upload_in_parts_by_token", partsByToken},
			{"a_refusal_names_the_right_and_whom_to_ask", whomToAsk},
			{"Attack_API_06_a_key_covers_what_files_hold", filesCount},
			{"what_was_made_stands_where_the_answer_says", standsThere},
		} {
			t.Run(test.name, func(t *testing.T) { test.run(t, p) })
		}
	})
}

func catalogueByProgram(t *testing.T, p *apptest.Portal) {
	c, at := p.Program(newToken(t, p, "vendor", "catalogue:read", "catalogue:write")), "/api/v1/catalogue"
	first := c.Post(t, at, `{"code":"KILN-1","name":"Kiln","scheme":"semver"}`, "Idempotency-Key", "kiln")
	again := c.Post(t, at, `{"code":"KILN-1","name":"Kiln","scheme":"semver"}`, "Idempotency-Key", "kiln")
	one := first.Header.Get("Location")
	if first.Status != 201 || !strings.Contains(first.Body, `"slug":"kiln-1"`) || again.Header.Get("Location") != one {
		t.Fatalf("%d %s, %d %s", first.Status, first.Body, again.Status, again.Body)
	}
	if got := c.Post(t, at, `{"code":"kiln-1","name":"Other"}`); got.Status != 409 || fmt.Sprint(got.Problem(t).At()) != "[/code]" {
		t.Errorf("the code in small letters: %d %s", got.Status, got.Body)
	}
	if got := c.Post(t, at, `{"code":"K2","name":"","scheme":"roman"}`); got.Status != 422 || len(got.Problem(t).At()) != 2 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	changed := merge(c, t, one, `{"status":"retired","portal":"https://licences.example/"}`, first.Header.Get("ETag"))
	if changed.Status != 200 || !strings.Contains(changed.Body, `"retired"`) || !strings.Contains(changed.Body, `"semver"`) {
		t.Errorf("%d %s", changed.Status, changed.Body)
	}
	if got := merge(c, t, one, `{"name":"x"}`, first.Header.Get("ETag")); got.Status != 412 {
		t.Errorf("API_11: %d", got.Status)
	}
	if got := merge(c, t, one, `{"code":"x"}`, changed.Header.Get("ETag")); got.Status != 422 {
		t.Errorf("its code: %d", got.Status)
	}
	if got := c.Get(t, at+"?status=retired"); got.Status != 200 || !strings.Contains(got.Body, "KILN-1") || strings.Contains(got.Body, "HAL-DES") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	seen, n := c.Get(t, at+"?limit=1"), 0
	for ; seen.Status == 200 && seen.Next() != "" && n < 50; n++ {
		seen = c.Get(t, seen.Next())
	}
	if all := count(t, p, `SELECT count(*) FROM product`); n != all-1 {
		t.Errorf("%d pages of one, %d products", n+1, all)
	}
}

func ordersByProgram(t *testing.T, p *apptest.Portal) {
	customer, vendor := p.Program(newToken(t, p, "customer", "orders:write")), p.Program(p.World.Tokens["vendor"])
	body := `{"product":"HAL-VOI","text":"For **twelve** phones"}`
	made := customer.Post(t, "/api/v1/orders", body, "Idempotency-Key", "renew")
	at := made.Header.Get("Location")
	number := at[strings.LastIndex(at, "/")+1:]
	if made.Status != 201 || !strings.HasPrefix(number, "OR-") || !strings.Contains(made.Body, "twelve") {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	if second := customer.Post(t, "/api/v1/orders", `{"product":"HAL-VOI"}`); second.Status != 200 || second.Header.Get("Location") != at || second.Header.Get("ETag") == "" {
		t.Errorf("while it is open: %d %s", second.Status, second.Header.Get("Location"))
	}
	if again := customer.Post(t, "/api/v1/orders", body, "Idempotency-Key", "renew"); again.Status != 201 || again.Header.Get("Idempotency-Replayed") == "" {
		t.Errorf("the same call: %d %v", again.Status, again.Header)
	}
	if got := customer.Post(t, "/api/v1/orders", `{"product":"nonsense"}`); got.Status != 404 {
		t.Errorf("a product that it has not: %d %s", got.Status, got.Body)
	}
	if got := customer.Get(t, "/api/v1/orders"); got.Status != 200 || !strings.Contains(got.Body, number) || strings.Contains(got.Body, `"SR-`) {
		t.Errorf("list: %d %s", got.Status, got.Body)
	}
	if got := vendor.Get(t, behind(p, "customer", "/orders/"+number)); got.Status != 200 {
		t.Errorf("the vendor: %d %s", got.Status, got.Body)
	}
	if got := vendor.Post(t, behind(p, "customer", "/orders/"+number+"/messages"), `{"text":"canary of the desk","visibility":"internal"}`); got.Status != 201 {
		t.Errorf("note: %d %s", got.Status, got.Body)
	}
	if got := vendor.Post(t, behind(p, "customer", "/orders/"+number+"/state"), `{"state":"vendor-analysis"}`); got.Status != 200 || !strings.Contains(got.Body, "vendor-analysis") {
		t.Errorf("state: %d %s", got.Status, got.Body)
	}
	if got := customer.Post(t, at+"/messages", `{"text":"Thirteen, please"}`); got.Status != 201 {
		t.Errorf("answer: %d %s", got.Status, got.Body)
	}
	got := customer.Get(t, at+"/messages")
	if !strings.Contains(got.Body, "Thirteen") || strings.Contains(got.Body, "canary") {
		t.Errorf("SUP_03: %s", got.Body)
	}
	var seen struct{ Items []struct{ Seq int } }
	got.Into(t, &seen)
	for i, m := range seen.Items {
		if m.Seq != i+1 {
			t.Errorf("SUP_03: a gap tells of the note: %v", seen.Items)
		}
	}
	if got := p.Program(newToken(t, p, "other-customer")).Get(t, at); got.Status != 404 {
		t.Errorf("another customer: %d", got.Status)
	}
}

func ordersOnly(t *testing.T, p *apptest.Portal) {
	c := p.Program(newToken(t, p, "customer", "orders:write"))
	for _, path := range []string{"", "/messages", "/files", "/actions"} {
		if got := c.Get(t, "/api/v1/orders/"+p.World.Example+path); got.Status != 404 {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	if got := c.Post(t, "/api/v1/orders/"+p.World.Example+"/messages", `{"text":"x"}`); got.Status != 404 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	const files = "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nabc\r\n--x--\r\n"
	if got := c.Post(t, "/api/v1/orders/"+p.World.Example+"/files", files, "Content-Type", "multipart/form-data; boundary=x"); got.Status != 404 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := c.Get(t, "/api/v1/requests/"+p.World.Example); got.Status != 403 {
		t.Errorf("%d", got.Status)
	}
	if got := p.Program(p.World.Tokens["customer"]).Get(t, "/api/v1/requests/"+p.World.Example); got.Status != 200 {
		t.Errorf("%d", got.Status)
	}
}

func signedByProgram(t *testing.T, p *apptest.Portal) {
	vendor, customer := p.Program(p.World.Tokens["vendor"]), p.Program(p.World.Tokens["customer"])
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	added := vendor.Post(t, "/api/v1/release-keys", fmt.Sprintf(`{"name":"Signing room","public":%q,"from":"2026-01-01"}`, hex.EncodeToString(public)))
	if added.Status != 201 {
		t.Fatalf("%d %s", added.Status, added.Body)
	}
	if got := vendor.Post(t, "/api/v1/release-keys", fmt.Sprintf(`{"name":"Twice","public":%q,"from":"2026-01-01"}`, hex.EncodeToString(public))); got.Status != 409 {
		t.Errorf("the same key twice: %d", got.Status)
	}
	made := vendor.Post(t, "/api/v1/releases", `{"product":"HAL-DES","channel":"stable","version":"9.7.1","date":"2026-05-03"}`)
	at := made.Header.Get("Location")
	vendor.Call(t, http.MethodPut, at+"/files/signed.exe", "the program", "Content-Type", "application/octet-stream")
	sign := func(text string) apptest.Answer {
		return vendor.Call(t, http.MethodPut, at+"/files/signed.exe/signature", fmt.Sprintf(`{"signature":%q}`, text))
	}
	product := productID(t, p, "HAL-DES")
	if got := sign(signedAs(t, private, product, "another program")); got.Status != 422 || fmt.Sprint(got.Problem(t).At()) != "[/signature]" {
		t.Errorf("another file's signature: %d %s", got.Status, got.Body)
	}
	text := signedAs(t, private, product, "the program")
	if got := sign(text); got.Status != 204 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	now := vendor.Get(t, at)
	if !strings.Contains(now.Body, `"state":"signed"`) {
		t.Errorf("%s", now.Body)
	}
	if got := vendor.Post(t, at+"/publish", "", "If-Match", now.Header.Get("ETag")); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	var list struct{ Items []struct{ ID string } }
	customer.Get(t, "/api/v1/downloads?text=9.7.1").Into(t, &list)
	if len(list.Items) != 1 {
		t.Fatalf("%+v", list)
	}
	if got := customer.Get(t, "/api/v1/downloads/"+list.Items[0].ID+"/signature"); got.Status != 200 || strings.TrimSpace(got.Body) != strings.TrimSpace(text) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	var key struct{ ID string }
	added.Into(t, &key)
	if got := vendor.Post(t, "/api/v1/release-keys/"+key.ID+"/end", `{"until":"2026-01-02"}`); got.Status != 204 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := vendor.Get(t, "/api/v1/release-keys"); !strings.Contains(got.Body, `"until":"2026-01-02"`) {
		t.Errorf("%s", got.Body)
	}
	if got := customer.Get(t, "/api/v1/release-keys"); got.Status != 403 {
		t.Errorf("%d", got.Status)
	}
}

func publishedStays(t *testing.T, p *apptest.Portal) {
	vendor := p.Program(p.World.Tokens["vendor"])
	made := vendor.Post(t, "/api/v1/releases", `{"product":"HAL-DES","channel":"stable","version":"9.7.2","date":"2026-05-03"}`)
	at := made.Header.Get("Location")
	vendor.Call(t, http.MethodPut, at+"/files/stays.exe", "the program", "Content-Type", "application/octet-stream")
	draft := vendor.Get(t, at)
	if got := vendor.Post(t, at+"/publish", "", "If-Match", draft.Header.Get("ETag")); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	now := vendor.Get(t, at)
	got := merge(vendor, t, at, `{"title":"Better","version":"9.7.3","mandatory":true,"channel":"stable"}`, now.Header.Get("ETag"))
	if pr := got.Problem(t); got.Status != 409 || pr.Code != "release.published_fixed" || fmt.Sprint(pr.At()) != "[/version /mandatory]" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if after := vendor.Get(t, at); after.Body != now.Body {
		t.Errorf("part of it was written: %s", after.Body)
	}
	if got := merge(vendor, t, at, `{"title":"Better","version":"9.7.2"}`, now.Header.Get("ETag")); got.Status != 200 || !strings.Contains(got.Body, "Better") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func partsByToken(t *testing.T, p *apptest.Portal) {
	vendor := p.Program(madeBy(t, p, "release-manager", "releases:write", "releases:read"))
	release := vendor.Post(t, "/api/v1/releases", `{"product":"HAL-DES","channel":"beta","version":"9.7.4","date":"2026-05-03"}`)
	var r struct{ ID string }
	release.Into(t, &r)
	content := strings.Repeat("0123456789", 50_000)
	tus := func(c *apptest.Program, method, at, body string, header ...string) apptest.Answer {
		return c.Call(t, method, at, body, append([]string{"Tus-Resumable", "1.0.0", "Content-Type", ""}, header...)...)
	}
	part := func(c *apptest.Program, at, body string, offset int) apptest.Answer {
		return tus(c, http.MethodPatch, at, body, "Content-Type", "application/offset+octet-stream", "Upload-Offset", fmt.Sprint(offset))
	}
	named := about("release", r.ID, "filename", "parts.tar", "kind", "archive", "platform", "linux")
	begun := tus(vendor, http.MethodPost, "/api/v1/uploads", "", "Upload-Length", fmt.Sprint(len(content)), "Upload-Metadata", named)
	at := begun.Header.Get("Location")
	if begun.Status != 201 || !strings.HasPrefix(at, "/api/v1/uploads/") || begun.Header.Get("Upload-Expires") == "" {
		t.Fatalf("begin: %d %v %s", begun.Status, begun.Header, begun.Body)
	}
	if got := part(vendor, at, content[:200_000], 0); got.Status != 204 || got.Header.Get("Upload-Offset") != "200000" {
		t.Fatalf("part: %d %v %s", got.Status, got.Header, got.Body)
	}
	if got := part(p.Program(newToken(t, p, "vendor", "releases:write")), at, content[200_000:], 200_000); got.Status != 404 {
		t.Errorf("another token of the vendor: %d %s", got.Status, got.Body)
	}
	if got := part(p.Program(newToken(t, p, "vendor", "releases:read")), at, "x", 200_000); got.Status != 403 || got.Problem(t).Scope != "releases:write" {
		t.Errorf("too small a scope: %d %s", got.Status, got.Body)
	}
	if got := part(p.Program(p.World.Tokens["customer"]), at, "x", 200_000); got.Status != 403 {
		t.Errorf("a customer: %d", got.Status)
	}
	if got := part(vendor, at, content, 0); got.Status != 409 {
		t.Errorf("the first part again: %d %s", got.Status, got.Body)
	}
	if got := tus(vendor, http.MethodHead, at, ""); got.Status != 200 || got.Header.Get("Upload-Offset") != "200000" {
		t.Errorf("HEAD: %d %v", got.Status, got.Header)
	}
	if got := part(vendor, at, content[200_000:], 200_000); got.Status != 204 {
		t.Fatalf("last part: %d %s", got.Status, got.Body)
	}
	if got := vendor.Get(t, "/api/v1/releases/"+r.ID+"/files/parts.tar"); got.Status != 200 || got.Body != content {
		t.Errorf("%d, %d bytes", got.Status, len(got.Body))
	}
	if got := tus(vendor, http.MethodPost, "/api/v1/uploads", "", "Upload-Length", "3", "Upload-Metadata", about("release", "nonsense", "filename", "x")); got.Status != 404 {
		t.Errorf("no release: %d %s", got.Status, got.Body)
	}
	gone := tus(vendor, http.MethodPost, "/api/v1/uploads", "", "Upload-Length", "3", "Upload-Metadata", about("release", r.ID, "filename", "x.tar")).Header.Get("Location")
	if got := tus(vendor, http.MethodDelete, gone, ""); got.Status != 204 {
		t.Errorf("stop: %d %s", got.Status, got.Body)
	}
	if got := tus(vendor, http.MethodHead, gone, ""); got.Status != 404 {
		t.Errorf("after it was stopped: %d", got.Status)
	}
}

func whomToAsk(t *testing.T, p *apptest.Portal) {
	c := p.Program(madeBy(t, p, "partner-operator", "contacts:write", "contacts:read", "requests:read"))
	got := c.Post(t, behind(p, "customer", "/contacts"), `{"first_name":"A","last_name":"B","email":"a@b.example"}`, "Accept-Language", "pl")
	var pr struct {
		Right     string
		RightName string `json:"right_name"`
		Ask       []struct{ Name, As, Mail string }
	}
	got.Into(t, &pr)
	if got.Status != 403 || pr.Right != "account.invite" || pr.RightName == "" || pr.RightName == pr.Right || len(pr.Ask) == 0 || pr.Ask[0].Name == "" || !strings.Contains(pr.Ask[0].Mail, "@") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	page := p.As(t, "partner-operator").Get(t, fmt.Sprintf("/o/%d/for/%d/contacts/new", p.World.Organisations["partner"].Number, p.World.Organisations["customer"].Number))
	if page.Status != 403 || !slices.ContainsFunc(pr.Ask, func(h struct{ Name, As, Mail string }) bool { return strings.Contains(page.Body, h.Mail) }) {
		t.Errorf("the page names somebody else: %d", page.Status)
	}
	scope := p.Program(madeBy(t, p, "customer-admin", "contacts:read")).Post(t, "/api/v1/contacts", `{}`)
	if s := scope.Problem(t); scope.Status != 403 || s.Scope != "contacts:write" || strings.Contains(scope.Body, `"ask"`) {
		t.Errorf("a scope is nobody's to give but its maker's: %d %s", scope.Status, scope.Body)
	}
}

func filesCount(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	made := c.Post(t, "/api/v1/requests", fmt.Sprintf(anIssue, "with files"))
	at := made.Header.Get("Location") + "/files"
	send := func(content string) apptest.Answer {
		body := "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"trace.log\"\r\n\r\n" + content + "\r\n--x--\r\n"
		return c.Post(t, at, body, "Content-Type", "multipart/form-data; boundary=x", "Idempotency-Key", "files")
	}
	first := send("what happened")
	if first.Status != 201 || strings.Count(first.Body, `"name":"trace.log"`) != 1 {
		t.Fatalf("%d %s", first.Status, first.Body)
	}
	if again := send("what happened"); again.Status != 201 || again.Body != first.Body {
		t.Errorf("the same again: %d %s", again.Status, again.Body)
	}
	if other := send("something else"); other.Status != 422 || other.Problem(t).Code != "api.key_reused" {
		t.Errorf("another content of that name: %d %s", other.Status, other.Body)
	}
	if n := count(t, p, `SELECT count(*) FROM ticket_file WHERE name = 'trace.log'`); n != 1 {
		t.Errorf("%d files", n)
	}
}

func standsThere(t *testing.T, p *apptest.Portal) {
	c := p.Program(p.World.Tokens["customer"])
	for at, body := range map[string]string{
		"/contacts": `{"first_name":"Lena","last_name":"Zawada","email":"lena.zawada@kowalski-maszyny.example"}`,
		"/requests": `{"product":"HAL-DES","kind":"question","title":"Where it stands","description":"x","severity":4}`,
		"/requests/" + p.World.Example + "/messages": `{"text":"one more"}`,
	} {
		made := c.Post(t, "/api/v1"+at, body)
		if got := c.Get(t, made.Header.Get("Location")); made.Status != 201 || got.Status != 200 {
			t.Errorf("%s: %d %q leads to %d", at, made.Status, made.Header.Get("Location"), got.Status)
		}
		if got := p.Program(newToken(t, p, "other-customer", "requests:read", "contacts:read")).Get(t, made.Header.Get("Location")); got.Status != 404 {
			t.Errorf("%s, another customer: %d", at, got.Status)
		}
	}
}

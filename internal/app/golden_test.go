package app_test

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store/storetest"
)

// onADay is a portal with the demo world whose clock began to run on a Thursday morning, so that its dates are always the same.
func onADay(t *testing.T) *apptest.Portal {
	t.Helper()
	day := time.Date(2026, 11, 19, 9, 0, 0, 0, time.UTC)
	return byClock(t, clock.Shifted{By: day.Sub(clock.Real{}.Now())})
}

// byClock is a portal with the demo world that goes by a clock.
func byClock(t *testing.T, now clock.Clock) *apptest.Portal {
	t.Helper()
	cfg := apptest.Config(t.TempDir(), now)
	cfg.Database = "sqlite:" + storetest.LitePath(t)
	return apptest.Make(t, cfg)
}

// moving is what differs from one run to the next, and what stands for it.
var moving = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`(?s)<style nonce="[^"]*">`), `<style>`}, {regexp.MustCompile(` nonce="[^"]*"`), ""},
	{regexp.MustCompile(`name="_key" value="[^"]*"`), `name="_key" value="KEY"`},
	{regexp.MustCompile(`data-passkey="[^"]*"`), `data-passkey="OPTIONS"`},
	{regexp.MustCompile(`/assets/(\w+)\.[0-9a-f]+\.`), "/assets/$1."},
	{regexp.MustCompile(`\bE-[0-9A-HJKMNP-TV-Z]{8}\b`), "E-REFERENCE"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "ID"},
	{regexp.MustCompile(`\b(SR|OR|LK|[A-Z]{2})-[0-9A-Z]{4}-[0-9A-Z]{4}(-[0-9A-Z]{1,4})*\b`), "$1-NUMBER"},
	{regexp.MustCompile(`\d\d(:|%3A)\d\d((:|%3A)\d\d(\.\d+)?Z?)?\b`), "TIME"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`\blodge_[0-9a-z]{6}\b`), "lodge_PREFIX"},
}

func goldenPage(t *testing.T, name string, status int, page apptest.Page, whole bool) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%s: answer %d, want %d", name, page.Status, status)
		return
	}
	got := page.Body
	if !whole {
		_, rest, ok := strings.Cut(got, `<main `)
		if !ok {
			t.Fatalf("%s has no main part:\n%s", name, got)
		}
		got, _, _ = strings.Cut(rest, `<footer class="l-foot"`)
		_, got, _ = strings.Cut(got, ">")
	}
	for _, m := range moving {
		got = m.what.ReplaceAllString(got, m.as)
	}
	got = strings.TrimSpace(got) + "\n"
	file := filepath.Join("testdata", "pages", name+".html")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another; rewrite it with -update and read the diff:\n%s", file, diff(string(want), got))
	}
}

func TestGolden_pages_that_gather(t *testing.T) {
	p := onADay(t)
	at := func(key, rest string) string {
		return fmt.Sprintf("/o/%d/%s", p.World.Organisations[key].Number, rest)
	}
	for _, page := range []struct {
		name, who, path string
		status          int
		whole           bool // with the frame, navigation and switcher
	}{
		{"home-customer", "customer-admin", at("customer", ""), 200, true},
		{"home-partner", "partner-operator", at("partner", ""), 200, true},
		{"home-staff", "helpdesk", at("vendor", ""), 200, true},
		{"home-site", "two-numbers", at("customer-site", ""), 200, true},
		{"events", "customer-admin", at("customer", "events"), 200, false},
		{"search", "support-advanced", at("customer", "search?q=licence"), 200, false},
		{"search-nothing", "support-advanced", at("customer", "search?q=unfindable"), 200, false},
		{"refused", "customer-support", at("customer", "contacts"), 403, false},
		{"missing", "customer-support", at("customer", "requests/SR-0000-0007"), 404, false},
	} {
		goldenPage(t, page.name, page.status, p.As(t, page.who).Get(t, page.path), page.whole)
	}
	c := p.As(t, "customer-support")
	form := url.Values{"_org": {fmt.Sprint(p.World.Organisations["customer-site"].Number)}, "_seen": {"0"}, "_key": {"k"}, "kind": {"question"},
		"title": {"Typed in another tab"}, "description": {"Long and <b>carefully</b> written,\non two lines."}}
	goldenPage(t, "stale", 409, c.Post(t, at("customer", "requests/new"), form), false)
	form.Set("_org", fmt.Sprint(p.World.Organisations["customer"].Number))
	goldenPage(t, "signed-out", 401, p.Nobody(t).Post(t, at("customer", "requests/new"), form), false)
}

func TestGolden_pages_of_tokens_customers_and_product_types(t *testing.T) {
	p := onADay(t)
	at := func(key, rest string) string {
		return fmt.Sprintf("/o/%d/%s", p.World.Organisations[key].Number, rest)
	}
	for _, page := range []struct{ name, who, path string }{
		{"tokens", "customer-admin", at("customer", "settings/api")},
		{"token-new", "customer-admin", at("customer", "settings/api/new")},
		{"tokens-mine", "customer-admin", "/me/tokens"},
		{"websites-mine", "customer-admin", "/me/websites"},
		{"websites", "operator", at("vendor", "settings/websites")},
		{"website-new", "operator", at("vendor", "settings/websites/new")},
		{"customers", "partner-operator", at("partner", "customers")},
		{"customers-none", "other-partner", at("other-partner", "customers")},
		{"customer-new", "partner-operator", at("partner", "customers/new")},
		{"customer", "partner-operator", at("partner", fmt.Sprintf("customers/%d", count(t, p, `SELECT number FROM organisation WHERE name = 'Atelier Marchand'`)))},
		{"product-types", "billing-desk", at("vendor", "catalogue/types")},
		{"product-type-new", "billing-desk", at("vendor", "catalogue/types/new")},
		{"product-type", "operator", at("vendor", "catalogue/types/voice-call-centre")},
		{"resellers", "operator", at("vendor", "catalogue/resellers")},
		{"reseller", "operator", at("vendor", fmt.Sprintf("catalogue/resellers/%d", p.World.Organisations["partner"].Number))},
	} {
		goldenPage(t, page.name, 200, p.As(t, page.who).Get(t, page.path), false)
	}
	maker := p.As(t, "customer-admin")
	form := maker.Get(t, at("customer", "settings/api/new")).Hidden()
	form["name"], form["scopes"], form["days"] = []string{""}, []string{"contacts:read"}, []string{"30"}
	goldenPage(t, "token-refused", 422, maker.Post(t, at("customer", "settings/api/new"), form), false)
	desk := p.As(t, "billing-desk")
	goldenPage(t, "product-type-refused", 422, desk.Post(t, at("vendor", "catalogue/types/new"), desk.Get(t, at("vendor", "catalogue/types/new")).Hidden()), false)
}

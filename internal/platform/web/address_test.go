package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/platform/web"
)

func TestAttack_ID_26_OnlyOwnAbsolutePathsAreFollowed(t *testing.T) {
	for _, bad := range []string{
		"", "evil", "//evil.test", `/\evil.test`, `\\evil.test`, "/%2f%2fevil.test", "/%2F/evil.test", "/%5cevil.test", "https:evil.test",
		"https://evil.test/", "javascript:alert(1)", "JaVaScRiPt://%0aalert(1)", "@evil.test", "http://127.0.0.1:8080@evil.test/", "\t/evil", "/\tevil", "/\t/evil.test",
		"/a\nLocation: x", "/a\r\n", "/a b", "/a\\b", "/./evil", "/../evil", "/a/../../evil", "/a//b", "/%2e%2e/evil", "/%00", "/\u0085/evil",
		"/\u00a0"[:2], " /a", "data:text/html,x", "/" + strings.Repeat("a", 10<<10), "?a=1", "#x", "///evil.test", "/%zz",
	} {
		if got := web.OwnPath(bad); got != "" {
			t.Errorf("%q is followed to %q", bad, got)
		}
	}
	for good, want := range map[string]string{
		"/": "/", "/o/20417/": "/o/20417/", "/o/20417/requests?state=open&q=a%20b": "/o/20417/requests?state=open&q=a%20b",
		"/o/20417/requests/SR-7K3M-Q2XS#m-3": "/o/20417/requests/SR-7K3M-Q2XS", "/@x": "/@x", "/sign-in?next=//evil.test": "/sign-in?next=//evil.test",
	} {
		if got := web.OwnPath(good); got != want {
			t.Errorf("%q became %q, want %q", good, got, want)
		}
	}
}

func TestAttack_ID_26_ASignInLeadsToOwnPathsOnly(t *testing.T) {
	d := open(t, loopback)
	for next, want := range map[string]string{"//evil.test": "/o/20417/", "https://evil.test": "/o/20417/", "/o/20417/lend": "/o/20417/lend"} {
		w := d.post("", "/sign-in", url.Values{"next": {next}})
		if got := w.Header().Get("Location"); w.Code != 303 || got != want {
			t.Errorf("next=%q: %d to %q, want %q", next, w.Code, got, want)
		}
	}
}

func TestPlaceReadsTheAddressItself(t *testing.T) {
	for address, want := range map[string][2]int64{
		"/o/20417/": {20417, 0}, "/o/20417": {20417, 0}, "/o/10010/for/20417/requests/X": {10010, 20417}, "/o/10010/forum": {10010, 0},
		"/o/020417/": {}, "/o/-1/": {}, "/o/+20417/": {}, "/o/0/": {}, "/o/x/": {}, "/o/": {}, "/o/10010/for": {}, "/o/10010/for/x/": {}, "/me/1": {}, "/O/1/": {},
		"/o/99999999999999999999/": {},
	} {
		number, customer, ok := web.Place(&http.Request{URL: &url.URL{Path: address}})
		if ok != (want[0] != 0) || ok && (number != want[0] || customer != want[1]) {
			t.Errorf("%s: %d %d %v", address, number, customer, ok)
		}
	}
}

func TestAttack_ACC_11_TheSameDecisionForEverySpellingOfAnAddress(t *testing.T) {
	d := open(t, loopback)
	for _, method := range []string{"GET", "HEAD"} {
		for _, spelling := range []string{
			"/o//20417/lend", "//o/20417/lend", "/o/20417/./lend", "/o/20417/x/../lend", "/o/20417%2flend", "/o/20417/%2e/lend", "/o/20417/lend%00", "/o/20417/lend%5c",
			"/O/20417/lend", "/o/20417/LEND", "/o/20417/lend.json", "/o/20417/lend.csv", "/o/020417/lend", "/o/20417/lend/x", "/o/20417/%6cend/../lend",
		} {
			r := d.request(method, "/", nil)
			u, err := url.ParseRequestURI(spelling)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(spelling, "//") {
				u = &url.URL{Path: spelling}
			}
			r.URL, r.RequestURI = u, spelling
			if w := d.ask(r, "anna"); w.Code != 404 {
				t.Errorf("%s %s: %d, want 404", method, spelling, w.Code)
			}
		}
	}
	for address, to := range map[string]string{"/o/20417/lend/": "/o/20417/lend", "/o/20417": "/o/20417/", "/o/20417/lend/?a=%2F": "/o/20417/lend?a=%2F"} {
		w := d.get("piotr", address)
		if w.Code != 308 && w.Code != 307 || w.Header().Get("Location") != to {
			t.Errorf("%s: %d to %q, want %q", address, w.Code, w.Header().Get("Location"), to)
		}
	}
	if w := d.post("anna", "/o/20417/lend/", url.Values{"title": {"x"}}); w.Code != 404 {
		t.Errorf("a form at another spelling: %d", w.Code)
	}
	wants(t, d.get("anna", "/o/20417/%6cend"), 200) // the same page to everybody, so the same decision
	wants(t, d.get("piotr", "/o/20417/%6cend"), 403)
}

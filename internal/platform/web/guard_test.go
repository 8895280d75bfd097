package web_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/platform/web"
)

func TestAttack_ID_25_AnUnknownHostGets421AndNoPage(t *testing.T) {
	d := open(t, loopback)
	for _, host := range []string{"evil.test", "127.0.0.1:9999", "127.0.0.1", "", "localhost", "127.0.0.1:8080.evil.test", "portal.example.test:8080"} {
		r := d.request("GET", "/o/20417/", nil)
		r.Host = host
		w := d.ask(r, "anna")
		if w.Code != 421 || strings.Contains(w.Body.String(), "<") || w.Header().Get("Location") != "" {
			t.Errorf("host %q: %d %q", host, w.Code, w.Body)
		}
	}
	for _, host := range []string{"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:8080"} {
		r := d.request("GET", "/o/20417/", nil)
		r.Host = host
		if w := d.ask(r, "anna"); w.Code != 200 {
			t.Errorf("host %q: %d", host, w.Code)
		}
	}
	real := open(t, "https://portal.example.test")
	for host, status := range map[string]int{"portal.example.test": 200, "portal.example.test:443": 200, "Portal.Example.Test": 200, "portal.example.test:80": 421, "localhost": 421, "127.0.0.1:443": 421} {
		r := real.request("GET", "/o/20417/", nil)
		r.Host = host
		if w := real.ask(r, "anna"); w.Code != status {
			t.Errorf("host %q: %d, want %d", host, w.Code, status)
		}
	}
}

func TestAttack_ID_25_NoRedirectIsBuiltFromTheHost(t *testing.T) {
	d := open(t, "https://portal.example.test")
	for _, address := range []string{"/o/20417", "/o/20417/lend/", "/o/20417/lend"} {
		r := d.request("GET", address, nil)
		for _, h := range []string{"X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Server"} {
			r.Header.Set(h, "evil.test")
		}
		to := d.ask(r, "").Header().Get("Location")
		if !strings.HasPrefix(to, "/") || strings.Contains(to, "evil") {
			t.Errorf("%s leads to %q", address, to)
		}
	}
}

func TestAttack_ID_28_ForwardedAddressesCountFromTrustedProxiesOnly(t *testing.T) {
	d := open(t, loopback)
	for _, c := range []struct{ socket, forwarded, want string }{
		{"203.0.113.9:4000", "198.51.100.7", "203.0.113.9"},
		{"203.0.113.9:4000", "", "203.0.113.9"},
		{"10.1.2.3:4000", "198.51.100.7", "198.51.100.7"},
		{"10.1.2.3:4000", "192.0.2.1, 198.51.100.7", "198.51.100.7"},
		{"10.1.2.3:4000", "192.0.2.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"},
		{"10.1.2.3:4000", "192.0.2.1, nonsense", "10.1.2.3"},
		{"10.1.2.3:4000", "", "10.1.2.3"},
		{"[::ffff:10.1.2.3]:4000", "198.51.100.7", "198.51.100.7"},
		{"[2001:db8::1%eth0]:4000", "198.51.100.7", "2001:db8::1"},
	} {
		r := d.request("GET", "/api/", nil)
		r.RemoteAddr = c.socket
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		r.Header.Set("X-Real-IP", "192.0.2.99")
		r.Header.Set("Forwarded", "for=192.0.2.98")
		if got := d.ask(r, "").Body.String(); got != c.want {
			t.Errorf("%s forwarding %q: %q, want %q", c.socket, c.forwarded, got, c.want)
		}
	}
}

func TestAttack_ACC_06_FormsOfOtherSitesAreRefused(t *testing.T) {
	d := open(t, loopback)
	for _, route := range d.Routes {
		if route.Kind != "form" {
			continue
		}
		address := strings.NewReplacer("{number}", "20417", "{customer}", "30001").Replace(route.Pattern)
		for name, h := range map[string][2]string{
			"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"},
			"foreign": {"Origin", "https://evil.test"}, "null": {"Origin", "null"}, "other port": {"Origin", "http://127.0.0.1:9090"},
		} {
			r := d.request(route.Method, address, strings.NewReader("title=Drill"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(h[0], h[1])
			w := d.ask(r, "anna")
			if w.Code != 403 || !strings.Contains(w.Body.String(), "desk@ostrova.example") || !strings.Contains(w.Body.String(), "another site") {
				t.Errorf("%s to %s: %d", name, address, w.Code)
			}
		}
		r := d.request(route.Method, address, strings.NewReader("title=Drill"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if w := d.ask(r, "anna"); w.Code != 303 {
			t.Errorf("own form to %s: %d", address, w.Code)
		}
	}
	r := d.request("POST", "/api/x", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := d.ask(r, ""); w.Code != 403 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a mount's refusal: %d %v", w.Code, w.Header())
	}
}

func TestAttack_CON_04_EveryAnswerHasThePolicy(t *testing.T) {
	d := open(t, "https://portal.example.test")
	nonces := map[string]bool{}
	for address, status := range map[string]int{
		"/o/20417/": 200, "/o/20417/lend": 200, "/o/20418/": 404, "/nothing": 404, "/panic": 500, "/broken": 500, "/o/20417/file": 200, "/api/": 200, "/sign-in": 200,
		"/assets/none.css": 404, "/o/20417/lend/": 308, "/?" + strings.Repeat("a", 9000): 414,
	} {
		w := d.get("anna", address)
		h := w.Header()
		policy := h.Get("Content-Security-Policy")
		if w.Code != status {
			t.Errorf("%.40s: %d, want %d", address, w.Code, status)
		}
		for _, part := range []string{"frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%.40s: the policy lacks %s: %q", address, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%.40s: policy %q", address, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Referrer-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=63072000", "X-Frame-Options": "DENY",
		} {
			if h.Get(name) != want {
				t.Errorf("%.40s: %s is %q", address, name, h.Get(name))
			}
		}
		if h.Get("Permissions-Policy") == "" || len(h.Get("X-Request-Id")) != 32 {
			t.Errorf("%.40s: %v", address, h)
		}
		if _, after, ok := strings.Cut(policy, "'nonce-"); ok {
			nonce, _, _ := strings.Cut(after, "'")
			if nonces[nonce] || len(nonce) < 22 {
				t.Errorf("%.40s: nonce %q", address, nonce)
			}
			nonces[nonce] = true
			body := w.Body.String()
			if strings.Contains(body, "<style") && !strings.Contains(body, `<style nonce="`+nonce+`">`) {
				t.Errorf("%.40s: a style without the nonce", address)
			}
			if strings.Contains(body, " style=") || strings.Contains(body, " onclick") {
				t.Errorf("%.40s: inline style or handler", address)
			}
		}
	}
	r := d.request("GET", "/o/20417/", nil)
	r.Host = "evil.test"
	if policy := d.ask(r, "").Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("421: policy %q", policy)
	}
}

func TestAttack_ACC_07_PersonalPagesAndErrorsStayOutOfCaches(t *testing.T) {
	d := open(t, loopback)
	for _, address := range []string{"/o/20417/", "/o/20417/lend", "/o/20418/", "/nothing", "/panic", "/sign-in", "/api/", "/o/20417/file"} {
		for _, as := range []string{"anna", "piotr", ""} {
			w := d.get(as, address)
			if w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Header().Get("Vary"), "Cookie") {
				t.Errorf("%s as %q: %v", address, as, w.Header())
			}
			if len(w.Result().Cookies()) > 0 {
				t.Errorf("%s as %q sets a cookie", address, as)
			}
		}
	}
}

func TestAttack_DOS_06_AnEndlessAddressIs414(t *testing.T) {
	d := open(t, loopback)
	wants(t, d.get("anna", "/o/20417/?q="+strings.Repeat("a", 8<<10)), 414, "desk@ostrova.example")
	wants(t, d.get("anna", "/o/20417/?q="+strings.Repeat("a", 7<<10)), 200)
}

func TestAttack_ID_47_PlainHttpBehindATrustedProxyOnlyRedirects(t *testing.T) {
	d := open(t, "https://portal.example.test")
	r := d.request("GET", "/o/20417/lend?a=1", nil)
	r.RemoteAddr = "10.0.0.1:5000"
	r.Header.Set("X-Forwarded-Proto", "http")
	w := d.ask(r, "anna")
	if w.Code != 308 || w.Header().Get("Location") != "https://portal.example.test/o/20417/lend?a=1" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	post := d.request("POST", "/o/20417/lend", strings.NewReader("title=x"))
	post.RemoteAddr = "10.0.0.1:5000"
	post.Header = http.Header{"X-Forwarded-Proto": {"http"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	wants(t, d.ask(post, "anna"), 400)
	stranger := d.request("GET", "/o/20417/lend", nil)
	stranger.Header.Set("X-Forwarded-Proto", "http")
	wants(t, d.ask(stranger, "anna"), 200)
}

func TestTheLogNamesTheRouteAndNotTheAddress(t *testing.T) {
	d := open(t, loopback)
	d.get("anna", "/o/20417/lend?q=a+private+word")
	log := d.log.String()
	if !strings.Contains(log, `route="GET /o/{number}/lend" status=200`) || strings.Contains(log, "private") {
		t.Error(log)
	}
	d.post("anna", "/o/20417/lend", url.Values{"title": {"a private title"}})
	if strings.Contains(d.log.String(), "private") {
		t.Error(d.log.String())
	}
}

func TestAttack_DOS_06_HeadersHaveALimit(t *testing.T) {
	d := open(t, loopback)
	server := web.Server(d.handler)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()
	for size, status := range map[int]int{80 << 10: 431, 10 << 10: 200} {
		r, err := http.NewRequest("GET", "http://"+listener.Addr().String()+"/sign-in", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "127.0.0.1:8080"
		r.Header.Set("X-Long", strings.Repeat("a", size))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("%d bytes of headers: %d, want %d", size, answer.StatusCode, status)
		}
	}
	if server.ReadHeaderTimeout == 0 || server.IdleTimeout == 0 {
		t.Error("a slow client may stay for ever")
	}
}

package foreign

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
)

const modules = "/usr/lib/apache2/modules"

// TestApache: mod_auth_openidc protects pages with the portal's sign-in, learns who somebody is, and is told when a session ends, from both sides.
func TestApache(t *testing.T) {
	apache := needs(t, "apache2", "mod_auth_openidc")
	if _, err := os.Stat(filepath.Join(modules, "mod_auth_openidc.so")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("mod_auth_openidc is not installed")
		}
		t.Skip("mod_auth_openidc is not installed: it is NOT tested")
	}
	p := apptest.Start(t, apptest.Lite)
	site := "http://" + free(t)
	id, secret := connect(t, p, openid.Settings{Name: "Academy", Redirects: []string{site + "/oidc/callback"}, Returns: []string{site + "/bye.html"},
		BackChannel: site + "/oidc/callback?logout=backchannel", FrontChannel: site + "/oidc/callback?logout=get", Trusted: true})
	log := serve(t, apache, site, p.URL, id, secret)
	t.Cleanup(func() {
		if t.Failed() {
			b, _ := os.ReadFile(log)
			t.Logf("Apache: %s", b)
		}
	})

	b := open(t, p)
	home := b.signIn(b.get(site+"/", ""), "customer-admin", "")
	if home.status != 200 || !strings.Contains(home.body, "Welcome to the academy") || home.header.Get("X-Who") != one(t, p, `SELECT email FROM person WHERE id = (SELECT person_id FROM openid_grant LIMIT 1)`) {
		t.Fatalf("signed in: %d %s %v", home.status, home.at, home.header)
	}
	if all := home.header.Get("X-Organisations"); !strings.Contains(all, "security-administrator") || !strings.Contains(all, "20417") {
		t.Errorf("organisations %q", all)
	}
	// Sign-out at the website.
	bye := b.get(site+"/oidc/callback?"+url.Values{"logout": {site + "/bye.html"}}.Encode(), "")
	if bye.status != 200 || bye.at.String() != site+"/bye.html" {
		t.Errorf("sign-out at the website ends at %d %s", bye.status, bye.at)
	}
	again := b.get(site+"/", "")
	if !strings.HasPrefix(again.at.String(), p.URL+"/sign-in") {
		t.Errorf("after it: %d %s", again.status, again.at)
	}
	// Sign-out at the portal: the website hears of it without the browser.
	if home = b.signIn(again, "customer-admin", ""); home.status != 200 {
		t.Fatalf("signed in again: %d %s", home.status, home.at)
	}
	b.travel(http.MethodPost, p.URL+"/sign-out", url.Values{}, "")
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if at := b.get(site+"/", ""); strings.HasPrefix(at.at.String(), p.URL+"/sign-in") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the website was not told of the sign-out")
		}
	}
}

// free is an address on this machine that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serve runs Apache as a process of this test, with everything it needs in a folder of its own. It gives the path of its log.
func serve(t *testing.T, apache, site, issuer, id, secret string) (log string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"www/index.html": "Welcome to the academy", "www/bye.html": "Until next time", "httpd.conf": config(t, dir, site, issuer, id, secret)} {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// Apache gives its files to this user; the folders above are the test's own.
	for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(briefly(t), apache, "-X", "-f", filepath.Join(dir, "httpd.conf"))
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(site + "/bye.html")
		if err == nil {
			resp.Body.Close()
			return filepath.Join(dir, "error.log")
		}
		if time.Now().After(end) {
			b, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("Apache does not answer: %v\n%s\n%s", err, said.String(), b)
		}
	}
}

// config is the part of docs/openid.md that is about Apache, in a server round it.
func config(t *testing.T, dir, site, issuer, id, secret string) string {
	t.Helper()
	var b strings.Builder
	for _, m := range []string{"mpm_prefork", "authn_core", "authz_core", "authz_user", "headers", "dir", "mime", "auth_openidc"} {
		fmt.Fprintf(&b, "LoadModule %s_module %s/mod_%s.so\n", m, modules, m)
	}
	if os.Getuid() == 0 {
		b.WriteString("User www-data\nGroup www-data\n")
	}
	fmt.Fprintf(&b, `
ServerName 127.0.0.1
Listen %s
PidFile %[2]s/pid
ErrorLog %[2]s/error.log
Mutex file:%[2]s default
DocumentRoot %[2]s/www
DirectoryIndex index.html
TypesConfig /dev/null
%[3]s
<Location />
  Header set X-Who "expr=%%{REMOTE_USER}"
  Header set X-Organisations "%%{OIDC_userinfo_json}e"
</Location>
<Location /bye.html>
  Require all granted
</Location>
`, strings.TrimPrefix(site, "http://"), dir, strings.NewReplacer("https://portal.halden.example", issuer, "https://academy.halden.example", site, "CLIENT_ID", id, "CLIENT_SECRET", secret,
		"ANY_LONG_RANDOM_TEXT", "a passphrase of this test").Replace(documented(t)))
	return b.String()
}

// documented is the block for Apache of docs/openid.md.
func documented(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/openid.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "```apache\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/openid.md has no block for Apache")
	}
	return block
}

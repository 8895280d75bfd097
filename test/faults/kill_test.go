// Package faults takes things away from a running portal: the process itself, its database.
package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// lodge builds the program once.
var lodge = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "lodge-faults")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "lodge")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/lodge").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if s := os.Getenv(asPortal); s != "" {
		if err := process(s); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if path, err := lodge(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// portal is a process of its own.
type portal struct {
	t        *testing.T
	dir      string
	database string
	address  string
	cmd      *exec.Cmd
	log      *bytes.Buffer
	world    struct {
		Organisations map[string]struct{ Number int64 }
		People        []struct {
			Key, Email, Password string
			TOTPSecret           string `json:"totp_secret"`
		}
		Products map[string]string
		Tokens   map[string]string
	}
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// demo starts a portal with the demo world.
func demo(t *testing.T, database string) *portal {
	t.Helper()
	p := &portal{t: t, dir: t.TempDir(), database: database, address: free(t)}
	file := filepath.Join(p.dir, "world.json")
	p.start("demo", "--data", p.dir, "--json", file)
	var b []byte
	eventually(t, "the demo's word of its world", func() bool { // it answers a moment before
		var err error
		b, err = os.ReadFile(file)
		return err == nil
	})
	if err := json.Unmarshal(b, &p.world); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *portal) start(args ...string) {
	p.t.Helper()
	path, err := lodge()
	if err != nil {
		p.t.Fatal(err)
	}
	p.log = &bytes.Buffer{}
	p.cmd = exec.Command(path, append(args, "--listen", p.address, "--database", p.database)...)
	p.cmd.Stdout, p.cmd.Stderr = io.Discard, p.log
	p.begin()
	p.t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
}

// begin starts the process and waits until it answers.
func (p *portal) begin() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if r, err := http.Get("http://" + p.address + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
	}
	p.t.Fatalf("the portal does not answer:\n%s", p.log)
}

// again starts the portal on what the demo left.
func (p *portal) again() {
	p.start("serve", "--secrets", filepath.Join(p.dir, "lodge.key"), "--files", "file://"+filepath.Join(p.dir, "files"), "--mail", "capture:")
}

// browser signs a person in.
func (p *portal) browser(key string) *http.Client {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, x := range p.world.People {
		if x.Key != key {
			continue
		}
		r, err := c.PostForm("http://"+p.address+"/sign-in", url.Values{"email": {x.Email}, "password": {x.Password}})
		if err != nil {
			p.t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusSeeOther {
			p.t.Fatalf("%s cannot sign in: %d", key, r.StatusCode)
		}
		if x.TOTPSecret == "" {
			continue
		}
		code, err := totp.Code(x.TOTPSecret, totp.Step(time.Now()))
		if err != nil {
			p.t.Fatal(err)
		}
		if r, err = c.PostForm("http://"+p.address+"/sign-in/factor", url.Values{"code": {code}}); err != nil {
			p.t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusSeeOther {
			p.t.Fatalf("%s cannot sign in with the second factor: %d", key, r.StatusCode)
		}
	}
	return c
}

var hidden = regexp.MustCompile(`name="(_by|_org|_seen|_key)" value="([^"]*)"`)

// send fills in a form and sends it.
func send(c *http.Client, at string, form url.Values) (status int, location string, err error) {
	r, err := c.Get(at)
	if err != nil {
		return 0, "", err
	}
	b, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return 0, "", err
	}
	for _, m := range hidden.FindAllStringSubmatch(string(b), -1) {
		form.Set(m[1], m[2])
	}
	if r, err = c.PostForm(at, form); err != nil {
		return 0, "", err
	}
	r.Body.Close()
	return r.StatusCode, r.Header.Get("Location"), nil
}

// TestAttack_OPS_01_OPS_21: killed in the middle of everything, again and again, the portal has nothing half-made, and what it had
// answered for is there.
func TestAttack_OPS_01_OPS_21_killed_under_load_nothing_is_half_made_and_told_to_stop_it_ends_by_itself(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + storetest.LitePath(t) },
		"postgres": func(t *testing.T) string { return storetest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			p := demo(t, database(t))
			var answered sync.Map // numbers of requests that the portal confirmed
			for round := range 3 {
				load(p, round, &answered)
				p.again()
			}
			p.cmd.Process.Signal(syscall.SIGTERM)
			done := make(chan error, 1)
			go func() { done <- p.cmd.Wait() }()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("told to stop: %v\n%s", err, p.log)
				}
			case <-time.After(30 * time.Second):
				t.Error("told to stop, it did not within 30 seconds")
			}
			whole(t, p.database)
			kept(t, p.database, &answered)
		})
	}
}

// load lets four people invite and ask, and kills the process in the middle of it.
func load(p *portal, round int, answered *sync.Map) {
	p.t.Helper()
	customer := p.world.Organisations["customer"].Number
	base := fmt.Sprintf("http://%s/o/%d", p.address, customer)
	var sent atomic.Int64
	var wg sync.WaitGroup
	for _, key := range []string{"customer-support", "customer-support-2", "support-advanced", "customer-admin"} {
		c := p.browser(key)
		wg.Go(func() {
			for n := 0; ; n++ {
				at, form := base+"/requests/new", url.Values{"product": {p.world.Products["main"]}, "kind": {"question"}, "severity": {"3"},
					"title": {fmt.Sprintf("Round %d of %s, %d", round, key, n)}, "description": {"Under load."}}
				if key == "customer-admin" {
					at, form = base+"/contacts/new", url.Values{"first_name": {"Load"}, "last_name": {fmt.Sprint("Number ", n)},
						"email": {fmt.Sprintf("load-%d-%d@kowalski-maszyny.example", round, n)}, "role": {"support-restricted"}}
				}
				status, location, err := send(c, at, form)
				if err != nil {
					return // the portal is gone
				}
				if status != http.StatusSeeOther {
					p.t.Errorf("%s: %d", at, status)
					return
				}
				if i := strings.LastIndex(location, "/SR-"); i >= 0 {
					answered.Store(location[i+1:], true)
				}
				sent.Add(1)
			}
		})
	}
	for end := time.Now().Add(20 * time.Second); sent.Load() < 40 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	p.cmd.Process.Kill()
	wg.Wait()
	p.cmd.Wait()
	if sent.Load() < 40 {
		p.t.Errorf("only %d forms went through", sent.Load())
	}
}

// rules are what must be true of every database, each as a query that counts what breaks it.
var rules = map[string]string{
	"a request without its first entry": `SELECT count(*) FROM ticket t WHERE t.state <> 'draft' AND NOT EXISTS (SELECT 1 FROM ticket_entry e WHERE e.ticket_id = t.id AND e.seq = 1)`,
	"a request without its event":       `SELECT count(*) FROM ticket t WHERE t.state <> 'draft' AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'ticket:' || t.id AND e.name = 'ticket.opened')`,
	"entries beyond the last one":       `SELECT count(*) FROM ticket t WHERE t.last_entry <> COALESCE((SELECT max(e.seq) FROM ticket_entry e WHERE e.ticket_id = t.id), 0)`,
	"an invited contact without open invitation": `SELECT count(*) FROM membership m WHERE m.state = 'invited' AND
		(SELECT count(*) FROM invitation i WHERE i.membership_id = m.id AND i.used_at IS NULL AND i.withdrawn_at IS NULL) <> 1`,
	"an invitation without its letter": `SELECT count(*) FROM invitation i WHERE NOT EXISTS (SELECT 1 FROM mail m WHERE m.id = i.mail_id)`,
	"a waiting letter without its job": `SELECT count(*) FROM mail m WHERE m.state = 'queued' AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.kind = 'mail.send' AND CAST(j.args AS TEXT) LIKE '%' || m.id || '%')`,
	"an event that is neither new nor sealed": `SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT 1 FROM event_new n WHERE n.at = e.at AND n.id = e.id) AND
		NOT EXISTS (SELECT 1 FROM event_seq s WHERE s.at = e.at AND s.id = e.id)`,
	"a person without a name":  `SELECT count(*) FROM person WHERE first_name = '' OR last_name = ''`,
	"two requests of one form": `SELECT count(*) FROM (SELECT title FROM ticket WHERE title LIKE 'Round %' GROUP BY title HAVING count(*) > 1) x`,
	"a partner without a scope": `SELECT count(*) FROM ticket t WHERE t.is_open AND NOT t.vendor_only AND EXISTS (SELECT 1 FROM scope c WHERE c.org_id = t.org_id) AND
		NOT EXISTS (SELECT 1 FROM ticket_scope s WHERE s.ticket_id = t.id)`,
}

// whole says what of a database breaks a rule; it seals what events are left.
func whole(t *testing.T, database string) {
	t.Helper()
	db, err := store.Open(t.Context(), database, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *store.Tx) error {
		for rule, q := range rules {
			n, err := store.One[int](tx, q)
			if err != nil {
				return fmt.Errorf("%s: %w", rule, err)
			}
			if n != 0 {
				t.Errorf("%d × %s", n, rule)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := event.SealNew(t.Context(), db); err != nil {
		t.Error(err)
	}
	if err := event.Verify(t.Context(), db); err != nil {
		t.Error(err)
	}
}

// kept says which of the requests that were answered for is not there.
func kept(t *testing.T, database string, answered *sync.Map) {
	t.Helper()
	db, err := store.Open(t.Context(), database, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *store.Tx) error {
		confirmed := 0
		answered.Range(func(number, _ any) bool {
			confirmed++
			n, err := store.One[int](tx, `SELECT count(*) FROM ticket WHERE number = $1`, number)
			if err != nil || n != 1 {
				t.Errorf("%v was confirmed and is %d times there (%v)", number, n, err)
			}
			return true
		})
		if confirmed < 60 {
			t.Errorf("only %d requests confirmed: the test does not look", confirmed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what the portal does by itself; the limit only decides how long a failure takes.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

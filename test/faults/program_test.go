package faults

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store/storetest"
)

// said is what the API said; status 0 is none.
type said struct {
	status int
	header http.Header
	body   string
}

// call is a call of the customer's program.
func (p *portal) call(method, path, body string, header ...string) (said, error) {
	p.t.Helper()
	r, err := http.NewRequest(method, "http://"+p.address+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.world.Tokens["customer"])
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	got, err := client.Do(r)
	if err != nil {
		return said{}, err
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	return said{got.StatusCode, got.Header, string(b)}, err
}

// TestAttack_API_06 kills the process at the points of a call with a key: before its change is committed, between that and the answer that is kept, and after.
// Sent again, the call is carried out once. A call whose process has died is taken over when its time is up, not before.
func TestAttack_API_06_killed_at_each_point_a_call_with_a_key_makes_one_thing(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, e.database(t))
			key := s.tag()
			if got, err := s.opens(key, nowhere); err != nil || got.status != http.StatusCreated {
				t.Fatalf("%+v %v\n%s", got, err, s.log)
			}
			names := s.passed()["request"]
			committed, tried := 0, 0
			for n, point := range names {
				if committed == 3 {
					break // what comes after the answer comes when it likes
				}
				if point == "store.committed" {
					committed++
				} else if n%e.every != 0 {
					continue
				}
				tried++
				t.Run(fmt.Sprintf("point_%d_%s", n+1, point), func(t *testing.T) { s.on(t, func() { s.calledAt(n + 1) }) })
			}
			t.Logf("%d points, %d tried", len(names), tried)
			if committed < 3 { // that it runs, the change, the answer
				t.Errorf("%d commits in %v: the call is not what this test takes it for", committed, names)
			}
		})
	}
}

// opens opens a request whose title is the key.
func (s *stage) opens(key, kill string) (said, error) {
	s.t.Helper()
	body := fmt.Sprintf(`{"product":%q,"kind":"defect","title":%q,"description":"x","severity":2}`, s.world.Products["main"], key)
	header := []string{"Idempotency-Key", key}
	if kill != "" {
		header = append(header, "Kill-At", kill)
	}
	return s.call(http.MethodPost, "/api/v1/requests", body, header...)
}

// calledAt kills the process at the n-th point of a call and sends the call again.
func (s *stage) calledAt(n int) {
	key := s.tag()
	first, err := s.opens(key, fmt.Sprintf("request %d", n))
	if err == nil && first.status != http.StatusCreated {
		s.t.Fatalf("%+v", first)
	}
	s.dead()
	s.freed()
	s.run()
	again, err := s.opens(key, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if again.status == http.StatusConflict { // nobody can tell a dead process from a slow one before its time is up
		if again.header.Get("Retry-After") == "" || !strings.Contains(again.body, "once.running") {
			s.t.Errorf("%+v", again)
		}
		s.exec(`UPDATE once_call SET at = $1 WHERE answer = ''`, time.Now().Add(-time.Hour))
		if again, err = s.opens(key, ""); err != nil {
			s.t.Fatal(err)
		}
	}
	third, err := s.opens(key, "")
	if err != nil || again.status != http.StatusCreated || third.status != http.StatusCreated || third.body != again.body || third.header.Get("Idempotency-Replayed") != "true" {
		s.t.Errorf("sent again: %+v, and once more: %+v %v", again, third, err)
	}
	if first.body != "" && first.body != again.body {
		s.t.Errorf("another answer: %s and %s", first.body, again.body)
	}
	s.quiet(false)
	s.one("request", `SELECT count(*) FROM ticket WHERE title = $1`, key)
	s.one("event", `SELECT count(*) FROM event e JOIN ticket t ON e.subject = 'ticket:' || t.id WHERE t.title = $1 AND e.name = 'ticket.opened'`, key)
}

// inside is what an error must not tell.
var inside = regexp.MustCompile(`(?i)select|insert|update |sqlstate|pgx|postgres|sqlite|connect|socket|dial|\.go\b|goroutine|panic|/tmp|go1\.|lodge/internal`)

func (a said) saysNothing(t *testing.T, what string, status int) {
	t.Helper()
	var p struct{ Code, Reference string }
	err := json.Unmarshal([]byte(a.body), &p)
	if a.status != status || err != nil || a.header.Get("Content-Type") != "application/problem+json" || p.Code == "" || !strings.HasPrefix(p.Reference, "E-") {
		t.Errorf("%s: %+v %v", what, a, err)
	}
	if m := inside.FindString(a.body); m != "" {
		t.Errorf("%s tells %q: %s", what, m, a.body)
	}
}

// TestAttack_API_12: with PostgreSQL gone the API says so in its own words, with a reference and nothing else; it works again by itself.
func TestAttack_API_12_without_a_database_an_error_carries_code_and_reference_only(t *testing.T) {
	t.Parallel()
	own, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	l := newLine(t, filepath.Join(own.Query().Get("host"), ".s.PGSQL.5432"))
	p := demo(t, fmt.Sprintf("postgres://%s@%s%s?sslmode=disable", own.User, l.listener.Addr(), own.Path))
	const body = `{"product":"HAL-DES","kind":"defect","title":"gone","description":"x","severity":2}`
	calls := map[string]func() (said, error){
		"a list":               func() (said, error) { return p.call("GET", "/api/v1/requests", "") },
		"a call with a key":    func() (said, error) { return p.call("POST", "/api/v1/requests", body, "Idempotency-Key", "gone") },
		"one of many requests": func() (said, error) { return p.call("GET", "/api/v1/requests/SR-0000-0007", "") },
	}
	if got, err := calls["a list"](); err != nil || got.status != http.StatusOK {
		t.Fatalf("before: %+v %v", got, err)
	}
	l.set(true)
	for what, call := range calls {
		got, err := call()
		if err != nil {
			t.Fatal(err)
		}
		got.saysNothing(t, what, http.StatusServiceUnavailable)
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", what)
		}
	}
	l.set(false)
	eventually(t, "the API again", func() bool { got, err := calls["a list"](); return err == nil && got.status == http.StatusOK })
	if got, err := calls["a call with a key"](); err != nil || got.status != http.StatusCreated {
		t.Errorf("the same call, now: %+v %v", got, err)
	}
}

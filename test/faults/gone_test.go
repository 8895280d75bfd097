package faults

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lodge/internal/platform/store/storetest"
)

// line is a line to PostgreSQL that can be cut.
type line struct {
	listener net.Listener
	socket   string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

func newLine(t *testing.T, socket string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{listener: l, socket: socket, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { l.Close(); n.set(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go n.join(c)
		}
	}()
	return n
}

func (n *line) join(c net.Conn) {
	defer c.Close()
	n.mu.Lock()
	cut := n.cut
	n.mu.Unlock()
	if cut {
		return
	}
	up, err := net.Dial("unix", n.socket)
	if err != nil {
		return
	}
	defer up.Close()
	n.mu.Lock()
	n.conns[c], n.conns[up] = true, true
	n.mu.Unlock()
	go func() { io.Copy(up, c); up.Close(); c.Close() }()
	io.Copy(c, up)
	n.mu.Lock()
	delete(n.conns, c)
	delete(n.conns, up)
	n.mu.Unlock()
}

// set cuts the line, with everything on it, or mends it.
func (n *line) set(cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = cut
	if cut {
		for c := range n.conns {
			c.Close()
		}
	}
}

func status(t *testing.T, c *http.Client, at string) (int, http.Header) {
	t.Helper()
	r, err := c.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode, r.Header
}

// TestAttack_OPS_03: the database goes and comes back; the portal says 503, lives, and works again by itself.
func TestAttack_OPS_03_the_database_is_gone_and_comes_back(t *testing.T) {
	own, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	l := newLine(t, filepath.Join(own.Query().Get("host"), ".s.PGSQL.5432"))
	p := demo(t, fmt.Sprintf("postgres://%s@%s%s?sslmode=disable", own.User, l.listener.Addr(), own.Path))
	anna := p.browser("customer-admin")
	base := "http://" + p.address
	page := fmt.Sprintf("%s/o/%d/contacts", base, p.world.Organisations["customer"].Number)
	if s, _ := status(t, anna, page); s != http.StatusOK {
		t.Fatalf("before: %d", s)
	}

	l.set(true)
	gone := time.Now()
	for time.Since(gone) < 3*time.Second {
		s, h := status(t, anna, page)
		if s != http.StatusServiceUnavailable || h.Get("Retry-After") == "" {
			t.Fatalf("without database: %d, Retry-After %q\n%s", s, h.Get("Retry-After"), p.log)
		}
		if s, _ := status(t, anna, base+"/readyz"); s != http.StatusServiceUnavailable {
			t.Fatalf("ready without database: %d", s)
		}
		if s, _ := status(t, anna, base+"/healthz"); s != http.StatusOK {
			t.Fatalf("health: %d", s)
		}
		time.Sleep(500 * time.Millisecond)
	}

	l.set(false)
	back := time.Now()
	for {
		if s, _ := status(t, anna, page); s == http.StatusOK {
			break
		}
		if time.Since(back) > 10*time.Second {
			t.Fatal("not back within ten seconds")
		}
		time.Sleep(100 * time.Millisecond)
	}
	// Jobs go on: an invitation's letter is delivered.
	at := page + "/new"
	s, _, err := send(anna, at, url.Values{"first_name": {"After"}, "last_name": {"All"}, "email": {"after@kowalski-maszyny.example"}, "role": {"support-restricted"}})
	if err != nil || s != http.StatusSeeOther {
		t.Fatalf("invite: %d %v", s, err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		r, err := anna.Get(base + "/-/mail.json")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err == nil && strings.Contains(string(b), "after@kowalski-maszyny.example") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no letter after the database came back:\n%s", p.log)
		}
	}
}

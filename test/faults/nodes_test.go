package faults

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// A sign-in holds on both nodes, its end too, guesses add up, an upload goes on at the other one, and every letter is sent once.
func TestAttack_OPS_09_two_nodes_on_one_database_are_one_portal(t *testing.T) {
	one := demo(t, storetest.PostgresURL(t))
	two := *one
	two.address = free(t)
	two.again()
	customer := one.world.Organisations["customer"].Number
	page := func(p *portal) string { return fmt.Sprintf("http://%s/o/%d/contacts", p.address, customer) }

	anna := one.browser("customer-admin") // cookies know no port: the same browser at both nodes
	for n := range 20 {
		node := []*portal{one, &two}[n%2]
		s, _, err := send(anna, page(node)+"/new", url.Values{"first_name": {"Node"}, "last_name": {fmt.Sprint("Number ", n)},
			"email": {fmt.Sprintf("node-%d@kowalski-maszyny.example", n)}, "role": {"support-restricted"}})
		if err != nil || s != http.StatusSeeOther {
			t.Fatalf("invitation %d: %d %v", n, s, err)
		}
	}

	// Five wrong guesses over both nodes: the next one waits at either.
	guess := func(p *portal, n int) int {
		c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r, err := c.PostForm("http://"+p.address+"/sign-in", url.Values{"email": {"piotr.zielinski@kowalski-maszyny.example"}, "password": {fmt.Sprint("wrong guess number ", n)}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	for n := range 5 {
		if s := guess([]*portal{one, &two}[n%2], n); s != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d: %d", n, s)
		}
	}
	for _, node := range []*portal{one, &two} {
		if s := guess(node, 9); s != http.StatusTooManyRequests {
			t.Errorf("after five guesses over two nodes: %d", s)
		}
	}

	across(t, one, &two)

	// Signed out at one node, out at the other.
	r, err := anna.PostForm("http://"+one.address+"/sign-out", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if s, h := status(t, anna, page(&two)); s != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/sign-in") {
		t.Errorf("signed out at one node, at the other: %d", s)
	}

	// Every letter is delivered, and by one node only.
	db, err := store.Open(t.Context(), one.database, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	eventually(t, "all letters delivered once", func() bool {
		var sent, doubled, waiting int
		err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
			if sent, err = store.One[int](tx, `SELECT count(*) FROM mail WHERE to_address LIKE 'node-%' AND state = 'sent'`); err != nil {
				return err
			}
			if doubled, err = store.One[int](tx, `SELECT count(*) FROM mail WHERE attempts > 1`); err != nil {
				return err
			}
			waiting, err = store.One[int](tx, `SELECT count(*) FROM event_new`)
			return err
		})
		if err != nil || doubled > 0 {
			t.Fatalf("%d letters tried twice (%v)", doubled, err)
		}
		return sent == 20 && waiting == 0
	})
}

// across begins an upload at one node and ends it at the other.
func across(t *testing.T, one, two *portal) {
	t.Helper()
	maja := one.browser("release-manager")
	s, draft, err := send(maja, one.at("vendor", "releases/new"), url.Values{"product": {"HAL-DES"}, "version": {"9.9.9"}, "channel": {"stable"}, "date": {"2026-01-31"}, "title": {"Over two nodes"}})
	if err != nil || s != http.StatusSeeOther {
		t.Fatalf("draft: %d %v", s, err)
	}
	draft, _, _ = strings.Cut(draft, "?")
	tus := func(node *portal, method, path, body string, headers ...string) http.Header {
		t.Helper()
		r, err := http.NewRequest(method, "http://"+node.address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Tus-Resumable", "1.0.0")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		a, err := maja.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %d", method, path, a.StatusCode)
		}
		return a.Header
	}
	word := base64.StdEncoding.EncodeToString
	at := tus(one, "POST", draft+"/uploads", "", "Upload-Length", "8",
		"Upload-Metadata", "filename "+word([]byte("nodes.msi"))+",kind "+word([]byte("archive"))+",platform "+word([]byte("linux"))).Get("Location")
	tus(one, "PATCH", at, "half", "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")
	if got := tus(two, "HEAD", at, "").Get("Upload-Offset"); got != "4" {
		t.Errorf("at the other node the upload has %s bytes", got)
	}
	tus(two, "PATCH", at, "half", "Upload-Offset", "4", "Content-Type", "application/offset+octet-stream")
	r, err := maja.Get("http://" + one.address + draft)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || !strings.Contains(string(b), "nodes.msi") {
		t.Errorf("the file is not on the first node's page (%v)", err)
	}
}

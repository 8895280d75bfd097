package faults

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// TestTwoNodes_on_one_database: a sign-in holds on both, its end too, guesses add up, and every letter is sent once.
func TestTwoNodes_on_one_database_are_one_portal(t *testing.T) {
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

package app_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

// file is what somebody is given of himself, by page.
func file(t *testing.T, p *apptest.Portal, key string) (lists map[string][]map[string]any, whole string) {
	t.Helper()
	c := p.Nobody(t)
	p.SignIn(t, c, key)
	if page := c.Get(t, "/me/data"); page.Status != 200 || !strings.Contains(page.Body, "Download your data") {
		t.Fatalf("the page: %d", page.Status)
	}
	if got := c.Get(t, "/me/data/file"); got.Status != 303 || got.Location != "/me/data" { // the owner is told first
		t.Errorf("without the form: %d to %s", got.Status, got.Location)
	}
	if got := c.Post(t, "/me/data", nil); got.Status != 303 || got.Location != "/me/data/file" {
		t.Fatalf("the form: %d to %s", got.Status, got.Location)
	}
	got := c.Get(t, "/me/data/file")
	if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || !strings.Contains(got.Header.Get("Content-Disposition"), "personal-data.json") || got.Header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("the file: %d %v", got.Status, got.Header)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(got.Body), &all); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, got.Body)
	}
	lists = map[string][]map[string]any{}
	for name, raw := range all {
		var rows []map[string]any
		if json.Unmarshal(raw, &rows) == nil {
			lists[name] = rows
		}
	}
	return lists, got.Body
}

func TestPersonal_data_are_all_of_ones_own_and_nobody_elses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, whole := file(t, p, "customer-support")
		for _, part := range app.PersonalParts() {
			if _, ok := anna[part.Name]; !ok {
				t.Errorf("the file has no %s", part.Name)
			}
		}
		if len(anna["person"]) != 1 || anna["person"][0]["email"] == "" {
			t.Errorf("person: %v", anna["person"])
		}
		for _, name := range []string{"sessions", "memberships", "requests", "messages", "acts", "credentials", "membership_history"} {
			if len(anna[name]) == 0 {
				t.Errorf("nothing of %s", name)
			}
		}
		// Each row is that of the table: as many as are stored, however many pages it takes.
		me := anna["person"][0]["id"]
		for name, q := range map[string]string{
			"sessions":  `SELECT count(*) FROM session WHERE person_id = $1 AND step = ''`,
			"messages":  `SELECT count(*) FROM ticket_entry WHERE author_id = $1`,
			"downloads": `SELECT count(*) FROM download WHERE person_id = $1`,
			"letters":   `SELECT count(*) FROM mail WHERE person_id = $1`,
			"acts":      `SELECT count(*) FROM event WHERE person_id = $1`,
			"requests":  `SELECT count(*) FROM ticket WHERE author_id = $1 OR requester_id = $1`,
		} {
			if n := count(t, p, q, me); n != len(anna[name]) {
				t.Errorf("%s: %d rows, %d are stored", name, len(anna[name]), n)
			}
		}
		for _, secret := range []string{"$argon2", "token_hash", "code_hash", "secret", "/email/stop/", "lodge_"} {
			if strings.Contains(whole, secret) {
				t.Errorf("the file has %q", secret)
			}
		}
		var hashes []string
		err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			hashes, err = store.Query[string](tx, `SELECT secret FROM credential UNION SELECT token_hash FROM session UNION SELECT hash FROM api_token UNION SELECT token_hash FROM invitation`)
			return err
		})
		if err != nil || len(hashes) < 20 {
			t.Fatalf("%d hashes to look for: %v", len(hashes), err)
		}
		for _, h := range hashes {
			if strings.Contains(whole, h) {
				t.Error("the file has a hash")
			}
		}
		_, other := file(t, p, "other-customer-admin")
		if strings.Contains(other, anna["person"][0]["email"].(string)) || strings.Contains(other, anna["requests"][0]["number"].(string)) {
			t.Error("somebody else's file has anna's data")
		}
	})
}

// A file longer than a page of the database is whole.
func TestPersonal_data_come_in_pages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		me := one(t, p, `SELECT id FROM person WHERE email = $1`, emailOf(p, "customer-support"))
		err := p.Store.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			for i := range 1201 { // many of one moment
				if err := tx.Later(`INSERT INTO download (person_id, at, file_name, source, org_id, product_id, file_id, name, file_on) VALUES ($1, $2, $3, $4, '', '', '', '1', '')`,
					me, tx.Now.Add(time.Duration(i/400)*time.Second), fmt.Sprint("f", i%7), fmt.Sprint("old:", i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := file(t, p, "customer-support")
		stored := count(t, p, `SELECT count(*) FROM download WHERE person_id = $1`, rows["person"][0]["id"])
		if n := len(rows["downloads"]); n != stored || stored < 1201 {
			t.Errorf("%d rows, %d are stored", n, stored)
		}
		seen := map[string]bool{}
		for _, d := range rows["downloads"] {
			key := d["at"].(string) + d["file"].(string) + d["old_portal"].(string)
			if seen[key] {
				t.Errorf("twice: %s", key)
			}
			seen[key] = true
		}
	})
}

// TestAttack_ID_41: a browser that was left alone gives nobody the file.
func TestAttack_ID_41_the_file_of_ones_data_asks_for_the_password(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		c := p.Nobody(t)
		p.SignIn(t, c, "customer-member")
		change(t, p, `UPDATE session SET created_at = $1, proved_at = NULL WHERE revoked_at IS NULL`, p.Config.Clock.Now().Add(-time.Hour))
		if got := c.Get(t, "/me/data/file"); got.Status != 303 || got.Location != "/me/data" {
			t.Errorf("%d to %s", got.Status, got.Location)
		}
		if got := c.Post(t, "/me/data", nil); got.Status != 403 || !strings.Contains(got.Body, "_prove") {
			t.Errorf("%d", got.Status)
		}
		if got := c.Post(t, "/me/data", url.Values{"_prove": {"demo password customer-member"}}); got.Status != 303 {
			t.Errorf("with the password: %d", got.Status)
		}
		if got := c.Get(t, "/me/data/file"); got.Status != 200 {
			t.Errorf("the file: %d", got.Status)
		}
		p.Mail(t, emailOf(p, "customer-member"), "took a file")
	})
}

func TestDocs_name_every_field_of_personal_data(t *testing.T) {
	doc, err := os.ReadFile("../../docs/personal-data.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range app.PersonalParts() {
		_, row, ok := strings.Cut(string(doc), "| `"+part.Name+"` |")
		if !ok {
			t.Errorf("docs/personal-data.md does not know %s", part.Name)
			continue
		}
		row, _, _ = strings.Cut(row, "\n")
		for _, f := range part.Fields {
			if f == "" || !strings.Contains(row, "`"+f+"`") {
				t.Errorf("%s: no word of %q", part.Name, f)
			}
		}
	}
}

package faults

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// TestAttack_OPS_15: the key file is changed while the portal runs, and the change is killed and repeated. Everybody signs in with a second
// factor before, during and after; a wrong key, a missing one and the old one stop the start.
func TestAttack_OPS_15_the_key_changes_while_the_portal_runs(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + storetest.LitePath(t) },
		"postgres": func(t *testing.T) string { return storetest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) { turned(t, demo(t, database(t))) })
	}
}

func turned(t *testing.T, p *portal) {
	key := filepath.Join(p.dir, "lodge.key")
	first, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	console := func(args ...string) *exec.Cmd {
		return exec.Command(p.cmd.Path, append(args, "--database", p.database, "--secrets", key, "--files", "file://"+filepath.Join(p.dir, "files"), "--listen", p.address)...)
	}
	p.browser("helpdesk")
	if out, err := console("keys", "rotate", "--prepare").CombinedOutput(); err != nil || !strings.Contains(string(out), "still opens") {
		t.Fatalf("prepare: %v %s", err, out)
	}
	p.browser("release-manager") // sealed with the old key
	change := console("keys", "rotate")
	if err := change.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2500 * time.Millisecond) // in the middle of it
	change.Process.Kill()
	change.Wait()
	p.browser("licensing-desk")
	out, err := console("keys", "rotate").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "is the only key") {
		t.Fatalf("rotate: %v %s", err, out)
	}
	p.browser("billing-desk")
	anna := p.browser("customer-admin")
	if s, _, err := send(anna, p.at("customer", "contacts/new"), url.Values{"first_name": {"New"}, "last_name": {"Key"}, "email": {"new.key@kowalski-maszyny.example"}, "role": {"support-restricted"}}); s != http.StatusSeeOther {
		t.Errorf("invite: %d %v", s, err)
	}
	db, err := store.Open(t.Context(), p.database, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	eventually(t, "a letter sealed with the new key", func() bool {
		got := ""
		err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
			got, err = store.One[string](tx, `SELECT state FROM mail WHERE to_address = 'new.key@kowalski-maszyny.example'`)
			return err
		})
		return err == nil && got == "sent"
	})

	now, err := os.ReadFile(key)
	if err != nil || strings.Count(string(now), "\n") != 1 || string(now) == string(first) {
		t.Errorf("the key file has %d lines (%v)", strings.Count(string(now), "\n"), err)
	}
	kept, err := filepath.Glob(key + ".until-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("old keys kept: %v %v", kept, err)
	}
	if old, err := os.ReadFile(kept[0]); err != nil || string(old) != string(first) {
		t.Errorf("the old key is not what it was (%v)", err)
	}
	if i, err := os.Stat(kept[0]); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the old key's file: %v %v", i, err)
	}
	if err := os.WriteFile(key, first, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := console("serve", "--mail", "capture:").CombinedOutput(); err == nil || !strings.Contains(string(out), "not the one this database was made with") {
		t.Errorf("with the old key: %v %s", err, out)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if out, err := console("serve", "--mail", "capture:").CombinedOutput(); err == nil || !strings.Contains(string(out), "there is no key file at "+key) {
		t.Errorf("with no key: %v %s", err, out)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("another key was made in its place")
	}
}

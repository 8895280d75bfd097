package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/event"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func quiet(string, int64, int64) {}

// emptyPlace is a configuration of nothing yet, with the key file of a portal.
func emptyPlace(t *testing.T, p *apptest.Portal) app.Config {
	t.Helper()
	dir := t.TempDir()
	cfg := app.Config{Listen: p.Config.Listen, Files: "file://" + filepath.Join(dir, "files"), Mail: "capture:", Secrets: p.Config.Secrets, Clock: clock.Real{},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Demo: true}
	if cfg.Database = "sqlite:" + filepath.Join(dir, "lodge.db"); p.Store.Engine() == "postgres" {
		cfg.Database = storetest.EmptyPostgresURL(t)
	}
	return cfg
}

func TestAttack_OPS_04_OPS_06_a_restore_proves_itself_and_revives_nothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		signedIn := p.As(t, "customer-support")
		// A letter waits that nobody sends: its server was away.
		exec(t, p, `INSERT INTO mail (id, org_id, person_id, to_address, kind, subject, sealed, state, attempts, error, created_at)
			SELECT 'waiting', org_id, person_id, to_address, kind, subject, 'x', 'queued', 0, '', created_at FROM mail LIMIT 1`)
		file := filepath.Join(t.TempDir(), "lodge.backup")
		if _, err := event.SealNew(t.Context(), p.Store); err != nil {
			t.Fatal(err)
		}
		stop := writing(t, p)
		m, err := p.Backup(t.Context(), file, "test", quiet)
		stop()
		if err != nil {
			t.Fatal(err)
		}
		if m.Tables["ticket"] < 10 || len(m.Files) < 8 || m.Seal.N == 0 {
			t.Errorf("%d tickets, %d files, seal %d", m.Tables["ticket"], len(m.Files), m.Seal.N)
		}
		cfg := emptyPlace(t, p)
		if _, err := app.Restore(t.Context(), cfg, file, quiet); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Restore(t.Context(), cfg, file, quiet); err == nil {
			t.Error("a second restore went over the first")
		}
		c := apptest.Open(t, cfg, p.World)
		if page := c.Nobody(t).Get(t, "/sign-in"); page.Status != 200 || !strings.Contains(page.Body, "restored copy") {
			t.Errorf("OPS_05: the copy does not answer, or not as one: %d", page.Status)
		}
		if page := signedIn.At(c).Get(t, "/me/"); page.Status != 303 {
			t.Errorf("a session lives on in the copy: %d", page.Status)
		}
		fresh := c.As(t, "customer-support") // the sample sign-in
		at := fmt.Sprintf("/o/%d", p.World.Organisations["customer"].Number)
		page := fresh.Get(t, at+"/requests/"+p.World.Example)
		if page.Status != 200 || !strings.Contains(page.Body, "restored copy") {
			t.Errorf("OPS_05: the copy does not say what it is: %d", page.Status)
		}
		shelf := shelf{t, c, fresh, at}
		if got := fresh.Get(t, shelf.href("halden-designer-8.3.1-x64.msi")); !strings.HasPrefix(got.Body, "halden-designer-8.3.1-x64.msi is an example") {
			t.Errorf("a file did not come back: %d", got.Status)
		}
		if err := c.Store.Read(t.Context(), func(tx *store.Tx) error {
			for q, want := range map[string]int{`mail WHERE state = 'queued'`: 0, `mail WHERE id = 'waiting' AND state = 'failed'`: 1,
				`proof WHERE used_at IS NULL`: 0, `invitation WHERE used_at IS NULL AND withdrawn_at IS NULL`: 0} {
				if n, err := store.One[int](tx, `SELECT count(*) FROM `+q); err != nil || n != want {
					t.Errorf("%s: %d, want %d (%v)", q, n, want, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAttack_OPS_05_a_restored_copy_is_silent_until_it_is_confirmed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		file := filepath.Join(t.TempDir(), "lodge.backup")
		if _, err := p.Backup(t.Context(), file, "test", quiet); err != nil {
			t.Fatal(err)
		}
		cfg := emptyPlace(t, p)
		if _, err := app.Restore(t.Context(), cfg, file, quiet); err != nil {
			t.Fatal(err)
		}
		letters := func(c *apptest.Portal) []mail.Captured { return c.Capture.All() }
		c := apptest.Open(t, cfg, p.World)
		forgotten := func(c *apptest.Portal) {
			form := c.Nobody(t).Get(t, "/forgotten").Hidden()
			form.Set("email", emailOf(p, "customer-admin"))
			c.Nobody(t).Post(t, "/forgotten", form)
		}
		forgotten(c)
		time.Sleep(2 * time.Second) // the jobs of a portal that works have long been done then
		if got := letters(c); len(got) != 0 {
			t.Errorf("%d letters left the copy", len(got))
		}
		if err := c.Confirm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Confirm(t.Context()); err == nil {
			t.Error("confirmed twice")
		}
		c.Stop()
		again := apptest.Open(t, cfg, p.World)
		again.Mail(t, emailOf(p, "customer-admin"), "password") // what was asked for meanwhile is sent now
	})
}

func TestARestoreThatWasBrokenOffIsNotTakenForAPortal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		dump := filepath.Join(t.TempDir(), "dump")
		if err := p.Store.Dump(t.Context(), dump, func(*store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		cfg := emptyPlace(t, p)
		cut := errors.New("the power is cut")
		if err := store.Load(t.Context(), cfg.Database, dump, func(context.Context, *store.DB) error { return cut }); !errors.Is(err, cut) {
			t.Fatal(err)
		}
		if _, err := app.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "was not completed") && !strings.Contains(err.Error(), "there is no database") {
			t.Errorf("half a restore is opened: %v", err)
		}
	})
}

func TestAttack_OPS_07_a_backup_is_sealed_and_nobody_elses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		dir := t.TempDir()
		file := filepath.Join(dir, "lodge.backup")
		if _, err := p.Backup(t.Context(), file, "test", quiet); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
		b, err := os.ReadFile(file)
		if err != nil || bytes.Contains(b, []byte("Kowalski")) || bytes.Contains(b, []byte("CREATE TABLE")) {
			t.Errorf("what it holds can be read (%v)", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("%v is left beside it (%v)", left, err)
		}
		if _, err := p.Backup(t.Context(), file, "test", quiet); err == nil {
			t.Error("a backup went over another one")
		}
		refused := func(name string, content []byte, secrets, want string) {
			t.Helper()
			bad := filepath.Join(t.TempDir(), "bad.backup")
			if err := os.WriteFile(bad, content, 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := emptyPlace(t, p)
			cfg.Secrets = secrets
			if _, err := app.Restore(t.Context(), cfg, bad, quiet); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("OPS_04 %s: %v", name, err)
			}
			if err := store.Vacant(t.Context(), cfg.Database); err != nil {
				t.Errorf("%s left something: %v", name, err)
			}
		}
		flipped := bytes.Clone(b)
		flipped[len(b)/2] ^= 1
		refused("altered", flipped, p.Config.Secrets, "altered or is damaged")
		refused("cut", b[:len(b)/2], p.Config.Secrets, "damaged")
		refused("empty", nil, p.Config.Secrets, "this is no lodge-backup")
		refused("another key", b, anotherKey(t), "another key file")
	})
}

func anotherKey(t *testing.T) string {
	other := emptyPortal(t, "sqlite:"+storetest.LitePath(t))
	return other.Config.Secrets
}

// writing opens requests until it is stopped, so that the backup is not of a portal that rests.
func writing(t *testing.T, p *apptest.Portal) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	c := p.As(t, "support-advanced")
	at := fmt.Sprintf("/o/%d/requests/new", p.World.Organisations["customer"].Number)
	go func() {
		defer close(done)
		for n := 0; ctx.Err() == nil; n++ {
			c.Post(t, at, url.Values{"product": {"HAL-DES"}, "kind": {"question"}, "title": {fmt.Sprint("While it is backed up ", n)}, "description": {"?"}, "severity": {"4"}})
		}
	}()
	return func() { cancel(); <-done }
}

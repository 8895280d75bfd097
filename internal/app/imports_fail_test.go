package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
)

// failed waits until as many tries at an import have failed.
func failed(t *testing.T, p *apptest.Portal, tries int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); count(t, p, `SELECT count(*) FROM import_intake WHERE tries = $1 AND reference <> ''`, tries) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no failure is noted")
		}
	}
}

// What goes wrong at the end of a pass is a failure too: it is counted, so that one day a person decides, and others have their turn.
func TestImports_whose_report_cannot_be_kept_are_failures_that_count(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := officeOf(t, p, "operator")
		at := o.upload("admin.zip", packed(t, sample("admin-portal-later"))).Location
		o.rests(at)
		p.Blobs.Spare = 1 << 60
		o.post(at, "start")
		failed(t, p, 1)
		p.Blobs.Spare = 0
		if page := o.rests(at); !strings.Contains(page.Body, "What the import came to") {
			t.Errorf("with room again: %.2000s", page.Body)
		}
	})
}

// An export that breaks the importer must not break the portal, nor begin again and again. One that a newer program refuses, when an older one
// has checked it, is refused though it was to run.
func TestImports_that_break_the_importer_are_failures_and_a_run_can_be_refused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(sample("admin-portal-later"))); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "people.csv"), []byte("not what the manifest says\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		o := officeOf(t, p, "operator")
		language, at := p.Imports.Language, ""
		if ran, err := p.Store.IfFree(t.Context(), "importer.work", func(context.Context) error { // as if another node were at work
			p.Imports.Language = func(string) func(string, ...any) string {
				return func(string, ...any) string { panic("canary of the importer") }
			}
			at = o.upload("bad.zip", packed(t, folder)).Location
			change(t, p, `UPDATE import_intake SET state = 'running' WHERE state = 'checking'`)
			return nil
		}); err != nil || !ran {
			t.Fatal(ran, err)
		}
		failed(t, p, 1)
		p.Imports.Language = language
		if page := o.rests(at); !strings.Contains(page.Body, "people.csv") || count(t, p, `SELECT count(*) FROM import_intake WHERE state = 'refused' AND export_id = ''`) != 1 {
			t.Errorf("refused: %.3000s", page.Body)
		}
		if got := o.c.Do(t, http.MethodGet, at+"/report.csv", nil, nil); got.Status != http.StatusOK || !strings.Contains(got.Body, "people.csv") {
			t.Errorf("its report: %d %.300s", got.Status, got.Body)
		}
	})
}

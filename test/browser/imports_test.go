package browser

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/importer"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// export is one of the importer's own exports, as a ZIP.
func export(t *testing.T, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	err := z.AddFS(os.DirFS(filepath.Join("..", "..", "internal", "importer", "testdata", "sample", name)))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// imports are the pages of imports, each in another state: made as the operator makes them.
func imports(t *testing.T, p *apptest.Portal) []state {
	t.Helper()
	vendor := one(p, `SELECT id FROM organisation WHERE kind = 'vendor'`)
	a := who.Actor{Person: one(p, `SELECT id FROM person WHERE email = 'karin.dahl@halden.example'`), Org: vendor, Member: vendor, Source: who.Own, Rights: who.Rights{importer.Manage: true}, Language: "en"}
	rests := func(id string) {
		for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			in, err := p.Imports.Get(t.Context(), a, id)
			if err != nil || time.Now().After(end) {
				t.Fatal(in.State, err)
			}
			if !in.Working() {
				return
			}
		}
	}
	handIn := func(name string, body []byte) string {
		id, err := p.Imports.HandIn(t.Context(), a, name, int64(len(body)), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		rests(id)
		return id
	}
	done := handIn("admin-portal.zip", export(t, "admin-portal"))
	if err := p.Imports.Start(t.Context(), a, done); err != nil {
		t.Fatal(err)
	}
	rests(done)
	checked := handIn("customer-portal.zip", export(t, "customer-portal"))
	refused := handIn("forgotten-manifest.zip", foreign(t))
	running := handIn("admin-portal-later.zip", export(t, "admin-portal-later"))
	set := func(q string, args ...any) {
		err := p.Store.Write(context.Background(), store.Free, func(tx *store.Tx) error { // Free: a test's own row
			_, err := tx.Exec(q, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(`UPDATE import_intake SET state = 'running', again_at = $2, at_file = 'people.csv', done = 420, total = 721, started_by = made_by, started_at = created_at WHERE id = $1`,
		running, time.Now().AddDate(1, 0, 0))
	at := func(name, id string) state {
		path := fmt.Sprintf("/o/%d%s/%s", p.World.Organisations["vendor"].Number, importer.At, id)
		return state{view{name, "operator", strings.TrimSuffix(path, "/")}, nil}
	}
	return []state{at("imports", ""), at("import-checked", checked), at("import-running", running), at("import-done", done), at("import-refused", refused)}
}

func foreign(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("products.csv")
	if err == nil {
		_, err = w.Write([]byte("source_id,code,name,status\n"))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestImport: the operator chooses a file, reads what the check found and lets it run; the page follows by itself.
func TestImport_follows_by_itself_from_the_check_to_the_end(t *testing.T) {
	p := portal(t)
	b := open(t, chrome(t), p, "operator")
	b.get(fmt.Sprintf("/o/%d%s", p.World.Organisations["vendor"].Number, importer.At))
	ask[bool](b, fmt.Sprintf(`(() => { const form = document.querySelector('form[enctype]');
		const chosen = new DataTransfer();
		chosen.items.add(new File([Uint8Array.from(atob('%s'), c => c.charCodeAt(0))], 'admin-portal.zip'));
		form.querySelector('input[type=file]').files = chosen.files;
		form.requestSubmit();
		return true })()`, base64.StdEncoding.EncodeToString(export(t, "admin-portal"))))
	b.until("the check has ended", `(document.body?.innerText ?? '').includes('What the check found')`)
	ask[bool](b, `(() => { document.querySelector('form[action$="/start"]').requestSubmit(); return true })()`)
	b.until("it runs, and nobody has to ask", `document.querySelector('[data-live]') !== null && document.querySelector('[data-refresh]') === null`)
	b.until("the run has ended", `(document.body?.innerText ?? '').includes('What the import came to') && document.querySelector('[data-live]') === null`)
}

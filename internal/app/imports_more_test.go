package app_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

func TestImports_stopped_between_two_batches_go_on_and_come_to_the_same(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := officeOf(t, p, "operator")
		at := o.upload("admin.zip", packed(t, sample("admin-portal"))).Location
		found := totals(o.rests(at))
		if got := o.post(at, "stop"); got.Status != 409 {
			t.Errorf("stop of what does not run: %d", got.Status)
		}
		o.post(at, "start")
		if got := o.post(at, "discard"); got.Status != 409 {
			t.Errorf("discard while it runs: %d", got.Status)
		}
		if got := o.post(at, "stop"); got.Status != 303 {
			t.Fatalf("stop: %d", got.Status)
		}
		page := o.rests(at)
		taken := count(t, p, `SELECT count(*) FROM import_row`)
		if !strings.Contains(page.Body, "stopped between two batches") || !strings.Contains(page.Body, "Go on") || taken == 0 || taken > 1_600 {
			t.Fatalf("%d rows taken when stopped: %.3000s", taken, page.Body)
		}
		o.post(at, "start")
		if page = o.rests(at); totals(page) != found {
			t.Errorf("the check says\n%s\nthe run in two parts\n%s", found, totals(page))
		}
	})
}

func TestImports_that_nobody_lets_run_are_discarded_by_hand_or_after_a_week(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := officeOf(t, p, "operator")
		blobs := count(t, p, `SELECT count(*) FROM blob WHERE state = 'ready'`)
		one, two := o.upload("one.zip", packed(t, sample("admin-portal-later"))).Location, o.upload("two.zip", packed(t, sample("admin-portal-later"))).Location
		o.rests(one)
		o.rests(two)
		if n := count(t, p, `SELECT count(*) FROM blob WHERE state = 'ready'`); n != blobs+4 {
			t.Fatalf("%d files for two exports and two reports", n-blobs)
		}
		if got := o.post(one, "discard"); got.Status != 303 || !strings.Contains(o.c.Get(t, one).Body, "Discarded") || strings.Contains(o.c.Get(t, one).Body, "/start") {
			t.Errorf("discard: %d", got.Status)
		}
		if got := o.post(one, "start"); got.Status != 409 {
			t.Errorf("start of what is gone: %d", got.Status)
		}
		if err := p.Imports.Sweep(t.Context()); err != nil || count(t, p, `SELECT count(*) FROM blob WHERE state = 'ready'`) != blobs+2 {
			t.Errorf("one that is fresh is swept: %v", err)
		}
		change(t, p, `UPDATE import_intake SET touched_at = $1`, p.Config.Clock.Now().AddDate(0, 0, -8))
		if err := p.Imports.Sweep(t.Context()); err != nil || count(t, p, `SELECT count(*) FROM blob WHERE state = 'ready'`) != blobs {
			t.Errorf("after a week: %v", err)
		}
		if got := o.c.Get(t, two); !strings.Contains(got.Body, "Discarded") {
			t.Error("the second is not discarded")
		}
	})
}

// An export that somebody else hands in costs nothing: not a byte of it is written anywhere.
func TestAttack_IMP_10_nobody_and_who_may_not_leaves_nothing_on_the_disk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	p := apptest.Start(t, apptest.Lite)
	before := len(under(t, dir))
	for _, key := range []string{"", "helpdesk", "customer-admin"} {
		o := officeOf(t, p, key)
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", "large.zip")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(bytes.Repeat([]byte("PK"), 4<<20))
		w.Close()
		want := map[string]int{"": 401, "helpdesk": 403, "customer-admin": 404}[key]
		if got := o.c.Do(t, http.MethodPost, o.base, &form, http.Header{"Content-Type": {w.FormDataContentType()}}); got.Status != want {
			t.Errorf("%q: %d, want %d", key, got.Status, want)
		}
		if got := o.c.Get(t, o.base+"/0190000000007000800000000000ffff/report.csv"); got.Status == 200 {
			t.Errorf("%q reads a report", key)
		}
	}
	if after := under(t, dir); len(after) != before {
		t.Errorf("left on the disk: %v", after)
	}
	o := officeOf(t, p, "operator") // who may leaves nothing but what is kept, sealed
	body := packed(t, sample("admin-portal-later"))
	o.rests(o.upload("good.zip", body).Location)
	for _, path := range under(t, dir) {
		b, err := os.ReadFile(path)
		if err == nil && bytes.Contains(b, body[:200]) {
			t.Errorf("the export lies in %s as it came", path)
		}
		if strings.Contains(path, "multipart-") || strings.Contains(path, "lodge-import-") {
			t.Errorf("%s is left", path)
		}
	}
	if n := count(t, p, `SELECT count(*) FROM import_intake`); n != 2 { // the world's own among them
		t.Errorf("%d imports", n)
	}
}

func under(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && !strings.Contains(path, ".db") {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestImports_by_program_are_handed_in_checked_run_and_read(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		vendor := p.Program(p.World.Tokens["vendor"])
		body := string(packed(t, sample("admin-portal-later")))
		send := func() (in struct{ ID, State string }) {
			a := vendor.Call(t, "POST", "/api/v1/imports?name=later.zip", body, "Content-Type", "application/zip", "Idempotency-Key", "import-once")
			if a.Status != 201 || a.Header.Get("Location") == "" {
				t.Fatalf("hand in: %d %s", a.Status, a.Body)
			}
			a.Into(t, &in)
			return in
		}
		made := send()
		if again := send(); again.ID != made.ID || count(t, p, `SELECT count(*) FROM import_intake WHERE file_name = 'later.zip'`) != 1 {
			t.Errorf("handed in twice with one key: %s and %s", made.ID, again.ID)
		}
		at := "/api/v1/imports/" + made.ID
		type file struct {
			Name                   string
			Rows, Created, Refused int
		}
		type result struct{ Files []file }
		wait := func(state string) (in struct {
			State, Source string
			Check, Run    *result
		}) {
			for end := time.Now().Add(time.Minute); in.State != state; time.Sleep(20 * time.Millisecond) {
				if vendor.Get(t, at).Into(t, &in); time.Now().After(end) {
					t.Fatalf("%+v, want %s", in, state)
				}
			}
			return in
		}
		in := wait("checked")
		if in.Source != "admin-portal" || in.Check == nil || len(in.Check.Files) != 5 || in.Run != nil {
			t.Errorf("checked: %+v", in)
		}
		report := vendor.Get(t, at+"/report").Body
		if !strings.HasPrefix(report, "file,line,source_id,outcome,code,sentence\n") {
			t.Errorf("report: %.300s", report)
		}
		if a := vendor.Post(t, at+"/start", ""); a.Status != 200 {
			t.Fatalf("start: %d %s", a.Status, a.Body)
		}
		if in = wait("done"); in.Run == nil || fmt.Sprint(*in.Run) != fmt.Sprint(*in.Check) {
			t.Errorf("the run comes to %+v, the check to %+v", in.Run, in.Check)
		}
		if a := vendor.Call(t, "DELETE", at, ""); a.Status != 409 || a.Problem(t).Code != "importer.not_now" {
			t.Errorf("discard of one that is done: %d %s", a.Status, a.Body)
		}
		if a := vendor.Call(t, "POST", "/api/v1/imports", "no ZIP", "Content-Type", "application/zip"); a.Status != 422 {
			t.Errorf("no ZIP: %d %s", a.Status, a.Body)
		}
	})
}

// The portal cannot read the export: it tries again by itself, then a person decides.
func TestImports_that_fail_are_tried_again_and_then_wait_for_a_person(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		o := officeOf(t, p, "operator")
		at := o.upload("admin.zip", packed(t, sample("admin-portal-later"))).Location
		o.rests(at)
		id := at[strings.LastIndex(at, "/")+1:]
		was := cell(t, p, `SELECT export_id FROM import_intake WHERE id = $1`, id)
		change(t, p, `UPDATE import_intake SET export_id = 'AAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE id = $1`, id)
		o.post(at, "start")
		for end := time.Now().Add(time.Minute); count(t, p, `SELECT count(*) FROM import_intake WHERE tries = 1 AND state = 'running'`) == 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no failure is noted")
			}
		}
		if part := o.c.Do(t, http.MethodGet, at, nil, http.Header{"Lodge-Fragment": {"1"}}); !strings.Contains(part.Body, "The last attempt failed") {
			t.Errorf("after one failure: %s", part.Body)
		}
		change(t, p, `UPDATE import_intake SET tries = 7, again_at = $1`, p.Config.Clock.Now())
		page := o.rests(at)
		if reference := cell(t, p, `SELECT reference FROM import_intake WHERE id = $1`, id); !strings.Contains(page.Body, "could not go on") || !strings.HasPrefix(reference, "E-") || !strings.Contains(page.Body, reference) {
			t.Errorf("failed (%s): %.2000s", reference, page.Body)
		}
		change(t, p, `UPDATE import_intake SET export_id = $1`, was)
		o.post(at, "start")
		if page = o.rests(at); !strings.Contains(page.Body, "What the import came to") {
			t.Errorf("mended: %.2000s", page.Body)
		}
	})
}

// cell is one text of the database.
func cell(t *testing.T, p *apptest.Portal, q string, args ...any) (s string) {
	t.Helper()
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		s, err = store.One[string](tx, q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

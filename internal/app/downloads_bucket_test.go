package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/blob/blobtest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store/storetest"
)

// eachBucket is apptest.Each with files in a bucket of a real S3 server.
func eachBucket(t *testing.T, f func(t *testing.T, p *apptest.Portal)) {
	t.Helper()
	start := func(t *testing.T, database, more string) *apptest.Portal {
		cfg := apptest.Config(t.TempDir(), clock.Real{})
		cfg.Database, cfg.Files = database, blobtest.Start(t).Address+more
		return apptest.Make(t, cfg)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, start(t, "sqlite:"+storetest.LitePath(t), ""))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, start(t, storetest.PostgresURL(t), "&prefix=portal"))
	})
}

// ask sends a request anywhere, without cookies.
func ask(t *testing.T, method, address, part string) (status int, body string, h http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if part != "" {
		r.Header.Set("Range", part)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func TestAttack_FILE_08_a_file_in_a_bucket_comes_by_an_address_of_its_own_after_the_right(t *testing.T) {
	eachBucket(t, func(t *testing.T, p *apptest.Portal) {
		anna := shelfOf(t, p, "customer-admin", "customer")
		const name = "halden-designer-8.3.1-x64.msi"
		at := anna.href(name)
		head := anna.c.Do(t, "HEAD", at, nil, nil)
		if head.Status != 200 || head.Location != "" || head.Header.Get("ETag") == "" {
			t.Errorf("HEAD: %d %v", head.Status, head.Header)
		}
		if got := anna.c.Do(t, "GET", at, nil, http.Header{"If-None-Match": {head.Header.Get("ETag")}}); got.Status != 304 {
			t.Errorf("If-None-Match: %d", got.Status)
		}
		if got := anna.c.Do(t, "GET", at, nil, http.Header{"Range": {"bytes=999999999-"}}); got.Status != 416 {
			t.Errorf("a part beyond the end: %d", got.Status)
		}
		if n := anna.lines(name); n != 0 {
			t.Errorf("%d lines before anything was taken", n)
		}
		got := anna.c.Get(t, at)
		if got.Status != 307 || !strings.Contains(got.Location, "X-Amz-Expires=300") || got.Header.Get("Cache-Control") != "private, no-store" || got.Body != "" {
			t.Fatalf("%d %s %v", got.Status, got.Location, got.Header)
		}
		status, body, h := ask(t, "GET", got.Location, "")
		if status != 200 || !strings.HasPrefix(body, name+" is an example") || h.Get("Content-Disposition") != "attachment; filename="+name ||
			h.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%d %.80q %v", status, body, h)
		}
		if status, part, _ := ask(t, "GET", got.Location, "bytes=0-3"); status != 206 || part != body[:4] {
			t.Errorf("a part: %d %q", status, part)
		}
		if status, _, _ := ask(t, "PUT", got.Location, ""); status < 400 {
			t.Errorf("PUT: %d", status)
		}
		for range 3 {
			if part := anna.c.Do(t, "GET", at, nil, http.Header{"Range": {"bytes=4-9"}, "If-Range": {`"of the bucket"`}}); part.Status != 307 {
				t.Errorf("going on: %d", part.Status)
			}
		}
		if n := anna.lines(name); n != 1 {
			t.Errorf("FILE_14: one download made %d lines", n)
		}
		late := anna.c.Get(t, anna.base+"/downloads/"+fileID(t, p, "wallboard-3.4-setup.exe"))
		if late.Status != 403 || late.Location != "" {
			t.Errorf("what is not included: %d %s", late.Status, late.Location)
		}
		if got := p.Nobody(t).Get(t, at); got.Status != 303 || !strings.HasPrefix(got.Location, "/sign-in") {
			t.Errorf("without sign-in: %d %s", got.Status, got.Location)
		}
		exec(t, p, `UPDATE support_contract SET status = 'cancelled'`)
		if got := anna.c.Get(t, at); got.Status != 403 || got.Location != "" {
			t.Errorf("after support ended: %d %s", got.Status, got.Location)
		}
		for _, f := range p.Examine(t.Context()) {
			if f.What == "files" && f.Err != nil {
				t.Errorf("doctor: %v", f.Err)
			}
		}
	})
}

func TestReleases_go_into_a_bucket_by_upload_and_are_checked_there(t *testing.T) {
	eachBucket(t, func(t *testing.T, p *apptest.Portal) {
		maja, anna := shelfOf(t, p, "release-manager", "vendor"), shelfOf(t, p, "customer-admin", "customer")
		at := maja.draft("9.1")
		if got := maja.upload(at+"/files", maja.c.Get(t, at), "nine.msi", "the ninth"); got.Status != 303 {
			t.Fatalf("upload: %d %.2000s", got.Status, got.Body)
		}
		if got := maja.c.Post(t, at+"/publish", with(maja.c.Get(t, at), "seen", "2")); got.Status != 303 {
			t.Fatalf("publish: %d %.2000s", got.Status, got.Body)
		}
		if _, body, _ := ask(t, "GET", anna.c.Get(t, anna.href("nine.msi")).Location, ""); body != "the ninth" {
			t.Errorf("%q", body)
		}
	})
}

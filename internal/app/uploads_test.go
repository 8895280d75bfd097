package app_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
)

// tus sends one request of the protocol.
func (s shelf) tus(method, at, body string, headers ...string) apptest.Page {
	s.t.Helper()
	h := http.Header{"Tus-Resumable": {"1.0.0"}}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			h.Del(headers[i])
		}
	}
	return s.c.Do(s.t, method, at, strings.NewReader(body), h)
}

func about(pairs ...string) string {
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return strings.Join(all, ",")
}

func (s shelf) part(at string, offset int, body string) apptest.Page {
	s.t.Helper()
	return s.tus("PATCH", at, body, "Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream")
}

func TestUploads_in_parts_go_on_after_a_pause_and_become_a_file_of_the_release(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja, anna := shelfOf(t, p, "release-manager", "vendor"), shelfOf(t, p, "customer-admin", "customer")
		at := maja.draft("9.3")
		content := strings.Repeat("0123456789", 100_000)
		made := maja.tus("POST", at+"/uploads", "", "Upload-Length", strconv.Itoa(len(content)), "Upload-Metadata", about("filename", "../żółw.msi", "kind", "archive", "platform", "linux"))
		if made.Status != 201 || made.Header.Get("Tus-Resumable") != "1.0.0" || made.Header.Get("Upload-Expires") == "" {
			t.Fatalf("begin: %d %v", made.Status, made.Header)
		}
		if n := len(maja.c.Get(t, at).Body); strings.Contains(maja.c.Get(t, at).Body, "żółw") {
			t.Errorf("half a file is on the page (%d)", n)
		}
		if got := maja.part(made.Location, 0, content[:400_000]); got.Status != 204 || got.Header.Get("Upload-Offset") != "400000" {
			t.Fatalf("part: %d %v", got.Status, got.Header)
		}
		if got := maja.part(made.Location, 0, content); got.Status != 409 {
			t.Errorf("the same part again: %d", got.Status)
		}
		head := maja.tus("HEAD", made.Location, "")
		if head.Status != 200 || head.Header.Get("Upload-Offset") != "400000" || head.Header.Get("Upload-Length") != "1000000" || head.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("HEAD: %d %v", head.Status, head.Header)
		}
		if got := maja.part(made.Location, 400_000, content[400_000:]); got.Status != 204 || got.Header.Get("Upload-Offset") != "1000000" {
			t.Fatalf("last part: %d %.2000s", got.Status, got.Body)
		}
		if got := maja.part(made.Location, 1_000_000, ""); got.Status != 204 {
			t.Errorf("once more at the end: %d", got.Status)
		}
		if body := maja.c.Get(t, at).Body; strings.Count(body, "/remove") != 1 || !strings.Contains(body, "żółw.msi") || !strings.Contains(body, "Archive, Linux") {
			t.Errorf("the file is not on the page once: %.3000s", body)
		}
		if got := maja.publish(at); got.Status != 303 {
			t.Fatalf("publish: %d", got.Status)
		}
		if got := anna.c.Get(t, anna.href("żółw.msi")); got.Body != content {
			t.Errorf("%d, %d bytes", got.Status, len(got.Body))
		}
		if got := maja.tus("POST", at+"/uploads", "", "Upload-Length", "1", "Upload-Metadata", about("filename", "x")); got.Status != 409 {
			t.Errorf("into a published release: %d", got.Status)
		}
	})
}

func TestUploads_speak_tus_and_say_what_is_wrong(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja := shelfOf(t, p, "release-manager", "vendor")
		at := maja.draft("9.4")
		if got := maja.tus("OPTIONS", at+"/uploads", "", "Tus-Resumable", ""); got.Status != 204 || got.Header.Get("Tus-Version") != "1.0.0" || got.Header.Get("Tus-Extension") != "creation,expiration,termination" {
			t.Errorf("OPTIONS: %d %v", got.Status, got.Header)
		}
		name := about("filename", "x.msi")
		for what, c := range map[string]struct {
			status  int
			headers []string
		}{
			"another version":   {412, []string{"Tus-Resumable", "0.2.2", "Upload-Length", "1", "Upload-Metadata", name}},
			"no length":         {400, []string{"Upload-Metadata", name}},
			"less than nothing": {400, []string{"Upload-Length", "-1", "Upload-Metadata", name}},
			"too much":          {413, []string{"Upload-Length", "99999999999999", "Upload-Metadata", name}},
			"no name":           {422, []string{"Upload-Length", "1"}},
			"an odd kind":       {422, []string{"Upload-Length", "1", "Upload-Metadata", name + "," + about("kind", "virus")}},
			"no metadata":       {400, []string{"Upload-Length", "1", "Upload-Metadata", "filename ***"}},
		} {
			if got := maja.tus("POST", at+"/uploads", "", c.headers...); got.Status != c.status {
				t.Errorf("%s: %d, want %d", what, got.Status, c.status)
			}
		}
		made := maja.tus("POST", at+"/uploads", "", "Upload-Length", "4", "Upload-Metadata", name)
		if got := maja.tus("PATCH", made.Location, "four", "Upload-Offset", "0", "Content-Type", "text/plain"); got.Status != 415 {
			t.Errorf("another type: %d", got.Status)
		}
		if got := maja.tus("PATCH", made.Location, "four", "Content-Type", "application/offset+octet-stream"); got.Status != 400 {
			t.Errorf("no offset: %d", got.Status)
		}
		if got := maja.part(made.Location, 0, "more than four"); got.Status != 400 {
			t.Errorf("more than announced: %d", got.Status)
		}
		if got := maja.tus("DELETE", made.Location, ""); got.Status != 204 {
			t.Errorf("stop: %d", got.Status)
		}
		if got := maja.tus("HEAD", made.Location, ""); got.Status != 404 {
			t.Errorf("after it was stopped: %d", got.Status)
		}
	})
}

func TestAttack_FILE_03_an_upload_belongs_to_who_began_it_and_to_its_release(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja := shelfOf(t, p, "release-manager", "vendor")
		at, other := maja.draft("9.5"), maja.draft("9.6")
		made := maja.tus("POST", at+"/uploads", "", "Upload-Length", "4", "Upload-Metadata", about("filename", "x.msi"))
		id := made.Location[strings.LastIndex(made.Location, "/"):]
		if got := maja.part(other+"/uploads"+id, 0, "four"); got.Status != 404 {
			t.Errorf("at another release: %d", got.Status)
		}
		exec(t, p, `INSERT INTO membership_role (membership_id, role) SELECT m.id, 'release-manager' FROM membership m JOIN person x ON x.id = m.person_id WHERE x.email = $1`, emailOf(p, "helpdesk"))
		ingrid := shelfOf(t, p, "helpdesk", "vendor")
		for _, method := range []string{"HEAD", "PATCH", "DELETE"} {
			if got := ingrid.tus(method, made.Location, "four", "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream"); got.Status != 404 {
				t.Errorf("a colleague, %s: %d", method, got.Status)
			}
		}
		if got := p.Nobody(t).Do(t, "PATCH", made.Location, strings.NewReader("four"), http.Header{"Tus-Resumable": {"1.0.0"}}); got.Status != 401 && got.Status != 303 {
			t.Errorf("nobody: %d", got.Status)
		}
		foreign := http.Header{"Tus-Resumable": {"1.0.0"}, "Upload-Offset": {"0"}, "Content-Type": {"application/offset+octet-stream"}, "Sec-Fetch-Site": {"cross-site"}}
		if got := maja.c.Do(t, "PATCH", made.Location, strings.NewReader("four"), foreign); got.Status != 403 {
			t.Errorf("from another site: %d", got.Status)
		}
		exec(t, p, `UPDATE upload SET expires_at = $1`, p.Store.Clock.Now().Add(-clock.Slip-time.Second))
		if got := maja.part(made.Location, 0, "four"); got.Status != 404 {
			t.Errorf("expired: %d", got.Status)
		}
		if err := p.Blobs.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Store.Read(t.Context(), func(tx *store.Tx) error {
			n, err := store.One[int](tx, `SELECT count(*) FROM upload`)
			if n != 0 {
				t.Errorf("%d are left", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

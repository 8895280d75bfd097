package app_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
	"lodge/internal/release"
)

// shelf is the downloads page of one person, with what a test does there.
type shelf struct {
	t    *testing.T
	p    *apptest.Portal
	c    *apptest.Client
	base string
}

func shelfOf(t *testing.T, p *apptest.Portal, key, org string) shelf {
	return shelf{t, p, p.As(t, key), fmt.Sprintf("/o/%d", p.World.Organisations[org].Number)}
}

func (s shelf) page() string {
	s.t.Helper()
	page := s.c.Get(s.t, s.base+"/downloads")
	if page.Status != 200 {
		s.t.Fatalf("downloads: %d", page.Status)
	}
	return page.Body
}

// href is the address of a file on offer, "" if it is not.
func (s shelf) href(name string) string {
	s.t.Helper()
	m := regexp.MustCompile(`href="([^"]+/downloads/[0-9a-f]{32})" download>(?:<svg.*?</svg>)?Download<span class="visually-hidden"> ` + regexp.QuoteMeta(name)).FindStringSubmatch(s.page())
	if m == nil {
		return ""
	}
	return m[1]
}

func (s shelf) lines(name string) int {
	body := s.page()
	return strings.Count(body[strings.Index(body, `id="history"`):], name)
}

// fileID asks the database, as somebody would who was told an address.
func fileID(t *testing.T, p *apptest.Portal, name string) (id string) {
	t.Helper()
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, `SELECT id FROM release_file WHERE name = $1`, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAC_13_AC_14_downloads_follow_from_the_support_of_the_organisation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		marek := shelfOf(t, p, "customer-member", "customer") // no role at all
		at := marek.href("halden-designer-8.3.1-x64.msi")
		got := marek.c.Get(t, at)
		if got.Status != 200 || !strings.HasPrefix(got.Body, "halden-designer-8.3.1-x64.msi is an example") || !strings.Contains(got.Header.Get("Content-Disposition"), "halden-designer-8.3.1-x64.msi") {
			t.Errorf("AC_13: %d %.60q", got.Status, got.Body)
		}
		body := marek.page()
		for _, want := range []string{"wallboard-3.4-setup.exe", "newer than your support", "published while support was active", "support active until", "/downloads/renew?product=HAL-VOI"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if marek.href("wallboard-3.4-setup.exe") != "" || marek.href("wallboard-3.3-setup.exe") == "" {
			t.Error("AC_14: what came after the end of support is offered, or what came before is not")
		}
		late := marek.c.Get(t, marek.base+"/downloads/"+fileID(t, p, "wallboard-3.4-setup.exe"))
		if csp := late.Header.Get("Content-Security-Policy"); strings.Contains(csp, "sandbox") || late.Header.Get("Content-Disposition") != "" {
			t.Errorf("the page that says why not is sent as a file: %s", csp)
		}
		if late.Status != 403 || !strings.Contains(late.Body, "/downloads/renew?product=HAL-VOI") || !strings.Contains(late.Body, "came after the end of your support on") {
			t.Errorf("AC_14: %d %.2000s", late.Status, late.Body)
		}
	})
}

func TestAttack_FILE_07_every_request_for_a_file_asks_for_the_right_anew(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		anna, claire := shelfOf(t, p, "customer-admin", "customer"), shelfOf(t, p, "other-customer-admin", "other-customer")
		id := fileID(t, p, "collector-setup-5.6.0.exe") // of a product that the other customer has not got
		methods := []struct{ method, part string }{{"GET", ""}, {"HEAD", ""}, {"GET", "bytes=0-9"}, {"GET", "bytes=10-"}}
		ask := func(s shelf, id string, want int) {
			t.Helper()
			for _, m := range methods {
				h := http.Header{}
				if m.part != "" {
					h.Set("Range", m.part)
				}
				if got := s.c.Do(t, m.method, s.base+"/downloads/"+id, nil, h); got.Status != want && !(want == 200 && got.Status == 206 && m.part != "") {
					t.Errorf("%s %s: %d, want %d", m.method, m.part, got.Status, want)
				}
			}
		}
		ask(anna, id, 200)
		ask(claire, id, 404)
		ask(claire, fileID(t, p, "halden-designer-8.3.0-x64.msi"), 404) // withdrawn
		ask(anna, fileID(t, p, "halden-designer-8.3.0-x64.msi"), 404)
		ask(anna, fileID(t, p, "halden-designer-8.4.0-beta.1-x64.msi"), 404) // a draft
		ask(anna, fileID(t, p, "wallboard-3.4-setup.exe"), 403)
		if body := anna.page(); strings.Contains(body, "halden-designer-8.3.0-x64.msi") || strings.Contains(body, "8.4.0-beta") {
			t.Error("what is withdrawn or a draft is on the page")
		}
		nobody := p.Nobody(t)
		if got := nobody.Get(t, anna.base+"/downloads/"+id); got.Status != 303 || !strings.HasPrefix(got.Location, "/sign-in") {
			t.Errorf("a shared address, without sign-in (FILE_08): %d %s", got.Status, got.Location)
		}
		if got := claire.c.Get(t, anna.base+"/downloads/"+id); got.Status != 404 {
			t.Errorf("a shared address, another organisation (FILE_08): %d", got.Status)
		}
		exec(t, p, `UPDATE support_contract SET status = 'cancelled'`)
		ask(anna, id, 403) // support ended between two parts
	})
}

func TestAttack_FILE_14_history_has_a_line_for_each_download_of_two_years(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		jan := shelfOf(t, p, "support-advanced", "customer")
		const name = "halden-designer-8.2.4-x64.msi"
		at := jan.href(name)
		ask := func(method, part string, want int) {
			t.Helper()
			h := http.Header{}
			if part != "" {
				h.Set("Range", part)
			}
			if got := jan.c.Do(t, method, at, nil, h); got.Status != want {
				t.Errorf("%s %s: %d, want %d", method, part, got.Status, want)
			}
		}
		ask("HEAD", "", 200)
		ask("GET", "bytes=999999999-", 416)
		if n := jan.lines(name); n != 0 {
			t.Errorf("HEAD and a failed range made %d lines", n)
		}
		for range 3 {
			ask("GET", "bytes=0-99", 206)
			ask("GET", "bytes=100-199", 206)
		}
		if n := jan.lines(name); n != 1 {
			t.Errorf("parts of one download made %d lines", n)
		}
		ask("GET", "", 200)
		if n := jan.lines(name); n != 2 {
			t.Errorf("a second download made %d lines in all, want 2", n)
		}
		now := p.Store.Clock.Now()
		edge := release.TwoYearsBefore(now)
		remember(t, p, "support-advanced", "just-inside.zip", edge.Add(time.Minute))
		remember(t, p, "support-advanced", "just-outside.zip", edge.Add(-time.Second))
		body := jan.page()
		if !strings.Contains(body, "just-inside.zip") || strings.Contains(body, "just-outside.zip") {
			t.Error("INV_35: the history does not begin two calendar years ago")
		}
		csv := jan.c.Get(t, jan.base+"/downloads/history.csv")
		if rows := strings.Count(csv.Body, "\n"); csv.Status != 200 || rows != 4 || !strings.HasPrefix(csv.Body, "product,file,version,file_date,downloaded_at,newer_version\n") || !strings.Contains(csv.Body, ",8.3.1\n") {
			t.Errorf("CSV: %d, %d rows: %s", csv.Status, rows, csv.Body)
		}
		if body := shelfOf(t, p, "customer-support", "customer").page(); !strings.Contains(body, "8.3.1 available") || !strings.Contains(body, "Latest version") || !strings.Contains(body, "Newer needs support") {
			t.Error("the history does not say what is newer")
		}
	})
}

func TestReleases_are_made_by_the_release_manager_and_seen_once_published(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja, anna := shelfOf(t, p, "release-manager", "vendor"), shelfOf(t, p, "customer-admin", "customer")
		form := maja.c.Get(t, maja.base+"/releases/new").Hidden()
		for k, v := range map[string]string{"product": "HAL-DES", "version": "8.3.1", "channel": "stable", "date": "2026-01-31", "title": "Full release", "notes": "**Faster** <script>"} {
			form.Set(k, v)
		}
		if got := maja.c.Post(t, maja.base+"/releases/new", form); got.Status != 409 || !strings.Contains(got.Body, "already") || !strings.Contains(got.Body, "**Faster**") {
			t.Errorf("the same version twice: %d", got.Status)
		}
		form.Set("version", "8.4.0")
		made := maja.c.Post(t, maja.base+"/releases/new", form)
		if made.Status != 303 {
			t.Fatalf("make: %d %.3000s", made.Status, made.Body)
		}
		if again := maja.c.Post(t, maja.base+"/releases/new", form); again.Location != made.Location {
			t.Errorf("sent twice: %d %s, want %s", again.Status, again.Location, made.Location)
		}
		at := strings.Split(made.Location, "?")[0]
		page := maja.c.Get(t, at)
		if got := maja.c.Post(t, at+"/publish", with(page, "seen", "1")); got.Status != 409 || !strings.Contains(got.Body, "without files") {
			t.Errorf("published without files: %d", got.Status)
		}
		if got := maja.upload(at+"/files", page, "../designer-8.4.0.msi", "the program"); got.Status != 303 {
			t.Fatalf("upload: %d %.2000s", got.Status, got.Body)
		}
		if anna.href("designer-8.4.0.msi") != "" {
			t.Error("a draft is offered")
		}
		page = maja.c.Get(t, at)
		if got := maja.c.Post(t, at+"/publish", with(page, "seen", "1")); got.Status != 409 {
			t.Errorf("API_11: published as it was seen before the file came: %d", got.Status)
		}
		if got := maja.c.Post(t, at+"/publish", with(page, "seen", "2")); got.Status != 303 {
			t.Fatalf("publish: %d %.2000s", got.Status, got.Body)
		}
		got := anna.c.Get(t, anna.href("designer-8.4.0.msi"))
		if got.Body != "the program" {
			t.Errorf("%d %q", got.Status, got.Body)
		}
		if body := anna.page(); !strings.Contains(body, "<strong>Faster</strong>") || strings.Contains(body, "**Faster** <script>") {
			t.Error("the notes are not on the page, or as they were typed")
		}
		if got := maja.c.Post(t, at+"/withdraw", with(page, "reason", "")); got.Status != 422 {
			t.Errorf("withdrawn without a reason: %d", got.Status)
		}
		if got := maja.c.Post(t, at+"/withdraw", with(page, "reason", "It forgets its settings")); got.Status != 303 {
			t.Errorf("withdraw: %d", got.Status)
		}
		if anna.href("designer-8.4.0.msi") != "" || !strings.Contains(anna.page(), "It forgets its settings") {
			t.Error("a withdrawn release is offered, or the history does not say why it went")
		}
		form.Set("version", "8.5.0")
		form.Set("_key", form.Get("_key")+"5")
		at = strings.Split(maja.c.Post(t, maja.base+"/releases/new", form).Location, "?")[0]
		if got := maja.c.Post(t, at+"/discard", maja.c.Get(t, at).Hidden()); got.Status != 303 || maja.c.Get(t, at).Status != 404 {
			t.Errorf("discard: %d", got.Status)
		}
		if body := maja.c.Get(t, maja.base+"/events").Body; !strings.Contains(body, "Draft of a release discarded") {
			t.Error("the log does not tell who discarded the draft")
		}
	})
}

func TestAttack_FILE_10_a_file_that_changed_in_the_store_is_not_published(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	maja := shelfOf(t, p, "release-manager", "vendor")
	at := maja.draft("9.0")
	maja.upload(at+"/files", maja.c.Get(t, at), "x.msi", "the program")
	var id string
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, `SELECT blob_id FROM release_file WHERE name = 'x.msi'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimPrefix(p.Config.Files, "file://"), "*", id))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	for _, content := range []string{"the progrm", "THE program", ""} {
		if err := os.WriteFile(files[0], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := maja.c.Post(t, at+"/publish", with(maja.c.Get(t, at), "seen", "2")); got.Status != 409 || !strings.Contains(got.Body, "is not what was uploaded") {
			t.Errorf("%q: %d", content, got.Status)
		}
	}
}

// draft makes a release of the main product and gives its address.
func (s shelf) draft(version string) (at string) {
	s.t.Helper()
	form := s.c.Get(s.t, s.base+"/releases/new").Hidden()
	for k, v := range map[string]string{"product": "HAL-DES", "version": version, "channel": "stable", "date": "2026-01-31"} {
		form.Set(k, v)
	}
	made := s.c.Post(s.t, s.base+"/releases/new", form)
	if made.Status != 303 {
		s.t.Fatalf("make %s: %d %.2000s", version, made.Status, made.Body)
	}
	return strings.Split(made.Location, "?")[0]
}

func exec(t *testing.T, p *apptest.Portal, q string, args ...any) {
	t.Helper()
	if err := p.Store.Write(t.Context(), store.Free, func(tx *store.Tx) error { _, err := tx.Exec(q, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

// remember adds an old download of somebody's.
func remember(t *testing.T, p *apptest.Portal, key, name string, at time.Time) {
	t.Helper()
	exec(t, p, `INSERT INTO download (person_id, at, file_name, source, org_id, product_id, file_id, name, file_on)
		SELECT x.id, $1, $2, 'test', '', (SELECT id FROM product WHERE code = 'HAL-DES'), '', '8.0', '' FROM person x WHERE x.email = $3`, at, name, emailOf(p, key))
}

func emailOf(p *apptest.Portal, key string) string {
	for _, x := range p.World.People {
		if x.Key == key {
			return x.Email
		}
	}
	return ""
}

// with is a page's hidden fields with one more.
func with(p apptest.Page, name, value string) map[string][]string {
	form := p.Hidden()
	form.Set(name, value)
	return form
}

// upload sends a file as a browser does.
func (s shelf) upload(to string, page apptest.Page, name, content string) apptest.Page {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range page.Hidden() {
		m.WriteField(k, v[0])
	}
	m.WriteField("kind", "installer")
	f, err := m.CreateFormFile("files", name)
	if err != nil {
		s.t.Fatal(err)
	}
	f.Write([]byte(content))
	m.Close()
	return s.c.Do(s.t, "POST", to, &b, http.Header{"Content-Type": {m.FormDataContentType()}})
}

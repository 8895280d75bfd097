package app_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
	"lodge/internal/release"
)

// press makes a key and adds its public half.
func (s shelf) press(name string) ed25519.PrivateKey {
	s.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	form := s.c.Get(s.t, s.base+"/releases/keys").Hidden()
	form.Set("name", name)
	form.Set("public", hex.EncodeToString(public))
	form.Set("from", "2026-01-01")
	if got := s.c.Post(s.t, s.base+"/releases/keys", form); got.Status != 303 {
		s.t.Fatalf("key %s: %d %.2000s", name, got.Status, got.Body)
	}
	return private
}

// sign sends a signature as a browser sends a file.
func (s shelf) sign(at, name, signature string) apptest.Page {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range s.c.Get(s.t, at).Hidden() {
		m.WriteField(k, v[0])
	}
	f, err := m.CreateFormFile("signatures", name)
	if err != nil {
		s.t.Fatal(err)
	}
	f.Write([]byte(signature))
	m.Close()
	return s.c.Do(s.t, "POST", at+"/signatures", &b, http.Header{"Content-Type": {m.FormDataContentType()}})
}

func signedAs(t *testing.T, key ed25519.PrivateKey, product, content string) string {
	t.Helper()
	text, err := release.Sign(key, product, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return text + "\n"
}

func (s shelf) version(at string) string {
	s.t.Helper()
	m := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(s.c.Get(s.t, at).Body)
	if m == nil {
		s.t.Fatal("the page shows no version")
	}
	return m[1]
}

func (s shelf) publish(at string) apptest.Page {
	s.t.Helper()
	return s.c.Post(s.t, at+"/publish", with(s.c.Get(s.t, at), "seen", s.version(at)))
}

func productID(t *testing.T, p *apptest.Portal, code string) (id string) {
	t.Helper()
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, `SELECT id FROM product WHERE code = $1`, code)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestReleases_that_must_be_signed_are_published_only_with_signatures_of_keys_in_force(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja, anna := shelfOf(t, p, "release-manager", "vendor"), shelfOf(t, p, "customer-admin", "customer")
		main := productID(t, p, "HAL-DES")
		page := maja.c.Get(t, maja.base+"/catalogue/"+main)
		form := page.Hidden()
		for k, v := range map[string]string{"name": "Halden Designer", "status": "active", "scheme": "natural", "signed": "on", "seen": "1"} {
			form.Set(k, v)
		}
		if got := maja.c.Post(t, maja.base+"/catalogue/"+main, form); got.Status != 303 {
			t.Fatalf("demand signatures: %d %.2000s", got.Status, got.Body)
		}
		old, key := maja.press("Old press"), maja.press("Press of 2026")
		at := maja.draft("9.2")
		maja.upload(at+"/files", maja.c.Get(t, at), "nine.msi", "the program")
		maja.upload(at+"/files", maja.c.Get(t, at), "notes.txt", "the notes")
		if got := maja.publish(at); got.Status != 409 || !strings.Contains(got.Body, "is not signed") {
			t.Errorf("published without signatures: %d", got.Status)
		}
		for what, sig := range map[string]string{
			"another file's": signedAs(t, key, main, "the notes"), "another product's": signedAs(t, key, productID(t, p, "HAL-COL"), "the program"),
			"nobody's": signedAs(t, ed25519.NewKeyFromSeed(make([]byte, 32)), main, "the program"), "no signature": "hello", "": "",
		} {
			if got := maja.sign(at, "nine.msi.sig", sig); got.Status != 422 {
				t.Errorf("%s signature: %d", what, got.Status)
			}
		}
		if got := maja.sign(at, "absent.msi.sig", signedAs(t, key, main, "the program")); got.Status != 422 || !strings.Contains(got.Body, "absent.msi") {
			t.Errorf("a signature of a file that is not there: %d", got.Status)
		}
		if got := maja.sign(at, "nine.msi.sig", signedAs(t, old, main, "the program")); got.Status != 303 {
			t.Fatalf("sign: %d %.2000s", got.Status, got.Body)
		}
		if body := maja.c.Get(t, at).Body; strings.Contains(body, ">Signed<") || !strings.Contains(body, "Signed by Old press") {
			t.Error("signed with one file of two, or the page does not say by whom")
		}
		if got := maja.sign(at, "notes.txt.sig", signedAs(t, key, main, "the notes")); got.Status != 303 {
			t.Fatalf("sign: %d %.2000s", got.Status, got.Body)
		}
		if body := maja.c.Get(t, at).Body; !strings.Contains(body, "<span>Signed") {
			t.Errorf("not signed with both: %.3000s", body)
		}
		exec(t, p, `UPDATE release_key SET until_on = '2026-01-02' WHERE name = 'Old press'`)
		if got := maja.publish(at); got.Status != 409 || !strings.Contains(got.Body, "not in force any more") {
			t.Errorf("published by a key that is over: %d", got.Status)
		}
		if got := maja.sign(at, "nine.msi.sig", signedAs(t, old, main, "the program")); got.Status != 422 {
			t.Errorf("signed anew by a key that is over: %d", got.Status)
		}
		maja.sign(at, "nine.msi.sig", signedAs(t, key, main, "the program"))
		maja.upload(at+"/files", maja.c.Get(t, at), "nine.msi", "another program")
		if got := maja.publish(at); got.Status != 409 || !strings.Contains(got.Body, "is not signed") {
			t.Errorf("FILE_10: another file under an old signature: %d", got.Status)
		}
		maja.sign(at, "nine.msi.sig", signedAs(t, key, main, "another program"))
		if got := maja.publish(at); got.Status != 303 {
			t.Fatalf("publish: %d %.2000s", got.Status, got.Body)
		}
		if body := anna.page(); !strings.Contains(body, "Signed by Press of 2026") {
			t.Error("customers do not read who signed")
		}
		file := anna.href("nine.msi")
		if got := anna.c.Get(t, file+"/signature"); got.Status != 200 || got.Body != signedAs(t, key, main, "another program") || !strings.Contains(got.Header.Get("Content-Disposition"), "nine.msi.sig") {
			t.Errorf("the signature: %d %q", got.Status, got.Body)
		}
		if n := anna.lines("nine.msi"); n != 0 {
			t.Error("a signature is a line of the history")
		}
		exec(t, p, `UPDATE support_contract SET status = 'cancelled'`)
		if got := anna.c.Get(t, file+"/signature"); got.Status != 403 {
			t.Errorf("without the right to the file: %d", got.Status)
		}
	})
}

func TestKeys_of_releases_are_public_ones_and_each_is_there_once(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja := shelfOf(t, p, "release-manager", "vendor")
		maja.press("Press")
		for what, f := range map[string]url.Values{
			"no key":               {"name": {"x"}, "public": {"hello"}, "from": {"2026-01-01"}},
			"a private key":        {"name": {"x"}, "public": {"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----"}, "from": {"2026-01-01"}},
			"no name":              {"public": {strings.Repeat("ab", 32)}, "from": {"2026-01-01"}},
			"over before it began": {"name": {"x"}, "public": {strings.Repeat("ab", 32)}, "from": {"2026-01-02"}, "until": {"2026-01-01"}},
		} {
			form := maja.c.Get(t, maja.base+"/releases/keys").Hidden()
			for k, v := range f {
				form[k] = v
			}
			if got := maja.c.Post(t, maja.base+"/releases/keys", form); got.Status != 422 || strings.Contains(got.Body, "MC4CAQAwBQYDK2Vw") && what != "a private key" {
				t.Errorf("%s: %d", what, got.Status)
			}
		}
		form := maja.c.Get(t, maja.base+"/releases/keys").Hidden()
		form.Set("name", "One more")
		form.Set("public", strings.ToUpper(strings.Repeat("ab", 32)))
		form.Set("from", "2026-01-01")
		if got := maja.c.Post(t, maja.base+"/releases/keys", form); got.Status != 303 {
			t.Fatalf("add: %d", got.Status)
		}
		form.Set("_key", "another")
		if got := maja.c.Post(t, maja.base+"/releases/keys", form); got.Status != 409 {
			t.Errorf("the same key again: %d", got.Status)
		}
		page := maja.c.Get(t, maja.base+"/releases/keys")
		m := regexp.MustCompile(`action="([^"]+/releases/keys/[0-9a-f]{32}/end)"`).FindStringSubmatch(page.Body)
		if m == nil {
			t.Fatal("no key can be ended")
		}
		if got := maja.c.Post(t, m[1], with(page, "until", "soon")); got.Status != 422 {
			t.Errorf("an odd day: %d", got.Status)
		}
		if got := maja.c.Post(t, m[1], with(page, "until", time.Now().AddDate(0, 0, -2).Format(time.DateOnly))); got.Status != 303 || !strings.Contains(maja.c.Get(t, maja.base+"/releases/keys").Body, "Over") {
			t.Errorf("end: %d", got.Status)
		}
		ingrid := shelfOf(t, p, "helpdesk", "vendor")
		if got := ingrid.c.Get(t, ingrid.base+"/releases/keys"); got.Status != 200 || strings.Contains(got.Body, "/end") {
			t.Errorf("the helpdesk looks: %d", got.Status)
		}
		if got := ingrid.c.Post(t, ingrid.base+"/releases/keys", form); got.Status != 403 {
			t.Errorf("the helpdesk adds: %d", got.Status)
		}
	})
}

func TestCatalogue_is_kept_by_release_managers_and_sorts_releases_by_the_scheme(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		maja, anna := shelfOf(t, p, "release-manager", "vendor"), shelfOf(t, p, "customer-admin", "customer")
		form := maja.c.Get(t, maja.base+"/catalogue/new").Hidden()
		for k, v := range map[string]string{"code": "Kiln 4", "name": "Kiln", "status": "active", "scheme": "natural", "portal": "javascript:alert(1)"} {
			form.Set(k, v)
		}
		if got := maja.c.Post(t, maja.base+"/catalogue/new", form); got.Status != 422 || !strings.Contains(got.Body, `value="Kiln 4"`) {
			t.Errorf("an odd portal: %d", got.Status)
		}
		form.Set("portal", "https://licences.example/kiln")
		made := maja.c.Post(t, maja.base+"/catalogue/new", form)
		if made.Status != 303 {
			t.Fatalf("add: %d %.2000s", made.Status, made.Body)
		}
		if again := maja.c.Post(t, maja.base+"/catalogue/new", form); again.Location != made.Location {
			t.Errorf("sent twice: %d %s", again.Status, again.Location)
		}
		form.Set("_key", "another")
		form.Set("code", "KILN 4")
		if got := maja.c.Post(t, maja.base+"/catalogue/new", form); got.Status != 409 {
			t.Errorf("the same code in capitals: %d", got.Status)
		}
		at := strings.Split(made.Location, "?")[0]
		page := maja.c.Get(t, at)
		if !strings.Contains(page.Body, "kiln-4") || !strings.Contains(maja.c.Get(t, maja.base+"/catalogue").Body, "Kiln 4") {
			t.Error("its slug is not shown, or it is not in the list")
		}
		change := page.Hidden()
		for k, v := range map[string]string{"name": "Kiln", "status": "retired", "scheme": "semver", "seen": "7"} {
			change.Set(k, v)
		}
		if got := maja.c.Post(t, at, change); got.Status != 409 {
			t.Errorf("API_11: with an old version: %d", got.Status)
		}
		change.Set("seen", "1")
		if got := maja.c.Post(t, at, change); got.Status != 303 || !strings.Contains(maja.c.Get(t, maja.base+"/catalogue?status=retired").Body, "Kiln 4") {
			t.Errorf("change: %d", got.Status)
		}
		key := func() (key string) {
			if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
				key, err = store.One[string](tx, `SELECT r.sort_key FROM release r JOIN product p ON p.id = r.product_id WHERE p.code = 'HAL-DES' AND r.name = '8.4.0-beta.1'`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return key
		}
		before, main := key(), productID(t, p, "HAL-DES")
		change = maja.c.Get(t, maja.base+"/catalogue/"+main).Hidden()
		for k, v := range map[string]string{"name": "Halden Designer", "status": "active", "scheme": "semver", "seen": "1"} {
			change.Set(k, v)
		}
		if got := maja.c.Post(t, maja.base+"/catalogue/"+main, change); got.Status != 303 || key() != release.SortKey("semver", "8.4.0-beta.1") || key() == before {
			t.Errorf("another scheme: %d, %q then %q", got.Status, before, key())
		}
		if got := anna.c.Get(t, anna.base+"/catalogue"); got.Status != 404 && got.Status != 403 {
			t.Errorf("a customer: %d", got.Status)
		}
	})
}

package identity_test

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

var update = flag.Bool("update", false, "rewrite golden files; read their diff like code")

// golden compares a page with what it was.
func golden(t *testing.T, name string, page worldtest.Answer) {
	t.Helper()
	path, got := filepath.Join("testdata", name+".html"), page.Golden()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another; rewrite it with -update and read the diff:\n%s", path, got)
	}
}

// leads checks that a form succeeded.
func leads(t *testing.T, a worldtest.Answer, to string) {
	t.Helper()
	if a.Status != http.StatusSeeOther || a.Location != to {
		t.Fatalf("%d to %q, want %q\n%s", a.Status, a.Location, to, a.Body)
	}
}

func shows(t *testing.T, a worldtest.Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%d, want %d\n%s", a.Status, status, a.Body)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body, text) {
			t.Errorf("%q does not stand on the page\n%s", text, a.Body)
		}
	}
}

func TestPage_sign_in_leads_home_or_to_where_the_person_wanted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		b := w.Browser(h)
		shows(t, b.Get("/sign-in"), 200, `name="email"`, `name="password"`)
		shows(t, b.Post("/sign-in", url.Values{"email": {w.Email("anna")}}), 422, "Enter your password", `value="anna@kowalski.example"`, "autofocus")
		refused := b.Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {"wrong-canary"}, "next": {"/me/security"}})
		shows(t, refused, 422, "The e-mail address or the password is wrong", `value="anna@kowalski.example"`, `value="/me/security"`)
		if strings.Contains(refused.Body, "wrong-canary") || len(b.Cookies) != 0 {
			t.Errorf("cookies %v\n%s", b.Cookies, refused.Body)
		}
		leads(t, b.Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {worldtest.Password}, "next": {"https://evil.test/"}}), "/")
		leads(t, b.Get("/sign-in?next=%2Fme%2F"), "/me/")
		c := w.Browser(h)
		leads(t, c.Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {worldtest.Password}, "next": {"/me/security?x=1"}}), "/me/security?x=1")
		shows(t, c.Get("/me/security"), 200, "This session")
	})
}

func TestAttack_ID_45_the_browser_gets_a_new_session_and_an_invented_one_is_never_adopted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		b := w.Browser(w.Pages(nil))
		fixed := strings.Repeat("a", 32)
		b.Cookies["__Host-lodge"] = fixed
		leads(t, b.Get("/me/security"), "/sign-in?next=%2Fme%2Fsecurity")
		leads(t, b.Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {worldtest.Password}}), "/")
		first := b.Cookies["__Host-lodge"]
		leads(t, b.Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {worldtest.Password}}), "/")
		second := b.Cookies["__Host-lodge"]
		if first == fixed || second == first {
			t.Errorf("%s, then %s", first, second)
		}
		_, err := w.ResolveToken(fixed)
		refused(t, err, 401, "fault.sign_in")
		_, err = w.ResolveToken(first) // the browser has forgotten it, so has the portal
		refused(t, err, 401, "fault.sign_in")
		if _, err := w.ResolveToken(second); err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_ID_47_the_session_cookie_is_the_hosts_own(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		a := w.Browser(w.Pages(nil)).Post("/sign-in", url.Values{"email": {w.Email("anna")}, "password": {worldtest.Password}})
		for _, want := range []string{"__Host-lodge=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
			if got := a.Header.Get("Set-Cookie"); !strings.Contains(got, want) {
				t.Errorf("%s is missing in %q", want, got)
			}
		}
	})
}

func TestPage_steps_of_the_vendors_people(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		b := w.Browser(h)
		leads(t, b.Get("/sign-in/factor"), "/sign-in?next=%2Fsign-in%2Ffactor")
		leads(t, b.Post("/sign-in", url.Values{"email": {w.Email("ingrid")}, "password": {worldtest.Password}, "next": {"/me/"}}), "/sign-in/set-up?next=%2Fme%2F")
		page := b.Get("/sign-in/set-up?next=%2Fme%2F")
		secret := pending(t, w, w.ID("ingrid"))
		shows(t, page, 200, secret, `src="data:image/png;base64,`, `value="/me/"`)
		leads(t, b.Get("/me/"), "/sign-in?next=%2Fme%2F") // not in yet
		leads(t, b.Get("/sign-in/code"), "/sign-in?next=%2Fsign-in%2Fcode")
		shows(t, b.Post("/sign-in/set-up", url.Values{"code": {"000 000"}, "next": {"/me/"}}), 422, "This code is wrong", secret)
		half := b.Cookies["__Host-lodge"]
		codes := b.Post("/sign-in/set-up", url.Values{"code": {codeOf(t, w, secret)}, "next": {"/me/"}})
		shows(t, codes, 200, "Recovery codes", `href="/me/"`)
		if b.Cookies["__Host-lodge"] == half {
			t.Error("the cookie is that of before the factor")
		}
		shows(t, b.Get("/me/"), 200, "ingrid@halden-software.example")
		leads(t, b.Post("/sign-out", nil), "/sign-in")

		w.Clock.Add(time.Minute)
		leads(t, b.Post("/sign-in", url.Values{"email": {w.Email("ingrid")}, "password": {worldtest.Password}}), "/sign-in/factor")
		shows(t, b.Get("/sign-in/factor"), 200, "Second factor")
		code, err := totp.Code(secret, totp.Step(w.Clock.Now()))
		w.Need(err)
		leads(t, b.Post("/sign-in/factor", url.Values{"code": {code}}), "/")
	})
}

func TestPage_code_of_somebody_imported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		imported(t, w, "piotr@kowalski.example", "altes Wort", false)
		b := w.Browser(w.Pages(nil))
		leads(t, b.Post("/sign-in", url.Values{"email": {"piotr@kowalski.example"}, "password": {"altes Wort"}}), "/sign-in/code")
		shows(t, b.Get("/sign-in/code"), 200, "piotr@kowalski.example")
		leads(t, b.Post("/sign-in/code", url.Values{"code": {codeIn(t, w, "piotr@kowalski.example")}}), "/")
		shows(t, b.Get("/me/"), 200, "Zieli")
	})
}

func TestAttack_ID_31_the_pages_answer_alike_whoever_is_asked_for(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		all := standings(t, w)
		delete(all, "unreadable")
		for _, form := range []struct {
			address string
			status  int
		}{{"/sign-in", 422}, {"/forgotten", 200}, {"/register", 200}} {
			var first string
			for name, email := range all {
				b := w.Browser(h)
				a := b.Post(form.address, url.Values{"email": {email}, "password": {"not the password"}})
				body := strings.ReplaceAll(a.Golden(), email, "EMAIL")
				if first == "" {
					first = body
				}
				if a.Status != form.status || body != first || len(b.Cookies) != 0 {
					t.Errorf("%s for %s: %d, cookies %v\n%s", form.address, name, a.Status, b.Cookies, body)
				}
			}
		}
	})
}

func TestAttack_ID_20_Attack_ID_27_a_mailed_link_may_be_followed_by_anybody_any_number_of_times(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		b := w.Browser(h)
		shows(t, b.Get("/forgotten"), 200)
		shows(t, b.Post("/forgotten", url.Values{"email": {"Anna@Kowalski.example"}}), 200, "anna@kowalski.example")
		link := w.Link(w.Letter(w.Email("anna")).Text)
		secret := link[strings.LastIndexByte(link, '/')+1:]
		scanner := w.Browser(h)
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "GET", "HEAD"} {
			scanner.Do(method, link, nil)
			scanner.Do(method, "/forgotten/new", nil)
		}
		a := b.Get(link)
		leads(t, a, "/forgotten/new") // nothing is shown at an address with the secret
		if p := a.Header.Get("Referrer-Policy"); p != "no-referrer" || a.Body != "" {
			t.Errorf("%q %q", p, a.Body)
		}
		a = b.Get("/forgotten/new")
		shows(t, a, 200, "anna@kowalski.example", `name="password"`)
		if p := a.Header.Get("Referrer-Policy"); p != "no-referrer" || strings.Contains(a.Body, secret) || strings.Contains(a.Body, "https://") {
			t.Errorf("%q, or the page holds the secret or loads something foreign\n%s", p, a.Body)
		}
		shows(t, b.Post("/forgotten/new", url.Values{"password": {"short-canary"[:8]}}), 422, "Use at least 12 characters")
		leads(t, b.Post("/forgotten/new", url.Values{"password": {newPassword}}), "/")
		if _, left := b.Cookies["__Host-lodge-link"]; left {
			t.Error("the browser keeps the used secret")
		}
		shows(t, b.Get("/me/"), 200)
		again := w.Browser(h)
		again.Get(link)
		shows(t, again.Get("/forgotten/new"), 404, "This link is no longer valid")
		shows(t, again.Post("/forgotten/new", url.Values{"password": {newPassword}}), 404)
	})
}

func TestAttack_ID_30_the_pages_of_a_reset_are_closed_without_the_secret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		b := w.Browser(w.Pages(nil))
		for _, path := range []string{"/forgotten/new", "/register/new"} {
			shows(t, b.Get(path), 404)
			shows(t, b.Post(path, url.Values{"password": {newPassword}, "email": {w.Email("anna")}, "first_name": {"E"}, "last_name": {"V"}}), 404)
		}
		b.Get("/register/" + asked(t, w, w.Email("anna"), "reset")) // of another purpose
		shows(t, b.Post("/register/new", url.Values{"password": {newPassword}, "first_name": {"E"}, "last_name": {"V"}}), 404)
	})
}

func TestAttack_ID_24_mailed_links_use_the_configured_address_whatever_the_request_says(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		b := w.Browser(h)
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "Forwarded", "X-Original-Url", "X-Rewrite-Url", "X-Host", "Origin-Host"} {
			b.Header.Set(name, "host=evil.test;proto=http")
		}
		b.Header.Set("X-Forwarded-Host", "evil.test")
		shows(t, b.Post("/forgotten", url.Values{"email": {w.Email("anna")}}), 200)
		shows(t, b.Post("https://"+worldtest.Host+"/register", url.Values{"email": {"new@elsewhere.example"}}), 200)
		bad := w.Browser(h)
		bad.Host = "evil.test"
		if a := bad.Post("/forgotten", url.Values{"email": {w.Email("ingrid")}}); a.Status != http.StatusMisdirectedRequest {
			t.Errorf("a foreign host: %d", a.Status)
		}
		letters := w.Letters("")
		for _, l := range letters {
			if strings.Contains(l.Text, "evil") || len(l.Links) != 1 || !strings.HasPrefix(l.Links[0], worldtest.BaseURL+"/") {
				t.Errorf("%s", l.Text)
			}
		}
		if len(letters) != 2 {
			t.Errorf("%d letters", len(letters))
		}
	})
}

func TestAC_02_page_register_makes_an_account(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		b := w.Browser(w.Pages(nil))
		shows(t, b.Post("/register", url.Values{"email": {"no address"}}), 422, "This is not a valid e-mail address", `value="no address"`)
		shows(t, b.Post("/register", url.Values{"email": {"ewa@elsewhere.example"}}), 200, "ewa@elsewhere.example")
		leads(t, b.Get(w.Link(w.Letter("ewa@elsewhere.example").Text)), "/register/new")
		refused := b.Post("/register/new", url.Values{"first_name": {"Ewa"}, "password": {"tiny"}})
		shows(t, refused, 422, `value="Ewa"`, "Enter the name", "Use at least 12 characters")
		leads(t, b.Post("/register/new", url.Values{"first_name": {"Ewa"}, "last_name": {"Lis"}, "password": {newPassword}}), "/")
		shows(t, b.Get("/me/"), 200, `value="Lis"`, "ewa@elsewhere.example")
	})
}

func TestAttack_ID_46_page_sign_out_and_the_back_button(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		b := w.As(w.Pages(nil), "anna")
		token := b.Cookies["__Host-lodge"]
		page := b.Get("/me/security")
		shows(t, page, 200)
		if cc := page.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
			t.Errorf("a browser may keep the page: %q", cc)
		}
		leads(t, b.Post("/sign-out", nil), "/sign-in")
		if _, left := b.Cookies["__Host-lodge"]; left {
			t.Error("the browser keeps the cookie")
		}
		b.Cookies["__Host-lodge"] = token
		leads(t, b.Get("/me/security"), "/sign-in?next=%2Fme%2Fsecurity")
		shows(t, b.Post("/me/password", url.Values{"current": {worldtest.Password}, "password": {newPassword}}), 401)
	})
}

func gone(t *testing.T, err error) {
	t.Helper()
	refused(t, err, 401, "fault.sign_in")
}

func TestPage_profile_keeps_what_was_typed_and_can_be_sent_again_after_a_conflict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		h := w.Pages(nil)
		b := w.As(h, "anna")
		form := func(version, last string) url.Values {
			return url.Values{"first_name": {"Anna"}, "last_name": {last}, "version": {version}}
		}
		version := func(a worldtest.Answer) string {
			_, rest, _ := strings.Cut(a.Body, `name="version" value="`)
			v, _, _ := strings.Cut(rest, `"`)
			return v
		}
		old := version(b.Get("/me/"))
		shows(t, b.Post("/me/", form(old, "")), 422, "Enter the name", `value="Anna"`)
		leads(t, b.Post("/me/", form(old, "Nowak")), "/me/")
		conflict := b.Post("/me/", form(old, "Wójcik"))
		shows(t, conflict, 409, `value="Wójcik"`, "changed in another window")
		leads(t, b.Post("/me/", form(version(conflict), "Wójcik")), "/me/")
		shows(t, b.Get("/me/"), 200, `value="Wójcik"`, "Profile saved")
	})
}

func TestGolden_pages_of_identity(t *testing.T) {
	db := storetest.Lite(t)
	w := worldtest.New(t, db).Vendor().Customer("Kowalski").Person("anna", "Kowalski", account.SecurityAdministrator)
	h := w.Pages(nil)
	anna := w.As(h, "anna")
	for _, l := range []string{"en", "pl"} {
		b := w.Browser(h)
		golden(t, "sign-in."+l, b.Get("/sign-in?lang="+l))
		golden(t, "sign-in-refused."+l, b.Post("/sign-in?lang="+l, url.Values{"email": {"anna@kowalski.example"}, "password": {"wrong"}}))
		golden(t, "forgotten."+l, b.Get("/forgotten?lang="+l))
		w.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE person SET language = $2 WHERE id = $1`, w.ID("anna"), l)
			return err
		})
		golden(t, "security."+l, anna.Get("/me/security"))
		golden(t, "profile."+l, anna.Get("/me/"))
	}
	if missing := w.Catalogue.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %v", missing)
	}
}

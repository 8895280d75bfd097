package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

var differs = regexp.MustCompile(`nonce-?="?[\w-]+"?|name="_key" value="\w+"|E-[0-9A-Z]{8}`)

func TestAllMissingPagesAreEqual(t *testing.T) {
	d := open(t, loopback)
	bare := func(address string) string {
		body := differs.ReplaceAllString(d.get("anna", address).Body.String(), "")
		return strings.ReplaceAll(body, address, "ADDRESS")
	}
	want := bare("/o/20418/")
	for _, address := range []string{"/o/20419/", "/o/20418/lend", "/o/99999/nothing"} {
		got := strings.ReplaceAll(bare(address), web.Path(d.request("GET", address, nil))+"/", "ADDRESS")
		if got != strings.ReplaceAll(want, "/o/20418/", "ADDRESS") {
			t.Errorf("%s differs:\n%s\n%s", address, got, want)
		}
	}
	if a, b := bare("/o/20417/nothing"), bare("/o/20417/for/30001/nothing"); a == "" || b == "" {
		t.Error("empty page")
	}
}

func TestARefusalNamesTheRightAndWhomToAsk(t *testing.T) {
	d := open(t, loopback)
	wants(t, d.get("piotr", "/o/20417/lend"), 403, "You need this right: Lending", "Anna Kowalska", "Supervisor", `href="mailto:anna@kowalski.example"`, "Refused at 10:42", "E-", "desk@ostrova.example", `aria-current="page"`)
	if !strings.Contains(d.log.String(), "right=lend") {
		t.Error(d.log.String())
	}
}

func TestEveryErrorPageShowsAMailAddressAndAReference(t *testing.T) {
	kinds := []fault.Kind{400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503}
	d := open(t, loopback, func(d *desk) {
		d.Handle("GET /fail/{kind}", who.Anybody, func(_ http.ResponseWriter, r *http.Request, _ who.Actor) error {
			for _, k := range kinds {
				if r.PathValue("kind") == http.StatusText(int(k)) {
					f := fault.New(k, "web.method")
					f.RetryAfter = 1500 * time.Millisecond
					return f
				}
			}
			return nil
		})
	})
	for _, k := range kinds {
		w := d.get("anna", "/fail/"+url.PathEscape(http.StatusText(int(k))))
		wants(t, w, int(k), "mailto:desk@ostrova.example", `<span class="mono">E-`, "<h1>")
		if got := w.Header().Get("Retry-After"); (got == "2") != (k == 429 || k == 503) {
			t.Errorf("%d: Retry-After %q", k, got)
		}
		if strings.Contains(w.Body.String(), "web.title") {
			t.Errorf("%d has no title", k)
		}
	}
	if missing := d.Catalogue.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %v", missing)
	}
}

func TestAttack_OPS_12_APanicIs500AndTheProcessLives(t *testing.T) {
	d := open(t, loopback)
	for _, address := range []string{"/panic", "/broken"} {
		w := d.get("anna", address)
		wants(t, w, 500, "This page could not be made", "desk@ostrova.example")
		reference := regexp.MustCompile(`E-[0-9A-HJKMNP-TV-Z]{8}`).FindString(w.Body.String())
		if reference == "" || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("page of %s: %s", address, w.Body)
		}
		for _, word := range []string{"reference=" + reference, "a secret of the", "request=" + w.Header().Get("X-Request-Id")} {
			if !strings.Contains(d.log.String(), word) {
				t.Errorf("%s: the log lacks %q: %s", address, word, d.log)
			}
		}
	}
	wants(t, d.get("anna", "/o/20417/"), 200)
}

func TestAnErrorPageNeedsNoDatabase(t *testing.T) {
	d := open(t, loopback)
	d.get("anna", "/o/20417/") // the brand is known from here on
	d.Brand = web.Brand{}
	d.broken = errors.New("the database is away")
	wants(t, d.get("anna", "/o/20417/"), 500, "desk@ostrova.example", "Ostrova")
	wants(t, d.get("anna", "/nothing"), 404, "desk@ostrova.example")
}

func TestAttack_CON_01_NothingOfTheRequestRunsOnAnErrorPage(t *testing.T) {
	d := open(t, loopback)
	for _, address := range []string{"/%3Cscript%3Ealert(1)%3C/script%3E", "/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/o/20417/x?q=%3Cscript%3Ealert(1)%3C/script%3E", "/nothing?lang=%22%3E%3Cscript%3Ealert(1)"} {
		for _, as := range []string{"anna", ""} {
			if w := d.get(as, address); strings.Contains(w.Body.String(), "<script>alert") {
				t.Errorf("%s as %q: %s", address, as, w.Body)
			}
		}
	}
}

func TestAFormOfAnotherContextIs409WithItsText(t *testing.T) {
	d := open(t, loopback)
	d.seen = 4
	text := "Plotter driver missing after the Windows update"
	for name, form := range map[string]url.Values{
		"older":           {"_seen": {"3"}},
		"newer":           {"_seen": {"5"}},
		"no number":       {"_seen": {"x"}},
		"other number":    {"_org": {"20418"}, "_seen": {"4"}},
		"two numbers":     {"_org": {"20417", "20418"}},
		"spelt otherwise": {"_org": {"020417"}},
	} {
		form["title"], form["password"], form["product"] = []string{text}, []string{"hidden words"}, []string{"designer"}
		w := d.post("anna", "/o/20417/lend", form)
		wants(t, w, 409, "Not sent", text, `name="_seen" value="4"`, `name="_org" value="20417"`, "20417 – Kowalski, Łódź", `<input type="hidden" name="product" value="designer">`, `action="/o/20417/lend"`)
		if strings.Contains(w.Body.String(), "hidden words") {
			t.Errorf("%s: a password is shown again", name)
		}
	}
	for name, form := range map[string]url.Values{
		"right": {"_org": {"20417"}, "_seen": {"4"}}, "without": {}, "number only": {"_org": {"20417"}},
	} {
		form["title"] = []string{text}
		if w := d.post("anna", "/o/20417/lend", form); w.Code != 303 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for _, org := range []string{"20417", "30001"} {
		if w := d.post("anna", "/o/20417/for/30001/lend", url.Values{"title": {text}, "_org": {org}}); w.Code != 303 {
			t.Errorf("for a customer with %s: %d", org, w.Code)
		}
	}
	wants(t, d.post("anna", "/o/20417/for/30001/lend", url.Values{"title": {text}, "_org": {"30002"}}), 409)
	wants(t, d.post("piotr", "/o/20417/lend", url.Values{"title": {text}, "_org": {"20418"}}), 403)
}

func TestAStaleFormCanBeSentForThePlaceOfTheSession(t *testing.T) {
	d := open(t, loopback)
	d.seen, d.active = 4, &web.Work{Number: 20418, Name: "Kowalski, Poznań"}
	wants(t, d.post("anna", "/o/20417/lend", url.Values{"title": {"x"}, "_seen": {"3"}}), 409,
		"this form belongs to 20417, but you are now working as 20418", `name="_org" value="20418" formaction="/o/20418/lend"`, "Send for 20418 – Kowalski, Poznań", `href="/o/20418/"`)
}

func TestAStreamAnswersRanges(t *testing.T) {
	content := strings.Repeat("0123456789", 300_000)
	d := open(t, loopback, func(d *desk) {
		d.Stream("GET /big", who.Anybody, func(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
			http.ServeContent(w, r, "big.bin", now, struct{ io.ReadSeeker }{strings.NewReader(content)})
			return nil
		})
	})
	w := d.get("", "/big")
	if w.Code != 200 || w.Body.String() != content {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	r := d.request("GET", "/big", nil)
	r.Header.Set("Range", "bytes=5-2000004")
	if w := d.ask(r, ""); w.Code != 206 || w.Body.String() != content[5:2000005] || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
}

func TestAStreamThatBreaksIsBrokenOff(t *testing.T) {
	d := open(t, loopback)
	wants(t, d.get("anna", "/o/20417/file"), 200, "the file")
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the connection is not broken off")
		}
		if !strings.Contains(d.log.String(), "the store is away") {
			t.Error(d.log.String())
		}
	}()
	d.get("anna", "/o/20417/file?broken")
}

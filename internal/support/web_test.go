package support

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lodge/assets"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

var update = flag.Bool("update", false, "rewrite golden pages; read their diff like code")

const base = "http://127.0.0.1:8080"

// portal is the world with its pages.
type portal struct {
	*world
	handler http.Handler
	site    *web.Site
	errors  *strings.Builder
}

func newPortal(t *testing.T, db *store.DB) *portal {
	t.Helper()
	p := &portal{world: newWorld(t, db), errors: &strings.Builder{}}
	p.site = &web.Site{BaseURL: base, Catalogue: catalogue, Assets: assets.Files(), Pages: []fs.FS{Templates}, Clock: db.Clock,
		Brand: web.Brand{Name: "Ostrova Software", Mail: "desk@ostrova.example"},
		Log:   slog.New(slog.NewTextHandler(p.errors, nil)),
		Read:  db.Snapshot, Resolve: p.resolve,
		Frame: func(context.Context, who.Actor, *http.Request) (web.Chrome, error) {
			return web.Chrome{Brand: web.Brand{Name: "Ostrova Software", Mail: "desk@ostrova.example"}}, nil
		},
	}
	routes(p.site, Pages{Requests: p.Requests, Files: p.blobs, Site: p.site})
	var err error
	p.handler, err = p.site.Handler()
	p.need(err)
	return p
}

// routes is every address of this package, as package app has it.
func routes(site *web.Site, pages Pages) {
	files := web.Files(ticket.MaxFiles, 200<<20)
	site.Context("GET", "requests", ViewRequests, pages.List)
	site.Context("GET", "requests/new", OpenRequests, pages.New)
	site.Context("POST", "requests/new", OpenRequests, pages.Create, files)
	site.Context("GET", "requests/{ticket}", ViewRequests, pages.Show)
	site.Context("POST", "requests/{ticket}/draft", OpenRequests, pages.ChangeDraft, files)
	site.Context("POST", "requests/{ticket}/discard", OpenRequests, pages.DiscardDraft)
	site.Context("POST", "requests/{ticket}/files/{file}/remove", OpenRequests, pages.RemoveDraftFile)
	site.StreamContext("GET", "requests/{ticket}/files/{file}", ViewRequests, pages.Download)
	site.Context("POST", "requests/{ticket}/replies", Answer, pages.Reply, files)
	site.Context("POST", "requests/{ticket}/notes", WriteNotes, pages.Note)
	site.Context("POST", "requests/{ticket}/replies/draft", Answer, pages.SaveUnsent(Shared))
	site.Context("POST", "requests/{ticket}/replies/draft/discard", Answer, pages.DiscardUnsent(Shared))
	site.Context("POST", "requests/{ticket}/notes/draft", WriteNotes, pages.SaveUnsent(Internal))
	site.Context("POST", "requests/{ticket}/notes/draft/discard", WriteNotes, pages.DiscardUnsent(Internal))
	site.Context("POST", "requests/{ticket}/decision", Decide, pages.Decide)
	site.Context("POST", "requests/{ticket}/state", Handle, pages.Move)
	site.Context("POST", "requests/{ticket}/owner", Handle, pages.Own)
	site.Context("POST", "requests/{ticket}/severity", ChangeSeverity, pages.SetSeverity)
	site.Context("POST", "requests/{ticket}/partners", Withhold, pages.Withhold)
	site.Context("POST", "requests/{ticket}/actions", PlanActions, pages.PlanAction)
	site.Context("GET", "requests/{ticket}/actions/{action}", PlanActions, pages.Action)
	site.Context("POST", "requests/{ticket}/actions/{action}/move", PlanActions, pages.MoveAction)
	site.Context("POST", "requests/{ticket}/actions/{action}/done", Answer, pages.FinishAction)
	site.Context("POST", "requests/{ticket}/actions/{action}/drop", PlanActions, pages.DropAction)
	site.Context("GET", "desk", ViewDesk, pages.Desk)
}

// resolve makes the actor of the cookie's name at the address, as account.Resolve does.
func (p *portal) resolve(r *http.Request) (who.Actor, error) {
	name, err := p.site.Session(r)
	if err != nil || name == "" {
		return who.Actor{}, err
	}
	a := as(name)
	number, customer, ok := web.Place(r)
	if !ok {
		return a, nil
	}
	if number != a.Number {
		return who.Actor{Person: a.Person, Name: a.Name, Language: "en"}, fault.Missing()
	}
	if customer == 0 {
		return a, nil
	}
	for key, o := range orgs {
		if o.number != customer || o.kind != "customer" {
			continue
		}
		if a.Reach.All || one[int](p.world, `SELECT count(*) FROM scope WHERE scope_id = $1 AND org_id = $2 AND until_at > $3`, a.Org, o.id, p.db.Clock.Now()) > 0 {
			return at(name, key), nil
		}
	}
	return who.Actor{Person: a.Person, Name: a.Name, Language: "en"}, fault.Missing()
}

func (p *portal) ask(name string, r *http.Request) *httptest.ResponseRecorder {
	p.t.Helper()
	r.Host = strings.TrimPrefix(base, "http://")
	r.AddCookie(&http.Cookie{Name: "lodge", Value: name})
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

func (p *portal) get(name, address string) *httptest.ResponseRecorder {
	p.t.Helper()
	return p.ask(name, httptest.NewRequest("GET", address, nil))
}

func (p *portal) post(name, address string, form url.Values) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequest("POST", address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.ask(name, r)
}

// send posts a form with files, name to content.
func (p *portal) send(name, address string, form url.Values, files map[string]string) *httptest.ResponseRecorder {
	p.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, vs := range form {
		for _, v := range vs {
			p.need(m.WriteField(k, v))
		}
	}
	for file, content := range files {
		part, err := m.CreateFormFile("files", file)
		p.need(err)
		_, err = part.Write([]byte(content))
		p.need(err)
	}
	p.need(m.Close())
	r := httptest.NewRequest("POST", address, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return p.ask(name, r)
}

// is demands a status, and that the body has some parts.
func (p *portal) is(w *httptest.ResponseRecorder, status int, parts ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	if w.Code != status {
		p.t.Fatalf("%d, want %d: %.600s\n%s", w.Code, status, w.Body, p.errors)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			p.t.Errorf("%q is not in the answer:\n%s", part, mainOf(w.Body.String()))
		}
	}
	return w
}

// lacks demands that the body has none of these.
func (p *portal) lacks(w *httptest.ResponseRecorder, parts ...string) {
	p.t.Helper()
	for _, part := range parts {
		if strings.Contains(w.Body.String(), part) {
			p.t.Errorf("%q is in the answer", part)
		}
	}
}

var changing = regexp.MustCompile(`name="_key" value="[0-9a-f]+"|nonce="[^"]+"|[0-9a-f]{32}|[0-9A-Z]{26}|\.[0-9a-f]{12}\.|E-[0-9A-Z]{8}|SR-[0-9A-Z]{4}-[0-9A-Z]{4}|20\d\d-[^"_&]*Z_`)

// mainOf is what a page itself shows, with what changes from run to run replaced.
func mainOf(page string) string {
	if _, rest, ok := strings.Cut(page, `<main class="l-main"`); ok {
		page, _, _ = strings.Cut(rest, "<footer class=\"l-foot\"")
		_, page, _ = strings.Cut(page, ">")
	}
	return changing.ReplaceAllString(page, "…") + "\n"
}

func golden(t *testing.T, name, page string) {
	t.Helper()
	file, got := "testdata/"+name+".html", mainOf(page)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s differs (%v); got:\n%s", file, err, got)
	}
}

func form() url.Values {
	return url.Values{"product": {"CAL"}, "kind": {"defect"}, "title": {"Licences are released too early"}, "description": {"Since the *upgrade*."}, "severity": {"2"}}
}

// numberIn is the request's number in the address that a redirect names.
func numberIn(w *httptest.ResponseRecorder) string {
	at := w.Header().Get("Location")
	return at[strings.LastIndex(at, "/")+1:]
}

func TestPages_every_template_fits_its_type(t *testing.T) {
	p := newPortal(t, storetest.Lite(t))
	for _, err := range []error{listing.Check(p.site), newRequest.Check(p.site), requestOf.Check(p.site), staffOf.Check(p.site), actionOf.Check(p.site), deskOf.Check(p.site), unsentState.Check(p.site)} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPages_the_story_of_a_request_on_all_three_sides(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		lite := db.Engine() == "sqlite"
		look := func(name string, w *httptest.ResponseRecorder) {
			if lite {
				golden(t, name, w.Body.String())
			}
		}
		// Piotr keeps a draft, then sends it with a file.
		look("new", p.is(p.get("piotr", "/o/20417/requests/new"), 200, `name="kind"`, "Calibro"))
		draft := form()
		draft.Set("draft", "1")
		n := numberIn(p.is(p.post("piotr", "/o/20417/requests/new", draft), 303))
		look("draft", p.is(p.get("piotr", "/o/20417/requests/"+n), 200, `value="1"`, "Since the *upgrade*."))
		p.is(p.get("anna", "/o/20417/requests/"+n), 404)
		sent := form()
		sent.Set("version", "1")
		p.is(p.send("piotr", "/o/20417/requests/"+n+"/draft", sent, map[string]string{"daemon.log": "a line"}), 303)
		look("request-new", p.is(p.get("piotr", "/o/20417/requests/"+n), 200, "<em>upgrade</em>", "daemon.log", "not scanned", "Brightwater Systems"))
		look("list", p.is(p.get("piotr", "/o/20417/requests"), 200, n, "Licences are released too early", "Calibro", "New"))

		// The helpdesk sees it in its queue, plans, answers and writes a note.
		look("desk", p.is(p.get("ingrid", "/o/10000/desk"), 200, n, "/o/10000/for/20417/requests/"+n, "Kowalski Maszyny, Łódź"))
		at := "/o/10000/for/20417/requests/" + n
		p.is(p.post("ingrid", at+"/owner", nil), 303)
		p.is(p.post("ingrid", at+"/actions", url.Values{"title": {"Read the daemon log"}, "date": {"2026-03-17"}, "side": {"vendor"}}), 303)
		p.is(p.post("ingrid", at+"/actions", url.Values{"title": {"Collect the bundle"}, "date": {"2026-03-16"}, "side": {"customer"}}), 303)
		p.is(p.post("ingrid", at+"/replies", url.Values{"text": {"Which version is it?"}, "then": {"waiting-for-information"}}), 303)
		p.is(p.post("ingrid", at+"/notes", url.Values{"note": {"canary-of-the-house"}}), 303)
		look("request-staff", p.is(p.get("ingrid", at), 200, "canary-of-the-house", "Internal: only Ostrova Software", "Read the daemon log"))

		// Customer and partner see actions, answer and turn, never the note.
		for name, address := range map[string]string{"piotr": "/o/20417/requests/" + n, "anna": "/o/20417/requests/" + n, "tom": "/o/10010/for/20417/requests/" + n} {
			w := p.is(p.get(name, address), 200, "Read the daemon log", "Collect the bundle", "Which version is it?", "Waiting for information", "Ingrid Halden")
			p.lacks(w, "canary", "Internal: only")
			look("request-"+name, w)
		}
		p.is(p.get("piotr", "/o/20417/requests"), 200, "turn-you")
		look("list-partner", p.is(p.get("tom", "/o/10010/requests"), 200, "/o/10010/for/20417/requests/"+n))
		look("list-staff", p.is(p.get("ingrid", "/o/10000/requests"), 200, "/o/10000/for/20417/requests/"+n))

		// Another customer and another partner: nothing anywhere.
		for name, number := range map[string]string{"camille": "20500", "dieter": "10011"} {
			for _, address := range []string{"/o/" + number + "/requests/" + n, "/o/" + number + "/for/20417/requests/" + n, "/o/20417/requests/" + n} {
				p.is(p.get(name, address), 404)
			}
			w := p.is(p.get(name, "/o/"+number+"/requests"), 200)
			p.lacks(w, n, "Licences are released")
			p.lacks(p.is(p.get(name, "/o/"+number+"/requests?text=licences"), 200), n)
		}
		// Numbers as people type them, and the own number of a helper, lead to the request.
		if to := p.is(p.get("ingrid", "/o/10000/requests/"+n), 303).Header().Get("Location"); to != at {
			t.Errorf("leads to %s", to)
		}
		if to := p.is(p.get("tom", "/o/10010/requests/"+n), 303).Header().Get("Location"); to != "/o/10010/for/20417/requests/"+n {
			t.Errorf("leads to %s", to)
		}
		if to := p.is(p.get("piotr", "/o/20417/requests/"+strings.ToLower(n)), 303).Header().Get("Location"); to != "/o/20417/requests/"+n {
			t.Errorf("leads to %s", to)
		}
	})
}

func TestPages_a_refused_form_keeps_what_was_typed_and_the_files(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		f := form()
		f.Set("title", "")
		w := p.is(p.send("piotr", "/o/20417/requests/new", f, map[string]string{"a.txt": "kept"}), 422, "Since the *upgrade*.", "One entry needs correcting", "a.txt", `name="kept"`)
		if db.Engine() == "sqlite" {
			golden(t, "new-refused", w.Body.String())
		}
		kept := regexp.MustCompile(`name="kept" value="([^"]+)"`).FindStringSubmatch(w.Body.String())
		if kept == nil {
			t.Fatal("no file is kept")
		}
		f = form()
		f.Set("kept", kept[1])
		n := numberIn(p.is(p.post("piotr", "/o/20417/requests/new", f), 303))
		p.is(p.get("piotr", "/o/20417/requests/"+n), 200, "a.txt")
		t.Run("Attack_FILE_03", func(t *testing.T) {
			f.Set("kept", p.put(as("camille"), "x", "x").Blob+"|x")
			p.is(p.post("piotr", "/o/20417/requests/new", f), 422)
		})

		at := "/o/10000/for/20417/requests/" + n
		p.is(p.post("ingrid", at+"/actions", url.Values{"title": {"Half"}, "date": {"soon"}, "side": {"vendor"}}), 422, `value="Half"`, "Enter a day")
		p.is(p.post("ingrid", at+"/state", url.Values{"state": {"cancelled"}}), 422, "Say why")
		p.is(p.post("ingrid", at+"/notes", url.Values{"note": {""}}), 422, "Write something first")
		p.is(p.post("piotr", "/o/20417/requests/"+n+"/decision", url.Values{"decision": {"accept"}, "text": {"It works"}}), 409)
		p.is(p.post("ingrid", at+"/replies", url.Values{"text": {"Do this"}, "then": {"solution-proposed"}}), 303)
		w = p.is(p.get("piotr", "/o/20417/requests/"+n), 200, "Does the proposed solution work?", "refuse=1#refuse")
		if db.Engine() == "sqlite" {
			golden(t, "request-solution", w.Body.String())
		}
		p.is(p.get("piotr", "/o/20417/requests/"+n+"?refuse=1"), 200, "What is still wrong")
		p.is(p.post("piotr", "/o/20417/requests/"+n+"/decision", url.Values{"decision": {"refuse"}}), 422, "What is still wrong", "Say why")
		p.is(p.post("piotr", "/o/20417/requests/"+n+"/decision", url.Values{"decision": {"accept"}}), 303)
		w = p.is(p.get("piotr", "/o/20417/requests/"+n), 200, "The request was closed on", "reopen=1")
		p.lacks(w, "Send reply")
		p.is(p.post("piotr", "/o/20417/requests/"+n+"/replies", url.Values{"text": {"One more thing, at length"}}), 409, "is not open any more")
		p.is(p.post("piotr", "/o/20417/requests/"+n+"/decision", url.Values{"decision": {"reopen"}, "text": {"Again"}}), 303)
		p.is(p.get("piotr", "/o/20417/requests/"+n), 200, "Reopened", "Again")
	})
}

func TestPages_no_role_and_no_contract_are_refused_in_words(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		p.is(p.get("jan", "/o/20417/requests"), 403, "desk@ostrova.example")
		p.is(p.get("jan", "/o/20417/requests/SR-0000-0000"), 403)
		p.is(p.get("piotr", "/o/20417/desk"), 403)
		p.is(p.get("olga", "/o/10000/desk"), 403)
		p.is(p.get("bela", "/o/20600/requests/new"), 200, "No active support contract")
		typed := form()
		typed.Set("title", "Typed and not lost")
		p.is(p.post("bela", "/o/20600/requests/new", typed), 403, "active support contract", "Typed and not lost")
		typed.Set("draft", "1")
		p.is(p.post("bela", "/o/20600/requests/new", typed), 303)
		p.is(p.get("ingrid", "/o/10000/for/20417/desk"), 404)
	})
}

func TestPages_empty_lists_say_how_they_fill(t *testing.T) {
	p := newPortal(t, storetest.Lite(t))
	golden(t, "list-empty", p.is(p.get("anna", "/o/20417/requests"), 200).Body.String())
	golden(t, "list-filtered-empty", p.is(p.get("anna", "/o/20417/requests?text=dongle&state=new"), 200, "No request matches “dongle”").Body.String())
	golden(t, "desk-empty", p.is(p.get("ingrid", "/o/10000/desk"), 200).Body.String())
	for _, tab := range []string{TabMine, TabDrafts, TabClosed} {
		p.is(p.get("anna", "/o/20417/requests?tab="+tab), 200, "l-empty")
	}
}

func TestAttack_CON_08_any_search_text_is_answered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		p.open(as("piotr"), "Error ORA-00942 when saving")
		for _, text := range []string{`"`, `*`, "NEAR(", "-x", "subject:", "ORA-00942", strings.Repeat("word ", 1000), "' OR 1=1 --", "%", "\\", "ora", "SR-0000-0000", "🙂"} {
			for _, at := range []string{"/o/20417/requests", "/o/10000/desk", "/o/10010/requests"} {
				who := map[string]string{"/o/20417/requests": "piotr", "/o/10000/desk": "ingrid", "/o/10010/requests": "tom"}[at]
				p.is(p.get(who, at+"?text="+url.QueryEscape(text)), 200)
			}
		}
		p.is(p.get("piotr", "/o/20417/requests?text=ora00942"), 200, "when saving")
		p.is(p.get("piotr", "/o/20417/requests?text=a%00b"), 400)
		for _, bad := range []string{"before=nonsense", "after=2026_x", "before=" + strconv.Itoa(7)} {
			p.is(p.get("piotr", "/o/20417/requests?"+bad), 400)
		}
	})
}

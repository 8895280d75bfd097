package web_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lodge/assets"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

const lendRight who.Action = "lend"

var now = time.Date(2026, 11, 19, 10, 42, 0, 0, time.UTC)

// desk is a small portal: organisation 20417 with Anna, who may lend, and Piotr, who may not. Nobody else exists.
type desk struct {
	*web.Site
	t       *testing.T
	handler http.Handler
	log     *strings.Builder
	reading bool  // whether a Read is open
	seen    int64 // switches of the session
	active  *web.Work
	broken  error // what Frame answers
}

type person struct {
	name   string
	rights who.Rights
}

var people = map[string]person{
	"anna":  {"Anna Kowalska", who.Rights{lendRight: true, "see": true}},
	"piotr": {"Piotr Zieliński", who.Rights{"see": true}},
}

type readingKey struct{}

// open makes the portal; more registers further routes.
func open(t *testing.T, base string, more ...func(*desk)) *desk {
	t.Helper()
	texts := fstest.MapFS{"lang/en.json": {Data: []byte(`{"desk.home": "Home of {name}", "desk.lend": "Lend", "desk.lent": {"one": "{n} thing lent to {to}", "other": "{n} things lent to {to}"}, "desk.title": "Title", "desk.short": "At most {max} characters.", "desk.lending": "Lending"}`)}}
	c, err := lang.New(texts)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, log: &strings.Builder{}}
	d.Site = &web.Site{
		BaseURL: base, Catalogue: c, Assets: assets.Files(), Clock: clock.At(now),
		Brand:   web.Brand{Name: "Ostrova", Mail: "desk@ostrova.example"},
		Log:     slog.New(slog.NewTextHandler(d.log, nil)),
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Pages:   []fs.FS{fstest.MapFS{"pages/desk.tmpl": {Data: []byte(pages)}}},
		Resolve: d.resolve, Frame: d.frame, Refusal: d.refusal,
		Read: func(ctx context.Context, f func(context.Context) error) error {
			d.reading = true
			defer func() { d.reading = false }()
			return f(context.WithValue(ctx, readingKey{}, true))
		},
	}
	d.Context("GET", "", "see", d.home)
	d.Context("GET", "lend", lendRight, d.lend)
	d.Context("POST", "lend", lendRight, d.lent)
	d.Handle("GET /sign-in", who.Anybody, d.signIn)
	d.Handle("POST /sign-in", who.Anybody, d.signedIn)
	d.Handle("GET /me/profile", who.Person, d.home)
	d.Handle("GET /panic", who.Anybody, func(http.ResponseWriter, *http.Request, who.Actor) error { panic("a secret of the program") })
	d.Handle("GET /broken", who.Anybody, func(http.ResponseWriter, *http.Request, who.Actor) error {
		return errors.New("a secret of the database")
	})
	d.StreamContext("GET", "file", "see", d.file)
	d.Mount("/api/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, web.RemoteIP(r)) }), func(w http.ResponseWriter, r *http.Request, err error) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(fault.Status(err))
		io.WriteString(w, `{}`)
	})
	for _, f := range more {
		f(d)
	}
	if d.handler, err = d.Handler(); err != nil {
		t.Fatal(err)
	}
	return d
}

const pages = `
{{define "desk/home"}}<h1>{{t "desk.home" "name" .Page.Name}}</h1><p>{{.Frame.Moment .Frame.Now}}</p>{{end}}
{{define "desk/lend"}}{{range .Page.Summary}}{{template "notice" .}}{{end}}<h1>{{t "desk.lend"}}</h1><form method="post">{{template "hidden" .Frame}}{{template "field" .Page.Title}}{{template "field" .Page.Password}}<button>{{t "desk.lend"}}</button></form>{{end}}
{{define "desk/sign-in"}}<div class="l-card"><h1>{{t "desk.lend"}}</h1></div>{{end}}
`

type homePage struct{ Name string }

type lendPage struct {
	Title, Password web.Field
	Summary         []web.Notice
}

var (
	homeOf  = web.Page[homePage]{Name: "desk/home", Title: "desk.lending"}
	lending = web.Page[lendPage]{Name: "desk/lend", Title: "desk.lend"}
	signIn  = web.Page[homePage]{Name: "desk/sign-in", Title: "desk.lend", Public: true}
)

func (d *desk) resolve(r *http.Request) (who.Actor, error) {
	token, err := d.Session(r)
	if err != nil {
		return who.Actor{}, err
	}
	p, ok := people[token]
	if !ok {
		return who.Actor{}, nil
	}
	a := who.Actor{Person: token, Name: p.name, Rights: who.Rights{}, Seen: d.seen, Language: "en"}
	if number, customer, inside := web.Place(r); inside {
		if number != 20417 || customer != 0 && customer != 30001 {
			return a, fault.Missing()
		}
		a.Org, a.Number, a.Acting, a.Rights = "org", number, number, p.rights
		if customer != 0 {
			a.Number = customer
		}
	}
	return a, nil
}

func (d *desk) frame(ctx context.Context, a who.Actor, r *http.Request) (web.Chrome, error) {
	c := web.Chrome{Brand: web.Brand{Name: "Ostrova", Mail: "desk@ostrova.example", Palette: web.Palette{Brand: "#123456", Strong: "#123457", Soft: "#eeeeee", On: "#ffffff", Dark: "#abcdef", DarkSoft: "#111111"}}, Active: d.active}
	if a.Person != "" {
		c.Account = &web.Account{Name: a.Name, SignOut: "/sign-out"}
	}
	if a.Number != 0 {
		c.Where, c.SwitchTo = "Kowalski · 20417 Łódź", "/me/context"
		c.Places = []web.Work{{Number: 20417, Name: "Kowalski, Łódź", Current: true, Primary: true}, {Number: 20418, Name: "Kowalski, Poznań", Roles: "Reporting"}}
		c.Nav = []web.Group{{Items: []web.NavItem{{Href: web.Path(r) + "/", Label: web.Say("desk.lending"), Icon: "home"}, {Href: web.Path(r) + "/lend", Label: web.Say("desk.lend"), Icon: "key", Count: 120}}}}
	}
	return c, d.broken
}

func (d *desk) refusal(_ context.Context, _ who.Actor, right string) (web.Asking, error) {
	return web.Asking{Right: web.Say("desk.lending"), People: []web.Helper{{Name: "Anna Kowalska", As: web.Data("Supervisor"), Mail: "anna@kowalski.example"}}}, nil
}

func (d *desk) home(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if r.Context().Value(readingKey{}) == nil {
		return errors.New("the page is not inside a Read")
	}
	return homeOf.Render(d.Site, w, r, a, http.StatusOK, homePage{a.Name})
}

func (d *desk) lend(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return lending.Render(d.Site, w, r, a, http.StatusOK, lendPage{Title: title("", nil), Password: web.Field{Name: "password", Type: "password", Label: web.Say("desk.title")}})
}

func title(value string, f *fault.Error) web.Field {
	return web.Field{Name: "title", Label: web.Say("desk.title"), Value: value}.With(f)
}

type lendForm struct {
	Title    string    `form:"title"`
	Password string    `form:"password,raw"`
	Tags     []string  `form:"tag"`
	Agreed   bool      `form:"agreed"`
	File     *web.File `form:"file"`
}

func (d *desk) lent(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if d.reading {
		return errors.New("a form must not be inside a Read")
	}
	var f lendForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	var c fault.Check
	c.Need(f.Title != "" && len(f.Title) < 300, "title", "desk.short", "max", 300)
	if refused, ok := web.Refused(c.Err()); ok {
		field := title(f.Title, refused)
		return lending.Render(d.Site, w, r, a, int(refused.Kind), lendPage{Title: field, Password: web.Field{Name: "password", Type: "password", Label: web.Say("desk.title"), Value: f.Password}, Summary: web.Summary(refused, field)})
	}
	w.Header().Set("X-Key", a.Key)
	return d.Redirect(w, r, web.Path(r)+"/", fault.Msg("desk.lent", "n", 2, "to", int64(20417)))
}

func (d *desk) signIn(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return signIn.Render(d.Site, w, r, a, http.StatusOK, homePage{})
}

func (d *desk) signedIn(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
	d.SetSession(w, "anna", time.Hour)
	to := web.OwnPath(r.PostFormValue("next"))
	if to == "" {
		to = "/o/20417/"
	}
	return d.Redirect(w, r, to)
}

func (d *desk) file(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
	if r.URL.Query().Has("broken") {
		io.WriteString(w, "half of it")
		return errors.New("the store is away")
	}
	_, err := io.Copy(w, strings.NewReader("the file"))
	return err
}

// ask sends a request as somebody ("" is nobody) and gives the answer with its body read.
func (d *desk) ask(r *http.Request, as string) *httptest.ResponseRecorder {
	d.t.Helper()
	if as != "" {
		name := "lodge"
		if strings.HasPrefix(d.BaseURL, "https:") {
			name = "__Host-lodge"
		}
		r.AddCookie(&http.Cookie{Name: name, Value: as})
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func (d *desk) get(as, address string) *httptest.ResponseRecorder {
	d.t.Helper()
	return d.ask(d.request("GET", address, nil), as)
}

func (d *desk) post(as, address string, form url.Values) *httptest.ResponseRecorder {
	d.t.Helper()
	r := d.request("POST", address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r, as)
}

func (d *desk) request(method, address string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, address, body)
	base, _ := url.Parse(d.BaseURL)
	r.Host = base.Host
	return r
}

const loopback = "http://127.0.0.1:8080"

func wants(t *testing.T, w *httptest.ResponseRecorder, status int, parts ...string) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("answer %d, want %d: %.400s", w.Code, status, w.Body)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%q is not in the answer:\n%s", part, w.Body)
		}
	}
}

func TestAPageIsAnsweredInsideOneReadAndAFormOutside(t *testing.T) {
	d := open(t, loopback)
	wants(t, d.get("anna", "/o/20417/"), 200, "Home of Anna Kowalska", `<html lang="en">`, "10:42")
	w := d.post("anna", "/o/20417/lend", url.Values{"title": {"Drill"}, "_key": {"k1"}})
	wants(t, w, 303)
	if w.Header().Get("Location") != "/o/20417/" || w.Header().Get("X-Key") != "k1" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestRightsAreCheckedByTheRouterIn404Then401Then403Order(t *testing.T) {
	d := open(t, loopback)
	for _, c := range []struct {
		as, address string
		status      int
	}{
		{"anna", "/o/20417/lend", 200},
		{"anna", "/o/20417/for/30001/lend", 200},
		{"piotr", "/o/20417/lend", 403},
		{"piotr", "/o/20418/lend", 404},
		{"anna", "/o/20417/for/30002/lend", 404},
		{"", "/o/20417/lend", 303},
		{"", "/o/20418/lend", 303},
		{"", "/o/20418/nothing", 303},
		{"anna", "/o/20417/nothing", 404},
		{"", "/nothing", 404},
		{"", "/me/profile", 303},
		{"piotr", "/me/profile", 200},
		{"", "/sign-in", 200},
	} {
		if w := d.get(c.as, c.address); w.Code != c.status {
			t.Errorf("%q %s: %d, want %d", c.as, c.address, w.Code, c.status)
		}
	}
	w := d.get("", "/o/20417/lend?a=1&b=2")
	if got := w.Header().Get("Location"); got != "/sign-in?next=%2Fo%2F20417%2Flend%3Fa%3D1%26b%3D2" {
		t.Errorf("way to sign in: %q", got)
	}
	wants(t, d.post("", "/o/20417/lend", url.Values{"title": {"A long story of a drill"}, "password": {"hidden words"}}), 401, "A long story of a drill", "/sign-in")
	if strings.Contains(d.post("", "/o/20417/lend", url.Values{"title": {"x"}, "password": {"hidden words"}}).Body.String(), "hidden words") {
		t.Error("a password is shown again")
	}
}

func TestRoutesAreKeptForTheMatrix(t *testing.T) {
	d := open(t, loopback)
	kinds := map[string]string{}
	for _, r := range d.Routes {
		kinds[r.Method+" "+r.Pattern] = r.Kind + " " + string(r.Right)
	}
	for route, kind := range map[string]string{
		"GET /o/{number}/": "page see", "GET /o/{number}/for/{customer}/lend": "page lend", "POST /o/{number}/lend": "form lend",
		"GET /o/{number}/file": "stream see", " /api/": "mount anybody",
	} {
		if kinds[route] != kind {
			t.Errorf("%q is %q, want %q", route, kinds[route], kind)
		}
	}
}

func TestWhatFollowsTheAnswerRunsAfterIt(t *testing.T) {
	order := ""
	d := open(t, loopback, func(d *desk) {
		d.Handle("GET /later", who.Anybody, func(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
			web.After(r.Context(), func(ctx context.Context) { order += "after " + web.RequestID(ctx) })
			order += "page "
			_, err := io.WriteString(w, "ok")
			return err
		})
	})
	w := d.get("", "/later")
	if want := "page after " + w.Header().Get("X-Request-Id"); order != want || len(w.Header().Get("X-Request-Id")) != 32 {
		t.Errorf("order %q, want %q", order, want)
	}
}

func TestHeadIsAnsweredLikeGetAndOtherMethodsAreNamed(t *testing.T) {
	d := open(t, loopback)
	if w := d.ask(d.request("HEAD", "/o/20417/lend", nil), "anna"); w.Code != 200 {
		t.Errorf("HEAD %d", w.Code)
	}
	if w := d.ask(d.request("HEAD", "/o/20417/lend", nil), "piotr"); w.Code != 403 {
		t.Errorf("HEAD without right %d", w.Code)
	}
	w := d.ask(d.request("DELETE", "/o/20417/lend", nil), "anna")
	wants(t, w, 405, "desk@ostrova.example")
	if w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", w.Header().Get("Allow"))
	}
	r := d.request("POST", "/o/20417/", nil)
	r.Header.Set("X-HTTP-Method-Override", "GET")
	wants(t, d.ask(r, "anna"), 405)
}

func TestTheResultOfAFormIsShownOnceOnTheNextPage(t *testing.T) {
	d := open(t, loopback)
	w := d.post("anna", "/o/20417/lend", url.Values{"title": {"Drill"}})
	r := d.request("GET", "/o/20417/", nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	next := d.ask(r, "anna")
	wants(t, next, 200, "2 things lent to 20417", `l-notice ok`)
	if c := next.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the notice is not taken away: %v", c)
	}
	forged := d.request("GET", "/o/20417/", nil)
	forged.AddCookie(&http.Cookie{Name: "lodge-note", Value: "WyJQYXkgaGVyZSJd"}) // ["Pay here"]
	if strings.Contains(d.ask(forged, "anna").Body.String(), "Pay here") {
		t.Error("a foreign text is shown")
	}
}

package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/federation"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/support"
)

// state is a page that an address alone does not show: somebody has to do something first, in a browser of his own.
type state struct {
	view
	by func(b *tab) // until the page is there
}

// states are all pages of that kind.
func states(t *testing.T, p *apptest.Portal) []state {
	t.Helper()
	customer, partner, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["partner"].Number, p.World.Organisations["vendor"].Number
	own := func(path string) string { return fmt.Sprintf("/o/%d%s", customer, path) }
	prepare(t, p)
	broken(p)
	at := func(path string) func(*tab) { return func(b *tab) { b.get(path) } }
	action := one(p, `SELECT a.id FROM ticket_action a JOIN ticket t ON t.id = a.ticket_id WHERE t.number = '`+p.World.Example+`' ORDER BY a.id LIMIT 1`)
	site := fmt.Sprintf("/o/%d/", p.World.Organisations["customer-site"].Number)
	fresh := "nela.nowak@elsewhere.example"
	serrano := signsInItself(t, p, "20600", "talleres-serrano.example", email(p, "expired-customer-support"))
	return append(append(imports(t, p), websites(t, p)...), []state{
		{view{"company-link", "", federation.At + "/" + serrano + "/link"}, func(b *tab) { goesThere(b, email(p, "expired-customer-support"), "/link") }},
		{view{"sign-in-code", "", "/sign-in/code"}, typesPassword(p, "reporting")},
		{view{"sign-in-factor", "", "/sign-in/factor"}, typesPassword(p, "helpdesk")},
		{view{"sign-in-set-up", "", "/sign-in/set-up"}, typesPassword(p, "billing-desk")},
		{view{"sign-in-recovery", "", "/sign-in/factor"}, func(b *tab) {
			typesPassword(p, "helpdesk")(b)
			b.get("/sign-in/factor?with=recovery")
		}},
		{view{"recovery-codes", "expired-customer-support", "/me/factor/confirm"}, func(b *tab) {
			noFactor(p, "expired-customer-support")
			b.get("/me/security")
			b.press(`form[action="/me/factor/begin"] button`)
			b.typed("#code", pendingCode(p, "expired-customer-support"))
			b.press(`form[action="/me/factor/confirm"] button`)
			b.sees("Recovery codes", "I have kept them")
			noFactor(p, "expired-customer-support")
		}},
		{view{"asks", "customer-admin", own("/asks")}, func(b *tab) {
			p.As(t, "customer-member").Post(t, own("/asks"), url.Values{"right": {string(support.ViewRequests)}, "text": {"The compiler has stopped"}})
			b.get(own("/asks"))
		}},
		{view{"email-confirm", "licensing", "/me/email/confirm"}, func(b *tab) {
			asksEmail(b, "licensing@elsewhere.example")
			b.sees("waits to be confirmed")
			mailed(p, "licensing@elsewhere.example", "/email/")(b)
		}},
		{view{"email-stop", "licensing", "/email/stop"}, func(b *tab) {
			asksEmail(b, "licensing.too@elsewhere.example")
			mailed(p, email(p, "licensing"), "/email/stop/")(b)
		}},
		{view{"security-factor", "helpdesk", "/me/security"}, at("/me/security")},
		{view{"sign-in-passkey", "", "/sign-in"}, func(b *tab) {
			b.named(p)
			b.get("/sign-in")
			b.until("the offer", `!document.querySelector("form[data-passkey-fill]").hidden`)
		}},
		{view{"security-passkey", "partner-billing", "/me/security"}, func(b *tab) {
			b.named(p)
			touch := b.authenticator()
			b.get("/me/security")
			b.press(`form[action="/me/passkeys"] button`)
			b.sees("The passkey was added")
			touch(false)
		}},
		{view{"sign-in-wrong", "", "/sign-in"}, func(b *tab) {
			b.get("/sign-in")
			b.typed("#email", fresh)
			b.typed("#password", "not a password")
			b.press("main button[type=submit]")
		}},
		{view{"invitation", "", "/invitation/open"}, mailed(p, "jan.nowy@kowalski-maszyny.example", "/invitation/")},
		{view{"register-new", "", "/register/new"}, mailed(p, fresh, "/register/")},
		{view{"nobody", "", "/"}, func(b *tab) {
			mailed(p, fresh, "/register/")(b)
			b.typed("#first_name", "Nela")
			b.typed("#last_name", "Nowak")
			b.typed("#password", "correct horse battery staple")
			b.press("main form button[type=submit]")
			b.sees(fresh)
		}},
		{view{"forgotten-new", "", "/forgotten/new"}, mailed(p, "adam.sowa@kowalski-maszyny.example", "/forgotten/")},
		{view{"stale", "customer-support", own("/requests/new")}, func(b *tab) {
			b.get(own("/requests/new"))
			b.typed("[name=title]", "Typed before the switch")
			b.eval(`(() => { document.querySelector('main form [name=_seen]').value = '99'; return true })()`)
			b.press("main form button[type=submit].btn-primary")
			b.sees("Not sent")
		}},
		{view{"contact-refused", "customer-admin", own("/contacts/new")}, func(b *tab) {
			b.get(own("/contacts/new"))
			b.typed("#email", "jan@")
			b.press("main form button[type=submit]")
			b.until("fields are marked", `!!document.querySelector('[aria-invalid=true]')`)
		}},
		{view{"prove", "customer-admin", own("/contacts")}, func(b *tab) {
			contact := one(p, `SELECT m.id FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = '`+email(p, "reporting")+`'`)
			b.get(own("/contacts?change=" + contact))
			aged(p, "customer-admin")
			b.press(`form[action$="/obsolete"] button`)
			b.sees("Show once more that it is you")
		}},
		{view{"contact-correct", "customer-admin", own("/contacts/" + one(p, `SELECT m.id FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = 'jan.nowy@kowalski-maszyny.example'`) + "/correct")}, nil},
		{view{"contacts-many", "customer-admin", own("/contacts/many")}, func(b *tab) {
			b.get(own("/contacts/many"))
			b.typed("#contacts", "first_name,last_name,email,role\nLena,Bosak,lena.bosak@kowalski-maszyny.example,reporting\nAdam,Sowa,adam.sowa@kowalski-maszyny.example,\nIda,,ida@,\n")
			b.press("main form button[type=submit].btn-primary")
			b.sees("2 of 3 people could not be invited")
		}},
		{view{"request-refused", "customer-support", own("/requests/new")}, func(b *tab) {
			b.get(own("/requests/new"))
			b.eval(`(() => { document.querySelector('main form').noValidate = true; return true })()`)
			b.press("main form button[type=submit].btn-primary")
			b.until("fields are marked", `!!document.querySelector('[aria-invalid=true]')`)
		}},
		{view{"request-draft", "customer-support", own("/requests/" + one(p, `SELECT number FROM ticket WHERE title = 'Half a question'`))}, nil},
		{view{"action", "helpdesk", fmt.Sprintf("/o/%d/for/%d/requests/%s/actions/%s", vendor, customer, p.World.Example, action)}, nil},
		{view{"search-partner", "partner-operator", fmt.Sprintf("/o/%d/search?q=licence", partner)}, nil},
		{view{"mail", "", "/-/mail"}, nil},
		{view{"catalogue", "release-manager", fmt.Sprintf("/o/%d/catalogue", vendor)}, nil},
		{view{"product-types", "operator", fmt.Sprintf("/o/%d/catalogue/types", vendor)}, nil},
		{view{"product-type-new", "operator", fmt.Sprintf("/o/%d/catalogue/types/new", vendor)}, nil},
		{view{"product-type", "operator", fmt.Sprintf("/o/%d/catalogue/types/voice-call-centre", vendor)}, nil},
		{view{"resellers", "operator", fmt.Sprintf("/o/%d/catalogue/resellers", vendor)}, nil},
		{view{"reseller", "operator", fmt.Sprintf("/o/%d/catalogue/resellers/%d", vendor, partner)}, nil},
		{view{"catalogue-new", "release-manager", fmt.Sprintf("/o/%d/catalogue/new", vendor)}, nil},
		{view{"catalogue-product", "release-manager", fmt.Sprintf("/o/%d/catalogue/%s", vendor, one(p, `SELECT id FROM product ORDER BY code LIMIT 1`))}, nil},
		{view{"release-keys", "release-manager", fmt.Sprintf("/o/%d/releases/keys", vendor)}, nil},
		{view{"renew", "customer-admin", own("/downloads/renew")}, nil},
		{view{"orders", "customer-admin", own("/orders")}, nil},
		{view{"elsewhere", "two-numbers", site}, at(site)},
		{view{"beside", "two-numbers", site}, func(b *tab) {
			b.get(site)
			b.press(`.l-notice form[action="/me/context"] button`)
			b.sees("Your primary organisation is")
		}},
		{view{"contacts-staged", "customer-admin", own("/contacts")}, func(b *tab) {
			b.get(own("/contacts"))
			b.click(`a[aria-label="Change roles of Marek Lis"]`)
			b.until("the form", `!!document.querySelector('input[value=support-advanced]')`)
			b.eval(`(() => { for (const role of ['support-advanced', 'reporting']) document.querySelector('input[value=' + role + ']').checked = true; return true })()`)
			b.press(`.is-sub button.btn:not(.btn-quiet)`)
			b.sees("1 change not applied", "Staged, not in force", "Apply role changes")
		}},
		{view{"broken", "", "/sign-in"}, at("/sign-in?" + breaks + "=500")},
		{view{"unavailable", "", "/sign-in"}, at("/sign-in?" + breaks + "=503")},
	}...)
}

// breaks is the word in an address at which broken lets the portal fail.
const breaks = "fail-with"

// broken makes the portal fail on demand, where it finds out who asks: nothing of the demo world is broken by itself.
func broken(p *apptest.Portal) {
	resolve := p.Site.Resolve
	p.Site.Resolve = func(r *http.Request) (who.Actor, error) {
		switch r.URL.Query().Get(breaks) {
		case "500":
			return who.Actor{}, errors.New("broken on demand")
		case "503":
			return who.Actor{}, fault.New(fault.Unavailable, "crypt.busy")
		}
		return resolve(r)
	}
}

// prepare makes what the states need and the world lacks.
func prepare(t *testing.T, p *apptest.Portal) {
	t.Helper()
	customer := p.World.Organisations["customer"].Number
	send := func(who, path string, form url.Values) {
		t.Helper()
		c := p.As(t, who)
		for name, values := range c.Get(t, path).Hidden() {
			form[name] = values
		}
		if page := c.Post(t, path, form); page.Status != 303 && page.Status != 200 {
			t.Fatalf("%s: %d", path, page.Status)
		}
	}
	send("customer-admin", fmt.Sprintf("/o/%d/contacts/new", customer), url.Values{"first_name": {"Jan"}, "last_name": {"Nowy"},
		"email": {"jan.nowy@kowalski-maszyny.example"}, "role": {"support-restricted"}})
	send("customer-support", fmt.Sprintf("/o/%d/requests/new", customer), url.Values{"title": {"Half a question"}, "description": {"Not yet sent."},
		"kind": {"question"}, "product": {p.World.Products["main"]}, "severity": {"3"}, "draft": {"1"}})
	send("", "/register", url.Values{"email": {"nela.nowak@elsewhere.example"}})
	send("", "/forgotten", url.Values{"email": {"adam.sowa@kowalski-maszyny.example"}})
	// Free: one statement, of somebody whom nobody else of these tests is.
	err := p.Store.Write(context.Background(), store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE person SET mailbox_first = TRUE WHERE email LIKE $1`, email(p, "reporting"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	noFactor(p, "billing-desk")
}

// noFactor takes somebody's second factor away.
func noFactor(p *apptest.Portal, key string) {
	// Free: one statement.
	err := p.Store.Write(context.Background(), store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM credential WHERE kind = 'totp' AND person_id = (SELECT id FROM person WHERE email = $1)`, email(p, key))
		return err
	})
	if err != nil {
		panic(err)
	}
}

// aged lets somebody's sessions be an hour old.
func aged(p *apptest.Portal, key string) {
	// Free: one statement.
	err := p.Store.Write(context.Background(), store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE session SET created_at = $2 WHERE person_id = (SELECT id FROM person WHERE email = $1)`, email(p, key), tx.Now.Add(-time.Hour))
		return err
	})
	if err != nil {
		panic(err)
	}
}

// pendingCode is the first code of a second factor that somebody sets up.
func pendingCode(p *apptest.Portal, key string) string {
	of := `FROM credential c JOIN person p ON p.id = c.person_id WHERE c.kind = 'totp-pending' AND p.email = '` + email(p, key) + `'`
	setUp, err := p.Identities.PendingSetUp(context.Background(), one(p, `SELECT c.person_id `+of), one(p, `SELECT c.scheme `+of), email(p, key))
	if err != nil {
		panic(err)
	}
	code, err := totp.Code(setUp.Secret, totp.Step(p.Config.Clock.Now()))
	if err != nil {
		panic(err)
	}
	return code
}

func email(p *apptest.Portal, key string) string {
	for _, x := range p.World.People {
		if x.Key == key {
			return x.Email
		}
	}
	panic("nobody is called " + key)
}

// typesPassword is the first step of a sign-in.
func typesPassword(p *apptest.Portal, key string) func(*tab) {
	return func(b *tab) {
		for _, x := range p.World.People {
			if x.Key == key {
				b.get("/sign-in")
				b.typed("#email", x.Email)
				b.typed("#password", x.Password)
				b.press("main button[type=submit]")
			}
		}
	}
}

// mailed follows the link of a letter.
func mailed(p *apptest.Portal, to, word string) func(*tab) {
	return func(b *tab) {
		_, link := p.Mail(b.T, to, word)
		b.get(strings.TrimPrefix(link, p.URL))
	}
}

// asksEmail asks for another address for who is signed in.
func asksEmail(b *tab, to string) {
	b.get("/me/email")
	b.typed("#email", to)
	b.press("main form[action='/me/email'] button[type=submit]")
}

// eachState brings every state about.
func eachState(t *testing.T, p *apptest.Portal, browser context.Context, f func(b *tab, v view)) {
	t.Helper()
	tabs := map[string]*tab{}
	for _, s := range states(t, p) {
		b, ok := tabs[s.who]
		if !ok || s.by != nil { // what was typed asks before it is left, and nobody's steps must not meet
			b = open(t, browser, p, s.who)
		}
		if s.by == nil {
			tabs[s.who] = b
		}
		b.look(1280, false)
		if s.by == nil {
			b.get(s.path)
		} else {
			s.by(b)
		}
		if want, _, _ := strings.Cut(s.path, "?"); !strings.HasPrefix(b.address(), want) {
			t.Errorf("%s: at %s, want %s", s.name, b.address(), want)
		}
		f(b, s.view)
	}
}

// notSeen are pages that no view opens, and why.
var notSeen = map[string]string{
	"/forgotten/{token}":                           "leads on at once",
	"/register/{token}":                            "leads on at once",
	"/email/{token}":                               "leads on at once",
	"/email/stop/{token}":                          "leads on at once",
	"/invitation/{token}":                          "leads on at once",
	"/oauth/onward":                                "leads on at once",
	"/me/sessions":                                 "is /me/security",
	"/me/context":                                  "leads on at once; a script gets a part",
	"/o/{number}/orders/{ticket}":                  "is the page of a request",
	"/sign-in/company/{connection}":                "leads on at once",
	"/o/{number}/orders/{ticket}/actions/{action}": "is the page of a request's action",
}

var placeholder = regexp.MustCompile(`\\\{\w+\\\}`)

// TestPages_every_page_is_looked_at: a page without a view is never seen in a browser by any test.
func TestPages_every_page_is_looked_at(t *testing.T) {
	p := portal(t)
	var paths []string
	acting := regexp.MustCompile(`/for/\d+`)
	for _, s := range states(t, p) {
		paths = append(paths, s.path)
	}
	for _, v := range views(p) {
		paths = append(paths, v.path)
	}
	for i, path := range paths {
		path, _, _ = strings.Cut(path, "?")
		paths[i] = acting.ReplaceAllString(path, "")
	}
	used := map[string]bool{}
	for _, r := range p.Site.Routes {
		if r.Kind != "page" {
			continue
		}
		pattern := strings.Replace(r.Pattern, "/for/{customer}", "", 1) // the same page for somebody else
		if notSeen[pattern] != "" {
			used[pattern] = true
			continue
		}
		like := regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(pattern), `[^/]+`) + "$")
		seen := func(path string) bool { // "new" is no id
			return like.MatchString(path) && (pattern == path || !strings.HasSuffix(pattern, "}") || !strings.HasSuffix(path, "/new"))
		}
		if !slices.ContainsFunc(paths, seen) {
			t.Errorf("no view opens %s", r.Pattern)
		}
	}
	for pattern := range notSeen {
		if !used[pattern] {
			t.Errorf("there is no page %s any more", pattern)
		}
	}
}

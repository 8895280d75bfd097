package worldtest

import (
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"

	"lodge/assets"
	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Pages is the portal over the world as a browser sees it: those of identity and account, and what more adds. Addresses and rights are those of
// package app, which cannot be imported here.
func (w *World) Pages(pages []fs.FS, more ...func(*web.Site)) http.Handler {
	w.T.Helper()
	s := &web.Site{BaseURL: BaseURL, Catalogue: w.Catalogue, Assets: assets.Files(), Clock: w.Clock, Brand: web.Brand{Name: "Halden Software", Mail: "desk@halden.example"},
		Pages: append([]fs.FS{identity.Templates, account.Templates}, pages...), Read: w.DB.Snapshot}
	s.Resolve = func(r *http.Request) (who.Actor, error) {
		token, err := s.Session(r)
		if err != nil {
			return who.Actor{}, err
		}
		number, customer, _ := web.Place(r)
		a, err := w.Accounts.Resolve(r.Context(), account.Asked{Token: token, Number: number, Customer: customer, Address: web.RemoteIP(r)})
		if fault.Is(err, "fault.sign_in") {
			return a, nil
		}
		return a, err
	}
	s.Frame = w.frame
	s.Refusal = func(ctx context.Context, a who.Actor, right string) (web.Asking, error) {
		asked, err := w.Accounts.Ask(ctx, a, who.Action(right))
		var out web.Asking
		for _, p := range asked.People {
			out.People = append(out.People, web.Helper{Name: p.FirstName + " " + p.LastName, As: account.RoleWord(asked.Role), Mail: p.Email})
		}
		out.Desk = web.Helper{Name: asked.Desk.Name, Mail: asked.Desk.Email}
		return out, err
	}
	w.routes(s)
	for _, f := range more {
		f(s)
	}
	h, err := s.Handler()
	w.Need(err)
	return h
}

func (w *World) frame(ctx context.Context, a who.Actor, _ *http.Request) (c web.Chrome, err error) {
	if a.Person == "" {
		c.Languages = true
		return c, nil
	}
	places, err := w.Accounts.Places(ctx, a)
	for _, p := range places {
		c.Places = append(c.Places, web.Work{Number: p.Number, Name: p.Name, Primary: p.Primary, Current: p.Org == a.Member})
		if p.Org == a.Org {
			c.Where = p.Name
		}
	}
	c.SwitchTo = "/me/context"
	c.Account = &web.Account{Name: a.Name, SignOut: "/sign-out"}
	return c, err
}

func (w *World) routes(s *web.Site) {
	door := identity.Pages{Identities: w.Identities, Site: s, Languages: lang.Languages, Company: func(rw http.ResponseWriter, r *http.Request, email identity.Email, next string) (bool, error) {
		if w.Company == nil {
			return false, nil
		}
		return w.Company(rw, r, email, next)
	}}
	people := account.Pages{Accounts: w.Accounts, Site: s, SignIn: door}
	s.Handle("GET /sign-in", who.Anybody, door.SignInForm)
	s.Handle("POST /sign-in", who.Anybody, door.SignInPost)
	for path, step := range map[string]string{"code": identity.StepCode, "factor": identity.StepTOTP, "set-up": identity.StepSetUp} {
		s.Handle("GET /sign-in/"+path, who.Anybody, door.StepForm(step))
		s.Handle("POST /sign-in/"+path, who.Anybody, door.StepPost(step))
	}
	s.Handle("POST /sign-out", who.Anybody, door.SignOutPost)
	for path, purpose := range map[string]string{"forgotten": identity.Reset, "register": identity.Register} {
		s.Handle("GET /"+path, who.Anybody, door.AskForm(purpose))
		s.Handle("POST /"+path, who.Anybody, door.AskPost(purpose))
		s.Handle("GET /"+path+"/{token}", who.Anybody, door.Link("/"+path+"/new"))
		s.Handle("GET /"+path+"/new", who.Anybody, door.PasswordForm(purpose))
		s.Handle("POST /"+path+"/new", who.Anybody, door.PasswordPost(purpose))
	}
	s.Handle("GET /invitation/{token}", who.Anybody, door.Link("/invitation/open"))
	s.Handle("GET /invitation/open", who.Anybody, people.InvitationForm)
	s.Handle("POST /invitation/open", who.Anybody, people.InvitationPost)
	s.Handle("POST /invitation/decline", who.Anybody, people.DeclinePost)
	s.Handle("GET /email/{token}", who.Anybody, door.Link("/me/email/confirm"))
	s.Handle("GET /email/stop/{token}", who.Anybody, door.Link("/email/stop"))
	s.Handle("GET /email/stop", who.Anybody, door.OldEmailForm)
	s.Handle("POST /email/stop", who.Anybody, door.OldEmailPost)
	s.Handle("GET /me/{$}", who.Person, door.ProfileForm)
	s.Handle("POST /me/{$}", who.Person, door.ProfilePost)
	s.Handle("GET /me/email", who.Person, door.EmailForm)
	s.Handle("POST /me/email", who.Person, door.EmailPost)
	s.Handle("POST /me/email/cancel", who.Person, door.EmailCancel)
	s.Handle("GET /me/email/confirm", who.Person, door.NewEmailForm)
	s.Handle("POST /me/email/confirm", who.Person, door.NewEmailPost)
	s.Handle("GET /me/invitations", who.Person, people.BlocksPage)
	s.Handle("POST /me/invitations", who.Person, people.BlocksPost)
	s.Handle("GET /me/security", who.Person, door.SecurityPage)
	s.Handle("POST /me/password", who.Person, door.PasswordChange)
	s.Handle("POST /me/factor/begin", who.Person, door.FactorBegin)
	s.Handle("POST /me/factor/confirm", who.Person, door.FactorConfirm)
	s.Handle("POST /me/factor/cancel", who.Person, door.FactorCancel)
	s.Handle("POST /me/factor/replace", who.Person, door.FactorReplace)
	s.Handle("POST /sign-in/passkey", who.Anybody, door.PasskeyPost)
	s.Handle("POST /me/passkeys", who.Person, door.PasskeyAdd)
	s.Handle("POST /me/passkeys/{passkey}/remove", who.Person, door.PasskeyRemove)
	s.Handle("POST /me/recovery", who.Person, door.RecoveryRenew)
	s.Handle("POST /me/factor/remove", who.Person, door.FactorRemove)
	s.Handle("POST /me/sessions/{session}/revoke", who.Person, door.SessionRevoke)
	s.Handle("POST /me/context", who.Person, people.SwitchPost)
	s.Context("GET", "contacts", account.ViewContacts, people.ContactsList)
	s.Context("GET", "contacts/new", account.Invite, people.ContactForm)
	s.Context("POST", "contacts/new", account.Invite, people.ContactPost)
	s.Context("GET", "contacts/many", account.Invite, people.ManyForm)
	s.Context("POST", "contacts/many", account.Invite, people.ManyPost)
	s.Context("GET", "contacts/{contact}/correct", account.Invite, people.CorrectForm)
	s.Context("POST", "contacts/{contact}/correct", account.Invite, people.CorrectPost)
	s.Context("POST", "contacts/{contact}/resend", account.Invite, people.ContactResend)
	s.Context("POST", "contacts/{contact}/withdraw", account.Invite, people.ContactWithdraw)
}

// Browser keeps cookies as a browser without script does, and follows nothing by itself.
type Browser struct {
	World   *World
	Handler http.Handler
	Cookies map[string]string
	Header  http.Header // sent with each request
	Host    string      // Host header; the world's host if empty
}

// Browser is a fresh one.
func (w *World) Browser(h http.Handler) *Browser {
	return &Browser{World: w, Handler: h, Cookies: map[string]string{}, Header: http.Header{}}
}

// As is a browser in which one of the world's people is signed in.
func (w *World) As(h http.Handler, key string) *Browser {
	w.T.Helper()
	b := w.Browser(h)
	b.Cookies["__Host-lodge"] = w.SignIn(key)
	return b
}

// Answer is what came back.
type Answer struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// Get asks for a page.
func (b *Browser) Get(address string) Answer { return b.Do("GET", address, nil) }

// Post sends a form, as a page of the portal itself does.
func (b *Browser) Post(address string, form url.Values) Answer {
	if form == nil {
		form = url.Values{}
	}
	return b.Do("POST", address, form)
}

// Do asks in any way; a form makes a body of it.
func (b *Browser) Do(method, address string, form url.Values) Answer {
	b.World.T.Helper()
	r := httptest.NewRequest(method, address, nil)
	if form != nil {
		r = httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range b.Header {
		r.Header[name] = values
	}
	if r.Host = b.Host; r.Host == "" {
		r.Host = Host
	}
	r.RemoteAddr = Visit.Address + ":4711"
	r.Header.Set("User-Agent", Visit.Device)
	for name, value := range b.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.Handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if b.Cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		}
	}
	return Answer{rec.Code, rec.Header().Get("Location"), rec.Header(), rec.Body.String()}
}

// Key is the idempotency key of a page's first form.
func (a Answer) Key() string {
	if m := formKey.FindStringSubmatch(a.Body); m != nil {
		return m[1]
	}
	return ""
}

var formKey = regexp.MustCompile(`name="_key" value="(\w+)"`)

// Link is the address of the first link in a letter, without the host.
func (w *World) Link(text string) string {
	w.T.Helper()
	_, rest, ok := strings.Cut(text, BaseURL)
	if !ok {
		w.T.Fatalf("no link of the portal in the letter:\n%s", text)
	}
	return strings.Fields(rest)[0]
}

var (
	nonce  = regexp.MustCompile(`nonce="[^"]*"|name="_key" value="\w+"|data-passkey="[^"]+"`)
	hashed = regexp.MustCompile(`\.[0-9a-f]{12}\.`)
	ids    = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	shape  = regexp.MustCompile(`(<svg class="ic"[^>]*>).*?(</svg>)`)
	image  = regexp.MustCompile(`src="data:[^"]*"`)
	coded  = regexp.MustCompile(`E-[0-9A-Z]{8}`)
)

// Golden is a page without what another request, run or build of the assets changes.
func (a Answer) Golden() string {
	s := nonce.ReplaceAllString(shape.ReplaceAllString(a.Body, "$1$2"), "")
	s = image.ReplaceAllString(coded.ReplaceAllString(s, "E-REFERENCE"), `src="data:IMAGE"`)
	return ids.ReplaceAllString(hashed.ReplaceAllString(s, ".HASH."), "ID")
}

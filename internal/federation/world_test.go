package federation_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"lodge/internal/account"
	"lodge/internal/federation"
	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

// names is a name server on this computer.
type names struct {
	address string

	mu    sync.Mutex
	texts map[string][]string // by name, with the dot at its end
	mute  bool                // answers nothing
	asked int
}

func newNames(t testing.TB) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{address: conn.LocalAddr().String(), texts: map[string][]string{}}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer := n.answer(buf[:size]); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	return n
}

func (n *names) answer(question []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	n.asked++
	q := m.Questions[0]
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
	if n.mute {
		out.RCode = dnsmessage.RCodeServerFailure
	}
	texts, known := n.texts[strings.ToLower(q.Name.String())]
	if !known && !n.mute {
		out.RCode = dnsmessage.RCodeNameError
	}
	if q.Type == dnsmessage.TypeTXT && !n.mute {
		for _, text := range texts {
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET, TTL: 60},
				Body: &dnsmessage.TXTResource{TXT: []string{text}}})
		}
	}
	b, err := out.Pack()
	if err != nil {
		return nil
	}
	return b
}

// publish sets the records of a name; none takes the name away.
func (n *names) publish(name string, texts ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if delete(n.texts, name+"."); len(texts) > 0 {
		n.texts[name+"."] = texts
	}
}

func (n *names) silence(mute bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mute = mute
}

// place is a world with companies' sign-ins.
type place struct {
	*worldtest.World
	t     *testing.T
	names *names
	s     *federation.Federations
	h     http.Handler

	admins map[string]who.Actor // by company
}

// newPlace has Anna, who administers Kowalski, and Ewa, who is in it; Claire of Dubois; Ingrid of the vendor.
func newPlace(t *testing.T, db *store.DB) *place {
	t.Helper()
	w := worldtest.New(t, db, federation.Lang).Vendor().Customer("Kowalski").Customer("Dubois").
		Person("anna", "Kowalski", account.SecurityAdministrator).Person("ewa", "Kowalski").Person("claire", "Dubois", account.SecurityAdministrator).
		Person("ingrid", "", account.Helpdesk)
	w.Roles[account.SecurityAdministrator] = append(w.Roles[account.SecurityAdministrator], federation.Manage)
	p := &place{World: w, t: t, names: newNames(t), admins: map[string]who.Actor{"Kowalski": w.Actor("anna", "Kowalski"), "Dubois": w.Actor("claire", "Dubois")}}
	p.s = &federation.Federations{Store: db, Events: w.Events, Identities: w.Identities, Accounts: w.Accounts, Office: w.Office, Keys: w.Keys, BaseURL: worldtest.BaseURL,
		Resolver: federation.NewResolver(p.names.address), Client: federation.NewClient(true), Private: true}
	w.Events.Reactions[identity.Reclaimed{}.EventName()] = []event.Reaction{func(*store.Tx, who.Actor, string, event.Event) error { return nil }}
	p.h = w.Pages(nil, p.routes)
	return p
}

func (p *place) routes(s *web.Site) {
	s.Pages = append(s.Pages, federation.Templates)
	f := federation.Pages{Federations: p.s, Site: s, SignIn: identity.Pages{Identities: p.Identities, Site: s}}
	p.Company = f.Company
	at := federation.At + "/{connection}"
	s.Handle("GET "+at, who.Anybody, f.Leaving)
	s.Stream("GET "+at+"/go", who.Anybody, f.Go)
	s.Stream("GET "+at+"/callback", who.Anybody, f.Back)
	s.Stream("POST "+at+"/logout", who.Anybody, f.SignOutPost)
	s.Handle("GET "+at+"/link", who.Anybody, f.WaitingForm)
	s.Handle("POST "+at+"/link", who.Person, f.WaitingPost)
	s.Handle("GET "+federation.LinksAt, who.Person, f.Links)
	s.Handle("POST "+federation.LinksAt+"/{connection}/link", who.Person, f.LinkPost)
	s.Handle("POST "+federation.LinksAt+"/{connection}/unlink", who.Person, f.UnlinkPost)
	settings := "/o/{number}" + federation.SettingsAt
	s.Handle("GET "+settings, federation.Manage, f.Settings)
	s.Handle("POST "+settings, federation.Manage, f.SettingsPost)
	s.Handle("POST "+settings+"/domains", federation.Manage, f.DomainPost)
	s.Handle("POST "+settings+"/domains/{domain}/check", federation.Manage, f.DomainCheck)
	s.Handle("POST "+settings+"/domains/{domain}/remove", federation.Manage, f.DomainRemove)
	s.Handle("POST "+settings+"/on", federation.Manage, f.Turn(federation.On))
	s.Handle("POST "+settings+"/off", federation.Manage, f.Turn(federation.Off))
	s.Handle("POST "+settings+"/remove", federation.Manage, f.RemovePost)
}

// each runs a test on both engines, each with a place of its own.
func each(t *testing.T, f func(t *testing.T, p *place)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newPlace(t, db)) })
}

// admin is the administrator of a company, who has just signed in.
func (p *place) admin(company string) who.Actor {
	p.t.Helper()
	a := p.admins[company]
	a.Proved = p.Clock.Now()
	return a
}

// prove gives a company a proven domain.
func (p *place) prove(company, domain string) (id string) {
	p.t.Helper()
	id, err := p.s.AddDomain(p.t.Context(), p.admin(company), domain)
	p.Need(err)
	d := p.domain(company, domain)
	p.names.publish(d.Record())
	proven, err := p.s.CheckDomain(p.t.Context(), p.admin(company), id)
	p.Need(err)
	if !proven {
		p.t.Fatalf("%s is not proven", domain)
	}
	return id
}

func (p *place) domain(company, domain string) federation.Domain {
	p.t.Helper()
	for _, d := range p.state(company).Domains {
		if d.Name == domain {
			return d
		}
	}
	p.t.Fatalf("%s has no domain %s", company, domain)
	return federation.Domain{}
}

func (p *place) state(company string) federation.State {
	p.t.Helper()
	o, err := p.s.Overview(p.t.Context(), p.admin(company))
	p.Need(err)
	return o
}

// connect switches a company's sign-in on: with a proven domain, "kowalski.example".
func (p *place) connect(company string, up *upstream, change ...func(*federation.Settings)) (connection string) {
	p.t.Helper()
	if domain := strings.ToLower(company) + ".example"; !p.state(company).Proven() {
		p.prove(company, domain)
	}
	in := federation.Settings{Issuer: up.issuer(), ClientID: clientID, Secret: clientSecret, Version: p.state(company).Connection.Version}
	for _, f := range change {
		f(&in)
	}
	p.Need(p.s.Save(p.t.Context(), p.admin(company), in))
	p.Need(p.s.Switch(p.t.Context(), p.admin(company), federation.On))
	return p.state(company).Connection.ID
}

func joins(s *federation.Settings) { s.Joins = true }

// leave goes from the sign-in page with an address to the company, and gives what the company is asked.
func (p *place) leave(b *worldtest.Browser, email string) (asked url.Values) {
	p.t.Helper()
	first := b.Post("/sign-in", url.Values{"email": {email}})
	if first.Status != 303 || !strings.HasPrefix(first.Location, federation.At+"/") {
		p.t.Fatalf("%s leads to %d %q", email, first.Status, first.Location)
	}
	return p.on(b, first.Location)
}

// on follows the page between to the company.
func (p *place) on(b *worldtest.Browser, at string) (asked url.Values) {
	p.t.Helper()
	page := b.Get(at)
	link, ok := strings.CutPrefix(page.Header.Get("Refresh"), "0; url=")
	if page.Status != 200 || !ok {
		p.t.Fatalf("%d, refresh %q\n%s", page.Status, page.Header.Get("Refresh"), page.Body)
	}
	out := b.Get(link)
	u, err := url.Parse(out.Location)
	p.Need(err)
	if out.Status != 303 || !strings.HasPrefix(out.Location, "http") {
		p.t.Fatalf("%d to %q\n%s", out.Status, out.Location, out.Body)
	}
	return u.Query()
}

// come goes to the company and back: it shows somebody there.
func (p *place) come(b *worldtest.Browser, up *upstream, email string, shown claims) worldtest.Answer {
	p.t.Helper()
	return up.back(b, p.leave(b, email), shown)
}

// as is who a browser is signed in as, "" for nobody.
func (p *place) as(b *worldtest.Browser) string {
	p.t.Helper()
	a, err := p.ResolveToken(b.Cookies["__Host-lodge"])
	if err != nil {
		return ""
	}
	return a.Email
}

// events counts those of a name.
func (p *place) events(name string) int {
	return p.Count(`SELECT count(*) FROM event WHERE name = $1`, name)
}

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

func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	if fault.Status(err) != status || !fault.Is(err, code) {
		t.Errorf("got %v (%d), want %s (%d)", err, fault.Status(err), code, status)
	}
}

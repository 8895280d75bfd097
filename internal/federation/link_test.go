package federation_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"lodge/internal/federation"
	"lodge/internal/platform/store"
	"lodge/internal/worldtest"
)

func TestArrive_lets_an_owner_show_once_that_the_account_is_his(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up)
		b := p.Browser(p.h)
		b.Post("/sign-in", url.Values{"email": {p.Email("ewa")}, "next": {"/me/security"}})
		link := federation.At + "/" + id + "/link"
		leads(t, up.back(b, p.on(b, federation.At+"/"+id), person("ewa", p.Email("ewa"))), link)
		shows(t, b.Get(link), 200, `value="ewa@kowalski.example"`, `action="/sign-in"`, `value="`+link+`"`)
		p.Clock.Add(time.Second)
		leads(t, b.Post("/sign-in", url.Values{"email": {p.Email("ewa")}, "password": {worldtest.Password}, "next": {link}}), link)
		shows(t, b.Get(link), 200, "You are signed in as ewa@kowalski.example")
		leads(t, b.Post(link, nil), "/me/security")
		if posted := p.Posted(p.Email("ewa")); len(posted) != 1 || !strings.Contains(posted[0], "kowalski.example opens your account") {
			t.Errorf("letters %q", posted)
		}
		c := p.Browser(p.h)
		leads(t, p.come(c, up, p.Email("ewa"), person("ewa", p.Email("ewa"))), "/")
		if p.as(c) != p.Email("ewa") {
			t.Errorf("came in as %q", p.as(c))
		}
	})
}

func TestArrive_of_somebody_with_an_account_elsewhere_joins_once_it_is_shown_to_be_his(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up)
		p.Nobody("ola")
		p.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE person SET email = 'ola@kowalski.example' WHERE id = $1`, p.ID("ola"))
			return err
		})
		link := federation.At + "/" + id + "/link"
		b := p.Browser(p.h)
		shows(t, p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), 403, "not a contact of your company")
		p.connect("Kowalski", up, joins)
		leads(t, p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), link)
		if p.Count(`SELECT count(*) FROM membership WHERE person_id = $1`, p.ID("ola")) != 0 {
			t.Error("a contact before the account was shown to be his")
		}
		p.Clock.Add(time.Second)
		leads(t, b.Post("/sign-in", url.Values{"email": {"ola@kowalski.example"}, "password": {worldtest.Password}, "next": {link}}), link)
		leads(t, b.Post(link, nil), "/")
		if a, err := p.ResolveToken(b.Cookies["__Host-lodge"], "Kowalski"); err != nil || len(a.Roles) != 0 {
			t.Errorf("%v %v", a.Roles, err)
		}
		if p.events("federation.joined") != 1 || len(p.Posted(p.Email("anna"))) != 1 {
			t.Error("nobody was told")
		}
	})
}

func TestAttack_ID_11_the_proof_of_a_link_is_of_one_upstream_account_browser_and_session(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up)
		link := federation.At + "/" + id + "/link"
		old := p.As(p.h, "ewa") // signed in before
		p.Clock.Add(time.Second)
		mallory := p.Browser(p.h)
		leads(t, p.come(mallory, up, p.Email("ewa"), person("mallory", p.Email("ewa"))), link)
		const cookie = "__Host-lodge-company-link"
		stolen := mallory.Cookies[cookie]

		// In a browser where Ewa was signed in already, it shows nothing, and it links nothing.
		old.Cookies[cookie] = stolen
		shows(t, old.Get(link), 200, `type="password"`)
		shows(t, old.Post(link, nil), 403, "This sign-in is over")
		// Somebody else who signs in where it is does not link it either.
		p.Clock.Add(time.Second)
		leads(t, mallory.Post("/sign-in", url.Values{"email": {p.Email("anna")}, "password": {worldtest.Password}, "next": {link}}), link)
		shows(t, mallory.Post(link, nil), 403)
		// Ewa's own browser brings no such proof, and one of another connection or of nonsense is none.
		fresh := p.Browser(p.h)
		leads(t, fresh.Post("/sign-in", url.Values{"email": {p.Email("ewa")}, "password": {worldtest.Password}}), "/")
		shows(t, fresh.Post(link, nil), 403)
		fresh.Cookies[cookie] = "nonsense"
		shows(t, fresh.Post(link, nil), 403)
		fresh.Cookies[cookie] = mallory.Cookies["__Host-lodge-company"]
		shows(t, fresh.Post(link, nil), 403)
		if n := p.Count(`SELECT count(*) FROM company_identity`); n != 0 {
			t.Errorf("%d links", n)
		}
		// The right way works once, and a used proof does not work again after unlinking.
		own := p.Browser(p.h)
		leads(t, p.come(own, up, p.Email("ewa"), person("ewa", p.Email("ewa"))), link)
		kept := own.Cookies[cookie]
		p.Clock.Add(time.Second)
		leads(t, own.Post("/sign-in", url.Values{"email": {p.Email("ewa")}, "password": {worldtest.Password}, "next": {link}}), link)
		leads(t, own.Post(link, nil), "/")
		leads(t, own.Post(federation.LinksAt+"/"+id+"/unlink", nil), federation.LinksAt)
		own.Cookies[cookie] = kept
		shows(t, own.Post(link, nil), 403)
		// Nor does one that has waited too long.
		leads(t, p.come(own, up, p.Email("ewa"), person("ewa", p.Email("ewa"))), link)
		p.Clock.Add(11 * time.Minute)
		leads(t, own.Post("/sign-in", url.Values{"email": {p.Email("ewa")}, "password": {worldtest.Password}, "next": {link}}), link)
		shows(t, own.Get(link), 403)
		shows(t, own.Post(link, nil), 403)
		if n := p.Count(`SELECT count(*) FROM company_identity`); n != 0 {
			t.Errorf("%d links", n)
		}
	})
}

func TestAttack_ID_12_linking_and_unlinking_have_their_conditions(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up, joins)
		other := p.connect("Dubois", newUpstream(p))
		at := func(id string) string { return federation.LinksAt + "/" + id }
		ewa := p.As(p.h, "ewa")
		shows(t, ewa.Get(federation.LinksAt), 200, "Kowalski", "Not linked")
		shows(t, ewa.Post(at(other)+"/link", nil), 404)
		shows(t, ewa.Post(at(other)+"/unlink", nil), 404)
		shows(t, ewa.Post(at(id)+"/unlink", nil), 404)
		p.Need(p.s.Switch(t.Context(), p.admin("Kowalski"), federation.Off))
		shows(t, ewa.Post(at(id)+"/link", nil), 404)
		p.Need(p.s.Switch(t.Context(), p.admin("Kowalski"), federation.On))
		p.Clock.Add(11 * time.Minute)
		shows(t, ewa.Post(at(id)+"/link", nil), 403)
		ewa = p.As(p.h, "ewa")
		leads(t, ewa.Post(at(id)+"/link", nil), federation.At+"/"+id)
		// Switched off on the way, or come back to in another session, it links nothing.
		asked := p.on(ewa, federation.At+"/"+id)
		thief := p.As(p.h, "anna")
		thief.Cookies["__Host-lodge-company"] = ewa.Cookies["__Host-lodge-company"]
		shows(t, up.back(thief, asked, person("ewa", p.Email("ewa"))), 403)
		shows(t, up.back(ewa, asked, person("ewa", "ewa@evil.test")), 403)
		ewa.Post(at(id)+"/link", nil)
		leads(t, up.back(ewa, p.on(ewa, federation.At+"/"+id), person("ewa", p.Email("ewa"))), federation.LinksAt)
		shows(t, ewa.Get(federation.LinksAt), 200, "ewa@kowalski.example", "Unlink")
		p.Clock.Add(11 * time.Minute)
		shows(t, ewa.Post(at(id)+"/unlink", nil), 403)
		again := p.As(p.h, "ewa")
		leads(t, again.Post(at(id)+"/unlink", nil), federation.LinksAt)

		// The last way in stays.
		ola := p.Browser(p.h)
		leads(t, p.come(ola, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		shows(t, ola.Post(at(id)+"/unlink", nil), 403) // a company's word is no proof of hers
		p.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE session SET proved_at = $2 WHERE person_id = (SELECT id FROM person WHERE email = $1)`, "ola@kowalski.example", tx.Now)
			return err
		})
		shows(t, ola.Post(at(id)+"/unlink", nil), 409, "your last way to sign in")
		if n := p.Count(`SELECT count(*) FROM company_identity`); n != 1 {
			t.Errorf("%d links", n)
		}
	})
}

package federation_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"lodge/internal/federation"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

func (p *place) settings() string {
	return fmt.Sprintf("/o/%d%s", p.Org("Kowalski").Number, federation.SettingsAt)
}

func TestPage_an_administrator_sets_company_sign_in_up_without_script(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		at := p.settings()
		b := p.As(p.h, "anna")
		shows(t, b.Get(at), 200, `name="domain"`)
		shows(t, b.Post(at+"/domains", url.Values{"domain": {"gmail.com"}}), 422, "Anybody can have an address", `value="gmail.com"`)
		leads(t, b.Post(at+"/domains", url.Values{"domain": {"kowalski.example"}}), at)
		shows(t, b.Post(at+"/domains", url.Values{"domain": {"kowalski.example"}}), 409, "in the list already")
		d := p.domain("Kowalski", "kowalski.example")
		name, text := d.Record()
		id := p.state("Kowalski").Connection.ID
		shows(t, b.Get(at), 200, name, text, "Not proven yet", p.s.Callback(id), p.s.Logout(id), "Not set up")
		leads(t, b.Post(at+"/domains/"+d.ID+"/check", nil), at)
		p.Clock.Add(10 * time.Second)
		shows(t, b.Get(at), 200, "Record not found yet")
		p.names.publish(name, text)
		leads(t, b.Post(at+"/domains/"+d.ID+"/check", nil), at)
		shows(t, b.Get(at), 200, "Proven", "The domain is proven.")

		version := fmt.Sprint(p.state("Kowalski").Connection.Version)
		good := func(change ...string) url.Values {
			v := url.Values{"issuer": {up.issuer()}, "client_id": {clientID}, "client_secret": {clientSecret}, "version": {version}}
			for i := 0; i < len(change); i += 2 {
				v.Set(change[i], change[i+1])
			}
			return v
		}
		for name, f := range map[string]url.Values{
			"http of another host": good("issuer", "http://login.kowalski.example"), "no address": good("issuer", "kowalski"), "query": good("issuer", up.issuer()+"?x=1"), "userinfo": good("issuer", "https://a:b@login.example"),
			"script": good("issuer", "javascript:alert(1)"), "nobody there": good("issuer", "http://127.0.0.1:1"), "another's words": good("issuer", up.issuer()+"/"),
		} {
			if a := b.Post(at, f); a.Status != 422 || !strings.Contains(a.Body, `id="issuer-e"`) {
				t.Errorf("%s: %d", name, a.Status)
			}
		}
		page := b.Post(at, good("client_secret", ""))
		shows(t, page, 422, "Enter the client secret", `value="`+up.issuer()+`"`)
		shows(t, b.Post(at, good("client_id", "")), 422, `id="client_id-e"`)
		shows(t, b.Post(at, good("version", "99")), 409, "changed this in the meantime")
		shows(t, b.Post(at+"/on", nil), 409, "gives you first")
		leads(t, b.Post(at, good()), at)
		if page := b.Get(at); strings.Contains(page.Body, clientSecret) || strings.Contains(page.Body, base64.StdEncoding.EncodeToString([]byte(clientSecret))) {
			t.Error("the secret is shown")
		}
		if n := p.Count(`SELECT count(*) FROM federation_connection WHERE secret LIKE '%' || $1 || '%'`, clientSecret); n != 0 {
			t.Error("the secret rests in clear")
		}
		leads(t, b.Post(at+"/on", nil), at)
		shows(t, b.Get(at), 200, ">On<", "Switch off")
		version = fmt.Sprint(p.state("Kowalski").Connection.Version)
		leads(t, b.Post(at, good("client_secret", "", "joins", "1")), at) // the secret stays
		if c := p.state("Kowalski").Connection; !c.Joins || c.State != federation.On {
			t.Errorf("%+v", c)
		}
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		shows(t, b.Get(at), 200, "1 account is linked.")
		leads(t, b.Post(at+"/off", nil), at)
		leads(t, b.Post(at+"/remove", nil), at)
		leads(t, b.Post(at+"/domains/"+d.ID+"/remove", nil), at)
		shows(t, b.Get(at), 200, "Not set up")
	})
}

func TestSettings_are_the_administrators_of_the_head_office(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		at := p.settings()
		shows(t, p.As(p.h, "ewa").Get(at), 403)
		shows(t, p.As(p.h, "claire").Get(at), 404)
		p.Site("Kowalski", "Gdynia").Person("gosia", "Gdynia", "security-administrator")
		b := p.As(p.h, "gosia")
		site := fmt.Sprintf("/o/%d%s", p.World.Org("Gdynia").Number, federation.SettingsAt)
		shows(t, b.Get(site), 200, "The head office of your organisation")
		shows(t, b.Post(site+"/domains", url.Values{"domain": {"gdynia.example"}}), 409)
		beyond := p.admin("Kowalski") // as somebody would be who acts for it
		beyond.Member = p.Org("Dubois").ID
		_, err := p.s.Overview(t.Context(), beyond)
		refused(t, err, 404, "fault.not_found")
		_, err = p.s.AddDomain(t.Context(), beyond, "kowalski.example")
		refused(t, err, 404, "fault.not_found")
		p.Person("ida", "", "security-administrator")
		shows(t, p.As(p.h, "ida").Get(fmt.Sprintf("/o/%d%s", p.World.Org("").Number, federation.SettingsAt)), 404)
		old := p.As(p.h, "anna")
		p.Clock.Add(11 * time.Minute)
		for _, path := range []string{"", "/domains", "/on", "/off", "/remove", "/domains/x/remove"} {
			if a := old.Post(at+path, url.Values{"domain": {"kowalski.example"}}); a.Status != 403 {
				t.Errorf("%s without a fresh proof: %d", path, a.Status)
			}
		}
	})
}

func TestSettings_another_issuer_ends_what_the_old_one_opened(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up, other := newUpstream(p), newUpstream(p)
		p.connect("Kowalski", up, joins)
		b := p.Browser(p.h)
		leads(t, p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		in := federation.Settings{Issuer: other.issuer(), ClientID: clientID, Joins: true, Version: p.state("Kowalski").Connection.Version}
		err := p.s.Save(t.Context(), p.admin("Kowalski"), in)
		if f := fault.Of(err); f == nil || f.At("client_secret").Key == "" {
			t.Errorf("the old secret went to another issuer: %v", err)
		}
		in.Secret = clientSecret
		p.Need(p.s.Save(t.Context(), p.admin("Kowalski"), in))
		if p.as(b) != "" || p.state("Kowalski").Linked != 0 {
			t.Error("session or link is left")
		}
		// The same subject of the other issuer opens nothing by itself.
		a := p.come(p.Browser(p.h), other, "ola@kowalski.example", person("ola", "ola@kowalski.example"))
		if a.Status != 303 || !strings.HasSuffix(a.Location, "/link") {
			t.Errorf("%d to %s", a.Status, a.Location)
		}
	})
}

func TestReseal_goes_over_the_secrets_of_connections(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		p.Need(p.Keys.Rotate())
		p.Write(func(tx *store.Tx) error {
			_, changed, err := p.s.Reseal(tx, "", 10)
			if err == nil && changed != 1 {
				t.Errorf("%d changed", changed)
			}
			return err
		})
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
	})
}

func TestClient_reaches_the_public_internet_only(t *testing.T) {
	for _, address := range []string{"http://127.0.0.1:1/", "http://[::1]:1/", "http://10.0.0.1:1/", "http://169.254.169.254/latest/meta-data", "http://[fd00::1]:1/", "http://100.64.0.1:1/",
		"http://[::ffff:127.0.0.1]:1/", "http://0.0.0.0:1/", "http://[64:ff9b::7f00:1]:1/", "http://localhost:1/", "http://[fe80::1]:1/", "http://224.0.0.1:1/"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = federation.NewClient(false).Do(r); err == nil || !strings.Contains(err.Error(), "no address that a company") {
			t.Errorf("%s: %v", address, err)
		}
		cancel()
	}
	for address, want := range map[string][2]bool{"8.8.8.8": {true, true}, "2606:4700::1111": {true, true}, "192.168.1.1": {false, true}, "127.0.0.1": {false, true}, "fd00::1": {false, true},
		"169.254.169.254": {false, false}, "0.0.0.0": {false, false}, "224.0.0.1": {false, false}, "::": {false, false}} {
		ip := netip.MustParseAddr(address)
		if got := [2]bool{federation.Reachable(ip, false), federation.Reachable(ip, true)}; got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAttack_ID_47_TheSessionCookieIsBoundToTheHost(t *testing.T) {
	for base, want := range map[string]string{
		"https://portal.example.test": "__Host-lodge=anna; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
		loopback:                      "lodge=anna; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
	} {
		w := open(t, base).post("", "/sign-in", url.Values{})
		if got := w.Header().Values("Set-Cookie"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", base, got)
		}
	}
}

func TestAttack_ID_47_ASecondSessionCookieIsA401AndNoChoice(t *testing.T) {
	d := open(t, loopback)
	r := d.request("GET", "/o/20417/", nil)
	r.AddCookie(&http.Cookie{Name: "lodge", Value: "anna"})
	r.AddCookie(&http.Cookie{Name: "lodge", Value: "piotr"})
	w := d.ask(r, "")
	wants(t, w, 401, "two sign-ins", "/sign-in", "desk@ostrova.example")
	if cleared := w.Result().Cookies(); len(cleared) == 0 || cleared[0].Name != "lodge" || cleared[0].MaxAge >= 0 {
		t.Errorf("the reader cannot get rid of them: %v", cleared)
	}
	wants(t, d.get("anna", "/o/20417/"), 200)
	for _, other := range []string{"__Host-lodge", "Lodge", "lodge-x"} {
		r := d.request("GET", "/o/20417/", nil)
		r.AddCookie(&http.Cookie{Name: other, Value: "anna"})
		wants(t, d.ask(r, ""), 303)
	}
}

func TestAPublicPageSpeaksTheReadersLanguage(t *testing.T) {
	d := open(t, loopback)
	page := func(address, accepts, cookie string) (string, []*http.Cookie) {
		r := d.request("GET", address, nil)
		r.Header.Set("Accept-Language", accepts)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "lodge-lang", Value: cookie})
		}
		w := d.ask(r, "")
		wants(t, w, 200)
		_, after, _ := strings.Cut(w.Body.String(), `<html lang="`)
		return after[:2], w.Result().Cookies()
	}
	for _, c := range []struct{ address, accepts, cookie, want string }{
		{"/sign-in", "", "", "en"}, {"/sign-in", "pl-PL,pl;q=0.9", "", "pl"}, {"/sign-in", "de, fr-CA;q=0.5", "", "fr"}, {"/sign-in", "ja", "", "en"},
		{"/sign-in", "pl", "es", "es"}, {"/sign-in?lang=fr", "pl", "es", "fr"}, {"/sign-in?lang=xx", "pl", "", "pl"}, {"/sign-in", "%%%", "zz", "en"},
	} {
		if got, _ := page(c.address, c.accepts, c.cookie); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if _, cookies := page("/sign-in?lang=fr", "", ""); len(cookies) != 1 || cookies[0].Name != "lodge-lang" || cookies[0].Value != "fr" {
		t.Errorf("the choice is not kept: %v", cookies)
	}
	w := d.get("anna", "/o/20417/?lang=pl")
	wants(t, w, 200, `<html lang="en">`) // her own language stands
	wants(t, d.get("", "/sign-in?next=%2Fo%2F1%2F"), 200, `href="?lang=pl&amp;next=%2Fo%2F1%2F"`, ">Español</a>")
}

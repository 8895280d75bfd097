package openid

import (
	"strings"
	"testing"

	"lodge/internal/platform/fault"
)

func TestAddresses_of_websites(t *testing.T) {
	for address, good := range map[string]bool{
		"https://academy.halden.example/callback": true, "https://academy.halden.example/callback?logout=backchannel": true, "https://academy.halden.example": true,
		"https://academy.halden.example:8443/a%20b": true, "http://127.0.0.1:8080/callback": true, "http://localhost/callback": true, "http://[::1]:3000/": true,
		"http://academy.halden.example/callback": false, "http://127.0.0.1.evil.example/": false, "http://localhost.evil.example/": false, "https://user@academy.halden.example/": false,
		"https://academy.halden.example/#part": false, "https://*.halden.example/": false, "https:///callback": false, "https:academy.halden.example": false, "//academy.halden.example/": false,
		"javascript:alert(1)": false, "app://callback": false, "https://academy.halden.example/a b": false, "https://academy.halden.example/\x00": false, "https://académie.example/": false,
		"https://academy.halden.example\\@evil.example/": false, "": false, "https://academy.halden.example/" + strings.Repeat("a", maxAddress): false,
	} {
		if got := outside(address); got != good {
			t.Errorf("%q: %v", address, got)
		}
	}
}

func TestSettings_are_checked_field_by_field(t *testing.T) {
	many := make([]string, maxAddresses+1)
	for i := range many {
		many[i] = "https://academy.halden.example/" + strings.Repeat("a", i+1)
	}
	good := Settings{Name: " Academy ", Redirects: []string{"", " https://academy.halden.example/callback ", "https://academy.halden.example/callback"}}.clean()
	if err := good.check(); err != nil || good.Name != "Academy" || len(good.Redirects) != 1 {
		t.Errorf("%+v: %v", good, err)
	}
	for field, s := range map[string]Settings{
		"name":          {Name: strings.Repeat("x", maxName+1), Redirects: good.Redirects},
		"redirects":     {Name: "A", Redirects: many},
		"returns":       {Name: "A", Redirects: good.Redirects, Returns: []string{"http://academy.halden.example/"}},
		"front_channel": {Name: "A", Redirects: good.Redirects, FrontChannel: "ftp://academy.halden.example/"},
		"back_channel":  {Name: "A", Redirects: good.Redirects, BackChannel: "10.0.0.1"},
	} {
		err := fault.Of(s.check())
		if err == nil || err.Kind != fault.Invalid || len(err.Fields) != 1 || err.Fields[0].Name != field {
			t.Errorf("%s: %+v", field, err)
		}
	}
	if err := fault.Of(Settings{}.clean().check()); err == nil || len(err.Fields) != 2 {
		t.Errorf("nothing typed: %+v", err)
	}
}

func TestExtended_leaves_an_address_as_it_stands(t *testing.T) {
	for address, want := range map[string]string{"https://a.example/b": "https://a.example/b?x=1", "https://a.example/b?c=%20": "https://a.example/b?c=%20&x=1"} {
		if got := extended(address, map[string][]string{"x": {"1"}}); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

package web_test

import (
	"compress/gzip"
	"io"
	"testing"
	"testing/fstest"

	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
)

func TestBuiltFilesAreServedForeverAndCompressed(t *testing.T) {
	d := open(t, loopback, func(d *desk) {
		d.Assets = fstest.MapFS{
			"manifest.json": {Data: []byte(`{"lodge.css": "lodge.0123456789ab.css"}`)}, "icons.json": {Data: []byte(`{"home": "<path d=\"M1 1\"/>"}`)},
			"lodge.0123456789ab.css": {Data: []byte("body{color:red}")},
		}
	})
	w := d.get("", "/assets/lodge.0123456789ab.css")
	wants(t, w, 200, "body{color:red}")
	for name, want := range map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding", "Content-Type": "text/css; charset=utf-8", "X-Content-Type-Options": "nosniff"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	r := d.request("GET", "/assets/lodge.0123456789ab.css", nil)
	r.Header.Set("Accept-Encoding", "br, gzip")
	packed := d.ask(r, "")
	z, err := gzip.NewReader(packed.Body)
	if err != nil || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal(err, packed.Header())
	}
	if plain, _ := io.ReadAll(z); string(plain) != "body{color:red}" {
		t.Errorf("%q", plain)
	}
	for _, other := range []string{"/assets/lodge.css", "/assets/manifest.json", "/assets/icons.json", "/assets/../web.go"} {
		if w := d.get("", other); w.Code != 404 {
			t.Errorf("%s: %d", other, w.Code)
		}
	}
	wants(t, d.get("anna", "/o/20417/"), 200, `href="/assets/lodge.0123456789ab.css"`, `<svg class="ic" viewBox="0 0 24 24" aria-hidden="true"><path d="M1 1"/></svg>`)
	if err := d.AssetsBuilt(); err != nil {
		t.Error(err)
	}
}

func TestAPortalWithoutAssetsSaysSo(t *testing.T) {
	d := open(t, loopback, func(d *desk) { d.Assets = fstest.MapFS{".placeholder": {}} })
	if d.AssetsBuilt() != web.ErrNoAssets {
		t.Error("nothing is said")
	}
	wants(t, d.get("anna", "/o/20417/"), 200, "was not built", "Home of Anna")
	c, _ := lang.New()
	broken := &web.Site{BaseURL: loopback, Catalogue: c, Assets: fstest.MapFS{"manifest.json": {Data: []byte(`{"a.css": "a.1.css"}`)}, "icons.json": {Data: []byte(`{}`)}}}
	if _, err := broken.Handler(); err == nil {
		t.Error("a file that is not there passes")
	}
}

func TestTwoTemplatesOfOneNameAreAnError(t *testing.T) {
	c, _ := lang.New()
	s := &web.Site{BaseURL: loopback, Catalogue: c}
	s.Pages = append(s.Pages, fstest.MapFS{"pages/a.tmpl": {Data: []byte(`{{define "field"}}x{{end}}`)}})
	if _, err := s.Handler(); err == nil {
		t.Error("a page hides a component")
	}
	for _, base := range []string{"", "portal.example.test", "ftp://x", "https://"} {
		if _, err := (&web.Site{BaseURL: base, Catalogue: c}).Handler(); err == nil {
			t.Errorf("base URL %q passes", base)
		}
	}
}

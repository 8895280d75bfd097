package support

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/ticket"
)

// withFile opens a request of Piotr's with one file and gives the file's address below /o/20417.
func (p *portal) withFile(name, content string) (number, path string) {
	p.t.Helper()
	in := question("With a file")
	in.Files = []ticket.Upload{p.put(as("piotr"), name, content)}
	n, err := p.Open(p.t.Context(), as("piotr"), in)
	p.need(err)
	r, err := p.Show(p.t.Context(), as("piotr"), n)
	p.need(err)
	return n, "/requests/" + n + "/files/" + r.Files[0].ID
}

func TestDownload_needs_the_right_each_time_Attack_FILE_09(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		n, path := p.withFile("daemon.log", "0123456789")
		for name, address := range map[string]string{"piotr": "/o/20417", "adam": "/o/20417", "maria": "/o/20418", "tom": "/o/10010/for/20417", "ingrid": "/o/10000/for/20417"} {
			p.is(p.get(name, address+path), 200, "0123456789")
		}
		for name, address := range map[string]string{"ewa": "/o/20417", "camille": "/o/20500", "dieter": "/o/10011", "bela": "/o/20600"} {
			w := p.is(p.get(name, address+path), 404)
			p.lacks(w, "0123456789")
		}
		other, err := p.Open(t.Context(), as("piotr"), question("Another"))
		p.need(err)
		p.is(p.get("piotr", "/o/20417"+strings.Replace(path, n, other, 1)), 404) // a file of another request
		p.need(p.Withhold(t.Context(), as("piotr"), n, true))
		p.is(p.get("tom", "/o/10010/for/20417"+path), 404)
		p.run(`UPDATE ticket_file SET scan = 'held'`)
		p.is(p.get("piotr", "/o/20417"+path), 409)
	})
}

func TestAttack_FILE_09_one_range_or_416(t *testing.T) {
	p := newPortal(t, storetest.Lite(t))
	_, path := p.withFile("daemon.log", "0123456789")
	ask := func(method string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/o/20417"+path, nil)
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return p.ask("piotr", r)
	}
	etag := ask("GET").Header().Get("ETag")
	if len(etag) != 66 {
		t.Fatalf("ETag %q", etag)
	}
	many := "bytes=0-1" + strings.Repeat(",3-4", 1000)
	for _, c := range []struct {
		name, body, rang string
		status           int
		headers          []string
	}{
		{"whole", "0123456789", "", 200, nil},
		{"part", "234", "bytes 2-4/10", 206, []string{"Range", "bytes=2-4"}},
		{"to the end", "89", "bytes 8-9/10", 206, []string{"Range", "bytes=8-"}},
		{"the last", "789", "bytes 7-9/10", 206, []string{"Range", "bytes=-3"}},
		{"beyond the end", "89", "bytes 8-9/10", 206, []string{"Range", "bytes=8-500"}},
		{"more than all", "0123456789", "bytes 0-9/10", 206, []string{"Range", "bytes=-500"}},
		{"begins behind", "", "bytes */10", 416, []string{"Range", "bytes=10-"}},
		{"none of the last", "", "bytes */10", 416, []string{"Range", "bytes=-0"}},
		{"backwards", "", "bytes */10", 416, []string{"Range", "bytes=4-2"}},
		{"a thousand", "", "bytes */10", 416, []string{"Range", many}},
		{"no number", "", "bytes */10", 416, []string{"Range", "bytes=a-b"}},
		{"signed", "", "bytes */10", 416, []string{"Range", "bytes=+1-2"}},
		{"huge", "", "bytes */10", 416, []string{"Range", "bytes=99999999999999999999-"}},
		{"other unit", "0123456789", "", 200, []string{"Range", "lines=1-2"}},
		{"still this file", "01", "bytes 0-1/10", 206, []string{"Range", "bytes=0-1", "If-Range", etag}},
		{"another file", "0123456789", "", 200, []string{"Range", "bytes=0-1", "If-Range", `"other"`}},
		{"known", "", "", 304, []string{"If-None-Match", etag}},
	} {
		w := ask("GET", c.headers...)
		if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Content-Range") != c.rang {
			t.Errorf("%s: %d %q %q, want %d %q %q", c.name, w.Code, w.Body, w.Header().Get("Content-Range"), c.status, c.body, c.rang)
		}
	}
	if w := ask("HEAD"); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d, %d bytes, length %s", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
	_, path = p.withFile("empty", "")
	if w := ask("GET"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("an empty file: %d %q", w.Code, w.Body)
	}
}

func TestAttack_FILE_01_nothing_is_ever_shown_in_place(t *testing.T) {
	p := newPortal(t, storetest.Lite(t))
	for name, content := range map[string]string{
		"a.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "b.html": "<script>alert(1)</script>", "c.txt": "<html><script>alert(1)</script>",
		"d.pdf": "%PDF-1.7 /JavaScript", "e.gif": "GIF89a/*<script>*/", "f.xml": `<?xml-stylesheet href="x.xsl"?>`, "g.html": "\xff\xfe<\x00s\x00",
	} {
		_, path := p.withFile(name, content)
		w := p.is(p.get("piotr", "/o/20417"+path), 200)
		h := w.Header()
		if h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=") || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%s: %v", name, h)
		}
	}
}

func TestAttack_FILE_02_names_stay_one_clean_line(t *testing.T) {
	p := newPortal(t, storetest.Lite(t))
	for name, want := range map[string]string{
		"../../etc/passwd": "passwd", "a\r\nX-Evil: 1.txt": "aX-Evil_ 1.txt", "nul\x00.txt": "nul_.txt", "cod\u202etxt.exe": "codtxt.exe", "CON": "CON_", ".htaccess": "htaccess", "-rf": "rf",
		"zażółć.log": "zażółć.log",
	} {
		n, path := p.withFile(name, "x")
		d := p.is(p.get("piotr", "/o/20417"+path), 200).Header().Get("Content-Disposition")
		if strings.ContainsAny(d, "\r\n\x00") || !strings.HasPrefix(d, "attachment") {
			t.Errorf("%q gives %q", name, d)
		}
		r, err := p.Show(t.Context(), as("piotr"), n)
		p.need(err)
		if r.Files[0].Name != want {
			t.Errorf("%q is shown as %q, want %q", name, r.Files[0].Name, want)
		}
	}
}

func TestFiles_at_most_twenty_and_only_ones_own(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := newPortal(t, db)
		n := p.open(as("piotr"), "Files")
		files := map[string]string{}
		for i := range ticket.MaxFiles {
			files[fmt.Sprint("f", i)] = "x"
		}
		at := "/o/20417/requests/" + n + "/replies"
		p.is(p.send("piotr", at, url.Values{"text": {""}}, files), 303) // files alone are a message
		files["one more"] = "x"
		p.is(p.send("piotr", at, url.Values{"text": {"Too many"}}, files), 413)
		foreign := p.put(as("camille"), "x", "x")
		p.is(p.post("piotr", at, url.Values{"text": {"Not mine"}, "kept": {foreign.Blob + "|x"}}), 422, "Not mine")
		again := p.put(as("piotr"), "x", "x")
		p.is(p.post("piotr", at, url.Values{"text": {"Mine"}, "kept": {again.Blob + "|x"}}), 303)
		p.is(p.post("piotr", at, url.Values{"text": {"Twice"}, "kept": {again.Blob + "|x"}}), 422)
		stored := one[int](p.world, `SELECT count(*) FROM blob`)
		p.is(p.send("ewa", at, url.Values{"text": {"Not there for me"}}, map[string]string{"big": "x"}), 404)
		if now := one[int](p.world, `SELECT count(*) FROM blob`); now != stored {
			t.Error("somebody who may not see the request stores a file by it")
		}
	})
}

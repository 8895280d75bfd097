package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

func TestAFormIsReadAsItWasMeant(t *testing.T) {
	body := url.Values{"title": {"  Zażółć \r\n gęślą "}, "password": {" raw\u0301 "}, "tag": {" a ", "b"}, "agreed": {"on"}, "other": {"x"}}
	r := httptest.NewRequest("POST", "/", strings.NewReader(body.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	var f lendForm
	if err := web.Form(r, &f); err != nil {
		t.Fatal(err)
	}
	if want := (lendForm{Title: "Zażółć \n gęślą", Password: " raw\u0301 ", Tags: []string{"a", "b"}, Agreed: true}); !reflect.DeepEqual(f, want) {
		t.Errorf("%+v", f)
	}
	var composed lendForm
	if err := web.Query(httptest.NewRequest("GET", "/?title=e%CC%81&agreed=0", nil), &composed); err != nil || composed.Title != "é" || composed.Agreed {
		t.Errorf("%+v %v", composed, err)
	}
}

func TestARefusedFormIsShownAgainWithItsText(t *testing.T) {
	d := open(t, loopback)
	long := strings.Repeat("x", 400) + `"><script>alert(1)</script>`
	w := d.post("anna", "/o/20417/lend", url.Values{"title": {long}, "password": {"hidden words"}})
	wants(t, w, 422, "One entry needs correcting.", `href="#title"`, "At most 300 characters.", `aria-invalid="true" aria-describedby="title-e"`, `role="alert"`, strings.Repeat("x", 400)+"&#34;&gt;&lt;script&gt;")
	if strings.Contains(w.Body.String(), "hidden words") || strings.Contains(w.Body.String(), "<script>alert") {
		t.Error(w.Body.String())
	}
	page := d.get("anna", "/o/20417/lend").Body.String()
	for _, hidden := range []string{`name="_org" value="20417"`, `name="_seen" value="0"`, `name="_key" value="`} {
		if !strings.Contains(page, hidden) {
			t.Errorf("the form lacks %s", hidden)
		}
	}
}

func TestAttack_DOS_06_FormsAreLimited(t *testing.T) {
	d := open(t, loopback, func(d *desk) {
		d.Handle("POST /files", who.Anybody, func(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
			var f lendForm
			if err := web.Form(r, &f); err != nil {
				return err
			}
			if f.File == nil {
				_, err := io.WriteString(w, "no file")
				return err
			}
			in, err := f.File.Open()
			if err != nil {
				return err
			}
			defer in.Close()
			n, err := io.Copy(io.Discard, in)
			if n != f.File.Size {
				t.Errorf("%d of %d bytes", n, f.File.Size)
			}
			io.WriteString(w, f.File.Name)
			return err
		}, web.Files(2, 3<<20))
	})
	send := func(address, kind string, body []byte) *httptest.ResponseRecorder {
		r := d.request("POST", address, bytes.NewReader(body))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		return d.ask(r, "anna")
	}
	urlencoded := "application/x-www-form-urlencoded"
	title := func(n int) []byte { return []byte("title=" + strings.Repeat("a", n)) }
	wants(t, send("/o/20417/lend", urlencoded, title(2<<20)), 413, "one megabyte", "desk@ostrova.example")
	wants(t, send("/o/20417/lend", urlencoded, title(500_000)), 422)
	chunked := d.request("POST", "/o/20417/lend", io.MultiReader(bytes.NewReader(title(2<<20))))
	chunked.Header.Set("Content-Type", urlencoded)
	chunked.ContentLength = -1
	wants(t, d.ask(chunked, "anna"), 413)
	wants(t, send("/o/20417/lend", urlencoded, []byte("title=%zz")), 400, "cannot be read")
	wants(t, send("/o/20417/lend", urlencoded, []byte("title=%00")), 400)
	wants(t, send("/o/20417/lend", urlencoded, []byte("title=%ff")), 400)
	wants(t, send("/o/20417/lend", urlencoded, []byte(strings.Repeat("a=&", 3000))), 413)
	wants(t, send("/o/20417/lend", "application/json", []byte(`{"title":"x"}`)), 415)
	wants(t, send("/o/20417/lend", "text/plain", []byte("title=x")), 415)
	wants(t, send("/o/20417/lend", "", []byte("title=x")), 415)
	wants(t, send("/o/20417/lend", "multipart/form-data; boundary=x", []byte("nonsense")), 400)
	packed := d.request("POST", "/o/20417/lend", strings.NewReader("title=x"))
	packed.Header = http.Header{"Content-Type": {urlencoded}, "Content-Encoding": {"gzip"}}
	wants(t, d.ask(packed, "anna"), 415)

	files := func(sizes ...int) (string, []byte) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		m.WriteField("title", "Drill")
		for _, n := range sizes {
			part, _ := m.CreateFormFile("file", "dri\u0301ll.pdf")
			part.Write(make([]byte, n))
		}
		m.Close()
		return m.FormDataContentType(), b.Bytes()
	}
	for _, c := range []struct {
		address string
		sizes   []int
		status  int
	}{
		{"/files", []int{2 << 20}, 200}, {"/files", nil, 200}, {"/files", []int{2 << 20, 100}, 200}, {"/files", []int{4 << 20}, 413},
		{"/files", []int{9 << 20}, 413}, {"/files", []int{1, 1, 1}, 413}, {"/o/20417/lend", []int{10}, 413}, {"/o/20417/lend", nil, 303},
	} {
		kind, body := files(c.sizes...)
		if w := send(c.address, kind, body); w.Code != c.status {
			t.Errorf("%s with %v: %d, want %d", c.address, c.sizes, w.Code, c.status)
		}
	}
	kind, body := files(5)
	wants(t, send("/files", kind, body), 200, "dríll.pdf")
}

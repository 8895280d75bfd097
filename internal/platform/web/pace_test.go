package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// watched is a body that remembers how much of it was read, and what lay in the folder of temporary files meanwhile.
type watched struct {
	io.Reader
	dir   string
	read  int
	files int
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.read += n
	if all, _ := os.ReadDir(w.dir); len(all) > w.files {
		w.files = len(all)
	}
	return n, err
}

// withFile is a form with a text and a file of so many bytes.
func withFile(t *testing.T, text string, size int) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if err := m.WriteField("title", text); err != nil {
		t.Fatal(err)
	}
	part, err := m.CreateFormFile("file", "drill.pdf")
	if err == nil {
		_, err = part.Write(make([]byte, size))
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), b.Bytes()
}

func TestAttack_DOS_06_OfARefusedFormNothingIsReadButWhatNobodyTyped(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	d := open(t, loopback, func(d *desk) {
		d.Context("POST", "parcels", lendRight, func(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
			_, err := fmt.Fprint(w, r.PostForm.Get("title"))
			return err
		}, web.Files(20, 200<<20))
	})
	const text = "A long story of a drill"
	send := func(as, address string, size int, declared bool) (*httptest.ResponseRecorder, *watched) {
		kind, form := withFile(t, text, size)
		body := &watched{Reader: bytes.NewReader(form), dir: dir}
		r := d.request("POST", address, body)
		r.Header.Set("Content-Type", kind)
		if r.ContentLength = -1; declared {
			r.ContentLength = int64(len(form))
		}
		return d.ask(r, as), body
	}
	for _, c := range []struct {
		name, as, address string
		size              int
		declared          bool
		status            int
		reads, kept       bool
	}{
		{"nobody with much", "", "/o/20417/parcels", 5 << 20, true, 401, false, false},
		{"nobody who does not say how much", "", "/o/20417/parcels", 5 << 20, false, 401, false, false},
		{"nobody with little", "", "/o/20417/parcels", 900 << 10, true, 401, true, true},
		{"without the right", "piotr", "/o/20417/parcels", 5 << 20, true, 403, false, false},
		{"who may not know of it", "piotr", "/o/20418/parcels", 5 << 20, true, 404, false, false},
		{"at no address", "anna", "/o/20417/nothing", 5 << 20, true, 404, false, false},
		{"who may", "anna", "/o/20417/parcels", 5 << 20, true, 200, true, true},
	} {
		w, body := send(c.as, c.address, c.size, c.declared)
		if w.Code != c.status || body.read > 0 != c.reads || strings.Contains(w.Body.String(), text) != c.kept {
			t.Errorf("%s: answer %d, %d bytes read: %.200s", c.name, w.Code, body.read, w.Body)
		}
		if body.files > 0 != (c.status == 200) {
			t.Errorf("%s: %d temporary files", c.name, body.files)
		}
		if c.status == 401 && !c.kept && !strings.Contains(w.Body.String(), "Back button") {
			t.Errorf("%s: what was sent is gone without a word", c.name)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) > 0 {
		t.Errorf("left behind: %v %v", all, err)
	}
	long := url.Values{"title": {strings.Repeat("a", 2<<20)}}
	wants(t, d.post("", "/o/20417/lend", long), 401, "Back button")
	many := url.Values{}
	for i := range 3000 {
		many.Set(fmt.Sprint("f", i), "x")
	}
	wants(t, d.post("", "/o/20417/lend", many), 401, "Back button")
}

// drip sends a request piece by piece with a rest between them, and gives the answer and when it was over.
func drip(address, head, body string, piece int, rest time.Duration) (status int, took time.Duration, err error) {
	begun := time.Now()
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	c.SetDeadline(begun.Add(15 * time.Second))
	over, enough := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		if _, err := io.WriteString(c, head); err != nil {
			return
		}
		for i := 0; i < len(body); i += piece {
			if _, err := io.WriteString(c, body[i:min(i+piece, len(body))]); err != nil {
				return
			}
			select {
			case <-time.After(rest):
			case <-enough:
				return
			}
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err == nil {
		status = answer.StatusCode
		answer.Body.Close()
	}
	took = time.Since(begun)
	close(enough)
	<-over
	return status, took, err
}

func TestAttack_DOS_07_WhoDripsHeadersOrBodiesHoldsNoConnection(t *testing.T) {
	d := open(t, loopback, func(d *desk) {
		d.Pace = web.Pace{Grace: 500 * time.Millisecond, Speed: 10_000}
		d.Handle("POST /parcels", who.Anybody, func(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
			time.Sleep(700 * time.Millisecond) // work longer than the body's time must not be disturbed
			if r.Context().Err() != nil {
				t.Error("the handler's work is ended by the body's deadline")
			}
			_, err := io.WriteString(w, "taken")
			return err
		}, web.Files(20, 4<<30))
		d.Mount("/sink/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(http.StatusRequestTimeout)
			}
		}), nil)
	})
	server := web.Server(d.handler)
	if server.ReadHeaderTimeout != 10*time.Second {
		t.Errorf("headers have %v", server.ReadHeaderTimeout)
	}
	server.ReadHeaderTimeout = 500 * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	defer server.Close()
	at := listener.Addr().String()
	kind, whole := withFile(t, "A story", 20_000)
	form := string(whole)
	head := func(path string, length int) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, kind, length)
	}
	const many = 300
	var drops sync.WaitGroup
	var told atomic.Int64
	for i := range many {
		drops.Go(func() {
			var status int
			var took time.Duration
			var err error
			switch i % 4 {
			case 0: // headers without end
				status, took, err = drip(at, "GET / HTTP/1.1\r\n", strings.Repeat("X: y\r\n", 50), 1, 100*time.Millisecond)
				if err == nil && status != 400 {
					t.Errorf("dripped headers are answered %d", status)
				}
			case 1: // a form that says it were 80 GB
				status, took, err = drip(at, head("/parcels", 80<<30), form, 10, 100*time.Millisecond)
			case 2: // quick at first: no credit for a long rest
				status, took, err = drip(at, head("/parcels", 80<<30), form, len(form)-300, 12*time.Second)
			case 3:
				status, took, err = drip(at, head("/sink/", len(form)), form, 10, 100*time.Millisecond)
			}
			if i%4 != 0 && err == nil && status != 408 { // an error: closed before the client had read it
				t.Errorf("way %d: %d", i%4, status)
			}
			if status == 408 {
				told.Add(1)
			}
			if took > 8*time.Second {
				t.Errorf("way %d: held for %v", i%4, took)
			}
		})
	}
	// While they drip, others are served: a page, and a form that comes slowly but fast enough, for longer than the grace.
	for range 5 {
		begun := time.Now()
		r, err := http.NewRequest("GET", "http://"+at+"/sign-in", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "127.0.0.1:8080"
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			break
		}
		answer.Body.Close()
		if took := time.Since(begun); answer.StatusCode != 200 || took > 2*time.Second {
			t.Errorf("a page is answered %d after %v", answer.StatusCode, took)
		}
	}
	status, took, err := drip(at, head("/parcels", len(form)), form, 1500, 80*time.Millisecond)
	if err != nil || status != 200 || took < 1200*time.Millisecond {
		t.Errorf("slow but fast enough: %d after %v %v", status, took, err)
	}
	drops.Wait()
	if told.Load() < many/4 {
		t.Errorf("only %d were told why", told.Load())
	}
}

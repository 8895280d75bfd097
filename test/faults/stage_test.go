package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/cookiejar"
	netmail "net/mail"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/app"
	"lodge/internal/platform/mail/mailtest"
	"lodge/internal/platform/store"
)

// stage is a portal in a process of its own that can be killed at each point, with a real mail server that outlives it.
type stage struct {
	*portal
	mail    *mailtest.Server
	console *app.App // beside the portal, as the console's commands are
	trials  int
	ended   chan struct{} // closed when the process endedOf has ended
	endedOf *exec.Cmd
	people  map[string]*http.Client // signed in, by key
}

func newStage(t *testing.T, database string) *stage {
	t.Helper()
	s := &stage{portal: demo(t, database), mail: mailtest.Start(t), people: map[string]*http.Client{}}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	var err error
	if s.console, err = app.Open(t.Context(), config(s.dir, s.database, s.address, s.mail.URL())); err != nil {
		t.Fatal(err)
	}
	s.freed()
	s.run()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.console.Close(context.WithoutCancel(t.Context()))
	})
	return s
}

// on is f for a test within the stage's own.
func (s *stage) on(t *testing.T, f func()) {
	outer := s.t
	s.t = t
	defer func() { s.t = outer }()
	f()
}

// run starts this test binary as the portal.
func (s *stage) run() {
	s.t.Helper()
	s.log = &bytes.Buffer{}
	s.cmd = ordered(s.t, orders{Do: "serve", Config: config(s.dir, s.database, s.address, s.mail.URL())})
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, s.log
	s.begin()
}

// ordered is this test binary as another process.
func ordered(t *testing.T, o orders) *exec.Cmd {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asPortal+"="+string(b), "PGAPPNAME="+asPortal)
	return cmd
}

// tag is a word of this trial's own.
func (s *stage) tag() string {
	s.trials++
	return fmt.Sprintf("t%04dz", s.trials)
}

// freed gives the jobs of the dead process back at once; takenOver waits until River does, after five minutes. What the
// process had asked PostgreSQL for before it died is done first.
func (s *stage) freed() {
	s.t.Helper()
	if s.console.Store.Engine() == "postgres" {
		eventually(s.t, "nothing of the dead process", func() bool {
			return s.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, asPortal) == 0
		})
	}
	s.exec(`UPDATE river_job SET state = 'available' WHERE state = 'running'`)
}

func (s *stage) exec(q string, args ...any) {
	s.t.Helper()
	err := s.console.Store.Write(s.t.Context(), store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(q, args...)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// one says so unless the query counts one.
func (s *stage) one(what, q string, args ...any) {
	s.t.Helper()
	if n := s.count(q, args...); n != 1 {
		s.t.Errorf("%d × %s", n, what)
	}
}

func (s *stage) count(q string, args ...any) (n int) {
	s.t.Helper()
	err := s.console.Store.Read(s.t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, q, args...)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// quiet waits until no job and no letter is left to do; and no event to seal, if that is asked for.
func (s *stage) quiet(sealed bool) {
	s.t.Helper()
	q := `SELECT (SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable')) + (SELECT count(*) FROM mail WHERE state = 'queued')`
	if sealed {
		q += ` + (SELECT count(*) FROM event_new)`
	}
	eventually(s.t, "nothing left to do", func() bool { return s.count(q) == 0 })
}

// post sends a form. A network's address of its own keeps the counters of one trial from the next.
func (s *stage) post(x trial, kill string) (status int, err error) {
	s.t.Helper()
	kind, body, err := encoded(x)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequest("POST", x.at, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", s.trials/250, s.trials%250))
	if kill != "" {
		r.Header.Set("Kill-At", kill)
	}
	a, err := x.by.Do(r)
	if err != nil {
		return 0, err
	}
	a.Body.Close()
	return a.StatusCode, nil
}

func encoded(x trial) (kind string, body *bytes.Buffer, err error) {
	if x.file == "" {
		return "application/x-www-form-urlencoded", bytes.NewBufferString(x.form.Encode()), nil
	}
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	for name := range x.form {
		err = errors.Join(err, m.WriteField(name, x.form.Get(name)))
	}
	w, failed := m.CreateFormFile("files", "log.txt")
	if failed == nil {
		_, failed = io.WriteString(w, x.file)
	}
	return m.FormDataContentType(), body, errors.Join(err, failed, m.Close())
}

// nobody is a browser in which nobody is signed in. Each of its requests has a connection of its own, so that none is lost
// with the one before.
func (s *stage) nobody() *http.Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// signedIn is the browser of somebody of the demo world.
func (s *stage) signedIn(key string) *http.Client {
	s.t.Helper()
	if s.people[key] == nil {
		s.people[key] = s.browser(key)
		s.people[key].Transport = &http.Transport{DisableKeepAlives: true}
	}
	return s.people[key]
}

// get opens a page.
func (s *stage) get(by *http.Client, at string) (page string) {
	s.t.Helper()
	r, err := by.Get(at)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode >= 400 {
		s.t.Fatalf("%s: %d %v", at, r.StatusCode, err)
	}
	return string(b)
}

// letter is one that the mail server took.
type letter struct{ id, to, text string }

var mailed = regexp.MustCompile(`https?://\S+/(invitation|forgotten|register)/\S+`)

// link is the address in it that opens something.
func (l letter) link() string { return mailed.FindString(l.text) }

// letters are those that came after the first so many and have the tag in them.
func (s *stage) letters(tag string, from int) (all []letter) {
	s.t.Helper()
	for _, got := range s.mail.Letters()[from:] {
		m, err := netmail.ReadMessage(strings.NewReader(got.Data))
		if err != nil {
			s.t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil {
			s.t.Fatal(err)
		}
		l := letter{m.Header.Get("Message-ID"), got.To, string(text)}
		if strings.Contains(l.to+m.Header.Get("Subject")+l.text, tag) {
			all = append(all, l)
		}
	}
	return all
}

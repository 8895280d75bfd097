package mail

import (
	"context"
	"errors"
	"log/slog"
	"net/mail"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/emersion/go-smtp"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/mail/mailtest"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func texts() fstest.MapFS {
	files := fstest.MapFS{}
	for _, l := range lang.Languages {
		files["lang/"+l+".json"] = &fstest.MapFile{Data: []byte(`{
			"test.mail.hello.subject": "Hello {name} (` + l + `)",
			"test.mail.hello.text": "Good morning {name},\n\nopen {link}"}`)}
	}
	return files
}

func office(t *testing.T, db *store.DB, sender Sender) *Office {
	t.Helper()
	q, err := job.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := crypt.LoadOrMake(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := lang.New(texts())
	if err != nil {
		t.Fatal(err)
	}
	return &Office{DB: db, Jobs: q, Keys: keys, Catalogue: catalogue, Sender: sender, From: "portal@halden.example", FromName: "Halden Software"}
}

func work(t *testing.T, o *Office) {
	t.Helper()
	o.Work()
	if err := o.Jobs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		o.Jobs.Stop(ctx)
	})
}

func post(t *testing.T, o *Office, name string) (id string) {
	t.Helper()
	err := o.DB.Write(t.Context(), store.Free, func(tx *store.Tx) (err error) {
		id, err = o.Post(tx, Letter{To: "jan@kowalski.example", Org: "o1", Language: "pl", Kind: "test.mail.hello",
			Args: []any{"name", Name(name), "link", "https://portal.example/invitation/secret-canary"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

type state struct {
	State, Error, Sealed string
	Attempts             int
}

func stateOf(t *testing.T, db *store.DB, id string) (s state) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		s, err = store.One[state](tx, `SELECT state, error, sealed, attempts FROM mail WHERE id = $1`, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

func waitFor(t *testing.T, db *store.DB, id, want string) state {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if s := stateOf(t, db, id); s.State == want {
			return s
		}
	}
	t.Fatalf("letter never %s: %+v", want, stateOf(t, db, id))
	return state{}
}

func smtpSender(t *testing.T, s *mailtest.Server) *SMTP {
	t.Helper()
	sender, err := NewSMTP(s.URL(), "portal.example")
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestPost_reaches_a_real_server_over_TLS_and_leaves_no_text_behind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		server := mailtest.Start(t)
		o := office(t, db, smtpSender(t, server))
		if err := o.Sender.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		id := post(t, o, "Jan")
		if s := stateOf(t, db, id); s.State != Queued || strings.Contains(s.Sealed, "canary") || s.Sealed == "" {
			t.Errorf("before delivery: %+v", s)
		}
		work(t, o)
		if s := waitFor(t, db, id, Sent); s.Sealed != "" || s.Error != "" {
			t.Errorf("after delivery: %+v", s)
		}
		got := server.Letters()
		if len(got) != 1 || got[0].To != "jan@kowalski.example" || !got[0].TLS || got[0].User != mailtest.User {
			t.Fatalf("%+v", got)
		}
		m, err := mail.ReadMessage(strings.NewReader(got[0].Data))
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get("Message-ID") != "<"+id+"@portal.example>" || m.Header.Get("Auto-Submitted") != "auto-generated" ||
			!strings.Contains(m.Header.Get("Subject"), "Hello Jan") {
			t.Errorf("headers %v", m.Header)
		}
		if !strings.Contains(got[0].Data, "/invitation/secret-canary") {
			t.Error("the link did not arrive")
		}
	})
}

func TestPost_rolled_back_sends_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		server := mailtest.Start(t)
		o := office(t, db, smtpSender(t, server))
		boom := errors.New("boom")
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			if _, err := o.Post(tx, Letter{To: "a@b.example", Language: "en", Kind: "test.mail.hello"}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		second := post(t, o, "Jan")
		work(t, o)
		waitFor(t, db, second, Sent)
		if n := len(server.Letters()); n != 1 {
			t.Errorf("%d letters", n)
		}
	})
}

func TestAttack_OPS_13_a_failing_server_loses_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		server := mailtest.Start(t)
		o := office(t, db, smtpSender(t, server))
		work(t, o)
		t.Run("temporary_failure_is_tried_again", func(t *testing.T) {
			server.Fail(false, func(n int) error {
				if n == 1 {
					return &smtp.SMTPError{Code: 451, Message: "come back later"}
				}
				return nil
			})
			id := post(t, o, "Jan")
			if s := waitFor(t, db, id, Sent); s.Attempts != 2 {
				t.Errorf("%+v", s)
			}
		})
		t.Run("permanent_refusal_is_shown_and_not_tried_again", func(t *testing.T) {
			server.Fail(false, func(int) error { return &smtp.SMTPError{Code: 550, Message: "no such mailbox"} })
			id := post(t, o, "Jan")
			if s := waitFor(t, db, id, Failed); s.Attempts != 1 || !strings.Contains(s.Error, "no such mailbox") || strings.Contains(s.Error, mailtest.Password) {
				t.Errorf("%+v", s)
			}
			server.Fail(false, nil)
			if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { return o.Resend(tx, id, "o2") }); err == nil {
				t.Error("another organisation sends it again")
			}
			if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error { return o.Resend(tx, id, "o1") }); err != nil {
				t.Fatal(err)
			}
			waitFor(t, db, id, Sent)
		})
		t.Run("connection_lost_after_DATA_doubles_with_the_same_id", func(t *testing.T) {
			before := len(server.Letters())
			server.Fail(true, func(n int) error {
				if n == 1 {
					return &smtp.SMTPError{Code: 421, Message: "gone"}
				}
				return nil
			})
			id := post(t, o, "Jan")
			waitFor(t, db, id, Sent)
			got := server.Letters()[before:]
			if len(got) != 2 {
				t.Fatalf("%d letters", len(got))
			}
			for _, l := range got {
				if !strings.Contains(l.Data, "<"+id+"@portal.example>") {
					t.Error("another Message-ID")
				}
			}
		})
	})
}

// sentAtOnce posts a letter that no second try is needed for.
func sentAtOnce(t *testing.T, o *Office) {
	t.Helper()
	if s := waitFor(t, o.DB, post(t, o, "Jan"), Sent); s.Attempts != 1 || s.Error != "" {
		t.Errorf("%+v", s)
	}
}

func TestAttack_OPS_13_letters_share_a_connection_as_long_as_it_lasts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		server := mailtest.Start(t)
		o := office(t, db, smtpSender(t, server))
		work(t, o)
		for range 3 {
			sentAtOnce(t, o)
		}
		if n := server.Connections(); n != 1 {
			t.Errorf("%d connections for three letters", n)
		}
		server.Cut()
		sentAtOnce(t, o)
		if n := server.Connections(); n != 2 {
			t.Errorf("%d connections after the first was cut", n)
		}
		server.HangUp(true) // the letter was taken: it is not sent again
		sentAtOnce(t, o)
		server.HangUp(false)
		sentAtOnce(t, o)
		if n := len(server.Letters()); n != 6 {
			t.Errorf("%d letters arrived", n)
		}
	})
}

func TestSend_takes_a_new_connection_after_a_hundred_letters(t *testing.T) {
	server := mailtest.Start(t)
	s := smtpSender(t, server)
	for n := range lineLetters + 1 {
		err := s.Send(t.Context(), Outgoing{ID: strconv.Itoa(n), From: "portal@halden.example", To: "jan@kowalski.example", Text: "x", At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := server.Connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

func TestAttack_MAIL_16_names_add_no_header_link_or_line(t *testing.T) {
	for in, want := range map[string]string{
		"Jan\r\nBcc: x@evil.example":        "Jan Bcc x evil. example",
		"see https://evil.example/login":    "see https evil. example login",
		"www.evil.example":                  "www. evil. example",
		`<b>Jan</b> "x"`:                    "b Jan b x",
		"Kowalski Sp. z o.o.":               "Kowalski Sp. z o.o.",
		"a\u202egnp.exe":                    "a gnp. exe",
		"Jan\u2028Bcc: x":                   "Jan Bcc x",
		strings.Repeat("ż", 300):            strings.Repeat("ż", 99) + "…",
		"Anna Wójcik-Żurawska d'Arc, Dr. X": "Anna Wójcik-Żurawska d'Arc, Dr. X",
	} {
		if got := Name(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	server := mailtest.Start(t)
	s := smtpSender(t, server)
	err := s.Send(t.Context(), Outgoing{ID: "1", From: "portal@halden.example", FromName: "H\r\nBcc: x@evil.example", To: "jan@kowalski.example",
		Subject: "Hi\r\nBcc: y@evil.example", Text: "x", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(server.Letters()[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Bcc") != "" {
		t.Errorf("a header was added: %v", m.Header)
	}
	err = s.Send(t.Context(), Outgoing{ID: "2", From: "portal@halden.example", To: "jan@kowalski.example>\r\nRCPT TO:<x@evil.example", Text: "x", At: time.Now()})
	if !errors.Is(err, ErrRefused) || len(server.Letters()) != 1 {
		t.Errorf("a recipient was added: %v", err)
	}
}

func TestNewSMTP_refuses_what_would_send_in_clear(t *testing.T) {
	for address, ok := range map[string]bool{
		"smtp://mail.halden.example":                  true,
		"smtps://u:p@mail.halden.example:465":         true,
		"smtp://mail.halden.example?tls=none":         false,
		"smtp://127.0.0.1:25?tls=none":                true,
		"http://mail.halden.example":                  false,
		"smtp://mail.halden.example?ca=/no/such/file": false,
	} {
		if _, err := NewSMTP(address, "x.example"); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

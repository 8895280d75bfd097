package faults

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
)

// useCase is a form and what it makes. prepare makes what it needs once, next a form that nobody has sent yet.
type useCase struct {
	name    string
	threads []string // those that are killed beside the request's own
	prepare func(s *stage) (next func() trial)
}

// useCases: a letter's way is the same whoever causes it, and so is an event's: one or two use cases try them.
var useCases = []useCase{
	{"invite", []string{"job"}, invite},
	{"accept_the_invitation", nil, accept},
	{"register", []string{"job"}, ask("register")},
	{"register_with_the_link", nil, take("register")},
	{"forgotten", nil, ask("forgotten")},
	{"forgotten_with_the_link", nil, take("forgotten")},
	{"open_a_request_with_a_file", nil, open},
	{"keep_a_draft", nil, keepDraft},
	{"send_the_draft", nil, sendDraft},
	{"reply_with_a_file", nil, reply},
	{"note", []string{"seal"}, note},
	{"plan_an_action", nil, plan},
}

const newPassword = "a password that was set just now"

func (s *stage) customer() int64 { return s.world.Organisations["customer"].Number }

// page is an address of the customer's, for its own people and for staff.
func (s *stage) page(path string) string {
	return fmt.Sprintf("http://%s/o/%d/%s", s.address, s.customer(), path)
}

func (s *stage) staffPage(path string) string {
	return fmt.Sprintf("http://%s/o/%d/for/%d/%s", s.address, s.world.Organisations["vendor"].Number, s.customer(), path)
}

// filled is a form as the page gives it, filled in, with a key of its own.
func filled(page string, with url.Values) url.Values {
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		with.Set(m[1], m[2])
	}
	with.Set("_key", rand.Text())
	return with
}

// alias is an address that nobody has.
func alias(tag string) string { return tag + "@kowalski-maszyny.example" }

func invite(s *stage) func() trial {
	by, at := s.signedIn("customer-admin"), s.page("contacts/new")
	page := s.get(by, at)
	return func() trial {
		tag := s.tag()
		form := filled(page, url.Values{"first_name": {"Pola"}, "last_name": {tag}, "email": {alias(tag)}, "role": {account.SupportRestricted}})
		return trial{tag: tag, by: by, at: at, form: form, answer: http.StatusSeeOther, check: func(bool) {
			s.one("person", `SELECT count(*) FROM person WHERE email = $1`, alias(tag))
			s.one("contact", `SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = $1 AND m.state = 'invited'`, alias(tag))
			s.one("invitation", `SELECT count(*) FROM invitation WHERE email = $1`, alias(tag))
			s.one("letter", `SELECT count(*) FROM mail WHERE to_address = $1`, alias(tag))
		}}
	}
}

// linked hands out mailed links, each to an address of its own; more asks for some when all are used.
func (s *stage) linked(more func(tag string) error) func() (tag, link string) {
	const batch = 30
	var tags []string
	from := 0
	return func() (string, string) {
		s.t.Helper()
		if len(tags) == 0 {
			from = len(s.mail.Letters())
			for range batch {
				tags = append(tags, s.tag())
				if err := more(tags[len(tags)-1]); err != nil {
					s.t.Fatal(err)
				}
			}
			s.quiet(false)
		}
		tag := tags[0]
		tags = tags[1:]
		all := s.letters(tag, from)
		if len(all) != 1 || all[0].link() == "" {
			s.t.Fatalf("no link for %s: %+v", tag, all)
		}
		return tag, all[0].link()
	}
}

// follow opens a mailed link as the person does who got it.
func (s *stage) follow(link string) (by *http.Client) {
	by = s.nobody()
	s.get(by, link)
	return by
}

// signsIn says so unless the person gets in with the new password.
func (s *stage) signsIn(tag string) (by *http.Client) {
	s.t.Helper()
	by = s.nobody()
	status, err := s.post(trial{by: by, at: "http://" + s.address + "/sign-in", form: url.Values{"email": {alias(tag)}, "password": {newPassword}}}, "")
	if err != nil || status != http.StatusSeeOther {
		s.t.Errorf("%s cannot sign in: %d %v", alias(tag), status, err)
	}
	return by
}

func accept(s *stage) func() trial {
	linked := s.linked(func(tag string) error {
		return s.console.InviteFromConsole(s.t.Context(), s.customer(), account.NewContact{FirstName: "Pola", LastName: tag, Email: alias(tag), Role: account.SupportRestricted})
	})
	return func() trial {
		tag, link := linked()
		form := url.Values{"first_name": {"Pola"}, "last_name": {tag}, "password": {newPassword}}
		return trial{tag: tag, by: s.follow(link), at: "http://" + s.address + "/invitation/open", form: form,
			answer: http.StatusSeeOther, over: http.StatusNotFound, check: func(signIn bool) {
				if signIn {
					s.get(s.signsIn(tag), s.page("requests"))
				}
				s.one("contact", `SELECT count(*) FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = $1 AND m.state = 'active' AND m.is_primary`, alias(tag))
				s.one("used invitation", `SELECT count(*) FROM invitation WHERE email = $1 AND used_at IS NOT NULL`, alias(tag))
				s.one("password", `SELECT count(*) FROM credential c JOIN person p ON p.id = c.person_id WHERE p.email = $1`, alias(tag))
				s.one("event", `SELECT count(*) FROM event e JOIN membership m ON e.subject = 'membership:' || m.id JOIN person p ON p.id = m.person_id
					WHERE p.email = $1 AND e.name = 'account.contact_active'`, alias(tag))
			}}
	}
}

// known is a person with the tag's address.
func (s *stage) known(tag string) error {
	return s.console.Store.Write(s.t.Context(), store.Lock("email", alias(tag)), func(tx *store.Tx) error {
		_, err := s.console.Identities.Ensure(tx, identity.Email(alias(tag)), "Pola", tag, "en")
		return err
	})
}

// ask is the page that asks for an address to which a link is mailed.
func ask(page string) func(s *stage) func() trial {
	return func(s *stage) func() trial {
		return func() trial {
			tag := s.tag()
			if page == "forgotten" {
				if err := s.known(tag); err != nil {
					s.t.Fatal(err)
				}
			}
			return trial{tag: tag, by: s.nobody(), at: "http://" + s.address + "/" + page, form: url.Values{"email": {alias(tag)}},
				answer: http.StatusOK, asks: true, check: func(bool) {
					s.one("link that holds", `SELECT count(*) FROM proof WHERE email = $1 AND used_at IS NULL`, alias(tag))
				}}
		}
	}
}

// take is the page behind the link that ask mails.
func take(page string) func(s *stage) func() trial {
	purpose := map[string]string{"register": identity.Register, "forgotten": identity.Reset}[page]
	return func(s *stage) func() trial {
		linked := s.linked(func(tag string) error {
			if purpose == identity.Reset {
				if err := s.known(tag); err != nil {
					return err
				}
			}
			_, err := s.console.Identities.Ask(s.t.Context(), alias(tag), purpose, "en", identity.Visit{Address: fmt.Sprintf("10.9.%d.1", s.trials%250)})
			return err
		})
		return func() trial {
			tag, link := linked()
			form := url.Values{"first_name": {"Pola"}, "last_name": {tag}, "password": {newPassword}}
			return trial{tag: tag, by: s.follow(link), at: "http://" + s.address + "/" + page + "/new", form: form,
				answer: http.StatusSeeOther, over: http.StatusNotFound, check: func(signIn bool) {
					if signIn {
						s.signsIn(tag)
					}
					s.one("person", `SELECT count(*) FROM person WHERE email = $1 AND email_proven_at IS NOT NULL`, alias(tag))
					s.one("password", `SELECT count(*) FROM credential c JOIN person p ON p.id = c.person_id WHERE p.email = $1`, alias(tag))
				}}
		}
	}
}

// opening is the form of a new request.
func (s *stage) opening(page, tag string) url.Values {
	return filled(page, url.Values{"product": {s.world.Products["main"]}, "kind": {"question"}, "severity": {"3"}, "title": {tag}, "description": {"Asked in " + tag + "."}})
}

// opened says so unless there is one request, whole.
func (s *stage) opened(tag string) {
	s.t.Helper()
	s.one("request", `SELECT count(*) FROM ticket WHERE title = $1 AND state = 'new' AND last_entry = 1`, tag)
	s.one("first entry", `SELECT count(*) FROM ticket t JOIN ticket_entry e ON e.ticket_id = t.id WHERE t.title = $1`, tag)
	s.one("event", `SELECT count(*) FROM ticket t JOIN event e ON e.subject = 'ticket:' || t.id WHERE t.title = $1 AND e.name = 'ticket.opened'`, tag)
}

const oneFile = `SELECT count(*) FROM ticket_file f JOIN blob b ON b.id = f.blob_id
	WHERE f.ticket_id = (SELECT id FROM ticket WHERE title = $1 OR number = $1) AND f.sha256 = $2 AND b.sha256 = $2 AND b.state = 'ready'`

func contents(tag string) (file, sum string) {
	file = strings.Repeat("what happened in "+tag+"\n", 5000)
	digest := sha256.Sum256([]byte(file))
	return file, hex.EncodeToString(digest[:])
}

func open(s *stage) func() trial {
	by, at := s.signedIn("support-advanced"), s.page("requests/new")
	page := s.get(by, at)
	return func() trial {
		tag := s.tag()
		file, sum := contents(tag)
		return trial{tag: tag, by: by, at: at, form: s.opening(page, tag), file: file, answer: http.StatusSeeOther, check: func(bool) {
			s.opened(tag)
			s.one("file", oneFile, tag, sum)
		}}
	}
}

func keepDraft(s *stage) func() trial {
	next := open(s)
	return func() trial {
		x := next()
		x.file = ""
		x.form.Set("draft", "1")
		x.check = func(bool) {
			s.one("draft", `SELECT count(*) FROM ticket WHERE title = $1 AND state = 'draft' AND last_entry = 0 AND draft_text <> ''`, x.tag)
		}
		return x
	}
}

func sendDraft(s *stage) func() trial {
	next := keepDraft(s)
	return func() trial {
		x := next()
		number := s.made(x)
		x.at = s.page("requests/" + number + "/draft")
		x.form.Del("draft")
		x.form.Set("version", "1")
		x.form.Set("_key", rand.Text())
		x.check = func(bool) { s.opened(x.tag) }
		return x
	}
}

// made sends the form and gives the number of the request that it made.
func (s *stage) made(x trial) (number string) {
	s.t.Helper()
	status, err := s.post(x, "")
	if err != nil || status != x.answer {
		s.t.Fatalf("%s: %d %v\n%s", x.at, status, err, s.log)
	}
	err = s.console.Store.Read(s.t.Context(), func(tx *store.Tx) (err error) {
		number, err = store.One[string](tx, `SELECT number FROM ticket WHERE title = $1`, x.tag)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return number
}

// atDesk is a form that the helpdesk sends about one request.
func atDesk(path string, fields func(tag string) url.Values, check func(s *stage, number, tag string)) func(s *stage) func() trial {
	return func(s *stage) func() trial {
		number := s.made(open(s)())
		by, request := s.signedIn("helpdesk"), s.staffPage("requests/"+number)
		page := s.get(by, request)
		// The first answer makes its author a participant; the others are alike.
		first := trial{by: by, at: request + "/replies", form: filled(page, url.Values{"text": {"We look at it."}})}
		if status, err := s.post(first, ""); err != nil || status != http.StatusSeeOther {
			s.t.Fatalf("%s: %d %v", first.at, status, err)
		}
		return func() trial {
			tag := s.tag()
			return trial{tag: tag, by: by, at: request + "/" + path, form: filled(page, fields(tag)), answer: http.StatusSeeOther,
				check: func(bool) { check(s, number, tag) }}
		}
	}
}

const oneEntry = `SELECT count(*) FROM ticket_entry e JOIN ticket t ON t.id = e.ticket_id WHERE t.number = $1 AND e.text = $2 AND e.visibility = $3`

func reply(s *stage) func() trial {
	next := atDesk("replies", func(tag string) url.Values { return url.Values{"text": {tag}} }, func(s *stage, number, tag string) {
		_, sum := contents(tag)
		s.one("reply", oneEntry, number, tag, "public")
		s.one("file", oneFile, number, sum)
	})(s)
	return func() trial {
		x := next()
		x.file, _ = contents(x.tag)
		return x
	}
}

var note = atDesk("notes", func(tag string) url.Values { return url.Values{"note": {tag}} }, func(s *stage, number, tag string) {
	s.one("note", oneEntry, number, tag, "internal")
})

var plan = atDesk("actions", func(tag string) url.Values {
	return url.Values{"title": {tag}, "side": {"customer"}, "date": {time.Now().AddDate(0, 0, 3).Format(time.DateOnly)}}
}, func(s *stage, number, tag string) {
	s.one("action", `SELECT count(*) FROM ticket_action c JOIN ticket t ON t.id = c.ticket_id WHERE t.number = $1 AND c.title = $2`, number, tag)
})

// files says so unless each file that belongs to something is whole, and nothing else is left once the sweeper was there.
func (s *stage) files() {
	s.t.Helper()
	s.exec(`UPDATE blob SET created_at = $1 WHERE state <> 'ready'`, time.Now().Add(-48*time.Hour-clock.Slip))
	if err := s.console.Blobs.Sweep(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	ready, left := s.count(`SELECT count(*) FROM blob WHERE state = 'ready'`), s.count(`SELECT count(*) FROM blob WHERE state <> 'ready'`)
	n := 0
	err := filepath.WalkDir(filepath.Join(s.dir, "files"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		s.one("file "+d.Name(), `SELECT count(*) FROM blob WHERE id = $1 AND sha256 = $2 AND state = 'ready'`, d.Name(), hex.EncodeToString(sum[:]))
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if n != ready || left != 0 || n == 0 {
		s.t.Errorf("%d files, %d of them claimed, %d rows left behind", n, ready, left)
	}
}

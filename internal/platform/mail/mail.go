// Package mail sends letters as jobs, with a delivery state that people can see.
//
// A letter is written in the transaction of the change that causes it: the rendered text, which may hold a link that opens
// something, rests sealed until it is delivered and is gone afterwards. A dead mail server blocks nobody; a letter lost
// after DATA is sent again with the same Message-ID.
package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
)

// Letter is what a use case wants to have sent. Subject and text are the catalogue's Kind+".subject" and Kind+".text".
type Letter struct {
	To       string // address as stored, in normal form
	Person   string // id of the reader, if known
	Org      string // id of the organisation on whose behalf; '' for a person's own affairs
	Language string
	Kind     string // "account.mail.invitation"
	Args     []any  // of the text, as pairs; what people typed goes through Name
}

// States of a letter.
const (
	Queued = "queued" // not delivered yet; Error says why, if it was tried
	Sent   = "sent"   // the mail server took it
	Failed = "failed" // refused for good, or given up
)

// Outgoing is a letter as it goes to a mail server.
type Outgoing struct {
	ID, From, FromName, To, Subject, Text string
	At                                    time.Time
}

// Sender hands a letter to a mail server, or keeps it. ErrRefused says that another try is useless.
type Sender interface {
	Send(ctx context.Context, o Outgoing) error
	Check(ctx context.Context) error // for doctor: does the server answer and let us in
}

// ErrRefused is wrapped by the error of a mail server that refuses for good.
var ErrRefused = errors.New("refused by the mail server")

// Office sends letters.
type Office struct {
	DB        *store.DB
	Jobs      *job.Queue
	Keys      *crypt.Keys
	Catalogue *lang.Catalogue
	Sender    Sender
	From      string // address of the portal
	FromName  string
}

type send struct {
	Mail string `json:"mail"` // id
	Org  string `json:"org"`  // for erasure
}

func (send) Kind() string { return "mail.send" }

const sealing = "mail"

// Post writes the letter and the job that sends it; id is that of its delivery state.
func (o *Office) Post(tx *store.Tx, l Letter) (id string, err error) {
	p := o.Catalogue.For(l.Language)
	subject, text := oneLine(p.T(l.Kind+".subject", l.Args...)), p.T(l.Kind+".text", l.Args...)
	id = tx.NewID()
	sealed := base64.StdEncoding.EncodeToString(o.Keys.Seal(sealing, []byte(text)))
	if _, err := tx.Exec(insertMail, id, l.Org, l.Person, l.To, l.Kind, subject, sealed, tx.Now); err != nil {
		return "", err
	}
	return id, o.Jobs.Insert(tx, send{id, l.Org})
}

// Work lets this process deliver.
func (o *Office) Work() { job.Handle(o.Jobs, o.deliver) }

func (o *Office) deliver(ctx context.Context, j job.Job[send]) error {
	var m row
	err := o.DB.Read(ctx, func(tx *store.Tx) (err error) {
		m, err = store.One[row](tx, selectMail, j.Args.Mail)
		return err
	})
	if errors.Is(err, store.ErrNoRow) || err == nil && m.State != Queued {
		return nil // erased, or sent by a try that died before it could say so
	}
	if err != nil {
		return err
	}
	sealed, err := base64.StdEncoding.DecodeString(m.Sealed)
	if err != nil {
		return job.Never(fmt.Errorf("letter %s: %w", m.ID, err))
	}
	text, err := o.Keys.Open(sealing, sealed)
	if err != nil {
		return job.Never(fmt.Errorf("letter %s: %w", m.ID, err))
	}
	o.DB.Pass(ctx, "mail.sending")
	sent := o.Sender.Send(ctx, Outgoing{ID: m.ID, From: o.From, FromName: o.FromName, To: m.To, Subject: m.Subject, Text: string(text), At: m.At})
	o.DB.Pass(ctx, "mail.answered")
	state, said := Sent, ""
	if sent != nil {
		state, said = Queued, sent.Error()
		if j.Last || errors.Is(sent, ErrRefused) {
			state = Failed
		}
	}
	// Free: one row, and only if it still waits; the state decides, not what was read before.
	err = o.DB.Write(ctx, store.Free, func(tx *store.Tx) error {
		if state == Sent {
			_, err := tx.Exec(updateSent, m.ID, tx.Now)
			return err
		}
		_, err := tx.Exec(updateTried, m.ID, state, said)
		return err
	})
	if errors.Is(sent, ErrRefused) && err == nil {
		return nil // shown as failed where the letter belongs; not a matter for the operator
	}
	return errors.Join(sent, err)
}

// Delivery is what people see of a letter.
type Delivery struct {
	State string // Queued, Sent, Failed
	Error string
	At    time.Time // sent, or else written
}

// Resend queues a letter that failed once more. Its text must still be there.
func (o *Office) Resend(tx *store.Tx, id, org string) error {
	n, err := tx.Exec(updateAgain, id, org)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing()
	}
	return o.Jobs.Insert(tx, send{id, org})
}

var dotted = regexp.MustCompile(`(\pL{2,})\.(\pL{2,})`)

// Name makes what somebody typed harmless in a letter: one line, at most 100 characters, nothing that a mail program
// turns into a link or an address.
func Name(typed string) string {
	typed = strings.Map(func(r rune) rune {
		switch {
		case lang.Unprintable(r):
			return ' '
		case strings.ContainsRune(`<>@/\:"[]`, r):
			return ' '
		}
		return r
	}, typed)
	typed = strings.Join(strings.Fields(typed), " ")
	for dotted.MatchString(typed) {
		typed = dotted.ReplaceAllString(typed, "$1. $2")
	}
	if r := []rune(typed); len(r) > 100 {
		typed = string(r[:99]) + "…"
	}
	return typed
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ")
}

// Reseal is the step that seals letters again when the key file was changed, see store.Reseal.
func (o *Office) Reseal(tx *store.Tx, after string, limit int) (last string, changed int, err error) {
	return store.Reseal(tx, o.Keys, sealing, listSealed, updateSealed, after, limit)
}

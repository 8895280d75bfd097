package partner

import (
	"context"
	"errors"
	"strconv"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/job"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

func (s *Partners) link(number int64, at string) string {
	return s.BaseURL + "/o/" + strconv.FormatInt(number, 10) + at
}

// tell writes to the administrators of an organisation. What people typed among the arguments goes as text.
func (s *Partners) tell(tx *store.Tx, org, kind string, args ...any) error {
	all, err := account.Administrators(tx, org)
	if err != nil {
		return err
	}
	for i := 1; i < len(args); i += 2 {
		switch text, ok := args[i].(string); {
		case ok && args[i-1] == "day":
			t, _ := time.Parse(time.DateOnly, text)
			args[i] = t.Add(12 * time.Hour) // the same day wherever the letter is dated
		case ok && args[i-1] != "link":
			args[i] = mail.Name(text)
		}
	}
	for _, p := range all {
		if _, err := s.Office.Post(tx, mail.Letter{To: p.Email, Person: p.ID, Org: org, Language: p.Language, Kind: "partner.mail." + kind,
			Args: append([]any{"name", mail.Name(p.First)}, args...)}); err != nil {
			return err
		}
	}
	return nil
}

const (
	soon      = 30 * 24 * time.Hour // before its end a partnership is extended, or both sides are told
	extension = 6                   // months
)

// Sweep extends partnerships that are to go on and tells both sides of those that end, once for each last day: at most a hundred a call.
func (s *Partners) Sweep(ctx context.Context, rights who.Rights) error {
	var all []Row
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[Row](tx, selectEnding, tx.Now, tx.Now.Add(soon))
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range all {
		a := who.Program(r.Customer, rights)
		one := s.alone(ctx, a, r.ID, "", nil, func(tx *store.Tx, r Row, _ Side) error { return s.settle(tx, a, r) })
		if err = errors.Join(err, one); ctx.Err() != nil {
			return err // those behind it have their turn otherwise
		}
	}
	// Free: asks that nobody can answer any more.
	return errors.Join(err, s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(deleteAsks, tx.Now.Add(-askKept-clock.Slip))
		return err
	}))
}

// pass is the job that tells a customer what a partner asks.
type pass struct {
	Ask string `json:"ask"`
}

func (pass) Kind() string { return "partner.pass" }

// Work lets this process pass on what partners ask.
func (s *Partners) Work(rights who.Rights) {
	job.Handle(s.Jobs, func(ctx context.Context, j job.Job[pass]) error {
		// Free: the job's own mark lets it happen once.
		return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
			k, ok, err := store.Maybe[Ask](tx, selectNew, j.Args.Ask)
			if err != nil || !ok || k.Customer == "" {
				return err
			}
			if first, err := j.Done(tx); err != nil || !first {
				return err
			}
			partner := who.Actor{Person: k.By, Member: k.Partner, Org: k.Customer, Source: who.Partnership}
			if err := s.Events.Emit(tx, partner, k.Customer, AskCame{k.ID, k.Partner, k.Roles(), k.Months}); err != nil {
				return err
			}
			customer, err := account.Get(tx, k.Customer)
			if err != nil {
				return err
			}
			return s.tell(tx, k.Customer, "asked", "partner", k.PartnerName, "link", s.link(customer.Number, "/partner-asks/"+k.ID))
		})
	})
}

// settle extends a partnership whose end is near, or tells both sides that it comes.
func (s *Partners) settle(tx *store.Tx, a who.Actor, r Row) error {
	if r.State(tx.Now) == Over || r.UntilAt == nil || r.UntilAt.After(tx.Now.Add(soon)) {
		return nil // somebody was faster
	}
	customer, err := account.Get(tx, r.Customer)
	if err != nil {
		return err
	}
	link := s.link(customer.Number, "/partners/"+r.ID)
	if r.Extends {
		until := after(r.Until, extension)
		if err := s.Accounts.RevisePartnership(tx, a, r.ID, func(p *account.NewPartnership) { p.Until = until }); err != nil {
			return err
		}
		return s.tell(tx, r.Customer, "extended", "partner", r.Name, "day", until, "link", link)
	}
	if first, err := account.NotePartnershipTold(tx, r.ID); err != nil || !first {
		return err
	}
	if err := s.tell(tx, r.Customer, "ending", "organisation", r.Name, "day", r.Until, "link", link); err != nil {
		return err
	}
	return s.tell(tx, r.Partner, "ending", "organisation", customer.Name, "day", r.Until, "link", s.link(r.Number, "/partners/"+r.ID))
}

package federation

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Domain is a mail domain of an organisation.
type Domain struct {
	ID, Org, Name string
	Token         string
	ProvenAt      time.Time // zero: the proof does not hold (any more)
	MissingAt     time.Time // since when the record is gone; zero: it is there, or the domain is not proven
	CheckedAt     time.Time // zero: never
}

// Record is the TXT record that proves the domain: where it stands, and its text.
func (d Domain) Record() (name, text string) { return recordAt + d.Name, recordText + d.Token }

const (
	recordAt   = "_lodge."
	recordText = "lodge-domain="
)

const (
	Grace      = 3 * 24 * time.Hour  // how long a proof holds whose record is gone
	unanswered = 14 * 24 * time.Hour // how long a proof holds while nobody answers for the domain
	checkEvery = 24 * time.Hour      // of a proof that holds
	missEvery  = time.Hour           // of one whose record is gone
	tryEvery   = 5 * time.Second     // of somebody who waits for a record
	askTime    = 5 * time.Second     // of one question to the resolver
	maxDomains = 50
)

// AddDomain notes that a domain is the own organisation's; nothing follows from it before CheckDomain has found the record. The actor needs Manage,
// works at the own number and has proved himself lately. Invalid at domain; Conflict of code federation.domain_taken if it is proven by another
// organisation, federation.domain_there, federation.domains_many.
func (s *Federations) AddDomain(ctx context.Context, a who.Actor, typed string) (id string, err error) {
	if err := may(a); err != nil {
		return "", err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return "", err
	}
	var c fault.Check
	domain := needDomain(&c, "domain", typed)
	if err := c.Err(); err != nil {
		return "", err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		if _, err := s.own(tx, a); err != nil {
			return err
		}
		all, err := store.Query[Domain](tx, selectDomains, a.Org)
		switch {
		case err != nil:
			return err
		case len(all) >= maxDomains:
			return fault.New(fault.Conflict, "federation.domains_many", "max", maxDomains)
		case slices.ContainsFunc(all, func(d Domain) bool { return d.Name == domain }):
			return conflictAt("federation.domain_there")
		}
		if err := s.free(tx, a.Org, domain); err != nil {
			return err
		}
		id = tx.NewID()
		token, _ := crypt.Token()
		if _, err := tx.Exec(insertDomain, id, a.Org, domain, token, a.Person, tx.Now); err != nil {
			return err
		}
		if _, err := tx.Exec(insertConnection, tx.NewID(), a.Org, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, DomainAdded{id})
	})
	return id, err
}

func conflictAt(code string) error {
	f := fault.New(fault.Conflict, code)
	f.Fields = []fault.Field{{Name: "domain", Text: fault.Msg(code)}}
	return f
}

// free is a Conflict if another organisation has proven the domain. Which one is not told.
func (s *Federations) free(tx *store.Tx, org, domain string) error {
	other, ok, err := store.Maybe[string](tx, selectProver, domain)
	if err == nil && ok && other != org {
		err = conflictAt("federation.domain_taken")
	}
	return err
}

// needDomain reads a domain as addresses have it: exactly it, nothing below or above.
func needDomain(c *fault.Check, field, typed string) string {
	typed = strings.TrimSuffix(strings.TrimSpace(typed), ".")
	email, err := identity.ParseEmail("x@" + strings.TrimPrefix(typed, "@"))
	if err != nil || net.ParseIP(typed) != nil {
		c.Need(false, field, "federation.domain_odd")
		return ""
	}
	domain := email.Domain()
	suffix, _ := publicsuffix.PublicSuffix(domain)
	c.Need(!slices.Contains(publicMail, domain) && suffix != domain, field, "federation.domain_public")
	return domain
}

// publicMail are domains in which anybody may have an address, beside what the list of public suffixes says.
var publicMail = strings.Fields(`gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es hotmail.com hotmail.co.uk hotmail.de hotmail.es hotmail.fr hotmail.it
	live.com live.de live.fr live.nl msn.com yahoo.com yahoo.co.uk yahoo.co.in yahoo.co.jp yahoo.de yahoo.es yahoo.fr yahoo.it ymail.com rocketmail.com aol.com aim.com
	icloud.com me.com mac.com proton.me protonmail.com pm.me tutanota.com tuta.io gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de mail.de posteo.de
	mailbox.org mail.com email.com zoho.com fastmail.com fastmail.fm hey.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr bbox.fr wp.pl o2.pl onet.pl onet.eu interia.pl interia.eu
	op.pl poczta.onet.pl gazeta.pl tlen.pl terra.es telefonica.net movistar.es libero.it virgilio.it alice.it tin.it seznam.cz centrum.cz email.cz azet.sk bluewin.ch
	mail.ru bk.ru list.ru inbox.ru yandex.ru yandex.com rambler.ru ukr.net qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net hanmail.net rediffmail.com
	btinternet.com sky.com virginmedia.com talktalk.net comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net shaw.ca rogers.com bigpond.com
	optusnet.com.au uol.com.br bol.com.br terra.com.br mailinator.com guerrillamail.com 10minutemail.com yopmail.com example.com example.net example.org`)

// RemoveDomain takes a domain of the own organisation away: its sign-in speaks for it no more. As AddDomain; NotFound for any other.
func (s *Federations) RemoveDomain(ctx context.Context, a who.Actor, id string) error {
	if err := may(a); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		n, err := tx.Exec(deleteDomain, id, a.Org)
		if err == nil && n == 0 {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, DomainRemoved{id})
	})
}

// CheckDomain asks for the record now; proven tells whether it is there. As AddDomain but without a fresh proof; NotFound for a domain of
// nobody's or another's, TooMany within a few seconds.
func (s *Federations) CheckDomain(ctx context.Context, a who.Actor, id string) (proven bool, err error) {
	if err := may(a); err != nil {
		return false, err
	}
	var d Domain
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		var ok bool
		d, ok, err = store.Maybe[Domain](tx, selectDomain, id, a.Org)
		switch {
		case err != nil:
			return err
		case !ok:
			return fault.Missing()
		case tx.Now.Sub(d.CheckedAt) < tryEvery:
			f := fault.New(fault.TooMany, "federation.check_soon")
			f.RetryAfter = tryEvery
			return f
		}
		_, err = tx.Exec(touchDomain, id, tx.Now)
		return err
	})
	if err != nil {
		return false, err
	}
	found := s.ask(ctx, d)
	if found == silent {
		return false, fault.New(fault.Unavailable, "federation.resolver_silent")
	}
	return found == there, s.note(ctx, a, d, found)
}

// found is what the resolver says of a record.
type found string

const (
	there  found = "there"
	gone   found = "gone"
	silent found = "silent" // nobody answered: nothing is known
)

// ask asks for a domain's record, at most askTime.
func (s *Federations) ask(ctx context.Context, d Domain) found {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	name, want := d.Record()
	texts, err := s.Resolver.LookupTXT(ctx, name+".")
	var no *net.DNSError
	switch {
	case errors.As(err, &no) && no.IsNotFound:
		return gone
	case err != nil:
		return silent
	}
	for _, text := range texts {
		if strings.TrimSpace(text) == want {
			return there
		}
	}
	return gone
}

// note carries out what an answer means for a domain, which may have changed in the meantime.
func (s *Federations) note(ctx context.Context, a who.Actor, was Domain, f found) error {
	return s.Store.Write(ctx, store.Lock("org", was.Org).And(store.Lock("domain", was.Name)), func(tx *store.Tx) error {
		d, ok, err := store.Maybe[Domain](tx, selectDomain, was.ID, was.Org)
		if err != nil || !ok {
			return err
		}
		proven := !d.ProvenAt.IsZero()
		switch {
		case f == there && !proven:
			if err := s.free(tx, d.Org, d.Name); err != nil {
				return err
			}
			if _, err := tx.Exec(proveDomain, d.ID, tx.Now); err != nil {
				return err
			}
			return s.Events.Emit(tx, a, d.Org, DomainProven{d.ID})
		case f == there:
			_, err := tx.Exec(proveDomain, d.ID, tx.Now)
			return err
		case !proven:
			return nil
		case f == gone && d.MissingAt.IsZero():
			if _, err := tx.Exec(missDomain, d.ID, tx.Now); err != nil {
				return err
			}
			return s.tell(tx, d.Org, "missing", "domain", mail.Name(d.Name), "until", tx.Now.Add(Grace))
		case f == gone && tx.Now.Sub(d.MissingAt) < Grace:
			_, err := tx.Exec(touchDomain, d.ID, tx.Now)
			return err
		case f == silent:
			seen, err := store.One[time.Time](tx, selectSeen, d.ID)
			if err != nil || tx.Now.Sub(seen) < unanswered {
				return err
			}
		}
		if _, err := tx.Exec(lapseDomain, d.ID, tx.Now); err != nil {
			return err
		}
		if err := s.tell(tx, d.Org, "lapsed", "domain", mail.Name(d.Name)); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, d.Org, DomainLapsed{d.ID})
	})
}

// batch is how many domains one statement gives, most how many one call of Sweep asks for.
const (
	batch = 100
	most  = 5000
)

// Sweep asks again for the records of proven domains, each once a day, and forgets what was used once. Called every hour.
func (s *Federations) Sweep(ctx context.Context, rights who.Rights) (err error) {
	for asked := 0; asked < most && ctx.Err() == nil; {
		var due []Domain
		bad := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			due, err = store.Query[Domain](tx, selectDue, tx.Now.Add(-checkEvery), tx.Now.Add(-missEvery), batch)
			return err
		})
		if err = errors.Join(err, bad); bad != nil || len(due) == 0 {
			break
		}
		for _, d := range due {
			err = errors.Join(err, s.again(ctx, who.Program(d.Org, rights), d))
		}
		asked += len(due)
	}
	// Free: rows that nobody can use any more.
	return errors.Join(err, s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(deleteUsed, tx.Now)
		return err
	}))
}

// again asks for one domain's record. It counts as asked before the answer, so that one that always fails holds up no other.
func (s *Federations) again(ctx context.Context, a who.Actor, d Domain) error {
	// Free: one statement.
	err := s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(touchDomain, d.ID, tx.Now)
		return err
	})
	if err != nil {
		return err
	}
	return s.note(ctx, a, d, s.ask(ctx, d))
}

// Vouch counts a domain as proven without asking anybody: a step of the demo world, whose domains nobody has.
func (s *Federations) Vouch(tx *store.Tx, id string) error {
	_, err := tx.Exec(proveDomain, id, tx.Now)
	return err
}

// NewResolver asks the name server at host:port; as the system does if it is ”.
func NewResolver(address string) *net.Resolver {
	if address == "" {
		return net.DefaultResolver
	}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
}

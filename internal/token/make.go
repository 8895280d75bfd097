package token

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lodge/internal/account"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// New is what a token needs.
type New struct {
	Name   string
	Scopes []string
	Days   int // until it expires
}

const (
	maxName  = 80
	maxDays  = 366
	maxValid = 100 // of one organisation
	overlap  = 24 * time.Hour
)

// Make makes a token of the actor's own organisation and gives its text, which is never to be had again. The actor needs Manage and works at
// the own number. Invalid at name, scopes, days; Forbidden for a scope beyond the actor's present rights; Conflict of code token.many, and of
// code token.shown for a form that was sent before.
func (s *Tokens) Make(ctx context.Context, a who.Actor, in New) (text string, err error) {
	if err := own(a); err != nil {
		return "", err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return "", err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "token.make", in, func() (id string, err error) {
			text, id, err = s.MakeStep(tx, a, in, s.Scopes.Offered(a.Rights))
			return id, err
		})
		if err == nil && text == "" {
			err = fault.New(fault.Conflict, "token.shown")
		}
		return err
	})
	return text, err
}

// own is what all use cases of people have in common: tokens are the business of the organisation that one belongs to, not of customers.
func own(a who.Actor) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	if a.Source != who.Own || a.Org != a.Member {
		return fault.Missing()
	}
	return nil
}

// Console are the scopes that a token from the console may have in an organisation of this kind: those of any role that may be held there.
func (s *Tokens) Console(kind string) []string {
	return s.Scopes.Offered(s.Roles.Rights(account.RolesOf(kind)))
}

// MakeStep is the step of Make for the organisation in view, whose key its door holds; offered are the scopes that may be given.
func (s *Tokens) MakeStep(tx *store.Tx, a who.Actor, in New, offered []string) (text, id string, err error) {
	var c fault.Check
	in.Name = strings.TrimSpace(in.Name)
	c.Need(in.Name != "", "name", "token.name_missing")
	c.Need(utf8.RuneCountInString(in.Name) <= maxName && !strings.ContainsFunc(in.Name, func(r rune) bool { return r < ' ' }), "name", "token.name_long", "max", maxName)
	c.Need(len(in.Scopes) > 0, "scopes", "token.scopes_missing")
	for _, scope := range in.Scopes {
		c.Need(slices.Contains(s.Scopes.Names(), scope), "scopes", "token.scope_unknown", "scope", scope)
	}
	c.Need(in.Days >= 1 && in.Days <= maxDays, "days", "token.days_odd", "max", maxDays)
	if err := c.Err(); err != nil {
		return "", "", err
	}
	for _, scope := range in.Scopes {
		if !slices.Contains(offered, scope) {
			return "", "", fault.New(fault.Forbidden, "token.scope_beyond", "scope", scope)
		}
	}
	n, err := store.One[int](tx, countValid, a.Org, tx.Now)
	if err != nil {
		return "", "", err
	}
	if n >= maxValid {
		return "", "", fault.New(fault.Conflict, "token.many", "max", maxValid)
	}
	scopes := slices.Compact(slices.Sorted(slices.Values(in.Scopes)))
	text, id = newText(), tx.NewID()
	if _, err := tx.Exec(insertToken, id, a.Org, in.Name, text[:shownChars], crypt.HashToken(text), strings.Join(scopes, " "), a.Person, tx.Now,
		tx.Now.Add(time.Duration(in.Days)*24*time.Hour)); err != nil {
		return "", "", err
	}
	return text, id, s.Events.Emit(tx, a, a.Org, Made{id, scopes})
}

// Replace makes a token of the same name, scopes and life in place of one, which goes on for a day: time to carry the new one to all programs.
// The actor needs Manage, and the rights of its scopes. NotFound unless it is a valid token of the own organisation; as Make.
func (s *Tokens) Replace(ctx context.Context, a who.Actor, id string) (text string, err error) {
	if err := own(a); err != nil {
		return "", err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return "", err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "token.replace", id, func() (next string, err error) {
			t, err := s.valid(tx, a, id)
			if err != nil {
				return "", err
			}
			days := int(t.ExpiresAt.Sub(t.CreatedAt) / (24 * time.Hour))
			text, next, err = s.MakeStep(tx, a, New{Name: t.Name, Scopes: t.Scopes(), Days: min(max(days, 1), maxDays)}, s.Scopes.Offered(a.Rights))
			if err != nil {
				return "", err
			}
			if _, err := tx.Exec(shortenToken, t.ID, tx.Now.Add(overlap)); err != nil {
				return "", err
			}
			return next, s.Events.Emit(tx, a, a.Org, Replaced{t.ID, next})
		})
		if err == nil && text == "" {
			err = fault.New(fault.Conflict, "token.shown")
		}
		return err
	})
	return text, err
}

// valid gives a token of the own organisation that can still be used.
func (s *Tokens) valid(tx *store.Tx, a who.Actor, id string) (Token, error) {
	t, ok, err := store.Maybe[Token](tx, selectToken, id, a.Org)
	if err == nil && (!ok || t.State(tx.Now) != Valid) {
		err = fault.Missing()
	}
	return t, err
}

package federation

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Settings are what an administrator types.
type Settings struct {
	Issuer, ClientID string
	Secret           string // '' keeps the one that is there, as long as issuer and client stay
	Joins            bool
	TrustsMail       bool
	Version          int64
}

const (
	sealing   = "company sign-in secret"
	maxClient = 200
	maxSecret = 1000
)

// Save asks the issuer who it is and keeps the settings. The actor needs Manage, works at the own number and has proved himself lately. Invalid at issuer,
// client_id or secret; Conflict of code federation.changed_meanwhile for another version, of federation.domain_first before there is any
// domain. With another issuer or client the links and sessions of the old one end.
func (s *Federations) Save(ctx context.Context, a who.Actor, in Settings) error {
	if err := may(a); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	in.Issuer, in.ClientID, in.Secret = strings.TrimSpace(in.Issuer), strings.TrimSpace(in.ClientID), strings.TrimSpace(in.Secret)
	var c fault.Check
	c.Need(s.fitting(in.Issuer) && !strings.ContainsAny(in.Issuer, "?"), "issuer", "federation.issuer_odd")
	plain(&c, "client_id", in.ClientID, maxClient)
	if in.Secret != "" {
		plain(&c, "client_secret", in.Secret, maxSecret)
	}
	if err := c.Err(); err != nil {
		return err
	}
	if err := s.test(ctx, in.Issuer); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		if _, err := s.own(tx, a); err != nil {
			return err
		}
		was, ok, err := store.Maybe[Connection](tx, selectOfOrg, a.Org)
		switch {
		case err != nil:
			return err
		case !ok:
			return fault.New(fault.Conflict, "federation.domain_first")
		case was.Version != in.Version:
			return fault.New(fault.Conflict, "federation.changed_meanwhile")
		}
		other := was.Issuer != in.Issuer || was.ClientID != in.ClientID
		sealed := was.Secret
		var c fault.Check
		if in.Secret != "" {
			sealed = base64.StdEncoding.EncodeToString(s.Keys.Seal(sealing, []byte(in.Secret)))
		} else {
			c.Need(sealed != "" && !other, "client_secret", "federation.secret_missing")
		}
		if err := c.Err(); err != nil {
			return err
		}
		if _, err := tx.Exec(updateConnection, was.ID, was.Version, in.Issuer, in.ClientID, sealed, in.Joins, in.TrustsMail, tx.Now); err != nil {
			return err
		}
		if other && was.State != Draft {
			if err := s.Identities.EndConnection(tx, was.ID, true); err != nil {
				return err
			}
		}
		return s.Events.Emit(tx, a, a.Org, Changed{was.ID, differ(was, in)})
	})
}

// plain adds a message unless a value is there, short, and of printable characters.
func plain(c *fault.Check, field, value string, max int) {
	c.Need(value != "", field, "federation.value_missing")
	c.Need(utf8.RuneCountInString(value) <= max, field, "federation.value_long", "max", max)
	c.Need(!strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || lang.Unprintable(r) }), field, "federation.value_odd")
}

// differ are the names of the settings that change.
func differ(was Connection, in Settings) (fields []string) {
	for field, changed := range map[string]bool{"issuer": was.Issuer != in.Issuer, "client_id": was.ClientID != in.ClientID, "secret": in.Secret != "",
		"joins": was.Joins != in.Joins, "trusts_mail": was.TrustsMail != in.TrustsMail} {
		if changed {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

// test asks an issuer who it is and for its keys. Invalid at issuer.
func (s *Federations) test(ctx context.Context, issuer string) error {
	ctx, cancel := context.WithTimeout(ctx, upstreamTime)
	defer cancel()
	u, err := s.upstream(ctx, issuer, true)
	if err == nil {
		err = u.keys.test(ctx)
	}
	if err == nil {
		return nil
	}
	var c fault.Check
	c.Need(false, "issuer", "federation.issuer_silent")
	f := fault.Of(c.Err())
	f.Err = fmt.Errorf("test of a company's sign-in: %w", err)
	return f
}

// test asks for the keys, unless they are known.
func (k *keySet) test(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) > 0 {
		return nil
	}
	return k.load(ctx)
}

// Switch switches the connection on or off; off ends all sessions that came through it. The actor needs Manage, works at the own number and
// has proved himself lately. Conflict of code federation.not_set_up for a draft, federation.domain_first without a proven domain.
func (s *Federations) Switch(ctx context.Context, a who.Actor, state string) error {
	return s.with(ctx, a, func(tx *store.Tx, c Connection) error {
		if state != On {
			state = Off
		}
		if c.State == Draft {
			return fault.New(fault.Conflict, "federation.not_set_up")
		}
		domains, err := store.Query[Domain](tx, selectDomains, a.Org)
		if err != nil {
			return err
		}
		if state == On && !(State{Domains: domains}).Proven() {
			return fault.New(fault.Conflict, "federation.domain_first")
		}
		n, err := tx.Exec(switchConnection, c.ID, state, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		if state == Off {
			if err := s.Identities.EndConnection(tx, c.ID, false); err != nil {
				return err
			}
		}
		return s.Events.Emit(tx, a, a.Org, Switched{c.ID, state})
	})
}

// Remove takes the connection away, with all links and all sessions that came through it. A new one begins at once, with addresses of its own.
// As Switch.
func (s *Federations) Remove(ctx context.Context, a who.Actor) error {
	return s.with(ctx, a, func(tx *store.Tx, c Connection) error {
		if err := s.Identities.EndConnection(tx, c.ID, true); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteConnection, c.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(insertConnection, tx.NewID(), a.Org, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, Removed{c.ID})
	})
}

// with runs f on the own organisation's connection, once for each form.
func (s *Federations) with(ctx context.Context, a who.Actor, f func(tx *store.Tx, c Connection) error) error {
	if err := may(a); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		c, ok, err := store.Maybe[Connection](tx, selectOfOrg, a.Org)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		return f(tx, c)
	})
}

// secret opens the client secret.
func (s *Federations) secret(c Connection) (string, error) {
	b, err := base64.StdEncoding.DecodeString(c.Secret)
	if err == nil {
		b, err = s.Keys.Open(sealing, b)
	}
	if err != nil {
		return "", fmt.Errorf("open the secret of connection %s: %w", c.ID, err)
	}
	return string(b), nil
}

// Reseal is the step that seals client secrets again when the key file was changed, see store.Reseal.
func (s *Federations) Reseal(tx *store.Tx, after string, limit int) (last string, changed int, err error) {
	return store.Reseal(tx, s.Keys, sealing, listSealed, updateSealed, after, limit)
}

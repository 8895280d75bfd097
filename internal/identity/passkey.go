package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Passkey is one of a person's passkeys.
type Passkey struct {
	ID, Name         string
	Synced           bool // its authenticator keeps a copy elsewhere
	Doubtful         bool // its counter went back: it may have been copied
	MadeAt, LastUsed time.Time
}

type passkeyRow struct {
	Passkey
	Record string
}

// credential is the passkey as the library keeps it.
func (r passkeyRow) credential() (c webauthn.Credential, err error) {
	err = json.Unmarshal([]byte(r.Record), &c)
	return c, err
}

// maxPasskeys is how many a person may have.
const maxPasskeys = 20

// keyholder is a person as WebAuthn knows her: the id, which says nothing, is what authenticators keep.
type keyholder struct {
	Person
	credentials []webauthn.Credential
}

func (k keyholder) WebAuthnID() []byte                         { return []byte(k.ID) }
func (k keyholder) WebAuthnName() string                       { return Email(k.Email).Shown() }
func (k keyholder) WebAuthnDisplayName() string                { return strings.TrimSpace(k.Name()) }
func (k keyholder) WebAuthnCredentials() []webauthn.Credential { return k.credentials }

// holder gives a person with all passkeys.
func holder(tx *store.Tx, person string) (k keyholder, err error) {
	if k.Person, err = Get(tx, person); err != nil {
		return k, err
	}
	rows, err := store.Query[passkeyRow](tx, listPasskeys, person)
	if err != nil {
		return k, err
	}
	for _, r := range rows {
		c, err := r.credential()
		if err != nil {
			return k, err
		}
		k.credentials = append(k.credentials, c)
	}
	return k, nil
}

func hasPasskey(tx *store.Tx, person string) (bool, error) {
	n, err := store.One[int](tx, countPasskeys, person)
	return n > 0, err
}

// Passkeys lists the actor's own, the newest first, with what a browser needs to make one more: PublicKeyCredentialCreationOptions as JSON, good for an
// hour. "" where browsers make none, because the portal's address is a number.
func (s *Identities) Passkeys(ctx context.Context, a who.Actor) (all []Passkey, options string, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, "", err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := store.Query[passkeyRow](tx, listPasskeys, a.Person)
		if err != nil {
			return err
		}
		k := keyholder{Person: Person{ID: a.Person, Email: a.Email, FirstName: a.Name}}
		for _, r := range rows {
			all = append(all, r.Passkey)
			c, err := r.credential()
			if err != nil {
				return err
			}
			k.credentials = append(k.credentials, c)
		}
		options, err = s.making(a, k, tx.Now)
		return err
	})
	return all, options, err
}

// making is what a browser needs to make a passkey, of an authenticator that has none of this person yet.
func (s *Identities) making(a who.Actor, k keyholder, now time.Time) (string, error) {
	rp := s.relyingParty()
	if rp == nil {
		return "", nil
	}
	made, _, err := rp.BeginRegistration(k, webauthn.WithExclusions(webauthn.Credentials(k.credentials).CredentialDescriptors()),
		func(o *protocol.PublicKeyCredentialCreationOptions) error {
			o.Challenge = s.challenge(toAdd(a), now)
			return nil
		})
	if err != nil {
		return "", err
	}
	return asJSON(made.Response)
}

// AddPasskey keeps the passkey that the actor's browser has made: answer is its RegistrationResponseJSON. Invalid at name, or with identity.passkey_refused
// for an answer that does not hold; Conflict for one too many.
func (s *Identities) AddPasskey(ctx context.Context, a who.Actor, name, answer string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	name = strings.TrimSpace(name)
	var c fault.Check
	c.Need(name != "", "name", "identity.passkey_name_missing")
	c.Need(len([]rune(name)) <= 60 && !strings.ContainsFunc(name, lang.Unprintable), "name", "identity.passkey_name_odd", "max", 60)
	if err := c.Err(); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	rp := s.relyingParty()
	if err != nil || rp == nil {
		return refusedPasskey()
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		challenge := parsed.Response.CollectedClientData.Challenge
		if err := s.useChallenge(tx, toAdd(a), challenge); err != nil {
			return err
		}
		k, err := holder(tx, a.Person)
		if err != nil {
			return err
		}
		if len(k.credentials) >= maxPasskeys {
			return fault.New(fault.Conflict, "identity.passkeys_full", "max", maxPasskeys)
		}
		made, err := rp.CreateCredential(k, webauthn.SessionData{Challenge: challenge, RelyingPartyID: rp.Config.RPID, UserID: k.WebAuthnID(),
			UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault()}, parsed)
		if err != nil {
			return refusedPasskey()
		}
		record, err := asJSON(made)
		if err != nil {
			return err
		}
		id := tx.NewID()
		n, err := tx.Exec(insertPasskey, id, a.Person, idOf(made.ID), name, record, made.Flags.BackupState, false, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return refusedPasskey() // somebody has it already
		}
		if err := s.tell(tx, k.Person, "passkey_added", "passkey", name); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", PasskeyAdded{a.Person, id})
	})
}

// RemovePasskey takes one of the actor's own away; somebody else's is NotFound. Conflict of code
// identity.last_way for the last way in, identity.factor_needed for the last second factor of somebody who must have one.
func (s *Identities) RemovePasskey(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		name, ok, err := store.Maybe[string](tx, deletePasskey, id, a.Person)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		left, err := store.One[int](tx, countWaysIn, a.Person)
		if err == nil && left == 0 {
			err = fault.New(fault.Conflict, "identity.last_way")
		}
		if err != nil {
			return err
		}
		if err := s.keepsFactor(tx, a.Person); err != nil {
			return err
		}
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if err := s.tell(tx, p, "passkey_removed", "passkey", name); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", PasskeyRemoved{a.Person, id})
	})
}

// keepsFactor is a Conflict if somebody who must have a second factor has none left, neither app nor passkey.
func (s *Identities) keepsFactor(tx *store.Tx, person string) error {
	has, err := hasFactor(tx, person)
	if err != nil || has {
		return err
	}
	if has, err = hasPasskey(tx, person); err != nil || has {
		return err
	}
	must, err := s.MustFactor(tx, person)
	if err == nil && must {
		err = fault.New(fault.Conflict, "identity.factor_needed")
	}
	return err
}

// refusedPasskey is the one answer to whatever an authenticator's answer lacks.
func refusedPasskey() error { return fault.New(fault.Invalid, "identity.passkey_refused") }

// judged is refusedPasskey for what the library found wrong, and the error itself for what went wrong here.
func judged(err error) error {
	var theirs *protocol.Error
	var unknown *protocol.ErrorUnknownCredential
	if errors.As(err, &theirs) || errors.As(err, &unknown) {
		return refusedPasskey()
	}
	return err
}

func idOf(credential []byte) string { return base64.RawURLEncoding.EncodeToString(credential) }

func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
